//! Writes persons of a version that nobody sees yet, in chunks of the bulk lane.

use std::sync::Arc;

use super::{
    CHUNK,
    people::{HolderRow, LeaveRow, OfficerRow},
};
use crate::store::{
    Result,
    writer::{
        Lane, Writer,
        merged::{merged, put},
    },
};

merged!(
    OFFICERS,
    9,
    "INSERT INTO officers (account, since, name_hi, name_en, mobile_key, mobile_sealed,
                           active_from, active_until, gone)",
    ""
);
merged!(
    HOLDERS,
    7,
    "INSERT INTO post_holders (post, account, from_at, until_at, kind, since, gone)",
    ""
);
merged!(LEAVE, 5, "INSERT INTO officer_leave (account, from_at, until_at, since, gone)", "");
merged!(
    OFFICERS_GONE,
    3,
    "UPDATE officers SET gone = v.column3 FROM (",
    ") AS v WHERE officers.account = v.column1 AND officers.since = v.column2"
);
merged!(
    HOLDERS_GONE,
    5,
    "UPDATE post_holders SET gone = v.column5 FROM (",
    ") AS v
      WHERE post_holders.post = v.column1
        AND post_holders.account = v.column2
        AND post_holders.from_at = v.column3
        AND post_holders.since = v.column4"
);
merged!(
    LEAVE_GONE,
    4,
    "UPDATE officer_leave SET gone = v.column4 FROM (",
    ") AS v
      WHERE officer_leave.account = v.column1
        AND officer_leave.from_at = v.column2
        AND officer_leave.since = v.column3"
);

/// The version of rows that no import brought: they count from the beginning.
pub const BY_HAND: i64 = 0;

/// What a version changes of the persons: rows that begin to count with it (their `since` is not read), and
/// rows that it takes out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    pub officers: Vec<OfficerRow>,
    pub holders: Vec<HolderRow>,
    pub leave: Vec<LeaveRow>,
    /// Accounts without a profile that the version leaves out.
    pub officers_closed: Vec<OfficerRow>,
    pub officers_gone: Vec<OfficerRow>,
    pub holders_gone: Vec<HolderRow>,
    pub leave_gone: Vec<LeaveRow>,
}

impl Moves {
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    pub fn count(&self) -> usize {
        self.officers.len()
            + self.holders.len()
            + self.leave.len()
            + self.officers_closed.len()
            + self.officers_gone.len()
            + self.holders_gone.len()
            + self.leave_gone.len()
    }
}

macro_rules! staged {
    ($writer:ident, $moves:ident, $told:ident, $field:ident, $merged:ident,
     |$query:ident, $row:ident| $bound:expr) => {
        for start in (0..$moves.$field.len()).step_by(CHUNK) {
            let moves = $moves.clone();
            let range = start..moves.$field.len().min(start + CHUNK);
            let written = range.len();
            $writer
                .errand(Lane::Bulk, move |conn| {
                    Box::pin(async move {
                        put!(conn, $merged, &moves.$field[range], |$query, $row| $bound);
                        Ok(())
                    })
                })
                .await?;
            $told(written);
        }
    };
}

/// Writes all moves; tells after each chunk how many it wrote.
pub async fn stage(
    writer: &Writer,
    version: i64,
    moves: &Arc<Moves>,
    told: &(dyn Fn(usize) + Sync),
) -> Result<()> {
    let keys = writer.keys();
    staged!(writer, moves, told, officers_gone, OFFICERS_GONE, |query, row| query
        .bind(row.account)
        .bind(row.since)
        .bind(version));
    staged!(writer, moves, told, holders_gone, HOLDERS_GONE, |query, row| query
        .bind(row.post)
        .bind(row.account)
        .bind(row.from)
        .bind(row.since)
        .bind(version));
    staged!(writer, moves, told, leave_gone, LEAVE_GONE, |query, row| query
        .bind(row.account)
        .bind(row.from)
        .bind(row.since)
        .bind(version));
    let opened = moves.officers.iter().map(|row| (row, None));
    let closed = moves.officers_closed.iter().map(|row| (row, Some(version)));
    let profiles: Vec<_> = opened.chain(closed).collect();
    for chunk in profiles.chunks(CHUNK) {
        let seal = |row: &OfficerRow| {
            row.officer.mobile.as_ref().map(|mobile| {
                let sealed = keys.seal("officers", "mobile_sealed", row.account, mobile.reveal());
                (keys.phone_key(mobile).to_vec(), sealed)
            })
        };
        let rows: Vec<_> =
            chunk.iter().map(|(row, gone)| ((*row).clone(), seal(row), *gone)).collect();
        let written = rows.len();
        writer
            .errand(Lane::Bulk, move |conn| {
                Box::pin(async move {
                    put!(conn, OFFICERS, &rows, |query, row| {
                        let (OfficerRow { account, officer, .. }, mobile, gone) = row;
                        query
                            .bind(account)
                            .bind(version)
                            .bind(&officer.names.hi)
                            .bind(&officer.names.en)
                            .bind(mobile.as_ref().map(|(key, _)| &key[..]))
                            .bind(mobile.as_ref().map(|(_, sealed)| &sealed[..]))
                            .bind(officer.active_from)
                            .bind(officer.active_until)
                            .bind(gone)
                    });
                    Ok(())
                })
            })
            .await?;
        told(written);
    }
    staged!(writer, moves, told, holders, HOLDERS, |query, row| query
        .bind(row.post)
        .bind(row.account)
        .bind(row.from)
        .bind(row.until)
        .bind(row.kind)
        .bind(version)
        .bind(None::<i64>));
    staged!(writer, moves, told, leave, LEAVE, |query, row| query
        .bind(row.account)
        .bind(row.from)
        .bind(row.until)
        .bind(version)
        .bind(None::<i64>));
    Ok(())
}
