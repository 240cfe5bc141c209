//! Citizens who call of their own accord about a resolution (181, menu 3), and what that call may settle.

use serde_json::json;

use super::{
    World,
    acts::{Did, Hands, Todo},
    broken,
};
use crate::{
    app::verification::{self, Inbound, Record, Source},
    domain::{
        actor::Actor,
        time::{DAY_MS, HOUR_MS, SECOND_MS, Timestamp},
        verification::{Milestones, Outcome},
    },
    sim::Result,
    store::{self, citizens},
};

/// People call when they are awake, in hours of the IST day.
const HOURS: (i64, i64) = (7, 22);
const TALK_MS: i64 = 90 * SECOND_MS;

/// What is said on one such call, and what the network says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) struct OwnCall {
    outcome: Outcome,
    /// The call came over a trunk that is believed, and the case's number was keyed.
    trusted: bool,
    keyed: bool,
}

impl World {
    /// Whether the citizen calls about this resolution, and when.
    pub(super) fn calls_in(
        &mut self,
        case: i64,
        (complaint, stay): (u64, u64),
        done: bool,
        now: Timestamp,
    ) {
        let (own, answers) = (&self.profile.own_calls, &self.profile.answers);
        let mut draw = self.seed.draw("own_call", complaint, stay);
        if !draw.chance(own.share) {
            return;
        }
        let day = now.plus_ms(draw.between(0, own.days_most) * DAY_MS);
        let hour = draw.between(HOURS.0 * HOUR_MS, HOURS.1 * HOUR_MS);
        let at = day.at_ist_minute(0).plus_ms(hour).max(now.plus_ms(HOUR_MS));
        let satisfied = if done { answers.satisfied_share } else { answers.satisfied_false_share };
        let outcome = match draw.chance(satisfied) {
            true if !done && draw.chance(answers.pressured_share) => Outcome::Pressured,
            true => Outcome::Satisfied,
            false => Outcome::NotSatisfied,
        };
        let call = OwnCall {
            outcome,
            trusted: draw.chance(own.trusted_share),
            keyed: draw.chance(own.keyed_share),
        };
        self.plan(at, Todo::Calls { case, stay, call });
    }
}

/// The citizen is heard, if there is anything to hear.
pub(super) async fn call(hands: &Hands, case: i64, stay: u64, call: OwnCall) -> Result<Did> {
    let app = &hands.app;
    let row = store::cases::get(&app.store.db, case).await?;
    let citizen = citizens::get(&app.store.db, row.citizen).await?;
    let by = Actor::caller(Some(row.citizen));
    let keyed = call.keyed.then(|| row.number());
    let Inbound::Open(open) = verification::inbound(app, &by, Some(&citizen.phone), keyed).await?
    else {
        return Ok(Did::Nothing);
    };
    let Some(open) = open.into_iter().find(|open| open.case == case) else {
        return Ok(Did::Nothing);
    };
    let now = app.now();
    let began = now.plus_ms(-TALK_MS);
    let keys: &[&str] = match call.outcome {
        Outcome::NotSatisfied => &["1", "2", "1"],
        Outcome::Pressured => &["1", "1", "1", "1"],
        _ => &["1", "1", "1", "2"],
    };
    let keys: Vec<_> = keys.iter().map(|key| json!({ "key": key })).collect();
    let record = Record {
        request_id: Some(format!("own call {case} {stay}")),
        case,
        round: open.round,
        outcome: call.outcome,
        source: Source::Inbound { trusted_cli: call.trusted, number_keyed: call.keyed },
        started_at: began,
        milestones: Milestones {
            answered_at: Some(began),
            question_heard_at: Some(began),
            answered_by_key_at: Some(now),
            confirmed_at: Some(now),
            ..Milestones::default()
        },
        ended_at: now,
        number_spoken: true,
        refused: false,
        sip_status: None,
        q850: None,
        evidence: json!({
            "call": "simulated",
            "proven": call.trusted && call.keyed,
            "keys": keys,
        })
        .to_string(),
        note: None,
        polite: None,
        later: None,
    };
    let answer = verification::record(app, &by, record.clone()).await;
    if answer.is_ok()
        && hands.seed.draw("calls_again", case.unsigned_abs(), stay).chance(hands.repeated)
    {
        let version = store::cases::get(&app.store.db, case).await?.version;
        verification::record(app, &by, record).await?;
        if store::cases::get(&app.store.db, case).await?.version != version {
            return Err(broken(format!("case {case}: one call of the citizen counted twice")));
        }
    }
    Ok(Did::Called { answer: answer.map(|settled| settled.ring_back) })
}
