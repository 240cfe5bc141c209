//! Sounds joined without a gap and cut into frames of 20 ms.

use super::codec::ALAW_SILENCE;
use super::pacing::FRAME_SAMPLES;
use super::sound::Sound;

pub type Frame = [u8; FRAME_SAMPLES];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    Once,
    Looped,
}

/// Whether the frame just filled is the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    More,
    Last,
    /// Nothing is left, the frame is untouched.
    Nothing,
}

#[derive(Debug)]
pub struct Playlist {
    sounds: Vec<Sound>,
    times: Times,
    /// The sound being played and the first byte of it not yet played.
    at: (usize, usize),
}

impl Playlist {
    pub fn new(mut sounds: Vec<Sound>, times: Times) -> Self {
        // An empty sound in a loop would never fill a frame.
        sounds.retain(|sound| !sound.alaw().is_empty());
        Self { sounds, times, at: (0, 0) }
    }

    /// Fills the next frame with A-law; the rest of the last one is silence.
    pub fn cut(&mut self, frame: &mut Frame) -> Cut {
        let mut filled = 0;
        while filled < frame.len() {
            let Some(sound) = self.sounds.get(self.at.0) else { break };
            let rest = &sound.alaw()[self.at.1..];
            let taken = rest.len().min(frame.len() - filled);
            frame[filled..filled + taken].copy_from_slice(&rest[..taken]);
            filled += taken;
            self.at = if taken < rest.len() {
                (self.at.0, self.at.1 + taken)
            } else {
                (self.following(), 0)
            };
        }
        if filled == 0 {
            return Cut::Nothing;
        }
        frame[filled..].fill(ALAW_SILENCE);
        if self.at.0 < self.sounds.len() { Cut::More } else { Cut::Last }
    }

    fn following(&self) -> usize {
        match self.times {
            Times::Once => self.at.0 + 1,
            Times::Looped => (self.at.0 + 1) % self.sounds.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(byte: u8, len: usize) -> Sound {
        Sound::from_alaw(vec![byte; len])
    }

    fn cut(playlist: &mut Playlist) -> (Cut, Vec<u8>) {
        let mut frame = [0; FRAME_SAMPLES];
        (playlist.cut(&mut frame), frame.to_vec())
    }

    #[test]
    fn sounds_join_inside_a_frame() {
        let mut playlist = Playlist::new(vec![sound(1, 200), sound(2, 200)], Times::Once);

        assert_eq!(cut(&mut playlist), (Cut::More, vec![1; 160]));
        assert_eq!(cut(&mut playlist), (Cut::More, [vec![1; 40], vec![2; 120]].concat()));
        assert_eq!(cut(&mut playlist), (Cut::Last, [vec![2; 80], vec![0xD5; 80]].concat()));
        assert_eq!(cut(&mut playlist).0, Cut::Nothing);
    }

    #[test]
    fn a_sound_of_whole_frames_ends_without_an_empty_one() {
        let mut playlist = Playlist::new(vec![sound(1, 320)], Times::Once);

        assert_eq!(cut(&mut playlist).0, Cut::More);
        assert_eq!(cut(&mut playlist).0, Cut::Last);
    }

    #[test]
    fn a_loop_joins_its_end_to_its_beginning() {
        let mut playlist = Playlist::new(vec![sound(1, 100), sound(2, 20)], Times::Looped);

        assert_eq!(
            cut(&mut playlist),
            (Cut::More, [vec![1; 100], vec![2; 20], vec![1; 40]].concat())
        );
        assert_eq!(
            cut(&mut playlist),
            (Cut::More, [vec![1; 60], vec![2; 20], vec![1; 80]].concat())
        );
    }

    #[test]
    fn empty_sounds_are_nothing_even_in_a_loop() {
        assert_eq!(cut(&mut Playlist::new(vec![sound(1, 0)], Times::Looped)).0, Cut::Nothing);
        assert_eq!(cut(&mut Playlist::new(vec![], Times::Once)).0, Cut::Nothing);
    }
}
