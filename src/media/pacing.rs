//! The arithmetic of the pacer: an absolute schedule of 5 ms ticks in four phases, so that a stream gets a frame each
//! 20 ms however late one tick was.

use super::codec::SAMPLES_PER_MS;

pub const TICK_US: u64 = 5_000;
/// Ticks in one frame; each stream belongs to one of them.
pub const PHASES: usize = 4;
pub const FRAME_MS: usize = 20;
pub const FRAME_SAMPLES: usize = FRAME_MS * SAMPLES_PER_MS;
/// A tick this late is counted as late.
pub const LATE_US: u64 = 3_000;
/// Further behind than this, ticks are skipped: a burst of old frames helps no listener.
pub const CATCH_UP_MAX_US: u64 = 60_000;

/// One tick to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    pub phase: usize,
    /// Frames since the schedule began: the RTP clock of every stream.
    pub round: u64,
    pub late_us: u64,
}

/// Which tick is next. Times are microseconds since the schedule began.
#[derive(Debug, Default)]
pub struct Schedule {
    next: u64,
}

impl Schedule {
    /// When the next tick is due.
    pub fn due_us(&self) -> u64 {
        self.next.saturating_mul(TICK_US)
    }

    /// Takes the next tick, or `None` when it is not due yet. Past `CATCH_UP_MAX_US` the ticks between are left out.
    pub fn take(&mut self, now_us: u64) -> Option<Tick> {
        let late_us = now_us.checked_sub(self.due_us())?;
        if late_us > CATCH_UP_MAX_US {
            self.next = now_us / TICK_US;
        }
        let number = self.next;
        self.next += 1;
        let phases = PHASES as u64;
        Some(Tick { phase: (number % phases) as usize, round: number / phases, late_us })
    }
}

/// The phase for a new stream: the one with the fewest.
pub fn emptiest(sizes: [usize; PHASES]) -> usize {
    (0..PHASES).min_by_key(|phase| sizes[*phase]).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_phase_comes_every_twenty_milliseconds() {
        let mut schedule = Schedule::default();
        let ticks: Vec<Tick> = (0..9).map(|n| schedule.take(n * 5_000).unwrap()).collect();

        assert_eq!(ticks.iter().map(|t| t.phase).collect::<Vec<_>>(), [0, 1, 2, 3, 0, 1, 2, 3, 0]);
        assert_eq!(ticks.iter().map(|t| t.round).collect::<Vec<_>>(), [0, 0, 0, 0, 1, 1, 1, 1, 2]);
    }

    #[test]
    fn a_tick_is_not_taken_before_its_time() {
        let mut schedule = Schedule::default();
        assert!(schedule.take(0).is_some());

        assert_eq!(schedule.take(4_999), None);
        assert_eq!(schedule.due_us(), 5_000);
    }

    #[test]
    fn a_late_tick_does_not_move_the_ones_after_it() {
        let mut schedule = Schedule::default();
        schedule.take(0).unwrap();

        assert_eq!(schedule.take(21_000).unwrap().late_us, 16_000);
        assert_eq!(schedule.take(21_000).unwrap().late_us, 11_000);
        assert_eq!(schedule.take(21_000).unwrap().late_us, 6_000);
        assert_eq!(schedule.take(21_000).unwrap().late_us, 1_000);
        assert_eq!(schedule.take(21_000), None);
        assert_eq!(schedule.due_us(), 25_000);
    }

    #[test]
    fn a_long_stall_is_skipped_and_the_clock_goes_on() {
        let mut schedule = Schedule::default();
        schedule.take(0).unwrap();

        let tick = schedule.take(10_000_000).unwrap();

        assert_eq!(tick, Tick { phase: 0, round: 500, late_us: 9_995_000 });
        assert_eq!(schedule.due_us(), 10_005_000);
    }

    #[test]
    fn a_new_stream_goes_to_the_emptiest_phase() {
        assert_eq!(emptiest([3, 2, 1, 1]), 2);
        assert_eq!(emptiest([0, 0, 0, 0]), 0);
    }
}
