//! The row of a case that moves and is about what it was about: the indexes over its citizen and its place stay as they
//! are, which is half of what such a row costs.

use super::merged::{gate, merged};
use crate::{
    domain::case::Case,
    store::{Result, db::Conn, values::Cells},
};

merged!(
    wide CASES_MOVED,
    20,
    "UPDATE cases
        SET state = v.column3, level = v.column4, post = v.column5, directory = v.column6, policy = v.column7,
            arrived_at = v.column8, due_at = v.column9, stay = v.column10, attended = v.column11, seen = v.column12,
            overdue_last = v.column13, resolved_at = v.column14, resolved_level = v.column15, in_time = v.column16,
            dissatisfied_last = v.column17, version = v.column18, head = v.column19, aside = v.column20
       FROM (",
    ") AS v
      WHERE cases.id = v.column1 AND cases.version = v.column2
     RETURNING cases.id"
);

/// Cases with the version that was read, in key order; gives the ids of those that were at it.
pub(super) async fn cases(conn: &mut Conn, moved: &[(i64, &Case)]) -> Result<Vec<Cells>> {
    Ok(gate!(conn, CASES_MOVED, moved, |query, row| {
        let (version, case) = row;
        query
            .bind(case.id)
            .bind(*version)
            .bind(case.state)
            .bind(case.level)
            .bind(case.post)
            .bind(case.directory)
            .bind(case.policy)
            .bind(case.arrived_at)
            .bind(case.due_at)
            .bind(case.stay)
            .bind(i64::from(case.attended))
            .bind(i64::from(case.seen))
            .bind(i64::from(case.overdue_last))
            .bind(case.resolved_at)
            .bind(case.resolved_level)
            .bind(case.in_time.map(i64::from))
            .bind(case.dissatisfied_last)
            .bind(case.version)
            .bind(&case.head[..])
            .bind(case.aside.as_ref().map(|aside| aside.to_text()))
    }))
}
