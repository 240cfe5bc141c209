//! One INVITE and what comes of it: ringing time-out, CANCEL and the answer that races it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver};
use rsipstack::dialog::invitation::InviteOption;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Header, Response, StatusCode, StatusCodeKind, Uri};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{DialEvent, EarlyMedia, Gate};
use crate::telephony::audio::{Stream, StreamEvent};
use crate::telephony::call::Call;
use crate::telephony::cause::q850_of;
use crate::telephony::door::flows::{Flow, Side};
use crate::telephony::hub::{Hub, random};
use crate::telephony::line::session::Session;
use crate::telephony::line::{Line, Sounding};
use crate::telephony::registrar::digest;
use crate::telephony::sdp::{self, Description};
use crate::telephony::stack::headers::{SDP, header, stack_address, value, values};
use crate::telephony::trunk::{self, Channel, Start, Verdict};
use crate::telephony::{Cause, Failure, Leg, Transport};

/// A peer that says nothing at all for so long is not there; 64*T1 would keep a citizen's turn waiting for nothing.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// How long a peer may take to answer our CANCEL before we stop waiting for its word.
const CANCEL_WAIT: Duration = Duration::from_secs(5);
/// An INVITE is sent again for a challenge and for a longer session timer.
const AMENDED_MAX: usize = 2;

/// To whom an INVITE goes, as whom and by which way.
pub(super) struct Invitation {
    /// For the log.
    pub way: String,
    pub flow: Flow,
    pub callee: Uri,
    pub caller: Uri,
    /// What is shown of the caller besides its address.
    pub name: Option<String>,
    pub headers: Vec<Header>,
    /// A phone's host, from which its sound comes.
    pub latch: Option<IpAddr>,
    pub ring_timeout: Duration,
}

pub(super) struct Attempt {
    pub hub: Arc<Hub>,
    pub invitation: Invitation,
    pub tell: mpsc::Sender<DialEvent>,
    pub given_up: CancellationToken,
    /// What the call goes through, when it goes through a trunk.
    pub trunk: Option<Arc<trunk::Line>>,
    /// What was told of the call already, by the trunk that was tried before.
    pub told: Told,
    pub gate: Gate,
}

/// How an attempt came to nothing.
pub(super) struct Refused {
    pub failure: Failure,
    /// The far side was ringing.
    pub rang: bool,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self { failure, rang: false }
    }
}

/// What an INVITE says differently when it is sent again.
struct Terms {
    proof: Option<Header>,
    session_s: u32,
}

/// How one INVITE ended.
struct Outcome {
    dialog: InviteDialog,
    states: DialogStateReceiver,
    response: Option<Response>,
    /// We gave up: after the time-out, or because we were asked to.
    cancelled: Option<Cause>,
    /// Anything came from the far side before the final response.
    heard: bool,
    rang: bool,
}

/// What was told of a call that is not answered yet; each is told once.
#[derive(Clone, Copy, Default)]
pub(super) struct Told {
    ringing: bool,
    early_media: bool,
}

/// The sound of a call that came to nothing ends with it, whoever hears it still.
struct Unanswered(Option<Sounding>);

impl Drop for Unanswered {
    fn drop(&mut self) {
        if let Some(stream) = &self.0 {
            stream.close();
        }
    }
}

type Joined = Result<rsipstack::Result<(DialogId, Option<Response>)>, tokio::task::JoinError>;

impl Attempt {
    /// Of a phone, which needs no start.
    pub(super) async fn run(mut self) {
        let failure = match self.attempt(None).await {
            Ok(leg) => {
                // Nobody waits for it any more: dropping the leg hangs up.
                let _ = self.tell.send(DialEvent::Answered(leg)).await;
                return;
            }
            Err(refused) => refused.failure,
        };
        tracing::info!(way = %self.invitation.way, ?failure, "an outbound call failed");
        let _ = self.tell.send(DialEvent::Failed(failure)).await;
    }

