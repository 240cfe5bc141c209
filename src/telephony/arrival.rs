//! A call that has come in and waits for our word. Dropped unanswered, it is refused.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Headers, StatusCode};
use rsipstack::transaction::transaction::Transaction;

use super::call::{Call, Full, Tag};
use super::door::flows::{Flow, Side, Source};
use super::hub::{Hub, challenge_headers, random};
use super::line::session::{MIN_S, Session};
use super::line::{Line, Sounding};
use super::registrar::{Login, is_single};
use super::sdp::{self, Description, Fault};
use super::stack::headers::{self, SDP, header, source_of};
use super::{Cause, Error, Leg};

/// An incoming call.
pub struct Arrival {
    /// The peer's word, never for the log: `tag` is.
    pub call_id: String,
    /// The user part of the address that was called.
    pub dialled: String,
    pub caller: Caller,
    pending: Pending,
}

/// Who calls, as the network says.
#[derive(Clone, PartialEq, Eq)]
pub struct Caller {
    /// The number as sent, unparsed; of a trunk from P-Asserted-Identity or else From. `None` when withheld, and for phones.
    pub number: Option<String>,
    pub origin: Origin,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Origin {
    /// Came through a trunk; its number proves nothing unless `trusted_cli`.
    Trunk { name: String, trusted_cli: bool },
    /// Came from a registered phone; whatever number it sends is not believed.
    Phone { user: String },
}

/// How a call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Busy,
    /// The Retry-After sent is that of `Limits`, the same as the door's.
    Unavailable {
        retry_after_s: u32,
    },
    NotFound,
}

struct Pending {
    call: Call,
    dialog: InviteDialog,
    states: DialogStateReceiver,
    /// `None` when the caller leaves the offer to us.
    offer: Option<Description>,
    session: Option<Session>,
    latch: Option<IpAddr>,
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number.as_deref().map(masked);
        f.debug_struct("Caller").field("number", &number).field("origin", &self.origin).finish()
    }
}

/// Softphones often take a mobile number for their user name.
impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trunk { name, trusted_cli } => f
                .debug_struct("Trunk")
                .field("name", name)
                .field("trusted_cli", trusted_cli)
                .finish(),
            Self::Phone { user } => f.debug_struct("Phone").field("user", &masked(user)).finish(),
        }
    }
}

impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrival")
            .field("dialled", &masked(&self.dialled))
            .field("caller", &self.caller)
            .finish_non_exhaustive()
    }
}

/// The last two characters only.
pub(super) fn masked(number: &str) -> String {
    let count = number.chars().count();
    let shown: String = number.chars().skip(count.saturating_sub(2).max(1)).collect();
    format!("{}{shown}", "x".repeat(count.saturating_sub(shown.chars().count()).min(16)))
}

impl Arrival {
    /// The SIP call in the log.
    pub fn tag(&self) -> String {
        Tag(&self.call_id).to_string()
    }

    /// Tells the caller that it rings (180).
    pub fn ring(&self) {
        // Fails only when the caller has gone, which the next verb tells.
        let _ = self.pending.dialog.ringing(None, None);
    }

    /// Takes the call. Fails with `Error::Gone` when the caller has given up, and with `Error::Audio` when no port is free;
    /// the caller is told either way.
    pub async fn answer(self) -> Result<Leg, Error> {
        let Pending { call, dialog, states, offer, session, latch } = self.pending;
        if !dialog.state().can_cancel() {
            return Err(Error::Gone);
        }
        let hub = Arc::clone(&call.hub);
        let (stream, sounds) = match hub.audio.open() {
            Ok(opened) => opened,
            Err(error) => {
                hub.door.admission.count_refusal();
                let _ = dialog
                    .reject(Some(StatusCode::ServiceUnavailable), Some(Cause::Congestion.reason()));
                return Err(error.into());
            }
        };
        let local = stream.local();
        let body = match &offer {
            Some(offer) => offer.answer(local, 1),
            None => sdp::offer(local, 1),
        };
        let mut extra = vec![
            header("Content-Type", SDP),
            header("Allow", call.allow()),
            header("Supported", "timer"),
        ];
        extra.extend(session.iter().flat_map(|session| session.headers()));
        dialog.accept(Some(extra), Some(body)).map_err(|_| Error::Gone)?;
        let stream = (Sounding::new(stream), local);
        let line = Line::new(call, dialog, states, stream, sounds, latch);
        Ok(line.answered(offer, session))
    }

    pub fn refuse(self, refusal: Refusal) {
        let Pending { dialog, .. } = &self.pending;
        let (status, cause) = match refusal {
            Refusal::Busy => (StatusCode::BusyHere, Cause::Busy),
            Refusal::NotFound => (StatusCode::NotFound, Cause::NotFound),
            Refusal::Unavailable { .. } => (StatusCode::ServiceUnavailable, Cause::Congestion),
        };
        let _ = dialog.reject(Some(status), Some(cause.reason()));
    }

