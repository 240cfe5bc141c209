//! Recordings: what was recorded, how a row stands, how long each class is kept.

use serde_json::{Value, json};

use super::{
    chain::Hash,
    refused::Refused,
    time::{DAY_MS, Timestamp},
    words,
};

words! {
    /// What was recorded; how long it is kept goes by it.
    pub enum Class {
        /// A citizen's spoken complaint.
        Complaint = "COMPLAINT",
        /// An officer's spoken report.
        Report = "REPORT",
        /// A talk with an agent, both sides.
        Call = "CALL",
        /// What a citizen said whom no agent could take.
        Message = "MESSAGE",
    }
}

words! {
    pub enum State {
        /// The file is being written, or a crash left it so.
        Recording = "RECORDING",
        Kept = "KEPT",
        /// Something of it is missing; the row says why.
        Partial = "PARTIAL",
        /// There is no file; the row says why.
        Lost = "LOST",
        /// Decided; the file goes.
        Deleting = "DELETING",
        Deleted = "DELETED",
    }
}

/// A recording's row: the file lies in `folder`, named by its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingRow {
    pub id: i64,
    pub call: String,
    /// Which of its call's recordings it is; None of old rows.
    pub number: Option<i64>,
    pub class: Class,
    pub state: State,
    pub case: Option<i64>,
    /// The identity of the folder that holds the file; None of old rows.
    pub folder: Option<String>,
    pub file: String,
    /// Zeros while it is not known.
    pub sha256: Hash,
    pub duration_ms: i64,
    /// Why it is incomplete, if it is.
    pub partial: Option<String>,
    /// When it began; of dialogues' recordings, when it was kept.
    pub at: Timestamp,
    /// None: for ever.
    pub delete_after: Option<Timestamp>,
    /// Under legal hold since then, whatever `delete_after` says.
    pub held_at: Option<Timestamp>,
    /// The text that says why.
    pub held_why: Option<i64>,
    /// A deletion that failed is tried again then.
    pub retry_at: Option<Timestamp>,
    pub trouble: Option<String>,
    pub deleted_at: Option<Timestamp>,
    pub version: i64,
}

impl RecordingRow {
    /// As facts name it: by id, digest and length, never by what was said.
    pub fn named(&self) -> Value {
        json!({
            "recording": self.id,
            "call": self.call,
            "class": self.class.as_str(),
            "state": self.state.as_str(),
            "sha256": self.digest(),
            "duration_ms": self.duration_ms,
            "partial": self.partial,
        })
    }

    /// Its own chain of facts.
    pub fn stream(&self) -> String {
        format!("recording:{}", self.id)
    }

    /// By which rule it goes, for the proof.
    pub fn rule(&self) -> Value {
        let mut facts = self.named();
        facts["rule"] = json!("retention");
        facts["at"] = json!(self.at.ms());
        facts["delete_after"] = json!(self.delete_after.map(Timestamp::ms));
        facts
    }

    /// Officers hear what a citizen brought, and what they reported themselves; never a later talk, which may be about them.
    pub fn is_for_officers(&self, registered_at: Timestamp) -> bool {
        match self.class {
            Class::Complaint | Class::Report => true,
            Class::Call | Class::Message => self.at <= registered_at,
        }
    }

    /// Whoever rings citizens back hears what they asked for, and no talk.
    pub fn is_for_agents(&self) -> bool {
        self.class == Class::Message
    }

    pub fn held(self, why: i64, now: Timestamp) -> Result<Self, Refused> {
        match self.state {
            State::Deleting | State::Deleted => Err(Refused::RecordingGone),
            _ if self.held_at.is_some() => Err(Refused::RecordingHeld),
            State::Recording | State::Kept | State::Partial | State::Lost => {
                Ok(Self { held_at: Some(now), held_why: Some(why), ..self })
            }
        }
    }

    pub fn lifted(self) -> Result<Self, Refused> {
        if self.held_at.is_none() {
            return Err(Refused::RecordingNotHeld);
        }
        Ok(Self { held_at: None, held_why: None, ..self })
    }

    /// None while it is not due, held, or not to be decided any more.
    pub fn deleting(self, now: Timestamp) -> Option<Self> {
        let due = self.delete_after.is_some_and(|at| at <= now) && self.held_at.is_none();
        let whole = matches!(self.state, State::Kept | State::Partial | State::Lost);
        (due && whole).then_some(Self { state: State::Deleting, ..self })
    }

