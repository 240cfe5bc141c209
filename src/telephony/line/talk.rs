//! The life of an answered call: what its dialog, its stream, its clock and its owner say, until one of them ends it.

use std::future::pending;
use std::time::{Duration, Instant};

use rsipstack::dialog::dialog::{Dialog, DialogState, TerminatedReason, TransactionHandle};
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Header, Method, Request, Response, StatusCode};
use rsipstack::transaction::key::TransactionRole;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::hold::{answered, held_back};
use super::presses::{Way, key_of};
use super::session::{Due, MIN_S, Session};
use super::transfer::told;
use super::{Command, End, Line, Transfer};
use crate::telephony::arrival::offer_of;
use crate::telephony::audio::{Direction, StreamEvent};
use crate::telephony::call::Tag;
use crate::telephony::sdp::{self, Description};
use crate::telephony::stack::headers::{SDP, header, value};
use crate::telephony::{Cause, Ended, LegEvent};

/// Places for events that key presses leave free, so that a flood of them loses no `Played` and no `Recorded`.
const EVENTS_KEPT: usize = 32;
/// How long a far side may take to answer the OPTIONS that asks whether it is there.
const PROBE_WAIT: Duration = Duration::from_secs(10);

type Tell = mpsc::Sender<LegEvent>;

impl Line {
    pub(super) async fn live(
        &mut self,
        tell: &Tell,
        commands: &mut mpsc::Receiver<Command>,
    ) -> End {
        let closing = self.call.hub.closing.clone();
        let t1x64 = self.call.hub.config.timing.t1x64;
        loop {
            let due = self.session.map(|(session, at)| (session, session.due(), at));
            let (rested_at, answered_by) = (self.hold.again_at, self.transfers.answer_by(t1x64));
            tokio::select! {
                state = self.states.recv() => {
                    let Some(state) = state else { return End::Over(Ended::Failed("the dialog is gone".to_owned())) };
                    if let Some(end) = self.on_state(state, tell).await {
                        return end;
                    }
                }
                event = self.sounds.recv() => match event {
                    Some(event) => self.on_sound(event, tell),
                    None => return End::Bye(Ended::Failed("the sound has ended".to_owned()), Cause::Local),
                },
                command = commands.recv() => match command {
                    None => return End::Bye(Ended::ByUs, Cause::Normal),
                    Some(Command::HangUp(cause)) => return End::Bye(Ended::ByUs, cause),
                    Some(Command::Hold(held)) => self.want_hold(held),
                    Some(Command::Transfer(transfer)) => self.on_transfer(transfer).await,
                    Some(Command::Refer { to, replaces }) => self.refer(&to, replaces.as_deref()),
                },
                reply = answered(&mut self.hold.under_way) => {
                    if let Some(end) = self.on_reinvited(reply, tell) {
                        return end;
                    }
                }
                () = until(rested_at) => self.offer_again(),
                () = until(answered_by) => self.on_transfer(Transfer::Refused).await,
                () = told(&mut self.transfers.telling) => self.phone_was_told(),
                () = closing.cancelled() => return End::Bye(Ended::ByUs, Cause::Normal),
                there = answer_of(&mut self.asking) => {
                    self.asking = None;
                    if !there {
                        return End::Bye(Ended::Dead, Cause::Unreachable);
                    }
                }
                session = reached(due) => match session.due() {
                    Due::Refresh(_) => self.refresh(session),
                    Due::Expire(_) => return End::Bye(Ended::Dead, Cause::Unreachable),
                },
            }
        }
    }

    async fn on_state(&mut self, state: DialogState, tell: &Tell) -> Option<End> {
        match state {
            DialogState::Confirmed(..) => return self.on_ack(),
            DialogState::Updated(_, request, handle) => {
                self.on_offer(&request, &handle, tell).await
            }
            DialogState::Info(_, request, handle) => self.on_info(&request, &handle, tell).await,
            DialogState::Options(_, _, handle) => {
                let headers = vec![header("Allow", self.call.allow()), header("Accept", SDP)];
                let _ = handle.respond(StatusCode::OK, Some(headers), None).await;
            }
            DialogState::Refer(_, request, handle) => self.on_refer(&request, handle, tell).await,
            DialogState::Terminated(_, reason) => return Some(self.ended(&reason)),
            _ => {}
        }
        None
    }

