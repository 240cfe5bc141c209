//! The operator's list from the command line.

use helpline_proto::v1;
use serde_json::json;

use super::{client::Options, error::Result, print};

#[derive(Debug, clap::Subcommand)]
pub enum CallBacks {
    /// List them, longest waiting first
    List {
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
}

pub async fn run(call_backs: CallBacks, options: &Options) -> Result<()> {
    let CallBacks::List { limit } = call_backs;
    let connection = options.connect().await?;
    let mut waiting = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = v1::ListCallBacksRequest { page_size: 0, page_token };
        let page = connection.call_backs().list_call_backs(request).await?.into_inner();
        waiting.extend(page.call_backs);
        page_token = page.next_page_token;
        if page_token.is_empty() || waiting.len() >= limit {
            break;
        }
    }
    waiting.truncate(limit);
    let language = |one: &v1::CallBack| print::word(one.language().as_str_name(), "LANGUAGE_");
    let value = || {
        waiting
            .iter()
            .map(|one| {
                json!({
                    "id": one.id,
                    "phone_masked": one.phone_masked,
                    "language": language(one),
                    "reason": one.reason,
                    "at": print::time_json(one.at),
                })
            })
            .collect()
    };
    let text = || {
        if waiting.is_empty() {
            return "nobody waits".to_owned();
        }
        print::table(
            ["ID", "SINCE (IST)", "PHONE", "LANGUAGE", "WHY"],
            waiting.iter().map(|one| {
                [
                    one.id.clone(),
                    print::time(one.at),
                    one.phone_masked.clone(),
                    language(one).to_owned(),
                    one.reason.clone(),
                ]
            }),
        )
    };
    print::out(options.json, value, text);
    Ok(())
}
