//! Outbound calls: number whitelist, the trunk's limits, ringing time-out, CANCEL and the answer that races it.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver};
use rsipstack::dialog::invitation::InviteOption;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Header, Response, StatusCode, StatusCodeKind};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::call::Call;
use super::cause::q850_of;
use super::door::flows::{Flow, Side, Source};
use super::hub::{Hub, random};
use super::line::Line;
use super::registrar::digest;
use super::sdp::{self, Description};
use super::stack::headers::{self, ALLOW, SDP, header, stack_address, value};
use super::trunk::may_be_dialled;
use super::{Cause, Failure, Leg, Transport};

/// A trunk that says nothing at all for so long is not there; 64*T1 would keep a citizen's turn waiting for nothing.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// How long a trunk may take to answer our CANCEL before we stop waiting for its word.
const CANCEL_WAIT: Duration = Duration::from_secs(5);
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
    /// The last event of a call that was answered.
    Answered(Leg),
    /// The last event of one that was not.
    Failed(Failure),
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
    let (tell, events) = mpsc::channel(EVENTS_MAX);
    let given_up = CancellationToken::new();
    let attempt = Attempt { hub: Arc::clone(hub), target, tell, given_up: given_up.clone() };
    hub.tasks.spawn(attempt.run());
    Dialling { events, given_up }
}

fn failed(failure: Failure) -> Dialling {
    let (tell, events) = mpsc::channel(EVENTS_MAX);
    let _ = tell.try_send(DialEvent::Failed(failure));
    Dialling { events, given_up: CancellationToken::new() }
}

struct Attempt {
    hub: Arc<Hub>,
    target: Target,
    tell: mpsc::Sender<DialEvent>,
    given_up: CancellationToken,
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
}

type Joined = Result<rsipstack::Result<(DialogId, Option<Response>)>, tokio::task::JoinError>;

impl Attempt {
    async fn run(self) {
        let failure = match self.attempt().await {
            Ok(leg) => {
                // Nobody waits for it any more: dropping the leg hangs up.
                let _ = self.tell.send(DialEvent::Answered(leg)).await;
                return;
            }
            Err(failure) => failure,
        };
        tracing::info!(trunk = %self.target.trunk, ?failure, "an outbound call failed");
        let _ = self.tell.send(DialEvent::Failed(failure)).await;
    }

    async fn attempt(&self) -> Result<Leg, Failure> {
        let local = Failure::local;
        let line = self.hub.door.lines.named(&self.target.trunk).ok_or(local(Cause::NoTrunk))?;
        let address = line.trunk.outbound.ok_or(local(Cause::NoTrunk))?;
        let channel = line.outgoing(Instant::now()).map_err(local)?;
        let call_id = format!("{:016x}{:016x}@{}", random(), random(), self.hub.config.realm);
        let flow = Flow {
            side: Side::Trunks,
            to: address,
            transport: line.trunk.transport,
            from: Source::Hosts(line.hosts()),
        };
        let call = Call::open(&self.hub, &call_id, flow, Some(channel))
            .map_err(|_| local(Cause::Congestion))?;
        let (stream, sounds) = self.hub.audio.open().map_err(|_| local(Cause::Local))?;

        if let (Transport::Tcp, Some(own)) = (line.trunk.transport, self.hub.tcp) {
            let connected = self.hub.stack(Side::Trunks).connect(own, address).await;
            connected.map_err(|_| local(Cause::Unreachable))?;
        }

        let mut outcome = self.invite(&call, stream.local(), Vec::new()).await?;
        if let Some(proof) = self.proof(&outcome, line) {
            self.hub.stack(Side::Trunks).dialogs.remove_dialog(&outcome.dialog.id());
            outcome = self.invite(&call, stream.local(), vec![proof]).await?;
        }
        let Outcome { dialog, states, response, cancelled, heard } = outcome;
        let Some(response) = response else {
            return Err(local(cancelled.unwrap_or(Cause::Unreachable)));
        };
        let status = response.status_code.code();
        if response.status_code.kind() != StatusCodeKind::Successful {
            let q850 = value(&response.headers, "Reason").and_then(q850_of);
            return Err(match cancelled {
                Some(cause) => Failure { cause, ..Failure::told(status, q850) },
                // The stack makes a 408 itself when nothing came.
                None if status == 408 && !heard => local(Cause::Unreachable),
                None => Failure::told(status, q850),
            });
        }
        if let Some(cause) = cancelled.filter(|_| dialog.state().is_terminated()) {
            // The answer crossed our CANCEL and the stack says BYE to it, which needs the call's flow for a moment.
            let t1 = self.hub.config.timing.t1;
            self.hub.tasks.spawn(async move {
                tokio::time::sleep(t1 * 8).await;
                drop(call);
            });
            return Err(Failure { cause, ..Failure::told(status, None) });
        }
        let line = Line::new(call, dialog, states, stream, sounds, None);
        match Description::parse(&response.body) {
            Ok(answer) => Ok(line.reached(&answer)),
            Err(_) => {
                line.say_bye().await;
                Err(Failure { cause: Cause::Congestion, sip_status: Some(status), q850: None })
            }
        }
    }

