//! The gates: a row that is new, a row still at the version that was read, a slot that is free.
//! Rows go in key order and tables in one order, so two nodes never wait for each other in a ring.

mod feedback;
pub(super) mod lines;
mod stops;

use std::collections::HashSet;

use super::{
    acts,
    group::{Entry, Verdict},
    imports, incidents, intake,
    merged::{gate, merged, put},
    moved, recordings,
};
use crate::{
    domain::change::{Change, Gate, Slot, SlotKind},
    store::{
        Result,
        db::{Conn, only, rows_on},
        values::Cells,
    },
};

merged!(
    wide REQUESTS,
    5,
    "INSERT INTO requests (owner, id, fingerprint, result, expires_at)",
    "ON CONFLICT DO NOTHING RETURNING owner, id"
);
merged!(WITHDRAWN, 2, "DELETE FROM requests WHERE (owner, id) IN (", ")");
merged!(
    CITIZENS,
    8,
    "INSERT INTO citizens
        (id, phone_key, phone_sealed, name_sealed, language, do_not_call, no_sms, created_at)",
    "ON CONFLICT DO NOTHING RETURNING id"
);
merged!(
    CASES_OPENED,
    37,
    "INSERT INTO cases
        (id, kind, citizen, channel, language, department, category, subcategory, place,
         district, text_id, recording, state, level, ladder, post, directory, policy,
         registered_at, arrived_at, due_at, stay, attended, seen, overdue_last,
         needs_review, review_due_at, resolved_at, resolved_level, in_time,
         dissatisfied_last, round, closed_at, pressured, version, head, aside)",
    "ON CONFLICT DO NOTHING RETURNING id"
);
merged!(
    CASES_UPDATED,
    35,
    "UPDATE cases
        SET department = v.column3, category = v.column4, subcategory = v.column5, place = v.column6, district =
            v.column7, text_id = v.column8, recording = v.column9, state = v.column10, level = v.column11, ladder =
            v.column12, post = v.column13, directory = v.column14, policy = v.column15, arrived_at = v.column16,
            due_at = v.column17, stay = v.column18, attended = v.column19, seen = v.column20, overdue_last =
            v.column21, needs_review = v.column22, review_due_at = v.column23, resolved_at = v.column24,
            resolved_level = v.column25, in_time = v.column26, dissatisfied_last = v.column27, round = v.column28,
            closed_at = v.column29, pressured = v.column30, version = v.column31, head = v.column32, aside =
            v.column33, citizen = v.column34, contacted = v.column35
       FROM (",
    ") AS v
      WHERE cases.id = v.column1 AND cases.version = v.column2
     RETURNING cases.id"
);
merged!(
    ROUNDS_OPENED,
    26,
    "INSERT INTO rounds
        (case_id, round, citizen, language, district, state, opened_at, ends_at, next_at, attempts, dials,
         attempt_day, attempt_part, attempt_used, redials_busy, redials_congestion, partial, ring_back,
         human, bad_number_days, answer, answered_at, version, purpose, asked_at,
         wanted_part)",
    "ON CONFLICT DO NOTHING RETURNING case_id"
);
// What is decided under a lease gives it back, or says until when it goes on; what is decided beside it leaves it alone.
merged!(
    ROUNDS_UPDATED,
    28,
    "UPDATE rounds
        SET leased_until = CASE WHEN v.column4 IS NULL THEN leased_until ELSE v.column5 END,
            language = v.column6, district = v.column7, state = v.column8, ends_at = v.column9, next_at = v.column10,
            attempts = v.column11, dials = v.column12, attempt_day = v.column13, attempt_part = v.column14,
            attempt_used = v.column15, redials_busy = v.column16, redials_congestion = v.column17, partial =
            v.column18, ring_back = v.column19, human = v.column20, bad_number_days = v.column21, answer = v.column22,
            answered_at = v.column23, version = v.column24, citizen = v.column25, opened_at = v.column26,
            asked_at = v.column27, wanted_part = v.column28
       FROM (",
    ") AS v
      WHERE rounds.case_id = v.column1 AND rounds.round = v.column2
        AND rounds.version = v.column3
        AND (v.column4 IS NULL OR rounds.lease_token = v.column4)
     RETURNING rounds.case_id"
);
merged!(
    ACCOUNTS_OPENED,
    11,
    "INSERT INTO accounts
        (id, login, name, password_hash, role, district, active, failed, locked_until,
         version, head)",
    "ON CONFLICT DO NOTHING RETURNING id"
);
merged!(
    ACCOUNTS_UPDATED,
    11,
    "UPDATE accounts
        SET name = v.column3, password_hash = v.column4, role = v.column5, district =
            v.column6, active = v.column7, failed = v.column8, locked_until =
            v.column9, version = v.column10, head = v.column11
       FROM (",
    ") AS v
      WHERE accounts.id = v.column1 AND accounts.version = v.column2
     RETURNING accounts.id"
);
merged!(
    SLOTS,
    4,
    "INSERT INTO slots (citizen, day, kind, n)",
    "ON CONFLICT DO NOTHING RETURNING citizen, day, kind, n"
);
/// Takes the request ids nobody took before; marks the entries they belong to.
pub(super) async fn requests(conn: &mut Conn, group: &[Entry]) -> Result<Vec<bool>> {
    let mut rows: Vec<_> = group.iter().collect();
    rows.sort_unstable_by_key(|entry| (&entry.owner, &entry.id));
    let taken = gate!(conn, REQUESTS, &rows, |query, entry| query
        .bind(&entry.owner)
        .bind(&entry.id)
        .bind(&entry.fingerprint[..])
        .bind(&entry.change.result)
        .bind(entry.expires_at));
    let key = |mut row: Cells| Ok((row.next::<String>()?, row.next::<String>()?));
    let fresh = taken.into_iter().map(key).collect::<sqlx::Result<HashSet<_>>>()?;
    Ok(group.iter().map(|entry| fresh.contains(&(entry.owner.clone(), entry.id.clone()))).collect())
}

pub(super) async fn withdraw(conn: &mut Conn, lost: &[&Entry]) -> Result<()> {
    put!(conn, WITHDRAWN, lost, |query, entry| query.bind(&entry.owner).bind(&entry.id));
    Ok(())
}

/// What a request that was done before was answered.
pub(super) async fn earlier(conn: &mut Conn, entry: &Entry) -> Result<Verdict> {
    let mut row = only(rows_on!(
        conn,
        "SELECT fingerprint, result FROM requests WHERE owner = $1 AND id = $2",
        &entry.owner,
        &entry.id,
    ))?;
    if row.hash()? != entry.fingerprint {
        return Ok(Verdict::Reused);
    }
    Ok(Verdict::Repeated(row.next()?))
}

/// How one entry stands between two gates.
#[derive(Clone, Copy, Default)]
pub(super) struct Stand {
    lost: bool,
    won: bool,
}

impl Stand {
    pub(super) fn judge(&mut self, held: bool) {
        if held {
            self.won = true;
        } else {
            self.lost = true;
        }
    }

    /// Won one gate and lost another.
    fn torn(self) -> bool {
        self.won && self.lost
    }
}

/// Passes all row gates; marks the entries that hold every one of theirs. None when one is torn.
pub(super) async fn rows(
    conn: &mut Conn,
    node: i64,
    asked: &[&Entry],
) -> Result<Option<Vec<bool>>> {
    let mut stands = vec![Stand::default(); asked.len()];
    imports::old_numbers(conn, asked, &mut stands).await?;
    citizens(conn, asked, &mut stands).await?;
    cases(conn, asked, &mut stands).await?;
    rounds(conn, asked, &mut stands).await?;
    accounts(conn, asked, &mut stands).await?;
    slots(conn, asked, &mut stands).await?;
    lines::taken(conn, node, asked, &mut stands).await?;
    lines::evenings(conn, asked, &mut stands).await?;
    stops::thrown(conn, asked, &mut stands).await?;
    imports::live(conn, asked, &mut stands).await?;
    acts::orders(conn, asked, &mut stands).await?;
    intake::blocks(conn, asked, &mut stands).await?;
    incidents::declared(conn, asked, &mut stands).await?;
    incidents::joined(conn, asked, &mut stands).await?;
    recordings::moved(conn, asked, &mut stands).await?;
    feedback::rows(conn, asked, &mut stands).await?;
    if stands.iter().any(|stand| stand.torn()) {
        return Ok(None);
    }
    Ok(Some(stands.into_iter().map(|stand| !stand.lost).collect()))
}

/// The entries still in the running that have a row for a gate, in the order of its key.
pub(super) fn gated<'e, T, K: Ord>(
    asked: &[&'e Entry],
    stands: &[Stand],
    row: impl Fn(&'e Change) -> Option<T>,
    key: impl Fn(&T) -> K,
) -> Vec<(usize, &'e Entry, T)> {
    let mut rows: Vec<_> = asked
        .iter()
        .enumerate()
        .filter(|(n, _)| !stands[*n].lost)
        .filter_map(|(n, entry)| Some((n, *entry, row(&entry.change)?)))
        .collect();
    rows.sort_unstable_by_key(|(_, _, row)| key(row));
    rows
}

async fn citizens(conn: &mut Conn, asked: &[&Entry], stands: &mut [Stand]) -> Result<()> {
    let rows: Vec<_> = gated(asked, stands, |change| change.citizen.as_ref(), |citizen| citizen.id)
        .into_iter()
        .filter_map(|(n, entry, citizen)| Some((n, entry.citizen.as_ref()?, citizen)))
        .collect();
    let won = gate!(conn, CITIZENS, &rows, |query, row| {
        let (_, sealed, citizen) = row;
        query
            .bind(citizen.id)
            .bind(&sealed.phone_key[..])
            .bind(&sealed.phone)
            .bind(&sealed.name)
            .bind(citizen.language)
            .bind(i64::from(citizen.safety.do_not_call))
            .bind(i64::from(citizen.safety.no_sms))
            .bind(citizen.created_at)
    });
    let won = ids(won)?;
    for (n, _, citizen) in rows {
        stands[n].judge(won.contains(&citizen.id));
    }
    Ok(())
}

async fn cases(conn: &mut Conn, asked: &[&Entry], stands: &mut [Stand]) -> Result<()> {
    let rows = gated(asked, stands, |change| change.case.as_ref(), |(_, case)| case.id);
    let (mut new, mut read, mut moving) = (Vec::new(), Vec::new(), Vec::new());
    for (_, entry, (gate, case)) in &rows {
        match gate {
            Gate::New => new.push(case),
            Gate::Version(version) if entry.change.keeps_matter => moving.push((*version, case)),
            Gate::Version(version) => read.push((*version, case)),
        }
    }
    let mut won = gate!(conn, CASES_OPENED, &new, |query, case| query
        .bind(case.id)
        .bind(case.kind)
        .bind(case.citizen)
        .bind(case.channel)
        .bind(case.language)
        .bind(&case.department)
        .bind(&case.category)
        .bind(&case.subcategory)
        .bind(&case.place)
        .bind(&case.district)
        .bind(case.text)
        .bind(case.recording)
        .bind(case.state)
        .bind(case.level)
        .bind(case.ladder)
        .bind(case.post)
        .bind(case.directory)
        .bind(case.policy)
        .bind(case.registered_at)
        .bind(case.arrived_at)
        .bind(case.due_at)
        .bind(case.stay)
        .bind(i64::from(case.attended))
        .bind(i64::from(case.seen))
        .bind(i64::from(case.overdue_last))
        .bind(i64::from(case.needs_review))
        .bind(case.review_due_at)
        .bind(case.resolved_at)
        .bind(case.resolved_level)
        .bind(case.in_time.map(i64::from))
        .bind(case.dissatisfied_last)
        .bind(case.round)
        .bind(case.closed_at)
        .bind(i64::from(case.pressured))
        .bind(case.version)
        .bind(&case.head[..])
        .bind(case.aside.as_ref().map(|aside| aside.to_text())));
    won.extend(gate!(conn, CASES_UPDATED, &read, |query, row| {
        let (version, case) = row;
        query
            .bind(case.id)
            .bind(*version)
            .bind(&case.department)
            .bind(&case.category)
            .bind(&case.subcategory)
            .bind(&case.place)
            .bind(&case.district)
            .bind(case.text)
            .bind(case.recording)
            .bind(case.state)
            .bind(case.level)
            .bind(case.ladder)
            .bind(case.post)
            .bind(case.directory)
            .bind(case.policy)
            .bind(case.arrived_at)
            .bind(case.due_at)
            .bind(case.stay)
            .bind(i64::from(case.attended))
            .bind(i64::from(case.seen))
            .bind(i64::from(case.overdue_last))
            .bind(i64::from(case.needs_review))
            .bind(case.review_due_at)
            .bind(case.resolved_at)
            .bind(case.resolved_level)
            .bind(case.in_time.map(i64::from))
            .bind(case.dissatisfied_last)
            .bind(case.round)
            .bind(case.closed_at)
            .bind(i64::from(case.pressured))
            .bind(case.version)
            .bind(&case.head[..])
            .bind(case.aside.as_ref().map(|aside| aside.to_text()))
            .bind(case.citizen)
            .bind(i64::from(case.contacted))
    }));
    won.extend(moved::cases(conn, &moving).await?);
    let won = ids(won)?;
    for (n, _, (_, case)) in rows {
        stands[n].judge(won.contains(&case.id));
    }
    Ok(())
}

async fn rounds(conn: &mut Conn, asked: &[&Entry], stands: &mut [Stand]) -> Result<()> {
    let rows = gated(
        asked,
        stands,
        |change| change.round.as_ref(),
        |(_, round)| (round.case, round.round),
    );
    let mut new = Vec::new();
    let mut read = Vec::new();
    for (_, entry, (gate, round)) in &rows {
        match gate {
            Gate::New => new.push(round),
            Gate::Version(version) => read.push((*version, &entry.change, round)),
        }
    }
    let mut won = gate!(conn, ROUNDS_OPENED, &new, |query, round| query
        .bind(round.case)
        .bind(round.round)
        .bind(round.citizen)
        .bind(round.language)
        .bind(&round.district)
        .bind(round.state)
        .bind(round.opened_at)
        .bind(round.ends_at)
        .bind(round.next_at)
        .bind(round.attempts)
        .bind(round.dials)
        .bind(round.attempt_day)
        .bind(round.attempt_part)
        .bind(i64::from(round.attempt_used))
        .bind(round.redials_busy)
        .bind(round.redials_congestion)
        .bind(i64::from(round.partial))
        .bind(i64::from(round.ring_back))
        .bind(i64::from(round.human))
        .bind(round.bad_number_days)
        .bind(round.answer)
        .bind(round.answered_at)
        .bind(round.version)
        .bind(round.purpose)
        .bind(round.asked_at)
        .bind(round.wanted_part));
    won.extend(gate!(conn, ROUNDS_UPDATED, &read, |query, row| {
        let (version, change, round) = row;
        query
            .bind(round.case)
            .bind(round.round)
            .bind(*version)
            .bind(change.fence)
            .bind(change.held_until)
            .bind(round.language)
            .bind(&round.district)
            .bind(round.state)
            .bind(round.ends_at)
            .bind(round.next_at)
            .bind(round.attempts)
            .bind(round.dials)
            .bind(round.attempt_day)
            .bind(round.attempt_part)
            .bind(i64::from(round.attempt_used))
            .bind(round.redials_busy)
            .bind(round.redials_congestion)
            .bind(i64::from(round.partial))
            .bind(i64::from(round.ring_back))
            .bind(i64::from(round.human))
            .bind(round.bad_number_days)
            .bind(round.answer)
            .bind(round.answered_at)
            .bind(round.version)
            .bind(round.citizen)
            .bind(round.opened_at)
            .bind(round.asked_at)
            .bind(round.wanted_part)
    }));
    // One round of a case at most is in a group.
    let won = ids(won)?;
    for (n, _, (_, round)) in rows {
        stands[n].judge(won.contains(&round.case));
    }
    Ok(())
}

async fn accounts(conn: &mut Conn, asked: &[&Entry], stands: &mut [Stand]) -> Result<()> {
    let rows = gated(asked, stands, |change| change.account.as_ref(), |(_, account)| account.id);
    let mut new = Vec::new();
    let mut read = Vec::new();
    for (_, _, (gate, account)) in &rows {
        match gate {
            Gate::New => new.push(account),
            Gate::Version(version) => read.push((*version, account)),
        }
    }
    let mut won = gate!(conn, ACCOUNTS_OPENED, &new, |query, account| query
        .bind(account.id)
        .bind(&account.login)
        .bind(&account.name)
        .bind(&account.password_hash)
        .bind(account.role)
        .bind(&account.district)
        .bind(i64::from(account.active))
        .bind(account.failed)
        .bind(account.locked_until)
        .bind(account.version)
        .bind(&account.head[..]));
    won.extend(gate!(conn, ACCOUNTS_UPDATED, &read, |query, row| {
        let (version, account) = row;
        query
            .bind(account.id)
            .bind(*version)
            .bind(&account.name)
            .bind(&account.password_hash)
            .bind(account.role)
            .bind(&account.district)
            .bind(i64::from(account.active))
            .bind(account.failed)
            .bind(account.locked_until)
            .bind(account.version)
            .bind(&account.head[..])
    }));
    let won = ids(won)?;
    for (n, _, (_, account)) in rows {
        stands[n].judge(won.contains(&account.id));
    }
    Ok(())
}

async fn slots(conn: &mut Conn, asked: &[&Entry], stands: &mut [Stand]) -> Result<()> {
    let entries = gated(
        asked,
        stands,
        |change| (!change.slots.is_empty()).then_some(&change.slots),
        |slots| slots[0],
    );
    let mut rows: Vec<Slot> =
        entries.iter().flat_map(|(_, _, slots)| slots.iter().copied()).collect();
    rows.sort_unstable();
    let taken = gate!(conn, SLOTS, &rows, |query, slot| query
        .bind(slot.citizen)
        .bind(slot.day)
        .bind(slot.kind)
        .bind(slot.n));
    let mut won = HashSet::new();
    for mut row in taken {
        let (citizen, day) = (row.next()?, row.next()?);
        won.insert(Slot { citizen, day, kind: row.next::<SlotKind>()?, n: row.next()? });
    }
    for (n, _, slots) in entries {
        for slot in slots {
            stands[n].judge(won.contains(slot));
        }
    }
    Ok(())
}

pub(super) fn ids(rows: Vec<Cells>) -> sqlx::Result<HashSet<i64>> {
    rows.into_iter().map(|mut row| row.next()).collect()
}
