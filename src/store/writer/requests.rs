//! Requests that were done, and what was answered; kept seven days.

use super::{Lane, Writer};
use crate::{
    domain::{
        chain::Hash,
        time::{DAY_MS, HOUR_MS, Timestamp},
    },
    store::{
        Db, Error, Result,
        db::{rows, run_on},
    },
};

const KEPT_MS: i64 = 7 * DAY_MS;
/// A request that nobody can repeat is kept only for a commit whose answer was lost.
const UNNAMED_KEPT_MS: i64 = HOUR_MS;
const PURGED_AT_ONCE_MAX: i64 = 500;

/// Who asks for a change, so that asking again does it once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `account:7`, `system`, `converse:NAME`: ids of two owners never meet.
    pub owner: String,
    /// None when nobody can ask for it twice.
    pub id: Option<String>,
    /// A digest of the act and its payload.
    pub fingerprint: Hash,
}

impl Request {
    /// Of the system itself: nobody repeats it.
    pub fn system() -> Self {
        Self { owner: "system".to_owned(), id: None, fingerprint: [0; 32] }
    }

    pub(super) fn expires_at(&self, at: Timestamp) -> Timestamp {
        at.plus_ms(if self.id.is_some() { KEPT_MS } else { UNNAMED_KEPT_MS })
    }
}

/// The result of a request that was done before. [`Error::RequestReused`] when its id stood for
/// another act or another payload.
pub async fn result(db: &Db, owner: &str, id: &str, fingerprint: &Hash) -> Result<Option<String>> {
    let found = rows!(
        db,
        "SELECT fingerprint, result FROM requests WHERE owner = $1 AND id = $2",
        owner,
        id,
    );
    let Some(mut row) = found.into_iter().next() else { return Ok(None) };
    if &row.hash()? != fingerprint {
        return Err(Error::RequestReused);
    }
    Ok(Some(row.next()?))
}

/// Forgets requests and sessions whose time is over, at most 500 of each at a time, in the bulk
/// lane; gives how many went.
pub async fn purge(writer: &Writer, now: Timestamp) -> Result<u64> {
    writer
        .errand(Lane::Bulk, move |conn| {
            Box::pin(async move {
                let requests = run_on!(
                    conn,
                    "DELETE FROM requests
                      WHERE (owner, id) IN (SELECT owner, id
                                              FROM requests
                                             WHERE expires_at <= $1
                                             ORDER BY expires_at
                                             LIMIT $2)",
                    now,
                    PURGED_AT_ONCE_MAX,
                );
                let sessions = run_on!(
                    conn,
                    "DELETE FROM sessions
                      WHERE id IN (SELECT id
                                     FROM sessions
                                    WHERE refresh_until <= $1
                                    ORDER BY refresh_until
                                    LIMIT $2)",
                    now,
                    PURGED_AT_ONCE_MAX,
                );
                Ok(requests + sessions)
            })
        })
        .await
}
