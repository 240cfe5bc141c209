//! Time ran out: the case moves one level up by itself (R04), or stays at the last with one row.

pub mod order;

use serde_json::json;

use super::{
    Case, State,
    facts::{Charged, Escalation, Reason},
    matter::{About, Kind},
    moved::{Above, Destination},
    register::why,
    table::{Act, verdict},
};
use crate::domain::{
    actor::Actor,
    change::Change,
    citizen::Safety,
    directory::Rise,
    place::{Level, PostId},
    policy::Policy,
    refused::Refused,
    time::Timestamp,
};

/// Was the post held by anybody while the clock ran?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    Held,
    /// The case was handed over too late: the post that had it before answers, and was held.
    Before(PostId),
    Vacant,
    /// A row of this stay has charged it already.
    Charged,
    /// No post here had the case for a day.
    Elsewhere,
}

impl Case {
    /// Moves a case whose time is over: at most one level, however long it was left alone.
    pub fn escalate(
        &self,
        above: &Above,
        seat: Seat,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        let change = self.moves_by_itself(above, seat, policy, now)?;
        Ok(Change { keeps_matter: true, ..change })
    }

    fn moves_by_itself(
        &self,
        above: &Above,
        seat: Seat,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Due).check()?;
        if self.overdue_last || self.due_at.is_none_or(|due| now < due) {
            return Err(Refused::NotDue);
        }
        let by = Actor::system();
        if let Some((_, after)) = self.returned() {
            let row = self.row(Reason::Timeout, &after, seat, false, now);
            let post = after.post;
            let change = Change::updating(after, now).tell_row(
                &by,
                "returned",
                Some(self),
                Some(&row),
                json!({ "sent_back": true }),
            );
            return Ok(match post {
                Some(post) => change.notify_post("escalated", post),
                None => change,
            });
        }
        if self.state == State::PartiallyClosed {
            return Ok(self.move_up(&by, Reason::PcExpired, above, seat, policy, now));
        }
        if self.state == State::Unrouted {
            return Ok(self.unrouted_late(now));
        }
        match above {
            Above::To(to) if policy.l3_to_l4 == Rise::Manual && self.rises_to_l4(to) => {
                let waits = About {
                    to_post: Some(to.routed.post),
                    code: "MANUAL".into(),
                    ..About::default()
                };
                Ok(self.overdue_last(&by, Reason::OverdueManual, seat, now).opens(
                    &by,
                    Kind::Escalation,
                    waits,
                ))
            }
            Above::To(to) => {
                let change = self
                    .raise(&by, Reason::Timeout, to, seat, policy, now)
                    // Whether the citizen wants messages is asked when it is sent.
                    .notify_citizen("escalated", Safety::default());
                let lapsed = self.state == State::SpecialCloseProposed
                    && change.stands().state != State::SpecialCloseProposed;
                Ok(if lapsed { change.settles(Kind::Proposal, "LAPSED") } else { change })
            }
            Above::Last => Ok(self.overdue_last(&by, Reason::OverdueLast, seat, now)),
            Above::NoPost => Ok(self.overdue_last(&by, Reason::NoPost, seat, now)),
        }
    }

    /// Goes to the next level with a fresh clock; where there is none it stays with a fresh clock and a flag.
    pub(super) fn move_up(
        &self,
        by: &Actor,
        reason: Reason,
        above: &Above,
        seat: Seat,
        policy: &Policy,
        now: Timestamp,
    ) -> Change {
        match above {
            Above::To(to) => self.raise(by, reason, to, seat, policy, now),
            Above::Last | Above::NoPost => {
                let mut after = self.clone();
                after.stay_on(policy, now);
                if reason == Reason::Dissatisfied {
                    after.dissatisfied_last += 1;
                }
                after.pressured |= reason == Reason::Pressured;
                let calls = reason == Reason::Dissatisfied
                    && after.dissatisfied_last >= policy.desk.next_step_rounds;
                let row = self.row(reason, self, seat, false, now);
                let body = json!({
                    "flag": "LAST_LEVEL",
                    "alarm": (*above == Above::NoPost).then_some("NO_POST"),
                    "state_queue": true,
                });
                let change = Change::updating(after, now).tell_row(
                    by,
                    "stayed",
                    Some(self),
                    Some(&row),
                    body,
                );
                if !calls {
                    return change;
                }
                let due_at = Some(now.plus_ms(policy.desk.next_step_ms));
                change.opens(by, Kind::NextStep, About { due_at, ..About::default() })
            }
        }
    }

    fn raise(
        &self,
        by: &Actor,
        reason: Reason,
        to: &Destination,
        seat: Seat,
        policy: &Policy,
        now: Timestamp,
    ) -> Change {
        let mut after = self.clone();
        after.directory = to.directory;
        after.pressured |= reason == Reason::Pressured;
        after.arrive(to.routed.level, Some(to.routed.post), policy, now);
        // A proposal of level 2 goes on before level 3; at level 3's own due time it lapses.
        let proposal = self.aside().proposal.as_ref();
        let proposed_here = proposal.map_or(self.level.0 == 2, |made| made.level == self.level);
        if self.state == State::SpecialCloseProposed && proposed_here {
            after.state = State::SpecialCloseProposed;
        }
        let row = self.row(reason, &after, seat, to.vacant, now);
        let post = after.post;
        let change =
            Change::updating(after, now).tell_row(by, "escalated", Some(self), Some(&row), why(to));
        let change = change.pass_by(by, to, &row).notify_post("escalated", post);
        if self.overdue_last { change.settles(Kind::Escalation, reason.as_str()) } else { change }
    }

    /// Nobody routed it in its day: the district's nodal officer has it in the queue from here on.
    fn unrouted_late(&self, now: Timestamp) -> Change {
        let after = Self { due_at: None, ..self.clone() };
        let body = json!({ "alarm": "UNROUTED", "queue": "NODAL" });
        Change::updating(after, now).tell(&Actor::system(), "unrouted_late", Some(self), body)
    }

    fn rises_to_l4(&self, to: &Destination) -> bool {
        self.level <= Level(3) && to.routed.level > Level(3)
    }

    /// One row, the state queue and an alarm; no fresh clock and no repetition.
    fn overdue_last(&self, by: &Actor, reason: Reason, seat: Seat, now: Timestamp) -> Change {
        let after = Self { overdue_last: true, ..self.clone() };
        let row = self.row(reason, self, seat, false, now);
        let body = json!({ "alarm": reason.as_str(), "state_queue": true });
        Change::updating(after, now).tell_row(by, "overdue_last", Some(self), Some(&row), body)
    }

    pub(super) fn row(
        &self,
        reason: Reason,
        to: &Self,
        seat: Seat,
        to_vacant: bool,
        now: Timestamp,
    ) -> Escalation {
        let charged = match (self.attended, seat, self.post) {
            (true, _, _)
            | (false, Seat::Held, None)
            | (false, Seat::Charged | Seat::Elsewhere, _) => Charged::Nobody,
            (false, Seat::Vacant, _) => Charged::Vacant,
            (false, Seat::Held, Some(post)) | (false, Seat::Before(post), _) => Charged::Post(post),
        };
        Escalation {
            from: self.level,
            to: to.level,
            due: self.due_at,
            moved: now,
            reason,
            attended: self.attended,
            charged,
            to_vacant,
        }
    }
}

