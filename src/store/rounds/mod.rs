//! Verification rounds: what is open, due, a person's, or over; [`claims`] lease them.

use super::{Db, Error, Result, cases, db::rows, values::Cells};
use crate::domain::{
    page::After,
    time::Timestamp,
    verification::{Purpose, Round},
};

pub mod attempts;
pub mod claims;
pub mod due;
pub mod lines;
pub mod paced;
pub mod slots;
pub mod standing;

pub use claims::{Claimed, claim, claim_in, claim_one, claim_promised, free, release, renew};

pub const PAGE_MAX: i64 = 500;

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT case_id, round, citizen, language, district, state, opened_at, ends_at, next_at,
                    attempts, dials, attempt_day, attempt_part, attempt_used, redials_busy,
                    redials_congestion, partial, ring_back, human, bad_number_days,
                    answer, answered_at, version, purpose, asked_at, wanted_part
               FROM rounds ",
            $tail
        )
    };
}

use select;

/// What lies in the verification queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub open: i64,
    /// Of the open ones: may be rung now, by time.
    pub due: i64,
    /// To be rung later.
    pub waiting: i64,
    /// Leased by a dialler or a person now.
    pub leased: i64,
    /// A person has to take them.
    pub human: i64,
    pub partial: i64,
}

pub async fn get(db: &Db, case: i64, round: i64) -> Result<Round> {
    let found = rows!(db, select!("WHERE case_id = $1 AND round = $2"), case, round);
    read(found)?.into_iter().next().ok_or(Error::NotFound)
}

/// One citizen's open rounds, oldest first.
pub async fn open_of_citizen(db: &Db, citizen: i64, limit: i64) -> Result<Vec<Round>> {
    read(rows!(
        db,
        select!("WHERE citizen = $1 AND state = 'OPEN' ORDER BY opened_at, case_id LIMIT $2"),
        citizen,
        limit.clamp(0, PAGE_MAX),
    ))
}

/// One citizen's rounds that a dialler or a person holds now.
pub async fn held_of_citizen(
    db: &Db,
    citizen: i64,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Round>> {
    read(rows!(
        db,
        select!("WHERE citizen = $1 AND state = 'OPEN' AND leased_until > $2 LIMIT $3"),
        citizen,
        now,
        limit.clamp(0, PAGE_MAX),
    ))
}

/// Open rounds whose ten days are over and that no call is on for, longest first.
pub async fn over(db: &Db, now: Timestamp, limit: i64) -> Result<Vec<Round>> {
    read(rows!(
        db,
        select!(
            "WHERE state = 'OPEN' AND ends_at <= $1
               AND (leased_until IS NULL OR leased_until <= $1)
             ORDER BY ends_at, case_id
             LIMIT $2"
        ),
        now,
        limit.clamp(0, PAGE_MAX),
    ))
}

/// Open rounds that a person has to take and nobody holds now, oldest first.
pub async fn for_people(db: &Db, now: Timestamp, after: After, limit: i64) -> Result<Vec<Round>> {
    read(rows!(
        db,
        select!(
            "WHERE state = 'OPEN' AND human = 1 AND purpose = 'RESOLUTION'
               AND (leased_until IS NULL OR leased_until <= $1)
               AND (opened_at, case_id) > ($2, $3)
             ORDER BY opened_at, case_id
             LIMIT $4"
        ),
        now,
        after.at,
        after.id,
        limit.clamp(0, PAGE_MAX),
    ))
}

/// The next instant past `now` at which a round may be rung.
pub async fn next_due(db: &Db, now: Timestamp) -> Result<Option<Timestamp>> {
    cases::first(rows!(
        db,
        "SELECT MIN(next_at) FROM rounds WHERE state = 'OPEN' AND next_at > $1",
        now,
    ))
}

/// The next instant past `now` at which an open round is over.
pub async fn next_end(db: &Db, now: Timestamp) -> Result<Option<Timestamp>> {
    cases::first(rows!(
        db,
        "SELECT MIN(ends_at) FROM rounds WHERE state = 'OPEN' AND ends_at > $1",
        now,
    ))
}

pub async fn figures(db: &Db, now: Timestamp) -> Result<Figures> {
    let found = rows!(
        db,
        "SELECT COUNT(*),
                COUNT(CASE WHEN next_at <= $1 THEN 1 END),
                COUNT(CASE WHEN next_at > $1 THEN 1 END),
                COUNT(CASE WHEN leased_until > $1 THEN 1 END),
                COUNT(CASE WHEN human = 1 THEN 1 END),
                COUNT(CASE WHEN partial = 1 THEN 1 END)
           FROM rounds
          WHERE state = 'OPEN' AND purpose = 'RESOLUTION'",
        now,
    );
    let Some(mut row) = found.into_iter().next() else { return Ok(Figures::default()) };
    Ok(Figures {
        open: row.next()?,
        due: row.next()?,
        waiting: row.next()?,
        leased: row.next()?,
        human: row.next()?,
        partial: row.next()?,
    })
}

fn read(rows: Vec<Cells>) -> Result<Vec<Round>> {
    rows.into_iter().map(|mut row| round(&mut row)).collect()
}

fn round(row: &mut Cells) -> Result<Round> {
    let mut round = Round {
        case: row.next()?,
        purpose: Purpose::Resolution,
        round: row.next()?,
        citizen: row.next()?,
        language: row.next()?,
        district: row.next()?,
        state: row.next()?,
        opened_at: row.next()?,
        ends_at: row.next()?,
        next_at: row.next()?,
        attempts: row.next()?,
        dials: row.next()?,
        attempt_day: row.next()?,
        attempt_part: row.next()?,
        attempt_used: row.flag()?,
        redials_busy: row.next()?,
        redials_congestion: row.next()?,
        partial: row.flag()?,
        ring_back: row.flag()?,
        human: row.flag()?,
        asked_at: None,
        wanted_part: None,
        bad_number_days: row.next()?,
        answer: row.next()?,
        answered_at: row.next()?,
        version: row.next()?,
    };
    round.purpose = row.next()?;
    round.asked_at = row.next()?;
    round.wanted_part = row.next()?;
    Ok(round)
}
