//! Known outages, declared and ended.

use std::{sync::Arc, time::Duration};

use helpline_proto::v1::{self, incident_service_server::IncidentService};
use tonic::{Request, Response, Status};

use crate::{
    app::{
        App,
        incidents::{self, IncidentView},
    },
    grpc::{
        door,
        fail::field,
        fields::{self, print_time},
        intake::{id, said},
        page::Bound,
        status, words,
    },
};

/// An incident lasts no longer; the rule says so too.
const SPAN_MAX: Duration = Duration::from_secs(7 * 86_400);

pub struct Incidents(pub Arc<App>);

#[tonic::async_trait]
impl IncidentService for Incidents {
    async fn declare_incident(
        &self,
        request: Request<v1::DeclareIncidentRequest>,
    ) -> Result<Response<v1::DeclareIncidentResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let places = ask.places.into_iter().map(|place| fields::place("places", place));
        let ask = incidents::Declare {
            request_id: fields::request_id(ask.request_id)?,
            lead: fields::named_number("lead", &ask.lead)?,
            places: places.collect::<Result<_, _>>()?,
            advice: words::parse_incident_advice(ask.advice)
                .ok_or_else(|| field("advice", "what callers are told"))?,
            reason: said("reason", ask.reason)?,
            span_ms: fields::span_ms("span", ask.span, SPAN_MAX)?,
        };
        let view = incidents::declare(&self.0, &caller.actor, ask).await;
        let incident = Some(print(view.map_err(status::of)?));
        Ok(Response::new(v1::DeclareIncidentResponse { incident }))
    }

    async fn end_incident(
        &self,
        request: Request<v1::EndIncidentRequest>,
    ) -> Result<Response<v1::EndIncidentResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let ask = incidents::End {
            request_id: fields::request_id(ask.request_id)?,
            incident: id("incident", &ask.incident)?,
            reason: said("reason", ask.reason)?,
        };
        let view = incidents::end(&self.0, &caller.actor, ask).await;
        let incident = Some(print(view.map_err(status::of)?));
        Ok(Response::new(v1::EndIncidentResponse { incident }))
    }

    async fn list_incidents(
        &self,
        request: Request<v1::ListIncidentsRequest>,
    ) -> Result<Response<v1::ListIncidentsResponse>, Status> {
        let caller = door::caller(&request)?;
        let mut ask = request.into_inner();
        let bound = Bound::to(
            &caller.actor,
            &v1::ListIncidentsRequest { page_size: 0, page_token: String::new(), ..ask.clone() },
        );
        ask.page_token = bound.open(&ask.page_token)?.to_owned();
        let (limit, before) = fields::page(ask.page_size, &ask.page_token)?;
        let which = if ask.all { incidents::Listed::All } else { incidents::Listed::NotOver };
        let found = incidents::list(&self.0, &caller.actor, which, before, limit).await;
        let (found, next) = found.map_err(status::of)?;
        Ok(Response::new(v1::ListIncidentsResponse {
            incidents: found.into_iter().map(print).collect(),
            next_page_token: bound.seal(fields::page_token(next)),
        }))
    }
}

fn print(view: IncidentView) -> v1::Incident {
    let IncidentView { incident, lead, reason, ended, in_force, followers } = view;
    let actor = |account: i64| format!("account:{account}");
    let over = incident.ended.as_ref();
    v1::Incident {
        id: incident.id.to_string(),
        lead: lead.to_string(),
        department: incident.department.0,
        category: incident.category.0,
        places: incident.places.into_iter().map(|place| place.0).collect(),
        advice: words::incident_advice(incident.advice),
        actor: actor(incident.account),
        reason,
        from: Some(print_time(incident.from)),
        until: Some(print_time(incident.until)),
        in_force,
        ended_at: over.map(|over| print_time(over.at)),
        ended_by: over.map_or(String::new(), |over| actor(over.account)),
        ended_reason: ended.unwrap_or_default(),
        followers,
    }
}
