//! Clients of other systems; no rules.

use crate::domain::{
    language::Language, notice::segments::Segments, phone::Phone, time::Timestamp,
};

pub mod evidence;
pub mod log_file;
pub mod recordings;
pub mod sms;

/// The way out of messages.
#[derive(Debug)]
pub enum Gateway {
    LogFile(log_file::LogFile),
    Sms(Box<sms::Sms>),
}

/// One message, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The same for every try of this message.
    pub reference: String,
    pub at: Timestamp,
    pub kind: String,
    pub case: String,
    pub to: Addressee,
    pub language: Language,
    /// The id of its registered template.
    pub template: String,
    pub text: String,
    pub segments: Segments,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addressee {
    Citizen(Phone),
    /// The mobile of the post's holder, where one is known.
    Officer {
        post: i64,
        phone: Option<Phone>,
    },
}

/// What the gateway made of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// With the gateway's own name of it, which receipts use.
    Taken { id: Option<String> },
    /// Surely not taken; it may be sent again.
    Later { wait_ms: Option<i64>, why: String },
    /// Surely not taken, and never will be.
    Refused(String),
    /// The answer was lost: it may have been taken.
    Unknown(String),
}

/// What the gateway knows of a message that was sent before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    Taken { id: Option<String> },
    NotTaken,
    CannotSay(String),
}

impl Gateway {
    pub async fn send(&self, message: &Message) -> Answer {
        match self {
            Self::LogFile(file) => file.send(message).await,
            Self::Sms(sms) => sms.send(message).await,
        }
    }

    pub async fn ask(&self, reference: &str) -> Known {
        match self {
            Self::LogFile(file) => file.ask(reference).await,
            Self::Sms(sms) => sms.ask(reference).await,
        }
    }

    /// Whether asking may ever bring an answer.
    pub fn can_be_asked(&self) -> bool {
        match self {
            Self::LogFile(_) => true,
            Self::Sms(sms) => sms.can_be_asked(),
        }
    }

    /// Messages in a minute, where the gateway has a limit.
    pub fn per_minute(&self) -> Option<i64> {
        match self {
            Self::LogFile(_) => None,
            Self::Sms(sms) => Some(sms.per_minute()),
        }
    }

    pub fn needs_phone(&self) -> bool {
        matches!(self, Self::Sms(_))
    }
}

impl Addressee {
    pub fn phone(&self) -> Option<&Phone> {
        match self {
            Self::Citizen(phone) => Some(phone),
            Self::Officer { phone, .. } => phone.as_ref(),
        }
    }

    /// For logs and files: a masked phone, or `post:ID`.
    pub fn masked(&self) -> String {
        match self {
            Self::Citizen(phone) => phone.masked(),
            Self::Officer { post, .. } => format!("post:{post}"),
        }
    }
}