impl Change {
    /// A row for each level that was passed because no post sits there.
    pub(super) fn pass_by(mut self, by: &Actor, to: &Destination, row: &Escalation) -> Self {
        for passed in &to.routed.without_post {
            let row = Escalation {
                from: *passed,
                to: to.routed.level,
                reason: Reason::NoPost,
                attended: false,
                charged: Charged::Nobody,
                ..row.clone()
            };
            let as_it_stands = self.case.as_ref().map(|(_, case)| case.clone());
            let body = json!({ "without_post": passed.0 });
            self = self.tell_row(by, "no_post", as_it_stands.as_ref(), Some(&row), body);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        case::tests::{TEN, WEEK_MS, case},
        place::Code,
        routing::tests::index,
    };

    fn above(case: &Case) -> Above {
        if case.level >= case.ladder {
            return Above::Last;
        }
        match index().route(&case.department, &case.place, case.level.next()) {
            Some(routed) => Above::To(Destination { routed, vacant: false, directory: 1 }),
            None => Above::NoPost,
        }
    }

    fn sweep(case: &Case, now: Timestamp) -> Result<(Case, Change), Refused> {
        let change = case.escalate(&above(case), Seat::Held, &Policy::standard(), now)?;
        Ok((change.case.clone().unwrap().1, change))
    }

    /// What the writer does not write of a case that moves by itself.
    #[test]
    fn a_case_that_moves_by_itself_is_about_what_it_was_about() {
        let states = [
            State::WithOfficer,
            State::PartiallyClosed,
            State::SpecialCloseProposed,
            State::Unrouted,
        ];
        for (state, level) in states.into_iter().flat_map(|state| [(state, 1), (state, 4)]) {
            let case = Case { state, level: Level(level), round: 2, ..case() };
            let (after, change) = sweep(&case, TEN.plus_ms(WEEK_MS)).unwrap();

            assert!(change.keeps_matter, "{state}");
            let written = Case {
                state: after.state,
                level: after.level,
                post: after.post,
                directory: after.directory,
                policy: after.policy,
                arrived_at: after.arrived_at,
                due_at: after.due_at,
                stay: after.stay,
                attended: after.attended,
                seen: after.seen,
                overdue_last: after.overdue_last,
                resolved_at: after.resolved_at,
                resolved_level: after.resolved_level,
                in_time: after.in_time,
                dissatisfied_last: after.dissatisfied_last,
                version: after.version,
                head: after.head,
                aside: after.aside.clone(),
                ..case
            };
            assert_eq!(written, after, "{state} at {level}");
        }
    }

    #[test]
    fn with_the_manual_switch_level_3_waits_for_an_order_with_one_row_and_a_place_in_the_queue() {
        let manual = Policy { l3_to_l4: Rise::Manual, ..Policy::standard() };
        let at = |level| Case { level: Level(level), ..case() };
        let late = TEN.plus_ms(WEEK_MS);
        let move_it = |case: &Case| {
            let change = case.escalate(&above(case), Seat::Held, &manual, late).unwrap();
            (change.case.clone().unwrap().1, change)
        };

        let (risen, _) = move_it(&at(2));
        assert_eq!((risen.level, risen.overdue_last), (Level(3), false));
        let (waits, change) = move_it(&at(3));
        assert_eq!((waits.level, waits.overdue_last), (Level(3), true));
        assert_eq!(waits.due_at, at(3).due_at);
        assert!(change.events[0].facts.contains("OVERDUE_MANUAL"), "{}", change.events[0].facts);
        assert!(change.events[0].body.contains("state_queue"), "{}", change.events[0].body);
        let waiting = &change.matters[0];
        assert_eq!((waiting.kind, waiting.to_post), (Kind::Escalation, Some(PostId(5))));
        let again = waits.escalate(&above(&waits), Seat::Held, &manual, late.plus_ms(WEEK_MS));
        assert_eq!(again.unwrap_err(), Refused::NotDue);
    }

    #[test]
    fn nothing_moves_a_millisecond_early() {
        assert_eq!(sweep(&case(), TEN.plus_ms(WEEK_MS - 1)).unwrap_err(), Refused::NotDue);
        assert!(sweep(&case(), TEN.plus_ms(WEEK_MS)).is_ok());
    }

    #[test]
    fn untouched_it_climbs_to_the_last_level_and_stays_there_with_one_row() {
        let mut case = case();
        let mut now = TEN;
        for (level, post) in [(2, 3), (3, 4), (4, 5)] {
            now = now.plus_ms(WEEK_MS);
            let (after, change) = sweep(&case, now).unwrap();

            assert_eq!((after.level, after.post), (Level(level), Some(PostId(post))));
            assert_eq!(after.due_at, Some(now.plus_ms(604_800_000)));
            assert_eq!(change.events.len(), 1);
            assert!(change.events[0].facts.contains(r#""reason":"TIMEOUT","attended":false"#));
            case = after;
        }

        now = now.plus_ms(WEEK_MS);
        let due = case.due_at;
        let (after, change) = sweep(&case, now).unwrap();
        assert_eq!((after.level, after.overdue_last, after.due_at), (Level(4), true, due));
        assert_eq!(change.events[0].kind, "overdue_last");
        assert!(change.events[0].facts.contains(r#""reason":"OVERDUE_LAST""#));
        assert_eq!(sweep(&after, now.plus_ms(WEEK_MS)).unwrap_err(), Refused::NotDue);
    }

    #[test]
    fn an_outage_of_weeks_moves_a_case_one_level_with_a_full_clock() {
        let late = TEN.plus_ms(5 * WEEK_MS);

        let (after, _) = sweep(&case(), late).unwrap();

        assert_eq!(after.level, Level(2));
        assert_eq!(after.due_at, Some(late.plus_ms(604_800_000)));
        assert_eq!(sweep(&after, late).unwrap_err(), Refused::NotDue);
    }

    #[test]
    fn a_stay_that_was_attended_says_so_and_charges_nobody() {
        let case = Case { attended: true, ..case() };

        let (after, change) = sweep(&case, TEN.plus_ms(WEEK_MS)).unwrap();

        assert!(change.events[0].facts.contains(r#""attended":true,"charged":null"#));
        assert!(!after.attended);
    }

    #[test]
    fn a_level_not_attended_is_charged_to_its_post_and_to_nobody_when_vacant() {
        let facts = |seat| {
            let case = case();
            let now = TEN.plus_ms(WEEK_MS);
            let change = case.escalate(&above(&case), seat, &Policy::standard(), now).unwrap();
            change.events[0].facts.clone()
        };

        assert!(facts(Seat::Held).contains(r#""charged":1,"to_vacant":false"#));
        assert!(facts(Seat::Before(PostId(9))).contains(r#""charged":9"#));
        assert!(facts(Seat::Vacant).contains(r#""charged":"VACANT""#));
    }

    #[test]
    fn into_a_vacant_post_the_case_still_goes() {
        let Above::To(to) = above(&case()) else { panic!("there is a level 2") };
        let above = Above::To(Destination { vacant: true, ..to });
        let now = TEN.plus_ms(WEEK_MS);

        let change = case().escalate(&above, Seat::Held, &Policy::standard(), now).unwrap();

        assert_eq!(change.case.unwrap().1.post, Some(PostId(3)));
        assert!(change.events[0].facts.contains(r#""to_vacant":true"#));
    }

    #[test]
    fn a_level_without_a_post_gets_a_row_of_its_own_in_the_same_sweep() {
        let Above::To(mut to) = above(&case()) else { panic!("there is a level 2") };
        to.routed.level = Level(3);
        to.routed.without_post = vec![Level(2)];
        let now = TEN.plus_ms(WEEK_MS);

        let change = case().escalate(&Above::To(to), Seat::Held, &Policy::standard(), now).unwrap();

        let kinds: Vec<_> = change.events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["escalated", "no_post"]);
        assert!(change.events[1].facts.contains(r#""from":2,"to":3,"#));
        assert!(change.events[1].facts.contains(r#""reason":"NO_POST""#));
    }

    #[test]
    fn no_post_at_any_level_above_keeps_it_with_an_alarm_once() {
        let case = Case { department: Code::new("empty"), ..case() };

        let (after, change) = sweep(&case, TEN.plus_ms(WEEK_MS)).unwrap();

        assert_eq!((after.level, after.overdue_last), (Level(1), true));
        assert!(change.events[0].body.contains(r#""alarm":"NO_POST""#));
        assert_eq!(sweep(&after, TEN.plus_ms(3 * WEEK_MS)).unwrap_err(), Refused::NotDue);
    }

    #[test]
    fn a_partial_closure_whose_date_passed_goes_up() {
        let case = Case { state: State::PartiallyClosed, ..case() };

        let (after, change) = sweep(&case, TEN.plus_ms(WEEK_MS)).unwrap();

        assert_eq!((after.state, after.level), (State::WithOfficer, Level(2)));
        assert!(change.events[0].facts.contains(r#""reason":"PC_EXPIRED""#));
    }

    #[test]
    fn a_partial_closure_at_the_last_level_stays_with_a_fresh_clock() {
        let case = Case { state: State::PartiallyClosed, level: Level(4), ..case() };
        let now = TEN.plus_ms(WEEK_MS);

        let (after, _) = sweep(&case, now).unwrap();

        assert_eq!((after.state, after.level), (State::WithOfficer, Level(4)));
        assert_eq!(after.due_at, Some(now.plus_ms(604_800_000)));
    }

    #[test]
    fn a_proposal_of_level_two_goes_on_before_level_three_and_lapses_there() {
        let case = Case { state: State::SpecialCloseProposed, level: Level(2), ..case() };

        let (at_three, _) = sweep(&case, TEN.plus_ms(WEEK_MS)).unwrap();
        assert_eq!((at_three.state, at_three.level), (State::SpecialCloseProposed, Level(3)));

        let (at_four, _) = sweep(&at_three, TEN.plus_ms(2 * WEEK_MS)).unwrap();
        assert_eq!((at_four.state, at_four.level), (State::WithOfficer, Level(4)));
    }

    #[test]
    fn a_case_that_nobody_routed_in_its_day_is_said_once_and_stays() {
        let unrouted = Case { state: State::Unrouted, post: None, due_at: Some(TEN), ..case() };
        let late = |case: &Case| {
            case.escalate(&Above::Last, Seat::Vacant, &Policy::standard(), TEN.plus_ms(1))
        };

        let change = late(&unrouted).unwrap();

        let after = &change.case.as_ref().unwrap().1;
        assert_eq!((after.state, after.due_at, after.level), (State::Unrouted, None, Level(1)));
        assert!(change.events[0].body.contains(r#""queue":"NODAL""#));
        assert_eq!(late(after).unwrap_err(), Refused::NotDue);
    }

    #[test]
    fn no_clock_runs_in_the_other_states() {
        for state in [
            State::AwaitingVerification,
            State::Unverified,
            State::ClosedSatisfied,
            State::Merged,
            State::Forwarded,
        ] {
            let case = Case { state, ..case() };
            assert_eq!(sweep(&case, TEN.plus_ms(WEEK_MS)).unwrap_err(), Refused::NoClock);
        }
    }
}