    pub fn digest(&self) -> String {
        self.sha256.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// How many days each class is kept; None: for ever. What belongs to a case is not deleted before the case has been closed
/// for `case_days`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    pub complaint_days: Option<u32>,
    pub report_days: Option<u32>,
    pub call_days: Option<u32>,
    pub case_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { complaint_days: None, report_days: None, call_days: Some(90), case_days: 180 }
    }
}

impl Retention {
    pub fn days(&self, class: Class) -> Option<u32> {
        match class {
            Class::Complaint => self.complaint_days,
            Class::Report => self.report_days,
            Class::Call | Class::Message => self.call_days,
        }
    }

    /// When a recording of this class that began then may be deleted.
    pub fn delete_after(&self, class: Class, at: Timestamp) -> Option<Timestamp> {
        self.days(class).map(|days| at.plus_ms(i64::from(days) * DAY_MS))
    }

    /// Cases that were closed before may lose their recordings.
    pub fn closed_before(&self, now: Timestamp) -> Timestamp {
        now.plus_ms(-i64::from(self.case_days) * DAY_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> RecordingRow {
        RecordingRow {
            id: 31,
            call: "c1".to_owned(),
            number: Some(0),
            class: Class::Call,
            state: State::Kept,
            case: None,
            folder: Some("f1".to_owned()),
            file: "ab.wav".to_owned(),
            sha256: [7; 32],
            duration_ms: 900,
            partial: None,
            at: Timestamp(1_000),
            delete_after: Some(Timestamp(5_000)),
            held_at: None,
            held_why: None,
            retry_at: None,
            trouble: None,
            deleted_at: None,
            version: 1,
        }
    }

    #[test]
    fn a_held_recording_is_not_deleted_until_the_hold_is_lifted() {
        let now = Timestamp(5_000);
        let held = row().held(3, now).unwrap();

        assert_eq!(held.clone().deleting(now), None);
        assert_eq!(held.clone().held(4, now), Err(Refused::RecordingHeld));
        let lifted = held.lifted().unwrap();
        assert_eq!(lifted.clone().lifted(), Err(Refused::RecordingNotHeld));
        assert_eq!(lifted.clone().deleting(Timestamp(4_999)), None);
        let deleting = lifted.deleting(now).unwrap();
        assert_eq!(deleting.state, State::Deleting);
        assert_eq!(deleting.clone().held(5, now), Err(Refused::RecordingGone));
        assert_eq!(deleting.deleting(now), None);
    }

    #[test]
    fn what_is_under_way_or_kept_for_ever_is_never_due() {
        let now = Timestamp(i64::MAX);

        assert_eq!(RecordingRow { state: State::Recording, ..row() }.deleting(now), None);
        assert_eq!(RecordingRow { delete_after: None, ..row() }.deleting(now), None);
        assert!(RecordingRow { state: State::Lost, ..row() }.deleting(now).is_some());
    }

    #[test]
    fn officers_hear_no_talk_from_behind_the_registration() {
        assert!(row().is_for_officers(Timestamp(1_000)));
        assert!(!row().is_for_officers(Timestamp(999)));
        for class in [Class::Complaint, Class::Report] {
            assert!(RecordingRow { class, ..row() }.is_for_officers(Timestamp(0)), "{class}");
        }
    }

    #[test]
    fn agents_hear_messages_and_no_talk() {
        assert!(RecordingRow { class: Class::Message, ..row() }.is_for_agents());
        for class in [Class::Complaint, Class::Report, Class::Call] {
            assert!(!RecordingRow { class, ..row() }.is_for_agents(), "{class}");
        }
    }

    #[test]
    fn calls_are_kept_for_ninety_days_and_what_dialogues_recorded_for_ever() {
        let (retention, at) = (Retention::default(), Timestamp(1_000));

        assert_eq!(retention.delete_after(Class::Call, at), Some(Timestamp(1_000 + 7_776_000_000)));
        assert_eq!(
            retention.delete_after(Class::Message, at),
            Some(Timestamp(1_000 + 7_776_000_000))
        );
        assert_eq!(retention.delete_after(Class::Complaint, at), None);
        assert_eq!(retention.delete_after(Class::Report, at), None);
        assert_eq!(retention.closed_before(Timestamp(15_552_000_000)), Timestamp(0));
    }
}
