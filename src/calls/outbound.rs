//! The helpline rings a citizen about resolved cases: dials, asks, and records one outcome for each round of the order.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tracing::Instrument;

use super::{
    Calls, Dialled, Room,
    asks::{Facts, Way, open_round},
    call_id,
    leases::{Leases, Spans},
    line::{Line, Sip},
    tape::Tape,
    under_way::Under,
};
use crate::{
    app::{dialling::Ringing, verification::DialOrder},
    dialogue::Dialogue,
    domain::{pacing::Mode, time::Timestamp, verification::Outcome},
    telephony::{Cause, Dial, DialEvent, Failure, Gate, Leg, NoStart, Start, Turn},
};

/// What one verification call takes of the helpline and of a trunk. It is held before a round is claimed, so that no round is
/// claimed that cannot be rung.
#[derive(Debug)]
pub struct Place {
    room: Room,
    start: Start,
}

/// Why no verification call can be made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPlace {
    /// As many calls are open as may be, or the helpline ends.
    Calls,
    Trunks(NoStart),
}

impl Calls {
    /// Waits for a place, at most so long for each thing that it takes.
    pub async fn place(&self, wait: Duration) -> Result<Place, NoPlace> {
        let shared = &self.0;
        let dialled = Arc::clone(&shared.dial_room).acquire_owned();
        let Ok(Ok(dialled)) = tokio::time::timeout(wait, dialled).await else {
            return Err(NoPlace::Calls);
        };
        let room = self.admit_dialled(dialled).ok_or(NoPlace::Calls)?;
        let none = NoPlace::Trunks(NoStart::NoTrunk);
        let telephony = shared.telephony.as_ref().ok_or(none)?;
        let start = telephony.start_of(&shared.config.trunks, Turn::Dialler, wait).await;
        Ok(Place { room, start: start.map_err(NoPlace::Trunks)? })
    }

    /// The accounts that would take an answered call now.
    pub async fn free_people(&self) -> Vec<i64> {
        match &self.0.centre {
            Some(centre) => centre.free().await,
            None => Vec::new(),
        }
    }

    /// Makes the call of this order; comes back when everything of it is recorded.
    /// It counts as ringing from here on.
    pub fn verify(
        &self,
        order: DialOrder,
        place: Place,
    ) -> impl Future<Output = ()> + Send + use<> {
        let (calls, ringing) = (self.clone(), self.0.app.a_call_rings());
        let call = call_id();
        let span = tracing::info_span!("call", call);
        async move { calls.ring(call, order, place, ringing).await }.instrument(span)
    }

    async fn ring(&self, call: String, order: DialOrder, place: Place, ringing: Ringing) {
        let Place { room, start } = place;
        let rounds = order.rounds.iter().map(open_round);
        let mut dialogue = Dialogue::verification(order.language, rounds.collect());
        if self.0.centre.is_some() {
            dialogue = dialogue.with_persons();
        }
        let until = order.until;
        let mut facts = Facts {
            call: call.clone(),
            trunk: None,
            tries: Vec::new(),
            client: None,
            phone: Some(order.phone.clone()),
            language: order.language,
            started_at: self.0.app.now(),
            ringing_at: None,
            answered_at: None,
            way: Way::Dialled { citizen: order.citizen, rounds: order.rounds.clone() },
        };
        let under = self.0.under_way.begin(&order.rounds);
        under.look(&self.0.app).await;
        tracing::info!(phone = %order.phone, trunk = start.trunk(), "ringing a citizen");
        let reached = self.dial(&order, start, &mut facts, &under).await;
        drop(ringing);
        match reached {
            // This process stood still: whoever holds the rounds by now rings the citizen, who is asked once.
            Ok(leg) if until <= self.0.app.now() => {
                drop(leg);
                tracing::warn!(until = %until, "a call was answered behind its lease and is ended");
            }
            Ok(leg) => {
                facts.answered_at = Some(self.0.app.now());
                let tape = self.tape(&call, &leg, &order);
                let sip =
                    Sip::new(leg, self.0.catalogue.clone(), self.0.disk.recordings.spool(), call);
                let progressive = self.0.app.dial_mode() == Mode::Progressive;
                let persons = progressive && !order.promised;
                let dialled = Dialled { under: &under, tape, persons };
                let line = Line::Sip(sip);
                let disposition =
                    self.converse_on(line, dialogue, facts, None, Some(dialled)).await;
                tracing::info!(disposition, "a verification call has ended");
            }
            // Whoever holds the rounds now rings, and records.
            Err(Failure { cause: Cause::Late, .. }) if until <= self.0.app.now() => {
                tracing::warn!(until = %until, "an order outlived its lease and is not rung");
            }
            Err(failure) => {
                tracing::info!(cause = ?failure.cause, sip_status = failure.sip_status, "not reached");
                let outcome = outcome(failure.cause, facts.ringing_at.is_some());
                let leases = Leases::of(&facts.way);
                let mut asks = self.asks(facts, leases);
                asks.settled_elsewhere(&under.settled());
                asks.failed(outcome, failure.sip_status, failure.q850).await;
            }
        }
        drop::<Room>(room);
    }

