//! The slice: a month is committed once, an answer is drawn once, and each moves on from the version that was read, under the
//! lease of who asks. Most changes have nothing of it and run no statement here.

use std::collections::HashSet;

use crate::{
    domain::{chain::Hash, change::Gate},
    store::{
        Result,
        db::Conn,
        writer::{
            gates::{Stand, gated, ids},
            group::Entry,
            merged::{gate, merged},
        },
    },
};

merged!(
    COMMITTED,
    6,
    "INSERT INTO recheck_months (month, digest, seed_sealed, share_bp, from_at, committed_at)",
    "ON CONFLICT DO NOTHING RETURNING month"
);
merged!(
    REVEALED,
    2,
    "UPDATE recheck_months
        SET revealed_at = v.column2
       FROM (",
    ") AS v
      WHERE recheck_months.month = v.column1 AND recheck_months.revealed_at IS NULL
     RETURNING recheck_months.month"
);
merged!(
    DRAWN,
    19,
    "INSERT INTO rechecks
        (case_id, round, month, citizen, language, district, state, drawn_at, ends_at, next_at, tries, dials,
         try_day, try_used, outcome, caller, decided_at, version, head)",
    "ON CONFLICT DO NOTHING RETURNING case_id, round"
);
merged!(
    MOVED,
    16,
    "UPDATE rechecks
        SET leased_until = CASE WHEN v.column4 IS NULL THEN leased_until ELSE v.column5 END,
            state = v.column6, next_at = v.column7, tries = v.column8, dials = v.column9, try_day = v.column10,
            try_used = v.column11, outcome = v.column12, caller = v.column13, decided_at = v.column14,
            version = v.column15, head = v.column16
       FROM (",
    ") AS v
      WHERE rechecks.case_id = v.column1 AND rechecks.round = v.column2
        AND rechecks.version = v.column3
        AND (v.column4 IS NULL OR rechecks.lease_token = v.column4)
     RETURNING rechecks.case_id, rechecks.round"
);

pub(super) async fn months(conn: &mut Conn, asked: &[&Entry], stands: &mut [Stand]) -> Result<()> {
    let rows = gated(asked, stands, |change| change.feedback.month.as_ref(), |month| month.month);
    let (new, over): (Vec<_>, Vec<_>) =
        rows.iter().map(|(_, _, month)| *month).partition(|month| month.revealed_at.is_none());
    let mut won = gate!(conn, COMMITTED, &new, |query, month| query
        .bind(month.month)
        .bind(&month.digest[..])
        .bind(&month.sealed)
        .bind(month.share_bp)
        .bind(month.from)
        .bind(month.committed_at));
    won.extend(gate!(conn, REVEALED, &over, |query, month| query
        .bind(month.month)
        .bind(month.revealed_at)));
    let won = ids(won)?;
    for (n, _, month) in rows {
        stands[n].judge(won.contains(&month.month));
    }
    Ok(())
}

/// One answer of a case at most is in a group.
pub(super) async fn rechecks(
    conn: &mut Conn,
    asked: &[&Entry],
    stands: &mut [Stand],
) -> Result<()> {
    let rows = gated(
        asked,
        stands,
        |change| change.feedback.recheck.as_ref(),
        |(_, recheck)| (recheck.case, recheck.round),
    );
    let (mut new, mut read) = (Vec::new(), Vec::new());
    for (_, entry, (gate, recheck)) in &rows {
        match gate {
            Gate::New => new.push(recheck),
            Gate::Version(version) => read.push((*version, &entry.change, recheck)),
        }
    }
    let mut returned = gate!(conn, DRAWN, &new, |query, recheck| query
        .bind(recheck.case)
        .bind(recheck.round)
        .bind(recheck.month)
        .bind(recheck.citizen)
        .bind(recheck.language)
        .bind(&recheck.district)
        .bind(recheck.state)
        .bind(recheck.drawn_at)
        .bind(recheck.ends_at)
        .bind(recheck.next_at)
        .bind(recheck.tries)
        .bind(recheck.dials)
        .bind(recheck.try_day)
        .bind(i64::from(recheck.try_used))
        .bind(recheck.outcome)
        .bind(recheck.caller)
        .bind(recheck.decided_at)
        .bind(recheck.version)
        .bind(bytes(&recheck.head)));
    returned.extend(gate!(conn, MOVED, &read, |query, row| {
        let (version, change, recheck) = row;
        query
            .bind(recheck.case)
            .bind(recheck.round)
            .bind(*version)
            .bind(change.fence)
            .bind(change.held_until)
            .bind(recheck.state)
            .bind(recheck.next_at)
            .bind(recheck.tries)
            .bind(recheck.dials)
            .bind(recheck.try_day)
            .bind(i64::from(recheck.try_used))
            .bind(recheck.outcome)
            .bind(recheck.caller)
            .bind(recheck.decided_at)
            .bind(recheck.version)
            .bind(bytes(&recheck.head))
    }));
    let mut won: HashSet<(i64, i64)> = HashSet::with_capacity(returned.len());
    for mut row in returned {
        won.insert((row.next()?, row.next()?));
    }
    for (n, _, (_, recheck)) in rows {
        stands[n].judge(won.contains(&(recheck.case, recheck.round)));
    }
    Ok(())
}

fn bytes(head: &Hash) -> &[u8] {
    &head[..]
}
