//! What is done with an agent's call: sent on, shared, heard by a supervisor.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use helpline_proto::v1::{self, call_target, conversation_service_server::ConversationService};
use tonic::{Request, Response, Status};

use crate::{
    acd::{
        AgentState, Want,
        conversation::{EarMode, NotNow},
        policy,
    },
    app::{
        App,
        agents::{
            self, Agent, calling,
            supervision::{self, Begin, Supervised},
            transfers::{self, Manner, Pass, Reached, To},
        },
    },
    calls::centre::{self, Centre},
    grpc::{
        agents::{print, refused},
        door,
        fail::field,
        fields, status,
    },
};

const LOGIN_MAX_BYTES: usize = 128;
const WANTS_MAX: usize = 8;
/// Requests that are known to have been done already, for clients that ask again.
const DONE_MAX: usize = 4_096;

pub struct Conversations {
    pub app: Arc<App>,
    /// None where there are no telephones.
    pub centre: Option<Centre>,
    pub done: Done,
}

/// What was done in live calls, by account and request id: asked again, it is not done again.
#[derive(Debug, Default)]
pub struct Done(Mutex<VecDeque<(i64, String)>>);

impl Done {
    fn has(&self, account: i64, request_id: &str) -> bool {
        let done = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        done.iter().any(|(its, id)| *its == account && id == request_id)
    }

    fn put(&self, account: i64, request_id: String) {
        let mut done = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if done.len() >= DONE_MAX {
            done.pop_front();
        }
        done.push_back((account, request_id));
    }
}

impl Conversations {
    fn centre(&self) -> Result<&Centre, Status> {
        self.centre.as_ref().ok_or_else(|| refused(centre::Error::Busy))
    }

    /// The caller's own desk phone.
    async fn own<T>(&self, request: &Request<T>) -> Result<Agent, Status> {
        let caller = door::caller(request)?;
        agents::own(&self.app, &caller.actor).await.map_err(status::of)
    }
}

fn state(state: Result<AgentState, centre::Error>) -> Result<Option<v1::AgentState>, Status> {
    Ok(Some(print::state(&state.map_err(refused)?)))
}

#[tonic::async_trait]
impl ConversationService for Conversations {
    async fn transfer_call(
        &self,
        request: Request<v1::TransferCallRequest>,
    ) -> Result<Response<v1::TransferCallResponse>, Status> {
        let (caller, agent) = (door::caller(&request)?, self.own(&request).await?);
        let ask = request.into_inner();
        let request_id = fields::request_id(ask.request_id)?;
        let (to, wants) = target(ask.to)?;
        let centre = self.centre()?;
        if self.done.has(agent.account, &request_id) {
            let state = state(centre.state(&agent).await)?;
            return Ok(Response::new(v1::TransferCallResponse { state }));
        }
        let call = centre.call_of(&agent).await.map_err(refused)?;
        let manner = Manner::Transfer;
        let pass = Pass { request_id: Some(request_id.clone()), call, to, manner };
        let to = transfers::pass(&self.app, &caller.actor, pass).await.map_err(status::of)?;
        let state = state(centre.transfer(&agent, to, wants).await)?;
        self.done.put(agent.account, request_id);
        Ok(Response::new(v1::TransferCallResponse { state }))
    }

    async fn invite_to_call(
        &self,
        request: Request<v1::InviteToCallRequest>,
    ) -> Result<Response<v1::InviteToCallResponse>, Status> {
        let (caller, agent) = (door::caller(&request)?, self.own(&request).await?);
        let ask = request.into_inner();
        let request_id = fields::request_id(ask.request_id)?;
        let (to, _) = target(ask.to)?;
        if to == To::Queue {
            return Err(field("to", "nobody is invited from the queue"));
        }
        let centre = self.centre()?;
        if self.done.has(agent.account, &request_id) {
            let state = state(centre.state(&agent).await)?;
            return Ok(Response::new(v1::InviteToCallResponse { state }));
        }
        let call = centre.call_of(&agent).await.map_err(refused)?;
        let manner = Manner::Invite;
        let pass = Pass { request_id: Some(request_id.clone()), call, to, manner };
        let who: Reached =
            transfers::pass(&self.app, &caller.actor, pass).await.map_err(status::of)?;
        let state = state(centre.invite(&agent, who, ask.apart).await)?;
        self.done.put(agent.account, request_id);
        Ok(Response::new(v1::InviteToCallResponse { state }))
    }

