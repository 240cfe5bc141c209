//! Lists of cases and inboxes: narrowed, counted and watched.

use helpline_proto::v1;
use serde_json::{Value, json};

use super::{
    super::{
        client::Connection,
        error::{Error, Result},
        print,
    },
    shown,
};

const PAGES_MAX: usize = 1_000;

/// What every list of cases may be narrowed to.
#[derive(Debug, clap::Args)]
pub struct Narrow {
    /// As with-officer; may be given several times
    #[arg(long = "state")]
    states: Vec<String>,
    #[arg(long, default_value_t = 0)]
    level: i32,
    /// By days since registration: up-to-50, over-50, over-100, over-300 or over-365
    #[arg(long)]
    age: Option<String>,
    /// The due time is over
    #[arg(long)]
    overdue: bool,
    /// Due within so many hours; with --overdue those too that are
    #[arg(long, value_name = "HOURS", default_value_t = 0)]
    due_within: i32,
    #[arg(long, default_value = "")]
    department: String,
    #[arg(long, default_value = "")]
    category: String,
    /// KIND:CODE, as block:phanda: there or below it
    #[arg(long, default_value = "")]
    place: String,
    /// No call to the citizen and no visit is on record
    #[arg(long)]
    no_contact: bool,
    /// The citizen said that an officer was rude, and nobody above has answered that
    #[arg(long)]
    conduct_flagged: bool,
    /// complaint, demand, suggestion or scheme-information
    #[arg(long)]
    kind: Option<String>,
    /// What the case's number begins with
    #[arg(long, value_name = "DIGITS", default_value = "")]
    number: String,
}

