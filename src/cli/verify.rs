//! Verification from the command line: the human feedback caller's console.

use helpline_proto::v1;
use serde_json::{Value, json};

use super::{
    client::{Options, request_id},
    error::{Error, Result},
    feedback, print,
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
    /// See the next task for a minute, or the own one
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
    /// The answers behind the outcome, as the citizen would have pressed them.
    fn answers(&self, outcome: v1::Outcome) -> Vec<v1::ScriptAnswer> {
        use v1::{Outcome, ScriptQuestion as Question};
        let right_party = match outcome {
            Outcome::NotHere => 2,
            Outcome::WrongNumber => 3,
            _ => 1,
        };
        let answer = match outcome {
            Outcome::NotSatisfied => 2,
            Outcome::SpeakToPerson => 3,
            Outcome::CallLater => 4,
            _ => 1,
        };
        let pressure = self.pressured.map(|pressed| if pressed { 1 } else { 2 });
        let said = [
            (Question::RightParty, Some(right_party), self.right_party),
            (Question::Answer, Some(answer), self.answered),
            (Question::Confirm, Some(1), self.confirmed),
            (Question::Pressure, pressure, self.confirmed),
        ];
        let given = said.into_iter().filter_map(|(question, choice, seconds)| {
            Some(v1::ScriptAnswer {
                question: question.into(),
                choice: choice?,
                since_answer: Some(prost_types::Duration { seconds: seconds?, nanos: 0 }),
            })
        });
        given.collect()
    }
}

fn yes_or_no(word: &str) -> std::result::Result<bool, String> {
    match word {
        "yes" => Ok(true),
        "no" => Ok(false),
        other => Err(format!("{other:?} is neither yes nor no")),
    }
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
            print::out(json, || feedback::task_json(&reply), || feedback::task(&reply));
        }
        Verify::Record { number, round, outcome, note, polite, steps, request_id: given } => {
            let outcome =
                print::parse("OUTCOME_", &outcome, v1::Outcome::from_str_name, "outcome")?;
            let script = connection.feedback().get_script(v1::GetScriptRequest::default()).await?;
            let request = v1::RecordOutcomeRequest {
                request_id: given.map_or_else(request_id, Ok)?,
                number,
                round,
                outcome: outcome.into(),
                milestones: None,
                note,
                pressured: steps.pressured,
                officer_polite: polite,
                answers: steps.answers(outcome),
                script_version: script.into_inner().version,
                language: v1::Language::Unspecified.into(),
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
    fn the_steps_are_the_keys_that_close_a_case_when_all_were_reached() {
        let all = Steps {
            right_party: Some(5),
            answered: Some(24),
            confirmed: Some(30),
            pressured: Some(false),
        };

        let keys = |steps: &Steps, outcome| {
            let answers = steps.answers(outcome).into_iter();
            answers.map(|one| (one.choice, one.since_answer.unwrap().seconds)).collect::<Vec<_>>()
        };

        let satisfied = keys(&all, v1::Outcome::Satisfied);
        assert_eq!(satisfied, [(1, 5), (1, 24), (1, 30), (2, 30)]);
        let cut = Steps { confirmed: None, pressured: None, ..all };
        assert_eq!(keys(&cut, v1::Outcome::NoReply), [(1, 5), (1, 24)]);
        let alone = Steps { answered: None, ..cut };
        assert_eq!(keys(&alone, v1::Outcome::WrongNumber), [(3, 5)]);
    }
}