    /// One call, by this start when it goes through a trunk; what the trunk made of it counts for or against it.
    pub(super) async fn attempt(&mut self, start: Option<Start>) -> Result<Leg, Refused> {
        let local = Failure::local;
        if self.given_up.is_cancelled() {
            return Err(local(Cause::Normal).into());
        }
        let (stream, sounds) = self.hub.audio.open().map_err(|_| local(Cause::Local))?;
        let connected = self.connect().await;
        // Nothing that waits lies between this and the INVITE.
        if !self.gate.is_open(start.as_ref().map_or("", Start::trunk)) {
            return Err(local(Cause::Late).into());
        }
        let (channel, verdict) = match start {
            Some(start) => {
                let (channel, verdict) = start.begin(Instant::now());
                (Some(channel), Some(verdict))
            }
            None => (None, None),
        };
        let called = match connected {
            Ok(()) => self.call(channel, (stream, sounds), verdict.as_ref()).await,
            Err(failure) => Err(failure.into()),
        };
        if let Some(verdict) = verdict {
            match &called {
                Ok(_) => verdict.works(),
                Err(Refused { failure, rang: false }) if failure.is_of_trunk() => {
                    verdict.failed(Instant::now());
                }
                Err(Refused { failure, .. }) if failure.sip_status.is_some() => verdict.works(),
                Err(_) => {}
            }
        }
        called
    }

    async fn call(
        &mut self,
        channel: Option<Channel>,
        (stream, mut sounds): (Stream, mpsc::Receiver<StreamEvent>),
        verdict: Option<&Verdict>,
    ) -> Result<Leg, Refused> {
        let local = Failure::local;
        let (flow, latch) = (self.invitation.flow.clone(), self.invitation.latch);
        let call_id = format!("{:016x}{:016x}@{}", random(), random(), self.hub.config.realm);
        let call = Call::open(&self.hub, &call_id, flow.clone(), channel)
            .map_err(|_| local(Cause::Full))?;
        let (at, stream) = (stream.local(), Sounding::new(stream));
        let mut unanswered = Unanswered(Some(stream.clone()));

        let own_s = self.hub.config.timing.session_s;
        let mut terms = Terms { proof: None, session_s: own_s };
        let mut outcome = self.invite(&call, (&stream, at), &terms, verdict).await?;
        for _ in 0..AMENDED_MAX {
            if !self.amend(&mut terms, &outcome) || !self.gate.is_open(self.trunk_name()) {
                break;
            }
            self.hub.stack(flow.side).dialogs.remove_dialog(&outcome.dialog.id());
            outcome = self.invite(&call, (&stream, at), &terms, verdict).await?;
        }
        let Outcome { dialog, states, response, cancelled, heard, rang } = outcome;
        let refused = |failure| Err(Refused { failure, rang });
        let Some(response) = response else {
            if flow.side == Side::Phones {
                // It may ring yet, when the INVITE comes through late: the stack's CANCEL has to reach it, and its answer us.
                self.keep(call, self.hub.config.timing.t1x64);
            }
            return refused(local(cancelled.unwrap_or(Cause::Unreachable)));
        };
        let status = response.status_code.code();
        if response.status_code.kind() != StatusCodeKind::Successful {
            let q850 = value(&response.headers, "Reason").and_then(q850_of);
            let told = match flow.side {
                Side::Trunks => Failure::told_by_trunk(status, q850, rang),
                Side::Phones => Failure::told(status, q850),
            };
            return refused(match cancelled {
                Some(cause) => Failure { cause, ..told },
                // The stack makes a 408 itself when nothing came.
                None if status == 408 && !heard => local(Cause::Unreachable),
                None => told,
            });
        }
        if let Some(cause) = cancelled.filter(|_| dialog.state().is_terminated()) {
            // The answer crossed our CANCEL and the stack says BYE to it, which needs the call's flow for a moment.
            self.keep(call, self.hub.config.timing.t1 * 8);
            return refused(Failure { cause, ..Failure::told(status, None) });
        }
        unanswered.0 = None;
        // Nobody has answered who could have pressed a key before.
        while sounds.try_recv().is_ok() {}
        let line = Line::new(call, dialog, states, (stream, at), sounds, latch);
        match Description::parse(&response.body) {
            Ok(answer) => Ok(line.reached(&answer, Session::agreed(&response.headers, own_s))),
            Err(_) => {
                line.say_bye().await;
                refused(Failure { cause: Cause::Congestion, sip_status: Some(status), q850: None })
            }
        }
    }

