//! Brings the spells behind the events. It keeps away while acts wait, and does a little at a time.

use std::collections::HashMap;

use crate::{
    app::{App, Error, Result},
    domain::{
        change::Event,
        grading::{
            Spell,
            spell::{self, OPEN},
        },
        time::Timestamp,
    },
    store::{
        self, events,
        grades::{
            gather as stored,
            gather::{Gathered, Reached},
        },
        writer::Lane,
    },
};

/// Pages of events of one step; more wait for the next.
const PAGES_MAX: usize = 2;
/// Acts that wait in the writer, from which on nothing is gathered.
const WAITING_MAX: usize = 16;

pub async fn is_due(app: &App) -> Result<bool> {
    if app.store.writer.waiting(Lane::Acts) >= WAITING_MAX {
        return Ok(false);
    }
    Ok(!stored::behind(&app.store.db, 1).await?.is_empty())
}

/// A little of what is behind.
pub async fn gather(app: &App) -> Result<()> {
    for _ in 0..PAGES_MAX {
        if !page(app).await? {
            break;
        }
    }
    Ok(())
}

/// All of what is behind now.
pub async fn catch_up(app: &App) -> Result<()> {
    while page(app).await? {}
    Ok(())
}

/// The next page of one node's events; false when nothing is behind.
async fn page(app: &App) -> Result<bool> {
    let db = &app.store.db;
    // Before all else: what is read behind it is written only if nobody gathered or froze meanwhile.
    let gate = stored::gate(db).await?;
    let Some(at) = stored::behind(db, 1).await?.pop() else { return Ok(false) };
    let page = events::after(db, at.node, at.seq).await?;
    let cases = stored::cases_of(&page);
    let last: HashMap<i64, Spell> =
        stored::last(db, &cases).await?.into_iter().map(|spell| (spell.case, spell)).collect();
    let streams: Vec<(String, i64)> = cases
        .iter()
        .map(|case| (format!("case:{case}"), last.get(case).map_or(0, |spell| spell.version)))
        .collect();
    let events = events::of_streams(db, &streams).await?;
    let (ended, begun) = fold(last, &events, gate.frozen);
    let seq = page.last().map_or(at.seq, |recorded| recorded.seq);
    // A node that ended writes no more: behind its last page there is nothing.
    let reached = Reached { seq, over: at.over && page.is_empty(), ..at };
    match stored::put(&app.store.writer, Gathered { gate, ended, begun, reached }).await {
        Ok(()) | Err(store::Error::Conflict) => Ok(true),
        Err(error) => Err(Error::from(error)),
    }
}

/// Events of each case in their order; gives the stored spells that end and the new ones.
fn fold(
    last: HashMap<i64, Spell>,
    events: &[Event],
    frozen: Timestamp,
) -> (Vec<Spell>, Vec<Spell>) {
    let (mut ended, mut begun) = (Vec::new(), Vec::new());
    let mut lasting = last;
    let mut fresh: HashMap<i64, usize> = HashMap::new();
    for event in events {
        let Some(case) = event.stream.strip_prefix("case:").and_then(|id| id.parse().ok()) else {
            continue;
        };
        let Some(step) = spell::step(lasting.get(&case), case, event, frozen) else { continue };
        match (step.ended, fresh.get(&case)) {
            (Some(end), Some(n)) => begun[*n] = end,
            (Some(end), None) => ended.push(end),
            (None, _) => {}
        }
        fresh.insert(case, begun.len());
        begun.push(step.begun.clone());
        lasting.insert(case, step.begun);
    }
    debug_assert!(begun.iter().filter(|spell| spell.until == OPEN).count() == fresh.len());
    (ended, begun)
}
