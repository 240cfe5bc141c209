//! When the citizen may be rung, and what one dial makes of a round (rule book 1.4).

mod hours;

use super::{
    Answer, DayPart, Outcome, Purpose, Round, RoundState,
    line::{CallKind, Evening, is_taken},
};
use crate::domain::{
    change::{Slot, SlotKind},
    citizen::{NotNow, Safety, may_ring},
    policy::Verification,
    refused::Refused,
    time::Timestamp,
};

pub(super) use hours::next_morning;
use hours::{next_day, next_part, part_on};
pub use hours::{next_in_hours, part};

/// The slots that one phone used today, over all its cases and kinds of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    pub attempts: i64,
    pub dials: i64,
    /// Who has rung the citizen this evening; not looked up by day.
    pub evening: Option<Evening>,
    /// The citizen is owed a call-back; not looked up by day.
    pub call_back: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    Dialler,
    Human,
}

/// What was decided at the moment of dialling.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "lives for one decision")]
pub enum Dialling {
    Ring {
        round: Round,
        slots: Vec<Slot>,
        /// None by day.
        evening: Option<Evening>,
    },
    /// Not now: hours, caps or the days between attempts.
    Wait { until: Timestamp, why: Refused },
    /// Its attempts are used or its days over: the round is to be ended.
    Exhausted,
    /// Nothing is to be dialled.
    Never(Refused),
}

/// Decides at the moment of dialling, not when the call was planned.
pub fn at_dialling(
    policy: &Verification,
    round: &Round,
    caller: Caller,
    used: Used,
    safety: Safety,
    now: Timestamp,
) -> Dialling {
    let (state, policy) = (policy, &*policy.of(&round.district));
    if round.state != RoundState::Open {
        return Dialling::Never(Refused::RoundOver);
    }
    // After an outage the sweep may come later than the dialler.
    if now >= round.ends_at && !round.ring_back {
        return Dialling::Exhausted;
    }
    let wait = |until, why| Dialling::Wait { until, why };
    match may_ring(safety, now) {
        Ok(()) => {}
        Err(NotNow::Never) => return Dialling::Never(Refused::DoNotCall),
        Err(NotNow::Before(at)) => return wait(next_in_hours(policy, at), Refused::OutsideHours),
    }
    let Some(part) = part(policy, now) else {
        return wait(next_in_hours(policy, now), Refused::OutsideHours);
    };
    let today = now.ist_day();
    let redialling = round.redials_busy > 0 || round.redials_congestion > 0;
    let begun_today = round.attempt_day == Some(today);
    // Later on the day of the attempt, as the citizen asked.
    let asked_for = round.wanted_part == Some(part) && round.next_at.is_some_and(|at| at <= now);
    let same_attempt = begun_today && (!round.attempt_used || redialling || asked_for);
    if !round.ring_back && !same_attempt {
        if begun_today && caller == Caller::Dialler {
            return wait(next_morning(policy, now), Refused::PhoneCapReached);
        }
        if round.attempts >= policy.attempts_max && caller == Caller::Dialler {
            return Dialling::Exhausted;
        }
    }
    if used.dials >= policy.phone_dials_a_day_max {
        return wait(next_morning(policy, now), Refused::PhoneCapReached);
    }
    // A person who takes over on the day of an attempt goes on with that attempt.
    let new_attempt = !round.ring_back && !begun_today;
    if new_attempt && used.attempts >= policy.phone_attempts_a_day_max {
        return wait(next_morning(policy, now), Refused::PhoneCapReached);
    }
    let kind = match caller {
        Caller::Dialler => CallKind::of(round),
        Caller::Human => CallKind::Feedback,
    };
    let evening = Evening::of(state, round.citizen, kind, round.asked_at, now);
    if is_taken(used.evening, evening) || (evening.is_some() && used.call_back && kind.yields()) {
        return wait(next_morning(policy, now), Refused::RungThisEvening);
    }
    let slot = |kind, n| Slot { citizen: round.citizen, day: today, kind, n };
    let mut slots = vec![slot(SlotKind::Dial, used.dials + 1)];
    let mut after = Round {
        dials: round.dials + 1,
        version: round.version + 1,
        // Until its outcome is recorded nobody rings the phone for it again.
        next_at: round.next_at.map(|_| now.plus_ms(policy.dial_ms_max)),
        ..round.clone()
    };
    if new_attempt {
        slots.push(slot(SlotKind::Attempt, used.attempts + 1));
        after.attempt_used = false;
        after.redials_busy = 0;
        after.redials_congestion = 0;
    }
    if !round.ring_back {
        after.attempt_day = Some(today);
        after.attempt_part = Some(part);
    }
    Dialling::Ring { round: after, slots, evening }
}

