//! What the desks of the call centre say beside the cases.

pub(super) mod print;

use std::{sync::Arc, time::Duration};

use helpline_proto::v1::{self, intake_service_server::IntakeService};
use tonic::{Request, Response, Status};

use crate::{
    app::{
        App, agents,
        intake::{self, SafetyOf, Who},
    },
    calls::centre::{Centre, OnCall},
    domain::{
        actor::Actor,
        citizen::{Hours, Safety},
        phone::Phone,
    },
    grpc::{
        agents::refused,
        door,
        fail::field,
        fields::{self, print_time},
        page::Bound,
        status, words,
    },
};

/// As a console shows it: 12 random bytes.
const CALL_MAX_BYTES: usize = 64;
const FIGURES_MAX: Duration = Duration::from_secs(400 * 86_400);
/// A block lasts no longer; the rule says so too.
const SPAN_MAX: Duration = Duration::from_secs(30 * 86_400);

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

    async fn block_citizen(
        &self,
        request: Request<v1::BlockCitizenRequest>,
    ) -> Result<Response<v1::BlockCitizenResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let ask = intake::BlockCitizen {
            request_id: fields::request_id(ask.request_id)?,
            who: self.who(&caller.actor, ask.citizen).await?,
            reason: said("reason", ask.reason)?,
            span_ms: fields::span_ms("span", ask.span, SPAN_MAX)?,
        };
        let view = intake::block_citizen(&self.app, &caller.actor, ask).await;
        let block = Some(print::block(view.map_err(status::of)?));
        Ok(Response::new(v1::BlockCitizenResponse { block }))
    }

    async fn lift_block(
        &self,
        request: Request<v1::LiftBlockRequest>,
    ) -> Result<Response<v1::LiftBlockResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let ask = intake::LiftBlock {
            request_id: fields::request_id(ask.request_id)?,
            block: id("block", &ask.block)?,
        };
        let view = intake::lift_block(&self.app, &caller.actor, ask).await;
        let block = Some(print::block(view.map_err(status::of)?));
        Ok(Response::new(v1::LiftBlockResponse { block }))
    }

    async fn appeal_block(
        &self,
        request: Request<v1::AppealBlockRequest>,
    ) -> Result<Response<v1::AppealBlockResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let ask = intake::AppealBlock {
            request_id: fields::request_id(ask.request_id)?,
            who: self.who(&caller.actor, ask.citizen).await?,
            words: said("words", ask.words)?,
        };
        let view = intake::appeal_block(&self.app, &caller.actor, ask).await;
        let block = Some(print::block(view.map_err(status::of)?));
        Ok(Response::new(v1::AppealBlockResponse { block }))
    }

    async fn answer_appeal(
        &self,
        request: Request<v1::AnswerAppealRequest>,
    ) -> Result<Response<v1::AnswerAppealResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let ask = intake::AnswerAppeal {
            request_id: fields::request_id(ask.request_id)?,
            block: id("block", &ask.block)?,
            lifts: ask.lift,
            words: said("words", ask.words)?,
        };
        let view = intake::answer_appeal(&self.app, &caller.actor, ask).await;
        let block = Some(print::block(view.map_err(status::of)?));
        Ok(Response::new(v1::AnswerAppealResponse { block }))
    }

    async fn set_safety(
        &self,
        request: Request<v1::SetSafetyRequest>,
    ) -> Result<Response<v1::SetSafetyResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let of = match (ask.citizen, ask.number.as_str()) {
            (Some(_), number) if !number.is_empty() => return Err(field("number", "said twice")),
            (None, number) => SafetyOf::Case(fields::number(number)?),
            (citizen, _) => SafetyOf::Citizen(self.who(&caller.actor, citizen).await?),
        };
        let safety = ask.safety.ok_or_else(|| field("safety", "missing"))?;
        let ask = intake::SetSafety {
            request_id: fields::request_id(ask.request_id)?,
            of,
            safety: safety_of(safety)?,
        };
        let said = intake::set_safety(&self.app, &caller.actor, ask).await;
        let (safety, phone) = said.map_err(status::of)?;
        Ok(Response::new(v1::SetSafetyResponse {
            phone_masked: phone.to_string(),
            safety: Some(print::safety(safety)),
        }))
    }

    async fn get_intake_figures(
        &self,
        request: Request<v1::GetIntakeFiguresRequest>,
    ) -> Result<Response<v1::GetIntakeFiguresResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let district = fields::optional_place("district", ask.district)?;
        let span_ms = fields::span_ms("span", ask.span, FIGURES_MAX)?;
        let figures = intake::figures(&self.app, &caller.actor, district, span_ms).await;
        Ok(Response::new(print::figures(figures.map_err(status::of)?)))
    }

    async fn list_blocks(
        &self,
        request: Request<v1::ListBlocksRequest>,
    ) -> Result<Response<v1::ListBlocksResponse>, Status> {
        let caller = door::caller(&request)?;
        let mut ask = request.into_inner();
        let bound = Bound::to(
            &caller.actor,
            &v1::ListBlocksRequest { page_size: 0, page_token: String::new(), ..ask.clone() },
        );
        ask.page_token = bound.open(&ask.page_token)?.to_owned();
        let (limit, before) = fields::page(ask.page_size, &ask.page_token)?;
        let which = match v1::BlockFilter::try_from(ask.filter) {
            Ok(v1::BlockFilter::Unspecified) => intake::Listed::InForce,
            Ok(v1::BlockFilter::Appealed) => intake::Listed::Appealed,
            Ok(v1::BlockFilter::All) => intake::Listed::All,
            Err(_) => return Err(field("filter", "not one that this version knows")),
        };
        let found = intake::blocks(&self.app, &caller.actor, which, before, limit).await;
        let (blocks, next) = found.map_err(status::of)?;
        Ok(Response::new(v1::ListBlocksResponse {
            blocks: blocks.into_iter().map(print::block).collect(),
            next_page_token: bound.seal(fields::page_token(next)),
        }))
    }
}

