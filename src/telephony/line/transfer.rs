//! A phone asks to send its caller on (REFER): what it asks is told, the application answers, and the phone is told how it goes.

use std::future::pending;
use std::time::{Duration, Instant};

use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog::TransactionHandle;
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Header, Method, Request, StatusCode};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::Line;
use crate::telephony::stack::headers::{header, user_of, value, values};
use crate::telephony::{LegEvent, TransferWish};

/// How long the application may take to accept or refuse.
const ANSWER_WAIT: Duration = Duration::from_secs(10);
/// How long a phone may take to take note of the progress.
const NOTIFY_WAIT: Duration = Duration::from_secs(10);
/// News of progress that may wait for the phone.
const NOTES_MAX: usize = 8;
const REFER_TO_MAX: usize = 1_024;

/// What becomes of a transfer that a phone has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// 603; nothing follows.
    Refused,
    /// 202; the phone is told each of the following.
    Accepted,
    Ringing,
    /// The other side has it.
    Done,
    /// The other side did not take it, for this SIP status.
    Failed(u16),
}

/// The transfer of one leg; a phone asks for one at a time.
#[derive(Default)]
pub(super) struct Transfers {
    asked: Option<(TransactionHandle, Instant)>,
    accepted: bool,
    /// The phone wants to be told (RFC 4488).
    notified: bool,
    /// REFERs of this call so far, and the CSeq of the last (RFC 3515 §2.4.6).
    count: u32,
    cseq: u32,
    notes: Vec<Note>,
    pub telling: Option<JoinHandle<()>>,
}

struct Note {
    fragment: String,
    is_last: bool,
}

impl Transfers {
    pub(super) fn abort(&mut self) {
        if let Some(telling) = self.telling.take() {
            telling.abort();
        }
    }

    /// When the application has to have answered, before the phone gives up.
    pub(super) fn answer_by(&self, t1x64: Duration) -> Option<Instant> {
        self.asked.as_ref().map(|(_, since)| *since + ANSWER_WAIT.min(t1x64 / 2))
    }
}

/// The NOTIFY under way is over, whatever came of it.
pub(super) async fn told(telling: &mut Option<JoinHandle<()>>) {
    match telling {
        Some(telling) => drop(telling.await),
        None => pending().await,
    }
}

impl Line {
    pub(super) async fn on_refer(
        &mut self,
        request: &Request,
        handle: TransactionHandle,
        tell: &mpsc::Sender<LegEvent>,
    ) {
        if self.transfers.asked.is_some() || self.transfers.accepted {
            let _ = handle.reply(StatusCode::RequestPending).await;
            return;
        }
        let wish = match values(&request.headers, "Refer-To").as_slice() {
            [one] => wish_of(one),
            _ => None,
        };
        let Some(Wish { to, replaces }) = wish else {
            let _ = handle.reply(StatusCode::BadRequest).await;
            return;
        };
        let replaced = replaces.as_ref().map(|replaces| replaces.call_id.clone());
        let known = replaces.is_none_or(|replaces| self.has_call(&replaces));
        let event = LegEvent::TransferAsked(TransferWish { to, replaces: replaced });
        if !known || tell.try_send(event).is_err() {
            let _ = handle.reply(StatusCode::Decline).await;
            return;
        }
        let transfers = &mut self.transfers;
        transfers.asked = Some((handle, Instant::now()));
        transfers.notified = value(&request.headers, "Refer-Sub")
            .is_none_or(|wanted| !wanted.trim().eq_ignore_ascii_case("false"));
        transfers.count = transfers.count.saturating_add(1);
        transfers.cseq = request.cseq_header().and_then(|cseq| cseq.seq()).unwrap_or_default();
    }

    /// Whether the same phone has this other call with us, told by both its tags so that none can be guessed (RFC 3891 §3).
    fn has_call(&self, replaces: &Replaces) -> bool {
        let (hub, call_id) = (&self.call.hub, &replaces.call_id);
        let id = DialogId {
            call_id: call_id.clone(),
            local_tag: replaces.to_tag.clone(),
            remote_tag: replaces.from_tag.clone(),
        };
        let of_phone = |call_id: &str| hub.door.flows.get(call_id).map(|flow| flow.from);
        *call_id != self.call.call_id
            && of_phone(call_id).is_some()
            && of_phone(call_id) == of_phone(&self.call.call_id)
            && hub.stack(self.call.side).dialogs.get_dialog(&id).is_some()
    }

