//! How many calls may be open, how many may begin in a second, and whether the stack keeps up; what is over it is refused
//! before a dialog exists.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Sight;
use super::bucket::Bucket;
use super::delay::Delay;
use super::flows::Side;

/// First INVITEs remembered, so that a retransmission gets the answer that the first got.
const RECENT_MAX: usize = 8_192;
/// A transaction is retransmitted for 64*T1.
const RECENT_AGE: Duration = Duration::from_secs(32);

#[derive(Debug)]
pub(crate) struct Admission {
    /// How long what is let in waits for the stack: of each side on its own, so that phones in time hide no late trunk.
    delays: [Delay; 2],
    calls_max: usize,
    calls: AtomicUsize,
    closed: AtomicBool,
    refused: AtomicU64,
    starts: Mutex<Starts>,
}

#[derive(Debug)]
struct Starts {
    bucket: Bucket,
    recent: HashMap<u64, bool>,
    order: VecDeque<(Instant, u64)>,
}

impl Admission {
    pub(crate) fn new(calls_max: usize, calls_per_second: u32, now: Instant) -> Self {
        Self {
            delays: Default::default(),
            calls_max,
            calls: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            refused: AtomicU64::new(0),
            starts: Mutex::new(Starts {
                bucket: Bucket::new(calls_per_second, calls_per_second, now),
                recent: HashMap::new(),
                order: VecDeque::new(),
            }),
        }
    }

    /// Whether an INVITE that begins a call may come in; the same INVITE again gets the same answer.
    pub(crate) fn admits(
        &self,
        side: Side,
        sight: &Sight,
        source: SocketAddr,
        now: Instant,
    ) -> bool {
        let mut hasher = DefaultHasher::new();
        (&sight.call_id, &sight.branch, source).hash(&mut hasher);
        let key = hasher.finish();

        let mut starts = self.starts.lock().unwrap_or_else(PoisonError::into_inner);
        starts.forget(now);
        if let Some(admitted) = starts.recent.get(&key) {
            return *admitted;
        }
        let admitted = self.has_room() && !self.delay(side).is_long(now) && starts.bucket.take(now);
        starts.recent.insert(key, admitted);
        starts.order.push_back((now, key));
        if !admitted {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        admitted
    }

    pub(super) fn delay(&self, side: Side) -> &Delay {
        let [trunks, phones] = &self.delays;
        match side {
            Side::Trunks => trunks,
            Side::Phones => phones,
        }
    }

    fn has_room(&self) -> bool {
        !self.is_closed() && self.calls() < self.calls_max
    }

    /// Counts one more open call, or refuses it; the caller gives it back with `release`.
    pub(crate) fn acquire(&self) -> bool {
        if self.is_closed() {
            return false;
        }
        let more = |calls: usize| (calls < self.calls_max).then_some(calls + 1);
        self.calls.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).is_ok()
    }

    pub(crate) fn release(&self) {
        self.calls.fetch_sub(1, Ordering::SeqCst);
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// From now on no call begins.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    pub(crate) fn count_refusal(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

impl Starts {
    fn forget(&mut self, now: Instant) {
        while let Some((at, key)) = self.order.front().copied() {
            let young = now.saturating_duration_since(at) < RECENT_AGE;
            if young && self.order.len() < RECENT_MAX {
                return;
            }
            self.recent.remove(&key);
            self.order.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite(call: u32) -> Sight {
        Sight { method: "INVITE".to_owned(), call_id: format!("c{call}"), ..Sight::default() }
    }

    fn source() -> SocketAddr {
        "127.0.0.2:5060".parse().unwrap()
    }

    #[test]
    fn a_retransmission_gets_the_answer_of_the_first() {
        let start = Instant::now();
        let admission = Admission::new(10, 1, start);

        let answers = [1, 2, 1, 2, 1, 2]
            .map(|call| admission.admits(Side::Trunks, &invite(call), source(), start));

        assert_eq!(answers, [true, false, true, false, true, false]);
        assert_eq!(admission.refused(), 1);
    }

    #[test]
    fn a_refused_caller_may_come_back_later_with_a_new_call() {
        let start = Instant::now();
        let admission = Admission::new(10, 1, start);
        admission.admits(Side::Trunks, &invite(1), source(), start);

        assert!(!admission.admits(Side::Trunks, &invite(2), source(), start));
        assert!(admission.admits(
            Side::Trunks,
            &invite(3),
            source(),
            start + Duration::from_secs(5)
        ));
    }

    #[test]
    fn a_stack_that_is_behind_takes_no_call_but_those_that_it_took() {
        let start = Instant::now();
        let admission = Admission::new(10, 100, start);
        assert!(admission.admits(Side::Trunks, &invite(1), source(), start));
        let late = (1..=100).map(|n| start + Duration::from_millis(200 + 10 * n));
        late.for_each(|now| admission.delay(Side::Trunks).note(start, now));
        let now = start + Duration::from_millis(1_200);

        assert!(admission.admits(Side::Trunks, &invite(1), source(), now));
        assert!(!admission.admits(Side::Trunks, &invite(2), source(), now));
        assert_eq!(admission.refused(), 1);
        admission.delay(Side::Trunks).note(now, now);
        assert!(admission.admits(Side::Trunks, &invite(3), source(), now));
    }

    #[test]
    fn phones_in_time_hide_no_late_trunk() {
        let start = Instant::now();
        let admission = Admission::new(10, 100, start);
        for n in 1..=100 {
            let now = start + Duration::from_millis(200 + 10 * n);
            admission.delay(Side::Trunks).note(start, now);
            admission.delay(Side::Phones).note(now, now);
        }
        let now = start + Duration::from_millis(1_200);

        assert!(!admission.admits(Side::Trunks, &invite(1), source(), now));
        assert!(admission.admits(Side::Phones, &invite(2), source(), now));
    }

    #[test]
    fn open_calls_never_pass_the_limit() {
        let start = Instant::now();
        let admission = Admission::new(2, 100, start);

        assert_eq!(
            [admission.acquire(), admission.acquire(), admission.acquire()],
            [true, true, false]
        );
        assert!(!admission.admits(Side::Trunks, &invite(1), source(), start));
        admission.release();
        assert!(admission.admits(Side::Trunks, &invite(2), source(), start));
        assert_eq!(admission.calls(), 1);
    }

    #[test]
    fn a_closed_service_takes_no_call() {
        let start = Instant::now();
        let admission = Admission::new(2, 100, start);
        admission.close();

        assert!(!admission.admits(Side::Trunks, &invite(1), source(), start));
        assert!(!admission.acquire());
    }

    #[test]
    fn what_is_remembered_stays_bounded() {
        let start = Instant::now();
        let admission = Admission::new(2, 1, start);
        for call in 0..20_000 {
            admission.admits(Side::Trunks, &invite(call), source(), start);
        }

        assert!(admission.starts.lock().unwrap().recent.len() <= 8_192);
    }
}
