//! The call centre's queue: what it must not forget, and the log of its facts.

pub mod agents;

use crate::{
    domain::{intake::disposition::Talk, time::Timestamp},
    store::{
        Db, Result,
        db::{rows, run_on},
        values::Cells,
        writer::{Lane, Writer},
    },
};

/// Rows of one kind that are read at a start, and facts of one page.
pub const ROWS_MAX: i64 = 25_000;
pub const FACTS_MAX: i64 = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RowKind {
    Agent,
    Caller,
    CallBack,
}

impl RowKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "AGENT",
            Self::Caller => "CALLER",
            Self::CallBack => "CALL_BACK",
        }
    }
}

/// One row as it shall stand; None: it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueRow {
    pub kind: RowKind,
    pub id: i64,
    pub body: Option<String>,
    /// Of a call-back that is to be made: the key of the phone.
    pub owed_to: Option<[u8; 32]>,
}

/// One line of the log. `n` is its place among those of this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactRow {
    pub n: i64,
    pub at: Timestamp,
    pub body: String,
}

/// What is written at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pub rows: Vec<QueueRow>,
    pub facts: Vec<FactRow>,
    /// Citizens who were reached, by the keys of their phones, and when: nobody has to ring them back any more.
    pub reached: Vec<([u8; 32], Timestamp)>,
    /// Who talks on which call, and since when no longer; what was said of it is not looked at.
    pub talks: Vec<Talk>,
}

/// Writes all of it in one transaction; what was written before stays as it is.
pub async fn keep(writer: &Writer, kept: Kept) -> Result<()> {
    let node = writer.node();
    writer
        .errand(Lane::Acts, move |conn| {
            Box::pin(async move {
                for row in &kept.rows {
                    let kind = row.kind.as_str();
                    match &row.body {
                        Some(body) => run_on!(
                            conn,
                            "INSERT INTO queue_rows (kind, id, body, phone_key) VALUES ($1, $2, $3, $4)
                             ON CONFLICT (kind, id) DO UPDATE
                                SET body = excluded.body, phone_key = excluded.phone_key",
                            kind,
                            row.id,
                            body,
                            row.owed_to.as_ref().map(|key| &key[..]),
                        ),
                        None => run_on!(
                            conn,
                            "DELETE FROM queue_rows WHERE kind = $1 AND id = $2",
                            kind,
                            row.id,
                        ),
                    };
                }
                for fact in &kept.facts {
                    run_on!(
                        conn,
                        "INSERT INTO queue_facts (node, n, at, body) VALUES ($1, $2, $3, $4)
                         ON CONFLICT DO NOTHING",
                        node,
                        fact.n,
                        fact.at,
                        &fact.body,
                    );
                }
                for (phone, at) in &kept.reached {
                    run_on!(
                        conn,
                        "UPDATE call_backs SET done_at = $2
                          WHERE done_at IS NULL
                            AND citizen = (SELECT id FROM citizens WHERE phone_key = $1)",
                        &phone[..],
                        *at,
                    );
                }
                for talk in &kept.talks {
                    run_on!(
                        conn,
                        "INSERT INTO talks (call, account, began_at, ended_at) VALUES ($1, $2, $3, $4)
                         ON CONFLICT (call, account) DO UPDATE SET ended_at = excluded.ended_at",
                        &talk.call,
                        talk.account,
                        talk.began_at,
                        talk.ended_at,
                    );
                }
                Ok(())
            })
        })
        .await
}

/// The bodies of one kind, in the order of their ids.
pub async fn kept(db: &Db, kind: RowKind) -> Result<Vec<(i64, String)>> {
    let found = rows!(
        db,
        "SELECT id, body FROM queue_rows WHERE kind = $1 ORDER BY id LIMIT $2",
        kind.as_str(),
        ROWS_MAX,
    );
    found.into_iter().map(|mut row| Ok((row.next()?, row.next()?))).collect()
}

/// The log since an instant, oldest first.
pub async fn facts(db: &Db, since: Timestamp) -> Result<Vec<String>> {
    let found = rows!(
        db,
        "SELECT body FROM queue_facts WHERE at >= $1 ORDER BY at, node, n LIMIT $2",
        since,
        FACTS_MAX,
    );
    found.into_iter().map(|mut row: Cells| Ok(row.next()?)).collect()
}
