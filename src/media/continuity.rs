//! One unbroken source towards a peer: sequence and clock go on through prompts, key presses, holds and the packets of
//! others, so that no far side ever takes a new sound for a new call.

use super::codec::SAMPLES_PER_MS;
use super::rtp::Packet;

/// A pause up to here between what others said and what is mixed or handed on next is joined: 40 ms.
pub const SEAM_SAMPLES: u64 = 40 * SAMPLES_PER_MS as u64;
/// A source whose clock is this far from ours has jumped, and is placed anew by its arrival: 2 s.
const DRIFT_MAX_SAMPLES: u64 = 2_000 * SAMPLES_PER_MS as u64;
/// Packets behind the newest that still have their place; a later one is no more use to anybody.
const REORDER_MAX: u16 = 64;
/// A sequence that goes back further than this begins anew.
const BACK_MAX: u16 = 128;
/// Packets that may be lost in one run: 10 s of frames. A longer step begins anew.
const LOSS_MAX: u16 = 500;

/// What a packet of ours carries in its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub sequence: u16,
    pub timestamp: u32,
    /// The beginning of a talk spurt.
    pub marker: bool,
}

/// Clocks are samples since the engine began.
#[derive(Debug, Clone)]
pub struct Continuity {
    ssrc: u32,
    sequence: u16,
    origin: u32,
    /// The sample behind the last that was said; none before the first word.
    next: Option<u64>,
    course: Option<Course>,
}

/// How the packets of another source lie in ours.
#[derive(Debug, Clone, Copy)]
struct Course {
    ssrc: u32,
    newest: Newest,
    /// Packets since the course began, as far as they may be reordered.
    run: u16,
    /// Bit n: the packet n before the newest has come.
    seen: u64,
}

#[derive(Debug, Clone, Copy)]
struct Newest {
    sequence_in: u16,
    sequence_out: u16,
    timestamp_in: u32,
    at: u64,
}

impl Continuity {
    /// Takes random beginnings, as RFC 3550 section 5.1 asks.
    pub fn new(ssrc: u32, sequence: u16, timestamp: u32) -> Self {
        Self { ssrc, sequence, origin: timestamp, next: None, course: None }
    }

    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Places a frame of our own; a pause of up to `seam` samples before it is joined.
    pub fn frame(&mut self, clock: u64, samples: u64, seam: u64) -> Place {
        let at = self.joined(clock, seam);
        let marker = self.next != Some(at);
        self.course = None;
        self.next = Some(at.saturating_add(samples));
        self.place(at, marker)
    }

    /// Where a key press that begins now is placed; all packets of it carry this sample.
    pub fn press(&self, clock: u64) -> u64 {
        clock.max(self.next.unwrap_or(0))
    }

    /// Places a packet of a key press.
    pub fn event(&mut self, pressed: u64, marker: bool) -> Place {
        self.course = None;
        self.place(pressed, marker)
    }

    /// Places a packet of another source in ours: what was lost stays lost, what was reordered stays so, and the receiving
    /// side can mend both. `None` for what came twice or far too late.
    pub fn relay(&mut self, packet: &Packet<'_>, samples: u64, clock: u64) -> Option<Place> {
        let place = match self.course.filter(|course| course.ssrc == packet.ssrc) {
            Some(course) => match course.follow(packet, clock) {
                Follow::On(course) => {
                    let lost = course.newest.sequence_out.wrapping_sub(self.sequence);
                    self.sequence = self.sequence.wrapping_add(lost);
                    self.course = Some(course);
                    self.place(course.newest.at, packet.marker)
                }
                Follow::Behind(course, sequence, at) => {
                    self.course = Some(course);
                    return Some(Place { sequence, timestamp: self.timestamp(at), marker: false });
                }
                Follow::Dropped => return None,
                Follow::Anew => self.begin(packet, clock),
            },
            None => self.begin(packet, clock),
        };
        let at = self.course.map_or(clock, |course| course.newest.at);
        self.next = Some(at.saturating_add(samples));
        Some(place)
    }

    /// What others say from now on may be somebody else's, even under the same source.
    pub fn part(&mut self) {
        self.course = None;
    }

