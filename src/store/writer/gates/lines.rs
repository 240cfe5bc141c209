//! One call of ours at a time to one citizen, and one kind of call in an evening; most changes have neither and run no
//! statement here.

use super::{Stand, gated};
use crate::store::{
    Result,
    db::Conn,
    writer::{
        group::Entry,
        merged::{gate, merged, put},
    },
};

// A lease that ran out is anybody's; the call that holds it may take it once more.
merged!(
    TAKEN,
    6,
    "INSERT INTO lines (citizen, kind, call, node, taken_at, until_at)",
    "ON CONFLICT (citizen) DO UPDATE
        SET kind = excluded.kind, call = excluded.call, node = excluded.node, taken_at = excluded.taken_at, until_at =
            excluded.until_at
      WHERE lines.until_at <= excluded.taken_at OR lines.call = excluded.call
     RETURNING citizen"
);
// As `domain::verification::line::Evening::admits` says it.
merged!(
    EVENINGS,
    5,
    "INSERT INTO evenings (citizen, day, kind, rung_at, asked_at)",
    "ON CONFLICT (citizen, day) DO UPDATE
        SET kind = excluded.kind, rung_at = excluded.rung_at, asked_at = excluded.asked_at
      WHERE evenings.kind = excluded.kind OR evenings.rung_at < excluded.asked_at
     RETURNING citizen"
);
merged!(
    FREED,
    2,
    "UPDATE lines
        SET until_at = 0
       FROM (",
    ") AS v
      WHERE lines.citizen = v.column1 AND lines.call = v.column2"
);

pub(super) async fn taken(
    conn: &mut Conn,
    node: i64,
    asked: &[&Entry],
    stands: &mut [Stand],
) -> Result<()> {
    let rows = gated(asked, stands, |change| change.line.as_ref(), |line| line.citizen);
    let won = super::ids(gate!(conn, TAKEN, &rows, |query, row| {
        let line = row.2;
        query
            .bind(line.citizen)
            .bind(line.kind)
            .bind(&line.call)
            .bind(node)
            .bind(line.taken_at)
            .bind(line.until)
    }))?;
    for (n, _, line) in rows {
        stands[n].judge(won.contains(&line.citizen));
    }
    Ok(())
}

pub(super) async fn evenings(
    conn: &mut Conn,
    asked: &[&Entry],
    stands: &mut [Stand],
) -> Result<()> {
    let rows = gated(asked, stands, |change| change.evening, |evening| evening.citizen);
    let won = super::ids(gate!(conn, EVENINGS, &rows, |query, row| {
        let evening = row.2;
        query
            .bind(evening.citizen)
            .bind(evening.day)
            .bind(evening.kind)
            .bind(evening.rung_at)
            .bind(evening.asked_at)
    }))?;
    for (n, _, evening) in rows {
        stands[n].judge(won.contains(&evening.citizen));
    }
    Ok(())
}

pub(in crate::store::writer) async fn freed(conn: &mut Conn, written: &[&Entry]) -> Result<()> {
    let mut rows: Vec<_> =
        written.iter().filter_map(|entry| entry.change.hung_up.as_ref()).collect();
    rows.sort_unstable();
    put!(conn, FREED, &rows, |query, row| query.bind(row.0).bind(&row.1));
    Ok(())
}
