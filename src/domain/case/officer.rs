//! What a post does before it resolves: it opens a case, and it is in contact with the citizen.

use serde_json::json;

use super::{
    Case,
    facts::named,
    table::{Act, verdict},
};
use crate::domain::{
    actor::Actor,
    change::{Change, LOOKED},
    citizen::Text,
    place::Code,
    refused::Refused,
    time::Timestamp,
    words,
};

/// A shorter note does not attend a case.
pub const NOTE_ATTENDS_CHARS: usize = 30;

words! {
    pub enum ContactKind {
        Call = "CALL",
        Visit = "VISIT",
        Note = "NOTE",
    }
}

words! {
    /// What the citizen said to the officer about the work: evidence alone, never an answer (R17).
    pub enum Said {
        Satisfied = "SATISFIED",
        NotSatisfied = "NOT_SATISFIED",
    }
}

/// What may be known of a contact beside its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    pub said: Option<Said>,
    /// The review meeting in which the call was made (R18).
    pub meeting: Option<Code>,
}

#[derive(Clone, Debug)]
pub struct Contact {
    pub kind: ContactKind,
    /// When it took place.
    pub at: Timestamp,
    pub note: Text,
}

impl Case {
    /// The post looked at the case; that alone attends nothing (R66).
    pub fn open(&self, by: &Actor, now: Timestamp) -> Result<Change, Refused> {
        verdict(self.state, Act::Open).check()?;
        let after = Self { seen: true, ..self.clone() };
        Ok(Change::updating(after, now).tell(by, LOOKED, Some(self), json!({})))
    }

    /// A call or visit attends the stay, a note does from 30 characters on; each is a row of its own (R16).
    pub fn contact(&self, by: &Actor, what: Contact, now: Timestamp) -> Result<Change, Refused> {
        self.contact_with(by, what, Beside::default(), now)
    }

    pub fn contact_with(
        &self,
        by: &Actor,
        what: Contact,
        beside: Beside,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Contact).check()?;
        let attends = match what.kind {
            ContactKind::Call | ContactKind::Visit => true,
            ContactKind::Note => what.note.words.trim().chars().count() >= NOTE_ATTENDS_CHARS,
        };
        let spoke = what.kind != ContactKind::Note;
        let after = Self {
            seen: true,
            attended: self.attended || attends,
            contacted: self.contacted || spoke,
            ..self.clone()
        };
        let after = if spoke { after.drive_contacted(what.at) } else { after };
        let mut body = json!({
            "contact": what.kind.as_str(),
            "took_place": what.at.ms(),
            "text": named(&what.note),
        });
        if let Some(said) = beside.said {
            body["citizen_said"] = said.as_str().into();
        }
        if let Some(meeting) = beside.meeting {
            body["meeting"] = meeting.as_str().into();
        }
        let mut change = Change::updating(after, now).tell(by, "contact", Some(self), body);
        change.texts.push(what.note);
        Ok(change.settles_drive())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::case::{
        State,
        tests::{TEN, case},
    };

    fn contact(kind: ContactKind, words: &str) -> Contact {
        let note = Text { id: 9, owner: "case:1000000".to_owned(), words: words.to_owned() };
        Contact { kind, at: TEN, note }
    }

    fn after(change: Change) -> Case {
        change.case.unwrap().1
    }

    fn attends(kind: ContactKind, words: &str) -> bool {
        after(case().contact(&Actor::system(), contact(kind, words), TEN).unwrap()).attended
    }

    #[test]
    fn opening_sets_seen_and_not_attended() {
        let after = after(case().open(&Actor::system(), TEN).unwrap());

        assert!(after.seen);
        assert!(!after.attended);
        assert_eq!(after.due_at, case().due_at);
    }

    #[test]
    fn a_call_and_a_visit_attend_and_a_note_from_thirty_characters() {
        assert!(attends(ContactKind::Call, ""));
        assert!(attends(ContactKind::Visit, "x"));
        assert!(attends(ContactKind::Note, "बिजली का तार ठीक करने टीम भेजी गई है"));
        assert!(!attends(ContactKind::Note, "29 characters are not enough."));
        assert!(!attends(ContactKind::Note, &" ".repeat(40)));
    }

    #[test]
    fn a_call_and_a_visit_are_contacts_on_record_and_a_note_is_none() {
        let contacted = |kind| {
            let long = "a note of thirty characters or more";
            after(case().contact(&Actor::system(), contact(kind, long), TEN).unwrap()).contacted
        };

        assert!(!case().contacted);
        assert!(contacted(ContactKind::Call));
        assert!(contacted(ContactKind::Visit));
        assert!(!contacted(ContactKind::Note));
    }

    #[test]
    fn contact_never_moves_the_due_time() {
        let contact = contact(ContactKind::Call, "spoke");
        let after = after(case().contact(&Actor::system(), contact, TEN.plus_ms(5)).unwrap());

        assert_eq!(after.due_at, case().due_at);
        assert_eq!(after.arrived_at, case().arrived_at);
    }

    #[test]
    fn what_the_citizen_said_to_the_officer_is_kept_with_the_meeting_and_closes_nothing() {
        let beside =
            Beside { said: Some(Said::Satisfied), meeting: Some(Code::new("bhopal-2026-47")) };
        let contact = contact(ContactKind::Call, "spoke in the meeting");

        let change = case().contact_with(&Actor::system(), contact, beside, TEN).unwrap();

        let body = &change.events[0].body;
        assert!(body.contains(r#""citizen_said":"SATISFIED""#), "{body}");
        assert!(body.contains(r#""meeting":"bhopal-2026-47""#), "{body}");
        assert_eq!(after(change).state, case().state);
    }

    #[test]
    fn an_officer_is_refused_while_the_citizen_is_asked() {
        let case = Case { state: State::AwaitingVerification, ..case() };

        let refused = case.contact(&Actor::system(), contact(ContactKind::Call, ""), TEN);

        assert_eq!(refused.unwrap_err(), Refused::VerificationOpen);
    }
}
