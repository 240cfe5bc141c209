//! What depends on the gates: each table once, for the changes that hold all of theirs.

use super::{
    acts,
    gates::lines,
    group::Entry,
    intake,
    merged::{merged, put},
    recordings,
};
use crate::{
    domain::{account::Login, change::Change, notice::Recipient},
    store::{Result, db::Conn, events::Recorded, notices},
};

merged!(
    wide EVENTS,
    13,
    "INSERT INTO events
        (node, seq, stream, version, at, kind, actor, post, channel, facts, body, prev_hash, hash)",
    ""
);
merged!(TEXTS, 3, "INSERT INTO texts (id, owner, sealed)", "");
merged!(
    ATTEMPTS,
    20,
    "INSERT INTO attempts
        (case_id, round, dial, attempt, citizen, day, part, caller, started_at, ringing_at,
         answered_at, right_party_at, question_heard_at, answered_by_key_at, confirmed_at,
         ended_at, outcome, sip_status, q850, evidence)",
    ""
);
merged!(
    wide NOTICES,
    7,
    "INSERT INTO notices (case_id, version, kind, to_kind, to_id, language, due_at)",
    ""
);
// One call makes at most one call-back and one record, however often its end is told.
merged!(
    CALL_BACKS,
    6,
    "INSERT INTO call_backs (id, citizen, call, reason, language, at)",
    "ON CONFLICT DO NOTHING"
);
merged!(
    CALLS,
    9,
    "INSERT INTO calls
        (call, direction, trunk, citizen, started_at, answered_at, ended_at, ended_by, disposition)",
    "ON CONFLICT DO NOTHING"
);
merged!(
    SESSIONS,
    8,
    "INSERT INTO sessions
        (id, account, channel, access_hash, refresh_hash, access_until, refresh_until, created_at)",
    ""
);
merged!(FREED, 4, "DELETE FROM slots WHERE (citizen, day, kind, n) IN (", ")");
merged!(LOGINS, 6, "INSERT INTO logins (node, seq, account, post, channel, at)", "");
merged!(
    HOLDINGS,
    4,
    "INSERT INTO post_holders (post, account, from_at, until_at)",
    "ON CONFLICT DO NOTHING"
);
merged!(
    LANGUAGES,
    2,
    "UPDATE citizens
        SET language = v.column2
       FROM (",
    ") AS v
      WHERE citizens.id = v.column1"
);
merged!(
    REVOKED,
    2,
    "UPDATE sessions
        SET revoked_at = v.column2
       FROM (",
    ") AS v
      WHERE sessions.id = v.column1 AND sessions.revoked_at IS NULL"
);

pub(super) async fn events(conn: &mut Conn, events: &[Recorded]) -> Result<()> {
    put!(conn, EVENTS, events, |query, row| query
        .bind(row.node)
        .bind(row.seq)
        .bind(&row.event.stream)
        .bind(row.event.version)
        .bind(row.event.at)
        .bind(&row.event.kind)
        .bind(&row.event.actor)
        .bind(row.event.post)
        .bind(&row.event.channel)
        .bind(&row.event.facts)
        .bind(&row.event.body)
        .bind(&row.event.prev_hash[..])
        .bind(&row.event.hash[..]));
    Ok(())
}

/// `logins` come with the seq of their event.
pub(super) async fn rows(
    conn: &mut Conn,
    node: i64,
    written: &[&Entry],
    logins: &[(i64, &Login)],
) -> Result<()> {
    about_cases(conn, written).await?;
    acts::rows(conn, written).await?;
    intake::rows(conn, written).await?;
    about_calls(conn, node, written).await?;
    about_people(conn, node, written, logins).await
}

async fn about_cases(conn: &mut Conn, written: &[&Entry]) -> Result<()> {
    let texts: Vec<_> =
        written.iter().flat_map(|entry| entry.change.texts.iter().zip(&entry.texts)).collect();
    put!(conn, TEXTS, &texts, |query, row| {
        let (text, sealed) = row;
        query.bind(text.id).bind(&text.owner).bind(*sealed)
    });
    let attempts = all(written, |change| &change.attempts);
    put!(conn, ATTEMPTS, &attempts, |query, attempt| query
        .bind(attempt.case)
        .bind(attempt.round)
        .bind(attempt.dial)
        .bind(attempt.attempt)
        .bind(attempt.citizen)
        .bind(attempt.day)
        .bind(attempt.part)
        .bind(attempt.caller)
        .bind(attempt.started_at)
        .bind(attempt.milestones.ringing_at)
        .bind(attempt.milestones.answered_at)
        .bind(attempt.milestones.right_party_at)
        .bind(attempt.milestones.question_heard_at)
        .bind(attempt.milestones.answered_by_key_at)
        .bind(attempt.milestones.confirmed_at)
        .bind(attempt.ended_at)
        .bind(attempt.outcome)
        .bind(attempt.sip_status)
        .bind(attempt.q850)
        .bind(&attempt.evidence));
    let notices = all(written, |change| &change.notices);
    put!(conn, NOTICES, &notices, |query, notice| {
        let (Recipient::Citizen(id) | Recipient::Post(id)) = notice.to;
        query
            .bind(notice.case)
            .bind(notice.version)
            .bind(&notice.kind)
            .bind(notices::word(notice.to))
            .bind(id)
            .bind(notice.language)
            .bind(notice.due_at)
    });
    Ok(())
}

async fn about_calls(conn: &mut Conn, node: i64, written: &[&Entry]) -> Result<()> {
    let mut call_backs = all(written, |change| &change.call_backs);
    call_backs.sort_by(|one, other| one.call.cmp(&other.call));
    put!(conn, CALL_BACKS, &call_backs, |query, call_back| query
        .bind(call_back.id)
        .bind(call_back.citizen)
        .bind(&call_back.call)
        .bind(&call_back.reason)
        .bind(call_back.language)
        .bind(call_back.at));
    let mut calls = all(written, |change| &change.calls);
    calls.sort_by(|one, other| one.call.cmp(&other.call));
    put!(conn, CALLS, &calls, |query, call| query
        .bind(&call.call)
        .bind(&call.direction)
        .bind(&call.trunk)
        .bind(call.citizen)
        .bind(call.started_at)
        .bind(call.answered_at)
        .bind(call.ended_at)
        .bind(&call.ended_by)
        .bind(&call.disposition));
    let mut freed = all(written, |change| &change.freed);
    freed.sort_unstable();
    put!(conn, FREED, &freed, |query, slot| query
        .bind(slot.citizen)
        .bind(slot.day)
        .bind(slot.kind)
        .bind(slot.n));
    lines::freed(conn, written).await?;
    recordings::rows(conn, node, written).await
}

async fn about_people(
    conn: &mut Conn,
    node: i64,
    written: &[&Entry],
    logins: &[(i64, &Login)],
) -> Result<()> {
    let sessions = all(written, |change| &change.sessions);
    put!(conn, SESSIONS, &sessions, |query, session| query
        .bind(session.id)
        .bind(session.account)
        .bind(session.channel)
        .bind(&session.access_hash[..])
        .bind(&session.refresh_hash[..])
        .bind(session.access_until)
        .bind(session.refresh_until)
        .bind(session.created_at));
    put!(conn, LOGINS, logins, |query, row| {
        let (seq, login) = row;
        query
            .bind(node)
            .bind(*seq)
            .bind(login.account)
            .bind(login.post)
            .bind(login.channel)
            .bind(login.at)
    });
    let mut holdings = all(written, |change| &change.holdings);
    holdings.sort_by_key(|holding| (holding.post, holding.account, holding.from));
    put!(conn, HOLDINGS, &holdings, |query, holding| query
        .bind(holding.post)
        .bind(holding.account)
        .bind(holding.from)
        .bind(holding.until));
    let mut languages = all(written, |change| &change.languages);
    languages.sort_by_key(|(citizen, _)| *citizen);
    put!(conn, LANGUAGES, &languages, |query, row| {
        let (citizen, language) = row;
        query.bind(*citizen).bind(*language)
    });
    let mut revoked: Vec<_> = written
        .iter()
        .flat_map(|entry| entry.change.revoked.iter().map(|id| (*id, entry.change.at)))
        .collect();
    revoked.sort_unstable();
    put!(conn, REVOKED, &revoked, |query, row| query.bind(row.0).bind(row.1));
    Ok(())
}

/// What the changes have of one kind, in their order.
pub(super) fn all<'e, T>(written: &[&'e Entry], rows: fn(&Change) -> &Vec<T>) -> Vec<&'e T> {
    written.iter().flat_map(|entry| rows(&entry.change)).collect()
}
