//! Rings all phones of an account at once: the first that answers has the call, the others are cancelled.

use std::fmt;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use rsipstack::sip::{Header, Uri};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::attempt::Invitation;
use super::{DialEvent, Dialling, EVENTS_MAX, Tries, failed, invite};
use crate::telephony::arrival::masked;
use crate::telephony::door::flows::{Flow, Side, Source};
use crate::telephony::hub::Hub;
use crate::telephony::registrar::Binding;
use crate::telephony::stack::headers::{self, header};
use crate::telephony::{Cause, Failure, Transport};

/// Characters of a caller that a phone is shown.
const SHOWN_MAX: usize = 64;
/// Who calls when what is shown of the caller is no address.
const HELPLINE: &str = "helpline181";

/// A call to the phones of an account.
#[derive(Clone)]
pub struct Ring {
    pub account: String,
    /// What the phone shows of the caller: a number or words, as open or as masked as whoever rings has decided.
    pub caller: String,
    /// How long it may ring before we give up.
    pub ring_timeout: Duration,
    pub pick_up: PickUp,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PickUp {
    #[default]
    ByHand,
    /// Asks the phone to answer by itself (Call-Info, Alert-Info); a phone may still ring.
    ByItself,
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ring({} for {:?})", masked(&self.account), self.ring_timeout)
    }
}

pub(in crate::telephony) fn ring(hub: &Arc<Hub>, ring: Ring) -> Dialling {
    let bindings = hub.door.registrar.reachable(&ring.account, hub.uptime());
    if bindings.is_empty() {
        return failed(Failure::local(Cause::Unregistered));
    }
    let given_up = CancellationToken::new();
    let branches: Vec<Dialling> = bindings
        .iter()
        .map(|binding| match to_binding(hub, &ring, binding) {
            Some(invitation) => invite(hub, invitation, given_up.child_token()),
            None => failed(Failure::local(Cause::Unreachable)),
        })
        .collect();
    let (tell, events) = mpsc::channel(EVENTS_MAX);
    hub.tasks.spawn(Fork { branches, tell }.run());
    Dialling { events, given_up, tries: Tries::default() }
}

fn to_binding(hub: &Hub, ring: &Ring, binding: &Binding) -> Option<Invitation> {
    let (user, name) = shown(&ring.caller);
    let own = hub.own(binding.transport)?;
    let mut headers: Vec<Header> =
        binding.path.iter().map(|hop| header("Route", hop.as_str())).collect();
    if ring.pick_up == PickUp::ByItself {
        headers.push(header("Call-Info", format!("<sip:{HELPLINE}@{own}>;answer-after=0")));
        headers.push(header("Alert-Info", format!("<sip:{HELPLINE}@{own}>;info=alert-autoanswer")));
    }
    Some(Invitation {
        way: format!("binding {}", binding.id),
        flow: Flow {
            side: Side::Phones,
            to: binding.source,
            transport: binding.transport,
            from: Source::Exactly(binding.source),
        },
        callee: Uri::try_from(binding.contact.as_str()).ok()?,
        caller: headers::uri(&user, own, Transport::Udp)?,
        name,
        headers,
        // Behind a proxy the sound comes from where the SDP says: the proxy's media relay has put itself there.
        latch: binding.path.is_empty().then(|| binding.source.ip()),
        ring_timeout: ring.ring_timeout,
    })
}

/// The user part and the display name that show a caller.
fn shown(caller: &str) -> (String, Option<String>) {
    let address = !caller.is_empty()
        && caller.len() <= SHOWN_MAX
        && caller.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+*-._".contains(&byte));
    if address {
        return (caller.to_owned(), None);
    }
    let clean = caller.chars().filter(|shown| !shown.is_control() && !"\"\\<>".contains(*shown));
    let name: String = clean.take(SHOWN_MAX).collect();
    (HELPLINE.to_owned(), Some(name).filter(|name| !name.trim().is_empty()))
}

/// The calls to each binding, as one call.
struct Fork {
    branches: Vec<Dialling>,
    tell: mpsc::Sender<DialEvent>,
}

