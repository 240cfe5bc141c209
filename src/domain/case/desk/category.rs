//! Another category, by the first level within three days of registration: the one act that moves a due time.

use serde_json::json;

use crate::domain::{
    actor::Actor,
    case::{
        Case,
        moved::Destination,
        register::why,
        table::{Act, verdict},
    },
    change::Change,
    place::{Code, Level},
    policy::{Desk, Policy},
    refused::Refused,
    time::Timestamp,
};

#[derive(Clone, Debug)]
pub struct Category {
    pub department: Code,
    pub category: Code,
    pub subcategory: Option<Code>,
    /// Levels of the department's ladder.
    pub ladder: Level,
    pub to: Destination,
}

impl Case {
    /// due = arrival + the new limit, under the policy that the running clock keeps (`clock`).
    pub fn change_category(
        &self,
        by: &Actor,
        what: Category,
        clock: &Policy,
        policy: &Desk,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::ChangeCategory).check()?;
        if self.level != Level::FIRST {
            return Err(Refused::WrongLevel);
        }
        if now.since(self.registered_at) > policy.category_ms {
            return Err(Refused::TooLate);
        }
        let Category { department, category, subcategory, ladder, to } = what;
        let limits = (&department, subcategory.as_ref());
        let due = clock.due(limits.0, limits.1, to.routed.level, self.arrived_at);
        let moved = Some(to.routed.post) != self.post;
        let after = Self {
            department,
            category,
            subcategory,
            ladder,
            level: to.routed.level,
            post: Some(to.routed.post),
            directory: to.directory,
            due_at: Some(due),
            attended: self.attended || moved,
            seen: !moved,
            ..self.clone()
        };
        let body = json!({
            "from": { "category": self.category.as_str(), "post": self.post.map(|post| post.0) },
            "due_before": self.due_at.map(Timestamp::ms),
            "subcategory": after.subcategory.as_ref().map(Code::as_str),
            "routed": why(&to),
        });
        let change = Change::updating(after, now).tell(by, "category_changed", Some(self), body);
        Ok(if moved { change.notify_post("transferred", to.routed.post) } else { change })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        case::{
            desk::tests::{after, officer, to},
            tests::{TEN, WEEK_MS, case},
        },
        policy::Limit,
        time::DAY_MS,
    };

    fn change(case: &Case, clock: &Policy, now: Timestamp) -> Result<Change, Refused> {
        let what = Category {
            department: Code::new("energy"),
            category: Code::new("electricity"),
            subcategory: Some(Code::new("transformer")),
            ladder: Level(4),
            to: to("block:phanda", 1),
        };
        case.change_category(&officer(7, 1, 1), what, clock, &Desk::default(), now)
    }

    fn one_day() -> Policy {
        let limit = Limit {
            department: None,
            subcategory: Some(Code::new("transformer")),
            level: None,
            limit_ms: DAY_MS,
        };
        Policy { limits: vec![limit], ..Policy::standard() }
    }

    #[test]
    fn the_due_time_becomes_arrival_plus_the_new_limit() {
        let now = TEN.plus_ms(DAY_MS / 2);
        let after = after(&change(&case(), &one_day(), now).unwrap());

        assert_eq!(after.due_at, Some(TEN.plus_ms(86_400_000)));
        assert_eq!((after.arrived_at, after.stay), (TEN, 1));
        assert_eq!(after.subcategory, Some(Code::new("transformer")));
    }

    #[test]
    fn within_three_days_of_registration_and_by_the_first_level_alone() {
        let policy = Policy::standard();
        assert!(change(&case(), &policy, TEN.plus_ms(3 * DAY_MS)).is_ok());
        let late = change(&case(), &policy, TEN.plus_ms(3 * DAY_MS + 1)).unwrap_err();
        assert_eq!(late, Refused::TooLate);
        let above = Case { level: Level(2), ..case() };
        assert_eq!(change(&above, &policy, TEN).unwrap_err(), Refused::WrongLevel);
    }

    #[test]
    fn with_the_same_limit_the_due_time_stays() {
        let after = after(&change(&case(), &Policy::standard(), TEN.plus_ms(DAY_MS)).unwrap());

        assert_eq!(after.due_at, Some(TEN.plus_ms(WEEK_MS)));
    }
}
