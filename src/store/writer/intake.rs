//! What the desks of the call centre say beside the cases; most changes have nothing of it and run no statement here.

use super::{
    gates::{Stand, gated},
    group::Entry,
    merged::{gate, merged, put},
};
use crate::{
    domain::{
        intake::{Rows, block::Block},
        time::Timestamp,
    },
    store::{Result, db::Conn},
};

merged!(
    SAID,
    8,
    "INSERT INTO talks (call, account, began_at, ended_at, disposition, said_at, changed, text_id)",
    "ON CONFLICT (call, account) DO UPDATE
        SET disposition = excluded.disposition, said_at = excluded.said_at, changed = excluded.changed,
            text_id = excluded.text_id"
);

merged!(
    SAFETIES,
    6,
    "UPDATE citizens
        SET do_not_call = v.column2, no_sms = v.column3, no_message = v.column4, safe_from = v.column5, safe_until =
            v.column6
       FROM (",
    ") AS v
      WHERE citizens.id = v.column1"
);
merged!(ORIGINS, 3, "INSERT INTO origins (case_id, heard_of, scheme)", "");
merged!(CASE_CALLS, 2, "INSERT INTO case_calls (case_id, call)", "ON CONFLICT DO NOTHING");
// The first version is new; a later one follows the one that was read.
merged!(
    BLOCKS_OPENED,
    6,
    "INSERT INTO blocks (id, citizen, ends_at, appealed, version, body)",
    "ON CONFLICT DO NOTHING RETURNING id"
);
merged!(
    BLOCKS_UPDATED,
    5,
    "UPDATE blocks
        SET ends_at = v.column2, appealed = v.column3, version = v.column4, body = v.column5
       FROM (",
    ") AS v
      WHERE blocks.id = v.column1 AND blocks.version = v.column4 - 1
     RETURNING blocks.id"
);

pub(super) async fn blocks(conn: &mut Conn, asked: &[&Entry], stands: &mut [Stand]) -> Result<()> {
    let rows = gated(asked, stands, |change| change.intake.block.as_ref(), |block| block.id);
    let (new, read): (Vec<_>, Vec<_>) =
        rows.iter().map(|(_, _, block)| *block).partition(|block| block.version == 1);
    let mut won = gate!(conn, BLOCKS_OPENED, &new, |query, block| query
        .bind(block.id)
        .bind(block.citizen)
        .bind(ends_at(block))
        .bind(i64::from(block.is_appealed()))
        .bind(block.version)
        .bind(body(block)));
    won.extend(gate!(conn, BLOCKS_UPDATED, &read, |query, block| query
        .bind(block.id)
        .bind(ends_at(block))
        .bind(i64::from(block.is_appealed()))
        .bind(block.version)
        .bind(body(block))));
    let mut taken = Vec::with_capacity(won.len());
    for mut row in won {
        taken.push(row.next::<i64>()?);
    }
    for (n, _, block) in &rows {
        stands[*n].judge(taken.contains(&block.id));
    }
    Ok(())
}

fn ends_at(block: &Block) -> Timestamp {
    block.lifted.as_ref().map_or(block.until, |lifted| lifted.at)
}

fn body(block: &Block) -> String {
    serde_json::to_string(block).expect("a block has no map with keys that are no text")
}

pub(super) async fn rows(conn: &mut Conn, written: &[&Entry]) -> Result<()> {
    let mut talks = all(written, |rows| &rows.talks);
    talks.sort_by(|one, other| (&one.call, one.account).cmp(&(&other.call, other.account)));
    put!(conn, SAID, &talks, |query, talk| {
        let said = talk.said.as_ref();
        query
            .bind(&talk.call)
            .bind(talk.account)
            .bind(talk.began_at)
            .bind(talk.ended_at)
            .bind(said.map(|said| said.disposition))
            .bind(said.map(|said| said.at))
            .bind(said.map_or(0, |said| said.changed))
            .bind(said.and_then(|said| said.text))
    });
    let mut case_calls = all(written, |rows| &rows.case_calls);
    case_calls.sort_unstable();
    put!(conn, CASE_CALLS, &case_calls, |query, row| query.bind(row.0).bind(&row.1));
    let safeties = all(written, |rows| &rows.safeties);
    put!(conn, SAFETIES, &safeties, |query, row| {
        let (citizen, safety) = row;
        query
            .bind(*citizen)
            .bind(i64::from(safety.do_not_call))
            .bind(i64::from(safety.no_sms))
            .bind(i64::from(safety.no_message))
            .bind(safety.hours.map(|hours| i64::from(hours.from_minute)))
            .bind(safety.hours.map(|hours| i64::from(hours.until_minute)))
    });
    let origins = all(written, |rows| &rows.origins);
    put!(conn, ORIGINS, &origins, |query, origin| query
        .bind(origin.case)
        .bind(origin.heard_of)
        .bind(&origin.scheme));
    Ok(())
}

fn all<'e, T>(written: &[&'e Entry], rows: fn(&Rows) -> &Vec<T>) -> Vec<&'e T> {
    written.iter().flat_map(|entry| rows(&entry.change.intake)).collect()
}
