//! Tones that the call centre makes itself.

use std::sync::OnceLock;

use crate::media::sound::Sound;

const HZ: f64 = 8_000.0;
const LOUD: f64 = 6_000.0;

/// What a caller in India hears while it rings: 400 Hz that 25 Hz beat, 0.4 s on, 0.2 s off, 0.4 s on, 2 s off.
pub(super) fn sound() -> Sound {
    static SOUND: OnceLock<Sound> = OnceLock::new();
    let make = || {
        let ring = |n: u32| {
            let beat = 0.5 + 0.5 * wave(n, 25.0);
            LOUD * wave(n, 400.0) * beat
        };
        let mut pcm = Vec::new();
        for (ms, on) in [(400, true), (200, false), (400, true), (2_000, false)] {
            pcm.extend((0..ms * 8).map(|n| if on { ring(n) as i16 } else { 0 }));
        }
        Sound::from_pcm(&pcm)
    };
    SOUND.get_or_init(make).clone()
}

/// One short beep.
pub(super) fn tone() -> Sound {
    static SOUND: OnceLock<Sound> = OnceLock::new();
    let make = || {
        let pcm: Vec<i16> = (0..200 * 8).map(|n| (LOUD * wave(n, 1_400.0)) as i16).collect();
        Sound::from_pcm(&pcm)
    };
    SOUND.get_or_init(make).clone()
}

fn wave(n: u32, hz: f64) -> f64 {
    (f64::from(n) / HZ * hz * std::f64::consts::TAU).sin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rings_twice_and_pauses() {
        assert_eq!((sound().len_ms(), tone().len_ms()), (3_000, 200));
        let silent = |from: usize, to: usize| {
            sound().alaw()[from * 8..to * 8].iter().all(|byte| *byte == 0xD5)
        };
        assert!(silent(400, 600) && silent(1_000, 3_000));
        assert!(!silent(0, 400) && !silent(600, 1_000));
    }
}
