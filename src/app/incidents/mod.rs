//! Known outages: declared with a lead, spoken before the menu, and joined by one key (rule book 1.1).

mod declare;
mod join;
mod known;
mod list;

pub use declare::{Declare, End, declare, end};
pub use join::{Join, Joined, join};
pub(super) use join::{Named, named, pointed_at};
pub(super) use known::Known;
pub use known::{Spoken, Where, spoken};
pub use list::{Listed, list};

use super::{App, Error, Result, cases};
use crate::{
    domain::{
        case::Case,
        incident::{self, Incident},
        number::CaseNumber,
        time::Timestamp,
    },
    store::{self, incidents::Standing, texts},
};

/// An incident with what its readers see beside it.
#[derive(Clone, Debug)]
pub struct IncidentView {
    pub incident: Incident,
    pub lead: CaseNumber,
    pub reason: String,
    /// Why it was ended before its time.
    pub ended: Option<String>,
    /// Callers hear of it.
    pub in_force: bool,
    /// Cases that follow its lead.
    pub followers: i64,
}

/// Callers are told of it, and may join.
fn stands(standing: &Standing, now: Timestamp) -> bool {
    standing.incident.in_force(now) && incident::leads(standing.lead)
}

async fn load(app: &App, id: i64) -> Result<Standing> {
    store::incidents::get(&app.store.db, id).await.map_err(Error::missing("incident"))
}

async fn view(app: &App, standing: Standing, now: Timestamp) -> Result<IncidentView> {
    let db = &app.store.db;
    let in_force = stands(&standing, now);
    let incident = standing.incident;
    let reason = texts::get(db, incident.reason).await?.words;
    let ended = match &incident.ended {
        Some(ended) => Some(texts::get(db, ended.reason).await?.words),
        None => None,
    };
    let followers = store::incidents::followers(db, &incident).await?;
    let lead = lead(app, &incident).await?.number();
    Ok(IncidentView { lead, reason, ended, in_force, followers, incident })
}

async fn lead(app: &App, incident: &Incident) -> Result<Case> {
    Ok(store::cases::get(&app.store.db, incident.lead).await?)
}

/// Free text that a declaration or its end cannot do without.
fn said(text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::Invalid { field: "reason", why: "says nothing" });
    }
    cases::short("reason", text, cases::WORDS_CHARS_MAX)
}
