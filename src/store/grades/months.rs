//! Months that are published.

use crate::{
    domain::grading::{Month, paper::Published},
    store::{Db, Error, Result, db::rows, values::Cells},
};

/// Months of one read, whatever was asked for.
pub const PAGE_MAX: i64 = 600;

/// A published month without its paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firsts {
    pub month: Month,
    /// JSON.
    pub firsts: String,
}

pub async fn get(db: &Db, month: Month) -> Result<Option<Published>> {
    let found = rows!(
        db,
        "SELECT month, formula, judged_at, published_at, published_by, paper, digest, firsts
           FROM grade_months
          WHERE month = $1",
        month.number(),
    );
    found.into_iter().next().map(published).transpose()
}

/// Who was first in the months up to one, the newest first.
pub async fn firsts(db: &Db, until: Month, limit: i64) -> Result<Vec<Firsts>> {
    let found = rows!(
        db,
        "SELECT month, firsts FROM grade_months WHERE month <= $1 ORDER BY month DESC LIMIT $2",
        until.number(),
        limit.clamp(0, PAGE_MAX),
    );
    found
        .into_iter()
        .map(|mut row| Ok(Firsts { month: month(row.next()?)?, firsts: row.next()? }))
        .collect()
}

fn published(mut row: Cells) -> Result<Published> {
    Ok(Published {
        month: month(row.next()?)?,
        formula: u32::try_from(row.next::<i64>()?).map_err(|_| Error::Malformed("formula"))?,
        judged_at: row.next()?,
        published_at: row.next()?,
        published_by: row.next()?,
        paper: row.next()?,
        digest: row.hash()?,
        firsts: row.next()?,
    })
}

fn month(number: i64) -> Result<Month> {
    Month::of_number(number).ok_or(Error::Malformed("month"))
}