    fn begin(&mut self, packet: &Packet<'_>, clock: u64) -> Place {
        let at = self.joined(clock, SEAM_SAMPLES);
        let newest = Newest {
            sequence_in: packet.sequence,
            sequence_out: self.sequence,
            timestamp_in: packet.timestamp,
            at,
        };
        self.course = Some(Course { ssrc: packet.ssrc, newest, run: 1, seen: 1 });
        self.place(at, true)
    }

    /// Never before what has been said.
    fn joined(&self, clock: u64, seam: u64) -> u64 {
        match self.next {
            Some(next) if clock <= next.saturating_add(seam) => next,
            _ => clock,
        }
    }

    fn place(&mut self, at: u64, marker: bool) -> Place {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        Place { sequence, timestamp: self.timestamp(at), marker }
    }

    fn timestamp(&self, at: u64) -> u32 {
        self.origin.wrapping_add(at as u32)
    }
}

enum Follow {
    On(Course),
    /// With the sequence and the sample of the packet.
    Behind(Course, u16, u64),
    Dropped,
    Anew,
}

impl Course {
    fn follow(mut self, packet: &Packet<'_>, clock: u64) -> Follow {
        let Newest { sequence_in, sequence_out, timestamp_in, at } = self.newest;
        let step = packet.sequence.wrapping_sub(sequence_in);
        let elapsed = packet.timestamp.wrapping_sub(timestamp_in) as i32;
        let Some(at) = at.checked_add_signed(elapsed.into()) else { return Follow::Anew };

        if (1..=LOSS_MAX).contains(&step) {
            if elapsed < 0 || at.abs_diff(clock) > DRIFT_MAX_SAMPLES {
                return Follow::Anew;
            }
            self.seen = self.seen.checked_shl(step.into()).unwrap_or(0) | 1;
            self.run = self.run.saturating_add(step).min(REORDER_MAX);
            self.newest = Newest {
                sequence_in: packet.sequence,
                sequence_out: sequence_out.wrapping_add(step),
                timestamp_in: packet.timestamp,
                at,
            };
            return Follow::On(self);
        }

        let back = sequence_in.wrapping_sub(packet.sequence);
        if back > BACK_MAX {
            return Follow::Anew;
        }
        // Before the course began the sequence numbers are those of what was said then.
        if back >= self.run || elapsed > 0 || self.seen & 1 << back != 0 {
            return Follow::Dropped;
        }
        self.seen |= 1 << back;
        Follow::Behind(self, sequence_out.wrapping_sub(back), at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SSRC: u32 = 7;

    fn continuity() -> Continuity {
        Continuity::new(1, 100, 0)
    }

    fn packet(ssrc: u32, sequence: u16, timestamp: u32) -> Packet<'static> {
        Packet { payload_type: 8, marker: false, sequence, timestamp, ssrc, payload: &[] }
    }

    /// Relays packet n of a source whose sequence begins at 65,534 and whose clock begins shortly before it wraps.
    fn relay(line: &mut Continuity, n: u16, clock: u64) -> Option<(u16, u32, bool)> {
        let timestamp = (u32::MAX - 200).wrapping_add(u32::from(n) * 160);
        let place = line.relay(&packet(SSRC, n.wrapping_sub(2), timestamp), 160, clock)?;
        Some((place.sequence, place.timestamp, place.marker))
    }

    #[test]
    fn another_source_goes_on_where_our_own_sound_ended() {
        let mut line = continuity();
        line.frame(8_000, 160, 0);
        line.frame(8_160, 160, 0);

        assert_eq!(relay(&mut line, 0, 8_480), Some((102, 8_320, true)));
        assert_eq!(relay(&mut line, 1, 8_640), Some((103, 8_480, false)));
        assert_eq!(
            line.frame(8_700, 160, 0),
            Place { sequence: 104, timestamp: 8_700, marker: true }
        );
    }

    #[test]
    fn a_source_that_runs_ahead_is_never_spoken_over() {
        let mut line = continuity();
        relay(&mut line, 0, 1_000);
        relay(&mut line, 1, 1_000);

        assert_eq!(
            line.frame(1_100, 160, 0),
            Place { sequence: 102, timestamp: 1_320, marker: false }
        );
        assert_eq!(line.press(1_200), 1_480);
    }

    #[test]
    fn a_long_pause_before_another_source_keeps_its_length() {
        let mut line = continuity();
        line.frame(0, 160, 0);

        assert_eq!(relay(&mut line, 0, 481), Some((101, 481, true)));
    }

    #[test]
    fn loss_and_reordering_stay_for_the_far_side_to_mend() {
        let mut line = continuity();

        let places: Vec<_> =
            [0, 1, 4, 3, 5].into_iter().map(|n| relay(&mut line, n, 0).unwrap()).collect();

        let sequences: Vec<_> = places.iter().map(|place| place.0).collect();
        let timestamps: Vec<_> = places.iter().map(|place| place.1).collect();
        assert_eq!(sequences, [100, 101, 104, 103, 105]);
        assert_eq!(timestamps, [0, 160, 640, 480, 800]);
        assert_eq!(line.frame(960, 160, 0).sequence, 106);
    }

    #[test]
    fn what_comes_twice_goes_out_once() {
        let mut line = continuity();
        for n in [0, 1, 3] {
            relay(&mut line, n, 0);
        }

        assert_eq!(relay(&mut line, 3, 0), None);
        assert_eq!(relay(&mut line, 0, 0), None);
        assert_eq!(relay(&mut line, 2, 0), Some((102, 320, false)));
        assert_eq!(relay(&mut line, 2, 0), None);
    }

    #[test]
    fn what_was_sent_before_the_course_has_no_place_in_it() {
        let mut line = continuity();
        line.frame(0, 160, 0);
        relay(&mut line, 5, 160);

        assert_eq!(relay(&mut line, 4, 160), None);
        assert_eq!(relay(&mut line, 6, 160), Some((102, 320, false)));
    }

    #[test]
    fn a_new_source_and_a_clock_that_jumps_begin_anew_without_a_break() {
        let mut line = continuity();
        relay(&mut line, 0, 0);

        let other = line.relay(&packet(8, 9_000, 77), 160, 160).unwrap();
        assert_eq!(other, Place { sequence: 101, timestamp: 160, marker: true });
        let jumped = line.relay(&packet(8, 9_001, 900_000), 160, 320).unwrap();
        assert_eq!(jumped, Place { sequence: 102, timestamp: 320, marker: true });
        let restarted = line.relay(&packet(8, 3, 0), 160, 480).unwrap();
        assert_eq!(restarted, Place { sequence: 103, timestamp: 480, marker: true });
    }

    #[test]
    fn two_who_chose_the_same_source_are_two() {
        let mut line = continuity();
        relay(&mut line, 0, 0);
        relay(&mut line, 1, 160);

        line.part();

        assert_eq!(relay(&mut line, 0, 320), Some((102, 320, true)));
    }

    #[test]
    fn a_silence_of_the_source_keeps_its_length() {
        let mut line = continuity();
        relay(&mut line, 0, 0);
        let mut later = packet(SSRC, u16::MAX, (u32::MAX - 200).wrapping_add(80_000));
        later.marker = true;

        let place = line.relay(&later, 160, 80_100).unwrap();

        assert_eq!(place, Place { sequence: 101, timestamp: 80_000, marker: true });
    }

    proptest! {
        #[test]
        fn no_sequence_goes_out_twice_whatever_comes(
            packets in proptest::collection::vec((0u32..3, 0u16..700, 0u32..100_000, 0u64..400, any::<bool>()), 1..100),
        ) {
            let mut line = continuity();
            let (mut clock, mut sent) = (0, std::collections::HashSet::new());
            for (ssrc, sequence, timestamp, later, own) in packets {
                clock += later;
                let place = if own {
                    Some(line.frame(clock, 160, 0))
                } else {
                    line.relay(&packet(ssrc, sequence, timestamp), 160, clock)
                };
                if let Some(place) = place {
                    prop_assert!(sent.insert(place.sequence), "{} twice", place.sequence);
                }
            }
        }
    }
}
