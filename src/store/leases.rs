//! Named leases, so that of many processes one does a sweep.

use super::{
    Result,
    db::{rows_on, run_on},
    writer::Writer,
};
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
    let (holder, name) = (writer.node(), name.to_owned());
    let until = now.plus_ms(ttl_ms);
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let taken = rows_on!(
                    conn,
                    "INSERT INTO leases (name, holder, token, until_at)
                     VALUES ($1, $2, 1, $3)
                     ON CONFLICT (name) DO UPDATE
                        SET holder = excluded.holder,
                            until_at = excluded.until_at,
                            token = CASE WHEN leases.holder = excluded.holder
                                         THEN leases.token
                                         ELSE leases.token + 1 END
                      WHERE leases.holder = excluded.holder OR leases.until_at <= $4
                     RETURNING token",
                    &name,
                    holder,
                    until,
                    now,
                );
                let Some(mut row) = taken.into_iter().next() else { return Ok(None) };
                Ok(Some(Lease { name, token: row.next()? }))
            })
        })
        .await
}

/// Makes it last until `now + ttl_ms`; false when it was lost.
pub async fn renew(writer: &Writer, lease: &Lease, now: Timestamp, ttl_ms: i64) -> Result<bool> {
    until(writer, lease, now.plus_ms(ttl_ms)).await
}

/// Gives it back before its time; false when it was lost.
pub async fn release(writer: &Writer, lease: &Lease) -> Result<bool> {
    until(writer, lease, Timestamp::from_ms(0)).await
}

async fn until(writer: &Writer, lease: &Lease, until: Timestamp) -> Result<bool> {
    let (holder, lease) = (writer.node(), lease.clone());
    writer
        .leasing(move |conn| {
            Box::pin(async move {
                let touched = run_on!(
                    conn,
                    "UPDATE leases
                        SET until_at = $4
                      WHERE name = $1 AND holder = $2 AND token = $3",
                    &lease.name,
                    holder,
                    lease.token,
                    until,
                );
                Ok(touched == 1)
            })
        })
        .await
}
