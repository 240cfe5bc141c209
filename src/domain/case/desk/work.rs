//! What an officer records on the way to a resolution: a visit, an own date, help sought, what is in the way,
//! a note. None of it moves the case or its clock.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{files, is_long};
use crate::domain::{
    actor::Actor,
    case::{
        Case, State,
        aside::Target,
        evidence::Evidence,
        facts::named,
        matter::{About, Kind},
        table::{Act, verdict},
    },
    change::Change,
    citizen::Text,
    place::PostId,
    refused::Refused,
    time::Timestamp,
    words,
};

words! {
    /// What is in the way of a resolution (R52).
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    pub enum Blocker {
        Funds = "FUNDS",
        OtherDepartment = "OTHER_DEPARTMENT",
        Court = "COURT",
        Policy = "POLICY",
        Other = "OTHER",
    }
}

#[derive(Clone, Debug)]
pub struct Visit {
    pub at: Timestamp,
    pub place: Text,
    pub finding: Text,
    pub evidence: Vec<Evidence>,
}

impl Case {
    /// By any officer of the ladder (R21, R22); it attends the stay when the post that holds the case was there.
    pub fn visit(&self, by: &Actor, what: Visit, now: Timestamp) -> Result<Change, Refused> {
        verdict(self.state, Act::Contact).check()?;
        let own = self.is_held_by(by);
        let after = Self { seen: self.seen || own, attended: self.attended || own, ..self.clone() };
        let body = json!({
            "took_place": what.at.ms(),
            "place": named(&what.place),
            "evidence": files(&what.evidence),
        });
        let mut change = after.told(by, "visit", self, body, what.finding, now);
        change.texts.push(what.place);
        Ok(change)
    }

    /// Never later than the level's due time (R24), which stays as it is.
    pub fn target(&self, by: &Actor, at: Timestamp, now: Timestamp) -> Result<Change, Refused> {
        verdict(self.state, Act::Contact).check()?;
        let due = self.due_at.ok_or(Refused::NoClock)?;
        if at <= now || at > due {
            return Err(Refused::DateNotAllowed);
        }
        let stay = self.stay;
        let after = Self { seen: true, ..self.clone() }
            .with_aside(|aside| aside.target = Some(Target { stay, at }));
        Ok(Change::updating(after, now)
            .tell(by, "target_set", Some(self), json!({ "target": at.ms() }))
            .settles(Kind::Target, "REPLACED")
            .opens(by, Kind::Target, About { due_at: Some(at), ..About::default() }))
    }

