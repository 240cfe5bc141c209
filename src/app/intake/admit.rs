//! What is looked up before something is registered: earlier cases, an outage nearby, a block.

use crate::{
    app::{App, Error, Result},
    domain::{
        actor::Actor,
        case::Kind,
        citizen::Citizen,
        intake::admit::{self, Admitted, Asked, Barred, Known},
        number::CaseNumber,
        place::{Code, PlaceCode},
        time::Timestamp,
    },
    store::{blocks, cases},
};

/// The citizen's cases that are looked at.
const OWN_MAX: i64 = 200;

/// As the caller of [`admit`] knows it.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub kind: Kind,
    pub category: &'a Code,
    pub subcategory: Option<&'a Code>,
    pub place: &'a PlaceCode,
    pub district: &'a PlaceCode,
    pub despite: &'a [CaseNumber],
    /// None for a number that nobody called from before.
    pub citizen: Option<&'a Citizen>,
}

pub async fn admit(app: &App, by: &Actor, wanted: Wanted<'_>, now: Timestamp) -> Result<Admitted> {
    let (db, limits, index) = (&app.store.db, app.limits(), app.index());
    let line = index.line(wanted.place);
    let (mut own, mut block) = (Vec::new(), None);
    if let Some(citizen) = wanted.citizen {
        block = blocks::in_force(db, citizen.id, now).await?;
        for case in cases::of_citizen(db, citizen.id, OWN_MAX).await? {
            let line = index.line(&case.place);
            own.push((case, line));
        }
    }
    let mut nearby = Vec::new();
    if let Some(subcategory) = wanted.subcategory
        && wanted.kind == Kind::Complaint
        && admit::warned(by.channel)
        // A whole district's complaints are no one outage's.
        && wanted.place != wanted.district
    {
        let not = wanted.citizen.map_or(0, |citizen| citizen.id);
        let since = now.plus_ms(-limits.nearby_ms);
        nearby = cases::nearby(db, wanted.district, wanted.place, subcategory, not, since).await?;
    }
    let asked = Asked {
        kind: wanted.kind,
        category: wanted.category,
        line: &line,
        despite: wanted.despite,
    };
    let known = Known { own: &own, nearby: &nearby, block: block.as_ref() };
    admit::admit(by, asked, known, limits, now).map_err(|barred| match barred {
        Barred::Refused(refused) => refused.into(),
        Barred::Duplicates(earlier) => Error::Duplicates(earlier),
    })
}
