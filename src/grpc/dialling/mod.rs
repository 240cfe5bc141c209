//! Stop switches, and why a citizen is rung now or not.

use std::sync::Arc;

use helpline_proto::v1::{self, dial_reach, dialling_service_server::DiallingService};
use tonic::{Request, Response, Status};

use crate::{
    app::{
        App,
        dialling::{self, DECISIONS_MAX, Decided, StopView, Throw, WhyCalled},
    },
    domain::pacing::{Why, stop::Reach},
    grpc::{
        door,
        fail::field,
        fields::{self, print_time},
        intake::said,
        status,
    },
};

const DECISIONS_USUAL: usize = 50;

pub struct Dialling(pub Arc<App>);

#[tonic::async_trait]
impl DiallingService for Dialling {
    async fn stop_dialling(
        &self,
        request: Request<v1::StopDiallingRequest>,
    ) -> Result<Response<v1::StopDiallingResponse>, Status> {
        let caller = door::caller(&request)?;
        let v1::StopDiallingRequest { request_id, reach, reason } = request.into_inner();
        let ask = throw(request_id, reach, reason, true)?;
        let thrown = dialling::throw(&self.0, &caller.actor, ask).await.map_err(status::of)?;
        Ok(Response::new(v1::StopDiallingResponse { stop: Some(print(thrown)) }))
    }

    async fn start_dialling(
        &self,
        request: Request<v1::StartDiallingRequest>,
    ) -> Result<Response<v1::StartDiallingResponse>, Status> {
        let caller = door::caller(&request)?;
        let v1::StartDiallingRequest { request_id, reach, reason } = request.into_inner();
        let ask = throw(request_id, reach, reason, false)?;
        let thrown = dialling::throw(&self.0, &caller.actor, ask).await.map_err(status::of)?;
        Ok(Response::new(v1::StartDiallingResponse { stop: Some(print(thrown)) }))
    }

    async fn list_stops(
        &self,
        request: Request<v1::ListStopsRequest>,
    ) -> Result<Response<v1::ListStopsResponse>, Status> {
        let caller = door::caller(&request)?;
        let stops = dialling::list(&self.0, &caller.actor).await.map_err(status::of)?;
        let stops = stops.into_iter().map(print).collect();
        Ok(Response::new(v1::ListStopsResponse { stops }))
    }

    async fn why_called(
        &self,
        request: Request<v1::WhyCalledRequest>,
    ) -> Result<Response<v1::WhyCalledResponse>, Status> {
        let caller = door::caller(&request)?;
        let number = fields::number(&request.into_inner().number)?;
        let answer = dialling::why(&self.0, &caller.actor, number).await.map_err(status::of)?;
        let WhyCalled { why, until, behind, districts_before, by, attempts } = answer;
        Ok(Response::new(v1::WhyCalledResponse {
            now: matches!(why, Why::Now(_)),
            why: word(why),
            until: until.map(print_time),
            behind,
            districts_before,
            call_kind: by.map_or("", |kind| kind.as_str()).to_owned(),
            attempts,
        }))
    }

    async fn list_decisions(
        &self,
        request: Request<v1::ListDecisionsRequest>,
    ) -> Result<Response<v1::ListDecisionsResponse>, Status> {
        let caller = door::caller(&request)?;
        let limit = match usize::try_from(request.into_inner().limit) {
            Ok(0) => DECISIONS_USUAL,
            Ok(limit) if limit <= DECISIONS_MAX => limit,
            _ => return Err(field("limit", "0 to 256")),
        };
        let decided = dialling::decisions(&self.0, &caller.actor, limit).map_err(status::of)?;
        let decisions = decided.into_iter().map(print_decision).collect();
        Ok(Response::new(v1::ListDecisionsResponse { decisions }))
    }
}

fn throw(
    request_id: String,
    reach: Option<v1::DialReach>,
    reason: String,
    stop: bool,
) -> Result<Throw, Status> {
    let reach = match reach.and_then(|reach| reach.reach) {
        Some(dial_reach::Reach::Whole(true)) => Reach::Whole,
        Some(dial_reach::Reach::District(district)) => {
            Reach::District(fields::place("district", district)?)
        }
        Some(dial_reach::Reach::Trunk(trunk)) => Reach::Trunk(trunk),
        Some(dial_reach::Reach::Whole(false)) | None => {
            return Err(field("reach", "the whole, a district or a trunk"));
        }
    };
    Ok(Throw {
        request_id: fields::request_id(request_id)?,
        reach,
        stop,
        reason: said("reason", reason)?,
    })
}

fn print(stop: StopView) -> v1::DialStop {
    let reach = match stop.reach {
        Reach::Whole => dial_reach::Reach::Whole(true),
        Reach::District(district) => dial_reach::Reach::District(district.0),
        Reach::Trunk(trunk) => dial_reach::Reach::Trunk(trunk),
    };
    v1::DialStop {
        reach: Some(v1::DialReach { reach: Some(reach) }),
        stopped: stop.stopped,
        actor: format!("account:{}", stop.account),
        at: Some(print_time(stop.at)),
        reason: stop.reason,
    }
}

fn print_decision(decided: Decided) -> v1::DialDecision {
    let Decided { decision, since, times } = decided;
    let of = decision.inputs;
    let number = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    v1::DialDecision {
        at: Some(print_time(of.at)),
        since: Some(print_time(since)),
        times: i64::try_from(times).unwrap_or(i64::MAX),
        mode: of.mode.as_str().to_owned(),
        dial: number(decision.dial),
        why: word(decision.why),
        due_districts: number(of.due),
        channels: number(of.channels),
        trunks_resting: of.resting,
        stopped: of.stopped,
        free_callers: number(of.free),
        in_flight: number(of.in_flight),
        rung: number(of.answers.rung),
        answered: number(of.answers.answered),
        drops_answered: number(of.drops.answered),
        drops_waited: number(of.drops.waited),
    }
}

fn word(why: Why) -> String {
    match why {
        Why::Now(why) => why.as_str(),
        Why::NotYet(why) => why.as_str(),
    }
    .to_owned()
}
