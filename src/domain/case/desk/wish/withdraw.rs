//! The citizen takes the complaint back: by the own call alone, confirmed, and never under pressure.

use serde_json::{Value, json};

use crate::domain::{
    actor::Actor,
    case::{
        Case, State,
        escalate::Seat,
        facts::Reason,
        moved::Above,
        table::{Act, verdict},
    },
    change::Change,
    citizen::Safety,
    policy::Policy,
    refused::Refused,
    time::Timestamp,
    verification::Purpose,
};

/// What the citizen said on the call.
#[derive(Clone, Debug)]
pub struct Withdrawal {
    pub confirmed: bool,
    /// "Did anyone press you?"
    pub pressed: bool,
    pub evidence: Value,
}

impl Case {
    /// Pressed, the case is not withdrawn: it is flagged and goes to the next level.
    pub fn withdraw(
        &self,
        by: &Actor,
        said: Withdrawal,
        above: &Above,
        safety: Safety,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        let act = if said.pressed { Act::WithdrawPressured } else { Act::Withdraw };
        verdict(self.state, act).check()?;
        if !said.confirmed {
            return Err(Refused::NotConfirmed);
        }
        let body = json!({ "confirmed": true, "pressed": said.pressed, "call": said.evidence });
        if !said.pressed {
            let after = self.over(State::Withdrawn, now);
            return Ok(Change::updating(after, now)
                .tell(by, "withdrawn", Some(self), body)
                .drops_rounds(Purpose::Resolution)
                .drops_rounds(Purpose::Withdrawal)
                .settles_all("WITHDRAWN")
                .notify_citizen("withdrawn", safety));
        }
        let flagged = Self { pressured: true, ..self.clone() };
        let told = Change::updating(flagged, now)
            .tell(by, "withdrawal_refused", Some(self), body)
            .drops_rounds(Purpose::Withdrawal);
        // Nobody is there yet who could have pressed, and no level to leave.
        if self.state == State::Unrouted {
            return Ok(told.notify_citizen("pressured", safety));
        }
        let linked = told.stands().clone();
        let change =
            linked.move_up(&Actor::system(), Reason::Pressured, above, Seat::Held, policy, now);
        let change = change.behind(told, self.version);
        Ok(change
            .drops_rounds(Purpose::Resolution)
            .drops_rounds(Purpose::Withdrawal)
            .notify_citizen("pressured", safety))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        case::{
            desk::tests::{after, kinds, to},
            tests::{TEN, WEEK_MS, case},
        },
        place::Level,
    };

    fn withdraw(case: &Case, confirmed: bool, pressed: bool) -> Result<Change, Refused> {
        let said = Withdrawal { confirmed, pressed, evidence: json!({}) };
        let above = Above::To(to("block:phanda", 2));
        let by = Actor::caller(Some(12));
        case.withdraw(&by, said, &above, Safety::default(), &Policy::standard(), TEN)
    }

    #[test]
    fn a_confirmed_withdrawal_ends_the_case() {
        let change = withdraw(&case(), true, false).unwrap();

        let gone = after(&change);
        assert_eq!((gone.state, gone.due_at, gone.closed_at), (State::Withdrawn, None, Some(TEN)));
        assert_eq!(change.events[0].actor, "citizen:12");
        assert_eq!(withdraw(&case(), false, false).unwrap_err(), Refused::NotConfirmed);
    }

    #[test]
    fn under_pressure_it_is_refused_flagged_and_goes_to_the_next_level() {
        let change = withdraw(&case(), true, true).unwrap();

        let up = after(&change);
        assert_eq!((up.state, up.level, up.pressured), (State::WithOfficer, Level(2), true));
        assert_eq!(up.due_at, Some(TEN.plus_ms(WEEK_MS)));
        assert_eq!(kinds(&change), ["withdrawal_refused", "escalated"]);
        assert!(change.events[1].facts.contains(r#""reason":"PRESSURED""#));
    }

    #[test]
    fn without_a_post_it_is_flagged_where_it_stands() {
        let unrouted = Case { state: State::Unrouted, post: None, due_at: None, ..case() };

        let stays = after(&withdraw(&unrouted, true, true).unwrap());

        assert_eq!((stays.state, stays.pressured), (State::Unrouted, true));
        let gone = after(&withdraw(&unrouted, true, false).unwrap());
        assert_eq!(gone.state, State::Withdrawn);
    }
}
