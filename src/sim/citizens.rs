//! Citizens: who they are by their number alone, how their phone takes a call, and what they say about a resolution.
//! The telephone network is here too: it says busy, congestion or nothing, in place of SIP.

use serde_json::{Value, json};

use super::{
    draw::{Draw, Seed},
    profile::Profile,
};
use crate::{
    app::verification::{DialOrder, OrderedRound, Record, Source},
    domain::{
        citizen::{Hours, Safety},
        language::Language,
        phone::Phone,
        time::{SECOND_MS, Timestamp},
        verification::{Milestones, Outcome, Topic},
    },
};

/// No mobile number begins with 5: these reach nobody, wherever they leak to.
const PHONES_FROM: u64 = 5_000_000_000;
const PHONES_MAX: u64 = 1_000_000_000;

pub fn phone(citizen: u64) -> Phone {
    let number = PHONES_FROM + citizen % PHONES_MAX;
    Phone::parse(&number.to_string()).expect("ten digits that begin with 5")
}

/// Whose phone it is.
pub fn of_phone(phone: &Phone) -> u64 {
    phone.reveal().parse::<u64>().unwrap_or(PHONES_FROM) - PHONES_FROM
}

pub fn language(seed: Seed, profile: &Profile, citizen: u64) -> Language {
    let english = seed.draw("language", citizen, 0).chance(profile.citizens.english_share);
    if english { Language::English } else { Language::Hindi }
}

/// What the citizen says about being called, in the first call.
pub fn safety(seed: Seed, profile: &Profile, citizen: u64) -> Safety {
    let mut draw = seed.draw("safety", citizen, 0);
    let citizens = &profile.citizens;
    Safety {
        do_not_call: draw.chance(citizens.do_not_call_share),
        no_sms: draw.chance(citizens.no_sms_share),
        no_message: false,
        and_hours: None,
        hours: draw
            .chance(citizens.safe_hours_share)
            .then(|| Hours::new(12 * 60, 16 * 60))
            .flatten(),
    }
}

/// One call of the helpline as it went.
#[derive(Clone, Debug)]
pub struct Call {
    pub order: DialOrder,
    pub ends: Timestamp,
    /// As many as the order has rounds.
    pub records: Vec<Record>,
}

/// How far the network and the phone let a call come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
    Not(Outcome),
    Answered,
}

/// Rings the citizen for the `nth` time. `done` says of each case whether its last resolution is true.
pub fn call(
    (seed, profile): (Seed, &Profile),
    order: DialOrder,
    nth: u64,
    trunk_is_down: bool,
    now: Timestamp,
    done: impl Fn(i64) -> bool,
) -> Call {
    let citizen = of_phone(&order.phone);
    let answers = &profile.answers;
    let mut draw = seed.draw("dial", citizen, nth);
    let ring_ms = draw.between(4, answers.ring_s_most) * SECOND_MS;
    let reached = reached((seed, profile), &mut draw, citizen, trunk_is_down, now);
    let mut rounds = order.rounds.clone();
    rounds.sort_by_key(|round| (!round.lead, round.case));
    let mut records = Vec::with_capacity(rounds.len());
    let mut at;
    match reached {
        Reached::Not(outcome) => {
            let rang = outcome == Outcome::NoAnswer;
            at = now.plus_ms(if rang { answers.ring_s_most * SECOND_MS } else { 3 * SECOND_MS });
            for round in &rounds {
                let mut record = blank(round, outcome, now, at);
                record.milestones.ringing_at = rang.then(|| now.plus_ms(2 * SECOND_MS));
                records.push(record);
            }
        }
        Reached::Answered => {
            let answered_at = now.plus_ms(ring_ms);
            at = answered_at;
            let mut ended = false;
            for (n, round) in rounds.iter().enumerate() {
                let talk_ms = draw.between(answers.talk_least_s, answers.talk_most_s) * SECOND_MS;
                let began = at;
                let said = if ended {
                    // The call did not come to this one.
                    Said {
                        outcome: Outcome::NoReply,
                        spoken: false,
                        keys: Vec::new(),
                        pressed: None,
                    }
                } else {
                    said(profile, &mut draw, round, n == 0, done(round.case))
                };
                if said.spoken {
                    at = at.plus_ms(talk_ms);
                }
                let goes_on = matches!(
                    said.outcome,
                    Outcome::Satisfied
                        | Outcome::NotSatisfied
                        | Outcome::Pressured
                        | Outcome::Confirmed
                        | Outcome::Declined
                );
                ended |= !goes_on;
                records.push(answered(round, &said, (now, answered_at), (began, at)));
            }
        }
    }
    for record in &mut records {
        record.ended_at = at;
    }
    Call { order, ends: at.plus_ms(SECOND_MS), records }
}

fn reached(
    (seed, profile): (Seed, &Profile),
    draw: &mut Draw,
    citizen: u64,
    trunk_is_down: bool,
    now: Timestamp,
) -> Reached {
    let answers = &profile.answers;
    let part = match now.ist_minute() / 60 {
        0..12 => 0,
        12..16 => 1,
        _ => 2,
    };
    let bad = seed.draw("bad_number", citizen, 0).chance(profile.citizens.bad_number_share);
    if trunk_is_down || draw.chance(answers.congestion_share) {
        Reached::Not(Outcome::Congestion)
    } else if draw.chance(answers.fault_share) {
        Reached::Not(Outcome::Fault)
    } else if bad {
        Reached::Not(Outcome::BadNumber)
    } else if draw.chance(answers.busy_share) {
        Reached::Not(Outcome::Busy)
    } else if draw.chance(answers.answered_share[part]) {
        Reached::Answered
    } else {
        Reached::Not(Outcome::NoAnswer)
    }
}

