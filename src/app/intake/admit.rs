//! What is looked up before something is registered: earlier cases, an outage nearby, a block.

use crate::{
    app::{App, Error, Result},
    domain::{
        actor::Actor,
        case::{Case, Kind},
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
    // Looked up at one time: a caller waits for the longest alone.
    let theirs = async {
        match wanted.citizen {
            Some(citizen) => {
                let block = blocks::in_force(db, citizen.id, now);
                tokio::try_join!(block, cases::of_citizen(db, citizen.id, OWN_MAX))
            }
            None => Ok((None, Vec::new())),
        }
    };
    let others = async {
        match wanted.subcategory {
            Some(subcategory)
                if wanted.kind == Kind::Complaint
                    && admit::warned(by.channel)
                    // A whole district's complaints are no one outage's.
                    && wanted.place != wanted.district =>
            {
                let not = wanted.citizen.map_or(0, |citizen| citizen.id);
                let since = now.plus_ms(-limits.nearby_ms);
                cases::nearby(db, wanted.district, wanted.place, subcategory, not, since).await
            }
            Some(_) | None => Ok(Vec::new()),
        }
    };
    let ((block, own), nearby) = tokio::try_join!(theirs, others)?;
    let placed = |case: Case| {
        let line = index.line(&case.place);
        (case, line)
    };
    let own: Vec<_> = own.into_iter().map(placed).collect();
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
