//! The layout of a recorded call: each voice on its side, each packet where its RTP time says, silence where nobody spoke
//! and where somebody was held.

use std::collections::VecDeque;

use super::codec::SAMPLES_PER_MS;

/// Voices of one recording over all its transfers at one time.
pub const VOICES_MAX: usize = 4;
/// A packet has so long to come before its place is written as silence: 400 ms.
pub const SETTLE_SAMPLES: u64 = 400 * SAMPLES_PER_MS as u64;
/// A packet this much earlier than its voice's clock says (60 ms) shows that the packet which set the clock was late.
const AHEAD_MAX_SAMPLES: i64 = 60 * SAMPLES_PER_MS as i64;
/// A packet this much later than that is no more placed: 300 ms.
const BEHIND_MAX_SAMPLES: i64 = 300 * SAMPLES_PER_MS as i64;
/// A voice of which every packet was too late for so long has another delay, or another clock.
const BEHIND_MAX_MS: u64 = 200;
/// What may wait to be written for one voice: 2 s.
const WAITING_MAX_SAMPLES: u64 = 2_000 * SAMPLES_PER_MS as u64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The citizen.
    Left,
    /// Everybody of the helpline.
    Right,
}

/// Positions are samples since the recording began; times are milliseconds since then.
#[derive(Debug)]
pub struct Layout {
    limit: u64,
    written: u64,
    voices: [Option<Voice>; VOICES_MAX],
}

#[derive(Debug)]
struct Voice {
    side: Side,
    muted: bool,
    leaves: bool,
    anchor: Option<Anchor>,
    /// Since when every packet has been too late.
    behind_ms: Option<u64>,
    /// From the first sample that is not yet written.
    waiting: VecDeque<i16>,
}

/// A packet's RTP time and its place in the recording.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    timestamp: u32,
    position: i64,
}

impl Layout {
    /// Makes a layout that ends at `limit_ms`, whatever comes.
    pub fn new(limit_ms: u64) -> Self {
        let limit = samples(limit_ms);
        Self { limit, written: 0, voices: Default::default() }
    }

    /// Gives a voice its place; `None` when there are `VOICES_MAX` already.
    pub fn add(&mut self, side: Side) -> Option<usize> {
        let free = self.voices.iter().position(Option::is_none)?;
        let waiting = VecDeque::new();
        self.voices[free] = Some(Voice {
            side,
            muted: false,
            leaves: false,
            anchor: None,
            behind_ms: None,
            waiting,
        });
        Some(free)
    }

    /// Ends a voice. Its place is free when what it said last has been written.
    pub fn remove(&mut self, voice: usize) {
        if let Some(voice) = self.voices.get_mut(voice).and_then(Option::as_mut) {
            voice.leaves = true;
        }
        self.release();
    }

    /// A voice that nobody hears is not recorded; while the citizen's is not, nobody's is.
    pub fn mute(&mut self, voice: usize, muted: bool) {
        if let Some(voice) = self.voices.get_mut(voice).and_then(Option::as_mut) {
            voice.muted = muted;
        }
    }

    /// Forgets the RTP clock of a source that was replaced.
    pub fn restart_clock(&mut self, voice: usize) {
        if let Some(voice) = self.voices.get_mut(voice).and_then(Option::as_mut) {
            voice.anchor = None;
        }
    }

    /// Puts one packet in its place.
    pub fn push(&mut self, voice: usize, timestamp: u32, pcm: &[i16], at_ms: u64) {
        if self.is_silent() {
            return;
        }
        let written = self.written;
        let Some(voice) = self.voices.get_mut(voice).and_then(Option::as_mut) else { return };
        if voice.muted || voice.leaves {
            return;
        }
        let Some(position) = voice.place(timestamp, pcm.len(), at_ms) else { return };
        let late = usize::try_from(written as i64 - position).unwrap_or(0);
        let Some(pcm) = pcm.get(late..) else { return };
        let at = u64::try_from(position).unwrap_or(0).saturating_sub(written);
        if at + pcm.len() as u64 > WAITING_MAX_SAMPLES {
            return;
        }
        let at = at as usize;
        if voice.waiting.len() < at + pcm.len() {
            voice.waiting.resize(at + pcm.len(), 0);
        }
        for (waiting, sample) in voice.waiting.range_mut(at..).zip(pcm) {
            *waiting = *sample;
        }
    }

    /// Appends what no packet can change any more, left and right in turn.
    pub fn advance(&mut self, at_ms: u64, out: &mut Vec<i16>) {
        self.write(samples(at_ms).saturating_sub(SETTLE_SAMPLES), out);
    }

    /// Appends everything up to the end.
    pub fn finish(&mut self, at_ms: u64, out: &mut Vec<i16>) {
        self.write(samples(at_ms), out);
    }

