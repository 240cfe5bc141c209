//! A first look at a message's raw bytes, before the stack parses it: refuses what the stack would let pass or drop in silence.

use std::borrow::Cow;

use super::lines::{
    Seen, Version, head_of, header_name, rewritten, start_line, target_is_sound, unfolded,
};

/// A datagram of this length may have been cut off: the stack's buffer is 8,192 bytes.
pub(crate) const DATAGRAM_MAX: usize = 8_191;

/// What a look at a message shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Glance {
    /// Nothing but white space: a phone keeping its path through a NAT open.
    KeepAlive,
    /// A well-formed message; the bytes up to `length` are it, unless `rewritten` stands for them.
    Message { length: usize, rewritten: Option<Vec<u8>>, sight: Sight },
    /// A request that gets this status.
    Refuse { status: Status, sight: Sight },
    /// Nothing that can be answered.
    Drop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    BadRequest,
    Forbidden,
    TooLarge,
    Unavailable,
    Version,
}

impl Status {
    fn line(self) -> &'static str {
        match self {
            Self::BadRequest => "400 Bad Request",
            Self::Forbidden => "403 Forbidden",
            Self::TooLarge => "513 Message Too Large",
            Self::Unavailable => "503 Service Unavailable",
            Self::Version => "505 Version Not Supported",
        }
    }
}

/// The parts of a message that the door decides by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sight {
    /// Empty for a response.
    pub method: String,
    pub call_id: String,
    /// The branch of the top Via.
    pub branch: String,
    /// Whether To has a tag: the request is inside a dialog.
    pub in_dialog: bool,
    /// Header lines that a response repeats, as they came.
    pub echo: Vec<String>,
    pub to: String,
}

impl Sight {
    pub(crate) fn is_request(&self) -> bool {
        !self.method.is_empty()
    }

    /// The whole response to this request; the To tag is a mark of the request, so that a retransmission gets the same bytes.
    pub(crate) fn response(&self, status: Status, retry_after_s: Option<u32>) -> Vec<u8> {
        let mut text = format!("SIP/2.0 {}\r\n", status.line());
        for line in &self.echo {
            text.push_str(line);
            text.push_str("\r\n");
        }
        if !self.to.is_empty() {
            text.push_str(&format!("To: {}", self.to));
            if !self.in_dialog {
                text.push_str(&format!(";tag=d{:016x}", mark(&self.call_id, &self.branch)));
            }
            text.push_str("\r\n");
        }
        if let Some(seconds) = retry_after_s {
            text.push_str(&format!("Retry-After: {seconds}\r\n"));
        }
        text.push_str("Content-Length: 0\r\n\r\n");
        text.into_bytes()
    }
}

