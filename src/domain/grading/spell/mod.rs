//! A spell: what a case stood at between two of its facts, and how that ended. A fold over the case's events alone; every figure of
//! a month is a count of spells.

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{
    case::{Kind, State},
    change::Event,
    place::{Code, Level, PlaceCode, PostId},
    time::Timestamp,
    words,
};

words! {
    /// How a stay at a level ended.
    pub enum Ended {
        /// Its officer filed a resolution.
        Resolved = "RESOLVED",
        /// Its time ran out.
        TimedOut = "TIMED_OUT",
        /// It went on before its time: by an answer, an order, or sent back.
        Moved = "MOVED",
        /// The case was closed from it.
        Closed = "CLOSED",
        Withdrawn = "WITHDRAWN",
    }
}

words! {
    /// The citizen's word that ended what a case stood at.
    pub enum Heard {
        Satisfied = "SATISFIED",
        NotSatisfied = "NOT_SATISFIED",
        Pressured = "PRESSURED",
        /// "Satisfied" was none when a person asked again.
        Contradicted = "CONTRADICTED",
    }
}

/// No end yet.
pub const OPEN: Timestamp = Timestamp(i64::MAX);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spell {
    pub case: i64,
    /// Of the fact that it began with.
    pub version: i64,
    /// When it counts from: when it happened, or the end of what is published, if that is later.
    pub from: Timestamp,
    pub happened_at: Timestamp,
    /// When the next one counts from.
    pub until: Timestamp,
    /// When the case came into this state.
    pub since: Timestamp,
    /// It came into it with this spell.
    pub entered: bool,
    /// What it began with: the kind of the fact, or the reason of the escalation.
    pub fact: String,
    pub registered_at: Timestamp,
    pub department: Code,
    pub district: PlaceCode,
    pub state: State,
    pub level: Level,
    pub post: Option<PostId>,
    pub in_time: Option<bool>,
    /// Who filed the resolution that it rests on.
    pub resolver: Option<i64>,
    /// The stay at this level was counted as ended.
    pub stay_over: bool,

    // How it ended.
    pub ended: Option<Ended>,
    /// The post that did not attend to it.
    pub charged: Option<PostId>,
    /// Nobody attended to it, and the post was vacant.
    pub vacant: bool,
    pub heard: Option<Heard>,
}

#[derive(Deserialize)]
struct Facts {
    kind: String,
    state_to: String,
    level_to: u8,
    post: Option<i64>,
    department: String,
    district: String,
    registered: i64,
    in_time: Option<bool>,
    escalation: Option<Row>,
}

#[derive(Deserialize)]
struct Row {
    reason: String,
    charged: Value,
}

/// What a fact makes of what the case stood at: the end of that, and what it stands at since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub ended: Option<Spell>,
    pub begun: Spell,
}

/// None of a fact that changes nothing that is counted, and of what is no complaint. `frozen` is the end of what is published:
/// what happened before it and is heard of now counts from it on.
pub fn step(before: Option<&Spell>, case: i64, event: &Event, frozen: Timestamp) -> Option<Step> {
    let facts: Facts = serde_json::from_str(&event.facts).ok()?;
    if Kind::parse(&facts.kind) != Some(Kind::Complaint) {
        return None;
    }
    let state = State::parse(&facts.state_to)?;
    let row = facts.escalation.as_ref().filter(|_| event.kind != "no_post");
    let from = event.at.max(frozen).max(before.map_or(event.at, |before| before.from));
    let mut begun = Spell {
        case,
        version: event.version,
        from,
        happened_at: event.at,
        until: OPEN,
        since: from,
        entered: true,
        fact: fact(event, row),
        registered_at: Timestamp(facts.registered),
        department: Code(facts.department),
        district: PlaceCode(facts.district),
        state,
        level: Level(facts.level_to),
        post: facts.post.map(PostId),
        in_time: facts.in_time,
        resolver: None,
        stay_over: !is_active(state),
        ended: None,
        charged: None,
        vacant: false,
        heard: None,
    };
    begun.resolver = match event.kind.as_str() {
        "resolved" => account(&event.actor),
        _ => before.and_then(|before| before.resolver).filter(|_| rests_on_a_resolution(state)),
    };
    let Some(before) = before else { return Some(Step { ended: None, begun }) };
    let heard = heard(before, event, row, state);
    if row.is_none() && heard.is_none() && begun.is_as(before) {
        return None;
    }
    if before.state == state {
        (begun.since, begun.entered) = (before.since, false);
    }
    let times_up = event.kind == "overdue_last";
    let goes_on = row.is_none() || times_up;
    let paused = state == State::Merged || before.state == State::Merged;
    begun.stay_over = match (goes_on, paused) {
        (true, true) => before.stay_over,
        (true, false) => {
            before.stay_over && before.state != State::Unrouted || times_up || !is_active(state)
        }
        (false, _) => !is_active(state),
    };
    let mut ended = Spell { until: from, heard, ..before.clone() };
    if is_active(before.state) && !before.stay_over {
        ended.ended = ending(event, row, state);
        let charged = row.filter(|_| ended.ended.is_some()).map(|row| &row.charged);
        ended.charged = charged.and_then(Value::as_i64).map(PostId);
        ended.vacant = charged.and_then(Value::as_str) == Some("VACANT");
    }
    Some(Step { ended: Some(ended), begun })
}

