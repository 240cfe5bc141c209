//! Looks for patterns in what was stored since the last look, a page at a time.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    app::{App, Error, Result},
    domain::{
        change::{Change, Gate},
        flags::{
            Flag, Numbers, Pattern,
            patterns::{self, Happened, Satisfied, Timed},
        },
        page::After,
        time::{DAY_MS, MINUTE_MS, Timestamp},
        verification::Outcome,
    },
    store::{
        self, attempts, cases,
        flags::{
            self as stored,
            looks::{self, Look},
            seen, timings,
        },
        people,
        writer::{Counter, Lane, Request},
    },
};

const REGISTRATIONS: &str = "REGISTRATIONS";
const ANSWERS: &str = "ANSWERS";
const CALLERS: &str = "CALLERS";
const NAMES: [&str; 3] = [REGISTRATIONS, ANSWERS, CALLERS];

/// What was written with an earlier time may become visible so much later.
const SETTLED_MS: i64 = MINUTE_MS;
/// Calls of one day are compared.
const TIMINGS_KEPT_MS: i64 = 2 * DAY_MS;
/// Rows of one page.
const PAGE_MAX: i64 = 200;

pub async fn is_due(app: &App) -> Result<bool> {
    let now = app.now();
    let every_ms = app.policy(now).flags.look_every_ms;
    if every_ms == 0 {
        return Ok(false);
    }
    let looks = looks::all(&app.store.db).await?;
    Ok(NAMES.iter().any(|name| is_late(&looks, name, every_ms, now)))
}

fn is_late(looks: &[Look], name: &str, every_ms: i64, now: Timestamp) -> bool {
    looks
        .iter()
        .find(|look| look.name == name)
        .is_none_or(|look| now.since(look.looked_at) >= every_ms)
}

/// Takes a page for each look that is due; gives how many pages were full, so that more is to be read at once.
pub async fn look(app: &App) -> Result<usize> {
    let now = app.now();
    let policy = app.policy(now);
    let numbers = &policy.flags;
    let known = looks::all(&app.store.db).await?;
    let mut full = 0;
    for name in NAMES {
        if !is_late(&known, name, numbers.look_every_ms, now) {
            continue;
        }
        let before = known.iter().find(|look| look.name == name);
        // What was before the first look is nobody's pattern.
        let behind = before.map_or(After { at: now, id: 0 }, |look| look.behind);
        let (read, behind) = match name {
            REGISTRATIONS => registrations(app, numbers, behind, now).await?,
            ANSWERS => answers(app, numbers, behind, now).await?,
            _ => callers(app, numbers, behind, now).await?,
        };
        let is_full = read == PAGE_MAX as usize;
        full += usize::from(is_full);
        let looked_at = match before {
            Some(look) if is_full => look.looked_at,
            Some(_) | None => now,
        };
        let look = Look { name: name.to_owned(), looked_at, behind };
        looks::put(&app.store.writer, look).await?;
    }
    Ok(full)
}

async fn registrations(
    app: &App,
    numbers: &Numbers,
    behind: After,
    now: Timestamp,
) -> Result<(usize, After)> {
    let db = &app.store.db;
    let page = seen::registered(db, behind, now.plus_ms(-SETTLED_MS), PAGE_MAX).await?;
    let mut first: BTreeMap<i64, Happened> = BTreeMap::new();
    for (case, citizen) in &page {
        first.entry(*citizen).or_insert(*case);
    }
    for (citizen, case) in first {
        let since = case.at.plus_ms(-numbers.burst_ms);
        let cases = seen::registered_by(db, citizen, since).await?;
        if let Some(pattern) = patterns::registrations(numbers, citizen, &cases) {
            raise(app, &pattern, now).await?;
        }
        if let Some(officer) = people::of_citizen(db, citizen).await? {
            raise(app, &patterns::officers_phone(citizen, officer, case), now).await?;
        }
    }
    Ok((page.len(), last(page.last().map(|(case, _)| *case), behind)))
}