    async fn join_call(
        &self,
        request: Request<v1::JoinCallRequest>,
    ) -> Result<Response<v1::JoinCallResponse>, Status> {
        let agent = self.own(&request).await?;
        let state = state(self.centre()?.join(&agent).await)?;
        Ok(Response::new(v1::JoinCallResponse { state }))
    }

    async fn hand_over_call(
        &self,
        request: Request<v1::HandOverCallRequest>,
    ) -> Result<Response<v1::HandOverCallResponse>, Status> {
        let agent = self.own(&request).await?;
        let state = state(self.centre()?.hand_over(&agent).await)?;
        Ok(Response::new(v1::HandOverCallResponse { state }))
    }

    async fn drop_guest(
        &self,
        request: Request<v1::DropGuestRequest>,
    ) -> Result<Response<v1::DropGuestResponse>, Status> {
        let agent = self.own(&request).await?;
        let state = state(self.centre()?.drop_guest(&agent).await)?;
        Ok(Response::new(v1::DropGuestResponse { state }))
    }

    async fn supervise_call(
        &self,
        request: Request<v1::SuperviseCallRequest>,
    ) -> Result<Response<v1::SuperviseCallResponse>, Status> {
        let (caller, by) = (door::caller(&request)?, self.own(&request).await?);
        let ask = request.into_inner();
        let request_id = fields::request_id(ask.request_id)?;
        let agent = login("agent", ask.agent)?;
        let (mode, word) = mode(ask.mode)?;
        let watched = supervision::watched(&self.app, &caller.actor, &agent).await;
        let watched = watched.map_err(status::of)?;
        let centre = self.centre()?;
        if self.done.has(by.account, &request_id) {
            let state = state(centre.state(&by).await)?;
            return Ok(Response::new(v1::SuperviseCallResponse { state }));
        }
        let call = centre.call_of(&watched).await.map_err(refused)?;
        let begin = Begin {
            request_id: request_id.clone(),
            agent,
            call: call.clone(),
            mode: word,
            reason: ask.reason,
        };
        supervision::begin(&self.app, &caller.actor, begin).await.map_err(status::of)?;
        let heard = centre.supervise(&by, &watched, call.clone(), mode).await;
        if matches!(&heard, Err(centre::Error::NotNow(why)) if *why != NotNow::Heard) {
            // What has its beginning in the audit gets its end.
            let ended = supervision::Ended { by: by.account, call, lasted: Default::default() };
            supervision::ended(&self.app, ended).await;
        }
        let state = state(heard)?;
        self.done.put(by.account, request_id);
        Ok(Response::new(v1::SuperviseCallResponse { state }))
    }

    async fn end_supervision(
        &self,
        request: Request<v1::EndSupervisionRequest>,
    ) -> Result<Response<v1::EndSupervisionResponse>, Status> {
        let by = self.own(&request).await?;
        let state = state(self.centre()?.end_supervision(&by).await)?;
        Ok(Response::new(v1::EndSupervisionResponse { state }))
    }

    async fn call_citizen(
        &self,
        request: Request<v1::CallCitizenRequest>,
    ) -> Result<Response<v1::CallCitizenResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let ask = calling::Ask {
            request_id: fields::request_id(ask.request_id)?,
            number: fields::number(&ask.number)?,
            meeting: fields::optional_code("meeting", ask.meeting)?,
            call: centre::new_call(),
        };
        let centre = self.centre()?;
        let calling = calling::begin(&self.app, &caller.actor, ask).await.map_err(status::of)?;
        let call = calling.call.clone();
        centre.call_citizen(calling).await.map_err(refused)?;
        Ok(Response::new(v1::CallCitizenResponse { call }))
    }

    async fn list_supervisions(
        &self,
        request: Request<v1::ListSupervisionsRequest>,
    ) -> Result<Response<v1::ListSupervisionsResponse>, Status> {
        let caller = door::caller(&request)?;
        let supervisor = login("supervisor", request.into_inner().supervisor)?;
        let listed = supervision::list(&self.app, &caller.actor, &supervisor).await;
        let supervisions = listed.map_err(status::of)?.into_iter().map(printed).collect();
        Ok(Response::new(v1::ListSupervisionsResponse { supervisions }))
    }
}

