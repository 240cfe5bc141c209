//! Known outages, and the case that each citizen has of one.

use super::{
    Db, Error, Result,
    db::{only, rows},
    values::Cells,
};
use crate::domain::{case::State, incident::Incident, time::Timestamp};

/// Rows of one page, whatever was asked for.
pub const PAGE_MAX: i64 = 500;

/// With how its lead stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub incident: Incident,
    pub lead: State,
}

pub async fn get(db: &Db, id: i64) -> Result<Standing> {
    let found = rows!(
        db,
        "SELECT incidents.body, cases.state
           FROM incidents JOIN cases ON cases.id = incidents.lead
          WHERE incidents.id = $1",
        id,
    );
    found.into_iter().next().map_or(Err(Error::NotFound), standing)
}

/// Newest first, behind `before`, of those that end after `ends_after`.
pub async fn list(
    db: &Db,
    ends_after: Timestamp,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Standing>> {
    let found = rows!(
        db,
        "SELECT incidents.body, cases.state
           FROM incidents JOIN cases ON cases.id = incidents.lead
          WHERE incidents.ends_at > $1 AND incidents.id < $2
          ORDER BY incidents.id DESC
          LIMIT $3",
        ends_after,
        before.unwrap_or(i64::MAX),
        limit.clamp(0, PAGE_MAX),
    );
    found.into_iter().map(standing).collect()
}

/// The one of a lead that ends last, of those that are not over.
pub async fn of_lead(db: &Db, lead: i64, now: Timestamp) -> Result<Option<Standing>> {
    let found = rows!(
        db,
        "SELECT incidents.body, cases.state
           FROM incidents JOIN cases ON cases.id = incidents.lead
          WHERE incidents.lead = $1 AND incidents.ends_at > $2
          ORDER BY incidents.ends_at DESC, incidents.id
          LIMIT 1",
        lead,
        now,
    );
    found.into_iter().next().map(standing).transpose()
}

/// The case that a citizen has of an incident: by its key, by a link to its lead, or as the lead itself.
pub async fn case_of(db: &Db, incident: &Incident, citizen: i64) -> Result<Option<i64>> {
    let found = rows!(
        db,
        "SELECT id
           FROM (SELECT case_id AS id FROM incident_cases WHERE incident = $1 AND citizen = $3
                  UNION
                 SELECT id FROM cases WHERE id = $2 AND citizen = $3
                  UNION
                 SELECT cases.id
                   FROM cases JOIN links ON links.follower = cases.id
                  WHERE cases.citizen = $3 AND links.lead = $2) AS own
          ORDER BY id
          LIMIT 1",
        incident.id,
        incident.lead,
        citizen,
    );
    found.into_iter().next().map(|mut row| Ok(row.next()?)).transpose()
}

/// How many cases follow its lead.
pub async fn followers(db: &Db, incident: &Incident) -> Result<i64> {
    Ok(only(rows!(db, "SELECT COUNT(*) FROM links WHERE lead = $1", incident.lead))?.next()?)
}

fn standing(mut row: Cells) -> Result<Standing> {
    let body: String = row.next()?;
    let incident =
        serde_json::from_str(&body).map_err(|_| Error::Malformed("body of an incident"))?;
    Ok(Standing { incident, lead: row.next()? })
}