    /// The recording begins with the answer.
    fn tape(&self, call: &str, leg: &Leg, order: &DialOrder) -> Option<Tape> {
        let shared = &self.0;
        let telephony = shared.telephony.clone()?;
        let lead = order.rounds.iter().find(|ordered| ordered.lead).or(order.rounds.first())?;
        let (app, disk) = (Arc::clone(&shared.app), shared.disk.clone());
        Some(Tape::begin(app, telephony, disk, call.to_owned(), leg.sound(), lead.case))
    }

    async fn dial(
        &self,
        order: &DialOrder,
        start: Start,
        facts: &mut Facts,
        under: &Under,
    ) -> Result<Leg, Failure> {
        let Some(telephony) = &self.0.telephony else {
            return Err(Failure { cause: Cause::NoTrunk, sip_status: None, q850: None });
        };
        let (config, spans) = (&self.0.config, Spans::of(&self.0.app, &self.0.config));
        let mut dialling = telephony.dial(Dial {
            area: order.rounds.first().map(|ordered| ordered.district.as_str().to_owned()),
            start: Some(start),
            gate: self.gate(order.until, spans, under),
            ..Dial::new(config.trunks.clone(), order.phone.reveal().to_owned(), spans.ring)
        });
        let mut stopped = false;
        let reached = loop {
            tokio::select! {
                event = dialling.next() => match event {
                    DialEvent::Ringing => facts.ringing_at = Some(self.0.app.now()),
                    DialEvent::EarlyMedia(_) => {}
                    DialEvent::Answered(leg) => break Ok(leg),
                    DialEvent::Failed(failure) => break Err(failure),
                },
                // Whom the helpline has just heard is rung about nothing else now.
                () = under.some.cancelled(), if !stopped => {
                    tracing::info!("the citizen has answered elsewhere: the dial is stopped");
                    stopped = true;
                    dialling.cancel();
                }
            }
        };
        facts.tries = dialling.tries();
        facts.trunk = facts.tries.last().map(|last| last.trunk.clone());
        reached
    }

    /// No INVITE leaves when the lease could run out before the answer renews it: a process that stood still, as in a machine
    /// that was suspended, must not ring whom another one rings by then.
    fn gate(&self, until: Timestamp, spans: Spans, under: &Under) -> Gate {
        let (app, settled) = (Arc::clone(&self.0.app), under.some.clone());
        let rings = spans.ring + spans.renew_every;
        let rings_ms = i64::try_from(rings.as_millis()).unwrap_or(i64::MAX);
        let ring_by = Instant::now() + spans.ring_within;
        Gate::new(move |_| {
            let in_time = Instant::now() < ring_by && app.now().plus_ms(rings_ms) < until;
            in_time && !settled.is_cancelled()
        })
    }
}

/// What a failed dial is to its round (rule book 1.4).
fn outcome(cause: Cause, rang: bool) -> Outcome {
    match cause {
        Cause::Busy => Outcome::Busy,
        Cause::NoAnswer | Cause::Rejected => Outcome::NoAnswer,
        Cause::NotFound | Cause::Gone | Cause::Incomplete | Cause::NowhereElse => {
            Outcome::BadNumber
        }
        Cause::Congestion => Outcome::Congestion,
        // The phone rang, so the dial was one of the day's.
        Cause::TrunkFault | Cause::Unreachable if rang => Outcome::Congestion,
        Cause::TrunkFault | Cause::Unreachable => Outcome::Fault,
        Cause::Normal
        | Cause::Unregistered
        | Cause::NoTrunk
        | Cause::Full
        | Cause::Late
        | Cause::Local => Outcome::Fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_citizens_line_said_counts_against_the_round() {
        for (cause, expected) in [
            (Cause::Busy, Outcome::Busy),
            (Cause::NoAnswer, Outcome::NoAnswer),
            (Cause::Rejected, Outcome::NoAnswer),
            (Cause::NotFound, Outcome::BadNumber),
            (Cause::Gone, Outcome::BadNumber),
            (Cause::Incomplete, Outcome::BadNumber),
            (Cause::NowhereElse, Outcome::BadNumber),
            (Cause::Congestion, Outcome::Congestion),
            (Cause::Unreachable, Outcome::Fault),
            (Cause::TrunkFault, Outcome::Fault),
            (Cause::NoTrunk, Outcome::Fault),
            (Cause::Full, Outcome::Fault),
            (Cause::Late, Outcome::Fault),
            (Cause::Local, Outcome::Fault),
        ] {
            assert_eq!(outcome(cause, false), expected);
        }
        assert_eq!(outcome(Cause::TrunkFault, true), Outcome::Congestion);
    }
}
