//! The cases that somebody has to look after: an officer those of the own posts, soonest due first (R68, R70); supervisors
//! and, after a day, the district's nodal officer those that no post was found for (R02).

use super::{App, CaseView, Page, Result, as_post, cases};
use crate::{
    app::attendance,
    domain::{
        actor::{Actor, Role},
        page::{After, Paged},
        permissions::{self, Act, Object},
        place::PostId,
        time::Timestamp,
    },
    store,
};

#[derive(Clone, Copy, Debug, Default)]
pub struct Queue {
    /// Only this post's; all that are held when None.
    pub post: Option<PostId>,
    /// 0 is the default of 50; at most 200.
    pub size: u32,
    /// `next` of the page before.
    pub after: Option<After>,
}

pub async fn queue(app: &App, by: &Actor, ask: Queue) -> Result<Paged<CaseView>> {
    permissions::may(by, Act::Queue, Object::Nothing)?;
    let limit = Page { size: ask.size, token: None }.limit();
    let after = ask.after.unwrap_or(After::START);
    let (db, rows) = (&app.store.db, limit as i64 + 1);
    let unrouted = match (by.role, &by.district) {
        (Role::Supervisor, _) => Some(store::cases::unrouted(db, None, false, after, rows).await?),
        (Role::Nodal, Some(district)) => {
            Some(store::cases::unrouted(db, Some(district), true, after, rows).await?)
        }
        _ => None,
    };
    if let Some(found) = unrouted {
        let Paged { rows, next } =
            Paged::of(found, limit, |case| After { at: case.registered_at, id: case.id });
        return Ok(Paged { rows: cases::views(app, rows).await?, next });
    }
    attendance::visited(app, by).await;
    let by = as_post(by, ask.post);
    let posts: Vec<_> = by.posts.iter().map(|held| held.post).collect();
    let found = store::cases::queue(db, &posts, after, rows).await?;
    let Paged { rows, next } = Paged::of(found, limit, |case| After {
        at: case.due_at.unwrap_or(Timestamp(0)),
        id: case.id,
    });
    Ok(Paged { rows: cases::views(app, rows).await?, next })
}
