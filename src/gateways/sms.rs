//! Messages through an operator's HTTP gateway with the DLT fields, each with a reference that is the same for
//! every try. What became of a request whose answer was lost is asked by that reference, never guessed.

use std::{fmt, time::Duration};

use reqwest::{Client, RequestBuilder, Response, StatusCode, header, redirect};
use serde_json::{Map, Value};

use super::{Answer, Known, Message};
use crate::domain::notice::Receipt;

/// An answer is read so far.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// What a gateway may ask us to wait.
const RETRY_AFTER_S_MAX: i64 = 3_600;
/// What is repeated of an answer in a log.
const WHY_CHARS_MAX: usize = 120;
const REFERENCE: &str = "{reference}";
const PART_OF_ID_MAX: usize = 200;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    #[default]
    Json,
    Form,
}

/// How the gateway names what it is sent. An empty name leaves the field out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    pub to: String,
    pub text: String,
    pub entity: String,
    pub header: String,
    pub template: String,
    pub unicode: String,
    pub reference: String,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Options {
    pub url: String,
    /// The header `Authorization`; empty for none.
    pub authorization: String,
    pub form: Form,
    /// The principal entity's id and the header registered with the operators.
    pub entity: String,
    pub header: String,
    /// Before the ten digits.
    pub prefix: String,
    pub per_minute: i64,
    pub timeout: Duration,
    pub fields: Fields,
    /// JSON pointer to the gateway's name of the message in its answer, as `/data/id`; empty for none.
    pub id: String,
    /// Where a message is asked for, with `{reference}` in it; empty when the gateway has no such thing.
    pub status_url: String,
}

pub struct Sms {
    client: Client,
    options: Options,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the SMS gateway's settings make no client")]
    Client(#[source] reqwest::Error),
    #[error("sms.{field} is not an address of http or https")]
    Address { field: &'static str },
    #[error("sms.authorization has a character that no header may have")]
    Authorization,
}

impl Sms {
    pub fn open(options: Options) -> Result<Self, Error> {
        let addresses = [("url", &options.url), ("status_url", &options.status_url)];
        for (field, address) in addresses {
            let known = address.starts_with("https://") || address.starts_with("http://");
            let left_out = field == "status_url" && address.is_empty();
            if !known && !left_out {
                return Err(Error::Address { field });
            }
        }
        let mut headers = header::HeaderMap::new();
        if !options.authorization.is_empty() {
            let mut value = header::HeaderValue::from_str(&options.authorization)
                .map_err(|_| Error::Authorization)?;
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        let client = Client::builder()
            .default_headers(headers)
            .redirect(redirect::Policy::none())
            .timeout(options.timeout)
            .user_agent(concat!("helpline181/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Error::Client)?;
        Ok(Self { client, options })
    }

    pub(super) fn per_minute(&self) -> i64 {
        self.options.per_minute
    }

    pub(super) fn can_be_asked(&self) -> bool {
        !self.options.status_url.is_empty()
    }

    pub(super) async fn send(&self, message: &Message) -> Answer {
        let Some(request) = self.request(message) else {
            return Answer::Refused("no number to send it to".to_owned());
        };
        let response = match request.send().await {
            Ok(response) => response,
            // No connection, no message. Anything later may have been read by the gateway.
            Err(error) if error.is_connect() || error.is_builder() => {
                return Answer::Later { wait_ms: None, why: why(&error) };
            }
            Err(error) => return Answer::Unknown(why(&error)),
        };
        let (status, wait_ms) = (response.status(), retry_after_ms(&response));
        let body = read(response).await;
        let said = || format!("{status}: {}", clipped(body.as_deref().unwrap_or_default()));
        match status {
            _ if status.is_success() => Answer::Taken { id: self.id(body.as_deref().ok()) },
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                Answer::Later { wait_ms, why: said() }
            }
            // A matter of our settings: no reason to give up every message.
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Answer::Later { wait_ms, why: said() }
            }
            StatusCode::REQUEST_TIMEOUT => Answer::Unknown(said()),
            // Sent again under the same reference, which this gateway knows already.
            StatusCode::CONFLICT => Answer::Taken { id: self.id(body.as_deref().ok()) },
            _ if status.is_client_error() => Answer::Refused(said()),
            _ => Answer::Unknown(said()),
        }
    }

    pub(super) async fn ask(&self, reference: &str) -> Known {
        if !self.can_be_asked() {
            return Known::CannotSay("the gateway cannot be asked for a message".to_owned());
        }
        let url = self.options.status_url.replace(REFERENCE, reference);
        let response = match self.client.get(url).send().await {
            Ok(response) => response,
            Err(error) => return Known::CannotSay(why(&error)),
        };
        match response.status() {
            StatusCode::NOT_FOUND => Known::NotTaken,
            status if status.is_success() => {
                Known::Taken { id: self.id(read(response).await.as_deref().ok()) }
            }
            status => Known::CannotSay(status.to_string()),
        }
    }

    fn request(&self, message: &Message) -> Option<RequestBuilder> {
        let Options { fields, entity, header, prefix, .. } = &self.options;
        let to = format!("{prefix}{}", message.to.phone()?.reveal());
        let unicode = if message.segments.unicode { "1" } else { "0" };
        let named = [
            (&fields.to, to.as_str()),
            (&fields.text, &message.text),
            (&fields.entity, entity),
            (&fields.header, header),
            (&fields.template, &message.template),
            (&fields.unicode, unicode),
            (&fields.reference, &message.reference),
        ];
        let named = named.into_iter().filter(|(name, _)| !name.is_empty());
        let request = self.client.post(&self.options.url);
        Some(match self.options.form {
            Form::Json => {
                let body: Map<String, Value> =
                    named.map(|(name, value)| (name.clone(), Value::from(value))).collect();
                request.json(&body)
            }
            Form::Form => {
                let body: Vec<(&str, &str)> =
                    named.map(|(name, value)| (name.as_str(), value)).collect();
                request.form(&body)
            }
        })
    }

    /// The gateway's own name of the message, where its answer has one.
    fn id(&self, body: Option<&str>) -> Option<String> {
        if self.options.id.is_empty() {
            return None;
        }
        let body: Value = serde_json::from_str(body?).ok()?;
        let id = match body.pointer(&self.options.id)? {
            Value::String(id) => id.clone(),
            Value::Number(id) => id.to_string(),
            _ => return None,
        };
        (id.len() <= PART_OF_ID_MAX).then_some(id)
    }
}

/// What a receipt's word means; other words, as of a message on its way, say nothing.
pub fn receipt(word: &str, delivered: &[String], undelivered: &[String]) -> Option<Receipt> {
    let is = |words: &[String]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    if is(delivered) {
        Some(Receipt::Delivered)
    } else if is(undelivered) {
        Some(Receipt::Undelivered)
    } else {
        None
    }
}

async fn read(mut response: Response) -> Result<String, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| why(&error))? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err("the answer is too long".to_owned());
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).map_err(|_| "the answer is no text".to_owned())
}

