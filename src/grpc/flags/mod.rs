//! The review list of patterns.

use std::sync::Arc;

use helpline_proto::v1::{self, flag_service_server::FlagService};
use tonic::{Request, Response, Status};

use crate::{
    app::{
        App,
        flags::{self, Decide, FlagView},
    },
    grpc::{
        door,
        fail::field,
        fields::{self, print_time},
        intake::said,
        page::{self, Bound},
        status, words,
    },
};

pub struct Flags(pub Arc<App>);

#[tonic::async_trait]
impl FlagService for Flags {
    async fn list_flags(
        &self,
        request: Request<v1::ListFlagsRequest>,
    ) -> Result<Response<v1::ListFlagsResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let list = v1::ListFlagsRequest { all: ask.all, kind: ask.kind, ..Default::default() };
        let bound = Bound::to(&caller.actor, &list);
        let (size, after) = page::parse_after(ask.page_size, bound.open(&ask.page_token)?)?;
        let kind = match ask.kind {
            0 => None,
            kind => Some(words::parse_flag_kind(kind).ok_or_else(|| field("kind", "not a kind"))?),
        };
        let found = flags::list(&self.0, &caller.actor, !ask.all, kind, size, after).await;
        let found = found.map_err(status::of)?;
        Ok(Response::new(v1::ListFlagsResponse {
            flags: found.rows.into_iter().map(print).collect(),
            next_page_token: bound.seal(page::after(found.next)),
        }))
    }

    async fn get_flag(
        &self,
        request: Request<v1::GetFlagRequest>,
    ) -> Result<Response<v1::GetFlagResponse>, Status> {
        let caller = door::caller(&request)?;
        let id = id(&request.into_inner().id)?;
        let flag = flags::get(&self.0, &caller.actor, id).await.map_err(status::of)?;
        Ok(Response::new(v1::GetFlagResponse { flag: Some(print(flag)) }))
    }

    async fn decide_flag(
        &self,
        request: Request<v1::DecideFlagRequest>,
    ) -> Result<Response<v1::DecideFlagResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let verdict = match ask.verdict() {
            v1::FlagState::Confirmed | v1::FlagState::Dismissed => {
                words::parse_flag_state(ask.verdict)
            }
            v1::FlagState::Unspecified | v1::FlagState::Open => None,
        };
        let ask = Decide {
            request_id: fields::request_id(ask.request_id)?,
            flag: id(&ask.id)?,
            verdict: verdict.ok_or_else(|| field("verdict", "confirmed or dismissed"))?,
            note: said("note", ask.note)?,
        };
        let flag = flags::decide(&self.0, &caller.actor, ask).await.map_err(status::of)?;
        Ok(Response::new(v1::DecideFlagResponse { flag: Some(print(flag)) }))
    }
}

fn id(text: &str) -> Result<i64, Status> {
    text.parse().map_err(|_| field("id", "not the id of a flag"))
}

fn print(view: FlagView) -> v1::Flag {
    let flag = view.flag;
    v1::Flag {
        id: flag.id.to_string(),
        kind: words::flag_kind(flag.kind),
        state: words::flag_state(flag.state),
        found_at: Some(print_time(flag.found_at)),
        subject: flag.subject.name(),
        phone_masked: view.phone.unwrap_or_default(),
        login: view.login.unwrap_or_default(),
        cases: view.cases.iter().map(ToString::to_string).collect(),
        evidence: flag.evidence,
        decided_by: flag.decided_by.map(|id| format!("account:{id}")).unwrap_or_default(),
        decided_at: flag.decided_at.map(print_time),
        note: view.note.unwrap_or_default(),
    }
}
