//! Known outages: what a caller is told of them, and the case of who has the same trouble.

use super::{Asks, REGISTERED, known};
use crate::{
    app::{
        self,
        incidents::{self, Spoken, Where},
    },
    dialogue::{
        Clip, Family, prompts,
        talk::{self, JoinPlace, Joining, KnownIncident, Reply},
    },
    domain::{
        incident::{Advice, Incident},
        place::PlaceCode,
        refused::Refused,
        routing::Index,
    },
};

/// Places of one that are said by name.
const PLACES_SAID_MAX: usize = 3;

impl Asks {
    /// `districts`: of the caller's earlier cases, the latest first. A caller is told of none rather than made to wait.
    pub(super) async fn incidents(&self, districts: &[PlaceCode]) -> Vec<KnownIncident> {
        match incidents::spoken(&self.app, districts).await {
            Ok(spoken) => {
                let index = self.app.index();
                spoken.into_iter().map(|spoken| told(&index, spoken)).collect()
            }
            Err(error) => {
                tracing::warn!(call = self.facts.call, %error, "a caller is told of no incident");
                Vec::new()
            }
        }
    }

    pub(super) async fn join(&mut self, ask: Joining) -> app::Result<Reply> {
        let Some(phone) = ask.keyed_phone.or_else(|| self.facts.phone.clone()) else {
            return Err(app::Error::Invalid { field: "phone", why: "none is known" });
        };
        let join = incidents::Join {
            request_id: format!("call:{}:incident:{}", self.facts.call, ask.incident),
            incident: ask.incident,
            phone,
            language: ask.language,
            place: ask.place,
            call: self.facts.call.clone(),
        };
        let (app, by) = (&self.app, self.actor());
        let act = || incidents::join(app, &by, join.clone());
        let joined = match self.keeping.persist("join", act).await {
            Ok(joined) => joined,
            Err(
                app::Error::Refused(Refused::NothingOpen)
                | app::Error::Invalid { field: "incident", .. },
            ) => return Ok(Reply::Joined(talk::Joined::NotThere)),
            Err(error) => return Err(error),
        };
        let (number, citizen) = (joined.view.case.number(), joined.view.case.citizen);
        self.citizen = Some(citizen);
        if joined.before {
            return Ok(Reply::Joined(talk::Joined::Before(number)));
        }
        self.disposition = REGISTERED;
        tracing::info!(call = self.facts.call, case = %number, incident = ask.incident, "joined by one key");
        let message_sent =
            app::cases::takes_messages(&self.app, &joined.view.case).await.unwrap_or(false);
        Ok(Reply::Joined(talk::Joined::Registered { number, message_sent }))
    }
}

fn told(index: &Index, spoken: Spoken) -> KnownIncident {
    KnownIncident {
        id: spoken.incident.id,
        said: said(index, &spoken.incident),
        place: match spoken.place {
            Where::Settled(place) => JoinPlace::Settled(place),
            Where::OneOf(districts) => {
                JoinPlace::OneOf(districts.iter().map(known::district).collect())
            }
            Where::Anywhere => JoinPlace::Anywhere,
        },
    }
}

/// From clips that are there: no recording is needed.
fn said(index: &Index, incident: &Incident) -> Vec<Clip> {
    let mut places: Vec<Clip> = Vec::new();
    for place in &incident.places {
        let clip = place_clip(index, place);
        if !places.contains(&clip) {
            places.push(clip);
        }
    }
    if places.len() > PLACES_SAID_MAX {
        places.truncate(PLACES_SAID_MAX);
        places.push(Clip::fixed(prompts::INCIDENT_OTHER_PLACES));
    }
    let mut clips = vec![
        Clip::fixed(prompts::INCIDENT_KNOWN),
        Clip::fixed(prompts::CATEGORY_IS),
        known::category(&incident.category),
        Clip::fixed(prompts::PLACE_IS),
    ];
    clips.extend(places);
    clips.push(Clip::fixed(match incident.advice {
        Advice::Repair => prompts::INCIDENT_REPAIR,
        Advice::Relief => prompts::INCIDENT_RELIEF,
        Advice::StaySafe => prompts::INCIDENT_STAY_SAFE,
    }));
    clips
}

/// Names have clips down to the district.
fn place_clip(index: &Index, place: &PlaceCode) -> Clip {
    match index.district(place) {
        Some(district) => known::district(&district).clip,
        None if place.kind() == "division" => known::chosen(Family::Division, place).clip,
        None => Clip::fixed(prompts::INCIDENT_WHOLE_STATE),
    }
}