    pub fn is_over(&self) -> bool {
        self.written >= self.limit
    }

    fn is_silent(&self) -> bool {
        let stays = |voice: &&Voice| voice.side == Side::Left && !voice.leaves;
        let mut citizens = self.voices.iter().flatten().filter(stays).peekable();
        citizens.peek().is_some() && citizens.all(|voice| voice.muted)
    }

    fn write(&mut self, until: u64, out: &mut Vec<i16>) {
        let until = until.min(self.limit);
        let count = until.saturating_sub(self.written) as usize;
        let begin = out.len();
        out.resize(begin + 2 * count, 0);
        let frames = &mut out[begin..];
        for voice in self.voices.iter_mut().flatten() {
            let side = match voice.side {
                Side::Left => 0,
                Side::Right => 1,
            };
            let taken = voice.waiting.len().min(count);
            for (frame, sample) in frames.chunks_exact_mut(2).zip(voice.waiting.drain(..taken)) {
                frame[side] = frame[side].saturating_add(sample);
            }
        }
        self.written += count as u64;
        self.release();
    }

    fn release(&mut self) {
        for place in &mut self.voices {
            if place.as_ref().is_some_and(|voice| voice.leaves && voice.waiting.is_empty()) {
                *place = None;
            }
        }
    }
}

impl Voice {
    /// The place of a packet, or `None` when it comes too late for it.
    fn place(&mut self, timestamp: u32, len: usize, at_ms: u64) -> Option<i64> {
        // The last sample of a packet is as old as the packet.
        let arrived = samples(at_ms) as i64 - len as i64;
        let position = self.anchor.map_or(arrived, |anchor| {
            anchor.position + i64::from(timestamp.wrapping_sub(anchor.timestamp) as i32)
        });
        let behind = arrived - position;
        if behind > BEHIND_MAX_SAMPLES {
            let since_ms = *self.behind_ms.get_or_insert(at_ms);
            if at_ms.saturating_sub(since_ms) < BEHIND_MAX_MS {
                return None;
            }
        }
        self.behind_ms = None;
        let position = if (-AHEAD_MAX_SAMPLES..=BEHIND_MAX_SAMPLES).contains(&behind) {
            position
        } else {
            arrived
        };
        self.anchor = Some(Anchor { timestamp, position });
        Some(position)
    }
}