/// May this round be asked in a call that is made for another round of the same phone?
pub fn may_join(policy: &Verification, round: &Round, now: Timestamp) -> bool {
    round.state == RoundState::Open
        && !round.human
        && now < round.ends_at
        && round.attempts < policy.attempts_max
        && round.attempt_day != Some(now.ist_day())
}

/// What became of a round in a call that was made for it or for another of the phone's rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The call was made for this round.
    Lead,
    /// Asked in the call of another one: uses an attempt.
    Spoken,
    /// Not reached in the call of another one: uses none.
    NotSpoken,
}

/// How a call ended, and in which part of a day the citizen asked to be called instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    pub outcome: Outcome,
    pub later: Option<DayPart>,
}

impl From<Outcome> for Ended {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, later: None }
    }
}

/// The round as one dial leaves it.
pub fn after(
    policy: &Verification,
    round: &Round,
    took: Part,
    how: impl Into<Ended>,
    now: Timestamp,
) -> Round {
    let policy = &*policy.of(&round.district);
    let after = asked(policy, round, took, how.into(), now);
    // A person's part of it is no task of verification: the courtesy stays a matter, the promise becomes a call-back.
    let lapses = match round.purpose {
        Purpose::Resolution => false,
        Purpose::Courtesy => after.human,
        Purpose::Withdrawal | Purpose::Reopening | Purpose::Unmerging => !after.ring_back,
    };
    if lapses && after.state == RoundState::Open {
        return Round { version: after.version, ..ended(&after) };
    }
    after
}

fn asked(
    policy: &Verification,
    round: &Round,
    took: Part,
    Ended { outcome, later }: Ended,
    now: Timestamp,
) -> Round {
    let mut after = Round { version: round.version + 1, ..round.clone() };
    match took {
        Part::Lead => {}
        Part::Spoken => {
            after.dials += 1;
            after.attempt_day = Some(now.ist_day());
            after.attempt_part = part(policy, now);
            after.attempt_used = false;
        }
        Part::NotSpoken => {
            after.next_at = Some(next_part(policy, now));
            return after;
        }
    }
    if round.ring_back {
        return after_ring_back(policy, after, Ended { outcome, later }, now);
    }
    // What was asked for is done by the call that reached the citizen, or tried to.
    if !matches!(outcome, Outcome::Congestion | Outcome::Fault) {
        after.wanted_part = None;
    }
    match outcome {
        Outcome::Satisfied => answer(&mut after, Answer::Satisfied, now),
        Outcome::NotSatisfied => answer(&mut after, Answer::NotSatisfied, now),
        Outcome::Pressured => answer(&mut after, Answer::Pressured, now),
        Outcome::Confirmed => answer(&mut after, Answer::Confirmed, now),
        Outcome::Declined => answer(&mut after, Answer::Declined, now),
        Outcome::Partial => {
            after.partial = true;
            use_attempt(&mut after);
            conclude(policy, &mut after, now);
        }
        Outcome::Undecided | Outcome::SpeakToPerson | Outcome::WrongNumber => {
            use_attempt(&mut after);
            after.partial = false;
            after.asked_at = (outcome == Outcome::SpeakToPerson).then_some(now);
            to_human(&mut after);
        }
        Outcome::CallLater => {
            use_attempt(&mut after);
            call_later(policy, &mut after, later, now);
        }
        Outcome::NotHere | Outcome::NoReply | Outcome::NoAnswer => {
            use_attempt(&mut after);
            conclude(policy, &mut after, now);
        }
        Outcome::BadNumber => {
            use_attempt(&mut after);
            if after.bad_number_days >= policy.bad_number_days_max {
                to_human(&mut after);
            } else {
                conclude(policy, &mut after, now);
            }
        }
        Outcome::Busy => {
            use_attempt(&mut after);
            let again = now.plus_ms(policy.busy_redial_ms);
            if after.redials_busy < policy.busy_redials_max
                && redial_fits(policy, &after, now, again)
            {
                after.redials_busy += 1;
                after.next_at = Some(again);
            } else {
                conclude(policy, &mut after, now);
            }
        }
        // A fault of ours or the trunk's uses no attempt.
        Outcome::Congestion | Outcome::Fault => {
            let again = now.plus_ms(policy.congestion_redial_ms);
            if after.redials_congestion < policy.congestion_redials_max
                && redial_fits(policy, &after, now, again)
            {
                after.redials_congestion += 1;
                after.next_at = Some(again);
            } else {
                conclude(policy, &mut after, now);
            }
        }
    }
    after
}