#[derive(Debug, clap::Args)]
pub struct List {
    #[command(flatten)]
    narrow: Narrow,
    /// KIND:CODE, as district:396
    #[arg(long, default_value = "")]
    district: String,
    /// Only cases of this citizen
    #[arg(long, default_value = "")]
    phone: String,
    /// Only cases that an agent has to complete
    #[arg(long)]
    needs_review: bool,
    /// Only the case that had this number in the system before
    #[arg(long, value_name = "NUMBER", default_value = "")]
    old_number: String,
    /// Your inbox: of the posts you hold, soonest due first; for supervisors and nodal officers, cases without a post
    #[arg(long, conflicts_with_all = ["district", "phone", "needs_review", "old_number"])]
    queue: bool,
    /// Only this post's inbox
    #[arg(long, default_value = "", requires = "queue")]
    post: String,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

#[derive(Debug, clap::Args)]
pub struct Figures {
    #[command(flatten)]
    narrow: Narrow,
    /// Only this post's inbox
    #[arg(long, default_value = "")]
    post: String,
}

#[derive(Debug, clap::Args)]
pub struct Watch {
    /// Your inbox: each case that enters it, changes in it or leaves it
    #[arg(long)]
    queue: bool,
    /// Go on after this token instead of now
    #[arg(long)]
    resume: Option<String>,
    /// End after so many events
    #[arg(long)]
    count: Option<u64>,
}

impl Narrow {
    pub fn filter(&self) -> Result<v1::CaseFilter> {
        let state = |state: &String| {
            print::parse("CASE_STATE_", state, v1::CaseState::from_str_name, "state of a case")
                .map(i32::from)
        };
        let age = |age: &String| {
            print::parse("AGEING_", age, v1::Ageing::from_str_name, "age of cases").map(i32::from)
        };
        let kind = |kind: &String| {
            print::parse("CASE_KIND_", kind, v1::CaseKind::from_str_name, "kind of case")
                .map(i32::from)
        };
        Ok(v1::CaseFilter {
            states: self.states.iter().map(state).collect::<Result<_>>()?,
            level: self.level,
            ageing: self.age.as_ref().map(age).transpose()?.unwrap_or_default(),
            overdue: self.overdue,
            due_within_hours: self.due_within,
            department: self.department.clone(),
            category: self.category.clone(),
            place: self.place.clone(),
            no_contact: self.no_contact,
            conduct_flagged: self.conduct_flagged,
            kind: self.kind.as_ref().map(kind).transpose()?.unwrap_or_default(),
            number: self.number.clone(),
        })
    }
}

pub async fn list(connection: &Connection, json: bool, ask: List) -> Result<()> {
    let filter = ask.narrow.filter()?;
    let mut cases = Vec::new();
    let mut page_token = String::new();
    for _ in 0..PAGES_MAX {
        let page_size =
            i32::try_from(ask.limit.saturating_sub(cases.len()).min(200)).unwrap_or(200);
        let (page, next) = if ask.queue {
            let request = v1::ListQueueRequest {
                page_size,
                page_token,
                post: ask.post.clone(),
                filter: Some(filter.clone()),
            };
            let reply = connection.officers().list_queue(request).await?.into_inner();
            (reply.cases, reply.next_page_token)
        } else {
            let request = v1::ListCasesRequest {
                page_size,
                page_token,
                district: ask.district.clone(),
                phone: ask.phone.clone(),
                needs_review: ask.needs_review,
                old_number: ask.old_number.clone(),
                filter: Some(filter.clone()),
                ..Default::default()
            };
            let reply = connection.complaints().list_cases(request).await?.into_inner();
            (reply.cases, reply.next_page_token)
        };
        cases.extend(page);
        page_token = next;
        if page_token.is_empty() || cases.len() >= ask.limit {
            break;
        }
    }
    let value = || cases.iter().map(print::case_json).collect();
    print::out(json, value, || print::cases(&cases));
    Ok(())
}

pub async fn figures(connection: &Connection, json: bool, ask: Figures) -> Result<()> {
    let request = v1::GetInboxFiguresRequest { post: ask.post, filter: Some(ask.narrow.filter()?) };
    let found = connection.officers().get_inbox_figures(request).await?.into_inner();
    let states: Vec<_> = found
        .states
        .iter()
        .map(|of| (print::word(of.state().as_str_name(), "CASE_STATE_"), of.cases))
        .collect();
    let ages: Vec<_> = found
        .ages
        .iter()
        .map(|of| (print::word(of.ageing().as_str_name(), "AGEING_"), of.cases))
        .collect();
    let object = |pairs: &[(&str, i64)]| -> Value {
        pairs.iter().map(|(word, cases)| ((*word).to_owned(), json!(cases))).collect()
    };
    let value = || {
        json!({
            "cases": found.cases,
            "overdue": found.overdue,
            "due_soon": found.due_soon,
            "no_contact": found.no_contact,
            "unseen": found.unseen,
            "states": object(&states),
            "ages": object(&ages),
        })
    };
    let text = || {
        let mut lines = vec![
            ("cases", found.cases.to_string()),
            ("overdue", found.overdue.to_string()),
            ("due within 24 hours", found.due_soon.to_string()),
            ("no contact on record", found.no_contact.to_string()),
            ("not opened", found.unseen.to_string()),
        ];
        let counted = states.iter().chain(&ages);
        lines.extend(counted.map(|(word, cases)| (*word, cases.to_string())));
        print::facts(&lines)
    };
    print::out(json, value, text);
    Ok(())
}

pub async fn watch(connection: &Connection, json: bool, ask: Watch) -> Result<()> {
    if ask.queue { queue(connection, json, ask).await } else { facts(connection, json, ask).await }
}

async fn facts(connection: &Connection, json: bool, ask: Watch) -> Result<()> {
    use v1::watch_cases_response::Event;

    let request = v1::WatchCasesRequest { resume_token: ask.resume.unwrap_or_default() };
    let mut stream = connection.complaints().watch_cases(request).await?.into_inner();
    let mut told = 0_u64;
    while ask.count.is_none_or(|count| told < count) {
        let Some(message) = stream.message().await? else { break };
        let (number, event) = match message.event {
            Some(Event::Fact(fact)) => (fact.number, fact.event.unwrap_or_default()),
            Some(Event::Resync(_)) => {
                eprintln!("note: the token is too old; what happened meanwhile is in `case list`");
                continue;
            }
            Some(Event::Heartbeat(_)) | None => continue,
        };
        told += 1;
        let value = || {
            let mut value = print::event_json(&event);
            value["number"] = Value::String(number.clone());
            value["resume_token"] = Value::String(message.resume_token.clone());
            value
        };
        let text = || {
            let at = print::time(event.at);
            format!("{at}  {number}  {}  {}  {}", event.kind, event.actor, event.facts_json)
        };
        print::out(json, value, text);
    }
    Ok(())
}

async fn queue(connection: &Connection, json: bool, ask: Watch) -> Result<()> {
    use v1::watch_queue_response::{Event, resync::Reason};

    let resume_token = ask.resume.unwrap_or_default();
    let request = v1::WatchQueueRequest { resume_token, post: String::new() };
    let mut stream = connection.officers().watch_queue(request).await?.into_inner();
    let mut told = 0_u64;
    while ask.count.is_none_or(|count| told < count) {
        let Some(message) = stream.message().await? else { break };
        let (what, number, case) = match message.event {
            Some(Event::Present(present)) => {
                let what = if present.entered { "ENTERED" } else { "CHANGED" };
                let case = present
                    .case
                    .ok_or_else(|| Error::other("the helpline told of a case without it"))?;
                (what, case.number.clone(), Some(case))
            }
            Some(Event::Left(left)) => ("LEFT", left.number, None),
            Some(Event::Resync(resync)) => {
                let why = match resync.reason() {
                    Reason::PostsChanged => "your posts are others than before",
                    Reason::Behind | Reason::Unspecified => "the token is too old",
                };
                eprintln!("note: {why}; what there is now is in `case list --queue`");
                continue;
            }
            Some(Event::Started(_) | Event::Heartbeat(_)) | None => continue,
        };
        told += 1;
        let value = || {
            json!({
                "what": what,
                "number": number,
                "case": case.as_ref().map(print::case_json),
                "resume_token": message.resume_token,
            })
        };
        let text = || match &case {
            Some(case) => format!("{what}  {}", shown(case)),
            None => format!("{what}  {number}"),
        };
        print::out(json, value, text);
    }
    Ok(())
}
