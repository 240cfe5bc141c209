//! The prompts cut to a word each: the same dialogue, heard in a fraction of the time.

use std::{fs, path::Path};

use helpline181::calls::prompts::manifest::{MANIFEST, Manifest, digest};

/// Long enough to be heard as a prompt by every phone of the tests.
const CLIP_SAMPLES: usize = 8 * 480;

/// For phones that go by their clock and hear nothing.
const BLINK_SAMPLES: usize = 480;

/// Writes the whole catalogue, cut, with its manifest to `to`.
pub(crate) fn prompts(to: &Path) {
    cut(to, CLIP_SAMPLES);
}

/// The same, of hardly a sound.
pub(crate) fn blinks(to: &Path) {
    cut(to, BLINK_SAMPLES);
}

fn cut(to: &Path, samples: usize) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("audio");
    let mut manifest = Manifest::read(&from).unwrap();
    for entry in &mut manifest.prompts {
        let mut wav = hound::WavReader::open(from.join(&entry.file)).unwrap();
        let spec = wav.spec();
        let sound: Vec<i16> = wav.samples::<i16>().map(Result::unwrap).collect();
        // Where it is loudest: speech begins and ends with a moment of silence.
        let loud = |at: &usize| -> i64 {
            sound[*at..].iter().take(samples).map(|sample| i64::from(sample.unsigned_abs())).sum()
        };
        let last = sound.len().saturating_sub(samples);
        let begin = (0..=last).step_by(samples / 2).max_by_key(loud).unwrap_or(0);
        let path = to.join(&entry.file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut cut = hound::WavWriter::create(&path, spec).unwrap();
        for sample in sound.iter().skip(begin).take(samples) {
            cut.write_sample(*sample).unwrap();
        }
        cut.finalize().unwrap();
        entry.sha256 = digest(&fs::read(&path).unwrap());
    }
    fs::write(to.join(MANIFEST), toml::to_string(&manifest).unwrap()).unwrap();
}
