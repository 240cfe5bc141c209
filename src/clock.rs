//! The one reader of time: the system's clock, the demonstration's with its own offset, or one that stands.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use crate::domain::time::Timestamp;

/// Cheap to clone; all clones show the same time. It never steps back.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    runs: Runs,
    /// On top of the system's time, or the whole time when it stands.
    offset_ms: AtomicI64,
    latest_ms: AtomicI64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Runs {
    System,
    Demonstration,
    Stands,
}

impl Clock {
    pub fn system() -> Self {
        Self::new(Runs::System, 0)
    }

    /// Goes on from where it was left, or starts at ten o'clock IST of today.
    pub fn demonstration(offset_ms: Option<i64>) -> Self {
        let offset_ms = offset_ms.unwrap_or_else(|| {
            let now = Timestamp(system_ms());
            now.at_ist_minute(10 * 60).since(now)
        });
        Self::new(Runs::Demonstration, offset_ms)
    }

    /// Stands until it is advanced.
    pub fn fixed(at: Timestamp) -> Self {
        Self::new(Runs::Stands, at.ms())
    }

    pub fn now(&self) -> Timestamp {
        let offset_ms = self.0.offset_ms.load(SeqCst);
        let now_ms = match self.0.runs {
            Runs::System | Runs::Demonstration => system_ms().saturating_add(offset_ms),
            Runs::Stands => offset_ms,
        };
        Timestamp(self.0.latest_ms.fetch_max(now_ms, SeqCst).max(now_ms))
    }

    /// Moves the demonstration's or a standing clock forward; the system's does not move.
    pub fn advance(&self, by_ms: i64) {
        match self.0.runs {
            Runs::System => {}
            Runs::Demonstration | Runs::Stands => {
                self.0.offset_ms.fetch_add(by_ms.max(0), SeqCst);
            }
        }
    }

    /// What a restarted demonstration goes on with; None for the other clocks.
    pub fn offset_ms(&self) -> Option<i64> {
        (self.0.runs == Runs::Demonstration).then(|| self.0.offset_ms.load(SeqCst))
    }

    fn new(runs: Runs, offset_ms: i64) -> Self {
        let latest_ms = AtomicI64::new(i64::MIN);
        Self(Arc::new(Inner { runs, offset_ms: AtomicI64::new(offset_ms), latest_ms }))
    }
}

fn system_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_clock_moves_when_it_is_advanced_and_never_back() {
        let clock = Clock::fixed(Timestamp(1_000));
        let same = clock.clone();

        same.advance(500);
        same.advance(-900);

        assert_eq!(clock.now(), Timestamp(1_500));
        assert_eq!(clock.offset_ms(), None);
    }

    #[test]
    fn the_demonstration_starts_at_ten_and_goes_on_from_its_offset() {
        assert_eq!(Clock::demonstration(None).now().ist_minute(), 600);
        assert_eq!(Clock::demonstration(Some(77)).offset_ms(), Some(77));
    }

    #[test]
    fn the_systems_clock_cannot_be_moved() {
        let clock = Clock::system();
        let before = clock.now();

        clock.advance(i64::from(u32::MAX));

        assert!(clock.now().since(before) < 60_000);
    }
}