impl Spell {
    /// Nothing that is counted differs.
    fn is_as(&self, before: &Self) -> bool {
        let said = |of: &Self| (of.state, of.level, of.post, of.in_time, of.resolver);
        said(self) == said(before)
            && self.department == before.department
            && self.district == before.district
    }

    /// It was known of only when what it belongs to was published.
    pub fn is_late(&self) -> bool {
        self.happened_at < self.from
    }
}

/// On the ladder, with an officer.
pub fn is_active(state: State) -> bool {
    match state {
        State::WithOfficer | State::PartiallyClosed | State::SpecialCloseProposed => true,
        State::Unrouted
        | State::AwaitingVerification
        | State::Unverified
        | State::ClosedSatisfied
        | State::ClosedSpecial
        | State::ClosedForced
        | State::Withdrawn
        | State::Merged
        | State::Forwarded => false,
    }
}

/// Counted among the pending; a PC is counted apart.
pub fn is_pending(state: State) -> bool {
    match state {
        State::Unrouted
        | State::WithOfficer
        | State::SpecialCloseProposed
        | State::AwaitingVerification
        | State::Unverified => true,
        State::PartiallyClosed
        | State::ClosedSatisfied
        | State::ClosedSpecial
        | State::ClosedForced
        | State::Withdrawn
        | State::Merged
        | State::Forwarded => false,
    }
}

fn rests_on_a_resolution(state: State) -> bool {
    matches!(state, State::AwaitingVerification | State::Unverified | State::ClosedSatisfied)
}

fn fact(event: &Event, row: Option<&Row>) -> String {
    match (event.kind.as_str(), row) {
        ("escalated" | "stayed", Some(row)) => row.reason.clone(),
        (kind, _) => kind.to_owned(),
    }
}

/// A merged case goes on with what remained when it is unmerged: its stay has not ended.
fn ending(event: &Event, row: Option<&Row>, state: State) -> Option<Ended> {
    if let Some(row) = row {
        let times_up = matches!(row.reason.as_str(), "TIMEOUT" | "PC_EXPIRED");
        return Some(if times_up || event.kind == "overdue_last" {
            Ended::TimedOut
        } else {
            Ended::Moved
        });
    }
    match state {
        State::AwaitingVerification => Some(Ended::Resolved),
        State::ClosedSatisfied | State::ClosedSpecial | State::ClosedForced => Some(Ended::Closed),
        State::Withdrawn => Some(Ended::Withdrawn),
        State::Unverified
        | State::Unrouted
        | State::WithOfficer
        | State::PartiallyClosed
        | State::SpecialCloseProposed
        | State::Merged
        | State::Forwarded => None,
    }
}

fn heard(before: &Spell, event: &Event, row: Option<&Row>, state: State) -> Option<Heard> {
    if before.state == State::ClosedSatisfied {
        let body: Value = serde_json::from_str(&event.body).unwrap_or_default();
        return (body["recheck"] == "CONTRADICTED").then_some(Heard::Contradicted);
    }
    match row.map(|row| row.reason.as_str()) {
        Some("DISSATISFIED") => Some(Heard::NotSatisfied),
        Some("PRESSURED") => Some(Heard::Pressured),
        Some(_) => None,
        None => (state == State::ClosedSatisfied).then_some(Heard::Satisfied),
    }
}

fn account(actor: &str) -> Option<i64> {
    actor.strip_prefix("account:")?.parse().ok()
}

#[cfg(test)]
mod tests;
