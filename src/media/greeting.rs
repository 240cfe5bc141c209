//! What whoever picked up says first, and whether it sounds like a machine's greeting: long, and without the pause of somebody who
//! waits for an answer. A hint beside the evidence of a call and nothing more: it decides nothing.

use super::codec::SAMPLES_PER_MS;

/// What is said later than this behind the answer is not looked at.
pub const LOOK_MS: u32 = 10_000;
/// Somebody who says a greeting pauses before this.
pub const GREETING_MS: u32 = 2_500;
/// Shorter silences are within a sentence.
pub const PAUSE_MS: u32 = 600;
const FRAME_MS: u32 = 20;
const FRAME_SAMPLES: u32 = FRAME_MS * SAMPLES_PER_MS as u32;
/// The mean of a frame's absolute samples, from which on it is voice or a tone; lines are quieter.
const LOUD: u32 = 256;

/// What was heard so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Note {
    pub heard_ms: u32,
    pub voiced_ms: u32,
    /// The longest stretch without a pause.
    pub longest_ms: u32,
}

impl Note {
    /// Whether it sounds like a machine.
    pub fn is_likely(self) -> bool {
        self.longest_ms >= GREETING_MS
    }
}

/// Listens from the answer on; takes no memory as it goes.
#[derive(Clone, Debug, Default)]
pub struct Greeting {
    note: Note,
    /// The timestamp that comes next; None before the first sound, and of a new source.
    next: Option<u32>,
    /// The frame that is being filled: its samples, and the sum of their absolute values.
    samples: u32,
    sum: u32,
    stretch_ms: u32,
    pause_ms: u32,
}

impl Greeting {
    /// Sound of one packet, in order; what comes late is let go, and what is missing is silence.
    pub fn push(&mut self, timestamp: u32, pcm: impl ExactSizeIterator<Item = i16>) {
        if self.is_over() {
            return;
        }
        let missing = self.next.map_or(0, |next| timestamp.wrapping_sub(next));
        if missing > u32::MAX / 2 {
            return;
        }
        self.silent(missing / SAMPLES_PER_MS as u32);
        let length = u32::try_from(pcm.len()).unwrap_or(0);
        self.next = Some(timestamp.wrapping_add(length));
        for sample in pcm {
            self.sum += u32::from(sample.unsigned_abs());
            self.samples += 1;
            if self.samples == FRAME_SAMPLES {
                let voiced = self.sum / FRAME_SAMPLES >= LOUD;
                (self.samples, self.sum) = (0, 0);
                if voiced { self.voiced() } else { self.silent(FRAME_MS) }
            }
        }
    }

    /// Another source goes on: its timestamps are its own.
    pub fn restart_clock(&mut self) {
        self.next = None;
    }

    pub fn note(&self) -> Note {
        self.note
    }

    fn is_over(&self) -> bool {
        self.note.heard_ms >= LOOK_MS
    }

    fn voiced(&mut self) {
        if self.is_over() {
            return;
        }
        let note = &mut self.note;
        note.heard_ms += FRAME_MS;
        note.voiced_ms += FRAME_MS;
        // The silences within a sentence are part of it.
        self.stretch_ms += self.pause_ms + FRAME_MS;
        self.pause_ms = 0;
        note.longest_ms = note.longest_ms.max(self.stretch_ms);
    }

