//! The dials of a round, in their order.

use crate::{
    domain::verification::{Attempt, Milestones},
    store::{Db, Result, db::rows, values::Cells},
};

const DIALS_MAX: i64 = 500;

pub async fn of_round(db: &Db, case: i64, round: i64) -> Result<Vec<Attempt>> {
    let found = rows!(
        db,
        "SELECT case_id, round, dial, attempt, citizen, day, part, caller, started_at, ringing_at,
                answered_at, right_party_at, question_heard_at, answered_by_key_at, confirmed_at,
                ended_at, outcome, sip_status, q850, evidence
           FROM attempts
          WHERE case_id = $1 AND round = $2
          ORDER BY dial
          LIMIT $3",
        case,
        round,
        DIALS_MAX,
    );
    found.into_iter().map(attempt).collect()
}

fn attempt(mut row: Cells) -> Result<Attempt> {
    Ok(Attempt {
        case: row.next()?,
        round: row.next()?,
        dial: row.next()?,
        attempt: row.next()?,
        citizen: row.next()?,
        day: row.next()?,
        part: row.next()?,
        caller: row.next()?,
        started_at: row.next()?,
        milestones: Milestones {
            ringing_at: row.next()?,
            answered_at: row.next()?,
            right_party_at: row.next()?,
            question_heard_at: row.next()?,
            answered_by_key_at: row.next()?,
            confirmed_at: row.next()?,
        },
        ended_at: row.next()?,
        outcome: row.next()?,
        sip_status: row.next()?,
        q850: row.next()?,
        evidence: row.next()?,
    })
}
