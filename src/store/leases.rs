//! Named leases, so that of many processes one does a sweep.

use super::{Result, writer::Writer};
use crate::domain::time::Timestamp;

/// Held until its time runs out. `token` grows with every change of holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub name: String,
    pub token: i64,
}

/// Takes or prolongs a lease for this node; None while another node holds it.
pub async fn take(
    writer: &Writer,
    name: &str,
    now: Timestamp,
    ttl_ms: i64,
) -> Result<Option<Lease>> {
    let _ = (writer, name, now, ttl_ms);
    todo!()
}

/// Makes it last until `now + ttl_ms`; false when it was lost.
pub async fn renew(writer: &Writer, lease: &Lease, now: Timestamp, ttl_ms: i64) -> Result<bool> {
    let _ = (writer, lease, now, ttl_ms);
    todo!()
}

/// Gives it back before its time; false when it was lost.
pub async fn release(writer: &Writer, lease: &Lease) -> Result<bool> {
    let _ = (writer, lease);
    todo!()
}
