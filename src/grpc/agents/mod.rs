//! Agents at desk phones, and the queue.

pub(super) mod print;
mod watch;

use std::sync::Arc;

use helpline_proto::v1::{self, agent_service_server::AgentService};
use tonic::{Request, Response, Status};

use crate::{
    acd::{AgentState, CallerId, Intent},
    app::{
        App,
        agents::{self, Agent, PutAgent},
    },
    calls::centre::{self, Centre, skills},
    domain::permissions::{self, Act, Object},
    grpc::{
        door::{self, Caller},
        fail::{self, field},
        fields, status, watching,
    },
};
use watch::{BoardSource, ConsoleSource};

const LOGIN_MAX_BYTES: usize = 128;
const SKILLS_MAX_BYTES: usize = 2_048;

pub struct Agents {
    pub app: Arc<App>,
    /// None where there are no telephones.
    pub centre: Option<Centre>,
    pub pace: watching::Pace,
}

impl Agents {
    fn centre(&self) -> Result<&Centre, Status> {
        self.centre.as_ref().ok_or_else(|| refused(centre::Error::Busy))
    }

    /// The caller's own desk phone.
    async fn own<T>(&self, request: &Request<T>) -> Result<Agent, Status> {
        let caller = door::caller(request)?;
        agents::own(&self.app, &caller.actor).await.map_err(status::of)
    }
}

fn done(state: Result<AgentState, centre::Error>) -> Result<Option<v1::AgentState>, Status> {
    Ok(Some(print::state(&state.map_err(refused)?)))
}

pub(super) fn refused(error: centre::Error) -> Status {
    match error {
        centre::Error::Busy => fail::wait(
            tonic::Code::Unavailable,
            fail::reason::BUSY,
            "the call centre is busy",
            status::RETRY_AFTER,
        ),
        centre::Error::NotNow(why) => {
            fail::fail(tonic::Code::FailedPrecondition, fail::reason::NOT_NOW, why.to_string())
        }
        centre::Error::NoAgent => status::of(crate::app::Error::NotFound("desk phone")),
    }
}

