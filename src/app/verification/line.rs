//! One call of ours at a time to one citizen, whichever part of the helpline makes it: the line is taken by the Change that
//! begins a dial, renewed while the call lasts, and freed when it ends.

use super::{
    App, CallKind, Change, Error, Lane, OrderedRound, Request, Result, Round, Timestamp,
    dial_lease_ms, lines, used,
};
use crate::{
    domain::{
        citizen::Safety,
        refused::Refused,
        verification::line::{Takes, at_ringing},
    },
    store::{self, citizens},
};

pub use crate::domain::verification::line::{Line, NotRung};

/// How often a line that somebody else takes at the same time is asked for again.
const TAKES_MAX: u32 = 3;

/// A call that is to be made: by the queue, a person, or whoever else dials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    pub citizen: i64,
    pub kind: CallKind,
    /// The id of the call.
    pub call: String,
    /// When the citizen asked for it by an own call, or in one of ours.
    pub asked_at: Option<Timestamp>,
    /// What the case says of safe hours, beside what the citizen says.
    pub safety: Safety,
}

/// May this citizen be rung now? Nothing is taken: the answer is for whoever asks, and [`ring`] asks again.
pub async fn look(app: &App, ask: &Ask) -> Result<Result<(), NotRung>> {
    let now = app.now();
    Ok(decide(app, ask, now).await?.map(drop))
}

/// Holds the line for a call whose own side is not ready yet; nothing of the day is used.
pub async fn take(app: &App, ask: &Ask) -> Result<Result<Line, NotRung>> {
    taken(app, ask, |_, _| {}).await
}

/// Takes the line, a dial of the day and the evening at the moment of dialling; a line that this call holds goes on.
pub async fn ring(app: &App, ask: &Ask) -> Result<Result<Line, NotRung>> {
    let takes = |change: &mut Change, takes: Takes| {
        change.slots = vec![takes.slot];
        change.evening = takes.evening;
    };
    taken(app, ask, takes).await
}

/// Makes the line last its full time from now; false when another call holds it.
pub async fn renew(app: &App, citizen: i64, call: &str) -> Result<bool> {
    let until = app.now().plus_ms(dial_lease_ms(app));
    Ok(lines::renew(&app.store.writer, citizen, call, until).await?)
}

/// The call is over. Another call's line is left as it is.
pub async fn free(app: &App, citizen: i64, call: &str) -> Result<()> {
    // Of most calls nobody picked up, and their outcome freed it: a look is no transaction.
    let held = lines::held(&app.store.db, citizen, app.now()).await?;
    if held.is_some_and(|held| held.call == call) {
        lines::free(&app.store.writer, citizen, call).await?;
    }
    Ok(())
}

/// The call of a dialler's order is over.
pub async fn free_order(app: &App, citizen: i64, rounds: &[OrderedRound]) -> Result<()> {
    let Some(call) = of_order(rounds) else { return Ok(()) };
    free(app, citizen, &call).await
}

/// The name of the line that an order holds; None without a round that leads.
pub fn of_order(rounds: &[OrderedRound]) -> Option<String> {
    let lead = rounds.iter().find(|ordered| ordered.lead)?;
    Some(name(lead.case, lead.round, lead.token))
}

/// The dial of a round names its line: the token grows with every claim.
pub(super) fn name(case: i64, round: i64, token: i64) -> String {
    format!("round:{case}:{round}:{token}")
}

pub(super) fn of_round(
    round: &Round,
    token: i64,
    (taken_at, until): (Timestamp, Timestamp),
) -> Line {
    Line {
        citizen: round.citizen,
        kind: CallKind::of(round),
        call: name(round.case, round.round, token),
        taken_at,
        until,
    }
}

async fn taken(
    app: &App,
    ask: &Ask,
    takes: impl Fn(&mut Change, Takes) + Sync,
) -> Result<Result<Line, NotRung>> {
    for _ in 0..TAKES_MAX {
        let now = app.now();
        let may = match decide(app, ask, now).await? {
            Ok(may) => may,
            Err(not) => return Ok(Err(not)),
        };
        let line = Line {
            citizen: ask.citizen,
            kind: ask.kind,
            call: ask.call.clone(),
            taken_at: now,
            until: now.plus_ms(dial_lease_ms(app)),
        };
        let mut change = Change::new(now);
        change.line = Some(line.clone());
        takes(&mut change, may);
        match app.store.writer.commit(Lane::Acts, Request::system(), change).await {
            Ok(_) => return Ok(Ok(line)),
            // Somebody took the line or the slot at the same time.
            Err(store::Error::Conflict) => {}
            Err(error) => return Err(Error::from(error)),
        }
    }
    Ok(Err(on_a_call(app, None, app.now())))
}

async fn decide(app: &App, ask: &Ask, now: Timestamp) -> Result<Result<Takes, NotRung>> {
    let db = &app.store.db;
    let held = lines::held(db, ask.citizen, now).await?;
    if let Some(held) = held.filter(|held| held.call != ask.call) {
        return Ok(Err(on_a_call(app, Some(&held), now)));
    }
    let citizen = citizens::get(db, ask.citizen).await?;
    let used = used(app, ask.citizen, now).await?;
    let policy = app.policy(now);
    let who = (ask.citizen, citizen.safety.and(ask.safety));
    Ok(at_ringing(&policy.verification, who, (ask.kind, ask.asked_at), used, now))
}

/// Worth asking again when the lease is over, or as soon as after a busy tone.
fn on_a_call(app: &App, held: Option<&Line>, now: Timestamp) -> NotRung {
    let again = now.plus_ms(app.policy(now).verification.busy_redial_ms);
    let until = held.map_or(again, |held| held.until.min(again));
    NotRung { why: Refused::DialLive, until: Some(until) }
}
