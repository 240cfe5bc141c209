//! A supervisor, a collector within the district or the directorate says that an outage is known, and that it is over.

use serde_json::json;

use super::{IncidentView, load, said, view};
use crate::{
    app::{App, Error, Result, cases, request},
    domain::{
        actor::Actor,
        change::Change,
        citizen::Text,
        incident::{Advice, Declared, Incident, PLACES_MAX},
        number::CaseNumber,
        permissions::{self, Act, Object},
        place::PlaceCode,
        refused::Refused,
        routing::Index,
        time::Timestamp,
    },
    store::{
        self,
        writer::{Counter, Lane},
    },
};

#[derive(Clone, Debug)]
pub struct Declare {
    pub request_id: String,
    /// An open complaint: the others follow it, and share its category and department.
    pub lead: CaseNumber,
    pub places: Vec<PlaceCode>,
    pub advice: Advice,
    pub reason: String,
    pub span_ms: i64,
}

#[derive(Clone, Debug)]
pub struct End {
    pub request_id: String,
    pub incident: i64,
    pub reason: String,
}

pub async fn declare(app: &App, by: &Actor, ask: Declare) -> Result<IncidentView> {
    permissions::may(by, Act::DeclareIncident, Object::Nothing)?;
    let account = by.account.ok_or(Error::Unauthenticated)?;
    said(&ask.reason)?;
    let index = app.index();
    let places = places(&index, by, &ask.places)?;
    let (lead, span) = (ask.lead.to_string(), ask.span_ms.to_string());
    let listed = places.iter().map(PlaceCode::as_str).collect::<Vec<_>>().join(" ");
    let payload = [&*lead, &*listed, ask.advice.as_str(), ask.reason.as_str(), &*span];
    let request = request(by, Some(&ask.request_id), "declare_incident", &payload);
    let id = app.store.writer.reserve(Counter::Incident).await?;
    let (ask, index, places) = (&ask, &index, &places);
    let id = app
        .commit(Lane::Acts, request, move |now| async move {
            let lead = cases::load_for(app, by, Act::DeclareIncident, ask.lead).await?;
            let other = store::incidents::of_lead(&app.store.db, lead.id, now).await?;
            if other.is_some() {
                return Err(Refused::OpenAlready.into());
            }
            let text = text(app, id, &ask.reason).await?;
            let declared = Declared {
                id,
                places: places.clone(),
                advice: ask.advice,
                account,
                reason: text.id,
                until: now.plus_ms(ask.span_ms),
            };
            let incident = Incident::declare(&lead, declared, now)?;
            if !incident.covers(&index.line(&lead.place)) {
                return Err(Error::Invalid { field: "places", why: "not those of the lead" });
            }
            Ok(change(by, "incident_declared", incident, text, now))
        })
        .await?;
    shown(app, &id).await
}

pub async fn end(app: &App, by: &Actor, ask: End) -> Result<IncidentView> {
    permissions::may(by, Act::DeclareIncident, Object::Nothing)?;
    let account = by.account.ok_or(Error::Unauthenticated)?;
    said(&ask.reason)?;
    let number = ask.incident.to_string();
    let payload = [number.as_str(), &ask.reason];
    let request = request(by, Some(&ask.request_id), "end_incident", &payload);
    let ask = &ask;
    let id = app
        .commit(Lane::Acts, request, move |now| async move {
            let incident = load(app, ask.incident).await?.incident;
            within(&app.index(), by, &incident.places)?;
            let text = text(app, incident.id, &ask.reason).await?;
            let incident = incident.end(account, text.id, now)?;
            Ok(change(by, "incident_ended", incident, text, now))
        })
        .await?;
    shown(app, &id).await
}

/// Those that are known and within the actor's own scope, each once.
fn places(index: &Index, by: &Actor, named: &[PlaceCode]) -> Result<Vec<PlaceCode>> {
    if named.is_empty() || named.len() > PLACES_MAX {
        return Err(Error::Invalid { field: "places", why: "1 to 80" });
    }
    let mut places: Vec<PlaceCode> = Vec::with_capacity(named.len());
    for place in named {
        let line = index.line(place);
        if line.is_empty() {
            return Err(Error::Invalid { field: "places", why: "not in the directory" });
        }
        permissions::may(by, Act::DeclareIncident, Object::Place { line: &line })?;
        if !places.contains(place) {
            places.push(place.clone());
        }
    }
    Ok(places)
}

/// Is all of it the actor's own? A place that left the directory lies in no other.
fn within(index: &Index, by: &Actor, named: &[PlaceCode]) -> Result<()> {
    for place in named {
        let mut line = index.line(place);
        if line.is_empty() {
            line.push(place.clone());
        }
        permissions::may(by, Act::DeclareIncident, Object::Place { line: &line })?;
    }
    Ok(())
}

fn change(by: &Actor, kind: &str, incident: Incident, text: Text, now: Timestamp) -> Change {
    let facts = json!({
        "incident": incident.id,
        "lead": incident.lead,
        "places": incident.places,
        "category": incident.category,
        "advice": incident.advice,
        "until": incident.ends_at().ms(),
        "text": text.id,
    });
    let mut change = Change::new(now).noted(by, kind, facts.to_string());
    change.result = incident.id.to_string();
    change.texts.push(text);
    change.incidents.incident = Some(incident);
    change
}

async fn text(app: &App, incident: i64, words: &str) -> Result<Text> {
    Ok(Text {
        id: app.store.writer.reserve(Counter::Text).await?,
        owner: format!("incident:{incident}"),
        words: words.trim().to_owned(),
    })
}

async fn shown(app: &App, id: &str) -> Result<IncidentView> {
    app.incidents.forget();
    let id = id.parse().map_err(Error::internal)?;
    view(app, load(app, id).await?, app.now()).await
}