    pub(super) async fn on_transfer(&mut self, transfer: Transfer) {
        let notified = self.transfers.notified;
        match (self.transfers.asked.take(), transfer) {
            (Some((handle, _)), Transfer::Refused) => {
                let _ = handle.reply(StatusCode::Decline).await;
            }
            // Whatever is told first, it was accepted before.
            (Some((handle, _)), _) => {
                let silent = (!notified).then(|| vec![header("Refer-Sub", "false")]);
                let _ = handle.respond(StatusCode::Accepted, silent, None).await;
                self.transfers.accepted = true;
                self.note("100 Trying", false);
                if transfer != Transfer::Accepted {
                    self.note_progress(transfer);
                }
            }
            (None, transfer) if self.transfers.accepted => self.note_progress(transfer),
            (None, _) => {}
        }
    }

    fn note_progress(&mut self, transfer: Transfer) {
        match transfer {
            Transfer::Accepted => {}
            Transfer::Ringing => self.note("180 Ringing", false),
            Transfer::Done => self.note("200 OK", true),
            Transfer::Refused => self.note("603 Decline", true),
            Transfer::Failed(status) => {
                let status = if (300..700).contains(&status) { status } else { 500 };
                self.note(&format!("{status} Failed"), true);
            }
        }
    }

    fn note(&mut self, status: &str, is_last: bool) {
        let transfers = &mut self.transfers;
        if is_last {
            transfers.accepted = false;
        }
        if transfers.notified && (is_last || transfers.notes.len() < NOTES_MAX) {
            transfers.notes.push(Note { fragment: format!("SIP/2.0 {status}\r\n"), is_last });
        }
        self.tell_phone();
    }

    /// One NOTIFY after the other, so that they come in order.
    pub(super) fn tell_phone(&mut self) {
        let transfers = &mut self.transfers;
        if transfers.telling.is_some() || transfers.notes.is_empty() {
            return;
        }
        let Note { fragment, is_last } = transfers.notes.remove(0);
        let headers = notify_headers(transfers.count, transfers.cseq, is_last);
        let dialog = self.dialog.clone();
        transfers.telling = Some(tokio::spawn(async move {
            let told = dialog.request(Method::Notify, Some(headers), Some(fragment.into_bytes()));
            // A phone that hangs up as soon as it has handed over is told nothing more.
            let _ = tokio::time::timeout(NOTIFY_WAIT, told).await;
        }));
    }

    /// Asks the far side for a transfer, as a phone does; how it goes is seen by what becomes of the calls.
    pub(super) fn refer(&self, to: &str, replaces: Option<&str>) {
        let replaces =
            replaces.map_or(String::new(), |call| format!("?Replaces={}", escaped(call)));
        let refer_to = format!("<sip:{to}@{}{replaces}>", self.call.hub.config.realm);
        let (dialog, headers) = (self.dialog.clone(), vec![header("Refer-To", refer_to)]);
        self.call.hub.tasks.spawn(async move {
            let asked = dialog.request(Method::Refer, Some(headers), None);
            let _ = tokio::time::timeout(NOTIFY_WAIT, asked).await;
        });
    }

    pub(super) fn phone_was_told(&mut self) {
        self.transfers.telling = None;
        self.tell_phone();
    }
}

fn notify_headers(count: u32, cseq: u32, is_last: bool) -> Vec<Header> {
    let event = if count > 1 { format!("refer;id={cseq}") } else { "refer".to_owned() };
    let state = if is_last { "terminated;reason=noresource" } else { "active;expires=60" };
    vec![
        header("Event", event),
        header("Subscription-State", state),
        header("Content-Type", "message/sipfrag;version=2.0"),
    ]
}

#[derive(Debug, PartialEq, Eq)]
struct Wish {
    to: String,
    replaces: Option<Replaces>,
}

