//! Requests that were done, and what was answered; kept seven days.

use super::Writer;
use crate::{
    domain::{chain::Hash, time::Timestamp},
    store::{Db, Error, Result, db::rows},
};

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

/// Forgets requests and ended sessions whose time is over, a few hundred at a time, in the bulk
/// lane; gives how many went.
pub async fn purge(writer: &Writer, now: Timestamp) -> Result<u64> {
    let _ = (writer, now);
    todo!()
}
