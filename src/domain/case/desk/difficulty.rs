//! A difficulty ticket (R29, R30): an officer asks the district's nodal officer or the directorate, who answer.

use serde_json::json;

use super::is_long;
use crate::domain::{
    actor::Actor,
    case::{
        Case,
        matter::{About, Kind, Matter},
        table::{Act, verdict},
    },
    change::Change,
    citizen::Text,
    refused::Refused,
    time::Timestamp,
    words,
};

words! {
    pub enum Asked {
        Nodal = "NODAL",
        Directorate = "DIRECTORATE",
    }
}

impl Case {
    /// One ticket at a time; the clock runs on.
    pub fn raise_difficulty(
        &self,
        by: &Actor,
        asked: Asked,
        open: Option<&Matter>,
        words: Text,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Contact).check()?;
        if open.is_some() {
            return Err(Refused::OpenAlready);
        }
        let attended = self.attended || is_long(&words);
        let after = Self { seen: true, attended, ..self.clone() };
        Ok(after
            .told(by, "difficulty", self, json!({ "asked": asked.as_str() }), words, now)
            .opens(by, Kind::Difficulty, About { code: asked.as_str().into(), ..About::default() }))
    }

    pub fn answer_difficulty(
        &self,
        by: &Actor,
        open: Option<&Matter>,
        words: Text,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Note).check()?;
        let ticket = open.ok_or(Refused::NothingOpen)?;
        let body = json!({ "ticket": ticket.version });
        let change = self
            .clone()
            .told(by, "difficulty_answered", self, body, words, now)
            .settles(Kind::Difficulty, "ANSWERED");
        Ok(match ticket.post {
            Some(post) => change.notify_post("difficulty_answered", post),
            None => change,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        actor::Role,
        case::{
            desk::tests::{after, officer, staff, text},
            tests::{TEN, case},
        },
        notice::Recipient,
    };

    #[test]
    fn a_ticket_is_answered_to_the_post_that_asked_and_moves_nothing() {
        let by = officer(7, 1, 1);
        let raised =
            case().raise_difficulty(&by, Asked::Nodal, None, text("no stock"), TEN).unwrap();
        let ticket = raised.matters[0].clone();
        assert_eq!((ticket.kind, ticket.code.as_str()), (Kind::Difficulty, "NODAL"));
        let case = after(&raised);
        let twice = case.raise_difficulty(&by, Asked::Nodal, Some(&ticket), text("x"), TEN);
        assert_eq!(twice.unwrap_err(), Refused::OpenAlready);

        let nodal = staff(5, Role::Nodal);
        let answered =
            case.answer_difficulty(&nodal, Some(&ticket), text("ask Bina"), TEN).unwrap();

        assert_eq!(answered.notices[0].to, Recipient::Post(1));
        assert_eq!(after(&answered).due_at, case.due_at);
        let none = case.answer_difficulty(&nodal, None, text("x"), TEN).unwrap_err();
        assert_eq!(none, Refused::NothingOpen);
    }
}
