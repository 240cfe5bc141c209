//! Leases on rounds: the token grows with every claim, so a late worker's outcome is refused.
//!
//! A claim touches the lease columns alone, never what a rule decides on.

use crate::{
    domain::{time::Timestamp, verification::Round},
    store::{Result, writer::Writer},
};

/// A round leased to this process until the lease runs out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub round: Round,
    /// Goes into `Change::fence`.
    pub token: i64,
}

/// Leases the open rounds that may be rung, longest due first; a lease that ran out is free again.
pub async fn claim(
    writer: &Writer,
    now: Timestamp,
    limit: i64,
    lease_ms: i64,
) -> Result<Vec<Claimed>> {
    let _ = (writer, now, limit, lease_ms);
    todo!()
}

/// Leases one open round, for a person's task or a citizen who rings by himself; None when another holds it.
pub async fn claim_one(
    writer: &Writer,
    case: i64,
    round: i64,
    now: Timestamp,
    lease_ms: i64,
) -> Result<Option<Claimed>> {
    let _ = (writer, case, round, now, lease_ms);
    todo!()
}

/// Makes a lease last until `now + lease_ms`; false when the token is not the round's any more.
pub async fn renew(
    writer: &Writer,
    case: i64,
    round: i64,
    token: i64,
    now: Timestamp,
    lease_ms: i64,
) -> Result<bool> {
    let _ = (writer, case, round, token, now, lease_ms);
    todo!()
}

/// Gives a lease back before its time. A Change of the round does so by itself.
pub async fn release(writer: &Writer, case: i64, round: i64, token: i64) -> Result<bool> {
    let _ = (writer, case, round, token);
    todo!()
}
