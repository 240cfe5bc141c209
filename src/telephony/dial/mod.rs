//! Calls that we make: through trunks to a number of the whitelist, or to the phones of an account.

mod attempt;
mod ring;
mod through;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::hub::Hub;
use super::line::Sounding;
use super::trunk::{Start, may_be_dialled};
use super::{Cause, Failure, Leg};
use attempt::{Attempt, Invitation, Told};
use through::Through;

pub(super) use ring::ring;
pub use ring::{PickUp, Ring};

const EVENTS_MAX: usize = 4;
/// How long a person's call waits for a channel or a place under the calls a second.
const START_WAIT: Duration = Duration::from_secs(3);

/// A call to be made.
pub struct Dial {
    /// Asked in this order: the next one when one could not carry the call and nobody's phone rang yet.
    pub trunks: Vec<String>,
    /// Digits in the national form: ten, beginning with 2-9.
    pub number: String,
    /// How long it may ring before we give up.
    pub ring_timeout: Duration,
    /// What it is for, where a trunk shows another number for that (`Trunk::caller_ids`).
    pub area: Option<String>,
    /// What the dialler has reserved; a person's call waits for its own a few seconds.
    pub start: Option<Start>,
    pub gate: Gate,
}

impl Dial {
    /// A person's call.
    pub fn new(trunks: Vec<String>, number: String, ring_timeout: Duration) -> Self {
        Self { trunks, number, ring_timeout, area: None, start: None, gate: Gate::default() }
    }
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = super::arrival::masked(&self.number);
        write!(f, "Dial({number} through {} for {:?})", self.trunks.join(", "), self.ring_timeout)
    }
}

type MayLeave = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Asked with the trunk's name immediately before each INVITE leaves: what was decided when the call was planned may be over.
/// When it says no, nothing is sent (`Cause::Late`).
#[derive(Clone, Default)]
pub struct Gate(Option<MayLeave>);

impl Gate {
    pub fn new(may_leave: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(may_leave)))
    }

    fn is_open(&self, trunk: &str) -> bool {
        self.0.as_ref().is_none_or(|may_leave| may_leave(trunk))
    }
}

/// One trunk's part in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    pub trunk: String,
    /// None while it carries the call, or when it did.
    pub failure: Option<Failure>,
}

/// A call being made. Dropping it cancels the call, or hangs up the answer that came anyway.
pub struct Dialling {
    events: mpsc::Receiver<DialEvent>,
    given_up: CancellationToken,
    tries: Tries,
}

/// The trunks that were asked, in order.
#[derive(Clone, Debug, Default)]
struct Tries(Arc<Mutex<Vec<Try>>>);

impl Tries {
    fn begin(&self, trunk: String) {
        self.with(|tries| tries.push(Try { trunk, failure: None }));
    }

    fn failed(&self, failure: Failure) {
        self.with(|tries| {
            if let Some(last) = tries.last_mut() {
                last.failure = Some(failure);
            }
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<Try>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[derive(Debug)]
pub enum DialEvent {
    /// The far side rings (180, 183, or sound of its own); at most once.
    Ringing,
    /// The far side sends sound of its own before it answers (a 18x with SDP); at most once.
    EarlyMedia(EarlyMedia),
    /// The last event of a call that was answered.
    Answered(Leg),
    /// The last event of one that was not.
    Failed(Failure),
}

/// What the far side may say before it answers: its own ringing, or that the number is switched off. A bridge lets a leg hear
/// it (`Bridge::hear`); it ends when the call is answered or fails.
pub struct EarlyMedia(Sounding);

impl EarlyMedia {
    /// What is said, in pieces of 8 kHz samples; many exchanges announce sound that never comes. None when the call is over.
    pub fn listen(&self) -> Option<mpsc::Receiver<Vec<i16>>> {
        self.0.listen()
    }

    pub(super) fn stream(&self) -> &Sounding {
        &self.0
    }
}

impl fmt::Debug for EarlyMedia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EarlyMedia")
    }
}

impl Dialling {
    /// The next event; after the last one it waits for ever. Safe to drop while it waits.
    pub async fn next(&mut self) -> DialEvent {
        match self.events.recv().await {
            Some(event) => event,
            None => std::future::pending().await,
        }
    }

    /// The trunks that an INVITE left for so far, the one that carries the call last.
    pub fn tries(&self) -> Vec<Try> {
        self.tries.with(|tries| tries.clone())
    }

    /// Gives up. `Failed` follows, or `Answered` when the answer was already here.
    pub fn cancel(&self) {
        self.given_up.cancel();
    }
}

impl Drop for Dialling {
    fn drop(&mut self) {
        self.given_up.cancel();
    }
}

/// Calls a number of the whitelist.
pub(super) fn dial(hub: &Arc<Hub>, dial: Dial) -> Dialling {
    if !may_be_dialled(&dial.number) {
        tracing::warn!(?dial, "a number outside the whitelist was not dialled");
        return failed(Failure::local(Cause::Local));
    }
    call(hub, dial, None)
}

/// Calls any number; `caller` instead of what the trunk shows. Nothing but the terminal's phone may.
pub(super) fn call(hub: &Arc<Hub>, dial: Dial, caller: Option<String>) -> Dialling {
    let (tell, events) = mpsc::channel(EVENTS_MAX);
    let (given_up, tries) = (CancellationToken::new(), Tries::default());
    let through = Through {
        hub: Arc::clone(hub),
        dial,
        caller,
        tell,
        given_up: given_up.clone(),
        tries: tries.clone(),
    };
    hub.tasks.spawn(through.run());
    Dialling { events, given_up, tries }
}

/// Begins an INVITE to a phone; it ends by itself when `given_up` is cancelled or nobody waits for its events.
fn invite(hub: &Arc<Hub>, invitation: Invitation, given_up: CancellationToken) -> Dialling {
    let (tell, events) = mpsc::channel(EVENTS_MAX);
    let attempt = Attempt {
        hub: Arc::clone(hub),
        invitation,
        tell,
        given_up: given_up.clone(),
        trunk: None,
        told: Told::default(),
        gate: Gate::default(),
    };
    hub.tasks.spawn(attempt.run());
    Dialling { events, given_up, tries: Tries::default() }
}

fn failed(failure: Failure) -> Dialling {
    let (tell, events) = mpsc::channel(EVENTS_MAX);
    let _ = tell.try_send(DialEvent::Failed(failure));
    Dialling { events, given_up: CancellationToken::new(), tries: Tries::default() }
}
