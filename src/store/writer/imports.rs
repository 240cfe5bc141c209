//! The gates of imports: the version of the directory that goes live, and the old number that a case comes over with.

use std::collections::HashSet;

use super::{
    gates::{Stand, gated, ids},
    group::Entry,
    merged::{gate, merged},
};
use crate::store::{Result, db::Conn};

merged!(
    LIVE,
    2,
    "UPDATE directory_versions
        SET live_at = v.column2
       FROM (",
    ") AS v
      WHERE directory_versions.version = v.column1
        AND directory_versions.live_at IS NULL AND directory_versions.abandoned = 0
     RETURNING directory_versions.version"
);
merged!(
    OLD_NUMBERS,
    2,
    "INSERT INTO old_numbers (number, case_id)",
    "ON CONFLICT DO NOTHING RETURNING number"
);

pub(super) async fn live(conn: &mut Conn, asked: &[&Entry], stands: &mut [Stand]) -> Result<()> {
    let rows = gated(asked, stands, |change| Some((change.live?, change.at)), |(live, _)| *live);
    let won = gate!(conn, LIVE, &rows, |query, row| {
        let (_, _, (version, at)) = row;
        query.bind(*version).bind(*at)
    });
    let won = ids(won)?;
    for (n, _, (version, _)) in rows {
        stands[n].judge(won.contains(&version));
    }
    Ok(())
}

/// Before all other gates: who comes second has lost nothing but this one.
pub(super) async fn old_numbers(
    conn: &mut Conn,
    asked: &[&Entry],
    stands: &mut [Stand],
) -> Result<()> {
    let rows = gated(
        asked,
        stands,
        |change| Some((change.old_number.as_deref()?, change.case.as_ref()?.1.id)),
        |(number, _)| *number,
    );
    let taken = gate!(conn, OLD_NUMBERS, &rows, |query, row| {
        let (_, _, (number, case)) = row;
        query.bind(*number).bind(*case)
    });
    let won = taken.into_iter().map(|mut row| row.next());
    let mut won = won.collect::<sqlx::Result<HashSet<String>>>()?;
    for (n, _, (number, _)) in rows {
        // Twice in one group: the first has it.
        stands[n].judge(won.remove(number));
    }
    Ok(())
}
