//! Stop switches: the first version is new, a later one follows the one that was read.

use super::{Stand, gated};
use crate::{
    domain::pacing::stop::Stop,
    store::{
        Result,
        db::Conn,
        stops::key,
        writer::{
            group::Entry,
            merged::{gate, merged},
        },
    },
};

merged!(
    OPENED,
    7,
    "INSERT INTO stops (reach, name, stopped, account, at, reason, version)",
    "ON CONFLICT DO NOTHING RETURNING reach, name"
);
merged!(
    THROWN,
    7,
    "UPDATE stops
        SET stopped = v.column3, account = v.column4, at = v.column5, reason = v.column6, version = v.column7
       FROM (",
    ") AS v
      WHERE stops.reach = v.column1 AND stops.name = v.column2 AND stops.version = v.column7 - 1
     RETURNING stops.reach, stops.name"
);

pub(super) async fn thrown(conn: &mut Conn, asked: &[&Entry], stands: &mut [Stand]) -> Result<()> {
    let rows = gated(asked, stands, |change| change.stop.as_ref(), |stop| stop.reach.clone());
    let (new, read): (Vec<&Stop>, Vec<&Stop>) =
        rows.iter().map(|(_, _, stop)| *stop).partition(|stop| stop.version == 1);
    let mut won = Vec::new();
    for (merged, stops) in [(&OPENED, &new), (&THROWN, &read)] {
        won.extend(gate!(conn, merged, stops, |query, stop| {
            let (reach, name) = key(&stop.reach);
            query
                .bind(reach)
                .bind(name)
                .bind(i64::from(stop.stopped))
                .bind(stop.account)
                .bind(stop.at)
                .bind(stop.reason)
                .bind(stop.version)
        }));
    }
    let mut taken = Vec::with_capacity(won.len());
    for mut row in won {
        taken.push((row.next::<String>()?, row.next::<String>()?));
    }
    for (n, _, stop) in &rows {
        let (reach, name) = key(&stop.reach);
        stands[*n].judge(taken.iter().any(|(word, named)| word == reach && named == name));
    }
    Ok(())
}
