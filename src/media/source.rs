//! Which SSRC is the peer: another one takes over only after the first fell quiet and it has shown an orderly run.

/// The first source must have been quiet for so long.
const QUIET_MS: u64 = 200;
/// Packets in order that a newcomer must show.
const RUN_MIN: u8 = 3;
/// A step in the newcomer's sequence that still counts as order, for loss on the way.
const STEP_MAX: u16 = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    Same,
    /// From this packet on, timestamps and sequence have nothing to do with those before.
    New,
    Refused,
}

#[derive(Debug, Default)]
pub struct Source {
    current: Option<Current>,
    newcomer: Option<Newcomer>,
}

#[derive(Debug)]
struct Current {
    ssrc: u32,
    last_ms: u64,
}

#[derive(Debug, Clone, Copy)]
struct Newcomer {
    ssrc: u32,
    sequence: u16,
    run: u8,
}

impl Source {
    pub fn admit(&mut self, ssrc: u32, sequence: u16, at_ms: u64) -> Admission {
        let Some(current) = &mut self.current else {
            return self.take_over(ssrc, at_ms);
        };
        if current.ssrc == ssrc {
            current.last_ms = current.last_ms.max(at_ms);
            return Admission::Same;
        }

        let quiet_ms = at_ms.saturating_sub(current.last_ms);
        let run = match self.newcomer {
            Some(known) if known.ssrc == ssrc && in_order(known.sequence, sequence) => {
                known.run.saturating_add(1)
            }
            _ => 1,
        };
        self.newcomer = Some(Newcomer { ssrc, sequence, run });
        if quiet_ms < QUIET_MS || run < RUN_MIN {
            return Admission::Refused;
        }
        self.take_over(ssrc, at_ms)
    }

    fn take_over(&mut self, ssrc: u32, at_ms: u64) -> Admission {
        *self = Self { current: Some(Current { ssrc, last_ms: at_ms }), newcomer: None };
        Admission::New
    }
}

fn in_order(before: u16, after: u16) -> bool {
    (1..=STEP_MAX).contains(&after.wrapping_sub(before))
}

#[cfg(test)]
mod tests {
    use super::Admission::{New, Refused, Same};
    use super::*;

    #[test]
    fn the_first_source_is_taken() {
        let mut source = Source::default();

        assert_eq!(source.admit(1, 10, 0), New);
        assert_eq!(source.admit(1, 11, 20), Same);
    }

    #[test]
    fn an_intruder_beside_a_live_source_stays_out() {
        let mut source = Source::default();
        source.admit(1, 0, 0);

        for n in 0..100u16 {
            assert_eq!(source.admit(2, n, u64::from(n) * 20 + 10), Refused);
            assert_eq!(source.admit(1, n, u64::from(n) * 20 + 20), Same);
        }
    }

    #[test]
    fn a_new_source_takes_over_after_quiet_and_a_run_of_three() {
        let mut source = Source::default();
        source.admit(1, 0, 0);

        assert_eq!(source.admit(2, 65_534, 250), Refused);
        assert_eq!(source.admit(2, 0, 270), Refused);
        assert_eq!(source.admit(2, 1, 290), New);
        assert_eq!(source.admit(1, 1, 300), Refused);
    }

    #[test]
    fn scattered_packets_are_no_run() {
        let mut source = Source::default();
        source.admit(1, 0, 0);

        for n in 0..50u16 {
            assert_eq!(source.admit(2, n.wrapping_mul(1_000), 1_000), Refused);
            assert_eq!(source.admit(u32::from(n) + 3, 0, 1_000), Refused);
        }
    }
}
