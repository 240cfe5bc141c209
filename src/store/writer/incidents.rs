//! Known outages and the citizens' cases of them; most changes have nothing of it and run no statement here.

use super::{
    gates::{Stand, gated},
    group::Entry,
    merged::{gate, merged},
};
use crate::{
    domain::incident::Incident,
    store::{Result, db::Conn},
};

// The first version is new; a later one follows the one that was read.
merged!(
    DECLARED,
    5,
    "INSERT INTO incidents (id, lead, ends_at, version, body)",
    "ON CONFLICT DO NOTHING RETURNING id"
);
merged!(
    UPDATED,
    4,
    "UPDATE incidents
        SET ends_at = v.column2, version = v.column3, body = v.column4
       FROM (",
    ") AS v
      WHERE incidents.id = v.column1 AND incidents.version = v.column3 - 1
     RETURNING incidents.id"
);
merged!(
    JOINED,
    3,
    "INSERT INTO incident_cases (incident, citizen, case_id)",
    "ON CONFLICT DO NOTHING RETURNING incident, citizen"
);

pub(super) async fn declared(
    conn: &mut Conn,
    asked: &[&Entry],
    stands: &mut [Stand],
) -> Result<()> {
    let rows =
        gated(asked, stands, |change| change.incidents.incident.as_ref(), |incident| incident.id);
    let (new, read): (Vec<_>, Vec<_>) =
        rows.iter().map(|(_, _, incident)| *incident).partition(|incident| incident.version == 1);
    let mut won = gate!(conn, DECLARED, &new, |query, incident| query
        .bind(incident.id)
        .bind(incident.lead)
        .bind(incident.ends_at())
        .bind(incident.version)
        .bind(body(incident)));
    won.extend(gate!(conn, UPDATED, &read, |query, incident| query
        .bind(incident.id)
        .bind(incident.ends_at())
        .bind(incident.version)
        .bind(body(incident))));
    let mut taken = Vec::with_capacity(won.len());
    for mut row in won {
        taken.push(row.next::<i64>()?);
    }
    for (n, _, incident) in &rows {
        stands[*n].judge(taken.contains(&incident.id));
    }
    Ok(())
}

/// One case of each citizen for each incident.
pub(super) async fn joined(conn: &mut Conn, asked: &[&Entry], stands: &mut [Stand]) -> Result<()> {
    let rows = gated(asked, stands, |change| change.incidents.joined, |joined| *joined);
    let won = gate!(conn, JOINED, &rows, |query, row| {
        let (incident, citizen, case) = row.2;
        query.bind(incident).bind(citizen).bind(case)
    });
    let mut taken = Vec::with_capacity(won.len());
    for mut row in won {
        taken.push((row.next::<i64>()?, row.next::<i64>()?));
    }
    for (n, _, (incident, citizen, _)) in &rows {
        stands[*n].judge(taken.contains(&(*incident, *citizen)));
    }
    Ok(())
}

fn body(incident: &Incident) -> String {
    serde_json::to_string(incident).expect("an incident has no map with keys that are no text")
}