/// Bounded, so that no clock can overflow the arithmetic of positions.
fn samples(at_ms: u64) -> u64 {
    at_ms.min(u64::from(u32::MAX)) * SAMPLES_PER_MS as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Call {
        layout: Layout,
        citizen: usize,
        agent: usize,
        out: Vec<i16>,
    }

    fn call() -> Call {
        let mut layout = Layout::new(3_600_000);
        let citizen = layout.add(Side::Left).unwrap();
        let agent = layout.add(Side::Right).unwrap();
        Call { layout, citizen, agent, out: Vec::new() }
    }

    impl Call {
        /// The packet n of a voice, whose samples are all `value`, coming `late_ms` after its time.
        fn push(&mut self, voice: usize, n: u32, value: i16, late_ms: u64) {
            let at_ms = u64::from(n + 1) * 20 + late_ms;
            let timestamp = (u32::MAX - 300).wrapping_add(n * 160);
            self.layout.push(voice, timestamp, &[value; 160], at_ms);
        }

        /// The value of each frame of 20 ms, left and right.
        fn frames(&mut self, at_ms: u64) -> Vec<(i16, i16)> {
            self.layout.finish(at_ms, &mut self.out);
            self.out.chunks(320).map(|frame| (frame[0], frame[1])).collect()
        }
    }

    #[test]
    fn the_citizen_is_left_and_the_agent_right() {
        let mut call = call();
        for n in 0..3 {
            call.push(call.citizen, n, 1, 0);
            call.push(call.agent, n, 2, 0);
        }

        assert_eq!(call.frames(60), [(1, 2); 3]);
    }

    #[test]
    fn a_place_comes_from_the_rtp_time_and_not_from_the_arrival() {
        let mut call = call();
        for (n, late_ms) in [(0, 0), (2, 200), (1, 290), (3, 10), (3, 150)] {
            call.push(call.citizen, n, n as i16 + 1, late_ms);
        }

        assert_eq!(call.frames(80), [(1, 0), (2, 0), (3, 0), (4, 0)]);
    }

    #[test]
    fn voices_of_one_side_are_summed_and_cut() {
        let mut call = call();
        let officer = call.layout.add(Side::Right).unwrap();
        call.push(call.agent, 0, 30_000, 0);
        call.push(officer, 0, 30_000, 0);
        call.push(call.agent, 1, -5, 0);
        call.push(officer, 1, 7, 0);

        assert_eq!(call.frames(40), [(0, 32_767), (0, 2)]);
    }

    #[test]
    fn nothing_is_written_before_it_has_settled() {
        let mut call = call();
        call.push(call.citizen, 0, 1, 0);

        call.layout.advance(410, &mut call.out);
        assert_eq!(call.out, [1, 0].repeat(80));
        call.push(call.citizen, 1, 2, 280);

        assert_eq!(call.frames(420)[..3], [(1, 0), (2, 0), (0, 0)]);
    }

    #[test]
    fn a_first_packet_that_was_late_does_not_shift_the_call() {
        let mut call = call();
        call.push(call.citizen, 0, 1, 200);
        for n in 1..20 {
            call.push(call.citizen, n, 2, 0);
        }

        let frames = call.frames(400);
        assert_eq!(frames[2..20], [(2, 0); 18]);
    }

    #[test]
    fn a_stall_of_the_network_loses_what_is_too_late_and_keeps_the_clock() {
        let mut call = call();
        call.push(call.citizen, 0, 1, 0);
        // Packets 1 to 25 all come at 520 ms.
        for n in 1..=25 {
            call.push(call.citizen, n, n as i16 + 1, 500 - u64::from(n - 1) * 20);
        }

        let frames = call.frames(540);
        assert_eq!(frames[1..11], [(0, 0); 10]);
        assert_eq!(
            frames[11..26].iter().map(|frame| frame.0).collect::<Vec<_>>(),
            (12..27).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_delay_that_stays_is_taken_as_it_is() {
        let mut call = call();
        call.push(call.citizen, 0, 1, 0);
        for n in 1..40 {
            call.push(call.citizen, n, 2, 600);
        }

        let frames = call.frames(1_420);
        assert_eq!((frames[30], frames[60..70].to_vec()), ((0, 0), vec![(2, 0); 10]));
    }

    #[test]
    fn hold_is_silence_on_both_sides() {
        let mut call = call();
        call.push(call.citizen, 0, 1, 0);
        call.push(call.agent, 0, 2, 0);
        call.layout.mute(call.citizen, true);
        call.push(call.citizen, 1, 1, 0);
        call.push(call.agent, 1, 2, 0);
        call.layout.mute(call.citizen, false);
        call.layout.mute(call.agent, true);
        call.push(call.citizen, 2, 1, 0);
        call.push(call.agent, 2, 2, 0);

        assert_eq!(call.frames(60), [(1, 2), (0, 0), (1, 0)]);
    }

    #[test]
    fn an_agent_who_takes_over_is_on_the_same_side() {
        let mut call = call();
        call.push(call.agent, 0, 2, 0);
        call.layout.advance(420, &mut call.out);
        call.layout.remove(call.agent);
        let other = call.layout.add(Side::Right).unwrap();
        call.layout.push(other, 99, &[3; 160], 440);

        let frames = call.frames(440);
        assert_eq!((frames[0], frames[21]), ((0, 2), (0, 3)));
    }

    #[test]
    fn the_last_words_of_who_leaves_are_kept() {
        let mut call = call();
        call.push(call.agent, 0, 2, 0);

        call.layout.remove(call.agent);
        call.push(call.agent, 1, 3, 0);

        assert_eq!(call.frames(40), [(0, 2), (0, 0)]);
        assert_eq!(call.layout.add(Side::Right), Some(call.agent), "its place is free");
    }

    #[test]
    fn a_recording_ends_at_its_longest() {
        let mut layout = Layout::new(50);
        let mut out = Vec::new();

        layout.finish(5_000, &mut out);

        assert_eq!(out.len(), 800);
        assert!(layout.is_over());
        assert_eq!(
            (0..5).map(|_| layout.add(Side::Left)).collect::<Vec<_>>(),
            [Some(0), Some(1), Some(2), Some(3), None]
        );
    }

    proptest! {
        #[test]
        fn any_packets_leave_a_bounded_memory_and_the_exact_length(
            packets in proptest::collection::vec((0usize..5, any::<u32>(), 0usize..1_600, 0u64..300, any::<bool>()), 0..60),
        ) {
            let mut call = call();
            let mut now_ms = 0;
            for (voice, timestamp, len, later_ms, looks) in packets {
                now_ms += later_ms;
                call.layout.push(voice, timestamp, &vec![1; len], now_ms);
                if looks {
                    call.layout.advance(now_ms, &mut call.out);
                }
                for voice in call.layout.voices.iter().flatten() {
                    prop_assert!(voice.waiting.len() as u64 <= WAITING_MAX_SAMPLES);
                }
            }
            call.layout.finish(now_ms, &mut call.out);
            prop_assert_eq!(call.out.len() as u64, now_ms * 16);
        }
    }
}
