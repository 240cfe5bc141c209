//! The door: what may come in, from whom and how often, decided on raw bytes before the stack sees a message.
//!
//! There are two endpoints of the stack behind one socket, trunks and phones, because the door can hand out datagrams by
//! source at no cost: each has its own bounded queue and its own loop, so a phone that stalls its loop holds up no trunk.

pub(crate) mod admission;
pub(crate) mod bucket;
mod delay;
pub(crate) mod flows;
mod glance;
mod lines;
mod socket;

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::telephony::registrar::Registrar;
use crate::telephony::trunk::Lines;
use crate::telephony::{Limits, Transport};
use admission::Admission;
use bucket::Buckets;
use flows::{Flows, Side};

pub(crate) use glance::{Glance, Sight, Status, glance};
pub(crate) use socket::{Gate, gates};

/// Calls a second that one phone may begin.
const PHONE_CALLS_PER_SECOND: u32 = 5;

/// What happens to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ruling {
    Pass(Side),
    Answer { status: Status, retry_after_s: Option<u32> },
    Drop,
}

#[derive(Debug)]
pub(crate) struct Door {
    pub lines: Arc<Lines>,
    pub flows: Arc<Flows>,
    /// Our OPTIONS to phones, which belong to no call.
    pub probes: Flows,
    pub registrar: Arc<Registrar>,
    pub admission: Arc<Admission>,
    limits: Limits,
    started: Instant,
    sources: Mutex<Buckets<IpAddr>>,
    callers: Mutex<Buckets<SocketAddr>>,
    turned_away: AtomicU64,
}

impl Door {
    pub(crate) fn new(
        lines: Arc<Lines>,
        flows: Arc<Flows>,
        registrar: Arc<Registrar>,
        admission: Arc<Admission>,
        limits: Limits,
        started: Instant,
    ) -> Self {
        Self {
            lines,
            flows,
            probes: Flows::default(),
            registrar,
            admission,
            limits,
            started,
            sources: Mutex::new(Buckets::new()),
            callers: Mutex::new(Buckets::new()),
            turned_away: AtomicU64::new(0),
        }
    }

    /// Whether this source may send one more message now.
    pub(crate) fn has_token(&self, source: IpAddr, now: Instant) -> bool {
        let many = self.lines.calling_from(source).is_some()
            || self.registrar.is_proxy(SocketAddr::new(source, 0));
        let rate = if many {
            self.limits.trunk_datagrams_per_second
        } else {
            self.limits.datagrams_per_second
        };
        self.sources.lock().unwrap_or_else(PoisonError::into_inner).take(source, rate, now)
    }

    pub(crate) fn side_of(&self, source: SocketAddr) -> Side {
        if self.lines.knows(source) { Side::Trunks } else { Side::Phones }
    }

    pub(crate) fn retry_after_s(&self) -> u32 {
        self.limits.retry_after_s
    }

    pub(crate) fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }

    pub(crate) fn count_turned_away(&self) {
        self.turned_away.fetch_add(1, Ordering::Relaxed);
    }

    /// Rules on a well-formed message.
    pub(crate) fn rule(&self, sight: &Sight, source: SocketAddr, now: Instant) -> Ruling {
        let forbidden = Ruling::Answer { status: Status::Forbidden, retry_after_s: None };
        if let Some(flow) = self.flows.get(&sight.call_id) {
            if flow.from.allows(source) {
                return Ruling::Pass(flow.side);
            }
            // A BYE, CANCEL, re-INVITE or answer in somebody else's call.
            return if sight.is_request() && sight.method != "ACK" {
                forbidden
            } else {
                Ruling::Drop
            };
        }
        let side = self.side_of(source);
        if !sight.is_request() {
            if let Some(flow) = self.probes.get(&sight.call_id) {
                return if flow.from.allows(source) {
                    Ruling::Pass(flow.side)
                } else {
                    Ruling::Drop
                };
            }
            return if side == Side::Trunks { Ruling::Pass(side) } else { Ruling::Drop };
        }
        if sight.method != "INVITE" || sight.in_dialog {
            // The rest costs no call: it is answered by a method table, or belongs to no call and gets 481.
            return Ruling::Pass(side);
        }
        let trunk = self.lines.calling_from(source.ip()).is_some();
        let phone =
            !trunk && self.registrar.knows(source, now.saturating_duration_since(self.started));
        if !trunk && !phone {
            return forbidden;
        }
        let unavailable = Ruling::Answer {
            status: Status::Unavailable,
            retry_after_s: Some(self.limits.retry_after_s),
        };
        // Behind a proxy many phones have one address: each of their calls is challenged instead.
        if phone && !self.registrar.is_proxy(source) {
            let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
            if !callers.take(source, PHONE_CALLS_PER_SECOND, now) {
                self.admission.count_refusal();
                return unavailable;
            }
        }
        if self.admission.admits(side, sight, source, now) {
            Ruling::Pass(side)
        } else {
            unavailable
        }
    }

    /// Where a message of ours really goes over UDP: a request in a call to the call's flow, whatever its Contact said; other
    /// requests to places that we know, or nowhere.
    pub(crate) fn way_out(
        &self,
        datagram: &[u8],
        wanted: SocketAddr,
        now: Instant,
    ) -> Option<SocketAddr> {
        if datagram.starts_with(b"SIP/2.0 ") {
            return Some(wanted);
        }
        let call_id = call_id_of(datagram)?;
        match self.flows.get(call_id) {
            Some(flow) => (flow.transport == Transport::Udp).then_some(flow.to),
            None => self.is_known(wanted, now).then_some(wanted),
        }
    }

    pub(crate) fn is_known(&self, address: SocketAddr, now: Instant) -> bool {
        self.lines.knows(address)
            || self.registrar.knows(address, now.saturating_duration_since(self.started))
    }
}