/// Counts the days on which the number was bad: once a day, whatever else the day's dials brought. Comes before [`after`].
#[must_use]
pub fn bad_number(round: &Round, bad_before_today: bool) -> Round {
    let more = i64::from(!bad_before_today);
    Round { bad_number_days: round.bad_number_days + more, ..round.clone() }
}

/// An answer that the citizen gave on an own call; it uses no attempt.
pub fn answered_inbound(round: &Round, given: Answer, now: Timestamp) -> Round {
    let mut after = Round { version: round.version + 1, dials: round.dials + 1, ..round.clone() };
    answer(&mut after, given, now);
    after.attempt_used = round.attempt_used;
    after.attempts = round.attempts;
    after
}

/// The citizen called, but caller id proves nothing: the registered number is rung back, as soon as it can be free again.
pub fn ring_back(policy: &Verification, round: &Round, now: Timestamp) -> Round {
    let policy = &*policy.of(&round.district);
    let at = next_in_hours(policy, now.plus_ms(policy.ring_back_after_ms));
    Round {
        state: RoundState::Open,
        ring_back: true,
        asked_at: Some(now),
        next_at: Some(at),
        redials_busy: 0,
        redials_congestion: 0,
        // A round that was over is open for this call alone.
        ends_at: round.ends_at.max(at.next_ist_midnight()),
        version: round.version + 1,
        ..round.clone()
    }
}

/// Ends a round that nobody answered.
pub fn ended(round: &Round) -> Round {
    Round {
        state: RoundState::Ended,
        next_at: None,
        human: false,
        ring_back: false,
        version: round.version + 1,
        ..round.clone()
    }
}

/// Puts a dial off, for good when there is no `until`; it changes nothing else.
pub fn put_off(round: &Round, until: Option<Timestamp>) -> Round {
    Round { next_at: until, version: round.version + 1, ..round.clone() }
}

fn answer(round: &mut Round, given: Answer, now: Timestamp) {
    use_attempt(round);
    round.state = RoundState::Answered;
    round.answer = Some(given);
    round.answered_at = Some(now);
    round.next_at = None;
    round.partial = false;
    round.human = false;
    round.ring_back = false;
}

