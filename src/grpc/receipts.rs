//! Where the SMS gateway says what became of a message: no RPC, because gateways speak plain HTTP.

use std::{collections::HashMap, fmt, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, header},
    routing,
};
use subtle::ConstantTimeEq;

use crate::app::{
    App,
    notices::{self, sms},
};

const PATH: &str = "/notices/receipts";
const BODY_BYTES_MAX: usize = 16 * 1024;

/// What a receipt looks like, and what it must carry to be believed.
#[derive(Clone)]
pub struct Receipts {
    /// The whole header `Authorization`.
    pub authorization: String,
    /// The field with the gateway's name of the message.
    pub id: String,
    pub status: String,
    pub delivered: Vec<String>,
    pub undelivered: Vec<String>,
}

pub(super) fn route(app: Arc<App>, receipts: Receipts) -> Router {
    Router::new()
        .route(PATH, routing::post(receive))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state((app, Arc::new(receipts)))
}

/// 204 for what was understood, also for a message of another system: the gateway must not repeat it.
async fn receive(
    State((app, receipts)): State<(Arc<App>, Arc<Receipts>)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let given = headers.get(header::AUTHORIZATION).map_or(&[][..], |value| value.as_bytes());
    if !bool::from(given.ct_eq(receipts.authorization.as_bytes())) {
        return StatusCode::UNAUTHORIZED;
    }
    let Some(fields) = fields(&body) else { return StatusCode::BAD_REQUEST };
    let (Some(id), Some(status)) = (fields.get(&receipts.id), fields.get(&receipts.status)) else {
        return StatusCode::BAD_REQUEST;
    };
    let Some(receipt) = sms::receipt(status, &receipts.delivered, &receipts.undelivered) else {
        return StatusCode::NO_CONTENT;
    };
    match notices::receipt(&app, id, receipt).await {
        Ok(known) => {
            tracing::debug!(known, receipt = receipt.as_str(), "a receipt came");
            StatusCode::NO_CONTENT
        }
        Err(error) => {
            tracing::warn!(%error, "a receipt was not kept");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// A JSON object's strings and numbers, or the fields of a form.
fn fields(body: &[u8]) -> Option<HashMap<String, String>> {
    use serde_json::Value;
    let text = std::str::from_utf8(body).ok()?;
    if let Ok(Value::Object(object)) = serde_json::from_str(text) {
        let plain = |value: Value| match value {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        return Some(object.into_iter().filter_map(|(k, v)| Some((k, plain(v)?))).collect());
    }
    let form: HashMap<_, _> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    (!form.is_empty() && text.contains('=')).then_some(form)
}

impl fmt::Debug for Receipts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipts").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_read_as_json_and_as_a_form() {
        let json = fields(br#"{"id": 17, "status": "DELIVRD", "more": [1]}"#).unwrap();
        let form = fields(b"id=17&status=DELIVRD").unwrap();

        for fields in [json, form] {
            assert_eq!((fields["id"].as_str(), fields["status"].as_str()), ("17", "DELIVRD"));
        }
        assert_eq!(fields(b"[1]"), None);
        assert_eq!(fields(b"\xff"), None);
    }
}