    /// Sends one INVITE and waits for its final response.
    async fn invite(
        &self,
        call: &Call,
        sound: std::net::SocketAddr,
        extra: Vec<Header>,
    ) -> Result<Outcome, Failure> {
        let local = || Failure::local(Cause::Local);
        let hub = &self.hub;
        let flow = hub.door.flows.get(&call.call_id).ok_or_else(local)?;
        let own = hub.contact(flow.transport).ok_or_else(local)?;
        let own_host = match flow.transport {
            Transport::Udp => hub.udp,
            Transport::Tcp => hub.tcp.unwrap_or(hub.udp),
        };
        let caller =
            headers::uri(&self.target.caller, own_host, Transport::Udp).ok_or_else(local)?;
        let callee =
            headers::uri(&self.target.number, flow.to, flow.transport).ok_or_else(local)?;
        let mut heads =
            vec![header("Allow", ALLOW), header("P-Asserted-Identity", format!("<{caller}>"))];
        heads.extend(extra);
        let option = InviteOption {
            caller,
            callee,
            contact: own,
            destination: Some(stack_address(flow.to, flow.transport)),
            content_type: Some(SDP.to_owned()),
            offer: Some(sdp::offer(sound, 1)),
            headers: Some(heads),
            call_id: Some(call.call_id.clone()),
            ..InviteOption::default()
        };
        let dialogs = &hub.stack(Side::Trunks).dialogs;
        let (tell, mut states) = dialogs.new_dialog_state_channel();
        let (dialog, mut joined) = dialogs.do_invite_async(option, tell).map_err(|_| local())?;
        call.set_dialog(dialog.clone());

        let began = tokio::time::Instant::now();
        let (mut heard, mut rang, mut confirmed) = (false, false, false);
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
                        let rings = matches!(response.status_code, StatusCode::Ringing | StatusCode::SessionProgress);
                        if rings && !rang {
                            rang = true;
                            let _ = self.tell.try_send(DialEvent::Ringing);
                        }
                    }
                }
                () = tokio::time::sleep_until(began + self.target.ring_timeout), if waiting => {
                    cancelled = Some(if heard { Cause::NoAnswer } else { Cause::Unreachable });
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
        Ok(Outcome { dialog, states, response, cancelled, heard })
    }

    /// The answer to a challenge of the trunk's own realm.
    fn proof(&self, outcome: &Outcome, line: &super::trunk::Line) -> Option<Header> {
        let response = outcome.response.as_ref().filter(|_| outcome.cancelled.is_none())?;
        let account = line.trunk.digest.as_ref()?;
        let (asked, given) = match response.status_code {
            StatusCode::Unauthorized => ("WWW-Authenticate", "Authorization"),
            StatusCode::ProxyAuthenticationRequired => {
                ("Proxy-Authenticate", "Proxy-Authorization")
            }
            _ => return None,
        };
        let flow_uri =
            headers::uri(&self.target.number, line.trunk.outbound?, line.trunk.transport)?
                .to_string();
        let cnonce = format!("{:016x}", random());
        let challenges = headers::values(&response.headers, asked);
        let proof =
            |challenge: &&str| digest::answer(challenge, account, "INVITE", &flow_uri, &cnonce);
        challenges.iter().find_map(proof).map(|proof| header(given, proof))
    }
}

async fn until(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