fn login(name: &str, login: String) -> Result<String, Status> {
    if login.is_empty() || login.len() > LOGIN_MAX_BYTES {
        return Err(field(name, "1 to 128 bytes"));
    }
    Ok(login)
}

fn target(target: Option<v1::CallTarget>) -> Result<(To, Vec<Want>), Status> {
    let to = target.and_then(|target| target.to).ok_or_else(|| field("to", "missing"))?;
    match to {
        call_target::To::Agent(agent) => Ok((To::Agent(login("to", agent)?), Vec::new())),
        call_target::To::Post(post) => {
            let post = fields::named_post("to", &post)?.ok_or_else(|| field("to", "empty"))?;
            Ok((To::Post(post), Vec::new()))
        }
        call_target::To::Queue(queue) => Ok((To::Queue, wants(&queue.skills)?)),
    }
}

/// Skills without levels: the queue's own widening says how good one has to be by when.
fn wants(skills: &str) -> Result<Vec<Want>, Status> {
    let want = |word: &str| match word.split_once(':') {
        Some(("department", code)) if !code.is_empty() => Ok(policy::department(code)),
        None if word == "womens_desk" => Ok(policy::womens_desk()),
        _ => Err(field("to", "skills are department:CODE and womens_desk")),
    };
    let wants: Vec<Want> = skills.split_whitespace().map(want).collect::<Result<_, _>>()?;
    if wants.len() > WANTS_MAX {
        return Err(field("to", "at most 8 skills"));
    }
    Ok(wants)
}

fn mode(mode: i32) -> Result<(EarMode, &'static str), Status> {
    match v1::SupervisionMode::try_from(mode) {
        Ok(v1::SupervisionMode::Listen) => Ok((EarMode::Listen, "LISTEN")),
        Ok(v1::SupervisionMode::Whisper) => Ok((EarMode::Whisper, "WHISPER")),
        Ok(v1::SupervisionMode::Barge) => Ok((EarMode::Barge, "BARGE")),
        Ok(v1::SupervisionMode::TakeOver) => Ok((EarMode::TakeOver, "TAKE_OVER")),
        Ok(v1::SupervisionMode::Unspecified) | Err(_) => Err(field("mode", "missing")),
    }
}

fn printed(one: Supervised) -> v1::Supervision {
    let mode = v1::SupervisionMode::from_str_name(&format!("SUPERVISION_MODE_{}", one.mode));
    v1::Supervision {
        began_at: Some(fields::print_time(one.at)),
        supervisor: one.supervisor,
        agent: one.agent,
        call: one.call,
        mode: mode.unwrap_or_default().into(),
        reason: one.reason,
        lasted_ms: one.lasted_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skills_are_wanted_by_name_and_nothing_else_is_one() {
        assert_eq!(wants("").unwrap(), Vec::new());
        let both = [policy::department("phe"), policy::womens_desk()];
        assert_eq!(wants("department:phe womens_desk").unwrap(), both);
        for word in ["department:", "language:hi", "phe", "9000000001"] {
            assert!(wants(word).is_err(), "{word}");
        }
        assert!(wants(&"womens_desk ".repeat(9)).is_err());
    }

    #[test]
    fn what_was_done_is_known_by_account_and_request() {
        let done = Done::default();
        done.put(7, "r1".to_owned());

        assert!(done.has(7, "r1"));
        assert!(!done.has(8, "r1") && !done.has(7, "r2"));
        (0..DONE_MAX).for_each(|n| done.put(9, n.to_string()));
        assert!(!done.has(7, "r1"), "the oldest is forgotten");
    }
}
