//! The daily register of officers from the command line.

use helpline_proto::v1;
use serde_json::{Value, json};

use super::{
    client::{Options, request_id},
    error::Result,
    print,
};

#[derive(Debug, clap::Subcommand)]
pub enum Attendance {
    /// How many officers a day bound, and how many of them are listed
    Day {
        /// A day of IST, as 2026-11-22
        day: String,
    },
    /// List those who did not sign in or did not open the inbox, the newest day first
    Defaulters {
        #[arg(long)]
        from: Option<String>,
        #[arg(long)]
        until: Option<String>,
        /// As district:396
        #[arg(long)]
        district: Option<String>,
        #[arg(long)]
        department: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: i32,
        /// Where the page before ended
        #[arg(long)]
        after: Option<String>,
    },
    /// Record a notice, an explanation asked for, or a penalty
    Act {
        day: String,
        login: String,
        /// notice, explanation or penalty
        action: String,
        note: String,
    },
}

pub async fn run(attendance: Attendance, options: &Options) -> Result<()> {
    let connection = options.connect().await?;
    let mut client = connection.attendance();
    match attendance {
        Attendance::Day { day } => {
            let found = client.get_day(v1::GetDayRequest { day }).await?.into_inner();
            let value = || {
                json!({
                    "day": found.day,
                    "judged_at": print::time_json(found.judged_at),
                    "bound": found.bound,
                    "listed": found.listed,
                })
            };
            let text = || match found.judged_at {
                Some(_) => format!(
                    "{}: {} officers bound, {} listed, judged {}",
                    found.day,
                    found.bound,
                    found.listed,
                    print::time(found.judged_at)
                ),
                None => format!("{} is not judged", found.day),
            };
            print::out(options.json, value, text);
        }
        Attendance::Defaulters { from, until, district, department, limit, after } => {
            let request = v1::ListDefaultersRequest {
                from_day: from.unwrap_or_default(),
                until_day: until.unwrap_or_default(),
                district: district.unwrap_or_default(),
                department: department.unwrap_or_default(),
                page_size: limit,
                page_token: after.unwrap_or_default(),
            };
            let found = client.list_defaulters(request).await?.into_inner();
            let value = || {
                json!({
                    "defaulters": found.defaulters.iter().map(defaulter).collect::<Value>(),
                    "next": found.next_page_token,
                })
            };
            let text = || {
                let mut text = table(&found.defaulters);
                if !found.next_page_token.is_empty() {
                    text.push_str(&format!("\nmore: --after {}", found.next_page_token));
                }
                text
            };
            print::out(options.json, value, text);
        }
        Attendance::Act { day, login, action, note } => {
            let kind = print::parse(
                "DEFAULTER_ACTION_KIND_",
                &action,
                v1::DefaulterActionKind::from_str_name,
                "action",
            )?;
            let request = v1::RecordActionRequest {
                request_id: request_id()?,
                day,
                login,
                kind: kind.into(),
                note,
            };
            let found = client.record_action(request).await?.into_inner().defaulter;
            let found = found.unwrap_or_default();
            print::out(options.json, || defaulter(&found), || table(std::slice::from_ref(&found)));
        }
    }
    Ok(())
}

fn reason(one: &v1::Defaulter) -> &'static str {
    print::word(one.reason().as_str_name(), "DEFAULT_REASON_")
}

fn kind(one: &v1::DefaulterAction) -> &'static str {
    print::word(one.kind().as_str_name(), "DEFAULTER_ACTION_KIND_")
}

fn defaulter(one: &v1::Defaulter) -> Value {
    json!({
        "day": one.day,
        "login": one.login,
        "name_hi": one.name_hi,
        "name_en": one.name_en,
        "post": one.post,
        "designation": one.designation,
        "level": one.level,
        "department": one.department,
        "district": one.district,
        "reason": reason(one),
        "withdrawn_at": print::time_json(one.withdrawn_at),
        "actions": one.actions.iter().map(|taken| json!({
            "kind": kind(taken),
            "note": taken.note,
            "login": taken.login,
            "at": print::time_json(taken.at),
        })).collect::<Value>(),
    })
}

fn table(defaulters: &[v1::Defaulter]) -> String {
    if defaulters.is_empty() {
        return "nobody is listed".to_owned();
    }
    print::table(
        ["DAY", "LOGIN", "NAME", "LEVEL", "DEPARTMENT", "DISTRICT", "WHY", "ACTIONS"],
        defaulters.iter().map(|one| {
            let taken: Vec<_> = one.actions.iter().map(kind).collect();
            let why = if one.withdrawn_at.is_some() { "withdrawn" } else { reason(one) };
            [
                one.day.clone(),
                one.login.clone(),
                one.name_en.clone(),
                format!("L{}", one.level),
                one.department.clone(),
                one.district.clone(),
                why.to_owned(),
                taken.join(" "),
            ]
        }),
    )
}