impl Intake {
    async fn who(&self, actor: &Actor, who: Option<v1::CitizenOf>) -> Result<Who, Status> {
        let who = who.unwrap_or_default();
        match (who.phone.as_str(), who.number.as_str(), who.call.as_str()) {
            (phone, "", "") => Ok(Who::Phone(fields::phone("citizen.phone", phone)?)),
            ("", number, "") => Ok(Who::OfCase(fields::named_number("citizen.number", number)?)),
            ("", "", call) => {
                let phone = own_call(&self.app, self.centre.as_ref(), actor, call).await?;
                let phone = phone.ok_or_else(|| field("citizen.call", "its number is withheld"))?;
                Ok(Who::Phone(phone))
            }
            _ => Err(field("citizen", "said twice")),
        }
    }
}

fn safety_of(said: v1::Safety) -> Result<Safety, Status> {
    let wrong = || field("safety.hours", "two different minutes of a day");
    let hours = match said.hours {
        Some(hours) => {
            let minute = |minute| u32::try_from(minute).map_err(|_| wrong());
            let hours = Hours::new(minute(hours.from_minute)?, minute(hours.until_minute)?);
            Some(hours.ok_or_else(wrong)?)
        }
        None => None,
    };
    let (do_not_call, no_sms, no_message) = (said.do_not_call, said.no_sms, said.no_message);
    Ok(Safety { do_not_call, no_sms, no_message, hours, and_hours: None })
}

/// A text that must not be empty.
pub(super) fn said(name: &str, text: String) -> Result<String, Status> {
    fields::optional_text(name, text)?.ok_or_else(|| field(name, "missing"))
}

pub(super) fn id(name: &str, text: &str) -> Result<i64, Status> {
    text.parse().map_err(|_| field(name, "not an id of this helpline"))
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

/// The number of the own call that is named; None when none is, or when it is withheld.
pub(super) async fn own_call(
    app: &App,
    centre: Option<&Centre>,
    actor: &Actor,
    call: &str,
) -> Result<Option<Phone>, Status> {
    if call.is_empty() {
        return Ok(None);
    }
    let live = on_call(app, centre, actor).await?;
    let talk = live.as_ref().map(|live| &live.talk);
    let talk = intake::own_call(app, actor, call, talk).await.map_err(status::of)?;
    Ok(live.filter(|live| live.talk.call == talk.call).and_then(|live| live.phone))
}

pub(super) fn call(name: &str, call: String) -> Result<Option<String>, Status> {
    match call.len() {
        0 => Ok(None),
        1..=CALL_MAX_BYTES => Ok(Some(call)),
        _ => Err(field(name, "at most 64 bytes")),
    }
}
