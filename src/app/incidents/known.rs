//! Which outages are known just now: every caller is told, so that a flood of calls must not be a flood of queries.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::time::timeout;

use super::stands;
use crate::{
    app::{App, Error, Result},
    domain::{
        incident::{IN_FORCE_MAX, Incident, SPOKEN_MAX},
        place::PlaceCode,
        routing::Index,
        time::{SECOND_MS, Timestamp},
    },
    store::incidents::{self, Standing},
};

/// They are looked up again after this, so what changed elsewhere shows within seconds.
const KNOWN_FOR: Duration = Duration::from_secs(2);
const KNOWN_FOR_MS: i64 = 2 * SECOND_MS;
/// A database that takes longer is away: a caller waits no longer to be told, and is told what was known before.
const LOOK_UP_MAX: Duration = Duration::from_millis(300);

#[derive(Debug, Default)]
pub(in crate::app) struct Known {
    last: Mutex<Option<Looked>>,
    /// Held by the one who looks them up for all.
    looking: tokio::sync::Mutex<()>,
}

#[derive(Clone, Debug)]
struct Looked {
    standings: Arc<Vec<Standing>>,
    /// By the helpline's time, which a demonstration advances by days.
    at: Timestamp,
    looked_up: Instant,
    /// Until something was declared or ended here.
    fresh: bool,
}

/// An incident that a caller is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    pub incident: Incident,
    pub place: Where,
}

/// Where the caller's case of it would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Where {
    /// The incident has one place, or the caller's last case was within it.
    Settled(PlaceCode),
    /// In one of these districts.
    OneOf(Vec<PlaceCode>),
    Anywhere,
}

impl Known {
    /// What this process wrote shows at once.
    pub(super) fn forget(&self) {
        if let Some(looked) = &mut *self.last.lock().unwrap_or_else(PoisonError::into_inner) {
            looked.fresh = false;
        }
    }

    fn last(&self) -> Option<Looked> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Looked {
    fn holds(&self, now: Timestamp) -> bool {
        self.fresh
            && self.looked_up.elapsed() < KNOWN_FOR
            && (0..KNOWN_FOR_MS).contains(&now.since(self.at))
    }
}

/// Those in force, the newest first. While the database is away or hangs, those that were known before.
pub(super) async fn in_force(app: &App, now: Timestamp) -> Result<Vec<Standing>> {
    let last = app.incidents.last();
    let standings = match last.as_ref().filter(|looked| looked.holds(now)) {
        Some(looked) => looked.standings.clone(),
        None => match (timeout(LOOK_UP_MAX, look_up(app, now)).await, last) {
            (Ok(Ok(standings)), _) => standings,
            (Ok(Err(error)), Some(looked)) => {
                tracing::warn!(%error, "incidents cannot be looked up: those of before are told");
                looked.standings
            }
            (Err(_), Some(looked)) => {
                tracing::warn!("the database hangs: the incidents of before are told");
                looked.standings
            }
            (Ok(Err(error)), None) => return Err(error),
            (Err(_), None) => return Err(Error::Busy { retry_ms: LOOK_UP_MAX.as_millis() as u64 }),
        },
    };
    Ok(standings.iter().filter(|standing| stands(standing, now)).cloned().collect())
}

/// One looks them up for all who ask meanwhile.
async fn look_up(app: &App, now: Timestamp) -> Result<Arc<Vec<Standing>>> {
    let _one = app.incidents.looking.lock().await;
    if let Some(looked) = app.incidents.last().filter(|looked| looked.holds(now)) {
        return Ok(looked.standings);
    }
    let found = incidents::list(&app.store.db, now, None, IN_FORCE_MAX as i64).await?;
    let standings = Arc::new(found);
    let looked =
        Looked { standings: standings.clone(), at: now, looked_up: Instant::now(), fresh: true };
    *app.incidents.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(looked);
    Ok(standings)
}

/// What a caller is told of: those where the last case was come first, then the newest.
///
/// `districts`: of the caller's earlier cases, the latest first.
pub async fn spoken(app: &App, districts: &[PlaceCode]) -> Result<Vec<Spoken>> {
    let index = app.index();
    let last = districts.first();
    let mut spoken: Vec<_> = in_force(app, app.now())
        .await?
        .into_iter()
        .map(|standing| Spoken { place: place(&index, &standing.incident, last), ..of(standing) })
        .collect();
    spoken.sort_by_key(|spoken| {
        last.is_none_or(|district| !touches(&index, &spoken.incident, district))
    });
    spoken.truncate(SPOKEN_MAX);
    Ok(spoken)
}

fn of(standing: Standing) -> Spoken {
    Spoken { incident: standing.incident, place: Where::Anywhere }
}

/// The place lies in one of the incident's, or one of the incident's lies in the place: who keys names a district at best.
pub(super) fn touches(index: &Index, incident: &Incident, place: &PlaceCode) -> bool {
    incident.covers(&index.line(place))
        || incident.places.iter().any(|named| index.line(named).contains(place))
}

fn place(index: &Index, incident: &Incident, last: Option<&PlaceCode>) -> Where {
    if let [only] = incident.places.as_slice()
        && index.district(only).is_some()
    {
        return Where::Settled(only.clone());
    }
    if let Some(last) = last.filter(|last| touches(index, incident, last)) {
        return Where::Settled(last.clone());
    }
    let mut districts: Vec<PlaceCode> = Vec::new();
    for named in &incident.places {
        let within = match index.district(named) {
            Some(district) => vec![district],
            None => {
                let below = index.children(named).into_iter().map(|place| place.code.clone());
                below.filter(|place| place.kind() == "district").collect()
            }
        };
        // Wider than a division: any district may be meant.
        if within.is_empty() {
            return Where::Anywhere;
        }
        for district in within {
            if !districts.contains(&district) {
                districts.push(district);
            }
        }
    }
    match districts.as_slice() {
        [only] => Where::Settled(only.clone()),
        _ => Where::OneOf(districts),
    }
}
