//! The timeline of a recording: packets put in order by their RTP time, duplicates dropped, loss and pauses filled with
//! silence. It never holds more than `DEPTH_SAMPLES`.

use std::collections::BTreeMap;

use super::codec::SAMPLES_PER_MS;

/// How far ahead of a missing packet others are held for it: 200 ms.
pub const DEPTH_SAMPLES: u64 = 200 * SAMPLES_PER_MS as u64;
/// RTP time this far from the time of arrival is a clock that jumped; the arrival then rules: 2 s.
pub const DRIFT_MAX_SAMPLES: i64 = 2_000 * SAMPLES_PER_MS as i64;

/// Positions are samples since the recording began; times are milliseconds since then.
#[derive(Debug)]
pub struct Timeline {
    limit: u64,
    written: u64,
    anchor: Option<Anchor>,
    held: BTreeMap<u64, Vec<i16>>,
}

/// A packet's RTP time and its place in the recording.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    timestamp: u32,
    position: i64,
}

impl Timeline {
    /// Makes a timeline that ends at `limit_ms`, whatever comes.
    pub fn new(limit_ms: u32) -> Self {
        let limit = u64::from(limit_ms) * SAMPLES_PER_MS as u64;
        Self { limit, written: 0, anchor: None, held: BTreeMap::new() }
    }

    /// Takes one packet's samples and appends to `out` what is now in order.
    pub fn push(&mut self, timestamp: u32, mut pcm: Vec<i16>, at_ms: u64, out: &mut Vec<i16>) {
        let len = pcm.len() as u64;
        // The last sample of a packet is as old as the packet.
        let arrived = samples(at_ms) as i64 - len as i64;
        let mut position = match self.anchor {
            Some(anchor) => {
                anchor.position + i64::from(timestamp.wrapping_sub(anchor.timestamp) as i32)
            }
            None => arrived,
        };
        if (position - arrived).abs() > DRIFT_MAX_SAMPLES {
            position = arrived;
            self.anchor = None;
        }
        if self.anchor.is_none_or(|anchor| position > anchor.position) {
            self.anchor = Some(Anchor { timestamp, position });
        }

        let over = (self.written as i64 - position).max(0) as u64;
        if over >= len {
            return;
        }
        pcm.drain(..over as usize);
        self.held.entry((position + over as i64) as u64).or_insert(pcm);
        self.release(out, DEPTH_SAMPLES);
    }

    /// Forgets the RTP clock of a source that was replaced; the next packet takes its place by its arrival.
    pub fn restart_clock(&mut self) {
        self.anchor = None;
    }

    /// Whether a recording that has run for so long has reached its limit.
    pub fn is_over(&self, at_ms: u64) -> bool {
        self.written >= self.limit || samples(at_ms) >= self.limit
    }

    /// Gives out the silence of a long pause as it passes, so that no recording ever owes more than `DRIFT_MAX_SAMPLES`.
    pub fn advance(&mut self, at_ms: u64, out: &mut Vec<i16>) {
        if self.held.is_empty() {
            self.fill(samples(at_ms).saturating_sub(DRIFT_MAX_SAMPLES as u64), out);
        }
    }

    /// Gives out what is held and silence up to the time of the end.
    pub fn finish(&mut self, at_ms: u64, out: &mut Vec<i16>) {
        self.release(out, 0);
        self.fill(samples(at_ms), out);
    }

    /// Writes the packets that follow on, and past gaps while more than `depth` samples wait behind one.
    fn release(&mut self, out: &mut Vec<i16>, depth: u64) {
        while let Some((&position, pcm)) = self.held.first_key_value() {
            let newest = self.held.last_key_value().map_or(0, |(at, pcm)| at + pcm.len() as u64);
            if position > self.written && newest - self.written <= depth {
                return;
            }
            let over = self.written.saturating_sub(position) as usize;
            let rest = pcm.get(over..).unwrap_or_default().to_vec();
            self.held.pop_first();
            self.fill(position, out);
            let room = self.limit.saturating_sub(self.written);
            let taken = &rest[..rest.len().min(usize::try_from(room).unwrap_or(usize::MAX))];
            out.extend_from_slice(taken);
            self.written += taken.len() as u64;
            if room == 0 {
                self.held.clear();
            }
        }
    }

