//! PC and WIT (R34): part is done, the rest needs long. The level's clock stops, and a date runs in its place.

use serde_json::json;

use crate::domain::{
    actor::Actor,
    case::{
        Case, State,
        aside::{OrderedRounds, Partial},
        resolve,
        table::{Act, verdict},
    },
    change::{Change, Gate},
    citizen::{Safety, Text},
    policy::{Desk, Verification},
    refused::Refused,
    time::Timestamp,
    verification::{Round, RoundState},
};

impl Case {
    /// Once per stay, before the level's time is over, for at most thirty days. Not in a stay that carries the
    /// due time of the level above.
    pub fn partial_close(
        &self,
        by: &Actor,
        reason: Text,
        until: Timestamp,
        safety: Safety,
        policy: &Desk,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::PartialClose).check()?;
        if self.partial_of_stay().is_some() || self.is_sent_back() {
            return Err(Refused::OncePerStay);
        }
        if self.overdue_last || self.due_at.is_none_or(|due| due <= now) {
            return Err(Refused::TimeOver);
        }
        if until <= now || until > now.plus_ms(policy.partial_ms_max) {
            return Err(Refused::DateNotAllowed);
        }
        let stay = self.stay;
        let after = Self {
            state: State::PartiallyClosed,
            due_at: Some(until),
            attended: true,
            seen: true,
            ..self.clone()
        }
        .with_aside(|aside| aside.partial = Some(Partial { stay, extended: false }));
        let body = json!({ "until": until.ms(), "level_due": self.due_at.map(Timestamp::ms) });
        Ok(after
            .told(by, "partially_closed", self, body, reason, now)
            .notify_citizen("partially_closed", safety))
    }

    /// WIT: the one extension, with a date of its own at most fifteen days behind the first.
    pub fn extend_partial(
        &self,
        by: &Actor,
        reason: Text,
        until: Timestamp,
        safety: Safety,
        policy: &Desk,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::ExtendPartial).check()?;
        let partial = self.partial_of_stay().ok_or(Refused::NotPartiallyClosed)?;
        let date = self.due_at.ok_or(Refused::NoClock)?;
        if partial.extended {
            return Err(Refused::OncePerStay);
        }
        if date <= now {
            return Err(Refused::TimeOver);
        }
        if until <= date || until > date.plus_ms(policy.extension_ms_max) {
            return Err(Refused::DateNotAllowed);
        }
        let stay = self.stay;
        let after = Self { due_at: Some(until), ..self.clone() }
            .with_aside(|aside| aside.partial = Some(Partial { stay, extended: true }));
        let body = json!({ "code": "WIT", "until": until.ms(), "first": date.ms() });
        Ok(after.told(by, "extended", self, body, reason, now).notify_citizen("extended", safety))
    }

    /// The citizen wants to be asked now: of a PC at any time, and of a case that nobody could be asked about.
    /// `last` is the case's last round.
    pub fn demand_round(
        &self,
        by: &Actor,
        last: Option<&Round>,
        safety: Safety,
        policy: &Verification,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::DemandRound).check()?;
        self.another_round(by, "round_demanded", last, safety, policy, now)
    }

    /// At most two, seven days apart (rule book 1.1).
    pub fn order_round(
        &self,
        by: &Actor,
        last: Option<&Round>,
        safety: Safety,
        (policy, desk): (&Verification, &Desk),
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::OrderRound).check()?;
        let count = match &self.aside().ordered_rounds {
            Some(ordered) if ordered.count >= desk.ordered_rounds_max => {
                return Err(Refused::TooLate);
            }
            Some(ordered) if now < ordered.last.plus_ms(desk.ordered_rounds_ms) => {
                return Err(Refused::OpenAlready);
            }
            Some(ordered) => ordered.count + 1,
            None => 1,
        };
        let mut change = self.another_round(by, "round_ordered", last, safety, policy, now)?;
        change.case = change.case.map(|(gate, case)| {
            let ordered = OrderedRounds { count, last: now };
            (gate, case.with_aside(|aside| aside.ordered_rounds = Some(ordered)))
        });
        Ok(change)
    }

    fn another_round(
        &self,
        by: &Actor,
        kind: &str,
        last: Option<&Round>,
        safety: Safety,
        policy: &Verification,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        if last.is_some_and(|round| round.state == RoundState::Open) {
            return Err(Refused::VerificationOpen);
        }
        // A PC stays one while its citizen is asked; an unverified case waits for the answer again.
        let state = match self.state {
            State::Unverified => State::AwaitingVerification,
            other => other,
        };
        let after = Self { state, round: self.round + 1, ..self.clone() };
        let round = resolve::round(&after, safety, policy, now);
        let body = json!({ "round": round.round });
        let mut change = Change::updating(after, now).tell(by, kind, Some(self), body);
        change.round = Some((Gate::New, round));
        Ok(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        case::{
            desk::tests::{after, officer, text},
            escalate::Seat,
            moved::Above,
            tests::{TEN, WEEK_MS, case},
        },
        policy::Policy,
        time::DAY_MS,
    };

    const DAY_29: i64 = 29 * DAY_MS;

    fn close(case: &Case, until_ms: i64, now: Timestamp) -> Result<Change, Refused> {
        let policy = Desk::default();
        let until = TEN.plus_ms(until_ms);
        let safety = Safety::default();
        case.partial_close(
            &officer(7, 1, 1),
            text("a pole is missing"),
            until,
            safety,
            &policy,
            now,
        )
    }

    fn extend(case: &Case, until_ms: i64, now: Timestamp) -> Result<Change, Refused> {
        let until = TEN.plus_ms(until_ms);
        let safety = Safety::default();
        case.extend_partial(&officer(7, 1, 1), text("late"), until, safety, &Desk::default(), now)
    }

    #[test]
    fn a_pc_stops_the_clock_and_runs_to_its_date() {
        let change = close(&case(), DAY_29, TEN).unwrap();

        let after = after(&change);
        assert_eq!(
            (after.state, after.due_at),
            (State::PartiallyClosed, Some(TEN.plus_ms(DAY_29)))
        );
        assert!(after.attended);
        assert_eq!(change.notices[0].kind, "partially_closed");
    }

    #[test]
    fn a_pc_lasts_thirty_days_at_most_and_comes_once_per_stay() {
        assert!(close(&case(), 30 * DAY_MS, TEN).is_ok());
        let too_far = close(&case(), 30 * DAY_MS + 1, TEN).unwrap_err();
        assert_eq!(too_far, Refused::DateNotAllowed);

        let closed = after(&close(&case(), DAY_29, TEN).unwrap());
        let again = Case { state: State::WithOfficer, ..closed };
        assert_eq!(close(&again, DAY_29, TEN).unwrap_err(), Refused::OncePerStay);
        let next_stay = Case { stay: 2, ..again };
        assert!(close(&next_stay, DAY_29, TEN).is_ok());
    }

    #[test]
    fn a_pc_is_no_way_out_of_a_time_that_is_over() {
        let late = TEN.plus_ms(WEEK_MS);
        assert_eq!(close(&case(), WEEK_MS + 1, late).unwrap_err(), Refused::TimeOver);

        let overdue = Case { overdue_last: true, level: crate::domain::place::Level(4), ..case() };
        assert_eq!(close(&overdue, DAY_29, late).unwrap_err(), Refused::TimeOver);
    }

    #[test]
    fn a_wit_moves_the_date_once_by_fifteen_days_at_most() {
        let closed = after(&close(&case(), DAY_29, TEN).unwrap());
        let date = |days| DAY_29 + days * DAY_MS;

        assert_eq!(extend(&closed, date(0), TEN).unwrap_err(), Refused::DateNotAllowed);
        assert_eq!(extend(&closed, date(15) + 1, TEN).unwrap_err(), Refused::DateNotAllowed);
        let extended = after(&extend(&closed, date(15), TEN).unwrap());
        assert_eq!(extended.due_at, Some(TEN.plus_ms(44 * DAY_MS)));
        assert_eq!(extend(&extended, date(16), TEN).unwrap_err(), Refused::OncePerStay);
        let over = TEN.plus_ms(DAY_29);
        assert_eq!(extend(&closed, date(1), over).unwrap_err(), Refused::TimeOver);
    }

    #[test]
    fn the_date_of_a_pc_goes_up_and_at_the_last_level_gives_a_fresh_clock() {
        let last = Case { level: crate::domain::place::Level(4), ..case() };
        let closed = after(&close(&last, DAY_29, TEN).unwrap());
        let now = TEN.plus_ms(DAY_29);

        let early = closed.escalate(&Above::Last, Seat::Held, &Policy::standard(), now.plus_ms(-1));
        assert_eq!(early.unwrap_err(), Refused::NotDue);
        let stayed = closed.escalate(&Above::Last, Seat::Held, &Policy::standard(), now).unwrap();
        assert_eq!(after(&stayed).due_at, Some(now.plus_ms(WEEK_MS)));
        assert_eq!(after(&stayed).state, State::WithOfficer);
        assert!(close(&after(&stayed), DAY_29 + WEEK_MS, now).is_ok());
    }

    #[test]
    fn the_citizen_may_demand_to_be_asked_while_it_stays_partially_closed() {
        let policy = Policy::standard();
        let closed = after(&close(&case(), DAY_29, TEN).unwrap());
        let demand = |case: &Case, last: Option<&Round>| {
            let by = Actor::caller(Some(12));
            case.demand_round(&by, last, Safety::default(), &policy.verification, TEN)
        };

        let change = demand(&closed, None).unwrap();

        assert_eq!(after(&change).state, State::PartiallyClosed);
        assert_eq!(after(&change).due_at, Some(TEN.plus_ms(DAY_29)));
        let (_, round) = change.round.clone().unwrap();
        assert_eq!((round.round, round.state), (1, RoundState::Open));
        let twice = demand(&after(&change), Some(&round)).unwrap_err();
        assert_eq!(twice, Refused::VerificationOpen);
        assert_eq!(demand(&case(), None).unwrap_err(), Refused::NotPartiallyClosed);
    }

    #[test]
    fn a_supervisor_orders_two_rounds_seven_days_apart() {
        let policy = Policy::standard();
        let order = |case: &Case, now: Timestamp| {
            let by = Actor::system();
            let policies = (&policy.verification, &policy.desk);
            case.order_round(&by, None, Safety::default(), policies, now)
        };
        let unverified = Case { state: State::Unverified, due_at: None, ..case() };

        let once = after(&order(&unverified, TEN).unwrap());
        assert_eq!((once.state, once.round), (State::AwaitingVerification, 1));
        let once = Case { state: State::Unverified, ..once };
        let early = order(&once, TEN.plus_ms(WEEK_MS - 1)).unwrap_err();
        assert_eq!(early, Refused::OpenAlready);
        let twice = after(&order(&once, TEN.plus_ms(WEEK_MS)).unwrap());
        let twice = Case { state: State::Unverified, ..twice };
        assert_eq!(order(&twice, TEN.plus_ms(9 * WEEK_MS)).unwrap_err(), Refused::TooLate);
    }
}
