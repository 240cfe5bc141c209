//! `helpline181 agent dispose`: what the own latest call was.

use helpline_proto::v1;
use serde_json::json;

use crate::cli::{case::id, client::Connection, error::Result, print};

#[derive(Debug, clap::Args)]
pub struct Dispose {
    /// registered, status-told, information-given, referred, transferred, silent, wrong-number, abusive, cut-off or other
    disposition: String,
    /// What else there is to say
    #[arg(long, default_value = "")]
    note: String,
    /// Refuse when this is not your latest call, as the console shows it
    #[arg(long, default_value = "")]
    call: String,
    /// Repeated with the same content, it answers the same
    #[arg(long)]
    request_id: Option<String>,
}

pub async fn run(ask: Dispose, connection: &Connection, json: bool) -> Result<()> {
    let disposition = print::parse(
        "DISPOSITION_",
        &ask.disposition,
        v1::Disposition::from_str_name,
        "word for a call",
    )?;
    let request = v1::SetDispositionRequest {
        request_id: id(ask.request_id)?,
        call: ask.call,
        disposition: disposition.into(),
        note: ask.note,
    };
    let said = connection.intake().set_disposition(request).await?.into_inner();
    let value = || {
        json!({
            "call": said.call,
            "disposition": word(said.disposition()),
            "before": word(said.before()),
        })
    };
    let text = || match said.before() {
        v1::Disposition::Unspecified => format!("call {}: {}", said.call, word(said.disposition())),
        before => {
            format!("call {}: {}, before {}", said.call, word(said.disposition()), word(before))
        }
    };
    print::out(json, value, text);
    Ok(())
}

/// Empty for none.
pub fn word(disposition: v1::Disposition) -> &'static str {
    match disposition {
        v1::Disposition::Unspecified => "",
        said => print::word(said.as_str_name(), "DISPOSITION_"),
    }
}
