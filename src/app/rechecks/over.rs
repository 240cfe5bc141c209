//! What falls due by itself: seeds, and rechecks whose time is over.

use serde_json::json;

use super::months;
use crate::{
    app::{App, Error, Result},
    domain::{
        actor::Actor,
        change::{Change, Gate},
        recheck::{Met, Recheck},
        refused::Refused,
    },
    store::{
        cases, rechecks,
        writer::{Lane, Request},
    },
};

pub async fn is_due(app: &App) -> Result<bool> {
    if months::owed(app).await?.is_some() {
        return Ok(true);
    }
    Ok(!rechecks::over(&app.store.db, app.now(), 1).await?.is_empty())
}

/// Gives how much was done. Nothing changes for the case of a recheck whose time is over.
pub async fn settle(app: &App, limit: i64) -> Result<usize> {
    let mut done = 0;
    for recheck in rechecks::over(&app.store.db, app.now(), limit).await? {
        match end(app, &recheck).await {
            Ok(()) => done += 1,
            Err(Error::Refused(_) | Error::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    if let Some(owed) = months::owed(app).await? {
        done += usize::from(months::keep(app, owed).await?);
    }
    Ok(done)
}

async fn end(app: &App, over: &Recheck) -> Result<()> {
    app.commit(Lane::Bulk, Request::system(), |now| async move {
        let db = &app.store.db;
        let recheck =
            rechecks::get(db, over.case, over.round).await?.ok_or(Error::NotFound("recheck"))?;
        // A person was given it since.
        if recheck.version != over.version {
            return Err(Refused::RoundOver.into());
        }
        let stands = recheck.stands(&cases::get(db, recheck.case).await?);
        let policy = app.policy(now);
        let met = Met::TimeOver { stands };
        let mut after = recheck.after(&policy.recheck, &policy.verification, met, now)?;
        let body = json!({ "state": after.state.as_str() });
        let mut change = Change::new(now);
        let fact = after.fact(&Actor::system(), "recheck_over", body.to_string(), now);
        change.events.push(fact);
        change.feedback.recheck = Some((Gate::Version(recheck.version), after));
        Ok(change)
    })
    .await?;
    Ok(())
}
