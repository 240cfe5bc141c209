//! Arithmetic of a recording: silence cut at the ends, one loudness for all prompts. `audio/render.py` does the same.

use crate::media::codec::{RATE_HZ, SAMPLES_PER_MS};

/// Loudness of the speech in a prompt, -17.5 dB of full scale.
const LOUDNESS: f32 = 0.133_4;
/// No sample above -3 dB.
const PEAK: f32 = 0.707_9;
/// What is 38 dB under the loudest frame is silence.
const SILENCE: f32 = 0.012_6;
/// A recording whose loudest frame is below -66 dB holds no speech.
const NOTHING: f32 = 0.000_5;
const FRAME: usize = 5 * SAMPLES_PER_MS;
const PIECE_PAD_MS: usize = 50;
const SENTENCE_PAD_MS: usize = 150;
/// Keys of words that are joined to sentences.
const PIECES: [&str; 14] = [
    "n_",
    "month_",
    "weekday_",
    "part_",
    "level_",
    "division_",
    "district_",
    "department_",
    "category_",
    "designation_",
    "for_choice",
    "press_key",
    "other_place",
    "days_left",
];

/// Cuts the silence at both ends, leaves a short one for joining, and sets the loudness. None for a silent recording.
pub(super) fn settle(key: &str, samples: &[f32]) -> Option<Vec<i16>> {
    let speech = cut(samples)?;
    let gain = gain(speech)?;
    let pad_ms = if PIECES.iter().any(|family| key.starts_with(family)) {
        PIECE_PAD_MS
    } else {
        SENTENCE_PAD_MS
    };
    let pad = vec![0; pad_ms * SAMPLES_PER_MS];
    let last = speech.len().saturating_sub(1);
    let mut settled = pad.clone();
    settled.extend(speech.iter().enumerate().map(|(at, sample)| {
        // A fade of one frame at each end: a cut in the middle of a wave clicks.
        let fade = (at.min(last - at) as f32 / FRAME as f32).min(1.0);
        (sample * gain * fade * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16
    }));
    settled.extend(pad);
    Some(settled)
}

fn cut(samples: &[f32]) -> Option<&[f32]> {
    let loudness: Vec<f32> = samples.chunks(FRAME).map(rms).collect();
    let loudest = loudness.iter().copied().fold(0.0, f32::max);
    if loudest < NOTHING {
        return None;
    }
    let heard = |level: &f32| *level > loudest * SILENCE;
    let (first, last) = (loudness.iter().position(heard)?, loudness.iter().rposition(heard)?);
    // Two frames more at the front keep a soft onset, six at the end keep the release of a stop.
    let (start, end) = (first.saturating_sub(2) * FRAME, (last + 7) * FRAME);
    samples.get(start..end.min(samples.len()))
}

/// The factor that brings the speech to `LOUDNESS`, or its peak to `PEAK` if that comes first.
fn gain(speech: &[f32]) -> Option<f32> {
    const SPEECH_FRAME: usize = RATE_HZ as usize / 50;
    let powers: Vec<f32> = speech.chunks(SPEECH_FRAME).map(|frame| rms(frame).powi(2)).collect();
    let loudest = powers.iter().copied().fold(0.0, f32::max);
    // Pauses between words do not count: a slow speaker is as loud as a quick one.
    let active: Vec<f32> = powers.into_iter().filter(|power| *power > loudest * 1e-3).collect();
    let mean = active.iter().sum::<f32>() / active.len() as f32;
    let peak = speech.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    (mean > 0.0 && peak > 0.0).then(|| (LOUDNESS / mean.sqrt()).min(PEAK / peak))
}

fn rms(frame: &[f32]) -> f32 {
    (frame.iter().map(|sample| sample * sample).sum::<f32>() / frame.len() as f32).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(ms: usize, level: f32) -> Vec<f32> {
        let turn = std::f32::consts::TAU * 500.0 / RATE_HZ as f32;
        (0..ms * SAMPLES_PER_MS).map(|at| level * (turn * at as f32).sin()).collect()
    }

    #[test]
    fn loud_and_soft_recordings_come_out_alike() {
        let peak =
            |level: f32| settle("welcome", &tone(500, level)).unwrap().into_iter().max().unwrap();

        let (soft, loud) = (peak(0.01), peak(0.9));

        assert!((6_100..6_300).contains(&soft), "{soft}");
        assert!(soft.abs_diff(loud) < 20, "{soft} {loud}");
    }

    #[test]
    fn a_single_click_does_not_pass_minus_three_decibels() {
        let mut samples = tone(500, 0.05);
        samples[2_000] = 0.9;

        let settled = settle("welcome", &samples).unwrap();

        assert!(settled.iter().all(|sample| sample.unsigned_abs() <= 23_198));
    }

    #[test]
    fn silence_at_the_ends_becomes_50_ms_for_a_number_and_150_ms_for_a_sentence() {
        let mut samples = vec![0.0; 8_000];
        samples.extend(tone(500, 0.3));
        samples.extend(vec![0.0; 4_000]);

        let number = settle("n_7", &samples).unwrap();
        let sentence = settle("welcome", &samples).unwrap();

        // 500 ms of tone, two frames kept before it and six after it, and the two pads.
        assert_eq!(number.len() / SAMPLES_PER_MS, 50 + 10 + 500 + 30 + 50);
        assert_eq!(sentence.len() / SAMPLES_PER_MS, 150 + 10 + 500 + 30 + 150);
    }

    #[test]
    fn silence_has_no_loudness() {
        assert_eq!(settle("welcome", &[0.0; 8_000]), None);
        assert_eq!(settle("welcome", &[]), None);
    }
}
