//! What who stands above an officer does, from the command line: an answer about conduct, and review meetings.

use helpline_proto::v1;
use serde_json::{Value, json};

use super::{Act, citizen_said, id, instant, lists::Narrow, show, shown};
use crate::cli::{client::Connection, error::Result, print};

#[derive(Debug, clap::Subcommand)]
pub enum Oversight {
    /// Answer what the citizen said of the officer's conduct
    AnswerConduct {
        number: String,
        /// What you found, and said to the officer
        #[arg(long)]
        words: String,
        #[command(flatten)]
        act: Act,
    },
    /// The agenda of a review meeting
    #[command(subcommand)]
    Meeting(Meeting),
}

#[derive(Debug, clap::Subcommand)]
pub enum Meeting {
    /// Put cases on the agenda: by number, or the longest registered of those that the filter leaves
    Pick(Pick),
    /// List the agenda with what was said of each case
    Agenda {
        /// The meeting's code, as bhopal-2026-47
        meeting: String,
        /// Only what is still to be talked about
        #[arg(long)]
        open: bool,
    },
    /// Write down what came of a case
    Record {
        number: String,
        /// What was said and decided
        #[arg(long)]
        words: String,
        /// What the citizen said of the work: satisfied or not-satisfied
        #[arg(long)]
        said: Option<String>,
        #[arg(long, default_value = "")]
        etag: String,
        #[arg(long)]
        request_id: Option<String>,
    },
    /// Take a case off the agenda
    Drop {
        number: String,
        #[arg(long, default_value = "")]
        etag: String,
        #[arg(long)]
        request_id: Option<String>,
    },
}

#[derive(Debug, clap::Args)]
pub struct Pick {
    /// The meeting's code, as bhopal-2026-47
    meeting: String,
    /// When it is held, as 2026-12-01T10:00:00+05:30
    #[arg(long)]
    at: String,
    /// A case; may be given several times
    #[arg(long = "case", value_name = "NUMBER")]
    cases: Vec<String>,
    #[command(flatten)]
    narrow: Narrow,
    /// So many of those that the filter leaves, at most 50
    #[arg(long, default_value_t = 10)]
    count: i32,
    /// Only show which
    #[arg(long)]
    preview: bool,
    #[arg(long)]
    request_id: Option<String>,
}

pub async fn run(connection: &Connection, json: bool, oversight: Oversight) -> Result<()> {
    let mut client = connection.oversight();
    match oversight {
        Oversight::AnswerConduct { number, words, act } => {
            let request = v1::AnswerConductRequest {
                request_id: id(act.request_id)?,
                number,
                etag: act.etag,
                post: act.post,
                words,
            };
            let case = client.answer_conduct(request).await?.into_inner().case;
            show(json, &super::found(case)?);
        }
        Oversight::Meeting(Meeting::Pick(ask)) => {
            let request = v1::PickCasesRequest {
                request_id: id(ask.request_id)?,
                meeting: ask.meeting,
                held_at: Some(instant(&ask.at)?),
                numbers: ask.cases,
                filter: Some(ask.narrow.filter()?),
                count: ask.count,
                preview: ask.preview,
            };
            let picked = client.pick_cases(request).await?.into_inner();
            let value = || picked.cases.iter().map(print::case_json).collect();
            print::out(json, value, || lines(picked.cases.iter().map(shown)));
            for left in &picked.left {
                eprintln!("not picked: {}  {}", left.number, left.reason);
            }
        }
        Oversight::Meeting(Meeting::Agenda { meeting, open }) => {
            let request = v1::ListAgendaRequest { meeting, open };
            let items = client.list_agenda(request).await?.into_inner().items;
            let value = || items.iter().map(item_json).collect();
            print::out(json, value, || lines(items.iter().map(item_line)));
        }
        Oversight::Meeting(Meeting::Record { number, words, said, etag, request_id }) => {
            let request = v1::RecordReviewRequest {
                request_id: id(request_id)?,
                number,
                etag,
                words,
                citizen_said: said.map_or(Ok(0), |said| citizen_said(&said))?,
            };
            let case = client.record_review(request).await?.into_inner().case;
            show(json, &super::found(case)?);
        }
        Oversight::Meeting(Meeting::Drop { number, etag, request_id }) => {
            let request = v1::DropCaseRequest { request_id: id(request_id)?, number, etag };
            let case = client.drop_case(request).await?.into_inner().case;
            show(json, &super::found(case)?);
        }
    }
    Ok(())
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

fn said(remark: &v1::list_agenda_response::Remark) -> &'static str {
    remark.citizen_said().as_str_name().trim_start_matches("CITIZEN_SAID_")
}

fn item_json(item: &v1::list_agenda_response::Item) -> Value {
    let remark = |remark: &v1::list_agenda_response::Remark| {
        json!({
            "at": print::time(remark.at),
            "actor": remark.actor,
            "post": remark.post,
            "citizen_said": said(remark),
        })
    };
    json!({
        "case": item.case.as_ref().map(print::case_json),
        "held_at": print::time(item.held_at),
        "outcome": item.outcome,
        "remarks": item.remarks.iter().map(remark).collect::<Vec<_>>(),
    })
}

fn item_line(item: &v1::list_agenda_response::Item) -> String {
    let case = item.case.as_ref().map(shown).unwrap_or_default();
    let remarks = item.remarks.iter().map(|remark| {
        format!("\n    {}  {}  {}", print::time(remark.at), remark.actor, said(remark))
    });
    format!("{case}  {}{}", item.outcome, remarks.collect::<String>())
}