fn after_ring_back(
    policy: &Verification,
    mut after: Round,
    Ended { outcome, later }: Ended,
    now: Timestamp,
) -> Round {
    // A promised call is not lost to one busy tone or a fault of the trunk.
    let busy_again = now.plus_ms(policy.busy_redial_ms);
    let fault_again = now.plus_ms(policy.congestion_redial_ms);
    match outcome {
        Outcome::Busy
            if after.redials_busy < policy.busy_redials_max
                && same_hours(policy, now, busy_again) =>
        {
            after.redials_busy += 1;
            after.next_at = Some(busy_again);
            return after;
        }
        Outcome::Congestion | Outcome::Fault
            if after.redials_congestion < policy.congestion_redials_max
                && same_hours(policy, now, fault_again) =>
        {
            after.redials_congestion += 1;
            after.next_at = Some(fault_again);
            return after;
        }
        _ => {}
    }
    let (attempts, attempt_used) = (after.attempts, after.attempt_used);
    after.ring_back = false;
    match outcome {
        Outcome::Satisfied => answer(&mut after, Answer::Satisfied, now),
        Outcome::NotSatisfied => answer(&mut after, Answer::NotSatisfied, now),
        Outcome::Pressured => answer(&mut after, Answer::Pressured, now),
        Outcome::Confirmed => answer(&mut after, Answer::Confirmed, now),
        Outcome::Declined => answer(&mut after, Answer::Declined, now),
        Outcome::Undecided | Outcome::SpeakToPerson | Outcome::WrongNumber => {
            after.partial = false;
            after.asked_at = (outcome == Outcome::SpeakToPerson).then_some(now);
            to_human(&mut after);
        }
        Outcome::CallLater => call_later(policy, &mut after, later, now),
        Outcome::BadNumber if after.bad_number_days >= policy.bad_number_days_max => {
            to_human(&mut after);
        }
        Outcome::Partial
        | Outcome::NotHere
        | Outcome::NoReply
        | Outcome::NoAnswer
        | Outcome::Busy
        | Outcome::Congestion
        | Outcome::BadNumber
        | Outcome::Fault => {
            after.partial |= outcome == Outcome::Partial;
            conclude(policy, &mut after, now);
        }
    }
    (after.attempts, after.attempt_used) = (attempts, attempt_used);
    after
}

fn use_attempt(round: &mut Round) {
    if !round.attempt_used {
        round.attempt_used = true;
        round.attempts += 1;
    }
}

fn to_human(round: &mut Round) {
    round.human = true;
    round.next_at = None;
    round.redials_busy = 0;
    round.redials_congestion = 0;
}

/// The part of a day that was asked for: today's if it is still to come, which is the same attempt, else the next day's.
fn call_later(policy: &Verification, round: &mut Round, later: Option<DayPart>, now: Timestamp) {
    let open = !round.human;
    let today = later.and_then(|part| part_on(policy, now, part)).filter(|at| now < *at && open);
    if let Some(at) = today {
        round.redials_busy = 0;
        round.redials_congestion = 0;
        round.wanted_part = later;
        round.next_at = Some(at);
        return;
    }
    conclude(policy, round, now);
    let morning = next_morning(policy, now);
    if round.next_at.is_some()
        && let Some(at) = later.and_then(|part| part_on(policy, morning, part))
    {
        round.wanted_part = later;
        round.next_at = Some(at);
    }
}

/// No more redials: the next attempt, or the end.
fn conclude(policy: &Verification, round: &mut Round, now: Timestamp) {
    round.redials_busy = 0;
    round.redials_congestion = 0;
    if round.attempts >= policy.attempts_max {
        round.state = RoundState::Ended;
        round.next_at = None;
        round.human = false;
    } else if round.human {
        round.next_at = None;
    } else if round.attempt_used && round.attempt_day == Some(now.ist_day()) {
        round.next_at = Some(next_day(policy, round.attempt_part, now));
    } else {
        round.next_at = Some(next_part(policy, now));
    }
}

/// Redials stay on the day and in the hours of their attempt; a person redials by hand.
fn redial_fits(policy: &Verification, round: &Round, now: Timestamp, again: Timestamp) -> bool {
    !round.human && same_hours(policy, now, again)
}

fn same_hours(policy: &Verification, now: Timestamp, again: Timestamp) -> bool {
    part(policy, again).is_some() && again.ist_day() == now.ist_day()
}

#[cfg(test)]
mod purposes;
#[cfg(test)]
mod tests;
