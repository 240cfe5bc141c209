//! What the desks of the call centre say beside the cases.

use std::sync::Arc;

use helpline_proto::v1::{self, intake_service_server::IntakeService};
use tonic::{Request, Response, Status};

use crate::{
    app::{App, agents, intake},
    calls::centre::{Centre, OnCall},
    domain::actor::Actor,
    grpc::{
        agents::refused,
        door,
        fail::field,
        fields::{self, print_time},
        status, words,
    },
};

/// As a console shows it: 12 random bytes.
const CALL_MAX_BYTES: usize = 64;

pub struct Intake {
    pub app: Arc<App>,
    /// None where there are no telephones.
    pub centre: Option<Centre>,
}

#[tonic::async_trait]
impl IntakeService for Intake {
    async fn set_disposition(
        &self,
        request: Request<v1::SetDispositionRequest>,
    ) -> Result<Response<v1::SetDispositionResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let ask = intake::Dispose {
            request_id: fields::request_id(ask.request_id)?,
            call: call("call", ask.call)?,
            disposition: words::parse_disposition(ask.disposition)
                .ok_or_else(|| field("disposition", "what the call was"))?,
            note: fields::optional_text("note", ask.note)?,
        };
        let live = on_call(&self.app, self.centre.as_ref(), &caller.actor).await?;
        let live = live.map(|live| live.talk);
        let done = intake::dispose(&self.app, &caller.actor, ask, live).await;
        let done = done.map_err(status::of)?;
        let said = done.talk.said.as_ref();
        if let (true, Some(centre), Some(said)) = (done.fresh, &self.centre, said) {
            // A board that is too busy to hear of it reads it at its next start.
            let _ = centre.said(done.before, said.disposition);
        }
        Ok(Response::new(v1::SetDispositionResponse {
            call: done.talk.call.clone(),
            disposition: said.map_or(0, |said| words::disposition(said.disposition)),
            said_at: said.map(|said| print_time(said.at)),
            before: done.before.map_or(0, words::disposition),
        }))
    }
}

/// The call that the caller of an RPC is on, or had last, as the call centre knows it; None without a desk phone.
pub(super) async fn on_call(
    app: &App,
    centre: Option<&Centre>,
    actor: &Actor,
) -> Result<Option<OnCall>, Status> {
    let Some(centre) = centre else { return Ok(None) };
    match agents::own(app, actor).await {
        Ok(agent) => centre.on_call(&agent).await.map_err(refused),
        Err(crate::app::Error::NotFound(_)) => Ok(None),
        Err(error) => Err(status::of(error)),
    }
}

pub(super) fn call(name: &str, call: String) -> Result<Option<String>, Status> {
    match call.len() {
        0 => Ok(None),
        1..=CALL_MAX_BYTES => Ok(Some(call)),
        _ => Err(field(name, "at most 64 bytes")),
    }
}
