//! The demonstration's clock from the command line.

use helpline_proto::v1;
use prost_types::Duration;
use serde_json::json;

use super::{client::Options, error::Result, print, span::Span};

#[derive(Debug, clap::Subcommand)]
pub enum Demo {
    /// Move the clock forward, as by 7d; everything happens that falls due on the way
    Advance { by: Span },
    /// Show the clock
    Clock,
}

pub async fn run(demo: Demo, options: &Options) -> Result<()> {
    let connection = options.connect().await?;
    match demo {
        Demo::Advance { by: Span(seconds) } => {
            let request = v1::AdvanceClockRequest { by: Some(Duration { seconds, nanos: 0 }) };
            let reply = connection.demo().advance_clock(request).await?.into_inner();
            let value =
                || json!({ "now": print::time_json(reply.now), "escalated": reply.escalated });
            let text = || {
                format!(
                    "{} IST, {} cases moved up meanwhile",
                    print::time(reply.now),
                    reply.escalated
                )
            };
            print::out(options.json, value, text);
        }
        Demo::Clock => {
            let reply = connection.demo().get_clock(v1::GetClockRequest {}).await?.into_inner();
            let value = || json!({ "now": print::time_json(reply.now) });
            print::out(options.json, value, || format!("{} IST", print::time(reply.now)));
        }
    }
    Ok(())
}
