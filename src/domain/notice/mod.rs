//! Messages owed to citizens and officers.

use super::{language::Language, time::Timestamp, words};

pub mod segments;
pub mod template;

/// The language of messages to officers.
pub const OFFICERS: Language = Language::Hindi;

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

words! {
    /// What became of a notice; one that is still owed has none.
    pub enum Outcome {
        /// The gateway took it.
        Sent = "SENT",
        /// The gateway refused it for good, or the tries were used up.
        Failed = "FAILED",
        /// The gateway may have taken it, and cannot say: never sent again, because nothing is sent twice.
        Uncertain = "UNCERTAIN",
        /// The citizen asked for no messages (rule book 1.4, "safe to call").
        Withheld = "WITHHELD",
        /// Nobody to send it to: the post is vacant, or its holder has no mobile.
        NoAddressee = "NO_ADDRESSEE",
        /// No registered template says it, or the words do not match theirs.
        NoTemplate = "NO_TEMPLATE",
    }
}

words! {
    /// What the gateway's receipt says.
    pub enum Receipt {
        Delivered = "DELIVERED",
        Undelivered = "UNDELIVERED",
    }
}
