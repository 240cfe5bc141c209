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
// A lead that was resolved meanwhile takes nobody: its resolution is named to those who follow it at that moment.
merged!(
    JOINED,
    4,
    "INSERT INTO incident_cases (incident, citizen, case_id)
     SELECT v.column1, v.column2, v.column3
       FROM (",
    ") AS v
       JOIN cases ON cases.id = v.column4
      WHERE cases.state
            IN ('UNROUTED', 'WITH_OFFICER', 'PARTIALLY_CLOSED', 'SPECIAL_CLOSE_PROPOSED')
     ON CONFLICT DO NOTHING
     RETURNING incident, citizen"
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
    let rows = gated(
        asked,
        stands,
        |change| change.incidents.joined.as_ref(),
        |joined| (joined.incident, joined.citizen),
    );
    let won = gate!(conn, JOINED, &rows, |query, row| {
        let joined = row.2;
        query.bind(joined.incident).bind(joined.citizen).bind(joined.case).bind(joined.lead)
    });
    let mut taken = Vec::with_capacity(won.len());
    for mut row in won {
        taken.push((row.next::<i64>()?, row.next::<i64>()?));
    }
    for (n, _, joined) in &rows {
        stands[*n].judge(taken.contains(&(joined.incident, joined.citizen)));
    }
    Ok(())
}

fn body(incident: &Incident) -> String {
    serde_json::to_string(incident).expect("an incident has no map with keys that are no text")
}
