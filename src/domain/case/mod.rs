//! A case: what a citizen brought, where it stands, and when it moves by itself.

pub mod answer;
pub mod aside;
pub mod attempt;
pub mod centre;
pub mod charge;
pub mod desk;
pub mod escalate;
pub mod evidence;
pub mod facts;
pub mod matter;
pub mod moved;
pub mod officer;
pub mod old;
pub mod oversight;
pub mod pending;
pub mod register;
pub mod resolve;
pub mod review;
pub mod table;

use super::{
    actor::Channel,
    chain::Hash,
    language::Language,
    number::CaseNumber,
    place::{Code, Level, PlaceCode, PostId},
    routing::Matter,
    time::Timestamp,
    words,
};

words! {
    /// Only a complaint climbs the ladder and is graded.
    pub enum Kind {
        Complaint = "COMPLAINT",
        Demand = "DEMAND",
        Suggestion = "SUGGESTION",
        SchemeInformation = "SCHEME_INFORMATION",
    }
}

words! {
    /// Rule book 1.1. The level is a column of its own.
    pub enum State {
        Unrouted = "UNROUTED",
        WithOfficer = "WITH_OFFICER",
        AwaitingVerification = "AWAITING_VERIFICATION",
        PartiallyClosed = "PARTIALLY_CLOSED",
        SpecialCloseProposed = "SPECIAL_CLOSE_PROPOSED",
        Unverified = "UNVERIFIED",
        ClosedSatisfied = "CLOSED_SATISFIED",
        ClosedSpecial = "CLOSED_SPECIAL",
        ClosedForced = "CLOSED_FORCED",
        Withdrawn = "WITHDRAWN",
        Merged = "MERGED",
        /// Demands, suggestions and scheme-information calls: recorded and forwarded, no ladder.
        Forwarded = "FORWARDED",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub id: i64,
    pub kind: Kind,
    pub citizen: i64,
    pub channel: Channel,
    pub language: Language,

    pub department: Code,
    pub category: Code,
    pub subcategory: Option<Code>,
    /// As exact as is known; lies in `district`.
    pub place: PlaceCode,
    pub district: PlaceCode,
    /// The words of the citizen, in `texts`.
    pub text: Option<i64>,
    /// The citizen's recorded voice, in `recordings`.
    pub recording: Option<i64>,

    pub state: State,
    pub level: Level,
    /// How many levels this case's ladder has.
    pub ladder: Level,
    /// The post that answers for it now.
    pub post: Option<PostId>,
    /// The version of the directory that routed it.
    pub directory: i64,
    /// The version of the policy that its running clock keeps.
    pub policy: i64,

    pub registered_at: Timestamp,
    /// When it arrived at its level.
    pub arrived_at: Timestamp,
    /// When it moves by itself; None when nothing runs. Stays past `OVERDUE_LAST`, so who looks for cases
    /// to move asks for `due_at <= now AND NOT overdue_last`.
    pub due_at: Option<Timestamp>,
    /// Arrivals at a level so far; the first is 1.
    pub stay: i64,
    /// Did this stay's post act (rule book 1.2)? Opening alone sets `seen`.
    pub attended: bool,
    pub seen: bool,
    /// A call to the citizen or a visit is on record, at whatever level (R15).
    pub contacted: bool,
    /// `OVERDUE_LAST` was written for this stay.
    pub overdue_last: bool,
    /// Registered by keys: an agent completes subcategory and block until `review_due_at`.
    pub needs_review: bool,
    pub review_due_at: Option<Timestamp>,

    pub resolved_at: Option<Timestamp>,
    pub resolved_level: Option<Level>,
    /// Was the last resolution filed before its level's due time?
    pub in_time: Option<bool>,
    /// Rounds that ended "not satisfied" at the last level: a place in the state queue.
    pub dissatisfied_last: i64,
    /// Verification rounds so far.
    pub round: i64,
    pub closed_at: Option<Timestamp>,
    /// The citizen said that somebody pressed them.
    pub pressured: bool,
    /// What only some acts need; None for the many.
    pub aside: Option<Box<aside::Aside>>,

    /// The version and hash of the case's last event.
    pub version: i64,
    pub head: Hash,
}

impl Case {
    /// What routing goes by.
    pub fn matter(&self) -> Matter<'_> {
        Matter {
            department: &self.department,
            category: Some(&self.category),
            subcategory: self.subcategory.as_ref(),
        }
    }

    pub fn number(&self) -> CaseNumber {
        CaseNumber::of_id(self.id).expect("ids are handed out from the numbers' range")
    }

    pub fn stream(&self) -> String {
        format!("case:{}", self.id)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::chain;

    /// 2026-11-22T10:00:00+05:30
    pub(crate) const TEN: Timestamp = Timestamp(1_795_321_800_000);
    pub(crate) const WEEK_MS: i64 = 604_800_000;

    /// A complaint about a power cut, with post 1 at level 1 since ten o'clock.
    pub(crate) fn case() -> Case {
        Case {
            id: 1_000_000,
            kind: Kind::Complaint,
            citizen: 12,
            channel: Channel::Agent,
            language: Language::Hindi,
            department: Code::new("energy"),
            category: Code::new("electricity"),
            subcategory: None,
            place: PlaceCode::new("block:phanda"),
            district: PlaceCode::new("district:396"),
            text: None,
            recording: None,
            state: State::WithOfficer,
            level: Level(1),
            ladder: Level(4),
            post: Some(PostId(1)),
            directory: 1,
            policy: 1,
            registered_at: TEN,
            arrived_at: TEN,
            due_at: Some(TEN.plus_ms(WEEK_MS)),
            stay: 1,
            attended: false,
            seen: false,
            contacted: false,
            overdue_last: false,
            needs_review: false,
            review_due_at: None,
            resolved_at: None,
            resolved_level: None,
            in_time: None,
            dissatisfied_last: 0,
            round: 0,
            closed_at: None,
            pressured: false,
            aside: None,
            version: 3,
            head: chain::START,
        }
    }
}
