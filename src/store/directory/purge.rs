//! Takes out versions that nothing asks for any more. Their own row stays: persons count by it.

use super::CHUNK;
use crate::{
    domain::time::Timestamp,
    store::{
        Db, Result,
        db::{rows, run_on},
        writer::{Lane, Writer},
    },
};

/// Versions that a later one replaced before then, and that no open case was routed by, the oldest first.
pub async fn obsolete(db: &Db, replaced_before: Timestamp) -> Result<Vec<i64>> {
    let found = rows!(
        db,
        "SELECT version
           FROM directory_versions
          WHERE purged = 0
            AND version < (SELECT MAX(version) FROM directory_versions WHERE live_at < $1)
            AND NOT EXISTS (SELECT 1
                              FROM cases
                             WHERE cases.directory = directory_versions.version
                               AND cases.state NOT IN ('CLOSED_SATISFIED', 'CLOSED_SPECIAL',
                                                       'CLOSED_FORCED', 'WITHDRAWN', 'MERGED',
                                                       'FORWARDED'))
          ORDER BY version",
        replaced_before,
    );
    found.into_iter().map(|mut row| Ok(row.next()?)).collect()
}

/// Takes a version's rows out in pieces of the bulk lane; broken off, it goes on at the next time.
pub async fn version(writer: &Writer, version: i64) -> Result<()> {
    loop {
        let posts = writer
            .errand(Lane::Bulk, move |conn| {
                Box::pin(async move {
                    Ok(run_on!(
                        conn,
                        "DELETE FROM posts
                          WHERE version = $1
                            AND id IN (SELECT id FROM posts WHERE version = $1 LIMIT $2)",
                        version,
                        CHUNK as i64,
                    ))
                })
            })
            .await?;
        if posts == 0 {
            break;
        }
    }
    writer
        .errand(Lane::Bulk, move |conn| {
            Box::pin(async move {
                run_on!(conn, "DELETE FROM places WHERE version = $1", version);
                run_on!(conn, "DELETE FROM departments WHERE version = $1", version);
                run_on!(conn, "DELETE FROM designations WHERE version = $1", version);
                run_on!(conn, "DELETE FROM ladder WHERE version = $1", version);
                run_on!(conn, "DELETE FROM categories WHERE version = $1", version);
                run_on!(conn, "DELETE FROM subcategories WHERE version = $1", version);
                run_on!(conn, "DELETE FROM synonyms WHERE version = $1", version);
                run_on!(conn, "DELETE FROM holidays WHERE version = $1", version);
                run_on!(
                    conn,
                    "UPDATE directory_versions SET purged = 1 WHERE version = $1",
                    version
                );
                Ok(())
            })
        })
        .await
}

/// Takes out rows of persons that a version before then made void. The last profile of an account stays: without it
/// the account would count as made by hand.
pub async fn persons(writer: &Writer, gone_before: Timestamp) -> Result<u64> {
    writer
        .errand(Lane::Bulk, move |conn| {
            Box::pin(async move {
                let holders = run_on!(
                    conn,
                    "DELETE FROM post_holders
                      WHERE gone IN (SELECT version FROM directory_versions WHERE live_at < $1)",
                    gone_before,
                );
                let leave = run_on!(
                    conn,
                    "DELETE FROM officer_leave
                      WHERE gone IN (SELECT version FROM directory_versions WHERE live_at < $1)",
                    gone_before,
                );
                let officers = run_on!(
                    conn,
                    "DELETE FROM officers
                      WHERE gone IN (SELECT version FROM directory_versions WHERE live_at < $1)
                        AND EXISTS (SELECT 1
                                      FROM officers AS later
                                     WHERE later.account = officers.account
                                       AND later.since > officers.since
                                       AND later.since IN (SELECT version
                                                             FROM directory_versions
                                                            WHERE live_at IS NOT NULL))",
                    gone_before,
                );
                Ok(holders + leave + officers)
            })
        })
        .await
}
