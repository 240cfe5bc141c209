//! A page of an inbox.

use super::{App, CaseView, Inbox, Page, Result, cases};
use crate::{
    app::{attendance, cases::Narrow},
    domain::{
        actor::Actor,
        page::{After, Paged},
        permissions::{self, Act, Object},
        place::PostId,
        time::Timestamp,
    },
    store::lists,
};

#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// Only this post's; all that are held when None.
    pub post: Option<PostId>,
    /// Without states: those in which a case waits for its post.
    pub narrow: Narrow,
    /// 0 is the default of 50; at most 200.
    pub size: u32,
    /// `next` of the page before.
    pub after: Option<After>,
}

/// By due time and id, so that what comes, goes or moves behind the page leaves it as it is.
pub async fn queue(app: &App, by: &Actor, ask: Queue) -> Result<Paged<CaseView>> {
    permissions::may(by, Act::Queue, Object::Nothing)?;
    let limit = Page { size: ask.size, token: None }.limit();
    let after = ask.after.unwrap_or(After::START);
    let (db, rows) = (&app.store.db, limit as i64 + 1);
    let inbox = Inbox::of(by, ask.post);
    let filter = inbox.narrowed(ask.narrow.filter(app, app.now())?);
    let Paged { rows, next } = match &inbox {
        Inbox::Unrouted { district, late } => {
            let found = lists::unrouted(db, district.as_ref(), *late, &filter, after, rows).await?;
            Paged::of(found, limit, |case| After { at: case.registered_at, id: case.id })
        }
        Inbox::Posts(posts) => {
            attendance::visited(app, by).await;
            let found = lists::queue(db, posts, &filter, after, rows).await?;
            Paged::of(found, limit, |case| After {
                at: case.due_at.unwrap_or(Timestamp(i64::MAX)),
                id: case.id,
            })
        }
    };
    Ok(Paged { rows: cases::views(app, rows).await?, next })
}
