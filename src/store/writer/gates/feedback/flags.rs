//! Flags: one of a kind, subject and span, and one decision on each. Most changes have none and run no statement here.

use crate::{
    domain::change::Gate,
    store::{
        Result,
        db::Conn,
        writer::{
            gates::{Stand, gated, ids},
            group::Entry,
            merged::{gate, merged},
        },
    },
};

merged!(
    RAISED,
    10,
    "INSERT INTO flags (id, kind, subject, span, account, state, found_at, evidence, version, head)",
    "ON CONFLICT DO NOTHING RETURNING id"
);
merged!(
    DECIDED,
    8,
    "UPDATE flags
        SET state = v.column3, decided_by = v.column4, decided_at = v.column5, note = v.column6,
            version = v.column7, head = v.column8
       FROM (",
    ") AS v
      WHERE flags.id = v.column1 AND flags.version = v.column2
     RETURNING flags.id"
);

pub(super) async fn flags(conn: &mut Conn, asked: &[&Entry], stands: &mut [Stand]) -> Result<()> {
    let rows = gated(asked, stands, |change| change.flag.as_ref(), |(_, flag)| flag.id);
    let (mut new, mut read) = (Vec::new(), Vec::new());
    for (_, _, (gate, flag)) in &rows {
        match gate {
            Gate::New => new.push(flag),
            Gate::Version(version) => read.push((*version, flag)),
        }
    }
    let mut won = gate!(conn, RAISED, &new, |query, flag| query
        .bind(flag.id)
        .bind(flag.kind)
        .bind(flag.subject.name())
        .bind(flag.span)
        .bind(flag.account)
        .bind(flag.state)
        .bind(flag.found_at)
        .bind(&flag.evidence)
        .bind(flag.version)
        .bind(&flag.head[..]));
    won.extend(gate!(conn, DECIDED, &read, |query, row| {
        let (version, flag) = row;
        query
            .bind(flag.id)
            .bind(*version)
            .bind(flag.state)
            .bind(flag.decided_by)
            .bind(flag.decided_at)
            .bind(flag.note)
            .bind(flag.version)
            .bind(&flag.head[..])
    }));
    let won = ids(won)?;
    for (n, _, (_, flag)) in rows {
        stands[n].judge(won.contains(&flag.id));
    }
    Ok(())
}
