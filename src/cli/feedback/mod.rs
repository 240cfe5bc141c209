//! `helpline181 feedback`: a feedback caller's own task, the script, figures, and who takes what.

use helpline_proto::v1;
use serde_json::{Value, json};

use super::{
    client::{Connection, Options, request_id},
    error::{Error, Result},
    print,
};

#[derive(Debug, clap::Subcommand)]
pub enum Feedback {
    /// The own task as it stands
    Task,
    /// Ring the own phone, and then the citizen
    Dial {
        /// Repeated, it rings nobody again
        #[arg(long)]
        request_id: Option<String>,
    },
    /// Leave the own task to others
    Skip {
        /// language, acquainted, unclear, no-time or other
        #[arg(long)]
        reason: String,
        #[arg(long)]
        request_id: Option<String>,
    },
    /// Keep the own task a minute longer, once
    Extend {
        #[arg(long)]
        request_id: Option<String>,
    },
    /// What is asked, word for word as the automatic call says it
    Script {
        #[arg(long, default_value = "hi")]
        language: String,
    },
    /// The own figures of today and this month
    Figures,
    /// All callers' figures, and which tasks each takes
    Callers,
    /// Say which tasks a caller takes; what is left out is not narrowed
    Takes {
        login: String,
        /// hi or en; may be given several times
        #[arg(long)]
        language: Vec<String>,
        /// As district:396; may be given several times
        #[arg(long)]
        district: Vec<String>,
        /// As energy; may be given several times
        #[arg(long)]
        department: Vec<String>,
        #[arg(long)]
        request_id: Option<String>,
    },
}

pub async fn run(feedback: Feedback, options: &Options) -> Result<()> {
    let connection = options.connect().await?;
    let mut client = connection.feedback();
    let json = options.json;
    match feedback {
        Feedback::Task => {
            let own = client.get_task(v1::GetTaskRequest {}).await?.into_inner().task;
            let own = own.unwrap_or_default();
            print::out(json, || task_json(&own), || task(&own));
        }
        Feedback::Dial { request_id } => {
            let ask =
                v1::DialTaskRequest { request_id: id(request_id)?, task: own(&connection).await? };
            let call = client.dial_task(ask).await?.into_inner().call;
            print::out(json, || json!({ "call": call }), || format!("call {call}"));
        }
        Feedback::Skip { reason, request_id } => {
            let named = v1::SkipReason::from_str_name;
            let reason = print::parse("SKIP_REASON_", &reason, named, "reason")?.into();
            let (request_id, task) = (id(request_id)?, own(&connection).await?);
            client.skip_task(v1::SkipTaskRequest { request_id, task, reason }).await?;
            print::out(json, || json!({ "skipped": true }), || "left to others".to_owned());
        }
        Feedback::Extend { request_id } => {
            let (request_id, task) = (id(request_id)?, own(&connection).await?);
            let ask = v1::ExtendTaskRequest { request_id, task };
            let longer = client.extend_task(ask).await?.into_inner().progress.unwrap_or_default();
            let until = longer.held_until;
            print::out(json, || progress_json(&longer), || format!("until {}", print::time(until)));
        }
        Feedback::Script { language } => {
            let language = print::language(&language)?.into();
            let script = client.get_script(v1::GetScriptRequest { language }).await?.into_inner();
            print::out(json, || script_json(&script), || read_out(&script));
        }
        Feedback::Figures => {
            let ask = v1::GetOwnStatisticsRequest {};
            let own = client.get_own_statistics(ask).await?.into_inner();
            let (today, month) = (own.today.unwrap_or_default(), own.month.unwrap_or_default());
            let rows = || [("today", &today), ("month", &month)].map(|(span, of)| row(span, of));
            let value = || json!({ "today": figures(&today), "month": figures(&month) });
            print::out(json, value, || print::table(HEADS, rows()));
        }
        Feedback::Callers => {
            let mut ask = v1::ListCallerStatisticsRequest::default();
            let mut callers = Vec::new();
            loop {
                let page = client.list_caller_statistics(ask.clone()).await?.into_inner();
                callers.extend(page.callers);
                if page.next_page_token.is_empty() {
                    break;
                }
                ask.page_token = page.next_page_token;
            }
            let month = |caller: &v1::FeedbackCaller| caller.month.clone().unwrap_or_default();
            let rows = || callers.iter().map(|caller| row(&caller.login, &month(caller)));
            let value = || callers.iter().map(caller_json).collect();
            print::out(json, value, || print::table(HEADS, rows()));
        }
        Feedback::Takes { login, language, district, department, request_id } => {
            let languages = language.iter().map(|word| Ok(print::language(word)?.into()));
            let ask = v1::PutCallerRequest {
                request_id: id(request_id)?,
                login,
                languages: languages.collect::<Result<_>>()?,
                districts: district,
                departments: department,
            };
            let put = client.put_caller(ask).await?.into_inner().caller.unwrap_or_default();
            print::out(json, || caller_json(&put), || caller_json(&put).to_string());
        }
    }
    Ok(())
}

