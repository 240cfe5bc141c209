//! The special close (R35): proposed at one level, decided by another person at a higher one. The clock runs on.

use serde_json::json;

use crate::domain::{
    actor::{Actor, HeldPost},
    case::{
        Case, State,
        aside::{Closed, Proposal},
        matter::{About, Kind},
        table::{Act, verdict},
    },
    change::Change,
    citizen::{Safety, Text},
    place::PostId,
    policy::{Desk, Policy},
    refused::Refused,
    time::Timestamp,
};

impl Case {
    /// Once per stay, with the rule cited; `to` is the post above that is told.
    pub fn propose_special(
        &self,
        by: &Actor,
        grounds: Text,
        to: Option<PostId>,
        policy: &Desk,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::ProposeSpecial).check()?;
        if self.level != policy.propose_level || self.ladder < policy.decide_level {
            return Err(Refused::WrongLevel);
        }
        if self.aside().proposal.as_ref().is_some_and(|made| made.stay == self.stay) {
            return Err(Refused::OncePerStay);
        }
        let post = self.post.ok_or(Refused::NotRouted)?;
        let proposal = Proposal { stay: self.stay, level: self.level, post, account: by.account };
        let after =
            Self { state: State::SpecialCloseProposed, attended: true, seen: true, ..self.clone() }
                .with_aside(|aside| aside.proposal = Some(proposal));
        let change = after.told(by, "special_proposed", self, json!({}), grounds, now).opens(
            by,
            Kind::Proposal,
            About { to_post: to, ..About::default() },
        );
        Ok(match to {
            Some(post) => change.notify_post("special_proposed", post),
            None => change,
        })
    }

    /// By the post that proposed, also when the case went on before the level above.
    pub fn withdraw_special(&self, by: &Actor, now: Timestamp) -> Result<Change, Refused> {
        verdict(self.state, Act::WithdrawSpecial).check()?;
        let proposal = self.aside().proposal.as_ref().ok_or(Refused::NoProposal)?;
        if !by.posts.iter().any(|held| held.post == proposal.post) {
            return Err(Refused::NotYourPost);
        }
        let after = Self { state: State::WithOfficer, ..self.clone() };
        Ok(Change::updating(after, now)
            .tell(by, "special_withdrawn", Some(self), json!({}))
            .settles(Kind::Proposal, "WITHDRAWN"))
    }

    /// `acting` is the post that decides: of a level above the proposer's, and another person.
    pub fn accept_special(
        &self,
        by: &Actor,
        acting: &HeldPost,
        reason: Text,
        safety: Safety,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::AcceptSpecial).check()?;
        self.may_decide(by, acting, &policy.desk)?;
        let closed = Closed { level: acting.level, post: Some(acting.post), reason: None };
        let after =
            self.over(State::ClosedSpecial, now).with_aside(|aside| aside.closed = Some(closed));
        let attended = self.attended || self.post == Some(acting.post);
        let after = Self { attended, ..after };
        Ok(after
            .told(by, "special_accepted", self, json!({ "level": acting.level.0 }), reason, now)
            .settles_all("CLOSED")
            .opens_courtesy(by, safety, &policy.verification)
            .notify_citizen("closed_special", safety))
    }

    /// Back with the officer at the level where it stands, under the clock that ran on.
    pub fn reject_special(
        &self,
        by: &Actor,
        acting: &HeldPost,
        reason: Text,
        policy: &Desk,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::RejectSpecial).check()?;
        self.may_decide(by, acting, policy)?;
        let attended = self.attended || self.post == Some(acting.post);
        let after = Self { state: State::WithOfficer, attended, ..self.clone() };
        let change = after
            .told(by, "special_rejected", self, json!({ "level": acting.level.0 }), reason, now)
            .settles(Kind::Proposal, "REJECTED");
        Ok(match self.aside().proposal.as_ref() {
            Some(proposal) => change.notify_post("special_rejected", proposal.post),
            None => change,
        })
    }

    fn may_decide(&self, by: &Actor, acting: &HeldPost, policy: &Desk) -> Result<(), Refused> {
        let proposal = self.aside().proposal.as_ref().ok_or(Refused::NoProposal)?;
        if acting.level < policy.decide_level || acting.level <= proposal.level {
            return Err(Refused::WrongLevel);
        }
        // Who holds both leaves it to the level above.
        if by.account.is_none() || by.account == proposal.account {
            return Err(Refused::SamePerson);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        case::{
            desk::tests::{after, kinds, officer, text, to},
            escalate::Seat,
            moved::Above,
            tests::{TEN, WEEK_MS, case},
        },
        place::Level,
        policy::Policy,
    };

    fn at_two() -> Case {
        Case { level: Level(2), post: Some(PostId(3)), ..case() }
    }

    fn propose(case: &Case) -> Result<Change, Refused> {
        let grounds = text("land records may not be changed by this office: section 110");
        case.propose_special(&officer(7, 3, 2), grounds, Some(PostId(4)), &Desk::default(), TEN)
    }

    fn proposed() -> Case {
        after(&propose(&at_two()).unwrap())
    }

    fn accept(case: &Case, by: &Actor) -> Result<Change, Refused> {
        let reason = text("as proposed");
        case.accept_special(by, &by.posts[0], reason, Safety::default(), &Policy::standard(), TEN)
    }

    fn reject(case: &Case, by: &Actor) -> Result<Change, Refused> {
        case.reject_special(by, &by.posts[0], text("can be done"), &Desk::default(), TEN)
    }

    #[test]
    fn level_two_proposes_and_the_clock_runs_on() {
        let change = propose(&at_two()).unwrap();

        let after = after(&change);
        assert_eq!((after.state, after.due_at), (State::SpecialCloseProposed, at_two().due_at));
        assert!(after.attended);
        assert_eq!(change.matters[0].to_post, Some(PostId(4)));
        for level in [1, 3, 4] {
            let case = Case { level: Level(level), ..at_two() };
            assert_eq!(propose(&case).unwrap_err(), Refused::WrongLevel);
        }
    }

    #[test]
    fn another_person_of_a_higher_level_decides() {
        let change = accept(&proposed(), &officer(8, 4, 3)).unwrap();

        let closed = after(&change);
        assert_eq!((closed.state, closed.due_at), (State::ClosedSpecial, None));
        assert_eq!(
            closed.aside().closed,
            Some(Closed { level: Level(3), post: Some(PostId(4)), reason: None })
        );
        assert_eq!(kinds(&change), ["special_accepted"]);
        assert_eq!(change.notices[0].kind, "closed_special");
        assert_eq!(change.matters[0].kind, Kind::Courtesy);
    }

    #[test]
    fn who_proposed_never_decides_and_who_holds_both_posts_leaves_it_to_the_level_above() {
        assert_eq!(accept(&proposed(), &officer(7, 4, 3)).unwrap_err(), Refused::SamePerson);
        assert_eq!(reject(&proposed(), &officer(7, 4, 3)).unwrap_err(), Refused::SamePerson);
        assert_eq!(accept(&proposed(), &officer(8, 3, 2)).unwrap_err(), Refused::WrongLevel);
        assert!(accept(&proposed(), &officer(8, 5, 4)).is_ok());
    }

    #[test]
    fn rejected_before_the_due_time_it_stays_at_two_with_the_same_due_time() {
        let back = after(&reject(&proposed(), &officer(8, 4, 3)).unwrap());

        assert_eq!((back.state, back.level), (State::WithOfficer, Level(2)));
        assert_eq!(back.due_at, at_two().due_at);
        assert_eq!(propose(&back).unwrap_err(), Refused::OncePerStay);
    }

    #[test]
    fn at_the_due_time_it_goes_on_before_level_three_and_rejected_there_it_stays_there() {
        let now = TEN.plus_ms(WEEK_MS);
        let above = Above::To(to("block:phanda", 3));
        let moved = proposed().escalate(&above, Seat::Held, &Policy::standard(), now).unwrap();
        assert!(moved.events[0].facts.contains(r#""reason":"TIMEOUT","attended":true"#));
        let at_three = after(&moved);
        assert_eq!((at_three.state, at_three.level), (State::SpecialCloseProposed, Level(3)));

        let back = after(&reject(&at_three, &officer(8, 4, 3)).unwrap());

        assert_eq!((back.state, back.level), (State::WithOfficer, Level(3)));
        assert_eq!(back.due_at, Some(now.plus_ms(WEEK_MS)));
    }

    #[test]
    fn at_level_threes_due_time_it_lapses() {
        let now = TEN.plus_ms(WEEK_MS);
        let policy = Policy::standard();
        let above = Above::To(to("block:phanda", 3));
        let at_three = after(&proposed().escalate(&above, Seat::Held, &policy, now).unwrap());
        let above = Above::To(to("block:phanda", 4));
        let later = now.plus_ms(WEEK_MS);

        let lapsed = at_three.escalate(&above, Seat::Held, &policy, later).unwrap();

        assert_eq!((after(&lapsed).state, after(&lapsed).level), (State::WithOfficer, Level(4)));
        assert_eq!(lapsed.settled[0].settlement.outcome, "LAPSED");
    }

    #[test]
    fn the_post_that_proposed_withdraws() {
        let back = after(&proposed().withdraw_special(&officer(11, 3, 2), TEN).unwrap());
        assert_eq!((back.state, back.due_at), (State::WithOfficer, at_two().due_at));

        let other = proposed().withdraw_special(&officer(8, 4, 3), TEN).unwrap_err();
        assert_eq!(other, Refused::NotYourPost);
    }
}
