//! Versions of the policy; a running clock keeps the one that it started under.

use crate::{
    domain::time::Timestamp,
    store::{
        Db, Result,
        db::{only, rows, rows_on, run_on},
        values::Cells,
        writer::{Lane, Writer},
    },
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRow {
    pub version: i64,
    pub effective_at: Timestamp,
    /// JSON; its meaning is the domain's.
    pub body: String,
}

/// All versions, oldest first.
pub async fn all(db: &Db) -> Result<Vec<PolicyRow>> {
    let policy = |mut row: Cells| {
        Ok(PolicyRow { version: row.next()?, effective_at: row.next()?, body: row.next()? })
    };
    let sql = "SELECT version, effective_at, body
                 FROM policies
                WHERE directory IS NULL
                   OR directory IN (SELECT version
                                      FROM directory_versions
                                     WHERE live_at IS NOT NULL)
                ORDER BY version";
    rows!(db, sql).into_iter().map(policy).collect()
}

/// Adds a version behind all others that counts once this version of the directory is live; gives its number.
pub async fn stage(
    writer: &Writer,
    effective_at: Timestamp,
    body: String,
    directory: i64,
) -> Result<i64> {
    writer
        .errand(Lane::Bulk, move |conn| {
            Box::pin(async move {
                let staged = rows_on!(
                    conn,
                    "INSERT INTO policies (version, effective_at, body, directory)
                     SELECT COALESCE(MAX(version), 0) + 1, $1, $2, $3 FROM policies
                     RETURNING version",
                    effective_at,
                    &body,
                    directory,
                );
                Ok(only(staged)?.next()?)
            })
        })
        .await
}

/// Adds a version; false when it is there already.
pub async fn add(writer: &Writer, policy: &PolicyRow) -> Result<bool> {
    let policy = policy.clone();
    writer
        .errand(Lane::Bulk, move |conn| {
            Box::pin(async move {
                let touched = run_on!(
                    conn,
                    "INSERT INTO policies (version, effective_at, body) VALUES ($1, $2, $3)
                     ON CONFLICT DO NOTHING",
                    policy.version,
                    policy.effective_at,
                    &policy.body,
                );
                Ok(touched == 1)
            })
        })
        .await
}