#[tonic::async_trait]
impl AgentService for Agents {
    async fn put_agent(
        &self,
        request: Request<v1::PutAgentRequest>,
    ) -> Result<Response<v1::PutAgentResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        if ask.login.is_empty() || ask.login.len() > LOGIN_MAX_BYTES {
            return Err(field("login", "1 to 128 bytes"));
        }
        if ask.skills.len() > SKILLS_MAX_BYTES {
            return Err(field("skills", "at most 2,048 bytes"));
        }
        let known =
            skills::parse(&ask.skills).map_err(|error| field("skills", error.to_string()))?;
        let put = PutAgent {
            request_id: fields::request_id(ask.request_id)?,
            login: ask.login,
            phone: ask.phone,
            skills: skills::print(&known),
        };
        let agent = agents::put(&self.app, &caller.actor, put).await.map_err(status::of)?;
        let state = self.centre()?.learn(&agent).await.map_err(refused)?;
        Ok(Response::new(v1::PutAgentResponse { agent: Some(print::agent(&agent, Some(&state))) }))
    }

    async fn list_agents(
        &self,
        request: Request<v1::ListAgentsRequest>,
    ) -> Result<Response<v1::ListAgentsResponse>, Status> {
        let caller = door::caller(&request)?;
        let mut agents = agents::list(&self.app, &caller.actor).await.map_err(status::of)?;
        agents.sort_by(|one, other| one.login.cmp(&other.login));
        let board = self.centre()?.board().await.map_err(refused)?;
        let state =
            |agent: &Agent| board.agents.iter().find(|state| state.agent.0 == agent.account);
        let agents = agents.iter().map(|agent| print::agent(agent, state(agent))).collect();
        Ok(Response::new(v1::ListAgentsResponse { agents }))
    }

    async fn set_intent(
        &self,
        request: Request<v1::SetIntentRequest>,
    ) -> Result<Response<v1::SetIntentResponse>, Status> {
        let agent = self.own(&request).await?;
        let ask = request.into_inner();
        let intent = intent(ask.intent, ask.break_reason)?;
        let state = done(self.centre()?.intend(&agent, intent).await)?;
        Ok(Response::new(v1::SetIntentResponse { state }))
    }

    async fn extend_wrap_up(
        &self,
        request: Request<v1::ExtendWrapUpRequest>,
    ) -> Result<Response<v1::ExtendWrapUpResponse>, Status> {
        let agent = self.own(&request).await?;
        let state = done(self.centre()?.extend_wrap_up(&agent).await)?;
        Ok(Response::new(v1::ExtendWrapUpResponse { state }))
    }

    async fn end_wrap_up(
        &self,
        request: Request<v1::EndWrapUpRequest>,
    ) -> Result<Response<v1::EndWrapUpResponse>, Status> {
        let agent = self.own(&request).await?;
        let state = done(self.centre()?.end_wrap_up(&agent).await)?;
        Ok(Response::new(v1::EndWrapUpResponse { state }))
    }

    async fn hold_call(
        &self,
        request: Request<v1::HoldCallRequest>,
    ) -> Result<Response<v1::HoldCallResponse>, Status> {
        let agent = self.own(&request).await?;
        let state = done(self.centre()?.hold(&agent, request.into_inner().hold).await)?;
        Ok(Response::new(v1::HoldCallResponse { state }))
    }

    async fn end_call(
        &self,
        request: Request<v1::EndCallRequest>,
    ) -> Result<Response<v1::EndCallResponse>, Status> {
        let agent = self.own(&request).await?;
        let state = done(self.centre()?.hang_up(&agent).await)?;
        Ok(Response::new(v1::EndCallResponse { state }))
    }

    type WatchConsoleStream = watching::Stream<v1::WatchConsoleResponse>;

    async fn watch_console(
        &self,
        request: Request<v1::WatchConsoleRequest>,
    ) -> Result<Response<Self::WatchConsoleStream>, Status> {
        let caller: Caller = door::caller(&request)?;
        let agent = self.own(&request).await?;
        let token = watching::resume(request.into_inner().resume_token)?;
        let after = token.map(|token| token.parse::<u64>()).transpose();
        let after = after.map_err(|_| field("resume_token", "not one that this helpline gave"))?;
        let source = ConsoleSource::open(self.centre()?.clone(), agent, after)?;
        let stream = watching::stream(self.app.clone(), source, caller, self.pace.clone());
        Ok(Response::new(stream))
    }

    type WatchBoardStream = watching::Stream<v1::WatchBoardResponse>;

    async fn watch_board(
        &self,
        request: Request<v1::WatchBoardRequest>,
    ) -> Result<Response<Self::WatchBoardStream>, Status> {
        let caller: Caller = door::caller(&request)?;
        let source =
            BoardSource::new(self.app.clone(), self.centre()?.clone(), caller.actor.clone());
        let stream = watching::stream(self.app.clone(), source, caller, self.pace.clone());
        Ok(Response::new(stream))
    }

    async fn why_waiting(
        &self,
        request: Request<v1::WhyWaitingRequest>,
    ) -> Result<Response<v1::WhyWaitingResponse>, Status> {
        let caller = door::caller(&request)?;
        permissions::may(&caller.actor, Act::Agents, Object::Nothing)
            .map_err(|refused| status::of(refused.into()))?;
        let asked = request.into_inner().caller;
        let who = if asked.is_empty() {
            self.centre()?.callers().await.map_err(refused)?.first().copied()
        } else {
            let id = asked.parse().map_err(|_| field("caller", "not a caller of this queue"))?;
            Some(CallerId(id))
        };
        let gone = || status::of(crate::app::Error::NotFound("caller"));
        let who = who.ok_or_else(gone)?;
        let why = self.centre()?.why_waiting(who).await.map_err(refused)?.ok_or_else(gone)?;
        let agents = agents::list(&self.app, &caller.actor).await.map_err(status::of)?;
        Ok(Response::new(print::why(who, &why, &agents)))
    }
}

fn intent(intent: i32, reason: i32) -> Result<Intent, Status> {
    let reason = print::parse_break(reason);
    match v1::Intent::try_from(intent) {
        Ok(v1::Intent::SignedOut) => Ok(Intent::SignedOut),
        Ok(v1::Intent::Available) => Ok(Intent::Available),
        Ok(v1::Intent::OnDemand) => Ok(Intent::OnDemand),
        Ok(v1::Intent::OnBreak) => match reason {
            Some(reason) => Ok(Intent::OnBreak(reason)),
            None => Err(field("break_reason", "one that a person may say")),
        },
        Ok(v1::Intent::Unspecified) | Err(_) => Err(field("intent", "what the agent means to do")),
    }
}
