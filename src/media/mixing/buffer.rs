//! The buffer of one voice before a mix: as short as the network allows, never longer than `DELAY_MAX_MS`.

use std::collections::VecDeque;

use crate::media::codec::SAMPLES_PER_MS;
use crate::media::pacing::FRAME_SAMPLES;

/// Nothing waits longer than this; past it the oldest is dropped.
pub const DELAY_MAX_MS: usize = 120;
/// The deepest cushion that a bad network makes.
const CUSHION_MAX_SAMPLES: usize = 80 * SAMPLES_PER_MS;
const DELAY_MAX_SAMPLES: usize = DELAY_MAX_MS * SAMPLES_PER_MS;
/// A packet so soon after the buffer ran dry came late; after a longer pause somebody begins to speak: 200 ms.
const LATE_ROUNDS: u32 = 10;
/// A frame that was left over at every turn for so long (10 s) was one too many.
const SPARE_ROUNDS: u32 = 500;

#[derive(Debug, Default)]
pub struct Buffer {
    /// The RTP time of the first sample that waits; none when it ran dry.
    head: Option<u32>,
    waiting: VecDeque<i16>,
    /// Silence put before a voice that begins, so that the next late packet is not missed.
    cushion: usize,
    /// Turns since it ran dry.
    dry: u32,
    began: bool,
    /// What was left at the leanest turn of the present look, and the turns of that look.
    spare: usize,
    rounds: u32,
}

impl Buffer {
    /// Puts a packet where its RTP time says; what is too late for its place is dropped.
    pub fn push(&mut self, timestamp: u32, pcm: &[i16]) {
        let pcm = &pcm[..pcm.len().min(DELAY_MAX_SAMPLES)];
        let offset = match self.head {
            Some(head) => timestamp.wrapping_sub(head) as i32,
            None => self.begin(timestamp),
        };
        // A clock that jumped.
        let offset = if offset.unsigned_abs() as usize > DELAY_MAX_SAMPLES * 4 {
            self.waiting.clear();
            self.begin(timestamp)
        } else {
            offset
        };

        let late = usize::try_from(-offset).unwrap_or(0);
        let Some(pcm) = pcm.get(late..).filter(|pcm| !pcm.is_empty()) else { return };
        let at = usize::try_from(offset).unwrap_or(0);
        if self.waiting.len() < at + pcm.len() {
            self.waiting.resize(at + pcm.len(), 0);
        }
        for (waiting, sample) in self.waiting.range_mut(at..).zip(pcm) {
            *waiting = *sample;
        }
        if self.waiting.len() > DELAY_MAX_SAMPLES {
            let kept = self.cushion + FRAME_SAMPLES;
            self.drop_oldest(self.waiting.len() - kept);
        }
    }

