//! The citizen's recorded answer about a resolution: it closes the case or sends it up (R32, R33).

use serde_json::Value;

use super::{
    Case, State,
    escalate::Seat,
    facts::Reason,
    moved::Above,
    table::{Act, verdict},
};
use crate::domain::{
    actor::Actor, change::Change, citizen::Safety, policy::Policy, refused::Refused,
    time::Timestamp, verification::Answer,
};

impl Case {
    /// `above` is looked from the level that resolved.
    #[expect(
        clippy::too_many_arguments,
        reason = "all of it decides; a struct would only hide that"
    )]
    pub fn answered(
        &self,
        by: &Actor,
        answer: Answer,
        evidence: Value,
        above: &Above,
        safety: Safety,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        let allowed = |act| verdict(self.state, act).check();
        let change = match answer {
            Answer::Satisfied => {
                allowed(Act::AnswerSatisfied)?;
                let after = Self {
                    state: State::ClosedSatisfied,
                    due_at: None,
                    closed_at: Some(now),
                    // Nothing is left to be completed.
                    needs_review: false,
                    review_due_at: None,
                    ..self.clone()
                };
                Change::updating(after, now)
                    .tell(by, "answered", Some(self), evidence)
                    .settles_all("CLOSED")
                    .notify_citizen("closed", safety)
                    .notify_post("closed", self.post)
            }
            // The answer is a fact of its own; that the case goes up follows from it.
            Answer::NotSatisfied => {
                allowed(Act::AnswerNotSatisfied)?;
                self.go_up(by, Reason::Dissatisfied, evidence, above, policy, now)
                    .notify_citizen("not_satisfied", safety)
            }
            Answer::Pressured => {
                allowed(Act::AnswerPressured)?;
                self.go_up(by, Reason::Pressured, evidence, above, policy, now)
                    .notify_citizen("pressured", safety)
            }
            // Answers of rounds that ask something else than about a resolution.
            Answer::Confirmed | Answer::Declined => return Err(Refused::NoRoundOpen),
        };
        Ok(change)
    }

    fn go_up(
        &self,
        by: &Actor,
        reason: Reason,
        evidence: Value,
        above: &Above,
        policy: &Policy,
        now: Timestamp,
    ) -> Change {
        let told = Change::updating(self.clone(), now).tell(by, "answered", Some(self), evidence);
        let (gate, linked) = told.case.clone().expect("the change updates this case");
        // The post did act: it filed the resolution that the citizen did not accept.
        let mut change = linked.move_up(&Actor::system(), reason, above, Seat::Held, policy, now);
        change.events.splice(0..0, told.events);
        if let Some((moved, _)) = change.case.as_mut() {
            *moved = gate;
        }
        change
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{
        case::{
            moved::Destination,
            tests::{TEN, WEEK_MS, case},
        },
        chain::Chain,
        change::Gate,
        place::{Level, PostId},
        routing::tests::index,
    };

    fn resolved(level: u8) -> Case {
        Case {
            state: State::AwaitingVerification,
            level: Level(level),
            due_at: None,
            attended: true,
            resolved_at: Some(TEN),
            resolved_level: Some(Level(level)),
            in_time: Some(true),
            round: 1,
            version: 0,
            ..case()
        }
    }

    fn above(case: &Case) -> Above {
        index()
            .route(&case.department, &case.place, case.level.next())
            .map_or(Above::Last, |routed| {
                Above::To(Destination { routed, vacant: false, directory: 1 })
            })
    }

    fn answered(case: &Case, answer: Answer, now: Timestamp) -> Result<(Case, Change), Refused> {
        let change = case.answered(
            &Actor::caller(Some(12)),
            answer,
            json!({ "round": 1 }),
            &above(case),
            Safety::default(),
            &Policy::standard(),
            now,
        )?;
        Ok((change.case.clone().unwrap().1, change))
    }

    #[test]
    fn satisfied_closes() {
        let now = TEN.plus_ms(5);
        let (after, change) = answered(&resolved(1), Answer::Satisfied, now).unwrap();

        assert_eq!(
            (after.state, after.closed_at, after.due_at),
            (State::ClosedSatisfied, Some(now), None)
        );
        assert!(change.events[0].facts.contains(r#""in_time":true"#));
        assert_eq!(change.notices[0].kind, "closed");
    }

    #[test]
    fn not_satisfied_goes_above_the_level_that_resolved_with_a_fresh_clock() {
        let now = TEN.plus_ms(5);
        let (after, change) = answered(&resolved(2), Answer::NotSatisfied, now).unwrap();

        assert_eq!(
            (after.state, after.level, after.post),
            (State::WithOfficer, Level(3), Some(PostId(4)))
        );
        assert_eq!(after.due_at, Some(now.plus_ms(WEEK_MS)));
        assert!(!after.attended);
        assert!(!after.pressured);
        assert!(change.events[1].facts.contains(r#""reason":"DISSATISFIED","attended":true"#));
    }

    #[test]
    fn the_answer_and_the_move_are_two_linked_facts_under_one_gate() {
        let case = resolved(1);
        let (after, change) = answered(&case, Answer::NotSatisfied, TEN).unwrap();

        assert_eq!(change.case.as_ref().unwrap().0, Gate::Version(0));
        let mut chain = Chain::start();
        for event in &change.events {
            chain.follow(event).unwrap();
        }
        chain.end(after.version, &after.head).unwrap();
        assert_eq!(change.events[0].actor, "citizen:12");
        assert_eq!(change.events[1].actor, "system");
    }

    #[test]
    fn not_satisfied_at_the_last_level_stays_with_a_fresh_clock_and_a_flag() {
        let now = TEN.plus_ms(5);
        let (after, change) = answered(&resolved(4), Answer::NotSatisfied, now).unwrap();

        assert_eq!((after.state, after.level), (State::WithOfficer, Level(4)));
        assert_eq!(after.due_at, Some(now.plus_ms(WEEK_MS)));
        assert_eq!(after.dissatisfied_last, 1);
        assert!(change.events[1].body.contains(r#""flag":"LAST_LEVEL""#));
        assert!(change.events[1].body.contains(r#""state_queue":true"#));
    }

    #[test]
    fn pressure_goes_to_the_next_level_with_a_flag() {
        let (after, change) = answered(&resolved(1), Answer::Pressured, TEN).unwrap();

        assert_eq!(
            (after.state, after.level, after.pressured),
            (State::WithOfficer, Level(2), true)
        );
        assert!(change.events[1].facts.contains(r#""reason":"PRESSURED""#));

        let (last, _) = answered(&resolved(4), Answer::Pressured, TEN).unwrap();
        assert_eq!((last.level, last.pressured), (Level(4), true));
    }

    #[test]
    fn an_answer_after_the_round_ended_still_counts() {
        let case = Case { state: State::Unverified, ..resolved(1) };

        assert_eq!(
            answered(&case, Answer::Satisfied, TEN).unwrap().0.state,
            State::ClosedSatisfied
        );
        assert_eq!(answered(&case, Answer::NotSatisfied, TEN).unwrap().0.level, Level(2));
    }

    #[test]
    fn without_a_round_there_is_no_answer() {
        for (state, reason) in [
            (State::Unrouted, Refused::NoRoundOpen),
            (State::WithOfficer, Refused::NoRoundOpen),
            (State::SpecialCloseProposed, Refused::NoRoundOpen),
            (State::ClosedSatisfied, Refused::CaseClosed),
            (State::ClosedSpecial, Refused::CaseClosed),
            (State::ClosedForced, Refused::CaseClosed),
            (State::Withdrawn, Refused::CaseWithdrawn),
            (State::Merged, Refused::CaseMerged),
            (State::Forwarded, Refused::NotAComplaint),
        ] {
            for answer in [Answer::Satisfied, Answer::NotSatisfied, Answer::Pressured] {
                let case = Case { state, ..resolved(1) };
                assert_eq!(answered(&case, answer, TEN).unwrap_err(), reason, "{state} {answer}");
            }
        }
        for answer in [Answer::Confirmed, Answer::Declined] {
            let refused = answered(&resolved(1), answer, TEN).unwrap_err();
            assert_eq!(refused, Refused::NoRoundOpen, "{answer}");
        }
    }

    #[test]
    fn nothing_but_a_recorded_satisfied_answer_closes_a_case_as_satisfied() {
        use crate::domain::{
            case::officer::{Contact, ContactKind},
            citizen::Text,
            place::{Code, PlaceCode},
        };

        let by = Actor::system();
        let policy = Policy::standard();
        let text = || Text { id: 1, owner: "case:1000000".to_owned(), words: "x".repeat(40) };
        let safety = Safety::default();
        let late = TEN.plus_ms(9 * WEEK_MS);
        let mut closed = Vec::new();
        for state in State::ALL {
            for level in 1..=4 {
                let case = Case {
                    state: *state,
                    due_at: Some(TEN),
                    needs_review: true,
                    review_due_at: Some(TEN),
                    ..resolved(level)
                };
                let up = above(&case);
                let note = Contact { kind: ContactKind::Call, at: TEN, note: text() };
                let block = PlaceCode::new("block:phanda");
                let mut acts = vec![
                    ("open", case.open(&by, late)),
                    ("contact", case.contact(&by, note, late)),
                    ("resolve", case.resolve(&by, text(), safety, &policy.verification, late)),
                    ("escalate", case.escalate(&up, Seat::Held, &policy, late)),
                    ("attempted", case.attempted(&by, json!({}), late)),
                    ("round_ended", case.round_ended(safety, late)),
                    ("completed", case.completed(&by, Code::new("x"), block, None, &policy, late)),
                    ("review_late", case.review_late(late)),
                ];
                for answer in Answer::ALL {
                    let answered =
                        case.answered(&by, *answer, json!({}), &up, safety, &policy, late);
                    acts.push((answer.as_str(), answered));
                }
                for (act, change) in acts {
                    let Ok(change) = change else { continue };
                    if change.case.unwrap().1.state == State::ClosedSatisfied {
                        closed.push((*state, act));
                    }
                }
            }
        }
        closed.dedup();
        assert_eq!(
            closed,
            [
                (State::AwaitingVerification, "SATISFIED"),
                (State::PartiallyClosed, "SATISFIED"),
                (State::Unverified, "SATISFIED"),
            ]
        );
    }
}
