//! Recordings whose time is over go, each with its proof. The decision is committed before the file goes, so a hold that
//! comes later is refused, and a crash in between ends at the next step. What fails is tried again and said each time.

use serde_json::json;

use super::chain;
use crate::{
    app::{App, Result},
    domain::{
        actor::Actor,
        change::Change,
        permissions::{self, Act, Object},
        recording::{RecordingRow, State},
        time::HOUR_MS,
    },
    store::{
        recordings as stored,
        writer::{Lane, Request},
    },
};

/// Recordings of one step.
pub const BATCH_MAX: i64 = 32;
/// A deletion that failed waits so long.
pub const RETRY_AFTER_MS: i64 = HOUR_MS;

/// Deletes what is due in this machine's folder; gives how many rows it worked on.
pub async fn expire(app: &App, by: &Actor) -> Result<usize> {
    permissions::may(by, Act::Clock, Object::Nothing)?;
    let (db, folder, now) = (&app.store.db, &app.desk().recordings, app.now());
    if folder.id().is_empty() {
        return Ok(0);
    }
    // Decided before a crash, or failed.
    let mut decided = stored::deleting(db, folder.id(), now, BATCH_MAX).await?;
    let left = BATCH_MAX - decided.len() as i64;
    let closed_before = app.desk().retention.closed_before(now);
    for row in stored::due(db, folder.id(), now, closed_before, left).await? {
        decided.extend(decide(app, by, row.id).await?);
    }
    let worked = decided.len();
    for row in decided {
        delete(app, by, row).await?;
    }
    Ok(worked)
}

/// None when it is held since, or somebody else decided it.
async fn decide(app: &App, by: &Actor, id: i64) -> Result<Option<RecordingRow>> {
    app.commit(Lane::Bulk, Request::system(), move |now| async move {
        let row = stored::get(&app.store.db, id).await?;
        let Some(row) = row.deleting(now) else { return Ok(Change::new(now)) };
        let change = Change { recording: Some(row.clone()), ..Change::new(now) };
        chain::told(app, change, by, &row, "deletion_decided", row.rule()).await
    })
    .await?;
    let row = stored::get(&app.store.db, id).await?;
    Ok((row.state == State::Deleting).then_some(row))
}

async fn delete(app: &App, by: &Actor, row: RecordingRow) -> Result<()> {
    let folder = &app.desk().recordings;
    // Two silences of one length are one file.
    let shared = stored::others_of(&app.store.db, &row.file, row.id).await? > 0;
    let gone = async {
        let sha256 = folder.digest(&row.file).await?;
        if !shared {
            folder.remove(&row.file).await?;
        }
        std::io::Result::Ok(sha256)
    };
    let gone = match row.file.is_empty() {
        true => Ok(None),
        false => gone.await.map_err(|error| error.to_string()),
    };
    let (row, gone) = (&row, &gone);
    app.commit(Lane::Bulk, Request::system(), move |now| async move {
        match gone {
            Ok(sha256) => {
                let mut facts = row.rule();
                facts["file_was_there"] = json!(sha256.is_some());
                facts["digest_was_right"] = json!(sha256.map(|found| found == row.sha256));
                facts["file_of_another_too"] = json!(shared);
                let deleted = RecordingRow {
                    state: State::Deleted,
                    deleted_at: Some(now),
                    retry_at: None,
                    trouble: None,
                    ..row.clone()
                };
                let change = Change { recording: Some(deleted.clone()), ..Change::new(now) };
                chain::told(app, change, by, &deleted, "deleted", facts).await
            }
            Err(why) => {
                let failed = RecordingRow {
                    retry_at: Some(now.plus_ms(RETRY_AFTER_MS)),
                    trouble: Some(why.clone()),
                    ..row.clone()
                };
                Ok(Change { recording: Some(failed), ..Change::new(now) })
            }
        }
    })
    .await?;
    match gone {
        Ok(_) => tracing::info!(recording = row.id, call = row.call, "a recording is deleted"),
        Err(why) => {
            tracing::error!(recording = row.id, why, "a recording cannot be deleted");
        }
    }
    Ok(())
}
