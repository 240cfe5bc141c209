//! Citizens and what they said, kept apart from cases so that a person can be erased.

use super::{language::Language, phone::Phone, time::Timestamp};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citizen {
    pub id: i64,
    pub phone: Phone,
    pub name: Option<String>,
    /// The language chosen last on the phone.
    pub language: Option<Language>,
    pub safety: Safety,
    pub created_at: Timestamp,
}

/// "Safe to call": binds every call and notice (rule book 1.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Safety {
    pub do_not_call: bool,
    pub no_sms: bool,
}

/// Free text of a person, sealed in the store; events carry only its id and digest.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    pub id: i64,
    /// `citizen:12` or `case:1000000`: erased with it.
    pub owner: String,
    pub words: String,
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Text({}, {} bytes)", self.id, self.words.len())
    }
}
