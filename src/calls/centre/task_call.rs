//! A feedback caller's call about a task, as far as the task hears of it: placed, not placed, unanswered, answered, over. The talk
//! itself is like any other.

use std::{
    convert::Infallible,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use super::call_back::Shared;
use crate::{
    acd::Dialled,
    app::{
        self,
        agents::calling::Calling,
        feedback::{self, Live},
    },
    calls::leases::renew_every,
    domain::{refused::Refused, time::Timestamp, verification::Outcome},
};

/// The database may be away: what the task must hear is tried for a minute.
const TRIES_MAX: u32 = 60;
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// Why the citizen was not rung, beside the reasons of the rules.
const OWN_PHONE: &str = "OWN_PHONE";
const NO_DATABASE: &str = "NO_DATABASE";

/// The own phone did not pick up, or could not be rung.
pub(super) async fn own_phone_silent(shared: &Shared, calling: &Calling) {
    not_placed(shared, calling, OWN_PHONE).await;
}

/// Another call of ours has the citizen's line, or it must not be rung now.
pub(super) async fn line_taken(shared: &Shared, calling: &Calling, why: Refused) {
    not_placed(shared, calling, why.reason()).await;
}

/// Decides at this moment whether the citizen is rung; false when not, and the task says why.
pub(super) async fn place(shared: &Shared, calling: &Calling) -> bool {
    let Err(error) = feedback::place(&shared.app, calling).await else { return true };
    let why = match &error {
        app::Error::Refused(why) | app::Error::Forbidden(why) => why.reason(),
        _ => NO_DATABASE,
    };
    tracing::info!(call = calling.call, reason = why, %error, "a task is not dialled");
    not_placed(shared, calling, why).await;
    false
}

async fn not_placed(shared: &Shared, calling: &Calling, why: &'static str) {
    keep(shared, calling, Told::NotPlaced(why)).await;
}

/// What the network said is the outcome.
pub(super) async fn unanswered(shared: &Shared, calling: &Calling, dialled: &Dialled) {
    let outcome = match dialled {
        Dialled::Busy => Outcome::Busy,
        Dialled::NoAnswer => Outcome::NoAnswer,
        Dialled::Invalid => Outcome::BadNumber,
        // The caller hung up first: that is nothing the citizen did.
        Dialled::AgentGone => Outcome::Fault,
        Dialled::Connected(_) | Dialled::Failed | Dialled::NotBefore(_) => Outcome::Congestion,
    };
    keep(shared, calling, Told::Unanswered(outcome)).await;
}

/// Waits for the talk, and keeps the task the caller's meanwhile.
pub(super) async fn during<T>(
    shared: &Shared,
    calling: &Calling,
    answered_at: Timestamp,
    talk: impl Future<Output = T>,
) -> T {
    tokio::select! {
        ended = talk => ended,
        never = live(shared, calling, answered_at) => match never {},
    }
}

/// A live call that a feedback caller took.
#[derive(Clone, Copy)]
pub(super) struct Joined<'a> {
    pub(super) live: &'a Live,
    pub(super) calling: &'a Calling,
    pub(super) at: Timestamp,
}

/// As `during`, of a live call that was handed over.
pub(super) async fn during_joined<T>(
    shared: &Shared,
    joined: Joined<'_>,
    talk: impl Future<Output = T>,
) -> T {
    let Joined { live: about, calling, at } = joined;
    let heard = AtomicBool::new(false);
    let told = async {
        keep(shared, calling, Told::Joined { live: about, at }).await;
        heard.store(true, Relaxed);
        renew(shared, calling).await
    };
    let ended = tokio::select! {
        ended = talk => ended,
        never = told => match never {},
    };
    // A short talk may be over before the database has heard that it began.
    if !heard.load(Relaxed) {
        keep(shared, calling, Told::Joined { live: about, at }).await;
    }
    ended
}

/// Nobody took it, or the citizen went first.
pub(super) async fn not_joined(shared: &Shared, calling: &Calling, why: &'static str) {
    keep(shared, calling, Told::NotJoined(why)).await;
}

/// Tells the task that the citizen picked up, and then renews the lease of task, round and line.
async fn live(shared: &Shared, calling: &Calling, answered_at: Timestamp) -> Infallible {
    keep(shared, calling, Told::Answered(answered_at)).await;
    renew(shared, calling).await
}

async fn renew(shared: &Shared, calling: &Calling) -> Infallible {
    loop {
        tokio::time::sleep(renew_every(&shared.app)).await;
        if let Err(error) = feedback::lives(&shared.app, calling).await {
            tracing::warn!(%error, call = calling.call, "the lease of a task is not renewed");
        }
    }
}

/// The talk is over: the time for its outcome begins.
pub(super) async fn over(shared: &Shared, calling: &Calling, answered_at: Timestamp) {
    let at = shared.app.now();
    keep(shared, calling, Told::Ended { answered_at, at }).await;
}

/// What a task hears of its call.
#[derive(Clone, Copy)]
enum Told<'a> {
    Joined { live: &'a Live, at: Timestamp },
    NotJoined(&'static str),
    NotPlaced(&'static str),
    Unanswered(Outcome),
    Answered(Timestamp),
    Ended { answered_at: Timestamp, at: Timestamp },
}

async fn tell(shared: &Shared, calling: &Calling, told: Told<'_>) -> app::Result<()> {
    let app = &shared.app;
    match told {
        Told::Joined { live, at } => feedback::joined(app, live, calling, at).await,
        Told::NotJoined(why) => feedback::not_joined(app, calling, why).await,
        Told::NotPlaced(why) => feedback::not_placed(app, calling, why).await,
        Told::Unanswered(outcome) => feedback::unanswered(app, calling, outcome).await,
        Told::Answered(at) => feedback::answered(app, calling, at).await,
        Told::Ended { answered_at, at } => feedback::ended(app, calling, answered_at, at).await,
    }
}

async fn keep(shared: &Shared, calling: &Calling, told: Told<'_>) {
    for _ in 0..TRIES_MAX {
        match tell(shared, calling, told).await {
            Ok(()) => return,
            Err(error @ (app::Error::Refused(_) | app::Error::Forbidden(_))) => {
                tracing::info!(%error, call = calling.call, "a task has gone on meanwhile");
                return;
            }
            Err(error) => tracing::warn!(%error, call = calling.call, "a task is not told yet"),
        }
        tokio::time::sleep(TRY_AGAIN).await;
    }
    tracing::error!(call = calling.call, "a task was not told of its call");
}
