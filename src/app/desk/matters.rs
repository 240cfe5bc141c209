//! What waits for somebody's word or date, within one's scope; and the cases that were handed on most.

use super::{Actor, App, Matter, MatterKind, Page, Result};
use crate::{
    domain::{
        actor::Role,
        number::CaseNumber,
        permissions::{self, Act, Object},
        refused::Refused,
        scope::Scope,
    },
    store::{
        matters as stored,
        matters::{Filter, Which},
    },
};

/// Cases of one list of hops.
const HOPS_ROWS_MAX: i64 = 200;

#[derive(Clone, Copy, Debug)]
pub struct Matters {
    pub kind: MatterKind,
    pub which: Asked,
    pub page: Page,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Open,
    Overdue,
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hops {
    pub number: CaseNumber,
    pub hops: i64,
}

/// A page, the oldest first, with the place of the next one. Feedback callers see courtesy calls alone.
pub async fn matters(app: &App, by: &Actor, ask: Matters) -> Result<(Vec<Matter>, Option<i64>)> {
    permissions::may(by, Act::Matters, Object::Nothing)?;
    if by.role == Role::FeedbackCaller && ask.kind != MatterKind::Courtesy {
        return Err(Refused::NotYourRole.into());
    }
    let which = match ask.which {
        Asked::Open => Which::Open,
        Asked::Overdue => Which::Overdue(app.now()),
        Asked::All => Which::All,
    };
    let filter = Filter { kind: ask.kind, which };
    let (after, limit) = (ask.page.token.unwrap_or_default().max(0), ask.page.limit() as i64);
    let scope = scope(by);
    let mut found = stored::list(&app.store.db, &scope, filter, after, limit + 1).await?;
    let next = (found.len() as i64 > limit).then_some(after.saturating_add(limit));
    found.truncate(limit as usize);
    Ok((found, next))
}

/// Cases with at least so many approved transfers, the most first.
pub async fn hops(app: &App, by: &Actor, at_least: i64) -> Result<Vec<Hops>> {
    permissions::may(by, Act::Matters, Object::Nothing)?;
    let rows = stored::hops(&app.store.db, &scope(by), at_least.max(1), HOPS_ROWS_MAX).await?;
    Ok(rows
        .into_iter()
        .filter_map(|(case, hops)| Some(Hops { number: CaseNumber::of_id(case)?, hops }))
        .collect())
}

fn scope(by: &Actor) -> Scope {
    permissions::scope(by)
}
