//! Rows of recordings: they begin once a call and number, and move on from the version that was read.

use super::{
    follow::all,
    gates::{Stand, gated, ids},
    group::Entry,
    merged::{gate, merged, put},
};
use crate::store::{Result, db::Conn};

merged!(
    BEGUN,
    14,
    "INSERT INTO recordings
        (id, call, n, class, state, case_id, node, folder, file, sha256, duration_ms, partial, at,
         delete_after)",
    "ON CONFLICT DO NOTHING"
);
merged!(
    MOVED,
    14,
    "UPDATE recordings
        SET state = v.column3, file = v.column4, sha256 = v.column5, duration_ms = v.column6,
            partial = v.column7, delete_after = v.column8, held_at = v.column9,
            held_why = v.column10, retry_at = v.column11, trouble = v.column12,
            deleted_at = v.column13, folder = v.column14, version = recordings.version + 1
       FROM (",
    ") AS v
      WHERE recordings.id = v.column1 AND recordings.version = v.column2
     RETURNING recordings.id"
);
/// The row is still as it was read.
pub(super) async fn moved(conn: &mut Conn, asked: &[&Entry], stands: &mut [Stand]) -> Result<()> {
    let rows = gated(asked, stands, |change| change.recording.as_ref(), |row| row.id);
    let won = gate!(conn, MOVED, &rows, |query, row| {
        let (_, _, row) = row;
        query
            .bind(row.id)
            .bind(row.version)
            .bind(row.state)
            .bind(&row.file)
            .bind(&row.sha256[..])
            .bind(row.duration_ms)
            .bind(&row.partial)
            .bind(row.delete_after)
            .bind(row.held_at)
            .bind(row.held_why)
            .bind(row.retry_at)
            .bind(&row.trouble)
            .bind(row.deleted_at)
            .bind(&row.folder)
    });
    let won = ids(won)?;
    for (n, _, row) in rows {
        stands[n].judge(won.contains(&row.id));
    }
    Ok(())
}

pub(super) async fn rows(conn: &mut Conn, node: i64, written: &[&Entry]) -> Result<()> {
    let mut begun = all(written, |change| &change.recordings);
    begun.sort_by(|one, other| (&one.call, one.number).cmp(&(&other.call, other.number)));
    put!(conn, BEGUN, &begun, |query, row| query
        .bind(row.id)
        .bind(&row.call)
        .bind(row.number)
        .bind(row.class)
        .bind(row.state)
        .bind(row.case)
        .bind(node)
        .bind(&row.folder)
        .bind(&row.file)
        .bind(&row.sha256[..])
        .bind(row.duration_ms)
        .bind(&row.partial)
        .bind(row.at)
        .bind(row.delete_after));
    Ok(())
}
