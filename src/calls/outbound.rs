//! The helpline rings a citizen about resolved cases: dials, asks, and records one outcome for each round of the order.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument;

use super::{
    Calls, Room,
    asks::{Facts, Way, category},
    call_id,
    leases::Leases,
    line::{Line, Sip},
};
use crate::{
    app::verification::DialOrder,
    dialogue::{Dialogue, talk::OpenRound},
    domain::{phone::Phone, verification::Outcome},
    telephony::{Cause, Dial, DialEvent, Failure, Leg},
};

impl Calls {
    /// Makes the call of this order; comes back when everything of it is recorded.
    pub async fn verify(&self, order: DialOrder) {
        // Closed only when the helpline ends: the order's leases run out, and somebody else makes the call.
        if let Ok(place) = Arc::clone(&self.0.dial_room).acquire_owned().await {
            self.ring(order, place).await;
        }
    }

    async fn ring(&self, order: DialOrder, place: OwnedSemaphorePermit) {
        let call = call_id();
        let span = tracing::info_span!("call", call);
        self.ring_in_span(call, order, place).instrument(span).await;
    }

    async fn ring_in_span(&self, call: String, order: DialOrder, place: OwnedSemaphorePermit) {
        let config = &self.0.config;
        let rounds = order.rounds.iter().map(|ordered| OpenRound {
            case: ordered.number,
            round: ordered.round,
            topic: ordered.topic,
            subject: category(&ordered.category),
            partial: ordered.partial,
        });
        let dialogue = Dialogue::verification(order.language, rounds.collect());
        let mut facts = Facts {
            call: call.clone(),
            trunk: Some(config.trunk.clone()),
            client: None,
            phone: Some(order.phone.clone()),
            language: order.language,
            started_at: self.0.app.now(),
            ringing_at: None,
            answered_at: None,
            way: Way::Dialled { citizen: order.citizen, rounds: order.rounds },
        };
        let Some(room) = self.admit_dialled(place) else {
            tracing::warn!(live = self.live(), "no room to dial");
            let leases = Leases::of(&facts.way);
            return self.asks(facts, leases).failed(Outcome::Fault, None, None).await;
        };
        tracing::info!(phone = %order.phone, "ringing a citizen");
        match self.dial(&order.phone, &mut facts).await {
            Ok(leg) => {
                facts.answered_at = Some(self.0.app.now());
                let sip =
                    Sip::new(leg, self.0.catalogue.clone(), self.0.disk.recordings.spool(), call);
                let disposition = self.converse_on(Line::Sip(sip), dialogue, facts, None).await;
                tracing::info!(disposition, "a verification call has ended");
            }
            Err(failure) => {
                tracing::info!(cause = ?failure.cause, sip_status = failure.sip_status, "not reached");
                let outcome = outcome(failure.cause);
                let leases = Leases::of(&facts.way);
                self.asks(facts, leases).failed(outcome, failure.sip_status, failure.q850).await;
            }
        }
        drop::<Room>(room);
    }

    async fn dial(&self, phone: &Phone, facts: &mut Facts) -> Result<Leg, Failure> {
        let Some(telephony) = &self.0.telephony else {
            return Err(Failure { cause: Cause::NoTrunk, sip_status: None, q850: None });
        };
        let mut dialling = telephony.dial(Dial {
            trunk: self.0.config.trunk.clone(),
            number: phone.reveal().to_owned(),
            ring_timeout: self.0.config.ring_timeout,
        });
        loop {
            match dialling.next().await {
                DialEvent::Ringing => facts.ringing_at = Some(self.0.app.now()),
                DialEvent::EarlyMedia(_) => {}
                DialEvent::Answered(leg) => return Ok(leg),
                DialEvent::Failed(failure) => return Err(failure),
            }
        }
    }
}

/// What a failed dial is to its round (rule book 1.4).
fn outcome(cause: Cause) -> Outcome {
    match cause {
        Cause::Busy => Outcome::Busy,
        Cause::NoAnswer | Cause::Rejected => Outcome::NoAnswer,
        Cause::NotFound | Cause::Gone | Cause::Incomplete | Cause::NowhereElse => {
            Outcome::BadNumber
        }
        // No response and a dead port are the trunk's fault, not the citizen's.
        Cause::Congestion | Cause::Unreachable => Outcome::Congestion,
        Cause::Normal | Cause::Unregistered | Cause::NoTrunk | Cause::Local => Outcome::Fault,
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
            (Cause::Unreachable, Outcome::Congestion),
            (Cause::NoTrunk, Outcome::Fault),
            (Cause::Local, Outcome::Fault),
        ] {
            assert_eq!(outcome(cause), expected);
        }
    }
}