/// What came of one round on an answered call.
struct Said {
    outcome: Outcome,
    spoken: bool,
    keys: Vec<&'static str>,
    pressed: Option<bool>,
}

fn said(profile: &Profile, draw: &mut Draw, round: &OrderedRound, first: bool, done: bool) -> Said {
    let answers = &profile.answers;
    let say = |outcome, keys: &[&'static str], pressed| Said {
        outcome,
        spoken: true,
        keys: keys.to_vec(),
        pressed,
    };
    if first {
        if draw.chance(answers.machine_share + answers.hang_up_share) {
            return Said { spoken: false, ..say(Outcome::NoReply, &[], None) };
        }
        if draw.chance(answers.not_here_share) {
            return Said { spoken: false, ..say(Outcome::NotHere, &["2"], None) };
        }
        if draw.chance(answers.wrong_number_share) {
            return Said { spoken: false, ..say(Outcome::WrongNumber, &["3"], None) };
        }
    }
    if draw.chance(answers.later_share) {
        return say(Outcome::CallLater, &["1", "4"], None);
    }
    if draw.chance(answers.person_share) {
        return say(Outcome::SpeakToPerson, &["1", "3"], None);
    }
    match round.topic {
        Topic::Withdrawal | Topic::Reopening | Topic::Unmerging => {
            return say(Outcome::Confirmed, &["1", "1", "1"], None);
        }
        Topic::SpecialClose | Topic::ForcedClose(_) => {
            return match draw.chance(answers.courtesy_accepted_share) {
                true => say(Outcome::Satisfied, &["1", "1", "1"], None),
                false => say(Outcome::NotSatisfied, &["1", "2", "1"], None),
            };
        }
        Topic::Resolution => {}
    }
    if draw.chance(answers.undecided_share) {
        return say(Outcome::Undecided, &["1", "1", "2", "1", "2"], None);
    }
    let share = if done { answers.satisfied_share } else { answers.satisfied_false_share };
    // Who confirmed it in an earlier call goes on where that one broke off.
    if !round.partial && !draw.chance(share) {
        return say(Outcome::NotSatisfied, &["1", "2", "1"], None);
    }
    if draw.chance(answers.partial_share) {
        return say(
            Outcome::Partial,
            if round.partial { &["1", "1"] } else { &["1", "1", "1"] },
            None,
        );
    }
    let pressed = !done && draw.chance(answers.pressured_share);
    let (outcome, last) =
        if pressed { (Outcome::Pressured, "1") } else { (Outcome::Satisfied, "2") };
    let keys: &[&'static str] = if round.partial { &["1", "1"] } else { &["1", "1", "1"] };
    say(outcome, &[keys, &[last]].concat(), Some(pressed))
}

fn answered(
    round: &OrderedRound,
    said: &Said,
    (dialled, answered_at): (Timestamp, Timestamp),
    (began, ended): (Timestamp, Timestamp),
) -> Record {
    let asked = said.spoken.then(|| began.plus_ms(10 * SECOND_MS).min(ended));
    let confirmed = matches!(
        said.outcome,
        Outcome::Satisfied | Outcome::NotSatisfied | Outcome::Pressured | Outcome::Partial
    );
    let mut record = blank(round, said.outcome, dialled, ended);
    record.milestones = Milestones {
        ringing_at: Some(dialled.plus_ms(2 * SECOND_MS)),
        answered_at: Some(answered_at),
        right_party_at: said.spoken.then_some(began),
        question_heard_at: asked,
        answered_by_key_at: asked.filter(|_| confirmed),
        confirmed_at: confirmed.then_some(ended),
    };
    record.number_spoken = said.spoken;
    let keys: Vec<Value> = said
        .keys
        .iter()
        .enumerate()
        .map(|(n, key)| json!({ "ms": 4_000 * (n + 1), "key": key }))
        .collect();
    record.evidence = json!({
        "call": "simulated",
        "answer": said.outcome.as_str(),
        "pressured": said.pressed,
        "keys": keys,
    })
    .to_string();
    record
}

fn blank(round: &OrderedRound, outcome: Outcome, started: Timestamp, ended: Timestamp) -> Record {
    Record {
        request_id: None,
        case: round.case,
        round: round.round,
        outcome,
        source: Source::Dialled { token: round.token, lead: round.lead },
        started_at: started,
        milestones: Milestones::default(),
        ended_at: ended,
        number_spoken: false,
        refused: false,
        sip_status: match outcome {
            Outcome::Busy => Some(486),
            Outcome::Congestion => Some(503),
            Outcome::BadNumber => Some(404),
            Outcome::NoAnswer => Some(480),
            _ => None,
        },
        q850: None,
        evidence: json!({ "call": "simulated" }).to_string(),
        note: None,
        polite: None,
        later: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_says_whose_it_is_and_is_no_mobile_number() {
        for citizen in [0, 7, 2_499_999] {
            let phone = phone(citizen);
            assert_eq!(of_phone(&phone), citizen);
            assert!(!phone.is_mobile());
        }
    }
}
