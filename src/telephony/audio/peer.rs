//! From whom media is taken: the negotiated address, or once the host behind NAT that may fix it.

use std::net::SocketAddr;

use super::{Direction, Peer};
use crate::media::codec::Codec;
use crate::media::silence::Expect;

/// Comfort noise (RFC 3389): a sign of life without sound.
const COMFORT_NOISE: u8 = 13;

/// What a payload type means in this call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payload {
    Sound(Codec),
    Digits,
    Comfort,
}

/// Where the pacer sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) remote: SocketAddr,
    pub(super) codec: Codec,
    pub(super) digits: Option<u8>,
    pub(super) open: bool,
}

#[derive(Debug)]
pub(super) struct Agreed {
    peer: Peer,
    /// The negotiated address, or the one that was latched.
    remote: SocketAddr,
    may_latch: bool,
}

impl Agreed {
    /// Takes a new negotiation; one that names the same address keeps what was latched until a packet says otherwise.
    pub(super) fn new(peer: Peer, before: Option<&Self>) -> Self {
        let kept = before
            .filter(|b| b.peer.remote == peer.remote && b.peer.latch == peer.latch)
            .map(|b| b.remote);
        Self { remote: kept.unwrap_or(peer.remote), may_latch: peer.latch.is_some(), peer }
    }

    pub(super) fn target(&self) -> Target {
        let somewhere = !self.remote.ip().is_unspecified() && self.remote.port() != 0;
        let sends = matches!(self.peer.direction, Direction::SendRecv | Direction::SendOnly);
        Target {
            remote: self.remote,
            codec: self.peer.codec,
            digits: self.peer.digits,
            // RFC 3264 section 8.4: the address 0.0.0.0 is the old way to hold.
            open: somewhere && sends,
        }
    }

    pub(super) fn receives(&self) -> bool {
        matches!(self.peer.direction, Direction::SendRecv | Direction::RecvOnly)
    }

    pub(super) fn is_held(&self) -> bool {
        matches!(self.peer.direction, Direction::RecvOnly | Direction::Inactive)
    }

    pub(super) fn expect(&self) -> Expect {
        match self.peer.direction {
            Direction::SendRecv => Expect::Talk,
            Direction::RecvOnly | Direction::Inactive => Expect::Held,
            Direction::SendOnly => Expect::Nothing,
        }
    }

    pub(super) fn payload(&self, payload_type: u8) -> Option<Payload> {
        if Some(payload_type) == self.peer.digits {
            return Some(Payload::Digits);
        }
        if payload_type == COMFORT_NOISE {
            return Some(Payload::Comfort);
        }
        // Either law is taken: both are offered by everyone, and some peers change without saying so.
        Codec::of_payload_type(payload_type).map(Payload::Sound)
    }

    pub(super) fn admits(&self, from: SocketAddr) -> bool {
        from == self.remote || self.may_latch && Some(from.ip()) == self.peer.latch
    }

    /// RTCP may come from another port than its RTP, which NAT makes unforeseeable; it only ever means life.
    pub(super) fn admits_rtcp(&self, from: SocketAddr) -> bool {
        from.ip() == self.remote.ip() || self.may_latch && Some(from.ip()) == self.peer.latch
    }

    /// Fixes the address by the first good packet; true when what we send must follow it.
    pub(super) fn settle(&mut self, from: SocketAddr) -> bool {
        self.may_latch = false;
        let moved = self.remote != from;
        self.remote = from;
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn peer(remote: &str, latch: Option<&str>) -> Peer {
        Peer {
            remote: address(remote),
            codec: Codec::Pcma,
            digits: Some(101),
            direction: Direction::SendRecv,
            latch: latch.map(|host| host.parse().unwrap()),
        }
    }

    #[test]
    fn only_the_negotiated_address_and_port_is_admitted() {
        let agreed = Agreed::new(peer("10.0.0.1:4000", None), None);

        assert!(agreed.admits(address("10.0.0.1:4000")));
        assert!(!agreed.admits(address("10.0.0.1:4002")));
        assert!(!agreed.admits(address("10.0.0.2:4000")));
        assert!(agreed.admits_rtcp(address("10.0.0.1:4001")));
        assert!(!agreed.admits_rtcp(address("10.0.0.2:4001")));
    }

    #[test]
    fn the_latch_host_fixes_the_address_once() {
        let mut agreed = Agreed::new(peer("192.168.1.5:4000", Some("203.0.113.9")), None);

        assert!(agreed.admits(address("203.0.113.9:55555")));
        assert!(!agreed.admits(address("203.0.113.10:55555")));
        assert!(agreed.settle(address("203.0.113.9:55555")));
        assert_eq!(agreed.target().remote, address("203.0.113.9:55555"));
        assert!(!agreed.admits(address("203.0.113.9:55556")));
        assert!(!agreed.admits(address("192.168.1.5:4000")));
    }

    #[test]
    fn a_packet_from_the_negotiated_address_ends_latching_too() {
        let mut agreed = Agreed::new(peer("10.0.0.1:4000", Some("203.0.113.9")), None);

        assert!(!agreed.settle(address("10.0.0.1:4000")));
        assert!(!agreed.admits(address("203.0.113.9:4000")));
    }

    #[test]
    fn a_new_negotiation_of_the_same_address_keeps_it_and_may_latch_again() {
        let mut before = Agreed::new(peer("192.168.1.5:4000", Some("203.0.113.9")), None);
        before.settle(address("203.0.113.9:55555"));

        let same = Agreed::new(peer("192.168.1.5:4000", Some("203.0.113.9")), Some(&before));
        assert_eq!(same.target().remote, address("203.0.113.9:55555"));
        assert!(same.admits(address("203.0.113.9:7777")));

        let moved = Agreed::new(peer("192.168.1.6:4000", Some("203.0.113.9")), Some(&before));
        assert_eq!(moved.target().remote, address("192.168.1.6:4000"));
    }

    #[test]
    fn nothing_is_sent_to_a_holding_peer_or_to_nowhere() {
        let open = |remote, direction| {
            Agreed::new(Peer { direction, ..peer(remote, None) }, None).target().open
        };

        assert!(open("10.0.0.1:4000", Direction::SendRecv));
        assert!(open("10.0.0.1:4000", Direction::SendOnly));
        assert!(!open("10.0.0.1:4000", Direction::RecvOnly));
        assert!(!open("10.0.0.1:4000", Direction::Inactive));
        assert!(!open("0.0.0.0:4000", Direction::SendRecv));
        assert!(!open("10.0.0.1:0", Direction::SendRecv));
    }

    #[test]
    fn payload_types_are_the_two_laws_comfort_noise_and_the_negotiated_digits() {
        let agreed = Agreed::new(peer("10.0.0.1:4000", None), None);

        assert_eq!(agreed.payload(0), Some(Payload::Sound(Codec::Pcmu)));
        assert_eq!(agreed.payload(8), Some(Payload::Sound(Codec::Pcma)));
        assert_eq!(agreed.payload(13), Some(Payload::Comfort));
        assert_eq!(agreed.payload(101), Some(Payload::Digits));
        assert_eq!(agreed.payload(96), None);
    }
}
