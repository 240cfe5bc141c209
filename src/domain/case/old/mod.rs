//! Cases of the system that the state leaves behind (R73): they come over open, as old as they are and with the clock
//! that they had.

pub mod read;

use serde_json::json;

use super::{
    Case, Kind, State,
    aside::Partial,
    facts::{Escalation, named},
    moved::Destination,
    register::why,
    resolve::round,
};
use crate::domain::{
    actor::{Actor, Channel},
    chain,
    change::{Change, Gate},
    citizen::{Safety, Text},
    language::Language,
    phone::Phone,
    place::{Code, Level, PlaceCode},
    policy::Policy,
    time::Timestamp,
    words,
};

words! {
    /// States in which a case can come over. What was proposed, or was about to be asked again, begins anew here.
    pub enum Standing {
        WithOfficer = "WITH_OFFICER",
        PartiallyClosed = "PARTIALLY_CLOSED",
        /// A resolution is filed and the citizen was not asked, or not reached.
        AwaitingVerification = "AWAITING_VERIFICATION",
    }
}

/// One case as a file has it, checked against the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldCase {
    pub old_number: String,
    pub registered_at: Timestamp,
    /// Prints masked.
    pub phone: Phone,
    pub name: Option<String>,
    pub language: Language,
    pub department: Code,
    pub category: Code,
    pub subcategory: Option<Code>,
    pub place: PlaceCode,
    pub district: PlaceCode,
    pub level: Level,
    pub standing: Standing,
    pub clock: Clock,
    /// When the resolution was filed that waits for its answer.
    pub resolved_at: Option<Timestamp>,
    pub attended: bool,
    /// How often it had gone up.
    pub escalations: i64,
    pub words: Option<String>,
}

/// What is known of the running clock; the other follows from the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    Arrived(Timestamp),
    Due(Timestamp),
    Both { arrived: Timestamp, due: Timestamp },
}

/// What the store has given a case that comes over.
#[derive(Clone, Debug)]
pub struct Taken {
    pub id: i64,
    pub citizen: i64,
    pub safety: Safety,
    pub words: Option<Text>,
    pub ladder: Level,
    pub directory: i64,
}

impl OldCase {
    /// The instants between which the case stands at its level.
    pub fn stay(&self, policy: &Policy, now: Timestamp) -> (Timestamp, Timestamp) {
        let limit =
            |from| policy.due(&self.department, self.subcategory.as_ref(), self.level, from);
        match self.clock {
            Clock::Both { arrived, due } => (arrived, due),
            Clock::Arrived(arrived) => (arrived, limit(arrived)),
            Clock::Due(due) => {
                let arrived = due.plus_ms(due.since(limit(due)));
                (arrived.max(self.registered_at).min(now), due)
            }
        }
    }

    /// As old as it is, at its level, due to the millisecond of the file. Nobody gets a message: a state's stock comes
    /// over at once.
    pub fn import(
        &self,
        by: &Actor,
        taken: Taken,
        to: Option<Destination>,
        policy: &Policy,
        now: Timestamp,
    ) -> Change {
        let (arrived, due) = self.stay(policy, now);
        let case = self.case(&taken, (arrived, due), policy);
        let body = json!({
            "old_number": self.old_number,
            "citizen": case.citizen,
            "place": case.place.as_str(),
            "subcategory": case.subcategory.as_ref().map(Code::as_str),
            "text": taken.words.as_ref().map(named),
            "standing": self.standing.as_str(),
            "level": self.level.0,
            "arrived": arrived.ms(),
            "due": due.ms(),
            "resolved": self.resolved_at.map(Timestamp::ms),
            "attended": self.attended,
            "escalations": self.escalations,
        });
        let waits = case.state == State::AwaitingVerification;
        let mut change = Change::opening(case, now).tell(by, "imported", None, body);
        let before = change.stands().clone();
        let after = before.clone().placed(to.as_ref(), policy, now);
        let forward = match &to {
            Some(to) => ("routed", why(to)),
            None => ("unrouted", json!({ "alarm": "UNROUTED", "directory": before.directory })),
        };
        change.case = Some((Gate::New, after));
        change = change.tell(&Actor::system(), forward.0, Some(&before), forward.1);
        if let Some(to) = &to {
            change = change.pass_by(&Actor::system(), to, &Escalation::arrival(to, now));
        }
        if waits {
            let case = change.stands();
            let fresh = round(case, taken.safety, &policy.verification, now);
            change.round = Some((Gate::New, fresh));
        }
        change.texts.extend(taken.words);
        change.old_number = Some(self.old_number.clone());
        change
    }

