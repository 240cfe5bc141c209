//! What a task asks about, and the person's lease on it: a round, or an answer that is asked about again.

use crate::{
    app::{App, Error, Result},
    domain::{
        feedback::{Task, TaskKind},
        verification::Round,
    },
    store::{rechecks, rounds},
};

/// As the rules of dialling see it.
pub(in crate::app) async fn round(app: &App, task: &Task) -> Result<Round> {
    let db = &app.store.db;
    match task.kind {
        TaskKind::Round => Ok(rounds::get(db, task.case, task.round).await?),
        TaskKind::Recheck => {
            let recheck = rechecks::get(db, task.case, task.round).await?;
            Ok(recheck.ok_or(Error::NotFound("recheck"))?.as_round())
        }
    }
}

/// Makes it last so long from now; false when the task lost it.
pub(super) async fn renew(app: &App, task: &Task, lease_ms: i64) -> Result<bool> {
    let (writer, now) = (&app.store.writer, app.now());
    let (case, round, token) = (task.case, task.round, task.token);
    Ok(match task.kind {
        TaskKind::Round => rounds::renew(writer, case, round, token, now, lease_ms).await?,
        TaskKind::Recheck => rechecks::renew(writer, (case, round), token, now, lease_ms).await?,
    })
}

/// Gives it back: others may be shown the task.
pub(in crate::app) async fn release(
    app: &App,
    kind: TaskKind,
    (case, round): (i64, i64),
    token: i64,
) -> Result<()> {
    let writer = &app.store.writer;
    match kind {
        TaskKind::Round => rounds::release(writer, case, round, token).await?,
        TaskKind::Recheck => rechecks::release(writer, (case, round), token).await?,
    };
    Ok(())
}