    /// Waits until the caller gives up; for a service that lets it ring.
    pub async fn gone(&mut self) {
        while let Some(state) = self.pending.states.recv().await {
            if matches!(state, DialogState::Terminated(..)) {
                return;
            }
        }
    }
}

/// Where an INVITE comes from, once it is believed.
struct Caught {
    caller: Caller,
    flow: Flow,
    latch: Option<IpAddr>,
    trunk: Option<Arc<super::trunk::Line>>,
}

/// Handles an INVITE that begins a call, until its transaction is over.
pub(super) async fn receive(
    hub: &Arc<Hub>,
    side: Side,
    mut tx: Transaction,
) -> rsipstack::Result<()> {
    let caught = match catch(hub, side, &tx) {
        Ok(caught) => caught,
        Err(Denied { status, headers }) => return tx.reply_with(status, headers, None).await,
    };
    let request = &tx.original;
    let heads = &request.headers;
    if let Some(unknown) = unknown_extension(heads) {
        return tx
            .reply_with(StatusCode::BadExtension, vec![header("Unsupported", unknown)], None)
            .await;
    }
    if !is_single(&headers::values(heads, "Contact")) {
        return tx.reply(StatusCode::BadRequest).await;
    }
    let session = match Session::asked(heads, hub.config.timing.session_s) {
        Ok(session) => session,
        Err(_) => {
            let least = vec![header("Min-SE", MIN_S.to_string())];
            return tx.reply_with(StatusCode::SessionIntervalTooSmall, least, None).await;
        }
    };
    let offer = match offer_of(heads, &request.body) {
        Ok(offer) => offer,
        Err(status) => return tx.reply(status).await,
    };
    let call_id = headers::value(heads, "Call-ID").unwrap_or_default().to_owned();
    let dialled = request.uri.user().unwrap_or_default().chars().take(64).collect::<String>();
    let transport = caught.flow.transport;
    let Some(contact) = hub.contact(transport) else {
        return tx.reply(StatusCode::ServerInternalError).await;
    };
    let channel = caught.trunk.as_ref().map(|line| line.incoming());
    let call = match Call::open(hub, &call_id, caught.flow, channel) {
        Ok(call) => call,
        Err(Full::Taken) => return tx.reply(StatusCode::LoopDetected).await,
        Err(Full::Calls) => return unavailable(hub, tx).await,
    };
    let dialogs = &hub.stack(side).dialogs;
    let (tell, states) = dialogs.new_dialog_state_channel();
    // Fails for tags that are none.
    let Ok(mut dialog) = dialogs.get_or_create_server_invite(&tx, tell, None, Some(contact)) else {
        return tx.reply(StatusCode::BadRequest).await;
    };
    call.set_dialog(dialog.clone());
    let pending =
        Pending { call, dialog: dialog.clone(), states, offer, session, latch: caught.latch };
    let arrival = Arrival { call_id, dialled, caller: caught.caller, pending };
    tracing::info!(sip_call = %Tag(&arrival.call_id), caller = ?arrival.caller, "a call comes in");
    if let Err(refused) = hub.arrivals.try_send(arrival) {
        hub.door.admission.count_refusal();
        let arrival = refused.into_inner();
        arrival.refuse(Refusal::Unavailable { retry_after_s: hub.door.retry_after_s() });
    }
    dialog.handle(&mut tx).await
}

async fn unavailable(hub: &Hub, mut tx: Transaction) -> rsipstack::Result<()> {
    hub.door.admission.count_refusal();
    let wait = vec![header("Retry-After", hub.door.retry_after_s().to_string())];
    tx.reply_with(StatusCode::ServiceUnavailable, wait, None).await
}

struct Denied {
    status: StatusCode,
    headers: Vec<rsipstack::sip::Header>,
}

fn denied(status: StatusCode) -> Denied {
    Denied { status, headers: Vec::new() }
}

