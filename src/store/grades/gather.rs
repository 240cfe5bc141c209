//! Brings spells behind the events, node by node, under one gate: two who gather at once write each spell once, and nothing is
//! gathered into what is frozen.

use crate::{
    domain::{
        case::State,
        grading::{
            Spell,
            spell::{OPEN, is_pending},
        },
        time::Timestamp,
    },
    store::{
        Db, Error, Result,
        db::{only, rows, rows_on, run_on},
        events::{PAGE_MAX, Recorded},
        grades::{select_spell, spell},
        writer::{
            Lane, Writer,
            merged::{merged, put, read_many},
        },
    },
};

/// Nodes that are looked at in one go.
const NODES_MAX: i64 = 100;

/// What was read of the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    pub version: i64,
    /// What happened before and is gathered now counts from here on.
    pub frozen: Timestamp,
}

/// How far a node's events are gathered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    pub node: i64,
    pub seq: i64,
    /// The node ended in order: what is not there will not come.
    pub over: bool,
}

/// One step: spells that end, spells that begin, and how far that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gathered {
    pub gate: Gate,
    pub ended: Vec<Spell>,
    pub begun: Vec<Spell>,
    pub reached: Reached,
}

merged!(
    wide BEGUN,
    22,
    "INSERT INTO spells
        (case_id, version, from_at, happened_at, until_at, since_at, fact, registered_at, department, district, state,
         entered, level, post, in_time, resolver, stay_over, unsettled, ended, charged, vacant, heard)",
    ""
);
merged!(
    wide ENDED,
    7,
    "UPDATE spells
        SET until_at = v.column3, ended = v.column4, charged = v.column5, vacant = v.column6, heard = v.column7
       FROM (",
    ") AS v
      WHERE spells.case_id = v.column1 AND spells.version = v.column2"
);
merged!(
    wide LAST,
    1,
    select_spell!("("),
    ") AS v
       JOIN spells s ON s.case_id = v.column1
      WHERE s.until_at = 9223372036854775807
      ORDER BY s.case_id"
);

pub async fn gate(db: &Db) -> Result<Gate> {
    let found = rows!(db, "SELECT version, frozen_at FROM spells_gate WHERE id = 1");
    let mut row = only(found)?;
    Ok(Gate { version: row.next()?, frozen: row.next()? })
}

/// Nodes of which there is more to gather, in their order. A node that ended in order and is gathered to its end is done.
pub async fn behind(db: &Db, limit: i64) -> Result<Vec<Reached>> {
    let found = rows!(
        db,
        "SELECT n.id, COALESCE(g.seq, 0), n.ended
           FROM nodes n
           LEFT JOIN spells_gathered g ON g.node = n.id
          WHERE COALESCE(g.done, 0) = 0
            AND (n.ended = 1
                 OR EXISTS (SELECT 1 FROM events e WHERE e.node = n.id AND e.seq > COALESCE(g.seq, 0)))
          ORDER BY n.id
          LIMIT $1",
        limit.clamp(0, NODES_MAX),
    );
    found
        .into_iter()
        .map(|mut row| Ok(Reached { node: row.next()?, seq: row.next()?, over: row.flag()? }))
        .collect()
}

/// What cases stand at now, as far as it is gathered; those that nothing is gathered of are left out.
pub async fn last(db: &Db, cases: &[i64]) -> Result<Vec<Spell>> {
    let found = read_many!(db, LAST, cases, |query, case| query.bind(*case));
    found.into_iter().map(spell).collect()
}

/// All spells of a case, in their order.
pub async fn of_case(db: &Db, case: i64) -> Result<Vec<Spell>> {
    let found = rows!(
        db,
        select_spell!("spells s WHERE s.case_id = $1 ORDER BY s.version LIMIT $2"),
        case,
        PAGE_MAX,
    );
    found.into_iter().map(spell).collect()
}

/// Writes one step, if nobody gathered or froze since the gate was read; else `Conflict`.
pub async fn put(writer: &Writer, gathered: Gathered) -> Result<()> {
    writer
        .errand(Lane::Bulk, move |conn| {
            Box::pin(async move {
                let Gathered { gate, ended, begun, reached } = &gathered;
                let passed = run_on!(
                    conn,
                    "UPDATE spells_gate SET version = version + 1 WHERE id = 1 AND version = $1",
                    gate.version,
                );
                if passed == 0 {
                    return Err(Error::Conflict);
                }
                put!(conn, ENDED, ended, |query, spell| query
                    .bind(spell.case)
                    .bind(spell.version)
                    .bind(spell.until)
                    .bind(spell.ended)
                    .bind(spell.charged)
                    .bind(i64::from(spell.vacant))
                    .bind(spell.heard));
                put!(conn, BEGUN, begun, |query, spell| query
                    .bind(spell.case)
                    .bind(spell.version)
                    .bind(spell.from)
                    .bind(spell.happened_at)
                    .bind(spell.until)
                    .bind(spell.since)
                    .bind(&spell.fact)
                    .bind(spell.registered_at)
                    .bind(&spell.department)
                    .bind(&spell.district)
                    .bind(spell.state)
                    .bind(i64::from(spell.entered))
                    .bind(spell.level)
                    .bind(spell.post)
                    .bind(spell.in_time.map(i64::from))
                    .bind(spell.resolver)
                    .bind(i64::from(spell.stay_over))
                    .bind(i64::from(is_unsettled(spell.state)))
                    .bind(spell.ended)
                    .bind(spell.charged)
                    .bind(i64::from(spell.vacant))
                    .bind(spell.heard));
                run_on!(
                    conn,
                    "INSERT INTO spells_gathered (node, seq, done) VALUES ($1, $2, $3)
                     ON CONFLICT (node) DO UPDATE SET seq = excluded.seq, done = excluded.done",
                    reached.node,
                    reached.seq,
                    i64::from(reached.over),
                );
                Ok(())
            })
        })
        .await
}

/// Nothing that is gathered from here on counts before this instant; an earlier one changes nothing. Gives what is frozen.
pub async fn freeze(writer: &Writer, until: Timestamp) -> Result<Timestamp> {
    writer
        .errand(Lane::Bulk, move |conn| {
            Box::pin(async move {
                let frozen = rows_on!(
                    conn,
                    "UPDATE spells_gate
                        SET version = version + 1,
                            frozen_at = CASE WHEN frozen_at < $1 THEN $1 ELSE frozen_at END
                      WHERE id = 1
                     RETURNING frozen_at",
                    until,
                );
                Ok(only(frozen)?.next()?)
            })
        })
        .await
}

/// The cases that these events are about.
pub fn cases_of(page: &[Recorded]) -> Vec<i64> {
    let case = |recorded: &Recorded| recorded.event.stream.strip_prefix("case:")?.parse().ok();
    let mut cases: Vec<i64> = page.iter().filter_map(case).collect();
    cases.sort_unstable();
    cases.dedup();
    cases
}

fn is_unsettled(state: State) -> bool {
    is_pending(state) || state == State::PartiallyClosed
}

/// The database's word for a spell that lasts is the domain's.
const _: () = assert!(OPEN.0 == 9_223_372_036_854_775_807);
