//! The life of an answered call: what its dialog, its stream, its clock and its owner say, until one of them ends it.

use std::future::pending;
use std::time::{Duration, Instant};

use rsipstack::dialog::dialog::{Dialog, DialogState, TerminatedReason, TransactionHandle};
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Header, Method, Request, Response, StatusCode};
use rsipstack::transaction::key::TransactionRole;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::presses::{Way, key_of};
use super::session::{Due, MIN_S, Session};
use super::{End, Line};
use crate::telephony::arrival::offer_of;
use crate::telephony::audio::{Direction, StreamEvent};
use crate::telephony::call::Tag;
use crate::telephony::sdp::{self, Description};
use crate::telephony::stack::headers::{ALLOW, SDP, header, value};
use crate::telephony::{Cause, Ended, LegEvent};

/// Places for events that key presses leave free, so that a flood of them loses no `Played` and no `Recorded`.
const EVENTS_KEPT: usize = 32;
/// How long a far side may take to answer the OPTIONS that asks whether it is there.
const PROBE_WAIT: Duration = Duration::from_secs(10);

type Tell = mpsc::Sender<LegEvent>;

impl Line {
    pub(super) async fn live(&mut self, tell: &Tell, commands: &mut mpsc::Receiver<Cause>) -> End {
        let closing = self.call.hub.closing.clone();
        loop {
            let due = self.session.map(|(session, at)| (session, session.due(), at));
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
                cause = commands.recv() => return End::Bye(Ended::ByUs, cause.unwrap_or(Cause::Normal)),
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
                let headers = vec![header("Allow", ALLOW), header("Accept", SDP)];
                let _ = handle.respond(StatusCode::OK, Some(headers), None).await;
            }
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
        None
    }

    /// A re-INVITE or an UPDATE: hold, resume, a new address, a refresh.
    async fn on_offer(&mut self, request: &Request, handle: &TransactionHandle, tell: &Tell) {
        let session = match Session::asked(&request.headers) {
            Ok(session) => session,
            Err(_) => {
                let least = vec![header("Min-SE", MIN_S.to_string())];
                let _ =
                    handle.respond(StatusCode::SessionIntervalTooSmall, Some(least), None).await;
                return;
            }
        };
        let offer = match offer_of(&request.headers, &request.body) {
            Ok(offer) => offer,
            Err(status) => {
                let _ = handle.reply(status).await;
                return;
            }
        };
        self.retarget(request);
        self.session = session.map(|session| (session, Instant::now()));
        let mut headers = vec![header("Allow", ALLOW), header("Supported", "timer")];
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
                Some(sdp::offer(self.local, self.version))
            }
            None => None,
        };
        if body.is_some() {
            headers.push(header("Content-Type", SDP));
        }
        let _ = handle.respond(StatusCode::OK, Some(headers), body).await;
        let held = match &offer {
            Some(offer) => offer.our_direction() != Direction::SendRecv,
            None => self.held && request.method != Method::Invite,
        };
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
        self.ask(Method::Update, session.refresh_headers());
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
            matches!(answer, Ok(Ok(Some(response))) if speaks_of_a_call(&response))
        }));
    }
}

/// RFC 3261 §12.2.1.2: 481 and 408 end a dialog; the stack makes a 408 itself when nothing comes.
fn speaks_of_a_call(response: &Response) -> bool {
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

async fn reached(due: Option<(Session, Due, Instant)>) -> Session {
    let Some((session, Due::Refresh(after) | Due::Expire(after), since)) = due else {
        return pending().await;
    };
    tokio::time::sleep_until((since + after).into()).await;
    session
}