    fn trunk_name(&self) -> &str {
        self.trunk.as_ref().map_or("", |line| &line.trunk.name)
    }

    fn keep(&self, call: Call, time: Duration) {
        let (closing, farewell) = (self.hub.closing.clone(), self.hub.config.timing.t1 * 8);
        self.hub.tasks.spawn(async move {
            let closed = async {
                closing.cancelled().await;
                tokio::time::sleep(farewell).await;
            };
            let _ = tokio::time::timeout(time, closed).await;
            drop(call);
        });
    }

    /// A trunk is connected to; a phone is reached by the connection that it opened, or not at all.
    async fn connect(&self) -> Result<(), Failure> {
        let Flow { side, to, transport, .. } = self.invitation.flow;
        let stack = self.hub.stack(side);
        let reached = match (side, transport, self.hub.own(transport)) {
            (Side::Trunks, Transport::Tcp, Some(own)) => stack.connect(own, to).await.is_ok(),
            _ => stack.reaches(to, transport),
        };
        if reached { Ok(()) } else { Err(Failure::local(Cause::Unreachable)) }
    }

    /// Sends one INVITE and waits for its final response.
    async fn invite(
        &mut self,
        call: &Call,
        (stream, at): (&Sounding, SocketAddr),
        terms: &Terms,
        verdict: Option<&Verdict>,
    ) -> Result<Outcome, Failure> {
        let local = || Failure::local(Cause::Local);
        let hub = Arc::clone(&self.hub);
        let Invitation { flow, callee, caller, name, headers, ring_timeout, .. } = &self.invitation;
        let ring_timeout = *ring_timeout;
        let own = hub.contact(flow.transport).ok_or_else(local)?;
        let mut heads = vec![header("Allow", call.allow())];
        heads.extend(Session::wanted(terms.session_s));
        heads.extend(headers.iter().cloned());
        heads.extend(terms.proof.clone());
        let option = InviteOption {
            caller_display_name: name.clone(),
            caller: caller.clone(),
            callee: callee.clone(),
            contact: own,
            destination: Some(stack_address(flow.to, flow.transport)),
            content_type: Some(SDP.to_owned()),
            offer: Some(sdp::offer(at, 1)),
            headers: Some(heads),
            call_id: Some(call.call_id.clone()),
            ..InviteOption::default()
        };
        let dialogs = &hub.stack(flow.side).dialogs;
        let (tell, mut states) = dialogs.new_dialog_state_channel();
        let (dialog, mut joined) = dialogs.do_invite_async(option, tell).map_err(|_| local())?;
        call.set_dialog(dialog.clone());

        let began = tokio::time::Instant::now();
        let (mut heard, mut confirmed, mut rang) = (false, false, false);
        let (mut cancelled, mut patience) = (None, None);
        let result: Option<Joined> = loop {
            let waiting = cancelled.is_none();
            tokio::select! {
                result = &mut joined => break Some(result),
                // What follows the answer is the leg's to hear.
                Some(state) = states.recv(), if !confirmed => {
                    confirmed = matches!(state, DialogState::Confirmed(..));
                    heard |= matches!(state, DialogState::Trying(_) | DialogState::Early(..));
                    if let DialogState::Early(_, response) = state {
                        rang |= self.tell_early(&response, stream);
                        if let Some(verdict) = verdict.filter(|_| rang) {
                            verdict.works();
                        }
                    }
                }
                // From the INVITE on, whatever is told of the call meanwhile.
                () = tokio::time::sleep_until(began + ring_timeout), if waiting => {
                    cancelled = Some(match (heard, rang || self.trunk.is_none()) {
                        (false, _) => Cause::Unreachable,
                        (true, true) => Cause::NoAnswer,
                        // Taken and never brought to the citizen's line.
                        (true, false) => Cause::TrunkFault,
                    });
                }
                () = tokio::time::sleep_until(began + SILENCE_MAX), if waiting && !heard => {
                    cancelled = Some(Cause::Unreachable);
                }
                () = self.given_up.cancelled(), if waiting => cancelled = Some(Cause::Normal),
                () = hub.closing.cancelled(), if waiting => cancelled = Some(Cause::Normal),
                () = until(patience), if patience.is_some() => break None,
            }
            if waiting && cancelled.is_some() {
                patience = Some(tokio::time::Instant::now() + CANCEL_WAIT);
                let dialog = dialog.clone();
                // Before any answer the stack keeps the CANCEL until one comes (RFC 3261 §9.1).
                hub.tasks.spawn(async move {
                    let _ = dialog.cancel().await;
                });
            }
        };
        let response = match result {
            Some(Ok(Ok((_, response)))) => response,
            // Broken off: the stack's guard goes on to CANCEL, and to BYE an answer that comes after all.
            None => {
                joined.abort();
                None
            }
            Some(_) => None,
        };
        Ok(Outcome { dialog, states, response, cancelled, heard, rang })
    }

