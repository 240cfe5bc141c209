//! Messages owed to citizens and officers.

use super::{language::Language, time::Timestamp};

/// Owed to the event of this version of the case, so it needs no id of its own: (case, version, kind).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub case: i64,
    pub version: i64,
    /// The template's key, as `registered` or `resolved`.
    pub kind: String,
    pub to: Recipient,
    pub language: Language,
    pub due_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    Citizen(i64),
    Post(i64),
}
