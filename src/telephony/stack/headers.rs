//! Reading and writing the headers of the stack's messages.

use std::net::SocketAddr;

use rsipstack::sip::headers::make_header;
use rsipstack::sip::{Header, Headers, Uri};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::SipAddr;

use crate::telephony::Transport;
use crate::telephony::door::flows::Side;

/// What we answer to, in Allow: a phone may ask to send its caller on.
pub(crate) fn allow(side: Side) -> &'static str {
    match side {
        Side::Trunks => "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE",
        Side::Phones => "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER",
    }
}

pub(crate) const SDP: &str = "application/sdp";

pub(crate) fn header(name: &str, value: impl Into<String>) -> Header {
    make_header(name, value.into())
}

pub(crate) fn value<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    values(headers, name).into_iter().next()
}

pub(crate) fn values<'a>(headers: &'a Headers, name: &str) -> Vec<&'a str> {
    let named = headers.iter().filter(|header| header.name().eq_ignore_ascii_case(name));
    named.map(Header::value).collect()
}

/// Whether a list header (Supported, Require, Allow) names this token.
pub(crate) fn lists(headers: &Headers, name: &str, token: &str) -> bool {
    let tokens = values(headers, name).into_iter().flat_map(|value| value.split(','));
    tokens.into_iter().any(|listed| listed.trim().eq_ignore_ascii_case(token))
}

/// The user part of a header that holds an address; of a `tel:` URI its number.
pub(crate) fn user_of(address: &str) -> Option<String> {
    let uri = match address.rsplit_once('<') {
        Some((_, rest)) => rest.split('>').next()?,
        None => address.split(';').next()?,
    };
    let (scheme, rest) = uri.trim().split_once(':')?;
    let user = match scheme.to_ascii_lowercase().as_str() {
        "sip" | "sips" => rest.split_once('@')?.0,
        "tel" => rest,
        _ => return None,
    };
    let user = user.split([';', ':']).next().unwrap_or_default();
    let sound = !user.is_empty() && user.len() <= 64 && !user.contains(char::is_control);
    sound.then(|| user.to_owned())
}

/// Where the packet came from: the stack's connection, not what the message says.
pub(crate) fn source_of(tx: &Transaction) -> Option<(SocketAddr, Transport)> {
    let connection = tx.connection.as_ref()?;
    let address = connection.get_remote_addr()?.get_socketaddr().ok()?;
    let transport = match connection.transport() {
        rsipstack::sip::Transport::Tcp => Transport::Tcp,
        rsipstack::sip::Transport::Tls => Transport::Tls,
        _ => Transport::Udp,
    };
    Some((address, transport))
}

pub(crate) fn stack_address(address: SocketAddr, transport: Transport) -> SipAddr {
    let mut at: SipAddr = address.into();
    at.r#type = Some(match transport {
        Transport::Udp => rsipstack::sip::Transport::Udp,
        Transport::Tcp => rsipstack::sip::Transport::Tcp,
        Transport::Tls => rsipstack::sip::Transport::Tls,
    });
    at
}

/// `sip:user@address`, with its transport when that is not UDP.
pub(crate) fn uri(user: &str, address: SocketAddr, transport: Transport) -> Option<Uri> {
    let transport = match transport {
        Transport::Udp => "",
        Transport::Tcp => ";transport=tcp",
        Transport::Tls => ";transport=tls",
    };
    Uri::try_from(format!("sip:{user}@{address}{transport}").as_str()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_is_read_from_every_way_to_write_an_address() {
        for address in [
            "<sip:9000000001@127.0.0.2>",
            "\"A <b> \\\"c\" <sip:9000000001@127.0.0.2;user=phone>;tag=1",
            "sip:9000000001@127.0.0.2;tag=1",
            "<sip:9000000001:secret@127.0.0.2>",
            "<sip:9000000001;cpc=x@127.0.0.2>",
            "<tel:9000000001;phone-context=+91>",
            "<SIPS:9000000001@h>",
        ] {
            assert_eq!(user_of(address), Some("9000000001".to_owned()), "{address}");
        }
        assert_eq!(user_of("<tel:+919000000001>"), Some("+919000000001".to_owned()));
    }

    #[test]
    fn an_address_without_a_user_has_none() {
        for address in ["<sip:127.0.0.2>", "", "<mailto:a@b>", "<sip:@h>", "anonymous"] {
            assert_eq!(user_of(address), None, "{address}");
        }
    }

    #[test]
    fn lists_are_read_across_header_lines() {
        let headers: Headers =
            vec![header("Supported", "100rel, Timer"), header("Supported", "path")].into();

        assert!(lists(&headers, "supported", "timer"));
        assert!(lists(&headers, "Supported", "path"));
        assert!(!lists(&headers, "Supported", "rel"));
    }
}
