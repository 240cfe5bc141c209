//! The SMS gateway: where messages go, how it names what it is sent, and how its receipts look.

use std::{fmt, path::PathBuf};

use serde::Deserialize;

/// The gateway that takes messages to phones.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sms {
    /// Empty: messages go into a file under `store.data`.
    pub url: String,
    /// The whole header; set it in the environment.
    pub authorization: String,
    pub form: SmsForm,
    pub entity: String,
    pub header: String,
    pub prefix: String,
    pub messages_per_minute: u32,
    pub timeout_s: u64,
    /// The registered templates; empty for the sample.
    pub templates: PathBuf,
    pub fields: SmsFields,
    pub id: String,
    pub status_url: String,
    pub receipts: SmsReceipts,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmsForm {
    #[default]
    Json,
    Form,
}

/// The gateway's names of what it is sent; empty leaves it out.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmsFields {
    pub to: String,
    pub text: String,
    pub entity: String,
    pub header: String,
    pub template: String,
    pub unicode: String,
    pub reference: String,
}

#[derive(Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmsReceipts {
    /// What the gateway must send in the header `Authorization`; empty takes no receipts.
    pub authorization: String,
    pub id: String,
    pub status: String,
    pub delivered: Vec<String>,
    pub undelivered: Vec<String>,
}

impl Default for Sms {
    fn default() -> Self {
        Self {
            url: String::new(),
            authorization: String::new(),
            form: SmsForm::Json,
            entity: String::new(),
            header: String::new(),
            prefix: "91".to_owned(),
            messages_per_minute: 600,
            timeout_s: 10,
            templates: PathBuf::new(),
            fields: SmsFields::default(),
            id: "/id".to_owned(),
            status_url: String::new(),
            receipts: SmsReceipts::default(),
        }
    }
}

impl Default for SmsFields {
    fn default() -> Self {
        Self {
            to: "to".to_owned(),
            text: "text".to_owned(),
            entity: "entity_id".to_owned(),
            header: "header".to_owned(),
            template: "template_id".to_owned(),
            unicode: "unicode".to_owned(),
            reference: "reference".to_owned(),
        }
    }
}

impl Default for SmsReceipts {
    fn default() -> Self {
        Self {
            authorization: String::new(),
            id: "id".to_owned(),
            status: "status".to_owned(),
            delivered: vec!["DELIVERED".to_owned(), "DELIVRD".to_owned()],
            undelivered: ["UNDELIVERED", "UNDELIV", "REJECTD", "EXPIRED", "FAILED"]
                .map(str::to_owned)
                .to_vec(),
        }
    }
}

impl fmt::Debug for Sms {
    /// Addresses may carry keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sms")
            .field("messages_per_minute", &self.messages_per_minute)
            .field("templates", &self.templates)
            .finish_non_exhaustive()
    }
}