    fn ended(&self, reason: &TerminatedReason) -> End {
        let by_peer = match self.dialog.role() {
            TransactionRole::Server => matches!(reason, TerminatedReason::UacBye),
            TransactionRole::Client => matches!(reason, TerminatedReason::UasBye),
        };
        match reason {
            _ if by_peer => End::Over(Ended::ByPeer),
            TerminatedReason::Timeout => End::Unacknowledged,
            // The CANCEL came while our 200 was on its way to the stack.
            TerminatedReason::UacCancel => End::Over(Ended::ByPeer),
            _ => End::Over(Ended::Failed("the dialog was ended".to_owned())),
        }
    }

    /// The ACK; after an offer of ours it brings the answer.
    fn on_ack(&mut self) -> Option<End> {
        self.acknowledged = true;
        if !self.awaits_answer {
            self.offer();
            return None;
        }
        self.awaits_answer = false;
        let answer = self.dialog.last_remote_ack().map(|ack| Description::parse(&ack.body));
        let Some(Ok(answer)) = answer else {
            return Some(End::Bye(
                Ended::Failed("no answer to our offer".to_owned()),
                Cause::Local,
            ));
        };
        self.negotiate(&answer);
        self.offer();
        None
    }

    /// A re-INVITE or an UPDATE: hold, resume, a new address, a refresh.
    async fn on_offer(&mut self, request: &Request, handle: &TransactionHandle, tell: &Tell) {
        // RFC 3261 §14.2, while an offer of ours is not answered yet.
        let offers = request.method == Method::Invite || !request.body.is_empty();
        if self.hold.is_offering() && offers {
            let _ = handle.reply(StatusCode::RequestPending).await;
            return;
        }
        let session = match Session::asked(&request.headers, self.call.hub.config.timing.session_s)
        {
            Ok(session) => session,
            Err(_) => {
                let least = vec![header("Min-SE", MIN_S.to_string())];
                let _ =
                    handle.respond(StatusCode::SessionIntervalTooSmall, Some(least), None).await;
                return;
            }
        };
        let mut offer = match offer_of(&request.headers, &request.body) {
            Ok(offer) => offer,
            Err(status) => {
                let _ = handle.reply(status).await;
                return;
            }
        };
        let held = match &offer {
            Some(offer) => offer.our_direction() != Direction::SendRecv,
            None => self.held && request.method != Method::Invite,
        };
        if let Some(offer) = offer.as_mut().filter(|_| self.hold.agreed) {
            held_back(offer);
        }
        self.retarget(request);
        self.session = session.map(|session| (session, Instant::now()));
        let mut headers = vec![header("Allow", self.call.allow()), header("Supported", "timer")];
        headers.extend(session.iter().flat_map(|session| session.headers()));
        let body = match &offer {
            Some(offer) => {
                self.version = self.version.wrapping_add(1);
                self.negotiate(offer);
                Some(offer.answer(self.local, self.version))
            }
            None if request.method == Method::Invite => {
                self.version = self.version.wrapping_add(1);
                self.awaits_answer = true;
                let held = self.hold.agreed;
                let direction = if held { Direction::SendOnly } else { Direction::SendRecv };
                Some(sdp::offer_of(self.local, self.version, direction))
            }
            None => None,
        };
        if body.is_some() {
            headers.push(header("Content-Type", SDP));
        }
        let _ = handle.respond(StatusCode::OK, Some(headers), body).await;
        self.tell_hold(held, tell);
    }

    fn tell_hold(&mut self, held: bool, tell: &Tell) {
        if held != self.held {
            self.held = held;
            let _ = tell.try_send(if held { LegEvent::Held } else { LegEvent::Resumed });
        }
    }

