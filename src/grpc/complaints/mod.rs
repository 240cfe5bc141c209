//! What citizens bring: registered, completed, read and watched.

mod parse;
mod suggest;
mod watch;

use std::sync::Arc;

use helpline_proto::v1::{self, complaint_service_server::ComplaintService};
use tonic::{Request, Response, Status};

use crate::{
    app::{App, agents, cases},
    calls::centre::Centre,
    domain::case::Kind,
    grpc::{
        cases as print,
        door::{self, Caller},
        fail::field,
        fields, intake,
        page::Bound,
        status,
        watching::{self, Pace},
    },
};

pub struct Complaints {
    pub app: Arc<App>,
    pub pace: Pace,
    /// None where there are no telephones.
    pub centre: Option<Centre>,
}

impl Complaints {
    async fn register(
        &self,
        caller: &Caller,
        kind: Kind,
        request_id: String,
        registration: Option<v1::Registration>,
    ) -> Result<Option<v1::Case>, Status> {
        let (app, actor) = (&self.app, &caller.actor);
        let said = registration.ok_or_else(|| field("registration", "missing"))?;
        let on = intake::own_call(app, self.centre.as_ref(), actor, &said.call).await?;
        let ask = parse::register(kind, request_id, said, on)?;
        let phone = ask.phone.clone();
        let view = cases::register(app, actor, ask)
            .await
            .map_err(|error| status::of(parse::within_registration(error)))?;
        if let Some(centre) = &self.centre {
            // A centre that is too busy to hear it rings a citizen who has been served.
            let _ = centre.reached(agents::citizen_key(app, &phone));
        }
        Ok(Some(print::case(view)))
    }
}

#[tonic::async_trait]
impl ComplaintService for Complaints {
    async fn register_complaint(
        &self,
        request: Request<v1::RegisterComplaintRequest>,
    ) -> Result<Response<v1::RegisterComplaintResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let case =
            self.register(&caller, Kind::Complaint, ask.request_id, ask.registration).await?;
        Ok(Response::new(v1::RegisterComplaintResponse { case }))
    }

    async fn register_demand(
        &self,
        request: Request<v1::RegisterDemandRequest>,
    ) -> Result<Response<v1::RegisterDemandResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let case = self.register(&caller, Kind::Demand, ask.request_id, ask.registration).await?;
        Ok(Response::new(v1::RegisterDemandResponse { case }))
    }

    async fn register_suggestion(
        &self,
        request: Request<v1::RegisterSuggestionRequest>,
    ) -> Result<Response<v1::RegisterSuggestionResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let case =
            self.register(&caller, Kind::Suggestion, ask.request_id, ask.registration).await?;
        Ok(Response::new(v1::RegisterSuggestionResponse { case }))
    }

    async fn register_scheme_call(
        &self,
        request: Request<v1::RegisterSchemeCallRequest>,
    ) -> Result<Response<v1::RegisterSchemeCallResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let case = self
            .register(&caller, Kind::SchemeInformation, ask.request_id, ask.registration)
            .await?;
        Ok(Response::new(v1::RegisterSchemeCallResponse { case }))
    }

    async fn suggest_category(
        &self,
        request: Request<v1::SuggestCategoryRequest>,
    ) -> Result<Response<v1::SuggestCategoryResponse>, Status> {
        let caller = door::caller(&request)?;
        let words = request.into_inner().words;
        let found = cases::suggest(&self.app, &caller.actor, &words).map_err(status::of)?;
        let suggestions = found.into_iter().map(suggest::print).collect();
        Ok(Response::new(v1::SuggestCategoryResponse { suggestions }))
    }

    async fn complete_review(
        &self,
        request: Request<v1::CompleteReviewRequest>,
    ) -> Result<Response<v1::CompleteReviewResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = parse::complete_review(request.into_inner())?;
        let view =
            cases::complete_review(&self.app, &caller.actor, ask).await.map_err(status::of)?;
        Ok(Response::new(v1::CompleteReviewResponse { case: Some(print::case(view)) }))
    }

    async fn route_case(
        &self,
        request: Request<v1::RouteCaseRequest>,
    ) -> Result<Response<v1::RouteCaseResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = parse::route(request.into_inner())?;
        let view = cases::route(&self.app, &caller.actor, ask).await.map_err(status::of)?;
        Ok(Response::new(v1::RouteCaseResponse { case: Some(print::case(view)) }))
    }

    async fn get_case(
        &self,
        request: Request<v1::GetCaseRequest>,
    ) -> Result<Response<v1::GetCaseResponse>, Status> {
        let caller = door::caller(&request)?;
        let number = fields::number(&request.into_inner().number)?;
        let detail = cases::get(&self.app, &caller.actor, number).await.map_err(status::of)?;
        Ok(Response::new(v1::GetCaseResponse {
            case: Some(print::case(detail.view)),
            history: print::history(detail.history),
            orders: print::orders(detail.orders),
            calls: detail.calls,
        }))
    }

    async fn why_routed(
        &self,
        request: Request<v1::WhyRoutedRequest>,
    ) -> Result<Response<v1::WhyRoutedResponse>, Status> {
        let caller = door::caller(&request)?;
        let number = fields::number(&request.into_inner().number)?;
        let why = cases::why(&self.app, &caller.actor, number).await.map_err(status::of)?;
        Ok(Response::new(print::why(why)))
    }

    async fn list_cases(
        &self,
        request: Request<v1::ListCasesRequest>,
    ) -> Result<Response<v1::ListCasesResponse>, Status> {
        let caller = door::caller(&request)?;
        let mut ask = request.into_inner();
        let bound = Bound::to(
            &caller.actor,
            &v1::ListCasesRequest { page_size: 0, page_token: String::new(), ..ask.clone() },
        );
        ask.page_token = bound.open(&ask.page_token)?.to_owned();
        let filter = parse::list(ask)?;
        let listed = cases::list(&self.app, &caller.actor, filter).await.map_err(status::of)?;
        let (cases, next_page_token) = print::page(listed);
        let next_page_token = bound.seal(next_page_token);
        Ok(Response::new(v1::ListCasesResponse { cases, next_page_token }))
    }

    type WatchCasesStream = watching::Stream<v1::WatchCasesResponse>;

    async fn watch_cases(
        &self,
        request: Request<v1::WatchCasesRequest>,
    ) -> Result<Response<Self::WatchCasesStream>, Status> {
        let caller = door::caller(&request)?;
        let resume = watching::resume(request.into_inner().resume_token)?;
        let facts = watch::Facts::follow(&self.app, &caller.actor, resume.as_deref());
        let facts = facts.await.map_err(status::of)?;
        Ok(Response::new(watching::stream(self.app.clone(), facts, caller, self.pace.clone())))
    }
}
