//! Flags, and what the rules that raise them read: pages behind a place, and rows of one phone or one timing.

pub mod looks;
pub mod seen;
pub mod timings;

use crate::{
    domain::{
        flags::{Flag, FlagKind, FlagState, Subject},
        page::After,
    },
    store::{Db, Error, Result, db::rows, values::Cells},
};

/// Rows of one read, whatever was asked for.
pub const PAGE_MAX: i64 = 500;

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, kind, subject, span, account, state, found_at, evidence, decided_by, decided_at, note,
                    version, head
               FROM flags ",
            $tail
        )
    };
}

pub async fn get(db: &Db, id: i64) -> Result<Option<Flag>> {
    let found = rows!(db, select!("WHERE id = $1"), id);
    found.into_iter().next().map(flag).transpose()
}

/// Was it raised before?
pub async fn raised(db: &Db, kind: FlagKind, subject: Subject, span: i64) -> Result<bool> {
    let found = rows!(
        db,
        "SELECT 1 FROM flags WHERE kind = $1 AND subject = $2 AND span = $3",
        kind,
        subject.name(),
        span,
    );
    Ok(!found.is_empty())
}

/// Those that speak of somebody else than `reader`, the oldest first.
pub async fn list(
    db: &Db,
    reader: i64,
    open: bool,
    kind: Option<FlagKind>,
    after: After,
    limit: i64,
) -> Result<Vec<Flag>> {
    let limit = limit.clamp(0, PAGE_MAX);
    let found = match open {
        true => rows!(
            db,
            select!(
                "WHERE state = 'OPEN' AND (account IS NULL OR account <> $1) AND ($2 IS NULL OR kind = $2)
                   AND (found_at, id) > ($3, $4)
                 ORDER BY found_at, id
                 LIMIT $5"
            ),
            reader,
            kind,
            after.at,
            after.id,
            limit,
        ),
        false => rows!(
            db,
            select!(
                "WHERE (account IS NULL OR account <> $1) AND ($2 IS NULL OR kind = $2)
                   AND (found_at, id) > ($3, $4)
                 ORDER BY found_at, id
                 LIMIT $5"
            ),
            reader,
            kind,
            after.at,
            after.id,
            limit,
        ),
    };
    found.into_iter().map(flag).collect()
}

fn flag(mut row: Cells) -> Result<Flag> {
    Ok(Flag {
        id: row.next()?,
        kind: row.next()?,
        subject: Subject::parse(&row.next::<String>()?).ok_or(Error::Malformed("subject"))?,
        span: row.next()?,
        account: row.next()?,
        state: row.next::<FlagState>()?,
        found_at: row.next()?,
        evidence: row.next()?,
        decided_by: row.next()?,
        decided_at: row.next()?,
        note: row.next()?,
        version: row.next()?,
        head: row.hash()?,
    })
}