    fn silent(&mut self, ms: u32) {
        self.note.heard_ms = self.note.heard_ms.saturating_add(ms).min(LOOK_MS);
        self.pause_ms = self.pause_ms.saturating_add(ms);
        if self.stretch_ms == 0 || self.pause_ms >= PAUSE_MS {
            (self.stretch_ms, self.pause_ms) = (0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::media::codec::Codec;

    /// Listens to pieces of so many milliseconds, loud or not, in packets of 20 ms.
    fn heard(pieces: &[(u32, i16)]) -> Note {
        let mut greeting = Greeting::default();
        let mut at = 7_u32.wrapping_sub(2_000);
        for &(ms, loud) in pieces {
            for _ in 0..ms / 20 {
                greeting.push(
                    at,
                    [loud, -loud].into_iter().cycle().take(160).collect::<Vec<_>>().into_iter(),
                );
                at = at.wrapping_add(160);
            }
        }
        greeting.note()
    }

    const VOICE: i16 = 3_000;
    /// The hiss of a line.
    const LINE: i16 = 40;

    #[test]
    fn a_hello_that_waits_for_an_answer_is_a_person_and_a_long_greeting_a_machine() {
        let hello = heard(&[(400, LINE), (700, VOICE), (1_500, LINE), (900, VOICE), (3_000, LINE)]);
        assert_eq!((hello.voiced_ms, hello.longest_ms, hello.is_likely()), (1_600, 900, false));

        // Sentences with short silences, as machines speak them.
        let machine =
            heard(&[(200, LINE), (1_400, VOICE), (300, LINE), (1_500, VOICE), (400, LINE)]);
        assert_eq!((machine.voiced_ms, machine.longest_ms), (2_900, 3_200));
        assert!(machine.is_likely());
    }

    #[test]
    fn the_edge_is_where_the_numbers_say() {
        assert!(!heard(&[(GREETING_MS - 20, VOICE), (2_000, LINE)]).is_likely());
        assert!(heard(&[(GREETING_MS, VOICE)]).is_likely());
        let paused = |ms| heard(&[(1_300, VOICE), (ms, LINE), (1_300, VOICE)]).is_likely();
        assert!(paused(PAUSE_MS - 20));
        assert!(!paused(PAUSE_MS));
    }

    #[test]
    fn what_is_said_later_than_ten_seconds_is_not_looked_at() {
        let late = heard(&[(LOOK_MS, LINE), (5_000, VOICE)]);
        assert_eq!(late, Note { heard_ms: LOOK_MS, ..Note::default() });
    }

    #[test]
    fn what_is_lost_on_the_way_is_silence_and_what_comes_late_is_let_go() {
        let mut greeting = Greeting::default();
        let voice = || vec![VOICE; 160].into_iter();
        greeting.push(0, voice());
        greeting.push(160 + 8 * 1_000, voice());
        greeting.push(160, voice());
        let note = greeting.note();
        assert_eq!((note.heard_ms, note.voiced_ms, note.longest_ms), (1_040, 40, 20));
        // Another source begins where it likes.
        greeting.restart_clock();
        greeting.push(4_000_000_000, voice());
        assert_eq!(greeting.note().longest_ms, 40);
    }

    /// The helpline's own prompts are speech as machines speak it.
    #[test]
    fn a_spoken_message_is_found_in_either_codec() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/audio/hi/verify_right_party.wav");
        let mut wav = hound::WavReader::open(path).unwrap();
        let pcm: Vec<i16> = wav.samples().map(Result::unwrap).collect();
        for codec in [Codec::Pcma, Codec::Pcmu] {
            let mut greeting = Greeting::default();
            for (n, bytes) in codec.encode(&pcm).chunks(160).enumerate() {
                greeting.push(160 * n as u32, codec.samples(bytes));
            }
            let note = greeting.note();
            assert!(note.is_likely() && note.voiced_ms * 2 > note.heard_ms, "{note:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_the_figures_hold(
            packets in proptest::collection::vec((any::<u32>(), any::<i16>(), 0usize..400), 0..200),
        ) {
            let mut greeting = Greeting::default();
            for (timestamp, sample, samples) in packets {
                greeting.push(timestamp, vec![sample; samples].into_iter());
                let note = greeting.note();
                prop_assert!(note.heard_ms <= LOOK_MS);
                prop_assert!(note.voiced_ms <= note.longest_ms.max(note.heard_ms));
                prop_assert!(note.longest_ms <= LOOK_MS + PAUSE_MS);
            }
        }
    }
}
