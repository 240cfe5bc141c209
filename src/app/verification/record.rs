//! What a call about a resolution brought, from the dialler, a person or the citizen's own call: the one way
//! to an answer. Attempt, round and case are one Change.

use serde_json::{Value, json};

use super::{
    Act, Actor, App, Case, Change, Error, Gate, Lane, Object, Refused, Request, Result, Round,
    RoundState, Timestamp, attempts, called, cases, conduct, dial_lease_ms, heard::heard, line,
    permissions, request, rounds,
};
use crate::{
    app::rechecks,
    domain::{
        case::State,
        change::{Slot, SlotKind},
        citizen::{Citizen, Text},
        feedback::TaskKind,
        policy::Verification,
        verification::{
            Answer, Attempt, DayPart, Milestones, Outcome, Purpose,
            attempts::{Ended, Part},
        },
    },
    store::{self, attempts as stored, slots, writer::Counter},
};

#[derive(Clone, Debug)]
pub struct Record {
    /// None for a dialled call: its token makes it once.
    pub request_id: Option<String>,
    pub case: i64,
    pub round: i64,
    pub outcome: Outcome,
    pub source: Source,
    pub started_at: Timestamp,
    pub milestones: Milestones,
    pub ended_at: Timestamp,
    /// Was this case's number spoken? Without it a case that only shared the call uses no attempt.
    pub number_spoken: bool,
    /// The citizen was read a "satisfied" back and did not confirm it: what an earlier call kept of it is void.
    pub refused: bool,
    pub sip_status: Option<i64>,
    pub q850: Option<i64>,
    /// A JSON object: prompts, keys with times, recording digest.
    pub evidence: String,
    /// What a person noted.
    pub note: Option<String>,
    /// What the citizen said of the officer's conduct to a person who asked (R20).
    pub polite: Option<bool>,
    /// In which part of a day the citizen, who wants to be called later, is to be called.
    pub later: Option<DayPart>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The helpline dialled, under this token. `lead`: the call was made for this round, and went to no other instead.
    Dialled { token: i64, lead: bool },
    /// A feedback caller who rang about the own task.
    Human,
    /// The citizen rang. Caller id proves nothing by itself.
    Inbound { trusted_cli: bool, number_keyed: bool },
}

#[derive(Clone, Debug)]
pub struct Settled {
    pub case: Case,
    /// The answer that the round has now.
    pub answer: Option<Answer>,
    /// The registered number is rung back, and that call settles it.
    pub ring_back: bool,
}

