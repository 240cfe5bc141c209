//! "Safe to call" as a person reads it.

use helpline_proto::v1;
use serde_json::{Value, json};

pub fn value(safety: &v1::Safety) -> Value {
    json!({
        "hours": hours(safety),
        "do_not_call": safety.do_not_call,
        "no_sms": safety.no_sms,
        "no_message": safety.no_message,
    })
}

pub fn text(safety: &v1::Safety) -> String {
    let mut said = Vec::new();
    if safety.do_not_call {
        said.push("do not call".to_owned());
    }
    if safety.hours.is_some() {
        said.push(format!("call between {} alone", hours(safety)));
    }
    if safety.no_message {
        said.push("leave no message".to_owned());
    } else if safety.no_sms {
        said.push("no SMS".to_owned());
    }
    if said.is_empty() { "safe to call at any hour".to_owned() } else { said.join(", ") }
}

fn hours(safety: &v1::Safety) -> String {
    let clock = |minute: i32| format!("{:02}:{:02}", minute / 60, minute % 60);
    safety.hours.map_or("any".to_owned(), |hours| {
        format!("{}-{}", clock(hours.from_minute), clock(hours.until_minute))
    })
}