/// Of a message that our own stack wrote.
fn call_id_of(datagram: &[u8]) -> Option<&str> {
    let head = std::str::from_utf8(datagram.get(..datagram.len().min(2_048))?);
    let head = match head {
        Ok(head) => head,
        // The cut fell inside a character, or a body is not text.
        Err(error) => std::str::from_utf8(datagram.get(..error.valid_up_to())?).ok()?,
    };
    let line = head
        .lines()
        .find(|line| line.get(..8).is_some_and(|name| name.eq_ignore_ascii_case("call-id:")))?;
    Some(line.get(8..)?.trim())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::flows::{Flow, Source};
    use super::*;
    use crate::telephony::{Config, Trunk};

    fn door(now: Instant) -> Door {
        let trunk = Trunk {
            name: "bsnl".to_owned(),
            peers: vec!["127.0.0.2".parse().unwrap()],
            digest: None,
            transport: Transport::Udp,
            trusted_cli: true,
            caller_id: "181".to_owned(),
            caller_ids: [].into(),
            calls_per_second: 5,
            channels: 5,
            outbound: Some("127.0.0.3:5080".parse().unwrap()),
        };
        let config = Config { trunks: vec![trunk], calls_per_second: 2, ..Config::default() };
        Door::new(
            Arc::new(Lines::new(&config.trunks)),
            Arc::default(),
            Arc::new(Registrar::new(&config, [1; 32])),
            Arc::new(Admission::new(10, config.calls_per_second, now)),
            config.limits.clone(),
            now,
        )
    }

    fn sight(method: &str, call_id: &str, in_dialog: bool) -> Sight {
        Sight {
            method: method.to_owned(),
            call_id: call_id.to_owned(),
            in_dialog,
            ..Sight::default()
        }
    }

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    const FORBIDDEN: Ruling = Ruling::Answer { status: Status::Forbidden, retry_after_s: None };

    #[test]
    fn a_call_comes_in_from_a_trunk_and_from_no_stranger() {
        let now = Instant::now();
        let door = door(now);
        let rule = |source| door.rule(&sight("INVITE", source, false), address(source), now);

        assert_eq!(rule("127.0.0.2:5060"), Ruling::Pass(Side::Trunks));
        assert_eq!(rule("127.0.0.1:5060"), FORBIDDEN);
        // A trunk's outbound address gives no calls.
        assert_eq!(rule("127.0.0.3:5080"), FORBIDDEN);
    }

    #[test]
    fn nobody_speaks_in_the_call_of_another() {
        let now = Instant::now();
        let door = door(now);
        let flow = Flow {
            side: Side::Trunks,
            to: address("127.0.0.2:5060"),
            transport: Transport::Udp,
            from: Source::Hosts(vec![address("127.0.0.2:0").ip()]),
        };
        door.flows.enter("c1", flow);
        let rule = |method, source| door.rule(&sight(method, "c1", true), address(source), now);

        for method in ["BYE", "CANCEL", "INVITE", "INFO"] {
            assert_eq!(rule(method, "127.0.0.2:9"), Ruling::Pass(Side::Trunks));
            assert_eq!(rule(method, "127.0.0.1:9"), FORBIDDEN);
        }
        assert_eq!(rule("ACK", "127.0.0.1:9"), Ruling::Drop);
        assert_eq!(rule("", "127.0.0.1:9"), Ruling::Drop);
    }

    #[test]
    fn calls_over_the_rate_are_told_when_to_come_back() {
        let now = Instant::now();
        let door = door(now);
        let rulings = ["a", "b", "c"]
            .map(|call| door.rule(&sight("INVITE", call, false), address("127.0.0.2:5060"), now));

        assert_eq!(
            rulings,
            [
                Ruling::Pass(Side::Trunks),
                Ruling::Pass(Side::Trunks),
                Ruling::Answer { status: Status::Unavailable, retry_after_s: Some(5) }
            ]
        );
    }

    #[test]
    fn a_flood_from_one_source_leaves_tokens_to_another() {
        let now = Instant::now();
        let door = door(now);
        let passed =
            (0..1_000).filter(|_| door.has_token(address("127.0.0.9:0").ip(), now)).count();

        assert_eq!(passed, 400);
        assert!(door.has_token(address("127.0.0.8:0").ip(), now));
        assert!(door.has_token(address("127.0.0.9:0").ip(), now + Duration::from_millis(10)));
    }

    #[test]
    fn our_requests_go_to_the_calls_flow_or_to_known_places_only() {
        let now = Instant::now();
        let door = door(now);
        let flow = Flow {
            side: Side::Trunks,
            to: address("127.0.0.2:5060"),
            transport: Transport::Udp,
            from: Source::Hosts(Vec::new()),
        };
        door.flows.enter("c1", flow);
        let way = |text: &str, wanted| door.way_out(text.as_bytes(), address(wanted), now);

        assert_eq!(
            way("BYE sip:x SIP/2.0\r\nCall-ID: c1\r\n\r\n", "10.9.9.9:9"),
            Some(address("127.0.0.2:5060"))
        );
        assert_eq!(way("BYE sip:x SIP/2.0\r\nCall-ID: c2\r\n\r\n", "10.9.9.9:9"), None);
        assert_eq!(
            way("ACK sip:x SIP/2.0\r\nCall-ID: c2\r\n\r\n", "127.0.0.3:5080"),
            Some(address("127.0.0.3:5080"))
        );
        assert_eq!(
            way("SIP/2.0 200 OK\r\nCall-ID: c2\r\n\r\n", "10.9.9.9:9"),
            Some(address("10.9.9.9:9"))
        );
    }
}
