//! One agent's phone rings for one caller. The offer ends with the caller: its token cancels the ringing at any point.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::command::Command;
use crate::{
    acd::{OfferId, Outcome},
    telephony::{Cause, DialEvent, Dialling, Ended, Leg, LegEvent, PickUp, Ring, Telephony},
};

pub(super) struct Ringing {
    pub(super) offer: OfferId,
    /// The user name of the desk phone.
    pub(super) phone: String,
    /// What its display shows.
    pub(super) shown: String,
    pub(super) ring: Duration,
}

/// Rings until it is answered, refused or cancelled, and says how it ended. An answer that comes behind the cancelling is
/// hung up.
pub(super) async fn ring(
    telephony: Telephony,
    ringing: Ringing,
    cancelled: CancellationToken,
    told: mpsc::Sender<Command>,
) {
    let Ringing { offer, phone, shown, ring } = ringing;
    let mut dialling = telephony.ring(Ring {
        account: phone,
        caller: shown,
        ring_timeout: ring,
        pick_up: PickUp::ByHand,
    });
    let tell = |outcome, leg| {
        let told = told.clone();
        async move {
            let _ = told.send(Command::Offered { offer, outcome, leg }).await;
        }
    };
    loop {
        let event = tokio::select! {
            event = dialling.next() => event,
            () = cancelled.cancelled() => {
                gone(dialling).await;
                return tell(Outcome::Gone, None).await;
            }
        };
        match event {
            DialEvent::Ringing => tell(Outcome::Ringing, None).await,
            DialEvent::Answered(leg) => return tell(Outcome::Answered, Some(leg)).await,
            DialEvent::Failed(failure) => return tell(outcome(failure.cause), None).await,
            _ => {}
        }
    }
}

/// Waits until the phone rings no more.
pub(super) async fn gone(mut dialling: Dialling) {
    dialling.cancel();
    loop {
        match dialling.next().await {
            DialEvent::Answered(leg) => return end(leg).await,
            DialEvent::Failed(_) => return,
            _ => {}
        }
    }
}

/// Hangs up and waits until the leg has ended.
pub(super) async fn end(mut leg: Leg) {
    leg.hangup(Cause::Normal);
    while !matches!(leg.next().await, LegEvent::Ended(_)) {}
}

fn outcome(cause: Cause) -> Outcome {
    match cause {
        Cause::Rejected => Outcome::Rejected,
        Cause::Busy => Outcome::Busy,
        Cause::NoAnswer => Outcome::NoAnswer,
        _ => Outcome::Unreachable,
    }
}

/// How a leg of an agent ended, as the queue distinguishes it.
pub(super) fn was_lost(ended: &Ended) -> bool {
    matches!(ended, Ended::Dead | Ended::Failed(_))
}
