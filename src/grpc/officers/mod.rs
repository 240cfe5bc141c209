//! The officer's desk.

use std::sync::Arc;

use helpline_proto::v1::{self, officer_service_server::OfficerService};
use tonic::{Request, Response, Status};

use crate::{
    app::{App, desk},
    grpc::{cases as print, door, fail::field, fields, page, status},
};

pub struct Officers(pub Arc<App>);

#[tonic::async_trait]
impl OfficerService for Officers {
    async fn list_queue(
        &self,
        request: Request<v1::ListQueueRequest>,
    ) -> Result<Response<v1::ListQueueResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let queue = desk::Queue {
            post: fields::post(&ask.post)?,
            page: page::parse(ask.page_size, &ask.page_token)?,
        };
        let listed = desk::queue(&self.0, &caller.actor, queue).await.map_err(status::of)?;
        let (cases, next_page_token) = print::page(listed);
        Ok(Response::new(v1::ListQueueResponse { cases, next_page_token }))
    }

    async fn open_case(
        &self,
        request: Request<v1::OpenCaseRequest>,
    ) -> Result<Response<v1::OpenCaseResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let open = desk::Open {
            request_id: fields::request_id(ask.request_id)?,
            number: fields::number(&ask.number)?,
            post: fields::post(&ask.post)?,
        };
        let detail = desk::open(&self.0, &caller.actor, open).await.map_err(status::of)?;
        Ok(Response::new(v1::OpenCaseResponse {
            case: Some(print::case(detail.view)),
            history: print::history(detail.history),
        }))
    }

    async fn record_contact(
        &self,
        request: Request<v1::RecordContactRequest>,
    ) -> Result<Response<v1::RecordContactResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let kind = match ask.kind() {
            v1::ContactKind::Unspecified => return Err(field("kind", "missing")),
            v1::ContactKind::Call => desk::ContactKind::Call,
            v1::ContactKind::Visit => desk::ContactKind::Visit,
            v1::ContactKind::Note => desk::ContactKind::Note,
        };
        let contact = desk::Contact {
            request_id: fields::request_id(ask.request_id)?,
            number: fields::number(&ask.number)?,
            etag: fields::etag(&ask.etag)?,
            post: fields::post(&ask.post)?,
            kind,
            at: fields::optional_time("took_place_at", ask.took_place_at)?,
            note: fields::text("note", ask.note)?,
        };
        let view =
            desk::record_contact(&self.0, &caller.actor, contact).await.map_err(status::of)?;
        Ok(Response::new(v1::RecordContactResponse { case: Some(print::case(view)) }))
    }

    async fn file_resolution(
        &self,
        request: Request<v1::FileResolutionRequest>,
    ) -> Result<Response<v1::FileResolutionResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        if ask.report.trim().is_empty() {
            return Err(field("report", "missing"));
        }
        let resolve = desk::Resolve {
            request_id: fields::request_id(ask.request_id)?,
            number: fields::number(&ask.number)?,
            etag: fields::etag(&ask.etag)?,
            post: fields::post(&ask.post)?,
            report: fields::text("report", ask.report)?,
        };
        let filed = desk::resolve(&self.0, &caller.actor, resolve).await.map_err(status::of)?;
        Ok(Response::new(v1::FileResolutionResponse {
            case: Some(print::case(filed.view)),
            round: print::count(filed.round),
            warnings: filed.warnings.into_iter().map(str::to_owned).collect(),
        }))
    }
}