fn id(given: Option<String>) -> Result<String> {
    given.map_or_else(request_id, Ok)
}

async fn own(connection: &Connection) -> Result<String> {
    let own = connection.feedback().get_task(v1::GetTaskRequest {}).await?.into_inner().task;
    let progress = own.and_then(|own| own.progress);
    Ok(progress.ok_or_else(|| Error::other("no task is yours: take the next one"))?.id)
}

/// A task with what is said in its call.
pub fn task(shown: &v1::NextTaskResponse) -> String {
    let (Some(task), Some(progress)) = (&shown.task, &shown.progress) else {
        return "nothing waits".to_owned();
    };
    let mut text = format!(
        "{}\nreported    {}\n{} until {}",
        print::task(task),
        shown.report,
        print::word(progress.state().as_str_name(), "TASK_STATE_"),
        print::time(progress.held_until),
    );
    if !progress.reason.is_empty() {
        text.push_str(&format!("\nnot dialled {}", progress.reason));
    }
    text
}

pub fn task_json(shown: &v1::NextTaskResponse) -> Value {
    json!({
        "task": shown.task.as_ref().map(print::task_json),
        "case": shown.case.as_ref().map(print::case_json),
        "report": shown.report,
        "held_until": print::time_json(shown.held_until),
        "progress": shown.progress.as_ref().map(progress_json),
    })
}

fn progress_json(progress: &v1::TaskProgress) -> Value {
    json!({
        "id": progress.id,
        "state": print::word(progress.state().as_str_name(), "TASK_STATE_"),
        "held_until": print::time_json(progress.held_until),
        "call": progress.call,
        "answered_at": print::time_json(progress.answered_at),
        "ended_at": print::time_json(progress.ended_at),
        "reason": progress.reason,
        "extended": progress.extended,
    })
}

fn read_out(script: &v1::GetScriptResponse) -> String {
    let line = |line: &v1::ScriptLine| {
        let choices = line.choices.iter().enumerate();
        let choices: String =
            choices.map(|(n, choice)| format!("\n    {} {choice}", n + 1)).collect();
        format!("{}{choices}", line.words)
    };
    script.lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn script_json(script: &v1::GetScriptResponse) -> Value {
    let line = |line: &v1::ScriptLine| json!({ "key": line.key, "words": line.words, "choices": line.choices });
    json!({ "version": script.version, "lines": script.lines.iter().map(line).collect::<Value>() })
}

const HEADS: [&str; 9] =
    ["OF", "SHOWN", "LAPSED", "SKIPPED", "DIALS", "ANSWERED", "PERSON", "OUTCOMES", "MEDIAN TALK"];

fn row(of: &str, found: &v1::CallerStatistics) -> [String; 9] {
    let outcomes = found.outcomes.iter().map(|one| {
        format!("{} {}", print::word(one.outcome().as_str_name(), "OUTCOME_"), one.count)
    });
    [
        of.to_owned(),
        found.previews.to_string(),
        found.lapsed.to_string(),
        found.skipped.to_string(),
        found.dials.to_string(),
        found.answered.to_string(),
        found.right_party.to_string(),
        outcomes.collect::<Vec<_>>().join(", "),
        found.median_talk.map_or(String::new(), |talk| format!("{} s", talk.seconds)),
    ]
}

fn figures(found: &v1::CallerStatistics) -> Value {
    let outcomes = found.outcomes.iter().map(|one| {
        (print::word(one.outcome().as_str_name(), "OUTCOME_").to_owned(), Value::from(one.count))
    });
    json!({
        "previews": found.previews,
        "lapsed": found.lapsed,
        "skipped": found.skipped,
        "dials": found.dials,
        "answered": found.answered,
        "right_party": found.right_party,
        "outcomes": outcomes.collect::<serde_json::Map<_, _>>(),
        "median_talk_s": found.median_talk.map(|talk| talk.seconds),
    })
}

fn caller_json(caller: &v1::FeedbackCaller) -> Value {
    let languages =
        caller.languages().map(|word| print::word(word.as_str_name(), "LANGUAGE_").to_owned());
    json!({
        "login": caller.login,
        "name": caller.name,
        "languages": languages.collect::<Vec<_>>(),
        "districts": caller.districts,
        "departments": caller.departments,
        "today": caller.today.as_ref().map(figures),
        "month": caller.month.as_ref().map(figures),
    })
}
