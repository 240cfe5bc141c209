//! What the desks of the call centre say beside the cases; most changes have nothing of it and run no statement here.

use super::{
    group::Entry,
    merged::{merged, put},
};
use crate::{
    domain::intake::Rows,
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
    Ok(())
}

fn all<'e, T>(written: &[&'e Entry], rows: fn(&Rows) -> &Vec<T>) -> Vec<&'e T> {
    written.iter().flat_map(|entry| rows(&entry.change.intake)).collect()
}