// FNV-1a: a tag must differ between calls, and be the same for a retransmission; it is no secret.
fn mark(call_id: &str, branch: &str) -> u64 {
    let bytes = call_id.bytes().chain([0]).chain(branch.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Looks at one datagram, or at one message of a stream.
pub(crate) fn glance(datagram: &[u8]) -> Glance {
    if datagram.iter().all(u8::is_ascii_whitespace) {
        return Glance::KeepAlive;
    }
    let Some((start, head_end, body_start)) = head_of(datagram) else { return Glance::Drop };
    let Some(head) = datagram.get(start..head_end) else { return Glance::Drop };
    // RFC 3261 §7.3.1 allows UTF-8 and no other encoding; the stack drops the rest without a word.
    let text = String::from_utf8_lossy(head);
    let broken = matches!(text, Cow::Owned(_)) || text.contains('\0');
    let mut lines = unfolded(&text);
    if lines.is_empty() {
        return Glance::Drop;
    }
    let first = lines.remove(0);
    let Some((method, version)) = start_line(&first) else { return Glance::Drop };
    let seen = Seen::read(&lines);
    let sight = seen.sight(method);
    let refuse = |status| refusal(status, sight.clone());

    if !sight.is_request() {
        let sound = !broken && seen.fault("").is_none() && datagram.len() <= DATAGRAM_MAX;
        return match seen.length(datagram.len() - body_start) {
            Some(body) if sound => {
                Glance::Message { length: body_start + body, rewritten: None, sight }
            }
            _ => Glance::Drop,
        };
    }
    if version != Version::Two {
        return if version == Version::Other {
            refuse(Status::Version)
        } else {
            refuse(Status::BadRequest)
        };
    }
    if datagram.len() > DATAGRAM_MAX {
        return refuse(Status::TooLarge);
    }
    if broken || seen.fault(method).is_some() || !target_is_sound(&first) {
        return refuse(Status::BadRequest);
    }
    let Some(body) = seen.length(datagram.len() - body_start) else {
        return refuse(Status::BadRequest);
    };
    let length = body_start + body;
    let body = datagram.get(body_start..length).unwrap_or_default();
    Glance::Message { length, rewritten: rewritten(&first, &lines, body), sight }
}

/// An ACK is never answered, and nothing can be answered without a Via to send it by.
fn refusal(status: Status, sight: Sight) -> Glance {
    let answerable =
        sight.method != "ACK" && sight.echo.iter().any(|line| header_name(line) == "via");
    if answerable { Glance::Refuse { status, sight } } else { Glance::Drop }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OPTIONS: &str = "OPTIONS sip:181@127.0.0.1 SIP/2.0\r\n\
        Via: SIP/2.0/UDP 127.0.0.9:5062;branch=z9hG4bKa\r\n\
        From: <sip:a@127.0.0.9>;tag=1\r\n\
        To: <sip:181@127.0.0.1>\r\n\
        Call-ID: c1\r\n\
        CSeq: 7 OPTIONS\r\n\
        Content-Length: 0\r\n\r\n";

    fn status_of(text: &str) -> Option<Status> {
        match glance(text.as_bytes()) {
            Glance::Refuse { status, .. } => Some(status),
            _ => None,
        }
    }

    #[test]
    fn a_sound_request_shows_its_call_and_dialog() {
        let Glance::Message { length, rewritten, sight } = glance(OPTIONS.as_bytes()) else {
            panic!("refused")
        };

        assert_eq!((length, rewritten), (OPTIONS.len(), None));
        assert_eq!((sight.method.as_str(), sight.call_id.as_str()), ("OPTIONS", "c1"));
        assert_eq!((sight.branch.as_str(), sight.in_dialog), ("z9hG4bKa", false));
    }

    #[test]
    fn a_tag_inside_the_address_brackets_is_not_the_dialogs() {
        let text = OPTIONS.replace("To: <sip:181@127.0.0.1>", "To: <sip:181@127.0.0.1;tag=x>");
        let Glance::Message { sight, .. } = glance(text.as_bytes()) else { panic!("refused") };

        assert!(!sight.in_dialog);
    }

    #[test]
    fn what_the_stack_lets_pass_is_refused_with_its_status() {
        let cases = [
            ("CSeq: 7 OPTIONS", "CSeq: 7 INVITE", Status::BadRequest),
            ("CSeq: 7 OPTIONS", "CSeq: 7 OPTIONS\r\nCSeq: 8 OPTIONS", Status::BadRequest),
            ("CSeq: 7 OPTIONS", "CSeq: 4294967296 OPTIONS", Status::BadRequest),
            ("CSeq: 7 OPTIONS", "CSeq: 2147483648 OPTIONS", Status::BadRequest),
            ("CSeq: 7 OPTIONS", "CSeq: OPTIONS", Status::BadRequest),
            ("CSeq: 7 OPTIONS", "X: y", Status::BadRequest),
            ("Call-ID: c1", "Call-ID: c1\r\nCall-ID: c2", Status::BadRequest),
            ("Call-ID: c1", "Call-ID:", Status::BadRequest),
            ("To: <sip:181@127.0.0.1>", "X: y", Status::BadRequest),
            ("To: <sip:181", "t: <sip:a@b>\r\nTo: <sip:181", Status::BadRequest),
            (";tag=1", "", Status::BadRequest),
            ("127.0.0.9:5062", "127.0.0.9:70000", Status::BadRequest),
            ("Content-Length: 0", "Content-Length: 5", Status::BadRequest),
            ("Content-Length: 0", "Content-Length: -1", Status::BadRequest),
            ("Content-Length: 0", "l: 0\r\nContent-Length: 0", Status::BadRequest),
            ("sip:181@127.0.0.1 SIP", "<sip:181@127.0.0.1> SIP", Status::BadRequest),
            ("sip:181@127.0.0.1 SIP", "sip:181 @127.0.0.1 SIP", Status::BadRequest),
            ("127.0.0.1 SIP/2.0", "127.0.0.1", Status::BadRequest),
            ("SIP/2.0\r\nVia", "SIP/7.0\r\nVia", Status::Version),
            ("Content-Length: 0", "Max-Forwards: 256", Status::BadRequest),
            ("Content-Length: 0", "no colon here", Status::BadRequest),
            ("Content-Length: 0", "Subject: \0", Status::BadRequest),
        ];
        for (from, to, status) in cases {
            let text = OPTIONS.replacen(from, to, 1);

            assert_ne!(text, OPTIONS, "{from}");
            assert_eq!(status_of(&text), Some(status), "{to}");
        }
    }

    #[test]
    fn an_ack_and_a_request_without_via_are_never_answered() {
        let ack = OPTIONS.replace("OPTIONS", "ACK").replace("7 ACK", "7 BYE");
        let headless = OPTIONS.replace("Via:", "X:");

        assert_eq!(glance(ack.as_bytes()), Glance::Drop);
        assert_eq!(glance(headless.as_bytes()), Glance::Drop);
    }

    #[test]
    fn bytes_past_the_content_length_are_cut_off() {
        let text = format!("{OPTIONS}trailing");
        let Glance::Message { length, .. } = glance(text.as_bytes()) else { panic!("refused") };

        assert_eq!(length, OPTIONS.len());
    }

    #[test]
    fn white_space_around_equals_signs_is_taken_out_for_the_stack() {
        let text = OPTIONS.replace(";tag=1", " ;\r\n tag\t = 1");
        let Glance::Message { rewritten: Some(bytes), sight, .. } = glance(text.as_bytes()) else {
            panic!("not rewritten")
        };

        assert_eq!(String::from_utf8(bytes).unwrap(), OPTIONS);
        assert_eq!(sight.call_id, "c1");
    }

    #[test]
    fn a_refusal_repeats_the_request_and_is_the_same_for_its_retransmission() {
        let text = OPTIONS.replace("7 OPTIONS", "7 INVITE");
        let Glance::Refuse { status, sight } = glance(text.as_bytes()) else { panic!("passed") };

        let response = String::from_utf8(sight.response(status, Some(5))).unwrap();

        assert_eq!(
            response,
            "SIP/2.0 400 Bad Request\r\n\
             Via: SIP/2.0/UDP 127.0.0.9:5062;branch=z9hG4bKa\r\n\
             From: <sip:a@127.0.0.9>;tag=1\r\n\
             Call-ID: c1\r\n\
             CSeq: 7 INVITE\r\n\
             To: <sip:181@127.0.0.1>;tag=d7953d58d59fec8c5\r\n\
             Retry-After: 5\r\n\
             Content-Length: 0\r\n\r\n"
        );
    }

    #[test]
    fn a_datagram_that_may_be_cut_off_is_too_large() {
        let text = OPTIONS.replace("Content-Length: 0", &format!("X: {}", "x".repeat(9_000)));

        assert_eq!(status_of(&text), Some(Status::TooLarge));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_look_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            glance(&bytes);
        }

        #[test]
        fn no_change_of_a_sound_message_makes_the_look_panic(
            at in 0usize..240, with in proptest::collection::vec(any::<u8>(), 0..12), cut in 0usize..8,
        ) {
            let mut bytes = OPTIONS.as_bytes().to_vec();
            let at = at.min(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, with);
            if let Glance::Message { length, .. } = glance(&bytes) {
                prop_assert!(length <= bytes.len());
            }
        }
    }
}
