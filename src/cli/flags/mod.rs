//! `helpline181 flags`: patterns that somebody should look at, and a word on each.

use helpline_proto::v1;
use serde_json::{Value, json};

use super::{
    case::id as request_id,
    client::Options,
    error::{Error, Result},
    print,
};

#[derive(Debug, clap::Subcommand)]
pub enum Flags {
    /// List what waits for a word, the oldest first
    List {
        /// Also what has its word
        #[arg(long)]
        all: bool,
        /// registrations, answers, officers-phone, quick, same-timing, odd-satisfaction, short-calls or number-changed
        #[arg(long)]
        kind: Option<String>,
    },
    /// Show one with what it was seen in
    Show { id: String },
    /// Say that it is so, with a reason; nothing follows by itself
    Confirm {
        id: String,
        #[arg(long)]
        note: String,
        #[arg(long)]
        request_id: Option<String>,
    },
    /// Say that it is nothing, with a reason
    Dismiss {
        id: String,
        #[arg(long)]
        note: String,
        #[arg(long)]
        request_id: Option<String>,
    },
}

pub async fn run(command: Flags, options: &Options) -> Result<()> {
    let connection = options.connect().await?;
    let mut client = connection.flags();
    let flag = match command {
        Flags::List { all, kind } => {
            let named = v1::FlagKind::from_str_name;
            let kind = match kind {
                Some(kind) => print::parse("FLAG_KIND_", &kind, named, "kind")?,
                None => v1::FlagKind::Unspecified,
            };
            let mut ask = v1::ListFlagsRequest { all, kind: kind.into(), ..Default::default() };
            let mut flags = Vec::new();
            loop {
                let page = client.list_flags(ask.clone()).await?.into_inner();
                flags.extend(page.flags);
                if page.next_page_token.is_empty() {
                    break;
                }
                ask.page_token = page.next_page_token;
            }
            print::out(
                options.json,
                || flags.iter().map(value).collect(),
                || print::table(HEADS, flags.iter().map(cells)),
            );
            return Ok(());
        }
        Flags::Show { id } => client.get_flag(v1::GetFlagRequest { id }).await?.into_inner().flag,
        Flags::Confirm { id, note, request_id: given } => {
            let verdict = v1::FlagState::Confirmed.into();
            let request_id = request_id(given)?;
            let ask = v1::DecideFlagRequest { request_id, id, verdict, note };
            client.decide_flag(ask).await?.into_inner().flag
        }
        Flags::Dismiss { id, note, request_id: given } => {
            let verdict = v1::FlagState::Dismissed.into();
            let request_id = request_id(given)?;
            let ask = v1::DecideFlagRequest { request_id, id, verdict, note };
            client.decide_flag(ask).await?.into_inner().flag
        }
    };
    let flag = flag.ok_or_else(|| Error::other("the helpline answered without a flag"))?;
    print::out(options.json, || value(&flag), || facts(&flag));
    Ok(())
}

const HEADS: [&str; 7] = ["ID", "KIND", "STATE", "FOUND", "ABOUT", "PHONE", "CASES"];

fn kind(flag: &v1::Flag) -> &'static str {
    print::word(flag.kind().as_str_name(), "FLAG_KIND_")
}

fn state(flag: &v1::Flag) -> &'static str {
    print::word(flag.state().as_str_name(), "FLAG_STATE_")
}

/// The person of the staff, where there is one.
fn about(flag: &v1::Flag) -> String {
    if flag.login.is_empty() { flag.subject.clone() } else { flag.login.clone() }
}

fn cells(flag: &v1::Flag) -> [String; 7] {
    [
        flag.id.clone(),
        kind(flag).to_owned(),
        state(flag).to_owned(),
        print::time(flag.found_at),
        about(flag),
        flag.phone_masked.clone(),
        flag.cases.len().to_string(),
    ]
}

fn facts(flag: &v1::Flag) -> String {
    print::facts(&[
        ("flag", flag.id.clone()),
        ("kind", kind(flag).to_owned()),
        ("state", state(flag).to_owned()),
        ("found", print::time(flag.found_at)),
        ("about", about(flag)),
        ("phone", flag.phone_masked.clone()),
        ("cases", flag.cases.join(" ")),
        ("seen", flag.evidence.clone()),
        ("decided by", flag.decided_by.clone()),
        ("decided", print::time(flag.decided_at)),
        ("note", flag.note.clone()),
    ])
}

fn value(flag: &v1::Flag) -> Value {
    json!({
        "id": flag.id,
        "kind": kind(flag),
        "state": state(flag),
        "found_at": print::time_json(flag.found_at),
        "subject": flag.subject,
        "phone_masked": flag.phone_masked,
        "login": flag.login,
        "cases": flag.cases,
        "evidence": flag.evidence,
        "decided_by": flag.decided_by,
        "decided_at": print::time_json(flag.decided_at),
        "note": flag.note,
    })
}
