//! Tasks of feedback callers: the next number of a person is new once, and a task moves on from the version that was read.

mod flags;
mod grades;
mod rechecks;

use std::collections::HashSet;

use super::{Stand, gated};
use crate::{
    domain::change::Gate,
    store::{
        Result,
        db::Conn,
        writer::{
            group::Entry,
            merged::{gate, merged},
        },
    },
};

merged!(
    SHOWN,
    21,
    "INSERT INTO tasks
        (account, n, kind, case_id, round, citizen, token, state, shown_at, held_until, extended, call, dial,
         dialled_at, answered_at, ended_at, right_party_at, outcome, recorded_at, reason, version)",
    "ON CONFLICT DO NOTHING RETURNING account"
);
merged!(
    MOVED,
    16,
    "UPDATE tasks
        SET token = v.column4, state = v.column5, held_until = v.column6, extended = v.column7, call = v.column8,
            dial = v.column9, dialled_at = v.column10, answered_at = v.column11, ended_at = v.column12,
            right_party_at = v.column13, outcome = v.column14, recorded_at = v.column15, reason = v.column16,
            version = tasks.version + 1
       FROM (",
    ") AS v
      WHERE tasks.account = v.column1 AND tasks.n = v.column2 AND tasks.version = v.column3
     RETURNING tasks.account"
);

pub(super) async fn rows(conn: &mut Conn, asked: &[&Entry], stands: &mut [Stand]) -> Result<()> {
    tasks(conn, asked, stands).await?;
    rechecks::months(conn, asked, stands).await?;
    rechecks::rechecks(conn, asked, stands).await?;
    flags::flags(conn, asked, stands).await?;
    grades::published(conn, asked, stands).await
}

/// One task of a person at most is in a group.
async fn tasks(conn: &mut Conn, asked: &[&Entry], stands: &mut [Stand]) -> Result<()> {
    let rows = gated(
        asked,
        stands,
        |change| change.feedback.task.as_ref(),
        |(_, task)| (task.account, task.n),
    );
    let (mut new, mut read) = (Vec::new(), Vec::new());
    for (_, _, (gate, task)) in &rows {
        match gate {
            Gate::New => new.push(task),
            Gate::Version(version) => read.push((*version, task)),
        }
    }
    let mut returned = gate!(conn, SHOWN, &new, |query, task| query
        .bind(task.account)
        .bind(task.n)
        .bind(task.kind)
        .bind(task.case)
        .bind(task.round)
        .bind(task.citizen)
        .bind(task.token)
        .bind(task.state)
        .bind(task.shown_at)
        .bind(task.held_until)
        .bind(i64::from(task.extended))
        .bind(&task.call)
        .bind(task.dial)
        .bind(task.dialled_at)
        .bind(task.answered_at)
        .bind(task.ended_at)
        .bind(task.right_party_at)
        .bind(task.outcome)
        .bind(task.recorded_at)
        .bind(&task.reason)
        .bind(task.version));
    returned.extend(gate!(conn, MOVED, &read, |query, row| {
        let (version, task) = row;
        query
            .bind(task.account)
            .bind(task.n)
            .bind(*version)
            .bind(task.token)
            .bind(task.state)
            .bind(task.held_until)
            .bind(i64::from(task.extended))
            .bind(&task.call)
            .bind(task.dial)
            .bind(task.dialled_at)
            .bind(task.answered_at)
            .bind(task.ended_at)
            .bind(task.right_party_at)
            .bind(task.outcome)
            .bind(task.recorded_at)
            .bind(&task.reason)
    }));
    let mut won: HashSet<i64> = HashSet::with_capacity(returned.len());
    for mut row in returned {
        won.insert(row.next()?);
    }
    for (n, _, (_, task)) in rows {
        stands[n].judge(won.contains(&task.account));
    }
    Ok(())
}
