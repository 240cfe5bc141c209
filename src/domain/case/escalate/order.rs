//! Up to the next level by a person's order, where the policy makes level 3's due time wait for one (rule book 1.2).

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Seat;
use crate::domain::{
    actor::Actor,
    case::{
        Case, State,
        facts::{Reason, named},
        matter::Kind,
        moved::Above,
        table::{Act, verdict},
    },
    change::Change,
    citizen::{Safety, Text},
    policy::Policy,
    refused::Refused,
    time::Timestamp,
    words,
};

words! {
    /// Why a case is ordered up; the policy lists those that are good.
    #[derive(Serialize, Deserialize)]
    pub enum Ground {
        /// What it needs only the next level can sanction.
        NeedsSanction = "NEEDS_SANCTION",
        BeyondPowers = "BEYOND_POWERS",
        OtherDepartment = "OTHER_DEPARTMENT",
        PolicyMatter = "POLICY_MATTER",
        /// The level let it lie.
        Neglected = "NEGLECTED",
    }
}

impl Case {
    /// Only once its due time has passed and it stayed for an order: the overdue row has charged the stay already.
    pub fn order_escalation(
        &self,
        by: &Actor,
        (ground, reason): (Ground, Text),
        above: &Above,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::OrderEscalation).check()?;
        if !self.overdue_last {
            return Err(Refused::NotDue);
        }
        let to = match above {
            Above::To(to) => to,
            Above::Last => return Err(Refused::WrongLevel),
            Above::NoPost => return Err(Refused::NoPostThere),
        };
        if !policy.desk.rise_grounds.contains(&ground) {
            return Err(Refused::GroundNotListed);
        }
        let body = json!({ "ground": ground.as_str(), "text": named(&reason) });
        let mut told =
            Change::updating(self.clone(), now).tell(by, "escalation_ordered", Some(self), body);
        told.texts.push(reason);
        let ordered = told.stands().clone();
        let change = ordered
            .raise(by, Reason::Ordered, to, Seat::Charged, policy, now)
            .behind(told, self.version)
            // Whether the citizen wants messages is asked when it is sent.
            .notify_citizen("escalated", Safety::default());
        let lapsed = self.state == State::SpecialCloseProposed
            && change.stands().state != State::SpecialCloseProposed;
        Ok(if lapsed { change.settles(Kind::Proposal, "LAPSED") } else { change })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        actor::{Channel, Role},
        case::{
            moved::Destination,
            tests::{TEN, WEEK_MS, case},
        },
        place::{Code, Level, PostId},
        routing::tests::index,
    };

    fn above() -> Above {
        let energy = Code::new("energy");
        let routed = index().route(&energy, &case().place, Level(4)).unwrap();
        Above::To(Destination { routed, vacant: false, directory: 1 })
    }

    fn overdue() -> Case {
        Case { level: Level(3), post: Some(PostId(4)), overdue_last: true, ..case() }
    }

    fn order(
        case: &Case,
        ground: Ground,
        above: &Above,
        policy: &Policy,
    ) -> Result<Change, Refused> {
        let by = Actor {
            account: Some(5),
            role: Role::Directorate,
            channel: Channel::Portal,
            ..Actor::system()
        };
        let reason = Text { id: 9, owner: case.stream(), words: "funds of the state".to_owned() };
        case.order_escalation(&by, (ground, reason), above, policy, TEN.plus_ms(WEEK_MS + 5))
    }

    #[test]
    fn an_order_moves_an_overdue_case_up_with_a_fresh_clock_and_charges_nobody_twice() {
        let change =
            order(&overdue(), Ground::NeedsSanction, &above(), &Policy::standard()).unwrap();

        let after = change.stands();
        assert_eq!((after.level, after.post), (Level(4), Some(PostId(5))));
        assert_eq!(after.due_at, Some(TEN.plus_ms(2 * WEEK_MS + 5)));
        assert!(!after.overdue_last);
        let kinds: Vec<_> = change.events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["escalation_ordered", "escalated"]);
        assert!(change.events[0].body.contains(r#""ground":"NEEDS_SANCTION""#));
        let row = &change.events[1].facts;
        assert!(row.contains(r#""reason":"ORDERED","attended":false,"charged":null"#), "{row}");
        assert_eq!(change.settled[0].kind, Some(Kind::Escalation));
        assert_eq!(change.settled[0].settlement.outcome, "ORDERED");
        let told: Vec<_> = change.notices.iter().map(|notice| notice.kind.as_str()).collect();
        assert_eq!(told, ["escalated", "escalated"]);
    }

    #[test]
    fn an_order_waits_for_the_due_time_a_level_above_and_a_listed_ground() {
        let standard = Policy::standard();
        let neglected = |case: &Case, above: &Above| {
            order(case, Ground::Neglected, above, &standard).unwrap_err()
        };

        let running = Case { overdue_last: false, ..overdue() };
        assert_eq!(neglected(&running, &above()), Refused::NotDue);
        assert_eq!(neglected(&overdue(), &Above::Last), Refused::WrongLevel);
        assert_eq!(neglected(&overdue(), &Above::NoPost), Refused::NoPostThere);
        let mut strict = Policy::standard();
        strict.desk.rise_grounds = vec![Ground::PolicyMatter];
        let unlisted = order(&overdue(), Ground::Neglected, &above(), &strict).unwrap_err();
        assert_eq!(unlisted, Refused::GroundNotListed);
        assert!(order(&overdue(), Ground::PolicyMatter, &above(), &strict).is_ok());
    }
}
