//! What waits for citizens' answers, and what human callers heard.

use std::sync::Arc;

use helpline_proto::v1::{self, verification_service_server::VerificationService};
use serde_json::json;
use tonic::{Request, Response, Status};

use crate::{
    app::{
        App,
        cases::{self, CaseView},
        verification,
    },
    domain::{
        number::CaseNumber,
        time::Timestamp,
        verification::{Milestones, Round},
    },
    grpc::{
        cases as print, door,
        fail::field,
        fields::{self, optional_time, print_time},
        page, status, words,
    },
};

/// A number that was bad on so many days is for a person to find out.
const BAD_NUMBER_DAYS: i64 = 2;

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
        Ok(Response::new(match next {
            None => v1::NextTaskResponse::default(),
            Some(next) => v1::NextTaskResponse {
                task: Some(task(&next.round, &next.view)),
                held_until: Some(print_time(next.held_until)),
                orders: print::orders(next.orders),
                report: next.report.unwrap_or_default(),
                case: Some(print::case(next.view)),
            },
        }))
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
    let said = ask.milestones.unwrap_or_default();
    let time = |name: &str, at| optional_time(&format!("milestones.{name}"), at);
    let milestones = Milestones {
        ringing_at: time("ringing_at", said.ringing_at)?,
        answered_at: time("answered_at", said.answered_at)?,
        right_party_at: time("right_party_at", said.right_party_at)?,
        question_heard_at: time("question_heard_at", said.question_heard_at)?,
        answered_by_key_at: time("answer_given_at", said.answer_given_at)?,
        confirmed_at: time("confirmed_at", said.confirmed_at)?,
    };
    let started_at = time("started_at", said.started_at)?.unwrap_or(now);
    let record = verification::Record {
        request_id: Some(fields::request_id(ask.request_id)?),
        case: number.id(),
        round: i64::from(ask.round),
        outcome,
        source: verification::Source::Human,
        milestones,
        started_at,
        ended_at: now,
        number_spoken: true,
        refused: false,
        sip_status: None,
        q850: None,
        evidence: ask
            .pressured
            .map_or_else(|| json!({}), |pressured| json!({ "pressured": pressured }))
            .to_string(),
        note: fields::optional_text("note", ask.note)?,
        polite: ask.officer_polite,
    };
    Ok(Parsed { number, record })
}

fn task(round: &Round, view: &CaseView) -> v1::Task {
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
