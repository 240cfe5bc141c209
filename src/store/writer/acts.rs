//! What acts write beside the cases; most changes have nothing of it and run no statement here.

use super::{
    follow::all,
    gates::{Stand, gated},
    group::Entry,
    merged::{gate, merged, put},
};
use crate::{
    domain::change::Run,
    store::{Result, db::Conn},
};

merged!(
    ORDERS,
    8,
    "INSERT INTO orders (post, year, n, case_id, version, account, text_id, at)",
    "ON CONFLICT DO NOTHING RETURNING post, year, n"
);
merged!(
    MATTERS,
    11,
    "INSERT INTO matters
        (case_id, version, kind, department, district, post, to_post, account, code, opened_at,
         due_at)",
    ""
);
merged!(
    SETTLED,
    5,
    "UPDATE matters
        SET outcome = v.column3, settled_at = v.column4, settled_version = v.column5
       FROM (",
    ") AS v
      WHERE matters.case_id = v.column1 AND (v.column2 = '' OR matters.kind = v.column2)
        AND matters.settled_at IS NULL AND matters.version < v.column5"
);
merged!(
    DROPPED,
    2,
    "UPDATE rounds
        SET state = 'DROPPED', next_at = NULL, human = 0, ring_back = 0, version = rounds.version + 1
       FROM (",
    ") AS v
      WHERE rounds.case_id = v.column1 AND rounds.purpose = v.column2 AND rounds.state = 'OPEN'"
);
merged!(LINKED, 3, "INSERT INTO links (follower, lead, at)", "ON CONFLICT DO NOTHING");
merged!(UNLINKED, 1, "DELETE FROM links WHERE follower IN (", ")");
merged!(
    OWED,
    9,
    "INSERT INTO follow_ups
        (lead, version, follower, text_id, account, post, delegate_of, channel, at)",
    "ON CONFLICT DO NOTHING"
);
merged!(
    RUNS_BEGUN,
    9,
    "INSERT INTO follow_runs
        (lead, version, text_id, account, post, delegate_of, channel, at, behind)",
    "ON CONFLICT DO NOTHING"
);
merged!(
    RUNS_MOVED,
    3,
    "UPDATE follow_runs
        SET behind = v.column3
       FROM (",
    ") AS v
      WHERE follow_runs.lead = v.column1 AND follow_runs.version = v.column2"
);
merged!(RUNS_ENDED, 2, "DELETE FROM follow_runs WHERE (lead, version) IN (", ")");
merged!(FOLLOWED, 3, "DELETE FROM follow_ups WHERE (lead, version, follower) IN (", ")");
merged!(
    EVIDENCE,
    8,
    "INSERT INTO evidence (id, case_id, sha256, kind, bytes, account, post, at)",
    ""
);
merged!(
    DELEGATIONS,
    6,
    "INSERT INTO delegations (district, post, account, from_at, until_at, given_by)",
    "ON CONFLICT DO NOTHING"
);
merged!(
    REVOKED,
    4,
    "UPDATE delegations
        SET revoked_at = v.column3, revoked_by = v.column4
       FROM (",
    ") AS v
      WHERE delegations.post = v.column1 AND delegations.account = v.column2
        AND delegations.revoked_at IS NULL AND delegations.until_at > v.column3"
);
merged!(
    DONE,
    8,
    "INSERT INTO acts (case_id, version, at, account, post, delegate_of, department, district)",
    "ON CONFLICT DO NOTHING"
);

merged!(
    PINS,
    4,
    "INSERT INTO officer_pins (account, hash, tries, set_at)",
    "ON CONFLICT (account) DO UPDATE
        SET hash = excluded.hash, tries = excluded.tries, set_at = excluded.set_at"
);
merged!(VISITS, 4, "INSERT INTO visits (day, account, channel, at)", "ON CONFLICT DO NOTHING");
merged!(
    TAKEN,
    6,
    "INSERT INTO defaulter_actions (text_id, day, account, action, taken_by, at)",
    ""
);

/// A special order's number is taken once.
pub(super) async fn orders(conn: &mut Conn, asked: &[&Entry], stands: &mut [Stand]) -> Result<()> {
    let key = |order: &&crate::domain::change::Order| (order.post, order.year, order.n);
    let rows = gated(asked, stands, |change| change.order.as_ref(), key);
    let won = gate!(conn, ORDERS, &rows, |query, row| {
        let (_, _, order) = row;
        query
            .bind(order.post)
            .bind(order.year)
            .bind(order.n)
            .bind(order.case)
            .bind(order.version)
            .bind(order.account)
            .bind(order.text)
            .bind(order.at)
    });
    let mut taken = Vec::with_capacity(won.len());
    for mut row in won {
        taken.push((row.next()?, row.next::<i64>()?, row.next::<i64>()?));
    }
    for (n, _, order) in &rows {
        stands[*n].judge(taken.contains(&key(order)));
    }
    Ok(())
}

pub(super) async fn rows(conn: &mut Conn, written: &[&Entry]) -> Result<()> {
    let matters = all(written, |change| &change.matters);
    put!(conn, MATTERS, &matters, |query, matter| query
        .bind(matter.case)
        .bind(matter.version)
        .bind(matter.kind)
        .bind(&matter.department)
        .bind(&matter.district)
        .bind(matter.post)
        .bind(matter.to_post)
        .bind(matter.account)
        .bind(&matter.code)
        .bind(matter.opened_at)
        .bind(matter.due_at));
    let settled = all(written, |change| &change.settled);
    put!(conn, SETTLED, &settled, |query, row| query
        .bind(row.case)
        .bind(row.kind.map_or("", |kind| kind.as_str()))
        .bind(&row.settlement.outcome)
        .bind(row.settlement.at)
        .bind(row.settlement.version));
    let mut dropped = all(written, |change| &change.dropped);
    dropped.sort_unstable();
    put!(conn, DROPPED, &dropped, |query, row| query.bind(row.0).bind(row.1));
    let mut linked = Vec::new();
    let mut unlinked = Vec::new();
    for entry in written {
        for (follower, lead) in &entry.change.links {
            match lead {
                Some(lead) => linked.push((*follower, *lead, entry.change.at)),
                None => unlinked.push(*follower),
            }
        }
    }
    linked.sort_unstable();
    put!(conn, LINKED, &linked, |query, row| query.bind(row.0).bind(row.1).bind(row.2));
    put!(conn, UNLINKED, &unlinked, |query, follower| query.bind(*follower));
    runs(conn, written).await?;
    let owed = all(written, |change| &change.owed);
    put!(conn, OWED, &owed, |query, row| query
        .bind(row.lead)
        .bind(row.version)
        .bind(row.follower)
        .bind(row.text)
        .bind(row.account)
        .bind(row.post)
        .bind(row.delegate_of)
        .bind(row.channel)
        .bind(row.at));
    let mut followed: Vec<_> = written
        .iter()
        .filter_map(|entry| entry.change.followed.as_ref())
        .map(|row| (row.lead, row.version, row.follower))
        .collect();
    followed.sort_unstable();
    put!(conn, FOLLOWED, &followed, |query, row| query.bind(row.0).bind(row.1).bind(row.2));
    let evidence = all(written, |change| &change.evidence);
    put!(conn, EVIDENCE, &evidence, |query, file| query
        .bind(file.id)
        .bind(file.case)
        .bind(&file.sha256[..])
        .bind(file.kind)
        .bind(file.bytes)
        .bind(file.account)
        .bind(file.post)
        .bind(file.at));
    let delegations = all(written, |change| &change.delegations);
    put!(conn, DELEGATIONS, &delegations, |query, row| query
        .bind(&row.district)
        .bind(row.post.map_or(0, |post| post.0))
        .bind(row.account)
        .bind(row.from)
        .bind(row.until)
        .bind(row.given_by));
    let revoked = all(written, |change| &change.revoked_delegations);
    put!(conn, REVOKED, &revoked, |query, row| query
        .bind(row.post)
        .bind(row.account)
        .bind(row.at)
        .bind(row.by));
    let done: Vec<_> = written.iter().filter_map(|entry| entry.change.done.as_ref()).collect();
    put!(conn, DONE, &done, |query, row| query
        .bind(row.case)
        .bind(row.version)
        .bind(row.at)
        .bind(row.account)
        .bind(row.post)
        .bind(row.delegate_of)
        .bind(&row.department)
        .bind(&row.district));
    let mut visits = all(written, |change| &change.visits);
    visits.sort_by_key(|visit| (visit.day, visit.account, visit.channel));
    put!(conn, VISITS, &visits, |query, visit| query
        .bind(visit.day)
        .bind(visit.account)
        .bind(visit.channel)
        .bind(visit.at));
    let mut pins = all(written, |change| &change.pins);
    pins.sort_by_key(|pin| pin.account);
    put!(conn, PINS, &pins, |query, pin| query
        .bind(pin.account)
        .bind(&pin.hash)
        .bind(pin.tries)
        .bind(pin.set_at));
    let taken = all(written, |change| &change.actions_taken);
    put!(conn, TAKEN, &taken, |query, row| query
        .bind(row.text)
        .bind(row.day)
        .bind(row.account)
        .bind(row.action)
        .bind(row.by)
        .bind(row.at));
    Ok(())
}

async fn runs(conn: &mut Conn, written: &[&Entry]) -> Result<()> {
    let (mut begun, mut moved, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    for entry in written {
        match &entry.change.run {
            Some(Run::Begins(run)) => begun.push(run),
            Some(Run::GoesOn(run)) => moved.push(run),
            Some(Run::Ends(run)) => ended.push(run),
            None => {}
        }
    }
    put!(conn, RUNS_BEGUN, &begun, |query, run| query
        .bind(run.lead)
        .bind(run.version)
        .bind(run.text)
        .bind(run.account)
        .bind(run.post)
        .bind(run.delegate_of)
        .bind(run.channel)
        .bind(run.at)
        .bind(run.behind));
    put!(conn, RUNS_MOVED, &moved, |query, run| query
        .bind(run.lead)
        .bind(run.version)
        .bind(run.behind));
    put!(conn, RUNS_ENDED, &ended, |query, run| query.bind(run.lead).bind(run.version));
    Ok(())
}
