//! How long messages wait for the stack. Where each has waited too long for a while, it has more work than it can do, and new
//! calls are refused until the old ones have theirs (the rule of CoDel, RFC 8289): without it the callers repeat what is not
//! answered in time, which is more work still.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A message that waited longer is late.
const WAIT_MAX: Duration = Duration::from_millis(100);
/// Each has to be late for so long: a burst, or a machine that stood still, is over sooner. Callers repeat an INVITE after T1,
/// which is as long (RFC 3261 17.1.1.2).
const INTERVAL: Duration = Duration::from_millis(500);

#[derive(Debug, Default)]
pub(crate) struct Delay(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// Since then none was in time.
    late_since: Option<Instant>,
    last: Option<Instant>,
}

impl Delay {
    /// A message that came in at `came` reaches the stack.
    pub(crate) fn note(&self, came: Instant, now: Instant) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let quiet = seen.last.is_none_or(|last| now.saturating_duration_since(last) > INTERVAL);
        seen.last = Some(now);
        if now.saturating_duration_since(came) <= WAIT_MAX {
            seen.late_since = None;
        } else if quiet || seen.late_since.is_none() {
            seen.late_since = Some(now);
        }
    }

    pub(crate) fn is_long(&self, now: Instant) -> bool {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // After a silence nobody knows: the next message tells.
        let known = seen.last.is_some_and(|last| now.saturating_duration_since(last) <= INTERVAL);
        known
            && seen.late_since.is_some_and(|since| now.saturating_duration_since(since) > INTERVAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Messages every 10 ms, each with its wait in ms; whether calls are refused after the last.
    fn after(waits: impl IntoIterator<Item = u32>) -> bool {
        let (delay, start) = (Delay::default(), Instant::now() + 10_000 * MS);
        let mut now = start;
        for wait in waits {
            now += 10 * MS;
            delay.note(now - wait * MS, now);
        }
        delay.is_long(now)
    }

    #[test]
    fn late_messages_for_half_a_second_refuse_calls_until_one_is_in_time() {
        assert!(!after([101; 51]));
        assert!(after([101; 52]));
        assert!(!after([101; 52].into_iter().chain([100])));
        assert!(after([101; 52].into_iter().chain([100]).chain([101; 52])));
    }

    #[test]
    fn a_machine_that_stood_still_refuses_nobody() {
        let stood_still = (0..40).map(|n| 2_000 - 50 * n);

        assert!(!after([1; 100].into_iter().chain(stood_still)));
    }

    #[test]
    fn after_a_silence_the_next_message_tells() {
        let (delay, start) = (Delay::default(), Instant::now());
        for n in 0..100 {
            delay.note(start, start + (200 + 10 * n) * MS);
        }
        let last = start + 1_190 * MS;

        assert!(delay.is_long(last + 500 * MS));
        assert!(!delay.is_long(last + 501 * MS));
        delay.note(start, last + 600 * MS);
        assert!(!delay.is_long(last + 700 * MS));
    }

    #[test]
    fn nothing_refuses_a_call_before_the_first_message() {
        assert!(!Delay::default().is_long(Instant::now()));
    }
}
