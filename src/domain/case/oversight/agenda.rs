//! A case on the agenda of a review meeting (R18): picked, talked about, done with. Nothing of it moves the case.

use serde_json::json;

use crate::domain::{
    actor::Actor,
    case::{
        Case,
        matter::{About, Kind, Matter},
        officer::Said,
        table::{Act, verdict},
    },
    change::Change,
    citizen::Text,
    place::Code,
    refused::Refused,
    time::Timestamp,
};

/// Cases of one meeting in one district: more are not talked about one by one.
pub const AGENDA_CASES_MAX: usize = 50;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    pub code: Code,
    pub held_at: Timestamp,
}

impl Case {
    /// A case is on one agenda at a time.
    pub fn picked(
        &self,
        by: &Actor,
        meeting: &Meeting,
        open: Option<&Matter>,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Pick).check()?;
        if open.is_some() {
            return Err(Refused::OpenAlready);
        }
        let body = json!({ "meeting": meeting.code.as_str(), "held": meeting.held_at.ms() });
        let about = About {
            code: meeting.code.as_str().to_owned().into(),
            due_at: Some(meeting.held_at),
            ..About::default()
        };
        Ok(Change::updating(self.clone(), now).tell(by, "picked", Some(self), body).opens(
            by,
            Kind::Meeting,
            about,
        ))
    }

    /// What came of it in the meeting: the reviewer's remark, with what the citizen said there if somebody asked.
    pub fn reviewed(
        &self,
        by: &Actor,
        open: Option<&Matter>,
        said: Option<Said>,
        words: Text,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Note).check()?;
        let on = open.ok_or(Refused::NothingOpen)?;
        let mut body = json!({ "meeting": on.code });
        if let Some(said) = said {
            body["citizen_said"] = said.as_str().into();
        }
        Ok(self
            .clone()
            .told(by, "reviewed", self, body, words, now)
            .settles(Kind::Meeting, "REVIEWED"))
    }

    /// Left out after all.
    pub fn dropped_from_agenda(
        &self,
        by: &Actor,
        open: Option<&Matter>,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Note).check()?;
        let on = open.ok_or(Refused::NothingOpen)?;
        let body = json!({ "meeting": on.code });
        Ok(Change::updating(self.clone(), now)
            .tell(by, "left_out", Some(self), body)
            .settles(Kind::Meeting, "LEFT_OUT"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        actor::Role,
        case::{
            State,
            desk::tests::{after, staff, text},
            tests::{TEN, WEEK_MS, case},
        },
    };

    fn meeting() -> Meeting {
        Meeting { code: Code::new("bhopal-2026-47"), held_at: TEN.plus_ms(WEEK_MS) }
    }

    #[test]
    fn a_picked_case_is_on_one_agenda_and_stands_as_it_stood() {
        let collector = staff(5, Role::Collector);

        let picked = case().picked(&collector, &meeting(), None, TEN).unwrap();

        let row = &picked.matters[0];
        assert_eq!((row.kind, row.code.as_str()), (Kind::Meeting, "bhopal-2026-47"));
        assert_eq!(row.due_at, Some(TEN.plus_ms(WEEK_MS)));
        let stands = after(&picked);
        let as_before = Case { version: case().version, head: case().head, ..stands.clone() };
        assert_eq!(as_before, case());
        let twice = stands.picked(&collector, &meeting(), Some(row), TEN);
        assert_eq!(twice.unwrap_err(), Refused::OpenAlready);
    }

    #[test]
    fn a_case_that_is_over_is_on_no_agenda() {
        for state in [State::ClosedSatisfied, State::Withdrawn, State::Merged, State::Forwarded] {
            let case = Case { state, ..case() };

            assert!(case.picked(&staff(5, Role::Collector), &meeting(), None, TEN).is_err());
        }
    }

    #[test]
    fn what_came_of_it_is_kept_with_the_meeting_and_closes_nothing() {
        let collector = staff(5, Role::Collector);
        let picked = case().picked(&collector, &meeting(), None, TEN).unwrap();
        let (case, row) = (after(&picked), &picked.matters[0]);

        let said = Some(Said::Satisfied);
        let reviewed =
            case.reviewed(&collector, Some(row), said, text("pole by Friday"), TEN).unwrap();

        let body = &reviewed.events[0].body;
        assert!(body.contains(r#""meeting":"bhopal-2026-47""#), "{body}");
        assert!(body.contains(r#""citizen_said":"SATISFIED""#), "{body}");
        assert_eq!(reviewed.settled[0].settlement.outcome, "REVIEWED");
        assert_eq!(after(&reviewed).state, State::WithOfficer);
        let none = case.reviewed(&collector, None, None, text("x"), TEN);
        assert_eq!(none.unwrap_err(), Refused::NothingOpen);
        let left = case.dropped_from_agenda(&collector, Some(row), TEN).unwrap();
        assert_eq!(left.settled[0].settlement.outcome, "LEFT_OUT");
    }
}
