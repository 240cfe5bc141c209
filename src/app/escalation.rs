//! Moves cases whose time is over, many at a time: what they all ask is asked once, and the writer merges them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{App, Result, cases, clock::done, vacancies};
use crate::{
    domain::{
        account::Holding,
        case::{
            Case, State,
            charge::{Charge, is_held_throughout},
            escalate::Seat,
            moved::{Above, Destination},
        },
        change::{Change, Event},
        place::PostId,
        refused::Refused,
        routing::Routed,
        time::Timestamp,
    },
    store::{self, events, posts, writer::Lane},
};

/// Each at most one level; gives how many moved. A move that comes second finds its work done.
pub(super) async fn escalate(app: &Arc<App>, limit: i64) -> Result<usize> {
    let now = app.now();
    let overdue = store::cases::overdue(&app.store.db, now, limit).await?;
    // The citizen of a PC may be waiting for a call about it: it has moved on.
    let mut open = HashMap::new();
    for case in overdue.iter().filter(|case| case.state == State::PartiallyClosed) {
        open.extend(cases::last_round(app, case).await?.map(|round| (case.id, round)));
    }
    let ways = Ways::find(app, &overdue, now).await?;
    let seats = Seats::find(app, &overdue).await?;
    let policy = app.policy(now);
    let moved = |case: &Case| -> Result<Change, Refused> {
        let change = case.escalate(&ways.above(case), seats.of(case), &policy, now)?;
        Ok(change.drops(open.get(&case.id)))
    };
    // Who cannot be moved was moved meanwhile.
    let moves: Vec<_> = overdue.iter().filter_map(|case| Some((case, moved(case).ok()?))).collect();
    for (case, change) in &moves {
        let Some((_, after)) = &change.case else { continue };
        tracing::info!(
            case = %case.number(),
            from = %case.level,
            to = %after.level,
            overdue_last = after.overdue_last,
            attended = case.attended,
            "a case moves by itself"
        );
    }
    let changes: Vec<_> = moves.into_iter().map(|(_, change)| change).collect();
    let (mut moved, mut failed) = (0, None);
    for answer in app.store.writer.commit_all(Lane::Bulk, changes).await {
        match done(answer.map_err(Into::into)) {
            Ok(did) => moved += usize::from(did),
            Err(error) => drop(failed.get_or_insert(error)),
        }
    }
    match failed {
        Some(error) if moved == 0 => Err(error),
        Some(error) => {
            tracing::error!(%error, "one of many that fell due failed");
            Ok(moved)
        }
        None => Ok(moved),
    }
}

/// Where cases go from here.
struct Ways {
    /// By case; None: no post at any level above.
    routes: HashMap<i64, Option<Routed>>,
    vacant: HashSet<PostId>,
    directory: i64,
}

impl Ways {
    async fn find(app: &App, cases: &[Case], now: Timestamp) -> Result<Self> {
        let index = app.index();
        let routes: HashMap<_, _> = cases
            .iter()
            .filter(|case| case.level < case.ladder)
            .map(|case| (case.id, index.route(case.matter(), &case.place, case.level.next())))
            .collect();
        let posts = routes.values().flatten().map(|routed| routed.post).collect();
        let vacant = vacancies::were_vacant(app, posts, now).await?;
        Ok(Self { routes, vacant, directory: index.version() })
    }

    fn above(&self, case: &Case) -> Above {
        match self.routes.get(&case.id) {
            None => Above::Last,
            Some(None) => Above::NoPost,
            Some(Some(routed)) => Above::To(Destination {
                routed: routed.clone(),
                vacant: self.vacant.contains(&routed.post),
                directory: self.directory,
            }),
        }
    }
}

/// Who answers for stays that were not attended: asked over their last day, not at the moment of the sweep.
struct Seats {
    charges: HashMap<i64, Charge>,
    late: HashSet<i64>,
    holdings: HashMap<PostId, Vec<Holding>>,
}

impl Seats {
    async fn find(app: &App, cases: &[Case]) -> Result<Self> {
        let db = &app.store.db;
        let left: Vec<_> = cases.iter().filter(|case| !case.attended).collect();
        let stays: Vec<_> = left.iter().map(|case| (case.stream(), case.arrived_at)).collect();
        let mut histories: HashMap<String, Vec<Event>> = HashMap::new();
        for event in events::of_stays(db, &stays).await? {
            histories.entry(event.stream.clone()).or_default().push(event);
        }
        let (mut charges, mut late) = (HashMap::new(), HashSet::new());
        for (case, (stream, _)) in left.into_iter().zip(&stays) {
            let history = histories.get(stream).map_or(&[][..], Vec::as_slice);
            if case.came_late(history) {
                late.insert(case.id);
            } else if let Some(charge) = case.charge(history) {
                charges.insert(case.id, charge);
            }
        }
        let mut asked: Vec<PostId> = charges.values().map(|charge| charge.post).collect();
        asked.sort_unstable();
        asked.dedup();
        let mut holdings: HashMap<_, Vec<_>> = HashMap::new();
        for holding in posts::holders_of(db, &asked).await? {
            holdings.entry(holding.post).or_default().push(holding);
        }
        Ok(Self { charges, late, holdings })
    }

    fn of(&self, case: &Case) -> Seat {
        if case.attended {
            return Seat::Held;
        }
        if self.late.contains(&case.id) {
            return Seat::Elsewhere;
        }
        let Some(charge) = self.charges.get(&case.id) else { return Seat::Vacant };
        let holdings = self.holdings.get(&charge.post).map_or(&[][..], Vec::as_slice);
        match is_held_throughout(holdings, charge.from, charge.until) {
            false => Seat::Vacant,
            true if Some(charge.post) == case.post => Seat::Held,
            true => Seat::Before(charge.post),
        }
    }
}
