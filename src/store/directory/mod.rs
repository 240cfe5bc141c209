//! The directory in versions: N + 1 is written beside N, unseen until one row makes it live.

use super::{
    Db, Error, Result,
    db::{only, rows, rows_on, run_on},
    writer::{Lane, Request, Writer},
};
use crate::domain::{actor::Actor, change::Change, time::Timestamp};

pub mod fill;
pub mod load;
pub mod people;
pub mod policies;
pub mod posts;
pub mod purge;
pub mod sizes;
pub mod stage;

/// Rows written in one transaction, so that acts wait little for an import.
pub(super) const CHUNK: usize = 500;

/// Begins a version behind `base`, the live one that the import was read against (0: none). Imports that
/// began before and are not live can never go live: two that run at a time never mix.
pub async fn begin(writer: &Writer, base: i64, now: Timestamp) -> Result<i64> {
    writer
        .errand(Lane::Bulk, move |conn| {
            Box::pin(async move {
                let begun = only(rows_on!(
                    conn,
                    "INSERT INTO directory_versions (version, created_at)
                     SELECT COALESCE(MAX(version), 0) + 1, $1 FROM directory_versions
                     RETURNING version",
                    now,
                ));
                let version: i64 = begun?.next()?;
                run_on!(
                    conn,
                    "UPDATE directory_versions
                        SET abandoned = 1
                      WHERE live_at IS NULL AND version < $1",
                    version,
                );
                // Behind the update: an import that went live meanwhile shows itself here.
                let live = rows_on!(
                    conn,
                    "SELECT COALESCE(MAX(version), 0)
                       FROM directory_versions
                      WHERE live_at IS NOT NULL",
                );
                if only(live)?.next::<i64>()? != base {
                    return Err(Error::Conflict);
                }
                Ok(version)
            })
        })
        .await
}

/// Makes a version live, as a fact of this node; `Conflict` when a later import began meanwhile.
pub async fn flip(
    writer: &Writer,
    by: &Actor,
    version: i64,
    facts: String,
    now: Timestamp,
) -> Result<()> {
    let live =
        Change { live: Some(version), ..Change::new(now) }.noted(by, "directory_live", facts);
    writer.commit(Lane::Bulk, Request::system(), live).await?;
    Ok(())
}

/// The newest version that went live; None before the first.
pub async fn live_version(db: &Db) -> Result<Option<i64>> {
    let found = rows!(db, "SELECT MAX(version) FROM directory_versions WHERE live_at IS NOT NULL");
    Ok(only(found)?.next()?)
}