    /// Takes the next 20 ms; false when the voice says nothing.
    pub fn pop(&mut self, out: &mut [i16; FRAME_SAMPLES]) -> bool {
        out.fill(0);
        let taken = self.waiting.len().min(FRAME_SAMPLES);
        if taken == 0 {
            self.head = None;
            self.dry = self.dry.saturating_add(1);
            return false;
        }
        for (out, sample) in out.iter_mut().zip(self.waiting.drain(..taken)) {
            *out = sample;
        }
        self.dry = 0;
        // Half a frame: what follows on comes late.
        self.head =
            self.head.filter(|_| taken == FRAME_SAMPLES).map(|at| at.wrapping_add(taken as u32));
        self.look();
        true
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn begin(&mut self, timestamp: u32) -> i32 {
        if self.began && self.dry < LATE_ROUNDS {
            self.cushion = (self.cushion + FRAME_SAMPLES).min(CUSHION_MAX_SAMPLES);
        }
        self.began = true;
        (self.spare, self.rounds) = (usize::MAX, 0);
        self.head = Some(timestamp.wrapping_sub(self.cushion as u32));
        self.cushion as i32
    }

    /// Takes out a frame that was never needed: a network that is better again, or a clock that is faster than ours.
    fn look(&mut self) {
        self.spare = self.spare.min(self.waiting.len());
        self.rounds += 1;
        if self.rounds < SPARE_ROUNDS {
            return;
        }
        if self.spare >= FRAME_SAMPLES {
            self.cushion = self.cushion.saturating_sub(FRAME_SAMPLES);
            self.drop_oldest(FRAME_SAMPLES);
        }
        (self.spare, self.rounds) = (usize::MAX, 0);
    }

    fn drop_oldest(&mut self, samples: usize) {
        let dropped = samples.min(self.waiting.len());
        self.waiting.drain(..dropped);
        self.head = self.head.map(|at| at.wrapping_add(dropped as u32));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Pushes packet n, whose samples are all n + 1.
    fn push(buffer: &mut Buffer, n: u32) {
        buffer.push((u32::MAX - 300).wrapping_add(n * 160), &[n as i16 + 1; 160]);
    }

    /// The first and last sample of the next frame.
    fn pop(buffer: &mut Buffer) -> (i16, i16) {
        let mut out = [9; FRAME_SAMPLES];
        buffer.pop(&mut out);
        (out[0], out[FRAME_SAMPLES - 1])
    }

    #[test]
    fn an_even_voice_passes_without_a_cushion() {
        let mut buffer = Buffer::default();

        for n in 0..1_000 {
            push(&mut buffer, n);
            assert_eq!(pop(&mut buffer), (n as i16 + 1, n as i16 + 1));
            assert!(buffer.is_empty());
        }
    }

    #[test]
    fn a_late_packet_makes_a_cushion_of_one_frame() {
        let mut buffer = Buffer::default();
        push(&mut buffer, 0);
        pop(&mut buffer);
        assert_eq!(pop(&mut buffer), (0, 0));

        push(&mut buffer, 1);
        push(&mut buffer, 2);

        assert_eq!(pop(&mut buffer), (0, 0));
        assert_eq!(pop(&mut buffer), (2, 2));
        assert_eq!(pop(&mut buffer), (3, 3));
    }

    #[test]
    fn reordered_packets_are_put_in_order_while_there_is_time() {
        let mut buffer = Buffer::default();
        push(&mut buffer, 0);
        push(&mut buffer, 2);
        push(&mut buffer, 1);

        assert_eq!(
            [pop(&mut buffer), pop(&mut buffer), pop(&mut buffer)],
            [(1, 1), (2, 2), (3, 3)]
        );
    }

    #[test]
    fn a_lost_packet_is_silence_in_its_place() {
        let mut buffer = Buffer::default();
        push(&mut buffer, 0);
        push(&mut buffer, 2);

        assert_eq!(
            [pop(&mut buffer), pop(&mut buffer), pop(&mut buffer)],
            [(1, 1), (0, 0), (3, 3)]
        );
        push(&mut buffer, 1);
        assert!(buffer.is_empty(), "its place has passed");
    }

    #[test]
    fn frames_of_another_length_are_cut_anew() {
        let mut buffer = Buffer::default();
        buffer.push(0, &[1; 240]);
        buffer.push(240, &[2; 240]);

        assert_eq!(
            [pop(&mut buffer), pop(&mut buffer), pop(&mut buffer)],
            [(1, 1), (1, 2), (2, 2)]
        );
    }

    #[test]
    fn a_burst_is_cut_to_its_newest() {
        let mut buffer = Buffer::default();
        for n in 0..7 {
            push(&mut buffer, n);
        }

        assert_eq!(buffer.waiting.len(), 160);
        assert_eq!(pop(&mut buffer), (7, 7));
    }

    #[test]
    fn a_voice_that_is_faster_than_our_clock_never_waits_longer() {
        let mut buffer = Buffer::default();
        let (mut n, mut longest) = (0, 0);

        // One packet in a hundred too many: 10,000 ppm, a hundred times worse than any phone.
        for round in 0..20_000 {
            push(&mut buffer, n);
            n += 1;
            if round % 100 == 0 {
                push(&mut buffer, n);
                n += 1;
            }
            pop(&mut buffer);
            longest = longest.max(buffer.waiting.len());
        }

        assert!(longest <= DELAY_MAX_SAMPLES, "{longest}");
        assert_eq!(DELAY_MAX_SAMPLES, 960);
    }

    #[test]
    fn a_cushion_that_is_not_needed_goes_away() {
        let mut buffer = Buffer::default();
        push(&mut buffer, 0);
        pop(&mut buffer);
        pop(&mut buffer);
        for n in 1..600 {
            push(&mut buffer, n);
            pop(&mut buffer);
        }

        assert!(buffer.is_empty());
        assert_eq!(buffer.cushion, 0);
    }

    #[test]
    fn a_clock_that_jumps_begins_anew() {
        let mut buffer = Buffer::default();
        buffer.push(0, &[1; 160]);
        buffer.push(2_000_000_000, &[2; 160]);

        while !buffer.is_empty() {
            let frame = pop(&mut buffer);
            assert!(frame == (0, 0) || frame == (2, 2), "{frame:?}");
        }
    }

    proptest! {
        #[test]
        fn any_packets_leave_a_bounded_buffer(
            packets in proptest::collection::vec((any::<u32>(), 0u32..4_000, 0usize..2_000, any::<bool>(), any::<bool>()), 0..100),
        ) {
            let mut buffer = Buffer::default();
            for (wild, near, len, is_wild, popped) in packets {
                buffer.push(if is_wild { wild } else { near }, &vec![1; len]);
                prop_assert!(buffer.waiting.len() <= DELAY_MAX_SAMPLES);
                if popped { pop(&mut buffer); }
            }
        }
    }
}