    /// RFC 3261 §12.2.1.2: later requests name the Contact that the peer gave last; they still go to the call's flow.
    fn retarget(&self, request: &Request) {
        let contact = request.contact_header().ok().cloned();
        let uri = request
            .typed_contact_headers()
            .ok()
            .and_then(|contacts| Some(contacts.first()?.uri.clone()));
        if let Some(uri) = uri {
            Dialog::Invite(self.dialog.clone()).set_remote_target(uri, contact);
        }
    }

    async fn on_info(&mut self, request: &Request, handle: &TransactionHandle, tell: &Tell) {
        let kind = value(&request.headers, "Content-Type").unwrap_or_default();
        let key = key_of(kind, &request.body);
        let status = if key.is_some() || request.body.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UnsupportedMediaType
        };
        let _ = handle.reply(status).await;
        if let Some(key) = key {
            self.tell_key(Way::Info, key, tell);
        }
    }

    fn tell_key(&mut self, way: Way, key: char, tell: &Tell) {
        if !self.presses.is_new(way, key, Instant::now()) {
            return;
        }
        self.stream.with(|stream| stream.pass_key(key));
        if tell.capacity() > EVENTS_KEPT {
            let _ = tell.try_send(LegEvent::Digit(key));
        }
    }

    fn on_sound(&mut self, event: StreamEvent, tell: &Tell) {
        let event = match event {
            StreamEvent::Digit(key) => return self.tell_key(Way::Rtp, key, tell),
            StreamEvent::Silent => return self.probe(),
            StreamEvent::Unpressed(key) => LegEvent::Unpressed(key),
            StreamEvent::Played(id) => LegEvent::Played(id),
            StreamEvent::Recorded(recording) => LegEvent::Recorded(recording),
            // `Recorded` says so in the end.
            StreamEvent::Losing(_) => return,
        };
        if tell.try_send(event).is_err() {
            tracing::warn!(sip_call = %Tag(&self.call.call_id), "a leg's owner reads no events");
        }
    }

    /// Asks a silent peer whether it is there.
    fn probe(&mut self) {
        self.ask(Method::Options, vec![header("Accept", SDP)]);
    }

    fn refresh(&mut self, session: Session) {
        self.session = Some((session, Instant::now()));
        if session.by_update {
            self.ask(Method::Update, session.refresh_headers());
        } else {
            self.refresh_by_invite();
        }
    }

    fn ask(&mut self, method: Method, headers: Vec<Header>) {
        if self.asking.is_some() {
            return;
        }
        let dialog = self.dialog.clone();
        let patience = PROBE_WAIT.min(self.call.hub.config.timing.t1x64);
        self.asking = Some(tokio::spawn(async move {
            let answer =
                tokio::time::timeout(patience, dialog.request(method, Some(headers), None)).await;
            match answer {
                Ok(Ok(Some(response))) => speaks_of_a_call(&response),
                // Not sent, because the far side is in the middle of an offer: somebody is there.
                Ok(Ok(None)) => true,
                _ => false,
            }
        }));
    }
}

/// RFC 3261 §12.2.1.2: 481 and 408 end a dialog; the stack makes a 408 itself when nothing comes.
pub(super) fn speaks_of_a_call(response: &Response) -> bool {
    !matches!(
        response.status_code,
        StatusCode::CallTransactionDoesNotExist | StatusCode::RequestTimeout
    )
}

async fn answer_of(asking: &mut Option<JoinHandle<bool>>) -> bool {
    match asking {
        Some(asking) => asking.await.unwrap_or(false),
        None => pending().await,
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => pending().await,
    }
}

async fn reached(due: Option<(Session, Due, Instant)>) -> Session {
    let Some((session, Due::Refresh(after) | Due::Expire(after), since)) = due else {
        return pending().await;
    };
    tokio::time::sleep_until((since + after).into()).await;
    session
}