fn catch(hub: &Hub, side: Side, tx: &Transaction) -> Result<Caught, Denied> {
    let (source, transport) = source_of(tx).ok_or_else(|| denied(StatusCode::BadRequest))?;
    let heads = &tx.original.headers;
    if let Some(line) = hub.door.lines.calling_from(source.ip()) {
        let origin =
            Origin::Trunk { name: line.trunk.name.clone(), trusted_cli: line.trunk.trusted_cli };
        let from = Source::Hosts(line.hosts());
        return Ok(Caught {
            caller: Caller { number: number_of(heads), origin },
            flow: Flow { side, to: source, transport, from },
            latch: None,
            trunk: Some(Arc::clone(line)),
        });
    }
    let named = headers::value(heads, "From").and_then(headers::user_of).unwrap_or_default();
    let user = hub.door.registrar.user_at(source, transport, &named, hub.uptime());
    let user = user.ok_or_else(|| denied(StatusCode::Forbidden))?;
    let proxied = hub.door.registrar.is_proxy(source);
    if hub.config.challenge_calls || proxied {
        let given = headers::values(heads, "Proxy-Authorization");
        match hub.door.registrar.login(&user, "INVITE", &given, source, hub.uptime(), random()) {
            Login::Right => {}
            Login::LockedOut => return Err(denied(StatusCode::Forbidden)),
            Login::Challenge(challenges) => {
                let headers = challenge_headers("Proxy-Authenticate", challenges, heads);
                return Err(Denied { status: StatusCode::ProxyAuthenticationRequired, headers });
            }
        }
    }
    Ok(Caught {
        caller: Caller { number: None, origin: Origin::Phone { user } },
        flow: Flow { side, to: source, transport, from: Source::Exactly(source) },
        // The proxy's media relay has put itself where the SDP says.
        latch: (!proxied).then(|| source.ip()),
        trunk: None,
    })
}

/// The caller's number as the trunk says it; a caller that asked for privacy is withheld, whatever else is written.
fn number_of(heads: &Headers) -> Option<String> {
    let private = headers::values(heads, "Privacy").into_iter().flat_map(|value| value.split(';'));
    if private.into_iter().any(|word| matches!(word.trim(), "id" | "user" | "full")) {
        return None;
    }
    let asserted = headers::values(heads, "P-Asserted-Identity");
    let mut users = asserted.iter().flat_map(|value| value.split(',')).filter_map(headers::user_of);
    let user = users.next().or_else(|| headers::value(heads, "From").and_then(headers::user_of))?;
    (!user.eq_ignore_ascii_case("anonymous")).then_some(user)
}

fn unknown_extension(heads: &Headers) -> Option<String> {
    let required = headers::values(heads, "Require").into_iter().flat_map(|value| value.split(','));
    let unknown = required
        .map(str::trim)
        .filter(|token| !token.is_empty() && !token.eq_ignore_ascii_case("timer"));
    let unknown: Vec<&str> = unknown.collect();
    (!unknown.is_empty()).then(|| unknown.join(", "))
}

/// The offer of a request; `None` when it has no body and leaves the offer to us.
pub(super) fn offer_of(heads: &Headers, body: &[u8]) -> Result<Option<Description>, StatusCode> {
    if body.is_empty() {
        return Ok(None);
    }
    let kind = headers::value(heads, "Content-Type").unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(SDP) {
        return Err(StatusCode::UnsupportedMediaType);
    }
    match Description::parse(body) {
        Ok(offer) => Ok(Some(offer)),
        Err(Fault::Malformed) => Err(StatusCode::BadRequest),
        Err(Fault::Nothing) => Err(StatusCode::NotAcceptableHere),
    }
}

#[cfg(test)]
mod tests {
    use rsipstack::sip::Header;

    use super::*;

    fn number(heads: &[(&str, &str)]) -> Option<String> {
        let heads: Vec<Header> = heads.iter().map(|(name, value)| header(name, *value)).collect();
        number_of(&heads.into())
    }

    #[test]
    fn the_asserted_identity_goes_before_from() {
        let from = ("From", "<sip:9000000001@127.0.0.2>;tag=1");
        let asserted = ("P-Asserted-Identity", "\"A\" <sip:+919000000002@h>, <tel:+919000000002>");

        assert_eq!(number(&[from, asserted]), Some("+919000000002".to_owned()));
        assert_eq!(number(&[from]), Some("9000000001".to_owned()));
    }

    #[test]
    fn a_withheld_number_is_none() {
        let from = ("From", "<sip:9000000001@127.0.0.2>;tag=1");

        assert_eq!(number(&[from, ("Privacy", "id;critical")]), None);
        assert_eq!(
            number(&[("From", "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1")]),
            None
        );
        assert_eq!(number(&[("From", "<sip:127.0.0.2>;tag=1")]), None);
    }

    #[test]
    fn a_caller_prints_masked() {
        let origin = Origin::Trunk { name: "bsnl".to_owned(), trusted_cli: true };
        let caller = Caller { number: Some("9000000001".to_owned()), origin };

        assert!(!format!("{caller:?}").contains("90000000"));
        let origin = Origin::Phone { user: "9000000001".to_owned() };
        let caller = Caller { number: None, origin };
        assert!(!format!("{caller:?}").contains("90000000"));
        assert_eq!(masked("9000000001"), "xxxxxxxx01");
        assert_eq!([masked("12"), masked("1"), masked("")], ["x2", "x", ""]);
    }
}
