//! Recordings: what was recorded, how a row stands, how long each class is kept.

use serde_json::{Value, json};

use super::{
    chain::Hash,
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
            Class::Call => self.call_days,
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

    #[test]
    fn calls_are_kept_for_ninety_days_and_what_dialogues_recorded_for_ever() {
        let (retention, at) = (Retention::default(), Timestamp(1_000));

        assert_eq!(retention.delete_after(Class::Call, at), Some(Timestamp(1_000 + 7_776_000_000)));
        assert_eq!(retention.delete_after(Class::Complaint, at), None);
        assert_eq!(retention.delete_after(Class::Report, at), None);
        assert_eq!(retention.closed_before(Timestamp(15_552_000_000)), Timestamp(0));
    }
}
