//! Seeds are committed before their month begins, or at once when it has begun without, and told when all that they drew is over.

use serde_json::json;

use crate::{
    app::{App, Error, Result},
    domain::{
        actor::Actor,
        change::Change,
        recheck::{
            RecheckState,
            draw::{self, Month},
        },
        time::Timestamp,
    },
    store::{
        self, months, rechecks, seeds,
        writer::{Lane, Request},
    },
};

/// Months that are looked through for one to tell; those before them were told long ago.
const LOOKED_AT: i64 = 12;

/// What is to be done for the months now.
pub(super) enum Owed {
    Commit(i64),
    Tell(Month),
}

pub(super) async fn owed(app: &App) -> Result<Option<Owed>> {
    let (db, now) = (&app.store.db, app.now());
    let known = months::latest(db, LOOKED_AT).await?;
    if let Some(month) = draw::uncommitted(&known, app.policy(now).recheck.commit_ms, now) {
        return Ok(Some(Owed::Commit(month)));
    }
    for month in known.into_iter().filter(|month| month.is_over(now)) {
        let counts = rechecks::counts(db, month.month).await?;
        if counts.iter().all(|(state, _)| *state != RecheckState::Open) {
            return Ok(Some(Owed::Tell(month)));
        }
    }
    Ok(None)
}

/// False when another process was first.
pub(super) async fn keep(app: &App, owed: Owed) -> Result<bool> {
    let now = app.now();
    let change = match owed {
        Owed::Commit(month) => commit(app, month, now),
        Owed::Tell(month) => tell(app, month, now)?,
    };
    match app.store.writer.commit(Lane::Bulk, Request::system(), change).await {
        Ok(_) => Ok(true),
        Err(store::Error::Conflict) => Ok(false),
        Err(error) => Err(Error::from(error)),
    }
}

fn commit(app: &App, month: i64, now: Timestamp) -> Change {
    let share_bp = app.policy(now.max(draw::begins(month))).recheck.share_bp;
    let month = Month::committed(month, seeds::fresh(&app.store.db, month), share_bp, now);
    let facts = json!({
        "month": month.month,
        "digest": hex(&month.digest),
        "share_bp": month.share_bp,
        "from": month.from.ms(),
    });
    tracing::info!(month = month.month, digest = %hex(&month.digest), "a seed is committed");
    let mut change =
        Change::new(now).noted(&Actor::system(), "recheck_seed_committed", facts.to_string());
    change.feedback.month = Some(month);
    change
}

fn tell(app: &App, month: Month, now: Timestamp) -> Result<Change> {
    let seed = seeds::open(&app.store.db, &month)?;
    let facts = json!({
        "month": month.month,
        "digest": hex(&month.digest),
        "seed": hex(&seed),
    });
    let mut change =
        Change::new(now).noted(&Actor::system(), "recheck_seed_told", facts.to_string());
    change.feedback.month = Some(Month { revealed_at: Some(now), ..month });
    Ok(change)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