fn retry_after_ms(response: &Response) -> Option<i64> {
    let seconds: i64 = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(seconds.clamp(1, RETRY_AFTER_S_MAX) * 1_000)
}

/// The error with its causes, without the address: it may carry a key.
fn why(error: &reqwest::Error) -> String {
    let mut text = match () {
        () if error.is_timeout() => "timed out".to_owned(),
        () if error.is_connect() => "no connection".to_owned(),
        () => "the request failed".to_owned(),
    };
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    clipped(&text)
}

/// Digits that could be a phone are left out: gateways repeat the number in their answers.
fn clipped(text: &str) -> String {
    let mut clipped = String::new();
    let mut digits = 0;
    for c in text.chars().take(WHY_CHARS_MAX) {
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        clipped.push(match c {
            _ if digits > 4 => 'X',
            _ if c.is_control() => ' ',
            _ => c,
        });
    }
    clipped
}

impl fmt::Debug for Sms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sms").field("per_minute", &self.options.per_minute).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_an_answer_is_not_repeated() {
        assert_eq!(clipped("to 919876543210\nbad"), "to 9198XXXXXXXX bad");
        assert_eq!(clipped(&"a".repeat(500)).len(), WHY_CHARS_MAX);
    }

    #[test]
    fn a_receipts_word_counts_in_any_case_and_others_say_nothing() {
        let (yes, no) = (vec!["DELIVRD".to_owned()], vec!["UNDELIV".to_owned()]);

        assert_eq!(receipt("delivrd", &yes, &no), Some(Receipt::Delivered));
        assert_eq!(receipt("UNDELIV", &yes, &no), Some(Receipt::Undelivered));
        assert_eq!(receipt("ACCEPTD", &yes, &no), None);
    }
}
