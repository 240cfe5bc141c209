//! The cases that an officer's posts answer for, soonest due first (R68, R70).

use super::{App, Listed, Page, Result, as_post, cases};
use crate::{
    app::attendance,
    domain::{
        actor::Actor,
        permissions::{self, Act, Object},
        place::PostId,
    },
    store,
};

#[derive(Clone, Copy, Debug, Default)]
pub struct Queue {
    /// Only this post's; all that are held when None.
    pub post: Option<PostId>,
    pub page: Page,
}

/// The page's token counts the cases before it.
pub async fn queue(app: &App, by: &Actor, ask: Queue) -> Result<Listed> {
    permissions::may(by, Act::Queue, Object::Nothing)?;
    attendance::visited(app, by).await;
    let by = as_post(by, ask.post);
    let posts: Vec<_> = by.posts.iter().map(|held| held.post).collect();
    let limit = ask.page.limit();
    let before = usize::try_from(ask.page.token.unwrap_or_default()).unwrap_or_default();
    let rows = before.saturating_add(limit).saturating_add(1);
    let found = store::cases::queue(&app.store.db, &posts, rows as i64).await?;
    let next = (found.len() > before + limit).then_some((before + limit) as i64);
    let page = found.into_iter().skip(before).take(limit).collect();
    Ok(Listed { cases: cases::views(app, page).await?, next })
}
