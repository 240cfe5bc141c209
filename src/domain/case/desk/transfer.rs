//! Out of jurisdiction: proposed by the first level, decided by the district's officer after a contact with the
//! citizen. Each approved one is a hop; none of them moves the clock.

use serde_json::json;

use super::files;
use crate::domain::{
    actor::Actor,
    case::{
        Case,
        aside::Transfer,
        facts::named,
        matter::{About, Kind},
        moved::Destination,
        register::why,
        table::{Act, verdict},
    },
    change::Change,
    citizen::Text,
    place::{Level, PlaceCode},
    refused::Refused,
    time::Timestamp,
};

impl Case {
    pub fn propose_transfer(
        &self,
        by: &Actor,
        place: PlaceCode,
        reason: Text,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Transfer).check()?;
        if self.level != Level::FIRST {
            return Err(Refused::WrongLevel);
        }
        if self.open_transfer().is_ok() {
            return Err(Refused::OpenAlready);
        }
        let body = json!({ "place": place.as_str(), "evidence": files(&[]) });
        let proposal = Transfer { stay: self.stay, place, account: by.account };
        let after = Self { attended: true, seen: true, ..self.clone() }
            .with_aside(|aside| aside.transfer = Some(proposal));
        Ok(after
            .told(by, "transfer_proposed", self, body, reason, now)
            .settles(Kind::Transfer, "LAPSED")
            .opens(by, Kind::Transfer, About::default()))
    }

    /// `contact` is what the citizen said to the one who decides.
    pub fn approve_transfer(
        &self,
        by: &Actor,
        contact: Text,
        to: &Destination,
        district: PlaceCode,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Transfer).check()?;
        let Transfer { place, account, .. } = self.open_transfer()?.clone();
        if account.is_some() && account == by.account {
            return Err(Refused::SamePerson);
        }
        let hops = self.aside().hops + 1;
        let after = Self {
            place,
            district,
            post: Some(to.routed.post),
            directory: to.directory,
            seen: false,
            ..self.clone()
        }
        .with_aside(|aside| {
            aside.transfer = None;
            aside.hops = hops;
        });
        let body = json!({
            "from": { "place": self.place.as_str(), "post": self.post.map(|post| post.0) },
            "contact": named(&contact),
            "hops": hops,
            "routed": why(to),
        });
        Ok(after
            .told(by, "transferred", self, body, contact, now)
            .settles(Kind::Transfer, "APPROVED")
            .notify_post("transferred", to.routed.post))
    }

    pub fn reject_transfer(
        &self,
        by: &Actor,
        reason: Text,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Transfer).check()?;
        self.open_transfer()?;
        let after = self.clone().with_aside(|aside| aside.transfer = None);
        let change = after
            .told(by, "transfer_rejected", self, json!({}), reason, now)
            .settles(Kind::Transfer, "REJECTED");
        Ok(match self.post {
            Some(post) => change.notify_post("transfer_rejected", post),
            None => change,
        })
    }

    /// The proposal of this stay: one that the case has left behind is void.
    pub fn open_transfer(&self) -> Result<&Transfer, Refused> {
        let made = self.aside().transfer.as_ref();
        made.filter(|made| made.stay == self.stay).ok_or(Refused::NothingOpen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        actor::Role,
        case::{
            desk::tests::{after, officer, staff, text, to},
            tests::{TEN, case},
        },
        place::PostId,
        time::DAY_MS,
    };

    fn proposed() -> Case {
        let place = PlaceCode::new("district:396");
        let by = officer(7, 1, 1);
        after(&case().propose_transfer(&by, place, text("beyond the river"), TEN).unwrap())
    }

    fn approve(case: &Case, now: Timestamp) -> Result<Change, Refused> {
        let to = to("district:396", 1);
        let district = PlaceCode::new("district:396");
        let by = staff(9, Role::Collector);
        case.approve_transfer(&by, text("he lives in the town"), &to, district, now)
    }

    #[test]
    fn approved_it_goes_to_the_other_post_with_the_same_clock_and_a_hop() {
        let change = approve(&proposed(), TEN.plus_ms(DAY_MS)).unwrap();

        let moved = after(&change);
        assert_eq!((moved.place.as_str(), moved.post), ("district:396", Some(PostId(2))));
        assert_eq!((moved.due_at, moved.arrived_at, moved.stay), (case().due_at, TEN, 1));
        assert_eq!(moved.aside().hops, 1);
        assert_eq!(change.settled[0].settlement.outcome, "APPROVED");
        assert_eq!(approve(&moved, TEN).unwrap_err(), Refused::NothingOpen);
    }

    #[test]
    fn rejected_it_stays_with_the_same_clock() {
        let by = staff(9, Role::Collector);
        let back = after(&proposed().reject_transfer(&by, text("it is yours"), TEN).unwrap());

        assert_eq!((back.post, back.due_at), (case().post, case().due_at));
        assert_eq!(back.aside().hops, 0);
    }

    #[test]
    fn a_proposal_that_the_case_has_left_behind_is_void() {
        let gone_up = Case { stay: 2, level: Level(2), ..proposed() };

        assert_eq!(approve(&gone_up, TEN).unwrap_err(), Refused::NothingOpen);
    }

    #[test]
    fn the_first_level_proposes_once_at_a_time() {
        let place = || PlaceCode::new("district:427");
        let by = officer(7, 1, 1);
        let again = proposed().propose_transfer(&by, place(), text("x"), TEN).unwrap_err();
        assert_eq!(again, Refused::OpenAlready);
        let above = Case { level: Level(2), ..case() };
        let wrong = above.propose_transfer(&by, place(), text("x"), TEN).unwrap_err();
        assert_eq!(wrong, Refused::WrongLevel);
    }
}