impl Fork {
    async fn run(mut self) {
        let (mut ringing, mut early_media) = (false, false);
        let mut failure: Option<Failure> = None;
        while !self.branches.is_empty() {
            let (at, event) = self.next().await;
            match event {
                DialEvent::Ringing if ringing => {}
                DialEvent::Ringing => {
                    ringing = true;
                    let _ = self.tell.try_send(DialEvent::Ringing);
                }
                DialEvent::EarlyMedia(_) if early_media => {}
                DialEvent::EarlyMedia(sound) => {
                    early_media = true;
                    let _ = self.tell.try_send(DialEvent::EarlyMedia(sound));
                }
                DialEvent::Answered(leg) => {
                    // Dropping a branch cancels it; an answer that it has already, or that crosses the CANCEL, is hung up.
                    self.branches.clear();
                    let _ = self.tell.send(DialEvent::Answered(leg)).await;
                    return;
                }
                DialEvent::Failed(told) => {
                    drop(self.branches.swap_remove(at));
                    // RFC 3261 §16.7: a 6xx speaks for all phones of the person.
                    if told.sip_status.is_some_and(|status| status >= 600) {
                        self.branches.clear();
                    }
                    let told = of_agent(told);
                    if failure.is_none_or(|known| weight(told.cause) > weight(known.cause)) {
                        failure = Some(told);
                    }
                }
            }
        }
        let failure = failure.unwrap_or(Failure::local(Cause::Unregistered));
        let _ = self.tell.send(DialEvent::Failed(failure)).await;
    }

    async fn next(&mut self) -> (usize, DialEvent) {
        std::future::poll_fn(|context| {
            for (at, branch) in self.branches.iter_mut().enumerate() {
                if let Poll::Ready(Some(event)) = branch.events.poll_recv(context) {
                    return Poll::Ready((at, event));
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// What a person's phone means by a status: 480 is its "not now" key, where a network's 480 is somebody who is away.
fn of_agent(failure: Failure) -> Failure {
    match failure {
        Failure { cause: Cause::NoAnswer, sip_status: Some(480), q850: None } => {
            Failure { cause: Cause::Rejected, ..failure }
        }
        _ => failure,
    }
}

/// Of several phones the one speaks whose person has spoken.
fn weight(cause: Cause) -> u8 {
    match cause {
        Cause::Rejected => 5,
        Cause::Busy => 4,
        Cause::NoAnswer => 3,
        Cause::Normal => 2,
        Cause::Unreachable | Cause::Unregistered => 0,
        Cause::NotFound
        | Cause::Gone
        | Cause::Incomplete
        | Cause::NowhereElse
        | Cause::Congestion
        | Cause::TrunkFault
        | Cause::NoTrunk
        | Cause::Full
        | Cause::Late
        | Cause::Local => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_shown_as_an_address_and_words_as_a_name() {
        assert_eq!(shown("98xxxxxx01"), ("98xxxxxx01".to_owned(), None));
        assert_eq!(shown("+919000000001"), ("+919000000001".to_owned(), None));
        assert_eq!(shown("नागरिक"), (HELPLINE.to_owned(), Some("नागरिक".to_owned())));
        assert_eq!(shown(""), (HELPLINE.to_owned(), None));
    }

    #[test]
    fn what_is_shown_of_a_caller_writes_no_header() {
        let (user, name) = shown("\"x\" <sip:a@b>\r\nVia: y\\");

        assert_eq!((user.as_str(), name.as_deref()), (HELPLINE, Some("x sip:a@bVia: y")));
        assert_eq!(shown(&"9".repeat(65)).1.unwrap().len(), 64);
    }

    #[test]
    fn the_not_now_key_is_a_rejection_and_an_absence_is_none() {
        let cause = |status, q850| of_agent(Failure::told(status, q850)).cause;

        assert_eq!(cause(480, None), Cause::Rejected);
        assert_eq!(cause(480, Some(19)), Cause::NoAnswer);
        assert_eq!(cause(603, None), Cause::Rejected);
        assert_eq!(cause(486, None), Cause::Busy);
        assert_eq!(cause(408, None), Cause::NoAnswer);
    }
}
