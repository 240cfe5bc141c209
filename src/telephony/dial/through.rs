//! One call through several trunks: the next one is asked when one could not carry it and nobody's phone rang yet.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::attempt::{Attempt, Invitation, Refused, Told};
use super::{Dial, DialEvent, START_WAIT, Tries};
use crate::telephony::door::flows::{Flow, Side, Source};
use crate::telephony::hub::Hub;
use crate::telephony::stack::headers::{self, header};
use crate::telephony::trunk::{Line, NoStart, Start, Turn};
use crate::telephony::{Cause, Failure, Leg, Transport};

/// Trunks that one call asks behind the first one.
const FAILOVERS_MAX: usize = 2;

pub(super) struct Through {
    pub hub: Arc<Hub>,
    pub dial: Dial,
    /// Who calls, instead of what the trunk shows.
    pub caller: Option<String>,
    pub tell: mpsc::Sender<DialEvent>,
    pub given_up: CancellationToken,
    pub tries: Tries,
}

impl Through {
    pub(super) async fn run(mut self) {
        let last = match self.carry().await {
            // Nobody waits for it any more: dropping the leg hangs up.
            Ok(leg) => DialEvent::Answered(leg),
            Err(failure) => {
                tracing::info!(tries = ?self.tries, ?failure, "an outbound call failed");
                DialEvent::Failed(failure)
            }
        };
        let _ = self.tell.send(last).await;
    }

    async fn carry(&mut self) -> Result<Leg, Failure> {
        let began = Instant::now();
        let turn = if self.dial.start.is_some() { Turn::Dialler } else { Turn::Person };
        let mut failure = None;
        let mut told = Told::default();
        for _ in 0..=FAILOVERS_MAX {
            let start = match self.dial.start.take() {
                Some(start) => start,
                None => match self.start(turn).await {
                    Ok(start) => start,
                    Err(why) => return Err(failure.unwrap_or(Failure::local(cause_of(why)))),
                },
            };
            let line = Arc::clone(start.line());
            let mut attempt = Attempt {
                hub: Arc::clone(&self.hub),
                invitation: self.invitation(&line).map_err(Failure::local)?,
                tell: self.tell.clone(),
                given_up: self.given_up.clone(),
                trunk: Some(line),
                told,
                gate: self.dial.gate.clone(),
            };
            self.tries.begin(start.trunk().to_owned());
            let Refused { failure: why, rang } = match attempt.attempt(Some(start)).await {
                Ok(leg) => return Ok(leg),
                Err(refused) => refused,
            };
            self.tries.failed(why);
            told = attempt.told;
            failure = Some(why);
            let in_time = began.elapsed() < self.dial.ring_timeout;
            if rang || !why.is_of_trunk() || !in_time || self.given_up.is_cancelled() {
                break;
            }
        }
        Err(failure.unwrap_or(Failure::local(Cause::NoTrunk)))
    }

    /// By a trunk that was not asked yet.
    async fn start(&self, turn: Turn) -> Result<Start, NoStart> {
        let passed: Vec<String> =
            self.tries.with(|tries| tries.iter().map(|tried| tried.trunk.clone()).collect());
        let lines = &self.hub.door.lines;
        let start = lines.start_within(&self.dial.trunks, &passed, turn, START_WAIT);
        tokio::select! {
            start = start => start,
            () = self.given_up.cancelled() => Err(NoStart::Full),
        }
    }

    fn invitation(&self, line: &Arc<Line>) -> Result<Invitation, Cause> {
        let address = line.trunk.outbound.ok_or(Cause::NoTrunk)?;
        let transport = line.trunk.transport;
        let own = self.hub.own(transport).ok_or(Cause::Local)?;
        let shown = line.trunk.shown(self.dial.area.as_deref());
        let caller = self.caller.as_deref().unwrap_or(shown);
        let caller = headers::uri(caller, own, Transport::Udp).ok_or(Cause::Local)?;
        let callee = headers::uri(&self.dial.number, address, transport).ok_or(Cause::Local)?;
        let identity = header("P-Asserted-Identity", format!("<{caller}>"));
        Ok(Invitation {
            way: format!("trunk {}", line.trunk.name),
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
            latch: None,
            ring_timeout: self.dial.ring_timeout,
        })
    }
}

fn cause_of(why: NoStart) -> Cause {
    match why {
        NoStart::NoTrunk => Cause::NoTrunk,
        NoStart::Resting | NoStart::Full => Cause::Full,
    }
}
