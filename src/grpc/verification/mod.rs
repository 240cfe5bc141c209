//! What waits for citizens' answers, and what human callers heard.

use std::{sync::Arc, time::Duration};

use helpline_proto::v1::{self, verification_service_server::VerificationService};
use serde_json::json;
use tonic::{Request, Response, Status};

use crate::{
    app::{
        App,
        cases::{self, CaseView},
        verification,
    },
    calls::script,
    domain::{
        feedback::script::{ANSWERS_MAX, Given},
        number::CaseNumber,
        time::Timestamp,
        verification::{Milestones, Round},
    },
    grpc::{
        cases as print, door,
        fail::field,
        feedback::shown,
        fields::{self, print_time},
        page, status, words,
    },
};

/// A number that was bad on so many days is for a person to find out.
const BAD_NUMBER_DAYS: i64 = 2;

/// No answer lies farther behind the beginning of its call.
const CALL_MAX: Duration = Duration::from_secs(4 * 3_600);

pub struct Verification(pub Arc<App>);

#[tonic::async_trait]
impl VerificationService for Verification {
    async fn get_queue_figures(
        &self,
        request: Request<v1::GetQueueFiguresRequest>,
    ) -> Result<Response<v1::GetQueueFiguresResponse>, Status> {
        let caller = door::caller(&request)?;
        let figures = verification::figures(&self.0, &caller.actor).await.map_err(status::of)?;
        Ok(Response::new(v1::GetQueueFiguresResponse {
            open_rounds: figures.open,
            due_rounds: figures.due,
            human_tasks: figures.human,
            number_reviews: figures.number_reviews,
            partial_rounds: figures.partial,
            oldest_opened_at: figures.oldest_opened_at.map(print_time),
            as_of: Some(print_time(figures.as_of)),
        }))
    }

    async fn list_tasks(
        &self,
        request: Request<v1::ListTasksRequest>,
    ) -> Result<Response<v1::ListTasksResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let (size, after) = page::parse_after(ask.page_size, &ask.page_token)?;
        let page =
            verification::tasks(&self.0, &caller.actor, size, after).await.map_err(status::of)?;
        let tasks = page.rows.iter().map(|(round, view)| task(round, view)).collect();
        let next_page_token = page::after(page.next);
        Ok(Response::new(v1::ListTasksResponse { tasks, next_page_token }))
    }

    async fn next_task(
        &self,
        request: Request<v1::NextTaskRequest>,
    ) -> Result<Response<v1::NextTaskResponse>, Status> {
        let caller = door::caller(&request)?;
        let request_id = fields::request_id(request.into_inner().request_id)?;
        let next =
            verification::next(&self.0, &caller.actor, &request_id).await.map_err(status::of)?;
        Ok(Response::new(next.map(shown).unwrap_or_default()))
    }

    async fn record_outcome(
        &self,
        request: Request<v1::RecordOutcomeRequest>,
    ) -> Result<Response<v1::RecordOutcomeResponse>, Status> {
        let caller = door::caller(&request)?;
        let record = parse_record(request.into_inner(), self.0.now())?;
        let number = record.number;
        verification::record(&self.0, &caller.actor, record.record).await.map_err(status::of)?;
        let detail = cases::get(&self.0, &caller.actor, number).await.map_err(status::of)?;
        Ok(Response::new(v1::RecordOutcomeResponse { case: Some(print::case(detail.view)) }))
    }
}

struct Parsed {
    number: CaseNumber,
    record: verification::Record,
}

fn parse_record(ask: v1::RecordOutcomeRequest, now: Timestamp) -> Result<Parsed, Status> {
    let number = fields::number(&ask.number)?;
    let contradicts = match ask.outcome() {
        v1::Outcome::Satisfied => ask.pressured == Some(true),
        v1::Outcome::Pressured => ask.pressured == Some(false),
        _ => false,
    };
    if contradicts {
        return Err(field("pressured", "not what the outcome says"));
    }
    let outcome = words::parse_outcome(ask.outcome).ok_or_else(|| field("outcome", "missing"))?;
    let record = verification::Record {
        request_id: Some(fields::request_id(ask.request_id)?),
        case: number.id(),
        round: i64::from(ask.round),
        outcome,
        source: verification::Source::Human,
        milestones: Milestones::default(),
        started_at: now,
        ended_at: now,
        number_spoken: true,
        refused: false,
        sip_status: None,
        q850: None,
        evidence: evidence(ask.answers, &ask.script_version, ask.language, ask.pressured)?,
        note: fields::optional_text("note", ask.note)?,
        polite: ask.officer_polite,
        later: None,
    };
    Ok(Parsed { number, record })
}

/// What was asked by which script, and what was answered when.
fn evidence(
    answers: Vec<v1::ScriptAnswer>,
    script: &str,
    language: i32,
    pressured: Option<bool>,
) -> Result<String, Status> {
    if answers.len() > ANSWERS_MAX {
        return Err(field("answers", "at most 16"));
    }
    let mut evidence = json!({});
    if let Some(pressured) = pressured {
        evidence["pressured"] = pressured.into();
    }
    if answers.is_empty() {
        return Ok(evidence.to_string());
    }
    if script != script::version() {
        return Err(field("script_version", "not the script's: read it again"));
    }
    let given = answers.into_iter().map(|answer| {
        let question = words::parse_script_question(answer.question);
        Ok(verification::answer(Given {
            question: question.ok_or_else(|| field("answers", "a question is missing"))?,
            key: u8::try_from(answer.choice).map_err(|_| field("answers", "no such choice"))?,
            ms: fields::span_ms("answers", answer.since_answer, CALL_MAX)?,
        }))
    });
    evidence["script_sha256"] = script.into();
    evidence["language"] = fields::language("language", language)?.as_str().into();
    evidence["answers"] = given.collect::<Result<_, Status>>()?;
    Ok(evidence.to_string())
}

pub fn task(round: &Round, view: &CaseView) -> v1::Task {
    let case = &view.case;
    v1::Task {
        number: case.number().to_string(),
        round: print::count(round.round),
        kind: words::kind(case.kind),
        category: case.category.0.clone(),
        district: round.district.0.clone(),
        language: words::language(round.language),
        phone_masked: view.phone.masked(),
        opened_at: Some(print_time(round.opened_at)),
        ends_at: Some(print_time(round.ends_at)),
        attempts_used: print::count(round.attempts),
        resume_at_pressure: round.partial,
        number_review: round.bad_number_days >= BAD_NUMBER_DAYS,
    }
}