/// The call that an attended transfer takes the place of, as the phone names it to us.
#[derive(Debug, PartialEq, Eq)]
struct Replaces {
    call_id: String,
    /// Ours.
    to_tag: String,
    /// The phone's.
    from_tag: String,
}

/// Reads a Refer-To; `None` when it names nobody.
fn wish_of(refer_to: &str) -> Option<Wish> {
    if refer_to.len() > REFER_TO_MAX {
        return None;
    }
    let uri = match refer_to.rsplit_once('<') {
        Some((_, rest)) => rest.split_once('>')?.0,
        None => refer_to.trim(),
    };
    let (address, headers) = uri.split_once('?').unwrap_or((uri, ""));
    let to = user_of(&format!("<{address}>"))?;
    let named = headers.split('&').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.eq_ignore_ascii_case("Replaces").then_some(value)
    });
    let replaces = match named {
        Some(value) => Some(replaces_of(&unescaped(value)?)?),
        None => None,
    };
    Some(Wish { to, replaces })
}

fn replaces_of(value: &str) -> Option<Replaces> {
    let mut parts = value.split(';').map(str::trim);
    let call_id = parts.next().filter(|call_id| !call_id.is_empty())?.to_owned();
    let (mut to_tag, mut from_tag) = (None, None);
    for part in parts {
        match part.split_once('=') {
            Some(("to-tag", tag)) => to_tag = Some(tag.to_owned()),
            Some(("from-tag", tag)) => from_tag = Some(tag.to_owned()),
            _ => {}
        }
    }
    Some(Replaces { call_id, to_tag: to_tag?, from_tag: from_tag? })
}

/// RFC 3261 §25.1: whatever is not unreserved.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let one = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

/// RFC 3261 §25.1, `escaped`; `None` for what is no text.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = (*first == b'%').then(|| tail.get(..2)).flatten();
        let byte = escaped.and_then(|digits| std::str::from_utf8(digits).ok());
        match byte.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(to: &str, replaces: Option<(&str, &str, &str)>) -> Option<Wish> {
        let replaces = replaces.map(|(call_id, to_tag, from_tag)| Replaces {
            call_id: call_id.to_owned(),
            to_tag: to_tag.to_owned(),
            from_tag: from_tag.to_owned(),
        });
        Some(Wish { to: to.to_owned(), replaces })
    }

    #[test]
    fn a_blind_transfer_names_a_number() {
        for refer_to in ["<sip:9000000001@house>", "sip:9000000001@house", "\"A\" <tel:9000000001>"]
        {
            assert_eq!(wish_of(refer_to), wish("9000000001", None), "{refer_to}");
        }
    }

    #[test]
    fn an_attended_transfer_names_the_other_call() {
        let refer_to = "<sip:ravi@house?Replaces=c1%40h%3Bto-tag%3Dours%3bfrom-tag%3Dtheirs>";

        assert_eq!(wish_of(refer_to), wish("ravi", Some(("c1@h", "ours", "theirs"))));
    }

    #[test]
    fn what_names_nobody_or_half_a_call_is_refused() {
        for refer_to in [
            "",
            "<sip:house>",
            "<http://x>",
            "<sip:a@h",
            "<sip:a@h?Replaces=c1>",
            "<sip:a@h?Replaces=%0d%0aVia%3Dx%3Bto-tag%3D1%3Bfrom-tag%3D2>",
        ] {
            assert_eq!(wish_of(refer_to), None, "{refer_to}");
        }
        assert_eq!(wish_of(&format!("<sip:{}@h>", "9".repeat(1_100))), None);
    }

    #[test]
    fn what_is_escaped_is_read_again() {
        let text = "c1@house;to-tag=a b;from-tag=%41~";

        assert_eq!(escaped("a@b;c=d"), "a%40b%3Bc%3Dd");
        assert_eq!(unescaped(&escaped(text)).as_deref(), Some(text));
    }

    #[test]
    fn rubbish_behind_a_percent_sign_stays_as_it_is() {
        assert_eq!(unescaped("a%4").as_deref(), Some("a%4"));
        assert_eq!(unescaped("%zz%").as_deref(), Some("%zz%"));
        assert_eq!(unescaped("%ff"), None);
    }
}