    fn case(&self, taken: &Taken, (arrived, due): (Timestamp, Timestamp), policy: &Policy) -> Case {
        let resolved = self.resolved_at.filter(|_| self.standing == Standing::AwaitingVerification);
        let stay = self.escalations + 1;
        let case = Case {
            id: taken.id,
            kind: Kind::Complaint,
            citizen: taken.citizen,
            channel: Channel::System,
            language: self.language,
            department: self.department.clone(),
            category: self.category.clone(),
            subcategory: self.subcategory.clone(),
            place: self.place.clone(),
            district: self.district.clone(),
            text: taken.words.as_ref().map(|text| text.id),
            recording: None,
            state: match self.standing {
                Standing::WithOfficer => State::WithOfficer,
                Standing::PartiallyClosed => State::PartiallyClosed,
                Standing::AwaitingVerification => State::AwaitingVerification,
            },
            level: self.level,
            ladder: taken.ladder,
            post: None,
            directory: taken.directory,
            policy: policy.version,
            registered_at: self.registered_at,
            arrived_at: arrived,
            due_at: (self.standing != Standing::AwaitingVerification).then_some(due),
            stay,
            attended: self.attended || self.standing != Standing::WithOfficer,
            seen: self.attended || self.standing != Standing::WithOfficer,
            contacted: false,
            overdue_last: false,
            needs_review: false,
            review_due_at: None,
            resolved_at: resolved,
            resolved_level: resolved.map(|_| self.level),
            in_time: resolved.map(|at| at <= due),
            dissatisfied_last: 0,
            round: i64::from(self.standing == Standing::AwaitingVerification),
            closed_at: None,
            pressured: false,
            aside: None,
            version: 0,
            head: chain::START,
        };
        case.with_aside(|aside| {
            aside.old_number = Some(self.old_number.clone());
            if self.standing == Standing::PartiallyClosed {
                aside.partial = Some(Partial { stay, extended: false });
            }
        })
    }
}

