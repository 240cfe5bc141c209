//! Several voices in one: who hears whom, a short buffer for each voice, and their sum.

pub mod buffer;
pub mod hearing;

use self::buffer::Buffer;
use self::hearing::SEATS_MAX;
use super::pacing::FRAME_SAMPLES;

pub type Pcm = [i16; FRAME_SAMPLES];

/// What one listener hears of the others, frame by frame. Each voice has its seat.
#[derive(Debug, Default)]
pub struct Mixer {
    voices: [Buffer; SEATS_MAX],
}

impl Mixer {
    /// Takes one packet of a voice.
    pub fn push(&mut self, seat: usize, timestamp: u32, pcm: &[i16]) {
        if let Some(voice) = self.voices.get_mut(seat) {
            voice.push(timestamp, pcm);
        }
    }

    /// Fills the next 20 ms; false when no voice has anything to say.
    pub fn mix(&mut self, out: &mut Pcm) -> bool {
        let mut sum = [0; FRAME_SAMPLES];
        let mut voice = [0; FRAME_SAMPLES];
        let mut heard = false;
        for buffer in &mut self.voices {
            if buffer.pop(&mut voice) {
                add(&mut sum, &voice);
                heard = true;
            }
        }
        saturate(&sum, out);
        heard
    }

    /// Whether nothing waits to be mixed.
    pub fn is_empty(&self) -> bool {
        self.voices.iter().all(Buffer::is_empty)
    }

    /// Forgets a voice that is no longer heard.
    pub fn forget(&mut self, seat: usize) {
        if let Some(voice) = self.voices.get_mut(seat) {
            *voice = Buffer::default();
        }
    }
}

/// Adds a voice to a sum that has room for `SEATS_MAX` of them.
pub fn add(sum: &mut [i32], pcm: &[i16]) {
    for (sum, sample) in sum.iter_mut().zip(pcm) {
        *sum = sum.saturating_add(i32::from(*sample));
    }
}

/// Cuts a sum to what a sample can hold, which is how loud voices together sound on a telephone.
pub fn saturate(sum: &[i32], out: &mut [i16]) {
    for (out, sum) in out.iter_mut().zip(sum) {
        *out = (*sum).clamp(i16::MIN.into(), i16::MAX.into()) as i16;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixed(mixer: &mut Mixer) -> (bool, Vec<i16>) {
        let mut out = [7; FRAME_SAMPLES];
        (mixer.mix(&mut out), out.to_vec())
    }

    #[test]
    fn voices_are_summed() {
        let mut mixer = Mixer::default();
        mixer.push(0, 1_000, &[100; 160]);
        mixer.push(2, 77_000, &[-30; 160]);

        assert_eq!(mixed(&mut mixer), (true, vec![70; 160]));
    }

    #[test]
    fn loud_voices_are_cut_and_do_not_wrap() {
        let mut out = [0; 4];
        let mut sum = [0; 4];
        for _ in 0..4 {
            add(&mut sum, &[i16::MAX, i16::MIN, 20_000, -1]);
        }
        saturate(&sum, &mut out);

        assert_eq!(out, [32_767, -32_768, 32_767, -4]);
    }

    #[test]
    fn one_voice_is_itself() {
        let mut mixer = Mixer::default();
        mixer.push(3, 5, &(0..160).collect::<Vec<i16>>());

        assert_eq!(mixed(&mut mixer), (true, (0..160).collect()));
    }

    #[test]
    fn nobody_is_silence() {
        let mut mixer = Mixer::default();

        assert_eq!(mixed(&mut mixer), (false, vec![0; 160]));
        mixer.push(4, 0, &[1; 160]);
        assert!(mixer.is_empty(), "no such seat");
    }

    #[test]
    fn a_voice_that_is_forgotten_is_not_heard_again() {
        let mut mixer = Mixer::default();
        mixer.push(0, 0, &[1; 160]);
        mixer.push(1, 0, &[2; 160]);

        mixer.forget(0);

        assert_eq!(mixed(&mut mixer), (true, vec![2; 160]));
    }
}
