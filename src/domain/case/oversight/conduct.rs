//! What the citizen said of the officer's conduct (R20). "Rude" is a flag before the next level, with the call as its
//! evidence; it moves nothing, and what follows from it is a person's decision.

use serde_json::json;

use crate::domain::{
    actor::{Actor, Role},
    case::{
        Case,
        aside::Conduct,
        matter::{About, Kind, Matter},
        table::{Act, verdict},
    },
    change::Change,
    citizen::Text,
    place::PostId,
    refused::Refused,
    time::Timestamp,
};

/// What was said, and who hears of it when it was not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// Of the verification in which it was said.
    pub round: i64,
    pub good: bool,
    /// Of the level above the one that resolved; None at the last one: the district and the state hear of it.
    pub above: Option<PostId>,
}

impl Case {
    pub fn conduct(&self, by: &Actor, said: Said, now: Timestamp) -> Result<Change, Refused> {
        self.conduct_after(Change::updating(self.clone(), now), by, said)
    }

    /// As `conduct`, in the same change as the answer.
    pub fn conduct_after(
        &self,
        mut change: Change,
        by: &Actor,
        said: Said,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Note).check()?;
        let mut before = self.clone();
        if let Some((_, case)) = change.case.as_mut() {
            before = case.clone();
            if !said.good {
                let flag = Conduct { round: said.round, at: change.at };
                *case = before.clone().with_aside(|aside| aside.conduct = Some(flag));
            }
        }
        let body = json!({ "round": said.round, "good": said.good });
        let change = change.tell(by, "conduct", Some(&before), body);
        if said.good {
            return Ok(change);
        }
        let mut change = change
            .settles(Kind::Conduct, "REPEATED")
            .opens(by, Kind::Conduct, About { to_post: said.above, ..About::default() })
            .notify_post("conduct", said.above);
        // It is in no list of the post that it is about.
        if let Some(flag) = change.matters.last_mut() {
            flag.post = None;
        }
        Ok(change)
    }

    /// By the post above, or by who watches over the district or the state: what they found and said to the officer.
    pub fn answer_conduct(
        &self,
        by: &Actor,
        open: Option<&Matter>,
        words: Text,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Note).check()?;
        let flag = open.ok_or(Refused::NothingOpen)?;
        let holds = by.posts.iter().any(|held| Some(held.post) == flag.to_post);
        if by.role == Role::Officer && !holds {
            return Err(Refused::NotYourPost);
        }
        let after = self.clone().with_aside(|aside| aside.conduct = None);
        Ok(after
            .told(by, "conduct_answered", self, json!({ "flag": flag.version }), words, now)
            .settles(Kind::Conduct, "ANSWERED"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        case::{
            State,
            desk::tests::{after, officer, staff, text},
            tests::{TEN, case},
        },
        notice::Recipient,
    };

    fn rude(case: &Case, above: Option<PostId>) -> Change {
        let said = Said { round: 1, good: false, above };
        case.conduct(&Actor::caller(Some(12)), said, TEN).unwrap()
    }

    #[test]
    fn rude_conduct_is_a_flag_before_the_next_level_and_moves_nothing() {
        let before = Case { state: State::ClosedSatisfied, due_at: None, ..case() };

        let change = rude(&before, Some(PostId(2)));

        let flag = &change.matters[0];
        assert_eq!((flag.kind, flag.to_post, flag.post), (Kind::Conduct, Some(PostId(2)), None));
        assert_eq!(change.notices[0].kind, "conduct");
        assert_eq!(change.notices[0].to, Recipient::Post(2));
        assert_eq!(change.events[0].body, r#"{"good":false,"round":1}"#);
        let flagged = after(&change);
        assert_eq!(flagged.aside().conduct, Some(Conduct { round: 1, at: TEN }));
        let as_before = Case { version: before.version, head: before.head, aside: None, ..flagged };
        assert_eq!(as_before, before);
    }

    #[test]
    fn good_conduct_is_kept_and_flags_nothing() {
        let said = Said { round: 1, good: true, above: Some(PostId(2)) };

        let change = case().conduct(&Actor::caller(Some(12)), said, TEN).unwrap();

        assert_eq!(change.events[0].body, r#"{"good":true,"round":1}"#);
        assert!(change.matters.is_empty() && change.notices.is_empty());
        assert_eq!(after(&change).aside, None);
    }

    #[test]
    fn the_last_level_has_nobody_above_and_the_flag_stands_all_the_same() {
        let change = rude(&case(), None);

        assert_eq!(change.matters[0].to_post, None);
        assert!(change.notices.is_empty());
    }

    #[test]
    fn the_post_above_or_the_collector_answers_and_no_other_officer() {
        let change = rude(&case(), Some(PostId(2)));
        let (case, flag) = (after(&change), &change.matters[0]);
        let answer = |by: &Actor| case.answer_conduct(by, Some(flag), text("warned"), TEN);

        for concerned in [officer(7, 1, 1), officer(8, 3, 3)] {
            assert_eq!(answer(&concerned).unwrap_err(), Refused::NotYourPost);
        }
        for above in [officer(9, 2, 2), staff(5, Role::Collector)] {
            let answered = answer(&above).unwrap();
            assert_eq!(answered.settled[0].settlement.outcome, "ANSWERED");
            assert_eq!(after(&answered).aside, None);
        }
        let none = case.answer_conduct(&staff(5, Role::Collector), None, text("x"), TEN);
        assert_eq!(none.unwrap_err(), Refused::NothingOpen);
    }

    #[test]
    fn a_flag_outlives_the_end_of_its_case() {
        let case = after(&rude(&case(), Some(PostId(2))));

        let closed = Change::updating(case, TEN)
            .tell(&Actor::system(), "answered", None, json!({}))
            .settles_all("CLOSED");

        assert!(closed.settled.iter().all(|settled| settled.kind.is_some()));
        assert!(closed.settled.iter().all(|settled| settled.kind != Some(Kind::Conduct)));
        assert_eq!(closed.settled.len(), Kind::ALL.len() - 1);
    }
}