    /// True when the far side rings: it says so (180, 183), or makes itself heard.
    fn tell_early(&mut self, response: &Response, stream: &Sounding) -> bool {
        let sound = Description::parse(&response.body).ok();
        let says_so =
            matches!(response.status_code, StatusCode::Ringing | StatusCode::SessionProgress);
        let rings = says_so || sound.is_some();
        if rings && !self.told.ringing {
            self.told.ringing = true;
            let _ = self.tell.try_send(DialEvent::Ringing);
        }
        if let Some(theirs) = sound.filter(|_| !self.told.early_media) {
            self.told.early_media = true;
            stream.negotiate(&theirs, self.invitation.latch);
            let _ = self.tell.try_send(DialEvent::EarlyMedia(EarlyMedia(stream.clone())));
        }
        rings
    }

    /// What the far side wants otherwise; false when it wants nothing that we can do.
    fn amend(&self, terms: &mut Terms, outcome: &Outcome) -> bool {
        let response = outcome.response.as_ref().filter(|_| outcome.cancelled.is_none());
        let too_small =
            |response: &&Response| response.status_code == StatusCode::SessionIntervalTooSmall;
        if let Some(least) =
            response.filter(too_small).and_then(|response| Session::least(&response.headers))
        {
            let larger = least > terms.session_s;
            terms.session_s = least;
            return larger;
        }
        if terms.proof.is_some() {
            return false;
        }
        terms.proof = self.proof(outcome);
        terms.proof.is_some()
    }

    /// The answer to a challenge of the trunk's own realm.
    fn proof(&self, outcome: &Outcome) -> Option<Header> {
        let response = outcome.response.as_ref().filter(|_| outcome.cancelled.is_none())?;
        let account = self.trunk.as_ref()?.trunk.digest.as_ref()?;
        let (asked, given) = match response.status_code {
            StatusCode::Unauthorized => ("WWW-Authenticate", "Authorization"),
            StatusCode::ProxyAuthenticationRequired => {
                ("Proxy-Authenticate", "Proxy-Authorization")
            }
            _ => return None,
        };
        let uri = self.invitation.callee.to_string();
        let cnonce = format!("{:016x}", random());
        let challenges = values(&response.headers, asked);
        let proof = |challenge: &&str| digest::answer(challenge, account, "INVITE", &uri, &cnonce);
        challenges.iter().find_map(proof).map(|proof| header(given, proof))
    }
}

async fn until(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
