//! Lives of cases, folded fact by fact.

use serde_json::json;

use super::*;
use crate::domain::{
    actor::Actor,
    case::{
        Case,
        escalate::Seat,
        moved::{Above, Destination},
        tests::{TEN, WEEK_MS, case},
    },
    change::Change,
    citizen::Safety,
    policy::Policy,
    routing::tests::index,
    verification::Answer,
};

const NEVER: Timestamp = Timestamp(0);

/// A case with its events, folded as they come.
struct Told {
    case: Case,
    all: Vec<Spell>,
}

impl Told {
    fn new() -> Self {
        let case = Case { version: 0, ..case() };
        let told = Change::updating(case.clone(), TEN).tell(
            &Actor::system(),
            "registered",
            None,
            json!({}),
        );
        let mut new = Self { case, all: Vec::new() };
        new.take(told);
        new
    }

    fn take(&mut self, change: Change) {
        for event in &change.events {
            if let Some(step) = step(self.all.last(), self.case.id, event, NEVER) {
                if let Some(ended) = step.ended {
                    *self.all.last_mut().unwrap() = ended;
                }
                self.all.push(step.begun);
            }
        }
        if let Some((_, case)) = change.case {
            self.case = case;
        }
    }

    fn becomes(&mut self, kind: &str, by: &Actor, at: Timestamp, case: Case) {
        let before = self.case.clone();
        self.take(Change::updating(case, at).tell(by, kind, Some(&before), json!({})));
    }

    fn above(&self) -> Above {
        index()
            .route(&self.case.department, &self.case.place, self.case.level.next())
            .filter(|_| self.case.level < self.case.ladder)
            .map_or(Above::Last, |routed| {
                Above::To(Destination { routed, vacant: false, directory: 1 })
            })
    }

    fn runs_out(&mut self, seat: Seat) {
        let due = self.case.due_at.unwrap();
        let change = self.case.escalate(&self.above(), seat, &Policy::standard(), due).unwrap();
        self.take(change);
    }

    fn resolved(&mut self, at: Timestamp, account: i64) {
        let by = Actor { account: Some(account), ..Actor::system() };
        let in_time = self.case.due_at.is_none_or(|due| at <= due);
        let after = Case {
            state: State::AwaitingVerification,
            due_at: None,
            attended: true,
            resolved_at: Some(at),
            resolved_level: Some(self.case.level),
            in_time: Some(in_time),
            round: self.case.round + 1,
            ..self.case.clone()
        };
        self.becomes("resolved", &by, at, after);
    }

    fn answered(&mut self, answer: Answer, at: Timestamp) {
        let by = Actor::caller(Some(self.case.citizen));
        let (above, policy) = (self.above(), Policy::standard());
        let change =
            self.case.answered(&by, answer, json!({}), &above, Safety::default(), &policy, at);
        self.take(change.unwrap());
    }

    fn ends(&self) -> Vec<(Level, Ended, Option<i64>, bool)> {
        let of = |s: &Spell| Some((s.level, s.ended?, s.charged.map(|post| post.0), s.vacant));
        self.all.iter().filter_map(of).collect()
    }

    fn words(&self) -> Vec<(State, Level, Heard)> {
        self.all.iter().filter_map(|s| Some((s.state, s.level, s.heard?))).collect()
    }
}

#[test]
fn a_stay_that_ran_out_untouched_is_charged_to_its_post_and_a_vacant_one_to_nobody() {
    let mut told = Told::new();
    told.runs_out(Seat::Held);
    told.runs_out(Seat::Vacant);
    told.runs_out(Seat::Elsewhere);

    let out = Ended::TimedOut;
    assert_eq!(
        told.ends(),
        [
            (Level(1), out, Some(1), false),
            (Level(2), out, None, true),
            (Level(3), out, None, false)
        ]
    );
    assert_eq!(told.all.last().unwrap().level, Level(4));
    assert_eq!(told.all[0].until, TEN.plus_ms(WEEK_MS));
}

#[test]
fn a_stay_ends_once_though_it_is_overdue_and_resolved_later() {
    let mut told = Told::new();
    for _ in 0..4 {
        told.runs_out(Seat::Held);
    }
    let late = told.case.due_at.unwrap().plus_ms(5);
    told.resolved(late, 7);

    assert_eq!(told.ends().len(), 4);
    assert_eq!(told.ends()[3].1, Ended::TimedOut);
    let now = told.all.last().unwrap();
    assert_eq!(
        (now.state, now.in_time, now.resolver),
        (State::AwaitingVerification, Some(false), Some(7))
    );
}

#[test]
fn answers_stand_beside_the_resolution_that_they_are_about() {
    let mut told = Told::new();
    told.resolved(TEN.plus_ms(5), 7);
    told.answered(Answer::NotSatisfied, TEN.plus_ms(9));
    told.resolved(TEN.plus_ms(20), 8);
    told.answered(Answer::Satisfied, TEN.plus_ms(30));

    let waits = State::AwaitingVerification;
    assert_eq!(
        told.words(),
        [(waits, Level(1), Heard::NotSatisfied), (waits, Level(2), Heard::Satisfied)]
    );
    assert_eq!(told.all[1].resolver, Some(7));
    assert_eq!(told.ends().iter().map(|end| end.1).collect::<Vec<_>>(), [Ended::Resolved; 2]);
    let closed = told.all.last().unwrap();
    assert!(closed.entered);
    assert_eq!(
        (closed.state, closed.level, closed.in_time),
        (State::ClosedSatisfied, Level(2), Some(true))
    );
    assert_eq!((closed.resolver, closed.since), (Some(8), TEN.plus_ms(30)));
}

