//! What waits for somebody's word or date, within one's scope; and the cases that were handed on most.

use super::{Actor, App, Matter, MatterKind, Page, Result};
use crate::{
    app::feedback::veil,
    domain::{
        actor::Role,
        case::matter::Behind,
        number::CaseNumber,
        permissions::{self, Act, Object},
        refused::Refused,
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
    /// 0 is the default of 50; at most 200.
    pub size: u32,
    pub behind: Option<Behind>,
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
pub async fn matters(app: &App, by: &Actor, ask: Matters) -> Result<(Vec<Matter>, Option<Behind>)> {
    permissions::may(by, Act::Matters, Object::Nothing)?;
    if by.role == Role::FeedbackCaller && ask.kind != MatterKind::Courtesy {
        return Err(Refused::NotYourRole.into());
    }
    let which = match ask.which {
        Asked::Open => Which::Open,
        Asked::Overdue => Which::Overdue(app.now()),
        Asked::All => Which::All,
    };
    let filter = Filter { kind: ask.kind, which, code: None };
    let limit = Page { size: ask.size, token: None }.limit();
    let (scope, behind) = (permissions::scope(by), ask.behind.unwrap_or(Behind::START));
    let mut found = stored::list(&app.store.db, &scope, &filter, behind, limit as i64 + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(Behind::row);
    if veil::binds(by) {
        for matter in &mut found {
            (matter.post, matter.to_post) = (None, None);
        }
    }
    Ok((found, next))
}

/// Cases with at least so many approved transfers, the most first.
pub async fn hops(app: &App, by: &Actor, at_least: i64) -> Result<Vec<Hops>> {
    permissions::may(by, Act::Matters, Object::Nothing)?;
    let scope = permissions::scope(by);
    let rows = stored::hops(&app.store.db, &scope, at_least.max(1), HOPS_ROWS_MAX).await?;
    Ok(rows
        .into_iter()
        .filter_map(|(case, hops)| Some(Hops { number: CaseNumber::of_id(case)?, hops }))
        .collect())
}
