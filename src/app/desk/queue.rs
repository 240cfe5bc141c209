//! The cases that an officer's posts answer for, soonest due first (R68, R70).

use super::{App, CaseView, Page, Result, as_post, cases};
use crate::{
    app::attendance,
    domain::{
        actor::Actor,
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
    attendance::visited(app, by).await;
    let by = as_post(by, ask.post);
    let posts: Vec<_> = by.posts.iter().map(|held| held.post).collect();
    let limit = Page { size: ask.size, token: None }.limit();
    let after = ask.after.unwrap_or(After::START);
    let found = store::cases::queue(&app.store.db, &posts, after, limit as i64 + 1).await?;
    let Paged { rows, next } = Paged::of(found, limit, |case| After {
        at: case.due_at.unwrap_or(Timestamp(0)),
        id: case.id,
    });
    Ok(Paged { rows: cases::views(app, rows).await?, next })
}
