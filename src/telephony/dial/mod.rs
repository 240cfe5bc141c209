//! Calls that we make: through a trunk to a number of the whitelist, or to the phones of an account.

mod attempt;
mod ring;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::door::flows::{Flow, Side, Source};
use super::hub::Hub;
use super::line::Sounding;
use super::stack::headers::{self, header};
use super::trunk::may_be_dialled;
use super::{Cause, Failure, Leg, Transport};
use attempt::{Attempt, Invitation};

pub(super) use ring::ring;
pub use ring::{PickUp, Ring};

const EVENTS_MAX: usize = 4;

/// A call to be made.
#[derive(Clone)]
pub struct Dial {
    pub trunk: String,
    /// Digits in the national form: ten, beginning with 2-9.
    pub number: String,
    /// How long it may ring before we give up.
    pub ring_timeout: Duration,
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = super::arrival::masked(&self.number);
        write!(f, "Dial({number} through {} for {:?})", self.trunk, self.ring_timeout)
    }
}

/// A call being made. Dropping it cancels the call, or hangs up the answer that came anyway.
pub struct Dialling {
    events: mpsc::Receiver<DialEvent>,
    given_up: CancellationToken,
}

#[derive(Debug)]
pub enum DialEvent {
    /// The far side rings (180 or 183); at most once.
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

/// Who is called through a trunk and by whom; the house's own calls come from `Dial`, the terminal phone's from itself.
pub(super) struct Target {
    pub trunk: String,
    pub number: String,
    pub caller: String,
    pub ring_timeout: Duration,
}

/// Calls a number of the whitelist.
pub(super) fn dial(hub: &Arc<Hub>, dial: Dial) -> Dialling {
    if !may_be_dialled(&dial.number) {
        tracing::warn!(?dial, "a number outside the whitelist was not dialled");
        return failed(Failure::local(Cause::Local));
    }
    let Some(line) = hub.door.lines.named(&dial.trunk) else {
        return failed(Failure::local(Cause::NoTrunk));
    };
    let caller = line.trunk.caller_id.clone();
    let Dial { trunk, number, ring_timeout } = dial;
    call(hub, Target { trunk, number, caller, ring_timeout })
}

pub(super) fn call(hub: &Arc<Hub>, target: Target) -> Dialling {
    match through_trunk(hub, target) {
        Ok(invitation) => invite(hub, invitation, CancellationToken::new()),
        Err(cause) => failed(Failure::local(cause)),
    }
}

fn through_trunk(hub: &Hub, target: Target) -> Result<Invitation, Cause> {
    let line = hub.door.lines.named(&target.trunk).ok_or(Cause::NoTrunk)?;
    let address = line.trunk.outbound.ok_or(Cause::NoTrunk)?;
    let transport = line.trunk.transport;
    let own = hub.own(transport).ok_or(Cause::Local)?;
    let caller = headers::uri(&target.caller, own, Transport::Udp).ok_or(Cause::Local)?;
    let callee = headers::uri(&target.number, address, transport).ok_or(Cause::Local)?;
    let identity = header("P-Asserted-Identity", format!("<{caller}>"));
    Ok(Invitation {
        way: format!("trunk {}", target.trunk),
        flow: Flow {
            side: Side::Trunks,
            to: address,
            transport,
            from: Source::Hosts(line.hosts()),
        },
        callee,
        caller,
        name: None,
        headers: vec![identity],
        line: Some(Arc::clone(line)),
        latch: None,
        ring_timeout: target.ring_timeout,
    })
}

/// Begins an INVITE; it ends by itself when `given_up` is cancelled or nobody waits for its events.
fn invite(hub: &Arc<Hub>, invitation: Invitation, given_up: CancellationToken) -> Dialling {
    let (tell, events) = mpsc::channel(EVENTS_MAX);
    let attempt = Attempt { hub: Arc::clone(hub), invitation, tell, given_up: given_up.clone() };
    hub.tasks.spawn(attempt.run());
    Dialling { events, given_up }
}

fn failed(failure: Failure) -> Dialling {
    let (tell, events) = mpsc::channel(EVENTS_MAX);
    let _ = tell.try_send(DialEvent::Failed(failure));
    Dialling { events, given_up: CancellationToken::new() }
}
