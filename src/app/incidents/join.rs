//! A citizen's trouble is a known outage: a case of the citizen's own, linked to the outage's.

use super::{
    known::{in_force, touches},
    lead, load, stands,
};
use crate::{
    app::{
        App, Error, Result,
        cases::{self, CaseView},
    },
    domain::{
        actor::Actor,
        case::Kind,
        incident,
        intake::admit::{self, Earlier, Of},
        language::Language,
        number::CaseNumber,
        permissions::{self, Act, Object},
        phone::Phone,
        place::{Code, PlaceCode},
        refused::Refused,
        time::Timestamp,
    },
    store,
};

/// By one key, on the own call.
#[derive(Clone, Debug)]
pub struct Join {
    pub request_id: String,
    pub incident: i64,
    pub phone: Phone,
    pub language: Language,
    pub place: PlaceCode,
    pub call: String,
}

#[derive(Clone, Debug)]
pub struct Joined {
    pub view: CaseView,
    /// The citizen had a case of it before.
    pub before: bool,
}

pub async fn join(app: &App, by: &Actor, ask: Join) -> Result<Joined> {
    permissions::may(by, Act::Register, Object::Nothing)?;
    let incident = load(app, ask.incident).await?.incident;
    let register = cases::Register {
        request_id: ask.request_id,
        kind: Kind::Complaint,
        phone: ask.phone,
        name: None,
        language: ask.language,
        category: incident.category,
        subcategory: incident.subcategory,
        place: ask.place,
        words: None,
        recording: None,
        by_keys: true,
        call: Some(ask.call.clone()),
        despite: None,
        incident: Some(incident.id),
        heard_of: None,
        scheme: None,
    };
    let view = cases::register(app, by, register).await?;
    let on = store::case_calls::of_case(&app.store.db, view.case.id).await?;
    Ok(Joined { before: !on.contains(&ask.call), view })
}

/// What a registration that names an incident comes to.
pub(in crate::app) enum Named {
    /// The citizen has this case of it.
    Before(i64),
    Joins(incident::Joined),
}

/// `citizen`: None for somebody who is not known yet.
pub(in crate::app) async fn named(
    app: &App,
    id: i64,
    (kind, category, place): (Kind, &Code, &PlaceCode),
    citizen: Option<i64>,
    now: Timestamp,
) -> Result<Named> {
    let standing = load(app, id).await?;
    let incident = &standing.incident;
    if let Some(citizen) = citizen
        && let Some(case) = store::incidents::case_of(&app.store.db, incident, citizen).await?
    {
        return Ok(Named::Before(case));
    }
    if kind != Kind::Complaint {
        return Err(Refused::NotAComplaint.into());
    }
    if !stands(&standing, now) {
        return Err(Refused::NothingOpen.into());
    }
    if incident.category != *category {
        return Err(Error::Invalid { field: "incident", why: "of another category" });
    }
    if !touches(&app.index(), incident, place) {
        return Err(Error::Invalid { field: "incident", why: "of another place" });
    }
    Ok(Named::Joins(incident::Joined { incident: incident.id, lead: incident.lead }))
}

/// The leads of known outages that a complaint may be about: whoever can look at them first is shown them.
pub(in crate::app) async fn pointed_at(
    app: &App,
    by: &Actor,
    (kind, category, place): (Kind, &Code, &PlaceCode),
    despite: &[CaseNumber],
    now: Timestamp,
) -> Result<Vec<Earlier>> {
    if kind != Kind::Complaint || !admit::warned(by.channel) {
        return Ok(Vec::new());
    }
    let (index, mut found) = (app.index(), Vec::new());
    for standing in in_force(app, now).await? {
        let incident = &standing.incident;
        if incident.category != *category || !incident.covers(&index.line(place)) {
            continue;
        }
        let lead = lead(app, incident).await?;
        if !despite.contains(&lead.number()) {
            found.push(Earlier {
                number: lead.number(),
                state: lead.state,
                registered_at: lead.registered_at,
                of: Of::Incident,
            });
        }
    }
    Ok(found)
}
