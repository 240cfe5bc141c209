//! Verification from the command line: the human feedback caller's console.

use std::time::SystemTime;

use helpline_proto::v1;
use prost_types::Timestamp;
use serde_json::{Value, json};

use super::{
    client::{Connection, Options, request_id},
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
        /// Was the officer polite? Only when it was asked
        #[arg(long, value_name = "true|false")]
        polite: Option<bool>,
        #[command(flatten)]
        steps: Steps,
        /// Repeated with the same content, it answers the same result
        #[arg(long)]
        request_id: Option<String>,
    },
}

/// What the call reached, each step in seconds since the citizen answered the phone.
#[derive(Debug, clap::Args)]
pub struct Steps {
    /// The citizen said to be the right person
    #[arg(long, value_name = "SECONDS")]
    right_party: Option<i64>,
    /// The question was heard
    #[arg(long, value_name = "SECONDS")]
    question_heard: Option<i64>,
    /// The question was answered
    #[arg(long, value_name = "SECONDS")]
    answered: Option<i64>,
    /// The answer was read back and confirmed
    #[arg(long, value_name = "SECONDS")]
    confirmed: Option<i64>,
    /// Did the citizen say that somebody pressed them? yes or no; leave it out when it was not asked
    #[arg(long, value_parser = yes_or_no)]
    pressured: Option<bool>,
}

impl Steps {
    /// The call ended now, with its last step.
    fn milestones(&self, now: Timestamp) -> Option<v1::Milestones> {
        let steps = [self.right_party, self.question_heard, self.answered, self.confirmed];
        let took = steps.into_iter().flatten().max()?;
        let at = |since: i64| Some(Timestamp { seconds: now.seconds - took + since, ..now });
        Some(v1::Milestones {
            started_at: at(0),
            ringing_at: None,
            answered_at: at(0),
            right_party_at: self.right_party.and_then(at),
            question_heard_at: self.question_heard.and_then(at),
            answer_given_at: self.answered.and_then(at),
            confirmed_at: self.confirmed.and_then(at),
        })
    }
}

fn yes_or_no(word: &str) -> std::result::Result<bool, String> {
    match word {
        "yes" => Ok(true),
        "no" => Ok(false),
        other => Err(format!("{other:?} is neither yes nor no")),
    }
}

/// The helpline's time: in a demonstration its own.
async fn now(connection: &Connection) -> Timestamp {
    let clock = connection.demo().get_clock(v1::GetClockRequest {}).await;
    let theirs = clock.ok().and_then(|clock| clock.into_inner().now);
    theirs.unwrap_or_else(|| SystemTime::now().into())
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
                    "report": reply.report,
                    "held_until": print::time_json(reply.held_until),
                })
            };
            let text = || match &reply.task {
                Some(task) => format!(
                    "{}\nreported    {}\nheld for you until {}",
                    print::task(task),
                    reply.report,
                    print::time(reply.held_until)
                ),
                None => "nothing waits".to_owned(),
            };
            print::out(json, value, text);
        }
        Verify::Record { number, round, outcome, note, polite, steps, request_id: given } => {
            let outcome =
                print::parse("OUTCOME_", &outcome, v1::Outcome::from_str_name, "outcome")?;
            let request = v1::RecordOutcomeRequest {
                request_id: given.map_or_else(request_id, Ok)?,
                number,
                round,
                outcome: outcome.into(),
                milestones: steps.milestones(now(&connection).await),
                note,
                pressured: steps.pressured,
                officer_polite: polite,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_counted_back_from_the_end_of_the_call() {
        let steps = Steps {
            right_party: Some(5),
            question_heard: Some(20),
            answered: Some(24),
            confirmed: Some(30),
            pressured: Some(false),
        };
        let now = Timestamp { seconds: 1_000, nanos: 7 };

        let said = steps.milestones(now).unwrap();

        let second = |at: Option<Timestamp>| at.unwrap().seconds;
        assert_eq!((second(said.answered_at), second(said.right_party_at)), (970, 975));
        assert_eq!((second(said.answer_given_at), second(said.confirmed_at)), (994, 1_000));
        let none = Steps {
            right_party: None,
            question_heard: None,
            answered: None,
            confirmed: None,
            pressured: None,
        };
        assert_eq!(none.milestones(now), None);
    }
}
