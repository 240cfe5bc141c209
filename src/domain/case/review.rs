//! An agent completes a case that was registered by keys; its clock runs on.

use serde_json::json;

use super::{
    Case, State,
    facts::Escalation,
    moved::Destination,
    register::why,
    table::{Act, verdict},
};
use crate::domain::{
    actor::Actor,
    change::Change,
    place::{Code, Level, PlaceCode},
    policy::Policy,
    refused::Refused,
    time::Timestamp,
};

impl Case {
    /// With the block known, another post of the first level may answer, also of a case that passed that level for want of
    /// the block; the due time stays as it is. One that no post was found for begins its clock.
    pub fn completed(
        &self,
        by: &Actor,
        subcategory: Code,
        place: PlaceCode,
        to: Option<&Destination>,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::CompleteReview).check()?;
        if !self.needs_review {
            return Err(Refused::NoReviewNeeded);
        }
        let mut after = Self {
            subcategory: Some(subcategory),
            place,
            needs_review: false,
            review_due_at: None,
            ..self.clone()
        };
        let to = to.filter(|to| match self.state {
            State::Unrouted => true,
            _ if self.state != State::WithOfficer || self.stay != 1 => false,
            _ if self.level == Level::FIRST => {
                to.routed.level == self.level && Some(to.routed.post) != self.post
            }
            _ => to.routed.level < self.level && !self.attended,
        });
        if let Some(to) = to {
            after.directory = to.directory;
            if self.state == State::Unrouted {
                after.arrive(to.routed.level, Some(to.routed.post), policy, now);
            } else {
                after.level = to.routed.level;
                after.post = Some(to.routed.post);
                after.seen = false;
            }
        }
        let body = json!({
            "subcategory": after.subcategory.as_ref().map(Code::as_str),
            "place": after.place.as_str(),
            "routed": to.map(why),
        });
        let change = Change::updating(after, now).tell(by, "completed", Some(self), body);
        Ok(match to.filter(|_| self.state == State::Unrouted) {
            Some(to) => change.pass_by(&Actor::system(), to, &Escalation::arrival(to, now)),
            None => change,
        })
    }

    /// Nobody completed it in time: said once, for the list of late reviews.
    pub fn review_late(&self, now: Timestamp) -> Result<Change, Refused> {
        verdict(self.state, Act::CompleteReview).check()?;
        if !self.needs_review || self.review_due_at.is_none_or(|due| now < due) {
            return Err(Refused::NotDue);
        }
        let after = Self { review_due_at: None, ..self.clone() };
        let body = json!({ "alarm": "REVIEW_LATE", "due": self.review_due_at.map(Timestamp::ms) });
        Ok(Change::updating(after, now).tell(&Actor::system(), "review_late", Some(self), body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        case::tests::{TEN, case},
        place::PostId,
        routing::tests::index,
    };

    fn by_keys() -> Case {
        Case {
            place: PlaceCode::new("district:396"),
            post: Some(PostId(2)),
            needs_review: true,
            review_due_at: Some(TEN.plus_ms(86_400_000)),
            ..case()
        }
    }

    fn complete(case: &Case, place: &str) -> Result<Change, Refused> {
        let place = PlaceCode::new(place);
        let routed = index().route(&case.department, &place, Level(1)).unwrap();
        let to = Destination { routed, vacant: false, directory: 1 };
        let (policy, now) = (Policy::standard(), TEN.plus_ms(5));
        case.completed(&Actor::system(), Code::new("power_cut"), place, Some(&to), &policy, now)
    }

    #[test]
    fn completion_sets_subcategory_and_block_and_never_the_clock() {
        let after = complete(&by_keys(), "block:phanda").unwrap().case.unwrap().1;

        assert_eq!(after.subcategory, Some(Code::new("power_cut")));
        assert_eq!(after.place, PlaceCode::new("block:phanda"));
        assert_eq!(after.post, Some(PostId(1)));
        assert_eq!((after.due_at, after.arrived_at, after.stay), (case().due_at, TEN, 1));
        assert!(!after.needs_review);
    }

    #[test]
    fn a_case_that_climbed_already_keeps_its_post() {
        let case = Case { level: Level(2), post: Some(PostId(3)), stay: 2, ..by_keys() };

        assert_eq!(complete(&case, "block:phanda").unwrap().case.unwrap().1.post, Some(PostId(3)));
    }

    #[test]
    fn a_case_that_passed_level_1_for_want_of_the_block_comes_back_to_it_unless_attended() {
        let passed = Case { level: Level(2), post: Some(PostId(3)), ..by_keys() };

        let after = complete(&passed, "block:phanda").unwrap().case.unwrap().1;
        assert_eq!((after.level, after.post), (Level(1), Some(PostId(1))));
        assert_eq!((after.due_at, after.stay), (passed.due_at, 1));
        let attended = Case { attended: true, ..passed };
        let after = complete(&attended, "block:phanda").unwrap().case.unwrap().1;
        assert_eq!((after.level, after.post), (Level(2), Some(PostId(3))));
    }

    #[test]
    fn a_case_that_no_post_was_found_for_is_routed_by_its_block_with_a_fresh_clock() {
        let unrouted = Case {
            state: State::Unrouted,
            post: None,
            due_at: Some(TEN.plus_ms(86_400_000)),
            stay: 0,
            ..by_keys()
        };

        let after = complete(&unrouted, "block:phanda").unwrap().case.unwrap().1;

        assert_eq!((after.state, after.post, after.stay), (State::WithOfficer, Some(PostId(1)), 1));
        assert_eq!(after.due_at, Some(TEN.plus_ms(5 + 604_800_000)));
    }

    #[test]
    fn it_is_completed_once() {
        let after = complete(&by_keys(), "block:phanda").unwrap().case.unwrap().1;

        assert_eq!(complete(&after, "block:phanda").unwrap_err(), Refused::NoReviewNeeded);
    }

    #[test]
    fn a_late_review_is_said_once() {
        let due = TEN.plus_ms(86_400_000);
        assert_eq!(by_keys().review_late(due.plus_ms(-1)).unwrap_err(), Refused::NotDue);

        let after = by_keys().review_late(due).unwrap().case.unwrap().1;

        assert!(after.needs_review);
        assert_eq!(after.review_late(due.plus_ms(9)).unwrap_err(), Refused::NotDue);
    }
}
