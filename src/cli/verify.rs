//! Verification from the command line: the human feedback caller's console.

use helpline_proto::v1;
use serde_json::{Value, json};

use super::{
    client::{Options, request_id},
    error::{Error, Result},
    print,
};

#[derive(Debug, clap::Subcommand)]
pub enum Verify {
    /// How many answers are waited for
    Figures,
    /// Rounds that a person has to take
    Tasks {
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Take the next round that needs a person
    Next,
    /// Record what the citizen answered, or how the call ended
    Record {
        number: String,
        #[arg(long)]
        round: i32,
        /// satisfied, not-satisfied, pressured, partial, undecided, call-later, not-here, wrong-number, no-reply, no-answer, ...
        #[arg(long)]
        outcome: String,
        #[arg(long, default_value = "")]
        note: String,
        /// Repeated with the same content, it answers the same result
        #[arg(long)]
        request_id: Option<String>,
    },
}

pub async fn run(verify: Verify, options: &Options) -> Result<()> {
    let connection = options.connect().await?;
    let mut verification = connection.verification();
    let json = options.json;
    match verify {
        Verify::Figures => {
            let reply =
                verification.get_queue_figures(v1::GetQueueFiguresRequest {}).await?.into_inner();
            print::out(json, || figures_json(&reply), || figures(&reply));
        }
        Verify::Tasks { limit } => {
            let mut tasks = Vec::new();
            let mut page_token = String::new();
            loop {
                let request = v1::ListTasksRequest { page_size: 0, page_token };
                let page = verification.list_tasks(request).await?.into_inner();
                tasks.extend(page.tasks);
                page_token = page.next_page_token;
                if page_token.is_empty() || tasks.len() >= limit {
                    break;
                }
            }
            tasks.truncate(limit);
            let value = || tasks.iter().map(print::task_json).collect();
            let text = || match tasks.len() {
                0 => "no tasks".to_owned(),
                _ => tasks.iter().map(print::task).collect::<Vec<_>>().join("\n\n"),
            };
            print::out(json, value, text);
        }
        Verify::Next => {
            let request = v1::NextTaskRequest { request_id: request_id()? };
            let reply = verification.next_task(request).await?.into_inner();
            let value = || {
                json!({
                    "task": reply.task.as_ref().map(print::task_json),
                    "case": reply.case.as_ref().map(print::case_json),
                    "held_until": print::time_json(reply.held_until),
                })
            };
            let text = || match &reply.task {
                Some(task) => format!(
                    "{}\nheld for you until {}",
                    print::task(task),
                    print::time(reply.held_until)
                ),
                None => "nothing waits".to_owned(),
            };
            print::out(json, value, text);
        }
        Verify::Record { number, round, outcome, note, request_id: given } => {
            let outcome =
                print::parse("OUTCOME_", &outcome, v1::Outcome::from_str_name, "outcome")?;
            let request = v1::RecordOutcomeRequest {
                request_id: given.map_or_else(request_id, Ok)?,
                number,
                round,
                outcome: outcome.into(),
                milestones: None,
                note,
            };
            let case = verification
                .record_outcome(request)
                .await?
                .into_inner()
                .case
                .ok_or_else(|| Error::other("the helpline answered without a case"))?;
            print::out(json, || print::case_json(&case), || print::case(&case));
        }
    }
    Ok(())
}

fn figures(figures: &v1::GetQueueFiguresResponse) -> String {
    print::facts(&[
        ("open rounds", figures.open_rounds.to_string()),
        ("may be dialled now", figures.due_rounds.to_string()),
        ("need a person", figures.human_tasks.to_string()),
        ("bad numbers", figures.number_reviews.to_string()),
        ("satisfied, pressure not asked", figures.partial_rounds.to_string()),
        ("oldest opened", print::time(figures.oldest_opened_at)),
        ("as of", print::time(figures.as_of)),
    ])
}

fn figures_json(figures: &v1::GetQueueFiguresResponse) -> Value {
    json!({
        "open_rounds": figures.open_rounds,
        "due_rounds": figures.due_rounds,
        "human_tasks": figures.human_tasks,
        "number_reviews": figures.number_reviews,
        "partial_rounds": figures.partial_rounds,
        "oldest_opened_at": print::time_json(figures.oldest_opened_at),
        "as_of": print::time_json(figures.as_of),
    })
}