    fn fill(&mut self, until: u64, out: &mut Vec<i16>) {
        let missing = until.min(self.limit).saturating_sub(self.written);
        out.resize(out.len() + missing as usize, 0);
        self.written += missing;
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

    /// A packet of 20 ms whose samples are all `value`; packet n arrives at 20 (n + 1) ms.
    fn push(timeline: &mut Timeline, n: u32, value: i16, out: &mut Vec<i16>) {
        timeline.push(n * 160 + 4_000_000_000, vec![value; 160], u64::from(n + 1) * 20, out);
    }

    /// The value of each frame of what came out.
    fn frames(out: &[i16]) -> Vec<i16> {
        out.chunks(160).map(|frame| frame[0]).collect()
    }

    #[test]
    fn packets_in_order_come_out_at_once() {
        let (mut timeline, mut out) = (Timeline::new(1_000), Vec::new());

        for n in 0..3 {
            push(&mut timeline, n, n as i16 + 1, &mut out);
        }

        assert_eq!(frames(&out), [1, 2, 3]);
    }

    #[test]
    fn reordered_packets_are_put_in_order_and_duplicates_dropped() {
        let (mut timeline, mut out) = (Timeline::new(1_000), Vec::new());

        for n in [0, 2, 2, 1, 1, 4, 3, 0] {
            push(&mut timeline, n, n as i16 + 1, &mut out);
        }

        assert_eq!(frames(&out), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_lost_packet_becomes_silence_once_enough_wait_behind_it() {
        let (mut timeline, mut out) = (Timeline::new(1_000), Vec::new());

        push(&mut timeline, 0, 1, &mut out);
        for n in 2..11 {
            push(&mut timeline, n, 2, &mut out);
        }
        assert_eq!(out.len(), 160);
        push(&mut timeline, 11, 2, &mut out);

        assert_eq!(frames(&out), [1, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
    }

    #[test]
    fn a_pause_of_the_talker_keeps_its_length() {
        let (mut timeline, mut out) = (Timeline::new(10_000), Vec::new());

        push(&mut timeline, 0, 1, &mut out);
        push(&mut timeline, 100, 2, &mut out);

        assert_eq!(out.len(), 101 * 160);
        assert_eq!(out[159..162], [1, 0, 0]);
        assert_eq!(out[16_000], 2);
    }

    #[test]
    fn the_silence_before_the_first_packet_and_after_the_last_is_kept() {
        let (mut timeline, mut out) = (Timeline::new(10_000), Vec::new());

        timeline.push(7, vec![5; 160], 520, &mut out);
        timeline.finish(700, &mut out);

        assert_eq!(out.len(), 5_600);
        assert_eq!(out.iter().position(|sample| *sample == 5), Some(4_000));
    }

    #[test]
    fn a_clock_that_jumps_is_set_by_the_arrival() {
        let (mut timeline, mut out) = (Timeline::new(10_000), Vec::new());

        timeline.push(0, vec![1; 160], 20, &mut out);
        timeline.push(2_000_000_000, vec![2; 160], 40, &mut out);
        timeline.push(2_000_000_160, vec![3; 160], 60, &mut out);

        assert_eq!(frames(&out), [1, 2, 3]);
    }

    #[test]
    fn the_rtp_clock_wraps_unnoticed() {
        let (mut timeline, mut out) = (Timeline::new(10_000), Vec::new());

        timeline.push(u32::MAX - 159, vec![1; 160], 20, &mut out);
        timeline.push(0, vec![2; 160], 41, &mut out);

        assert_eq!(frames(&out), [1, 2]);
    }

    #[test]
    fn nothing_passes_the_limit() {
        let (mut timeline, mut out) = (Timeline::new(50), Vec::new());

        for n in 0..5 {
            push(&mut timeline, n, 1, &mut out);
        }
        timeline.finish(5_000, &mut out);

        assert_eq!(out.len(), 400);
        assert!(timeline.is_over(60));
    }

    #[test]
    fn a_long_pause_comes_out_as_it_passes() {
        let (mut timeline, mut out) = (Timeline::new(10_000), Vec::new());

        timeline.advance(2_000, &mut out);
        assert_eq!(out.len(), 0);
        timeline.advance(2_500, &mut out);
        assert_eq!(out.len(), 4_000);
    }

    #[test]
    fn time_alone_ends_a_recording_of_nothing() {
        let timeline = Timeline::new(1_000);

        assert!(!timeline.is_over(999));
        assert!(timeline.is_over(1_000));
    }

    proptest! {
        #[test]
        fn any_packets_leave_a_bounded_buffer_and_the_exact_length(
            packets in proptest::collection::vec((any::<u32>(), 0usize..1_600, 0u64..3_000), 0..60),
        ) {
            let (mut timeline, mut out) = (Timeline::new(2_000), Vec::new());
            let mut now_ms = 0;
            for (timestamp, len, later_ms) in packets {
                now_ms += later_ms;
                timeline.push(timestamp, vec![1; len], now_ms, &mut out);
                prop_assert!(timeline.held.values().map(Vec::len).sum::<usize>() <= 4_800);
            }
            timeline.finish(now_ms, &mut out);

            prop_assert!(out.len() <= 16_000);
            prop_assert!(out.len() as u64 >= (now_ms * 8).min(16_000));
            prop_assert_eq!(out.len() as u64, timeline.written);
        }

        #[test]
        fn a_bad_network_loses_only_what_it_lost(
            fates in proptest::collection::vec((0u8..100, 0u8..100, 0u64..100), 1..100),
        ) {
            let mut arrived = Vec::new();
            for (n, (lost, doubled, late_ms)) in (0u32..).zip(&fates) {
                let at_ms = u64::from(n) * 20 + 20;
                if *lost >= 10 || n == 0 { arrived.push((at_ms + if n == 0 { 0 } else { *late_ms }, n)); }
                if *doubled < 5 { arrived.push((at_ms + 60, n)); }
            }
            arrived.sort();
            let (mut timeline, mut out) = (Timeline::new(60_000), Vec::new());
            for (at_ms, n) in &arrived {
                timeline.push(n * 160, vec![*n as i16 + 1; 160], *at_ms, &mut out);
            }
            timeline.finish(0, &mut out);

            for (n, value) in (0u32..).zip(frames(&out)) {
                let came = arrived.iter().any(|(_, other)| *other == n);
                prop_assert_eq!(value, if came { n as i16 + 1 } else { 0 });
            }
        }
    }
}
