//! The trunks of the configuration, each with what it carries now and how it fares.

mod rest;
mod start;

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::Trunk;
use rest::Rest;
pub(super) use start::Verdict;
pub use start::{NoStart, Start, Turn};

/// What "calls a second" are counted over.
const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Line {
    pub trunk: Trunk,
    load: Mutex<Load>,
    /// Shared by all lines: who waits for one of several is told by each.
    freed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Load {
    /// Channels in use, those of calls that are about to begin included.
    open: u32,
    /// Calls that are about to begin.
    held: u32,
    /// When the calls of the last second began.
    begun: VecDeque<Instant>,
    /// Persons who wait for a start.
    waiting: u32,
    rest: Rest,
    /// By a switch.
    stopped: bool,
    starts: u64,
    faults: u64,
}

/// One channel of a trunk; free again when dropped.
#[derive(Debug)]
pub(super) struct Channel(Arc<Line>);

impl Channel {
    pub(super) fn trunk(&self) -> &str {
        &self.0.trunk.name
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.0.with(|load| load.open -= 1);
        self.0.freed.notify_waiters();
    }
}

/// How a trunk fares now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkNow {
    pub name: String,
    pub state: TrunkState,
    pub channels: u32,
    pub channels_used: u32,
    /// Calls of ours begun through it since the start, and those that failed by its fault.
    pub starts: u64,
    pub faults: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrunkState {
    Up,
    /// Failed several times in a row: no call of the dialler goes through it for so long.
    Resting(Duration),
    /// Has rested; the next call shows whether it works.
    OnTrial,
    /// Gives calls and takes none.
    TakesNone,
    /// Somebody threw its switch.
    Stopped,
}

#[derive(Debug)]
pub(super) struct Lines {
    lines: Vec<Arc<Line>>,
    freed: Arc<Notify>,
}

impl Lines {
    pub(super) fn new(trunks: &[Trunk]) -> Self {
        let freed = Arc::new(Notify::new());
        let line = |trunk: &Trunk| {
            Arc::new(Line {
                trunk: trunk.clone(),
                load: Mutex::default(),
                freed: Arc::clone(&freed),
            })
        };
        Self { lines: trunks.iter().map(line).collect(), freed }
    }

    pub(super) fn named(&self, name: &str) -> Option<&Arc<Line>> {
        self.lines.iter().find(|line| line.trunk.name == name)
    }

    /// The trunk whose calls come from this address.
    pub(super) fn calling_from(&self, host: IpAddr) -> Option<&Arc<Line>> {
        self.lines.iter().find(|line| line.trunk.peers.contains(&host))
    }

    /// Whether a trunk is at this address, whichever way its calls go.
    pub(super) fn knows(&self, address: SocketAddr) -> bool {
        let is_there = |line: &Arc<Line>| {
            line.trunk.peers.contains(&address.ip()) || line.trunk.outbound == Some(address)
        };
        self.lines.iter().any(is_there)
    }

    pub(super) fn stop(&self, stopped: impl Fn(&str) -> bool) {
        for line in &self.lines {
            line.with(|load| load.stopped = stopped(&line.trunk.name));
        }
        self.freed.notify_waiters();
    }

    pub(super) fn now(&self, now: Instant) -> Vec<TrunkNow> {
        self.lines.iter().map(|line| line.now(now)).collect()
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
        self.with(|load| load.open += 1);
        Channel(Arc::clone(self))
    }

    fn now(&self, now: Instant) -> TrunkNow {
        self.with(|load| {
            let state = match load.rest.resting_until(now) {
                _ if self.trunk.outbound.is_none() => TrunkState::TakesNone,
                _ if load.stopped => TrunkState::Stopped,
                Some(until) => TrunkState::Resting(until.saturating_duration_since(now)),
                None if load.rest.on_trial(now) => TrunkState::OnTrial,
                None => TrunkState::Up,
            };
            TrunkNow {
                name: self.trunk.name.clone(),
                state,
                channels: self.trunk.channels,
                channels_used: load.open,
                starts: load.starts,
                faults: load.faults,
            }
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Load) -> T) -> T {
        act(&mut self.load.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Load {
    fn forget(&mut self, now: Instant) {
        let old = |begun: &Instant| now.saturating_duration_since(*begun) >= SECOND;
        while self.begun.front().is_some_and(old) {
            self.begun.pop_front();
        }
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
    use std::collections::HashMap;

    use super::super::Transport;
    use super::start::NotYet;
    use super::*;

    fn trunk(name: &str, channels: u32, calls_per_second: u32) -> Trunk {
        Trunk {
            name: name.to_owned(),
            peers: vec!["127.0.0.2".parse().unwrap()],
            digest: None,
            transport: Transport::Udp,
            trusted_cli: true,
            caller_id: "181".to_owned(),
            caller_ids: HashMap::new(),
            calls_per_second,
            channels,
            outbound: Some("127.0.0.1:5080".parse().unwrap()),
        }
    }

    fn lines(channels: u32, calls_per_second: u32) -> Lines {
        Lines::new(&[trunk("bsnl", channels, calls_per_second)])
    }

    fn start(lines: &Lines, turn: Turn, now: Instant) -> Result<Start, NotYet> {
        lines.start(&["bsnl".to_owned()], &[], turn, now)
    }

    #[test]
    fn a_trunk_gives_no_more_channels_than_it_has() {
        let now = Instant::now();
        let lines = lines(2, 10);
        let _incoming = lines.named("bsnl").unwrap().incoming();

        let (channel, _verdict) = start(&lines, Turn::Person, now).unwrap().begin(now);
        assert_eq!(start(&lines, Turn::Person, now).unwrap_err(), NotYet::Freed);
        drop(channel);
        assert!(start(&lines, Turn::Person, now).is_ok());
    }

    #[test]
    fn a_trunk_begins_no_more_calls_in_any_second_than_it_may() {
        let now = Instant::now();
        let at = |ms| now + Duration::from_millis(ms);
        let lines = lines(100, 2);
        let begin = |ms| match start(&lines, Turn::Dialler, at(ms)) {
            Ok(start) => {
                drop(start.begin(at(ms)));
                Ok(())
            }
            Err(not_yet) => Err(not_yet),
        };

        assert_eq!([begin(0), begin(900)], [Ok(()), Ok(())]);
        assert_eq!(begin(950), Err(NotYet::At(at(1_000))));
        assert_eq!([begin(1_000), begin(1_100)], [Ok(()), Err(NotYet::At(at(1_900)))]);
        assert_eq!(begin(1_900), Ok(()));
    }

    #[test]
    fn a_start_that_is_not_used_is_given_back_with_its_channel_and_its_place() {
        let now = Instant::now();
        let lines = lines(1, 1);

        let held = start(&lines, Turn::Person, now).unwrap();
        assert_eq!(start(&lines, Turn::Person, now).unwrap_err(), NotYet::Freed);
        drop(held);

        assert!(start(&lines, Turn::Person, now).is_ok());
        assert_eq!(lines.now(now)[0].starts, 0);
    }

    #[test]
    fn the_dialler_leaves_a_fifth_of_the_channels_to_persons() {
        let now = Instant::now();
        for (channels, dialled) in [(1, 1), (4, 4), (5, 4), (30, 24), (250, 200), (u32::MAX, 0)] {
            if dialled == 0 {
                assert!(start(&lines(channels, 10), Turn::Dialler, now).is_ok());
                continue;
            }
            let lines = lines(channels, 1_000);
            let by_dialler: Vec<Start> =
                std::iter::from_fn(|| start(&lines, Turn::Dialler, now).ok()).collect();
            let by_persons = std::iter::from_fn(|| start(&lines, Turn::Person, now).ok());

            assert_eq!(by_dialler.len(), dialled);
            assert_eq!(by_persons.collect::<Vec<_>>().len(), channels as usize - dialled);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_start_goes_before_the_dialler() {
        let lines = lines(1, 100);
        let wanted = ["bsnl".to_owned()];
        let held = start(&lines, Turn::Person, Instant::now()).unwrap();
        let person = lines.start_within(&wanted, &[], Turn::Person, Duration::from_secs(3));
        let mut person = std::pin::pin!(person);
        assert!(futures_poll(person.as_mut()).await.is_none());

        drop(held);
        assert_eq!(start(&lines, Turn::Dialler, Instant::now()).unwrap_err(), NotYet::Freed);
        drop(person.await.unwrap());

        assert!(start(&lines, Turn::Dialler, Instant::now()).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_in_vain_is_told_that_the_trunk_is_full() {
        let lines = lines(1, 100);
        let wanted = ["bsnl".to_owned()];
        let _held = start(&lines, Turn::Person, Instant::now()).unwrap();
        let wait = Duration::from_secs(3);

        let person = lines.start_within(&wanted, &[], Turn::Person, wait).await;
        let unknown = lines.start_within(&["none".to_owned()], &[], Turn::Person, wait).await;

        assert_eq!(person.unwrap_err(), NoStart::Full);
        assert_eq!(unknown.unwrap_err(), NoStart::NoTrunk);
    }

    #[test]
    fn a_stopped_trunk_begins_no_call_until_it_is_started() {
        let now = Instant::now();
        let lines = Lines::new(&[trunk("a", 10, 100), trunk("b", 10, 100)]);
        let both = ["a".to_owned(), "b".to_owned()];
        let by = |turn| lines.start(&both, &[], turn, now).map(|start| start.trunk().to_owned());

        lines.stop(|name| name == "a");
        assert_eq!(lines.now(now)[0].state, TrunkState::Stopped);
        assert_eq!(
            (by(Turn::Dialler).unwrap(), by(Turn::Person).unwrap()),
            ("b".into(), "b".into())
        );
        lines.stop(|_| true);
        assert_eq!(by(Turn::Person).unwrap_err(), NotYet::NoTrunk);
        lines.stop(|_| false);
        assert_eq!(by(Turn::Dialler).unwrap(), "a");
    }

    #[test]
    fn a_trunk_that_fails_rests_the_next_one_carries_and_one_call_tries_it_again() {
        let now = Instant::now();
        let lines = Lines::new(&[trunk("a", 10, 100), trunk("b", 10, 100)]);
        let both = ["a".to_owned(), "b".to_owned()];
        let by = |passed: &[String], at| lines.start(&both, passed, Turn::Dialler, at);
        for _ in 0..rest::FAULTS_MAX {
            let (_, verdict) = by(&[], now).unwrap().begin(now);
            verdict.failed(now);
        }
        let rested = now + rest::REST_MIN;

        assert_eq!(lines.now(now)[0].state, TrunkState::Resting(rest::REST_MIN));
        assert_eq!(by(&[], now).unwrap().trunk(), "b");
        assert_eq!(by(&both[1..], now).unwrap_err(), NotYet::Resting(rested));
        assert_eq!(lines.start(&both[..1], &[], Turn::Person, now).unwrap().trunk(), "a");

        assert_eq!(lines.now(rested)[0].state, TrunkState::OnTrial);
        let trial = by(&[], rested).unwrap();
        assert_eq!((trial.trunk(), by(&[], rested).unwrap().trunk()), ("a", "b"));
        drop(trial);
        let (_, verdict) = by(&[], rested).unwrap().begin(rested);
        verdict.works();
        assert_eq!(lines.now(rested)[0].state, TrunkState::Up);
    }

    async fn futures_poll<F: Future>(mut future: std::pin::Pin<&mut F>) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            std::task::Poll::Ready(match future.as_mut().poll(context) {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }

    #[test]
    fn a_trunk_is_known_where_it_calls_from_and_where_it_is_called() {
        let lines = lines(1, 1);

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
