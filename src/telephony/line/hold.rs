//! Our own re-INVITE: puts the far side on hold, takes it back, refreshes a session; one at a time, again after a collision.

use std::future::pending;
use std::time::{Duration, Instant};

use rsipstack::sip::{Response, StatusCode, StatusCodeKind};
use rsipstack::transaction::key::TransactionRole;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::talk::speaks_of_a_call;
use super::{End, Line};
use crate::telephony::audio::Direction;
use crate::telephony::hub::random;
use crate::telephony::sdp::{self, Description};
use crate::telephony::stack::headers::{SDP, header};
use crate::telephony::{Cause, Ended, LegEvent};

/// Collisions with offers of the far side (491) after which an offer of ours is given up.
const COLLISIONS_MAX: u32 = 4;
/// How long a far side may take with our offer once it has begun to answer.
const REINVITE_WAIT: Duration = Duration::from_secs(40);

/// How long an offer waits for one of the far side that is not over.
const OFFER_PAUSE: Duration = Duration::from_millis(200);

/// What came of a re-INVITE.
pub(super) enum Reply {
    Answer(Response),
    /// It was not sent, because an offer of the far side is not over.
    NotNow,
    Nobody,
}

/// What we want of the far side, and what it has agreed to.
#[derive(Default)]
pub(super) struct Hold {
    wanted: bool,
    /// It has agreed to be on hold.
    pub agreed: bool,
    refresh: bool,
    collisions: u32,
    /// The re-INVITE under way and the hold that it asks for.
    pub under_way: Option<Offering>,
    /// When to offer again after a collision.
    pub again_at: Option<Instant>,
}

impl Hold {
    pub(super) fn is_offering(&self) -> bool {
        self.under_way.is_some()
    }

    pub(super) fn abort(&mut self) {
        if let Some((_, offering)) = self.under_way.take() {
            offering.abort();
        }
    }
}

type Offering = (bool, JoinHandle<Reply>);

pub(super) async fn answered(under_way: &mut Option<Offering>) -> Reply {
    match under_way {
        Some((_, offering)) => offering.await.unwrap_or(Reply::Nobody),
        None => pending().await,
    }
}

/// What we may do in answer to an offer, while the far side is on hold.
pub(super) fn held_back(offer: &mut Description) {
    offer.direction = match offer.direction {
        Direction::SendRecv | Direction::RecvOnly => Direction::RecvOnly,
        Direction::SendOnly | Direction::Inactive => Direction::Inactive,
    };
}

impl Line {
    pub(super) fn want_hold(&mut self, held: bool) {
        self.hold.wanted = held;
        self.hold.collisions = 0;
        self.offer();
    }

    pub(super) fn refresh_by_invite(&mut self) {
        self.hold.refresh = true;
        self.offer();
    }

    pub(super) fn offer_again(&mut self) {
        self.hold.again_at = None;
        self.offer();
    }

    /// Sends what is wanted and not agreed yet, unless something else has to end before.
    pub(super) fn offer(&mut self) {
        let hold = &self.hold;
        let due = hold.wanted != hold.agreed || hold.refresh;
        let free = hold.under_way.is_none() && hold.again_at.is_none();
        if !due || !free || !self.acknowledged || self.awaits_answer {
            return;
        }
        let wanted = hold.wanted;
        if wanted != hold.agreed {
            self.version = self.version.wrapping_add(1);
        }
        let direction = if wanted { Direction::SendOnly } else { Direction::SendRecv };
        let body = sdp::offer_of(self.local, self.version, direction);
        let mut headers = vec![header("Content-Type", SDP), header("Allow", self.call.allow())];
        headers.extend(self.session.iter().flat_map(|(session, _)| session.refresh_headers()));
        let dialog = self.dialog.clone();
        let offering = tokio::spawn(async move {
            let offered = dialog.reinvite(Some(headers), Some(body));
            match tokio::time::timeout(REINVITE_WAIT, offered).await {
                Ok(Ok(Some(response))) => Reply::Answer(response),
                Ok(Ok(None)) => Reply::NotNow,
                _ => Reply::Nobody,
            }
        });
        self.hold.under_way = Some((wanted, offering));
        self.hold.refresh = false;
    }

    pub(super) fn on_reinvited(
        &mut self,
        reply: Reply,
        tell: &mpsc::Sender<LegEvent>,
    ) -> Option<End> {
        let (wanted, _) = self.hold.under_way.take()?;
        if self.dialog.state().is_terminated() {
            // It says so itself.
            return None;
        }
        let told = |taken| LegEvent::HoldAnswered { held: wanted, taken };
        let asked = wanted != self.hold.agreed;
        let response = match reply {
            Reply::Answer(response) if speaks_of_a_call(&response) => response,
            Reply::Answer(_) | Reply::Nobody => {
                return Some(End::Bye(Ended::Dead, Cause::Unreachable));
            }
            Reply::NotNow => {
                self.hold.refresh |= !asked;
                self.hold.again_at = Some(Instant::now() + OFFER_PAUSE);
                return None;
            }
        };
        if response.status_code.kind() == StatusCodeKind::Successful {
            let Ok(answer) = Description::parse(&response.body) else {
                let why = "no answer to our offer".to_owned();
                return Some(End::Bye(Ended::Failed(why), Cause::Local));
            };
            self.negotiate(&answer);
            (self.hold.agreed, self.hold.collisions) = (wanted, 0);
            self.session = self.session.map(|(session, _)| (session, Instant::now()));
            if asked {
                let _ = tell.try_send(told(true));
            }
        } else if response.status_code == StatusCode::RequestPending
            && self.hold.collisions < COLLISIONS_MAX
        {
            self.hold.collisions += 1;
            self.hold.refresh |= !asked;
            self.hold.again_at = Some(Instant::now() + rest(self.dialog.role()));
        } else if asked {
            if self.hold.wanted == wanted {
                self.hold.wanted = self.hold.agreed;
            }
            let _ = tell.try_send(told(false));
        }
        self.offer();
        None
    }
}

/// RFC 3261 §14.1: the side that made the Call-ID rests 2.1 to 4 s, the other up to 2 s, so that they collide once.
fn rest(role: TransactionRole) -> Duration {
    let tens_of_ms = match role {
        TransactionRole::Client => 210 + random() % 190,
        TransactionRole::Server => random() % 200,
    };
    Duration::from_millis(tens_of_ms * 10)
}
