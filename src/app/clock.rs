//! What falls due by itself: levels, rounds, reviews. Each step does a bounded piece and says how much it did.

use std::sync::Arc;

use tokio::task::{JoinError, JoinSet};

use super::{App, Error, Result, cases, directory, escalation, request, verification::called};
use crate::{
    domain::{
        actor::Actor,
        change::Gate,
        refused::Refused,
        time::{HOUR_MS, Timestamp},
        verification::{Purpose, Round, RoundState, attempts},
    },
    store::{
        self, leases, notices, requests, rounds,
        writer::{Lane, Request},
    },
};

/// Decisions that are under way together, so that the writer can merge them.
const TOGETHER_MAX: usize = 64;
/// Rounds of one citizen that are held at a time.
const HELD_MAX: i64 = 50;
const PURGE_EVERY_MS: i64 = HOUR_MS;

/// Moves cases whose time is over, each at most one level; gives how many moved.
pub async fn escalate(app: &Arc<App>, limit: i64) -> Result<usize> {
    escalation::escalate(app, limit).await
}

/// Ends rounds whose ten days are over; gives how many.
pub async fn rounds_end(app: &Arc<App>, limit: i64) -> Result<usize> {
    let over = rounds::over(&app.store.db, app.now(), limit).await?;
    together(app, over, |app, round| async move {
        // A call may have begun since: its answer comes first.
        let (db, now) = (&app.store.db, app.now());
        let held = rounds::held_of_citizen(db, round.citizen, now, HELD_MAX).await?;
        if held.iter().any(|held| held.case == round.case && held.round == round.round) {
            return Ok(false);
        }
        end_round(&app, &round).await
    })
    .await
}

/// Says of each case that nobody completed in time that it is late; gives how many.
pub async fn reviews(app: &Arc<App>, limit: i64) -> Result<usize> {
    let late = store::cases::review_due(&app.store.db, app.now(), limit).await?;
    together(app, late, |app, case| async move {
        let late = app
            .commit(Lane::Bulk, Request::system(), |now| {
                let app = app.clone();
                async move {
                    let case = store::cases::get(&app.store.db, case.id).await?;
                    Ok(case.review_late(now)?)
                }
            })
            .await;
        done(late)
    })
    .await
}

/// What falls due by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Falls {
    Levels,
    Rounds,
    Reviews,
}

/// Is there anything to sweep? Asked before the sweep's lease, which is a write.
pub async fn is_due(app: &App, what: Falls) -> Result<bool> {
    let (db, now) = (&app.store.db, app.now());
    Ok(match what {
        Falls::Levels => !store::cases::due(db, now, 1).await?.is_empty(),
        Falls::Rounds => !rounds::over(db, now, 1).await?.is_empty(),
        Falls::Reviews => !store::cases::review_due(db, now, 1).await?.is_empty(),
    })
}

/// Takes or prolongs the lease of a sweep; false while another node sweeps.
pub async fn may_sweep(app: &App, name: &str, lease_ms: i64) -> Result<bool> {
    Ok(leases::take(&app.store.writer, name, app.now(), lease_ms).await?.is_some())
}

/// Forgets requests and sessions whose time is over, and old versions of the directory, once an hour over all nodes.
pub async fn purge(app: &App) -> Result<()> {
    let (writer, now) = (&app.store.writer, app.now());
    if !app.purge_is_due(now, PURGE_EVERY_MS) {
        return Ok(());
    }
    if leases::take(writer, "purge", now, PURGE_EVERY_MS).await?.is_some() {
        while requests::purge(writer, now).await? > 0 {}
        directory::purge(app, now).await?;
    }
    Ok(())
}

/// The next instant after `now` at which something falls due by itself.
pub async fn next_instant(app: &App, now: Timestamp) -> Result<Option<Timestamp>> {
    let db = &app.store.db;
    let instants = [
        store::cases::next_due(db, now).await?,
        store::cases::next_review(db, now).await?,
        rounds::next_due(db, now).await?,
        rounds::next_end(db, now).await?,
        notices::next_due(db, now).await?,
    ];
    Ok(instants.into_iter().flatten().min())
}

/// Ends one round that nobody answered; the case becomes unverified.
pub(super) async fn end_round(app: &App, over: &Round) -> Result<bool> {
    let ended = app
        .commit(Lane::Bulk, request(&Actor::system(), None, "end_round", &[]), |now| async move {
            let round = rounds::get(&app.store.db, over.case, over.round).await?;
            let exhausted = round.version == over.version;
            if round.state != RoundState::Open || (now < round.ends_at && !exhausted) {
                return Err(Refused::RoundOver.into());
            }
            let case = store::cases::get(&app.store.db, round.case).await?;
            let mut change = match round.purpose {
                Purpose::Resolution => {
                    case.round_ended(cases::citizen(app, &case).await?.safety, now)?
                }
                _ => called::over(app, &case, &round, now).await?,
            };
            change.round = Some((Gate::Version(round.version), attempts::ended(&round)));
            Ok(change)
        })
        .await;
    done(ended)
}

/// A sweep that comes second finds its work done: that is no failure.
pub(super) fn done<T>(committed: Result<T>) -> Result<bool> {
    match committed {
        Ok(_) => Ok(true),
        Err(Error::Refused(_) | Error::Conflict) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Works on all items, a bounded number at a time; gives how many said true. One that fails holds up no other: it is
/// logged, and an error only when nothing worked.
async fn together<T, W, F>(app: &Arc<App>, items: Vec<T>, work: W) -> Result<usize>
where
    W: Fn(Arc<App>, T) -> F,
    F: Future<Output = Result<bool>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    let mut worked = 0;
    let mut failed = None;
    let mut count = |ended: std::result::Result<Result<bool>, JoinError>| match ended
        .map_err(Error::internal)
        .flatten()
    {
        Ok(did) => worked += usize::from(did),
        Err(error) => {
            tracing::error!(%error, "one of many that fell due failed");
            failed.get_or_insert(error);
        }
    };
    for item in items {
        if tasks.len() == TOGETHER_MAX
            && let Some(ended) = tasks.join_next().await
        {
            count(ended);
        }
        tasks.spawn(work(app.clone(), item));
    }
    while let Some(ended) = tasks.join_next().await {
        count(ended);
    }
    match failed {
        Some(error) if worked == 0 => Err(error),
        _ => Ok(worked),
    }
}