/// What one call makes of its round.
struct Decided {
    round: Round,
    took: Took,
    ring_back: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Took {
    /// An attempt of the round, by its number.
    Attempt(Option<i64>),
    /// The round was not reached: there is nothing to keep.
    Nothing,
}

pub async fn record(app: &App, by: &Actor, ask: Record) -> Result<Settled> {
    cases::short("note", ask.note.as_deref().unwrap_or_default(), cases::WORDS_CHARS_MAX)?;
    let evidence: Value = serde_json::from_str(&ask.evidence)
        .ok()
        .filter(Value::is_object)
        .ok_or(Error::Invalid { field: "evidence", why: "no JSON object" })?;
    let request = asked(by, &ask);
    let (ask, evidence) = (&ask, &evidence);
    let result =
        app.commit(Lane::Acts, request, move |now| async move {
            decide(app, by, ask, evidence, now).await
        })
        .await;
    let result = match (result, ask.source) {
        // Either the fence was broken or others were quicker three times: the lease tells.
        (Err(Error::Conflict), Source::Dialled { token, .. }) => {
            let (writer, now) = (&app.store.writer, app.now());
            let held =
                rounds::renew(writer, ask.case, ask.round, token, now, dial_lease_ms(app)).await?;
            return Err(if held { Error::Conflict } else { Refused::LeaseLost.into() });
        }
        (result, _) => result?,
    };
    let case = store::cases::get(&app.store.db, ask.case).await?;
    let round = rounds::get(&app.store.db, ask.case, ask.round).await?;
    Ok(Settled { case, answer: round.answer, ring_back: result == "RING_BACK" })
}

fn asked(by: &Actor, ask: &Record) -> Request {
    let payload = [
        ask.case.to_string(),
        ask.round.to_string(),
        ask.outcome.as_str().to_owned(),
        ask.note.clone().unwrap_or_default(),
    ];
    let mut payload: Vec<&str> = payload.iter().map(String::as_str).collect();
    payload.extend(ask.polite.map(|polite| if polite { "polite" } else { "rude" }));
    let id = match (&ask.request_id, ask.source) {
        (Some(id), _) => Some(id.clone()),
        (None, Source::Dialled { token, .. }) => {
            Some(format!("dialled:{}:{}:{token}", ask.case, ask.round))
        }
        (None, Source::Human | Source::Inbound { .. }) => None,
    };
    request(by, id.as_deref(), "record", &payload)
}

async fn decide(
    app: &App,
    by: &Actor,
    ask: &Record,
    evidence: &Value,
    now: Timestamp,
) -> Result<Change> {
    let db = &app.store.db;
    if ask.source == Source::Human
        && let Some(recheck) = rechecks::of_record(app, by, ask).await?
    {
        return rechecks::recorded(app, by, ask, evidence, &recheck, now).await;
    }
    let case = store::cases::get(db, ask.case).await.map_err(Error::missing("case"))?;
    let round = rounds::get(db, ask.case, ask.round).await.map_err(Error::missing("round"))?;
    let heard = match ask.source {
        Source::Human => {
            let asked = (TaskKind::Round, &round);
            Some(heard(app, by, ask, evidence, &case, asked, now).await?)
        }
        Source::Dialled { .. } | Source::Inbound { .. } => None,
    };
    let (ask, evidence) = match &heard {
        Some(heard) => (&heard.ask, &heard.evidence),
        None => (ask, evidence),
    };
    let round = Round { partial: round.partial && !ask.refused, ..round };
    let citizen = cases::citizen(app, &case).await?;
    let policy = app.policy(now);
    let policy = &policy.verification;
    let bad_today = ask.outcome == Outcome::BadNumber
        && stored::of_round(db, round.case, round.round)
            .await?
            .iter()
            .any(|row| row.outcome == Outcome::BadNumber && row.day == now.ist_day());
    if !called::fits(round.purpose, ask.outcome) {
        return Err(Error::Invalid { field: "outcome", why: "is no answer to what was asked" });
    }
    let mut decided = match ask.source {
        Source::Dialled { lead, .. } => {
            dialled(by, ask, lead, &case, &round, bad_today, policy, now)?
        }
        Source::Human => human(ask, &case, &round, bad_today, policy, now)?,
        Source::Inbound { trusted_cli, number_keyed } => {
            let proven = trusted_cli && number_keyed;
            inbound(by, ask, &case, &round, policy, proven, now)?
        }
    };
    let mut change = match decided.took {
        Took::Nothing => Change::new(now),
        Took::Attempt(attempt) => {
            // On the helpline's own line it is the citizen who speaks.
            let citizens = Actor::caller(Some(case.citizen));
            let by = if by.account.is_some() { by } else { &citizens };
            told(app, by, ask, &case, &citizen, &round, &mut decided, attempt, evidence, now)
                .await?
        }
    };
    if let Source::Dialled { token, lead } = ask.source {
        change.fence = Some(token);
        // An answered call keeps the line until it ends: more is said behind the answer.
        if lead && ask.milestones.answered_at.is_none() {
            change.hung_up = Some((round.citizen, line::name(ask.case, ask.round, token)));
        }
        // A dial that never left us was none of the phone's.
        if ask.outcome == Outcome::Fault && lead {
            change.freed.extend(last_dial(app, &round, ask.started_at).await?);
        }
    }
    if let Some(heard) = &heard {
        let (read, after) = &heard.task;
        change.fence = Some(read.token);
        change.feedback.task = Some((read.gate(), after.clone()));
    }
    change.result = if decided.ring_back { "RING_BACK" } else { ask.outcome.as_str() }.to_owned();
    change.round = Some((Gate::Version(round.version), decided.round));
    Ok(change)
}

/// One phone is on one call of ours at a time, so its last dial of the day is this one.
async fn last_dial(app: &App, round: &Round, begun: Timestamp) -> Result<Option<Slot>> {
    let (citizen, day, kind) = (round.citizen, begun.ist_day(), SlotKind::Dial);
    let n = slots::taken(&app.store.db, citizen, day, kind).await?;
    Ok((n > 0).then_some(Slot { citizen, day, kind, n }))
}

/// What a person noted, as a text of the case.
pub(in crate::app) async fn note(app: &App, case: &Case, ask: &Record) -> Result<Option<Text>> {
    let Some(words) = ask.note.as_deref().map(str::trim).filter(|note| !note.is_empty()) else {
        return Ok(None);
    };
    let id = app.store.writer.reserve(Counter::Text).await?;
    Ok(Some(Text { id, owner: case.stream(), words: words.to_owned() }))
}

/// The facts, the attempt's row, and what they do to the case.
#[expect(clippy::too_many_arguments, reason = "one Change is made of all of it")]
async fn told(
    app: &App,
    by: &Actor,
    ask: &Record,
    case: &Case,
    citizen: &Citizen,
    before: &Round,
    decided: &mut Decided,
    attempt: Option<i64>,
    evidence: &Value,
    now: Timestamp,
) -> Result<Change> {
    let after = &mut decided.round;
    let note = note(app, case, ask).await?;
    let body = json!({
        "round": ask.round,
        "dial": after.dials,
        "attempt": attempt,
        "outcome": ask.outcome.as_str(),
        "source": match ask.source {
            Source::Dialled { .. } => "DIALLED",
            Source::Human => "HUMAN",
            Source::Inbound { .. } => "INBOUND",
        },
        "started": ask.started_at.ms(),
        "ended": ask.ended_at.ms(),
        "sip_status": ask.sip_status,
        "q850": ask.q850,
        "ring_back": decided.ring_back,
        "human": after.human,
        "number_review": after.human && after.bad_number_days > before.bad_number_days,
        "note": note.as_ref().map(crate::domain::case::facts::named),
        "evidence": evidence,
        // An answer behind a change of number is looked at twice.
        "number_changed": case.aside().number_changed.map(Timestamp::ms),
    });
    let safety = citizen.safety;
    let fresh = after.answer.filter(|_| before.answer.is_none());
    let mut change = match fresh {
        _ if after.purpose != Purpose::Resolution => {
            called::told(app, by, case, ask.outcome, after, body, now).await?
        }
        Some(answer) => {
            let above = cases::above(app, case, now).await?;
            // Pressure on somebody who is not satisfied changes the flag, never the answer.
            let pressed = evidence["pressured"] == json!(true) && answer == Answer::NotSatisfied;
            let case = &Case { pressured: case.pressured || pressed, ..case.clone() };
            let mut change =
                case.answered(by, answer, body, &above, safety, &app.policy(now), now)?;
            if answer == Answer::Satisfied && ask.source != Source::Human {
                rechecks::draw(app, case, after, &mut change, now).await?;
            }
            change
        }
        None => {
            let change = case.attempted(by, body, now)?;
            let over = after.state == RoundState::Ended && before.state != RoundState::Ended;
            if over { case.round_ended_after(change, safety)? } else { change }
        }
    };
    if let Some(good) = ask.polite {
        let said = conduct::said(app, case, ask.round, good, now).await?;
        change = case.conduct_after(change, by, said)?;
    }
    change.texts.extend(note);
    change.attempts.push(Attempt {
        case: case.id,
        round: ask.round,
        dial: after.dials,
        attempt,
        citizen: case.citizen,
        day: ask.started_at.ist_day(),
        part: attempts::part(&app.policy(now).verification, ask.started_at)
            .unwrap_or(DayPart::Evening),
        caller: by.account.filter(|_| ask.source == Source::Human),
        started_at: ask.started_at,
        milestones: ask.milestones,
        ended_at: ask.ended_at,
        outcome: ask.outcome,
        sip_status: ask.sip_status,
        q850: ask.q850,
        evidence: evidence.to_string(),
    });
    Ok(change)
}

#[expect(clippy::too_many_arguments, reason = "all of it decides")]
fn dialled(
    by: &Actor,
    ask: &Record,
    lead: bool,
    case: &Case,
    round: &Round,
    bad_today: bool,
    policy: &Verification,
    now: Timestamp,
) -> Result<Decided> {
    permissions::may(by, Act::RecordDialled, Object::Round { case, acted: &[] })?;
    if !takes(round, case, ask.outcome) {
        return Err(Refused::RoundOver.into());
    }
    let part = match (lead, ask.number_spoken) {
        (true, _) => Part::Lead,
        (false, true) => Part::Spoken,
        (false, false) => Part::NotSpoken,
    };
    Ok(after_dial(policy, case, round, part, ended(ask), bad_today, now))
}

/// A round that ended while its call was on takes the answer all the same, as any later call's.
fn takes(round: &Round, case: &Case, outcome: Outcome) -> bool {
    let answers =
        matches!(outcome, Outcome::Satisfied | Outcome::NotSatisfied | Outcome::Pressured);
    let late =
        round.purpose == Purpose::Resolution && super::inbound::answerable(round, case.state);
    round.state == RoundState::Open || answers && late
}

fn human(
    ask: &Record,
    case: &Case,
    round: &Round,
    bad_today: bool,
    policy: &Verification,
    now: Timestamp,
) -> Result<Decided> {
    if !takes(round, case, ask.outcome) || round.purpose != Purpose::Resolution {
        return Err(Refused::RoundOver.into());
    }
    Ok(after_dial(policy, case, round, Part::Lead, ended(ask), bad_today, now))
}

fn ended(ask: &Record) -> Ended {
    Ended { outcome: ask.outcome, later: ask.later }
}

fn after_dial(
    policy: &Verification,
    case: &Case,
    round: &Round,
    part: Part,
    ended: Ended,
    bad_today: bool,
    now: Timestamp,
) -> Decided {
    let counted = match (ended.outcome, part) {
        (Outcome::BadNumber, Part::Lead | Part::Spoken) => attempts::bad_number(round, bad_today),
        _ => round.clone(),
    };
    let mut after = attempts::after(policy, &counted, part, ended, now);
    // A round that was over was open for its ring-back alone.
    let promised = after.ring_back && after.next_at.is_some();
    let open = after.state == RoundState::Open;
    if case.state == State::Unverified && open && !after.human && !promised {
        after = Round { version: after.version, ..attempts::ended(&after) };
    }
    let took = match part {
        Part::NotSpoken => Took::Nothing,
        Part::Lead | Part::Spoken => {
            let used = after.attempts > round.attempts || (round.attempt_used && !round.ring_back);
            Took::Attempt(used.then_some(after.attempts))
        }
    };
    Decided { round: after, took, ring_back: false }
}

fn inbound(
    by: &Actor,
    ask: &Record,
    case: &Case,
    round: &Round,
    policy: &Verification,
    proven: bool,
    now: Timestamp,
) -> Result<Decided> {
    permissions::may(by, Act::RecordInbound, Object::Round { case, acted: &[] })?;
    if by.citizen != Some(case.citizen) {
        return Err(Refused::NotYourCase.into());
    }
    if !super::inbound::answerable(round, case.state) || round.purpose != Purpose::Resolution {
        return Err(Refused::RoundOver.into());
    }
    let answered = |answer| attempts::answered_inbound(round, answer, now);
    let rung_back = || Round { dials: round.dials + 1, ..attempts::ring_back(policy, round, now) };
    let (after, ring_back) = match ask.outcome {
        Outcome::NotSatisfied => (answered(Answer::NotSatisfied), false),
        Outcome::Pressured => (answered(Answer::Pressured), false),
        Outcome::Satisfied if proven => (answered(Answer::Satisfied), false),
        Outcome::Satisfied => (rung_back(), true),
        Outcome::Undecided | Outcome::SpeakToPerson | Outcome::WrongNumber => {
            let open = round.state == RoundState::Open;
            let after = Round {
                partial: false,
                human: round.human || open,
                next_at: if open { None } else { round.next_at },
                ..kept(round)
            };
            (after, false)
        }
        Outcome::Partial => (Round { partial: round.partial || proven, ..kept(round) }, false),
        Outcome::Confirmed
        | Outcome::Declined
        | Outcome::CallLater
        | Outcome::NotHere
        | Outcome::NoReply
        | Outcome::NoAnswer
        | Outcome::Busy
        | Outcome::Congestion
        | Outcome::BadNumber
        | Outcome::Fault => (kept(round), false),
    };
    Ok(Decided { round: after, took: Took::Attempt(None), ring_back })
}

/// The round as it was, with one more row of evidence.
fn kept(round: &Round) -> Round {
    Round { dials: round.dials + 1, version: round.version + 1, ..round.clone() }
}