    /// Asks the senior office for help (R23): a reference that moves nothing.
    pub fn seek_help(
        &self,
        by: &Actor,
        of: Option<PostId>,
        note: Text,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Contact).check()?;
        let attended = self.attended || is_long(&note);
        let after = Self { seen: true, attended, ..self.clone() };
        let body = json!({ "of": of.map(|post| post.0) });
        let change = after.told(by, "help_sought", self, body, note, now);
        Ok(match of {
            Some(post) => change.notify_post("help_sought", post),
            None => change,
        })
    }

    /// None says that nothing is in the way any more.
    pub fn blocked(
        &self,
        by: &Actor,
        blocker: Option<Blocker>,
        note: Text,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Contact).check()?;
        if blocker.is_none() && self.aside().blocker.is_none() {
            return Err(Refused::NothingOpen);
        }
        let attended = self.attended || is_long(&note);
        let after = Self { seen: true, attended, ..self.clone() }
            .with_aside(|aside| aside.blocker = blocker);
        let body = json!({ "blocker": blocker.map(Blocker::as_str) });
        let change = after
            .told(by, "blocked", self, body, note, now)
            .settles(Kind::Blocker, if blocker.is_some() { "REPLACED" } else { "CLEARED" });
        Ok(match blocker {
            Some(blocker) => {
                let about = About { code: blocker.as_str().into(), ..About::default() };
                change.opens(by, Kind::Blocker, about)
            }
            None => change,
        })
    }

    /// In every state, by everybody who sees the case; only the post that holds it attends by it.
    pub fn note(&self, by: &Actor, note: Text, now: Timestamp) -> Result<Change, Refused> {
        verdict(self.state, Act::Note).check()?;
        let works = matches!(
            self.state,
            State::WithOfficer | State::PartiallyClosed | State::SpecialCloseProposed
        );
        let attends = works && self.is_held_by(by) && is_long(&note);
        let after = Self { attended: self.attended || attends, ..self.clone() };
        Ok(after.told(by, "note", self, json!({}), note, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::case::{
        desk::tests::{after, file, kinds, officer, text},
        tests::{TEN, WEEK_MS, case},
    };

    fn visit() -> Visit {
        Visit { at: TEN, place: text("ward 12"), finding: text("dry tap"), evidence: vec![file()] }
    }

    #[test]
    fn a_visit_names_place_finding_and_evidence_and_attends_by_the_own_post() {
        let change = case().visit(&officer(7, 1, 1), visit(), TEN).unwrap();

        assert!(after(&change).attended);
        assert_eq!(kinds(&change), ["visit"]);
        assert!(change.events[0].body.contains(r#""kind":"PDF""#), "{}", change.events[0].body);
        assert!(!change.events[0].body.contains("ward"));
        assert_eq!(change.texts.len(), 2);
    }

    #[test]
    fn a_visit_by_a_senior_officer_is_recorded_and_attends_nothing() {
        let change = case().visit(&officer(9, 3, 2), visit(), TEN).unwrap();

        assert!(!after(&change).attended);
        assert_eq!(change.events[0].post, Some(3));
    }

    #[test]
    fn a_target_lies_between_now_and_the_due_time_and_moves_nothing() {
        let by = officer(7, 1, 1);
        let at = |ms| case().target(&by, TEN.plus_ms(ms), TEN);

        assert_eq!(at(0).unwrap_err(), Refused::DateNotAllowed);
        assert_eq!(at(WEEK_MS + 1).unwrap_err(), Refused::DateNotAllowed);
        let change = at(WEEK_MS).unwrap();
        assert_eq!(after(&change).due_at, case().due_at);
        assert!(!after(&change).attended);
        assert_eq!(change.matters[0].due_at, Some(TEN.plus_ms(WEEK_MS)));
    }

    #[test]
    fn help_and_blockers_move_nothing_and_are_open_until_cleared() {
        let by = officer(7, 1, 1);
        let help = case().seek_help(&by, Some(PostId(3)), text("need a crane"), TEN).unwrap();
        assert_eq!(help.notices[0].to, crate::domain::notice::Recipient::Post(3));
        assert_eq!(after(&help).due_at, case().due_at);

        let change = case().blocked(&by, Some(Blocker::Funds), text(""), TEN).unwrap();
        let blocked = after(&change);
        assert_eq!(blocked.aside().blocker, Some(Blocker::Funds));
        assert_eq!((change.matters[0].code.as_str(), blocked.attended), ("FUNDS", false));
        let cleared = after(&blocked.blocked(&by, None, text(""), TEN).unwrap());
        assert_eq!(cleared.aside, None);
        assert_eq!(cleared.blocked(&by, None, text(""), TEN).unwrap_err(), Refused::NothingOpen);
    }

    #[test]
    fn a_note_is_taken_in_every_state_and_attends_only_by_the_post_that_works() {
        let long = || text("the pole is ordered and comes on Monday");
        for state in State::ALL {
            let case = Case { state: *state, ..case() };
            let change = case.note(&officer(7, 1, 1), long(), TEN).unwrap();
            let works = matches!(
                state,
                State::WithOfficer | State::PartiallyClosed | State::SpecialCloseProposed
            );
            assert_eq!(after(&change).attended, works, "{state}");
            assert_eq!(after(&change).state, *state);
        }
        assert!(!after(&case().note(&officer(9, 3, 2), long(), TEN).unwrap()).attended);
        assert!(!after(&case().note(&officer(7, 1, 1), text("short"), TEN).unwrap()).attended);
    }
}
