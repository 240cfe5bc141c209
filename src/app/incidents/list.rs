//! The incidents, as every desk sees them: what callers hear is no secret.

use super::{IncidentView, view};
use crate::{
    app::{App, Result},
    domain::{
        actor::Actor,
        permissions::{self, Act, Object},
        time::Timestamp,
    },
    store::incidents,
};

const PAGE_MAX: u32 = 200;

/// Which a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Those whose time is not over, also while their lead is resolved.
    NotOver,
    All,
}

/// Newest first, behind the incident `before`.
pub async fn list(
    app: &App,
    by: &Actor,
    which: Listed,
    before: Option<i64>,
    limit: u32,
) -> Result<(Vec<IncidentView>, Option<i64>)> {
    permissions::may(by, Act::Incidents, Object::Nothing)?;
    let now = app.now();
    let ends_after = match which {
        Listed::NotOver => now,
        Listed::All => Timestamp(i64::MIN),
    };
    let limit = limit.clamp(1, PAGE_MAX);
    let mut found =
        incidents::list(&app.store.db, ends_after, before, i64::from(limit) + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().map(|standing| standing.incident.id).filter(|_| more);
    let mut views = Vec::with_capacity(found.len());
    for standing in found {
        views.push(view(app, standing, now).await?);
    }
    Ok((views, next))
}
