//! Writers: a process is a new node at each start, so nobody ever continues another's seq.

use crate::{
    domain::{
        chain::{self, Hash},
        time::Timestamp,
    },
    store::{
        Error, Result,
        db::{Conn, only, rows_on, run_on},
    },
};

/// Where a node stands: its next seq, and the end of its own stream `node:N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) next_seq: i64,
    pub(super) version: i64,
    pub(super) head: Hash,
}

impl Place {
    pub(super) const START: Self = Self { next_seq: 1, version: 0, head: chain::START };
}

pub(super) fn stream(node: i64) -> String {
    format!("node:{node}")
}

pub(super) async fn begin(conn: &mut Conn, now: Timestamp) -> sqlx::Result<i64> {
    conn.begin().await?;
    let id: i64 = only(rows_on!(
        conn,
        "UPDATE counters SET value = value + 1 WHERE name = 'node' RETURNING value",
    ))?
    .next()?;
    run_on!(conn, "INSERT INTO nodes (id, started_at) VALUES ($1, $2)", id, now);
    conn.commit().await?;
    Ok(id)
}

/// Says that a node writes no more, so that feeds need not ask for it.
pub(super) async fn end(conn: &mut Conn, node: i64) -> sqlx::Result<()> {
    run_on!(conn, "UPDATE nodes SET ended = 1 WHERE id = $1", node);
    Ok(())
}

/// Reads where a node stands from what it committed.
pub(super) async fn place(conn: &mut Conn, node: i64) -> Result<Place> {
    let next_seq = next_seq(conn, node).await?;
    let last = rows_on!(
        conn,
        "SELECT version, hash
           FROM events
          WHERE stream = $1
          ORDER BY version DESC
          LIMIT 1",
        stream(node),
    );
    let Some(mut row) = last.into_iter().next() else {
        return Ok(Place { next_seq, ..Place::START });
    };
    Ok(Place { next_seq, version: row.next().map_err(Error::from)?, head: row.hash()? })
}

/// The seq after the last that this node committed.
pub(super) async fn next_seq(conn: &mut Conn, node: i64) -> sqlx::Result<i64> {
    only(rows_on!(conn, "SELECT COALESCE(MAX(seq), 0) + 1 FROM events WHERE node = $1", node))?
        .next()
}
