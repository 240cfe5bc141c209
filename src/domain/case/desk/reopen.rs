//! What opens a closed case again, and what the directorate orders at the last level.

use serde_json::{Value, json};

use crate::domain::{
    actor::Actor,
    case::{
        Case,
        escalate::Seat,
        facts::{Reason, named},
        matter::{About, Kind},
        moved::{Above, Destination},
        register::why,
        table::{Act, verdict},
    },
    change::Change,
    citizen::{Safety, Text},
    policy::Policy,
    refused::Refused,
    time::Timestamp,
    verification::Purpose,
    words,
};

words! {
    /// What the citizen said in the courtesy call after a special or forced close.
    pub enum Courtesy {
        Accepted = "ACCEPTED",
        NotSatisfied = "NOT_SATISFIED",
        NotReached = "NOT_REACHED",
    }
}

impl Case {
    /// By the citizen within thirty days: the level above the one that resolved, with a fresh clock.
    pub fn reopen(
        &self,
        by: &Actor,
        evidence: Value,
        above: &Above,
        safety: Safety,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Reopen).check()?;
        let closed = self.closed_at.ok_or(Refused::NotClosed)?;
        if now.since(closed) > policy.desk.reopen_ms {
            return Err(Refused::TooLate);
        }
        let told = Change::updating(self.clone(), now).tell(by, "reopened", Some(self), evidence);
        let linked = Self { closed_at: None, ..told.stands().clone() };
        // The closure was contradicted; whoever resolved did act.
        let linked = Self { attended: true, ..linked };
        let change =
            linked.move_up(&Actor::system(), Reason::Reopened, above, Seat::Held, policy, now);
        let change = change.behind(told, self.version).drops_rounds(Purpose::Reopening);
        Ok(change.notify_citizen("reopened", safety))
    }

    /// The citizen wants a special or forced close opened again; it waits for an order.
    pub fn ask_reopen(
        &self,
        by: &Actor,
        words: Text,
        body: Value,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::AskReopen).check()?;
        if self.aside().reopen_asked.is_some() {
            return Err(Refused::OpenAlready);
        }
        let after = self.clone().with_aside(|aside| aside.reopen_asked = Some(now));
        Ok(after.told(by, "reopen_asked", self, body, words, now).opens(
            by,
            Kind::Reopening,
            About::default(),
        ))
    }

    /// A person rang. Kept for grading; "not satisfied" is a request to open it again, and nothing else moves.
    pub fn courtesy(
        &self,
        by: &Actor,
        said: Courtesy,
        note: Text,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        let body = json!({ "text": named(&note) });
        let mut change = self.courtesy_said(by, said, body, now)?;
        change.texts.push(note);
        Ok(change)
    }

    /// As [`Case::courtesy`], of whatever call; `body` is its evidence.
    pub fn courtesy_said(
        &self,
        by: &Actor,
        said: Courtesy,
        mut body: Value,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::AskReopen).check()?;
        let asks = said == Courtesy::NotSatisfied && self.aside().reopen_asked.is_none();
        let after = if asks {
            self.clone().with_aside(|aside| aside.reopen_asked = Some(now))
        } else {
            self.clone()
        };
        body["said"] = said.as_str().into();
        let change = Change::updating(after, now).tell(by, "courtesy", Some(self), body);
        let change = match said {
            Courtesy::NotReached => change,
            Courtesy::Accepted | Courtesy::NotSatisfied => {
                change.settles(Kind::Courtesy, said.as_str()).drops_rounds(Purpose::Courtesy)
            }
        };
        Ok(if asks { change.opens(by, Kind::Reopening, About::default()) } else { change })
    }

    /// To the level that closed it, with a fresh clock. `to` was routed from that level on.
    pub fn reopen_by_order(
        &self,
        by: &Actor,
        reason: Text,
        to: &Destination,
        safety: Safety,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::ReopenByOrder).check()?;
        let mut after = Self { closed_at: None, directory: to.directory, ..self.clone() };
        after.arrive(to.routed.level, Some(to.routed.post), policy, now);
        let after = after.with_aside(|aside| {
            aside.closed = None;
            aside.reopen_asked = None;
        });
        let closed = Self { attended: true, due_at: None, ..self.clone() };
        let row = closed.row(Reason::Ordered, &after, Seat::Held, to.vacant, now);
        let body = json!({ "reason": named(&reason), "routed": why(to) });
        let mut change = Change::updating(after, now)
            .tell_row(by, "reopened_by_order", Some(self), Some(&row), body)
            .drops_rounds(Purpose::Courtesy)
            .settles_all("REOPENED")
            .notify_post("reopened", to.routed.post)
            .notify_citizen("reopened", safety);
        change.texts.push(reason);
        Ok(change)
    }

    /// After two dissatisfied rounds at the last level the directorate says what happens next.
    pub fn order_next_step(
        &self,
        by: &Actor,
        words: Text,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::OrderNextStep).check()?;
        if self.dissatisfied_last < policy.desk.next_step_rounds {
            return Err(Refused::NothingOpen);
        }
        let change = self
            .clone()
            .told(by, "next_step", self, json!({ "rounds": self.dissatisfied_last }), words, now)
            .settles(Kind::NextStep, "ORDERED");
        Ok(match self.post {
            Some(post) => change.notify_post("next_step", post),
            None => change,
        })
    }
}