#[test]
fn pressure_and_a_fresh_clock_at_the_last_level_begin_a_new_stay() {
    let mut told = Told::new();
    for _ in 0..3 {
        told.runs_out(Seat::Held);
    }
    let at = told.case.arrived_at;
    told.resolved(at.plus_ms(5), 7);
    told.answered(Answer::Pressured, at.plus_ms(6));
    assert!(!told.all.last().unwrap().stay_over);
    told.runs_out(Seat::Held);

    assert_eq!(told.words()[0].2, Heard::Pressured);
    let ends: Vec<_> = told.ends().iter().map(|end| (end.0, end.1)).collect();
    let last = Level(4);
    assert_eq!(ends[3..], [(last, Ended::Resolved), (last, Ended::TimedOut)]);
}

#[test]
fn looking_at_a_case_and_notes_change_nothing_that_is_counted() {
    let mut told = Told::new();
    let seen = Case { seen: true, attended: true, ..told.case.clone() };
    told.becomes("note", &Actor::system(), TEN.plus_ms(3), seen);

    assert_eq!(told.all.len(), 1);
    assert_eq!(told.all[0].until, OPEN);
}

#[test]
fn a_closure_that_was_contradicted_says_so_and_a_plain_reopening_does_not() {
    for (body, heard) in
        [(json!({ "recheck": "CONTRADICTED" }), Some(Heard::Contradicted)), (json!({}), None)]
    {
        let mut told = Told::new();
        told.resolved(TEN.plus_ms(5), 7);
        told.answered(Answer::Satisfied, TEN.plus_ms(9));
        let by = Actor::caller(Some(12));
        let (above, policy) = (told.above(), Policy::standard());
        let change = told
            .case
            .reopen(&by, body, &above, Safety::default(), &policy, TEN.plus_ms(50))
            .unwrap();
        told.take(change);

        let closed: Vec<_> =
            told.all.iter().filter(|s| s.state == State::ClosedSatisfied).collect();
        assert_eq!(closed[0].heard, heard);
        assert_eq!(closed.iter().filter(|s| s.entered).count(), 1);
        assert!(closed.iter().all(|s| s.since == TEN.plus_ms(9) && s.resolver == Some(7)));
        let now = told.all.last().unwrap();
        assert_eq!(
            (now.state, now.level, now.fact.as_str()),
            (State::WithOfficer, Level(2), "REOPENED")
        );
        assert!(!now.stay_over && now.resolver.is_none() && now.in_time.is_none());
    }
}

#[test]
fn a_merged_case_goes_on_with_its_stay_when_it_is_unmerged() {
    let mut told = Told::new();
    let open = told.case.clone();
    told.becomes(
        "merged",
        &Actor::system(),
        TEN.plus_ms(3),
        Case { state: State::Merged, ..open.clone() },
    );
    assert_eq!(told.ends(), []);
    let back = Case { version: told.case.version, head: told.case.head, ..open };
    told.becomes("unmerged", &Actor::system(), TEN.plus_ms(4), back);

    assert!(!told.all.last().unwrap().stay_over);
    told.runs_out(Seat::Held);
    assert_eq!(told.ends(), [(Level(1), Ended::TimedOut, Some(1), false)]);
}

#[test]
fn a_case_that_waits_for_its_post_has_no_stay_and_begins_one_when_it_is_routed() {
    let mut told = Told::new();
    let routed = told.case.clone();
    told.all.clear();
    told.becomes(
        "registered",
        &Actor::system(),
        TEN,
        Case { state: State::Unrouted, post: None, ..routed.clone() },
    );
    assert!(told.all[0].stay_over);
    let routed = Case { version: told.case.version, head: told.case.head, ..routed };
    told.becomes("routed", &Actor::system(), TEN.plus_ms(9), routed);

    assert!(!told.all[1].stay_over);
    told.runs_out(Seat::Held);
    assert_eq!(told.ends().len(), 1);
}

#[test]
fn what_is_heard_of_after_the_publication_counts_from_there_on() {
    let frozen = TEN.plus_ms(1_000);
    let mut event = {
        let told =
            Change::updating(case(), TEN).tell(&Actor::system(), "registered", None, json!({}));
        told.events[0].clone()
    };
    let late = step(None, 1, &event, frozen).unwrap().begun;
    assert_eq!((late.from, late.happened_at, late.is_late()), (frozen, TEN, true));

    event.at = TEN.plus_ms(2_000);
    let now = step(None, 1, &event, frozen).unwrap().begun;
    assert_eq!((now.from, now.is_late()), (event.at, false));
    // Clocks of two nodes may differ: what a case stood at never ends before it began.
    event.at = TEN.plus_ms(1_500);
    event.facts = event.facts.replace("WITH_OFFICER", "WITHDRAWN");
    let next = step(Some(&now), 1, &event, frozen).unwrap();
    assert_eq!((next.begun.from, next.ended.unwrap().until), (now.from, now.from));
}

#[test]
fn what_is_no_complaint_is_not_graded() {
    let told = Change::updating(case(), TEN).tell(&Actor::system(), "registered", None, json!({}));
    let mut event = told.events[0].clone();
    event.facts = event.facts.replace("COMPLAINT", "DEMAND");
    assert_eq!(step(None, 1, &event, NEVER), None);
    event.facts = "{}".to_owned();
    assert_eq!(step(None, 1, &event, NEVER), None);
}
