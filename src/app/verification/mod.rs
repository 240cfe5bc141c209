//! The verification of a resolution by the citizen: who is rung, and what came of it.

use std::collections::HashSet;

use super::{App, Error, Result, cases, cases::CaseView, demo, request};
use crate::{
    domain::{
        actor::Actor,
        case::Case,
        change::{Change, Event, Gate},
        number::CaseNumber,
        permissions::{self, Act, Object},
        place::Code,
        policy::DIAL_MS,
        refused::Refused,
        time::Timestamp,
        verification::{
            Round, RoundState,
            attempts::{self, Caller, Dialling, Used},
            line::{CallKind, Evening, Line},
        },
    },
    store::{
        events,
        rounds::{self, Claimed, lines, standing},
        writer::{Lane, Request},
    },
};

pub(super) mod called;
mod conduct;
mod dial;
mod elsewhere;
mod figures;
mod heard;
mod inbound;
mod leases;
pub mod line;
mod next;
mod placed;
mod placing;
mod record;

pub(super) use called::fits;
pub use conduct::conduct;
pub(super) use conduct::said;
pub(super) use dial::wait;
pub use dial::{DialOrder, OrderedRound, dial};
pub use elsewhere::{Elsewhere, Happened, is_open};
pub use figures::{Figures, figures, tasks};
pub use heard::answer;
pub(super) use heard::heard;
pub(super) use inbound::waiting;
pub use inbound::{Inbound, OpenRound, inbound};
pub use leases::{Lease, hold, line_free, renew};
pub(super) use next::load;
pub use next::{Task, next, own};
pub use placed::{is_trusted, placed};
pub(super) use placing::{may_place, placing};
pub(super) use record::note;
pub use record::{Record, Settled, Source, record};

/// Longer than any verification call with its ringing, as the standard policy has it.
pub const DIAL_LEASE_MS: i64 = DIAL_MS;
/// A dial's lease: what the policy gives a dial. The demonstration's clock may be moved while a phone rings, which must not ring it again: there the
/// lease outlasts every step, and `demo::prepare` frees what a crash left.
pub(crate) fn dial_lease_ms(app: &App) -> i64 {
    let moved_ms = if app.clock().offset_ms().is_some() { demo::ADVANCE_MS_MAX } else { 0 };
    app.policy(app.now()).verification.dial_ms_max + moved_ms
}

/// Rounds of one phone that are looked at.
const OF_ONE_PHONE_MAX: i64 = 20;

/// What the phone of a round used today.
pub(super) async fn used_today(app: &App, round: &Round, now: Timestamp) -> Result<Used> {
    used(app, round.citizen, now).await
}

/// The slots that a phone used today; by evening, also who has rung it, and whether a call-back is owed.
pub(super) async fn used(app: &App, citizen: i64, now: Timestamp) -> Result<Used> {
    let standings = standing::of(&app.store.db, &[citizen], now, is_by_evening(app, now)).await?;
    Ok(standings.into_values().next().map(|standing| standing.used).unwrap_or_default())
}

/// Is it the part of the day in which one kind of call rings a citizen?
fn is_by_evening(app: &App, now: Timestamp) -> bool {
    Evening::of(&app.policy(now).verification, 0, CallKind::Own, None, now).is_some()
}

/// All facts of a case.
pub(super) async fn history(app: &App, case: &Case) -> Result<Vec<Event>> {
    let mut history: Vec<Event> = Vec::new();
    loop {
        let past = history.last().map_or(0, |event| event.version);
        let page = events::of_stream(&app.store.db, &case.stream(), past).await?;
        if page.is_empty() {
            return Ok(history);
        }
        history.extend(page.into_iter().map(|recorded| recorded.event));
        if history.last().is_some_and(|event| event.version >= case.version) {
            return Ok(history);
        }
    }
}

/// The accounts that acted on a case.
pub(super) async fn acted_on(app: &App, case: &Case) -> Result<Vec<i64>> {
    Ok(acted(&history(app, case).await?))
}

/// The accounts that acted on a case; taking or recording a verification call is no such act.
fn acted(history: &[Event]) -> Vec<i64> {
    let mut accounts: Vec<i64> = history
        .iter()
        .filter(|event| !is_of_a_call(&event.kind))
        .filter_map(|event| event.actor.strip_prefix("account:")?.parse().ok())
        .collect();
    accounts.sort_unstable();
    accounts.dedup();
    accounts
}

fn is_of_a_call(kind: &str) -> bool {
    matches!(kind, "taken" | "attempted" | "answered" | "rechecked" | "conduct")
}

/// Which of these cases an actor acted on, as [`acted_on`] has it.
async fn acted_by(app: &App, by: &Actor, cases: &[i64]) -> Result<HashSet<i64>> {
    let streams: Vec<String> = cases.iter().map(|case| format!("case:{case}")).collect();
    let acts = events::acts_of(&app.store.db, &by.name(), &streams).await?;
    let case = |stream: &str| stream.strip_prefix("case:")?.parse::<i64>().ok();
    let acts = acts.iter().filter(|(_, kind)| !is_of_a_call(kind));
    Ok(acts.filter_map(|(stream, _)| case(stream)).collect())
}
