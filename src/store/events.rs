//! The one stream of facts: reads by place (node, seq) and by stream, and the check of a chain.

use std::collections::BTreeMap;

use super::{
    Db, Result, accounts, cases,
    db::rows,
    values::Cells,
    writer::merged::{merged, read_many},
};
use crate::domain::{
    chain::{Break, Chain, Hash},
    change::Event,
    time::Timestamp,
};

pub const PAGE_MAX: i64 = 500;

/// An event at its place. Per node, seq has no gaps and is in commit order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub node: i64,
    pub seq: i64,
    pub event: Event,
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT node, seq, stream, version, at, kind, actor, post, channel, facts, body,
                    prev_hash, hash
               FROM events ",
            $tail
        )
    };
}

/// The next page of one node's events.
pub async fn after(db: &Db, node: i64, seq: i64) -> Result<Vec<Recorded>> {
    read(rows!(
        db,
        select!("WHERE node = $1 AND seq > $2 ORDER BY seq LIMIT $3"),
        node,
        seq,
        PAGE_MAX,
    ))
}

/// The next page of one stream's events, past `version`.
pub async fn of_stream(db: &Db, stream: &str, version: i64) -> Result<Vec<Recorded>> {
    read(rows!(
        db,
        select!("WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3"),
        stream,
        version,
        PAGE_MAX,
    ))
}

merged!(
    wide OF_STAYS,
    2,
    "SELECT events.node, events.seq, events.stream, events.version, events.at, events.kind,
            events.actor, events.post, events.channel, events.facts, events.body,
            events.prev_hash, events.hash
       FROM (",
    ") AS v
       JOIN events ON events.stream = v.column1
      WHERE events.version = 1 OR events.at >= v.column2
      ORDER BY events.stream, events.version"
);

/// Of each stream the first event and those since an instant, in their order.
pub async fn of_stays(db: &Db, stays: &[(String, Timestamp)]) -> Result<Vec<Event>> {
    let found = read_many!(db, OF_STAYS, stays, |query, stay| query.bind(&stay.0).bind(stay.1));
    Ok(read(found)?.into_iter().map(|recorded| recorded.event).collect())
}

merged!(
    wide OF_STREAMS,
    2,
    "SELECT events.node, events.seq, events.stream, events.version, events.at, events.kind,
            events.actor, events.post, events.channel, events.facts, events.body,
            events.prev_hash, events.hash
       FROM (",
    ") AS v
       JOIN events ON events.stream = v.column1 AND events.version > v.column2
      ORDER BY events.stream, events.version"
);

/// Of each stream the events past a version, in their order.
pub async fn of_streams(db: &Db, streams: &[(String, i64)]) -> Result<Vec<Event>> {
    let found =
        read_many!(db, OF_STREAMS, streams, |query, stream| query.bind(&stream.0).bind(stream.1));
    Ok(read(found)?.into_iter().map(|recorded| recorded.event).collect())
}

merged!(
    wide ACTS_OF,
    2,
    "SELECT DISTINCT events.stream, events.kind FROM (",
    ") AS v
       JOIN events ON events.stream = v.column1 AND events.actor = v.column2"
);

/// What one actor did to streams: each stream with the kinds of the events, in no order.
pub async fn acts_of(db: &Db, actor: &str, streams: &[String]) -> Result<Vec<(String, String)>> {
    let found = read_many!(db, ACTS_OF, streams, |query, stream| query.bind(stream).bind(actor));
    found.into_iter().map(|mut row| Ok((row.next()?, row.next()?))).collect()
}

/// The last seq of each node that may write still, or that began after the node `known`.
pub async fn heads(db: &Db, known: i64) -> Result<BTreeMap<i64, i64>> {
    let found = rows!(
        db,
        "SELECT id, COALESCE((SELECT MAX(seq) FROM events WHERE node = nodes.id), 0)
           FROM nodes
          WHERE ended = 0 OR id > $1",
        known,
    );
    found.into_iter().map(|mut row| Ok((row.next()?, row.next()?))).collect()
}

/// Checks a case's chain from its first event to the head on its row; gives the events' number.
///
/// Whoever can rewrite events and the case row alike gets past it.
pub async fn verify_case(db: &Db, case: i64) -> Result<Result<i64, Break>> {
    // The row is read before the events: what is written meanwhile is past its version.
    let case = cases::get(db, case).await?;
    verify(db, &case.stream(), Some((case.version, case.head))).await
}

/// As [`verify_case`], for the stream of an account.
pub async fn verify_account(db: &Db, account: i64) -> Result<Result<i64, Break>> {
    let account = accounts::get(db, account).await?;
    verify(db, &format!("account:{}", account.id), Some((account.version, account.head))).await
}

/// Checks what a node noted. It has no row with a head: a cut end does not show.
pub async fn verify_node(db: &Db, node: i64) -> Result<Result<i64, Break>> {
    verify(db, &format!("node:{node}"), None).await
}

async fn verify(db: &Db, stream: &str, head: Option<(i64, Hash)>) -> Result<Result<i64, Break>> {
    let last = head.map_or(i64::MAX, |(version, _)| version);
    let mut chain = Chain::start();
    'pages: while chain.version() < last {
        let page = of_stream(db, stream, chain.version()).await?;
        if page.is_empty() {
            break;
        }
        for recorded in page {
            if recorded.event.version > last {
                break 'pages;
            }
            if let Err(broken) = chain.follow(&recorded.event) {
                return Ok(Err(broken));
            }
        }
    }
    Ok(match head {
        Some((version, hash)) => chain.end(version, &hash).map(|()| version),
        None => Ok(chain.version()),
    })
}

fn read(rows: Vec<Cells>) -> Result<Vec<Recorded>> {
    let recorded = |mut row: Cells| {
        Ok(Recorded {
            node: row.next()?,
            seq: row.next()?,
            event: Event {
                stream: row.next()?,
                version: row.next()?,
                at: row.next()?,
                kind: row.next()?,
                actor: row.next()?,
                post: row.next()?,
                channel: row.next()?,
                facts: row.next()?,
                body: row.next()?,
                prev_hash: row.hash()?,
                hash: row.hash()?,
            },
        })
    };
    rows.into_iter().map(recorded).collect()
}
