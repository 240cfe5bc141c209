//! The trunks of the configuration, each with what it carries now.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::door::bucket::Bucket;
use super::{Cause, Trunk};

#[derive(Debug)]
pub(super) struct Line {
    pub trunk: Trunk,
    open: AtomicU32,
    starts: Mutex<Bucket>,
}

/// One channel of a trunk; free again when dropped.
#[derive(Debug)]
pub(super) struct Channel(Arc<Line>);

impl Drop for Channel {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

#[derive(Debug)]
pub(super) struct Lines(Vec<Arc<Line>>);

impl Lines {
    pub(super) fn new(trunks: &[Trunk], now: Instant) -> Self {
        let line = |trunk: &Trunk| {
            let starts = Bucket::new(trunk.calls_per_second, trunk.calls_per_second, now);
            Arc::new(Line {
                trunk: trunk.clone(),
                open: AtomicU32::new(0),
                starts: Mutex::new(starts),
            })
        };
        Self(trunks.iter().map(line).collect())
    }

    pub(super) fn named(&self, name: &str) -> Option<&Arc<Line>> {
        self.0.iter().find(|line| line.trunk.name == name)
    }

    /// The trunk whose calls come from this address.
    pub(super) fn calling_from(&self, host: IpAddr) -> Option<&Arc<Line>> {
        self.0.iter().find(|line| line.trunk.peers.contains(&host))
    }

    /// Whether a trunk is at this address, whichever way its calls go.
    pub(super) fn knows(&self, address: SocketAddr) -> bool {
        let is_there = |line: &Arc<Line>| {
            line.trunk.peers.contains(&address.ip()) || line.trunk.outbound == Some(address)
        };
        self.0.iter().any(is_there)
    }
}

impl Line {
    /// Hosts from which its side of a call may speak.
    pub(super) fn hosts(&self) -> Vec<IpAddr> {
        let mut hosts = self.trunk.peers.clone();
        hosts.extend(self.trunk.outbound.map(|address| address.ip()));
        hosts
    }

    /// A channel for a call that came in; the exchange keeps its own limit.
    pub(super) fn incoming(self: &Arc<Self>) -> Channel {
        self.open.fetch_add(1, Ordering::SeqCst);
        Channel(Arc::clone(self))
    }

    /// A channel for a call that we make, within the trunk's channels and calls a second.
    pub(super) fn outgoing(self: &Arc<Self>, now: Instant) -> Result<Channel, Cause> {
        let more = |open: u32| (open < self.trunk.channels).then_some(open + 1);
        if self.open.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).is_err() {
            return Err(Cause::Congestion);
        }
        let channel = Channel(Arc::clone(self));
        let in_time = self.starts.lock().unwrap_or_else(PoisonError::into_inner).take(now);
        if in_time { Ok(channel) } else { Err(Cause::Congestion) }
    }
}

/// Whether a number may be dialled: ten digits of an Indian mobile (6-9) or of a landline with its area code (2-9). Nothing
/// that could steer the call elsewhere (`+`, `@`, `;`) passes.
pub(super) fn may_be_dialled(number: &str) -> bool {
    number.len() == 10
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && number.as_bytes() >= b"2".as_slice()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Transport;
    use super::*;

    fn lines(channels: u32, calls_per_second: u32, now: Instant) -> Lines {
        let trunk = Trunk {
            name: "bsnl".to_owned(),
            peers: vec!["127.0.0.2".parse().unwrap()],
            digest: None,
            transport: Transport::Udp,
            trusted_cli: true,
            caller_id: "181".to_owned(),
            calls_per_second,
            channels,
            outbound: Some("127.0.0.1:5080".parse().unwrap()),
        };
        Lines::new(&[trunk], now)
    }

    #[test]
    fn a_trunk_gives_no_more_channels_than_it_has() {
        let now = Instant::now();
        let lines = lines(2, 10, now);
        let line = lines.named("bsnl").unwrap();

        let first = line.outgoing(now).unwrap();
        let _incoming = line.incoming();
        assert_eq!(line.outgoing(now).unwrap_err(), Cause::Congestion);
        drop(first);
        assert!(line.outgoing(now).is_ok());
    }

    #[test]
    fn a_trunk_begins_no_more_calls_in_a_second_than_it_may() {
        let now = Instant::now();
        let lines = lines(100, 2, now);
        let line = lines.named("bsnl").unwrap();

        let begun = |at| line.outgoing(at).is_ok();
        assert_eq!([begun(now), begun(now), begun(now)], [true, true, false]);
        assert!(begun(now + Duration::from_millis(500)));
    }

    #[test]
    fn a_trunk_is_known_where_it_calls_from_and_where_it_is_called() {
        let lines = lines(1, 1, Instant::now());

        assert!(lines.calling_from("127.0.0.2".parse().unwrap()).is_some());
        assert!(lines.calling_from("127.0.0.1".parse().unwrap()).is_none());
        assert!(lines.knows("127.0.0.2:9".parse().unwrap()));
        assert!(lines.knows("127.0.0.1:5080".parse().unwrap()));
        assert!(!lines.knows("127.0.0.1:5081".parse().unwrap()));
    }

    #[test]
    fn only_plain_indian_numbers_are_dialled() {
        for number in ["9000000001", "6123456789", "2212345678", "8012345678"] {
            assert!(may_be_dialled(number), "{number}");
        }
        for number in [
            "+919000000001",
            "1234567890",
            "0900000000",
            "900000000",
            "90000000011",
            "9000@00001",
            "90000000;1",
            "900000000a",
            "",
            "९०००००००००",
        ] {
            assert!(!may_be_dialled(number), "{number}");
        }
    }
}