async fn answers(
    app: &App,
    numbers: &Numbers,
    behind: After,
    now: Timestamp,
) -> Result<(usize, After)> {
    let db = &app.store.db;
    let page = seen::satisfied(db, behind, now.plus_ms(-SETTLED_MS), PAGE_MAX).await?;
    let mut first: BTreeMap<i64, Timestamp> = BTreeMap::new();
    for (answer, round, citizen) in &page {
        first.entry(*citizen).or_insert(answer.at);
        let case = cases::get(db, answer.case).await?;
        let held = Satisfied {
            case: answer.case,
            round: *round,
            at: answer.at,
            registered_at: case.registered_at,
            number_changed: case.aside().number_changed,
        };
        let of_one = [patterns::quick(numbers, &held), patterns::number_changed(numbers, &held)];
        for pattern in of_one.into_iter().flatten() {
            raise(app, &pattern, now).await?;
        }
        timed(app, numbers, *answer, *round, *citizen, now).await?;
    }
    for (citizen, at) in first {
        let since = at.plus_ms(-numbers.burst_ms);
        let answers = seen::satisfied_by(db, citizen, since).await?;
        if let Some(pattern) = patterns::answers(numbers, citizen, &answers) {
            raise(app, &pattern, now).await?;
        }
    }
    timings::forget(&app.store.writer, now.plus_ms(-TIMINGS_KEPT_MS)).await?;
    Ok((page.len(), last(page.last().map(|(answer, ..)| *answer), behind)))
}

/// Keys that a machine heard; what a person typed has no timing of the citizen's.
async fn timed(
    app: &App,
    numbers: &Numbers,
    answer: Happened,
    round: i64,
    citizen: i64,
    now: Timestamp,
) -> Result<()> {
    let db = &app.store.db;
    let dials = attempts::of_round(db, answer.case, round).await?;
    let heard =
        dials.iter().rev().find(|dial| dial.outcome == Outcome::Satisfied && dial.caller.is_none());
    let evidence: Value =
        heard.and_then(|dial| serde_json::from_str(&dial.evidence).ok()).unwrap_or_default();
    let Some(timing) = patterns::timing(numbers, &evidence) else { return Ok(()) };
    let call = Timed { citizen, case: answer.case, at: answer.at };
    timings::put(&app.store.writer, timing.clone(), call, round).await?;
    let day = answer.at.ist_day().begins();
    let calls = timings::same(db, &timing, day).await?;
    if let Some(pattern) = patterns::same_timing(numbers, &calls) {
        raise(app, &pattern, now).await?;
    }
    Ok(())
}

/// Once for each span of days, when it is over.
async fn callers(
    app: &App,
    numbers: &Numbers,
    behind: After,
    now: Timestamp,
) -> Result<(usize, After)> {
    let (span, from, to) = patterns::span(numbers, now.plus_ms(-SETTLED_MS));
    if behind.id >= span {
        return Ok((0, behind));
    }
    let room = seen::callers(&app.store.db, (from, to), numbers.short_call_ms).await?;
    for pattern in patterns::callers(numbers, span, &room) {
        raise(app, &pattern, now).await?;
    }
    Ok((0, After { at: to, id: span }))
}

fn last(read: Option<Happened>, behind: After) -> After {
    read.map_or(behind, |row| After { at: row.at, id: row.case })
}

/// Once for each kind, subject and span.
async fn raise(app: &App, pattern: &Pattern, now: Timestamp) -> Result<()> {
    let Pattern { kind, subject, span, .. } = *pattern;
    if stored::raised(&app.store.db, kind, subject, span).await? {
        return Ok(());
    }
    let writer = &app.store.writer;
    let (flag, fact) = Flag::raised(writer.reserve(Counter::Flag).await?, pattern, now);
    tracing::info!(flag = flag.id, kind = %flag.kind, "a pattern is to be looked at");
    let mut change = Change::new(now);
    change.events.push(fact);
    change.flag = Some((Gate::New, flag));
    match writer.commit(Lane::Bulk, Request::system(), change).await {
        Ok(_) | Err(store::Error::Conflict) => Ok(()),
        Err(error) => Err(Error::from(error)),
    }
}