impl Case {
    /// With the post that answers for it here. Without one it waits to be routed by hand; a citizen who is to be asked
    /// is asked all the same.
    fn placed(mut self, to: Option<&Destination>, policy: &Policy, now: Timestamp) -> Self {
        match to {
            Some(to) => {
                self.post = Some(to.routed.post);
                self.directory = to.directory;
                if self.state != State::AwaitingVerification {
                    self.level = to.routed.level;
                }
                self
            }
            None if self.state == State::AwaitingVerification => self,
            None => {
                self.state = State::Unrouted;
                self.due_at = Some(now.plus_ms(policy.unrouted_ms));
                self
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        case::tests::{TEN, WEEK_MS},
        routing::tests::index,
        time::DAY_MS,
        verification::RoundState,
    };

    pub(super) fn old() -> OldCase {
        OldCase {
            old_number: "CMH/2024/118".to_owned(),
            registered_at: TEN.plus_ms(-60 * DAY_MS),
            phone: Phone::parse("9876543210").unwrap(),
            name: None,
            language: Language::Hindi,
            department: Code::new("energy"),
            category: Code::new("electricity"),
            subcategory: None,
            place: PlaceCode::new("block:phanda"),
            district: PlaceCode::new("district:396"),
            level: Level(2),
            standing: Standing::WithOfficer,
            clock: Clock::Due(TEN.plus_ms(3_600_001)),
            resolved_at: None,
            attended: false,
            escalations: 1,
            words: None,
        }
    }

    fn imported(old: &OldCase, at: &str) -> (Case, Change) {
        let taken = Taken {
            id: 1_000_000,
            citizen: 12,
            safety: Safety::default(),
            words: None,
            ladder: Level(4),
            directory: 1,
        };
        let routed = index().route(&old.department, &PlaceCode::new(at), old.level);
        let to = routed.map(|routed| Destination { routed, vacant: false, directory: 1 });
        let change = old.import(&Actor::system(), taken, to, &Policy::standard(), TEN);
        (change.stands().clone(), change)
    }

    fn kinds(change: &Change) -> Vec<&str> {
        change.events.iter().map(|event| event.kind.as_str()).collect()
    }

    #[test]
    fn it_keeps_its_registration_its_level_and_its_clock_to_the_millisecond() {
        let (case, change) = imported(&old(), "block:phanda");

        assert_eq!((case.state, case.level, case.stay), (State::WithOfficer, Level(2), 2));
        assert_eq!(case.due_at, Some(Timestamp(1_795_325_400_001)));
        assert_eq!(case.arrived_at, Timestamp(1_795_325_400_001 - WEEK_MS));
        assert_eq!(case.registered_at, Timestamp(1_790_137_800_000));
        assert!(case.post.is_some());
        assert_eq!(kinds(&change), ["imported", "routed"]);
        assert!(change.events[0].body.contains(r#""old_number":"CMH/2024/118""#));
        assert_eq!(change.old_number.as_deref(), Some("CMH/2024/118"));
    }

    #[test]
    fn nobody_gets_a_message() {
        for standing in Standing::ALL {
            let (_, change) = imported(&OldCase { standing: *standing, ..old() }, "block:phanda");
            assert_eq!(change.notices, [], "{standing}");
        }
    }

    #[test]
    fn an_arrival_alone_is_due_by_the_policy() {
        let old = OldCase { clock: Clock::Arrived(TEN.plus_ms(-1)), ..old() };

        let (case, _) = imported(&old, "block:phanda");

        assert_eq!(case.due_at, Some(TEN.plus_ms(WEEK_MS - 1)));
    }

    #[test]
    fn a_level_without_a_post_is_passed_and_the_clock_stays() {
        let old = OldCase { level: Level(1), escalations: 0, ..old() };

        let (case, change) = imported(&old, "district:427");

        assert_eq!((case.level, case.due_at), (Level(2), Some(Timestamp(1_795_325_400_001))));
        assert_eq!(kinds(&change), ["imported", "routed", "no_post"]);
    }

    #[test]
    fn without_any_post_it_is_unrouted_with_an_alarm() {
        let old = OldCase { department: Code::new("nobody"), ..old() };

        let (case, change) = imported(&old, "block:phanda");

        assert_eq!((case.state, case.post), (State::Unrouted, None));
        assert_eq!(case.due_at, Some(TEN.plus_ms(DAY_MS)));
        assert_eq!(kinds(&change), ["imported", "unrouted"]);
        assert!(change.events[1].body.contains(r#""alarm":"UNROUTED""#));
    }

    #[test]
    fn a_partially_closed_case_waits_for_its_date() {
        let old = OldCase { standing: Standing::PartiallyClosed, ..old() };

        let (case, _) = imported(&old, "block:phanda");

        assert_eq!((case.state, case.attended), (State::PartiallyClosed, true));
        assert_eq!(case.due_at, Some(Timestamp(1_795_325_400_001)));
        assert_eq!(case.partial_of_stay(), Some(&Partial { stay: 2, extended: false }));
    }

    #[test]
    fn a_case_that_waits_for_its_answer_gets_a_round_of_its_own() {
        let resolved_at = Some(TEN.plus_ms(-DAY_MS));
        let standing = Standing::AwaitingVerification;
        let old = OldCase { standing, resolved_at, ..old() };

        let (case, change) = imported(&old, "block:phanda");

        assert_eq!((case.state, case.due_at, case.round), (State::AwaitingVerification, None, 1));
        assert_eq!((case.resolved_at, case.resolved_level), (resolved_at, Some(Level(2))));
        assert_eq!(case.in_time, Some(true));
        let (_, round) = change.round.unwrap();
        assert_eq!((round.state, round.round, round.opened_at), (RoundState::Open, 1, TEN));
        assert_eq!(round.ends_at, TEN.plus_ms(10 * DAY_MS));
    }
}