impl Change {
    /// This change's facts come behind those of `told`, under the gate of the version that was read.
    #[must_use]
    pub(in crate::domain::case) fn behind(mut self, told: Self, version: i64) -> Self {
        self.events.splice(0..0, told.events);
        self.texts.extend(told.texts);
        if let Some((gate, _)) = self.case.as_mut() {
            *gate = crate::domain::change::Gate::Version(version);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        actor::Role,
        case::{
            State,
            aside::Closed,
            desk::tests::{after, kinds, staff, text, to},
            tests::{TEN, WEEK_MS, case},
        },
        place::{Level, PostId},
        time::DAY_MS,
    };

    fn satisfied() -> Case {
        Case {
            state: State::ClosedSatisfied,
            due_at: None,
            closed_at: Some(TEN),
            resolved_level: Some(Level(1)),
            ..case()
        }
    }

    fn closed(state: State) -> Case {
        Case { state, level: Level(3), due_at: None, closed_at: Some(TEN), ..case() }.with_aside(
            |aside| {
                aside.closed =
                    Some(Closed { level: Level(3), post: Some(PostId(4)), reason: None });
            },
        )
    }

    fn reopen(case: &Case, now: Timestamp) -> Result<Change, Refused> {
        let above = Above::To(to("block:phanda", 2));
        let by = Actor::caller(Some(12));
        case.reopen(&by, json!({}), &above, Safety::default(), &Policy::standard(), now)
    }

    #[test]
    fn a_citizen_reopens_within_thirty_days_to_the_level_above() {
        let now = TEN.plus_ms(30 * DAY_MS);
        let change = reopen(&satisfied(), now).unwrap();

        let open = after(&change);
        assert_eq!((open.state, open.level, open.closed_at), (State::WithOfficer, Level(2), None));
        assert_eq!(open.due_at, Some(now.plus_ms(WEEK_MS)));
        assert_eq!(kinds(&change), ["reopened", "escalated"]);
        assert!(change.events[1].facts.contains(r#""reason":"REOPENED","attended":true"#));
        assert_eq!(reopen(&satisfied(), now.plus_ms(1)).unwrap_err(), Refused::TooLate);
    }

    #[test]
    fn special_and_forced_closes_are_opened_by_order_at_the_level_that_closed() {
        for state in [State::ClosedSpecial, State::ClosedForced] {
            let case = closed(state);
            let change = case
                .reopen_by_order(
                    &staff(5, Role::Directorate),
                    text("the report is not true"),
                    &to("block:phanda", 3),
                    Safety::default(),
                    &Policy::standard(),
                    TEN.plus_ms(5),
                )
                .unwrap();

            let open = after(&change);
            assert_eq!((open.state, open.level), (State::WithOfficer, Level(3)));
            assert_eq!(open.due_at, Some(TEN.plus_ms(5 + WEEK_MS)));
            assert_eq!((open.closed_at, open.aside), (None, None));
            assert!(change.events[0].facts.contains(r#""reason":"ORDERED""#));
            assert_eq!(reopen(&case, TEN).unwrap_err(), Refused::ReopenedByOrderOnly);
        }
    }

    #[test]
    fn not_satisfied_in_the_courtesy_call_asks_once_and_moves_nothing() {
        let by = staff(6, Role::FeedbackCaller);
        let case = closed(State::ClosedForced);
        let change = case.courtesy(&by, Courtesy::NotSatisfied, text(""), TEN).unwrap();

        let asked = after(&change);
        assert_eq!(asked.state, State::ClosedForced);
        assert_eq!(change.matters[0].kind, Kind::Reopening);
        assert_eq!(change.settled[0].kind, Some(Kind::Courtesy));
        assert_eq!(
            asked.ask_reopen(&by, text("x"), json!({}), TEN).unwrap_err(),
            Refused::OpenAlready
        );
        let missed = case.courtesy(&by, Courtesy::NotReached, text(""), TEN).unwrap();
        assert_eq!((missed.matters.len(), missed.settled.len()), (0, 0));
    }

    #[test]
    fn the_directorate_orders_after_two_dissatisfied_rounds_at_the_last_level() {
        let order = |rounds| {
            let case = Case { level: Level(4), dissatisfied_last: rounds, ..case() };
            let by = staff(5, Role::Directorate);
            case.order_next_step(&by, text("visit with the SE"), &Policy::standard(), TEN)
        };

        assert_eq!(order(1).unwrap_err(), Refused::NothingOpen);
        let change = order(2).unwrap();
        assert_eq!(after(&change).due_at, case().due_at);
        assert_eq!(change.settled[0].kind, Some(Kind::NextStep));
    }
}
