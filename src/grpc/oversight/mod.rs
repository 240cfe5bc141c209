//! What who stands above an officer does: an answer about conduct, and review meetings.

use std::sync::Arc;

use helpline_proto::v1::{self, oversight_service_server::OversightService};
use tonic::{Request, Response, Status};

use super::{
    acting::{explained, on, shown},
    cases as print, door,
    fields::{self, print_time},
    narrow, status, words,
};
use crate::{
    app::{App, desk},
    domain::place::PostId,
};

pub struct Oversight(pub Arc<App>);

#[tonic::async_trait]
impl OversightService for Oversight {
    async fn answer_conduct(
        &self,
        request: Request<v1::AnswerConductRequest>,
    ) -> Result<Response<v1::AnswerConductResponse>, Status> {
        let caller = door::caller(&request)?;
        let mut ask = request.into_inner();
        let answer = desk::AnswerConduct { on: on!(ask), words: fields::text("words", ask.words)? };
        let done = shown(desk::answer_conduct(&self.0, &caller.actor, answer).await);
        let case = self.told(&caller, &ask.number, done).await?;
        Ok(Response::new(v1::AnswerConductResponse { case }))
    }

    async fn pick_cases(
        &self,
        request: Request<v1::PickCasesRequest>,
    ) -> Result<Response<v1::PickCasesResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let numbers: Result<_, _> =
            ask.numbers.iter().map(|text| fields::named_number("numbers", text)).collect();
        let pick = desk::Pick {
            request_id: fields::request_id(ask.request_id)?,
            meeting: desk::Meeting {
                code: fields::code("meeting", ask.meeting)?,
                held_at: fields::time("held_at", ask.held_at)?,
            },
            numbers: numbers?,
            narrow: narrow::parse(ask.filter)?,
            count: usize::try_from(ask.count).unwrap_or_default(),
            preview: ask.preview,
        };
        let picked = desk::pick(&self.0, &caller.actor, pick).await.map_err(status::of)?;
        let left = picked.left.into_iter().map(|(number, why)| v1::pick_cases_response::Left {
            number: number.to_string(),
            reason: why.reason().to_owned(),
        });
        let left = left.collect();
        let cases = picked.cases.into_iter().map(print::case).collect();
        Ok(Response::new(v1::PickCasesResponse { cases, left }))
    }

    async fn list_agenda(
        &self,
        request: Request<v1::ListAgendaRequest>,
    ) -> Result<Response<v1::ListAgendaResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let agenda =
            desk::Agenda { meeting: fields::code("meeting", ask.meeting)?, open: ask.open };
        let items = desk::agenda(&self.0, &caller.actor, agenda).await.map_err(status::of)?;
        let items = items.into_iter().map(item).collect();
        Ok(Response::new(v1::ListAgendaResponse { items }))
    }

    async fn record_review(
        &self,
        request: Request<v1::RecordReviewRequest>,
    ) -> Result<Response<v1::RecordReviewResponse>, Status> {
        let caller = door::caller(&request)?;
        let mut ask = request.into_inner();
        let review = desk::Review {
            on: on!(ask, alone),
            said: words::parse_said(ask.citizen_said),
            words: fields::text("words", ask.words)?,
        };
        let done = shown(desk::review(&self.0, &caller.actor, review).await);
        let case = self.told(&caller, &ask.number, done).await?;
        Ok(Response::new(v1::RecordReviewResponse { case }))
    }

    async fn drop_case(
        &self,
        request: Request<v1::DropCaseRequest>,
    ) -> Result<Response<v1::DropCaseResponse>, Status> {
        let caller = door::caller(&request)?;
        let mut ask = request.into_inner();
        let on = on!(ask, alone);
        let done = shown(desk::drop_from_agenda(&self.0, &caller.actor, on).await);
        let case = self.told(&caller, &ask.number, done).await?;
        Ok(Response::new(v1::DropCaseResponse { case }))
    }
}

impl Oversight {
    /// A refusal says how the case stands.
    async fn told(
        &self,
        caller: &door::Caller,
        number: &str,
        done: Result<Option<v1::Case>, Status>,
    ) -> Result<Option<v1::Case>, Status> {
        match done {
            Ok(case) => Ok(case),
            Err(refused) => Err(explained(&self.0, &caller.actor, number, refused).await),
        }
    }
}

fn item(item: desk::Item) -> v1::list_agenda_response::Item {
    let remark = |remark: desk::Remark| v1::list_agenda_response::Remark {
        at: Some(print_time(remark.at)),
        actor: remark.actor,
        post: remark.post.map_or(String::new(), |PostId(post)| post.to_string()),
        citizen_said: remark.citizen_said.map(words::said).unwrap_or_default(),
    };
    v1::list_agenda_response::Item {
        case: Some(print::case(item.view)),
        held_at: item.matter.due_at.map(print_time),
        outcome: item.matter.settled.map(|end| end.outcome).unwrap_or_default(),
        remarks: item.said.into_iter().map(remark).collect(),
    }
}
