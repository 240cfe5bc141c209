//! `prompts import`: decodes a studio recording, brings it to 8 kHz mono at the loudness of the others, writes it and
//! the manifest.

use std::{
    fs,
    io::{BufReader, Cursor, Write},
    path::Path,
};

use rodio::Source;
use rubato::{Fft, FixedSync, Resampler, audioadapter_buffers::owned::InterleavedOwned};

use super::{Error, Import, level};
use crate::{
    calls::prompts::{
        self,
        manifest::{Entry, MANIFEST, Manifest, digest, is_key},
    },
    media::codec::RATE_HZ,
};

/// A studio's file of one prompt; a longer one is not cut into prompts here.
const RECORDING_MS_MAX: u32 = 55_000;
const RATE_HZ_MAX: u32 = 192_000;
/// Frames that the resampler works on at a time.
const CHUNK: usize = 1_024;

/// Takes a recording into the folder and names it in the manifest; what was there for the key is replaced.
pub(super) fn import(dir: &Path, ask: &Import, out: &mut impl Write) -> Result<(), Error> {
    if !is_key(&ask.key) {
        return Err(prompts::Error::Key { key: ask.key.clone() }.into());
    }
    let header = header(dir)?;
    let mut manifest = Manifest::read(dir)?;
    let language = ask.language.as_str();
    let at = manifest.prompts.iter().position(|e| e.key == ask.key && e.language == language);
    let old_text = at.map(|at| manifest.prompts[at].text.clone());
    let text = ask.text.clone().or(old_text);
    let text = text.ok_or_else(|| Error::NoText { key: ask.key.clone() })?;

    let (samples, rate) = decode(&ask.file)?;
    let samples = to_telephone_rate(&ask.file, samples, rate)?;
    let pcm = level::settle(&ask.key, &samples)
        .ok_or_else(|| Error::Silent { path: ask.file.clone() })?;
    let wav = wav(&pcm);

    let file = format!("{language}/{}.wav", ask.key);
    let entry = Entry {
        key: ask.key.clone(),
        language: language.to_owned(),
        file: file.clone(),
        text,
        say: None,
        voice: ask.voice.clone(),
        licence: ask.licence.clone(),
        source: None,
        doubt: None,
        sha256: digest(&wav),
    };
    match at {
        Some(at) => manifest.prompts[at] = entry,
        None => manifest.prompts.push(entry),
    }
    let path = dir.join(&file);
    replace(&path, &wav)?;
    replace(&dir.join(MANIFEST), print(&header, &manifest)?.as_bytes())?;
    writeln!(out, "{} ms in {}", pcm.len() / 8, path.display())?;
    Ok(())
}

/// All channels mixed to one, and the rate.
fn decode(path: &Path) -> Result<(Vec<f32>, u32), Error> {
    let read = |source| Error::Read { path: path.to_owned(), source };
    let file = fs::File::open(path).map_err(read)?;
    let bytes = file.metadata().map_err(read)?.len();
    let decoder = rodio::Decoder::builder()
        .with_data(BufReader::new(file))
        .with_byte_len(bytes)
        .build()
        .map_err(|source| Error::Undecodable { path: path.to_owned(), source })?;
    let (channels, rate) = (usize::from(decoder.channels().get()), decoder.sample_rate().get());
    let frames_max = u64::from(rate) * u64::from(RECORDING_MS_MAX) / 1_000;
    let mut samples = Vec::new();
    let mut frame = Vec::with_capacity(channels);
    for sample in decoder {
        frame.push(sample);
        if frame.len() == channels {
            samples.push(frame.iter().sum::<f32>() / channels as f32);
            frame.clear();
        }
        if samples.len() as u64 > frames_max {
            return Err(Error::TooLong { path: path.to_owned(), max_ms: RECORDING_MS_MAX });
        }
    }
    Ok((samples, rate))
}

/// The resampler filters what 8 kHz cannot carry before it would fold into the speech.
fn to_telephone_rate(path: &Path, samples: Vec<f32>, rate: u32) -> Result<Vec<f32>, Error> {
    if rate == RATE_HZ || samples.is_empty() {
        return Ok(samples);
    }
    let refused = |reason: String| Error::Rate { path: path.to_owned(), reason };
    if !(RATE_HZ..=RATE_HZ_MAX).contains(&rate) {
        return Err(refused(format!("it has {rate} Hz")));
    }
    let frames = samples.len();
    let recording =
        InterleavedOwned::new_from(samples, 1, frames).map_err(|e| refused(e.to_string()))?;
    let mut resampler =
        Fft::<f32>::new(rate as usize, RATE_HZ as usize, CHUNK, 1, FixedSync::Input)
            .map_err(|e| refused(e.to_string()))?;
    let telephone =
        resampler.process_all(&recording, frames, None).map_err(|e| refused(e.to_string()))?;
    Ok(telephone.take_data())
}

fn wav(pcm: &[i16]) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE_HZ,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::new());
    let written = hound::WavWriter::new(&mut bytes, spec).and_then(|mut writer| {
        pcm.iter().try_for_each(|sample| writer.write_sample(*sample))?;
        writer.finalize()
    });
    written.expect("a WAV of a minute fits into memory");
    bytes.into_inner()
}

/// The comments at the top of the manifest, which are kept.
fn header(dir: &Path) -> Result<String, Error> {
    let path = dir.join(MANIFEST);
    let text = fs::read_to_string(&path).map_err(|source| Error::Read { path, source })?;
    Ok(text.split("[[prompt]]").next().unwrap_or_default().to_owned())
}

fn print(header: &str, manifest: &Manifest) -> Result<String, Error> {
    let prompts = toml::to_string(manifest).map_err(Error::Manifest)?;
    Ok(format!("{header}{prompts}"))
}

/// Another process sees the old file or the new one, never half of one.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let new = path.with_extension("new");
    let written = path
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(&new, bytes))
        .and_then(|()| fs::rename(&new, path));
    written.map_err(|source| Error::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::domain::language::Language;

    const MANIFEST_TEXT: &str = r#"# Kept.

[[prompt]]
key = "welcome"
language = "hi"
file = "both/welcome.wav"
text = "नमस्कार।"
say = "namaskar"
voice = "kokoro hf_alpha"
licence = "Apache-2.0"
source = "0123"
doubt = "weak"
sha256 = "00"
"#;

    struct Studio(tempfile::TempDir);

    impl Studio {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(MANIFEST), MANIFEST_TEXT).unwrap();
            Self(folder)
        }

        /// A recording of some sines, each `(Hz, level)`.
        fn record(&self, rate: u32, channels: u16, ms: u32, sines: &[(f32, f32)]) -> PathBuf {
            let spec = hound::WavSpec {
                channels,
                sample_rate: rate,
                bits_per_sample: 16,
                sample_format: hound::SampleFormat::Int,
            };
            let path = self.0.path().join("recording.wav");
            let mut writer = hound::WavWriter::create(&path, spec).unwrap();
            for at in 0..rate * ms / 1_000 {
                let time = at as f32 / rate as f32;
                let sine =
                    |(hz, level): &(f32, f32)| level * (std::f32::consts::TAU * hz * time).sin();
                let sample = sines.iter().map(sine).sum::<f32>() * 32_767.0;
                (0..channels).for_each(|_| writer.write_sample(sample as i16).unwrap());
            }
            writer.finalize().unwrap();
            path
        }

        fn import(&self, file: PathBuf, key: &str, text: Option<&str>) -> Result<Vec<i16>, Error> {
            let ask = Import {
                file,
                key: key.to_owned(),
                language: Language::Hindi,
                text: text.map(str::to_owned),
                voice: "Asha".to_owned(),
                licence: "CC-BY-4.0".to_owned(),
            };
            import(self.0.path(), &ask, &mut Vec::new())?;
            let wav = hound::WavReader::open(self.0.path().join(format!("hi/{key}.wav"))).unwrap();
            assert_eq!((wav.spec().sample_rate, wav.spec().channels), (8_000, 1));
            Ok(wav.into_samples::<i16>().map(Result::unwrap).collect())
        }
    }

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/testdata").join(name)
    }

    /// Level of one frequency, by Goertzel's way.
    fn level_at(hz: f32, pcm: &[i16]) -> f32 {
        let turn = std::f32::consts::TAU * hz / 8_000.0;
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (at, sample) in pcm.iter().enumerate() {
            let angle = turn * at as f32;
            real += f32::from(*sample) * angle.cos();
            imaginary += f32::from(*sample) * angle.sin();
        }
        (real * real + imaginary * imaginary).sqrt() / pcm.len() as f32
    }

    fn is_the_tone(pcm: &[i16]) {
        // 600 ms of tone; a coder may smear its ends by some frames.
        let ms = pcm.len() / 8;
        assert!((900..=1_060).contains(&ms), "{ms} ms");
        let (tone, other) = (level_at(1_000.0, pcm), level_at(1_700.0, pcm));
        assert!(tone > 1_500.0 && other < tone / 30.0, "{tone} {other}");
    }

    #[test]
    fn flac_mp3_and_ogg_are_decoded_mixed_and_resampled() {
        for name in ["tone.flac", "tone.mp3", "tone.ogg"] {
            let pcm = Studio::new().import(fixture(name), "welcome", None).unwrap();
            is_the_tone(&pcm);
        }
    }

    #[test]
    fn wav_of_any_studio_rate_is_brought_to_8_khz() {
        for rate in [8_000, 16_000, 22_050, 44_100, 48_000, 96_000] {
            let studio = Studio::new();
            let file = studio.record(rate, 2, 600, &[(1_000.0, 0.2)]);
            is_the_tone(&studio.import(file, "welcome", None).unwrap());
        }
    }

    #[test]
    fn what_8_khz_cannot_carry_is_filtered_and_not_folded_back() {
        let studio = Studio::new();
        let file = studio.record(44_100, 1, 600, &[(1_000.0, 0.2), (6_500.0, 0.2)]);

        let pcm = studio.import(file, "welcome", None).unwrap();

        // 6500 Hz would fold to 1500 Hz.
        assert!(level_at(1_500.0, &pcm) < level_at(1_000.0, &pcm) / 200.0);
    }

    #[test]
    fn the_manifest_names_the_new_recording_and_keeps_the_words_and_the_comments() {
        let studio = Studio::new();
        let file = studio.record(16_000, 1, 600, &[(1_000.0, 0.2)]);

        studio.import(file, "welcome", None).unwrap();

        let text = fs::read_to_string(studio.0.path().join(MANIFEST)).unwrap();
        let sha256 = digest(&fs::read(studio.0.path().join("hi/welcome.wav")).unwrap());
        assert_eq!(
            text,
            format!(
                "# Kept.\n\n[[prompt]]\nkey = \"welcome\"\nlanguage = \"hi\"\nfile = \"hi/welcome.wav\"\n\
                 text = \"नमस्कार।\"\nvoice = \"Asha\"\nlicence = \"CC-BY-4.0\"\nsha256 = \"{sha256}\"\n"
            )
        );
    }

    #[test]
    fn a_new_key_needs_its_words() {
        let studio = Studio::new();
        let file = studio.record(16_000, 1, 600, &[(1_000.0, 0.2)]);

        let refused = studio.import(file.clone(), "district_999", None).unwrap_err();
        assert_eq!(refused.to_string(), "prompt district_999 is new: say its words with --text");

        studio.import(file, "district_999", Some("मैहर")).unwrap();
        let manifest = Manifest::read(studio.0.path()).unwrap();
        assert_eq!((manifest.prompts.len(), manifest.prompts[1].text.as_str()), (2, "मैहर"));
    }

    #[test]
    fn a_key_cannot_name_a_file_elsewhere() {
        let studio = Studio::new();
        let file = studio.record(16_000, 1, 600, &[(1_000.0, 0.2)]);

        let refused = studio.import(file, "../welcome", Some("x")).unwrap_err();

        assert_eq!(
            refused.to_string(),
            "prompt ../welcome: not a key (lower-case letters, digits and underscores)"
        );
    }

    #[test]
    fn what_is_no_sound_silent_or_too_long_is_refused_and_changes_nothing() {
        let studio = Studio::new();
        let text = studio.0.path().join("words.mp3");
        fs::write(&text, "not a sound ".repeat(100)).unwrap();
        let silent =
            studio.import(studio.record(16_000, 1, 500, &[]), "welcome", None).unwrap_err();
        let long = studio.import(studio.record(8_000, 1, 56_000, &[(300.0, 0.2)]), "welcome", None);

        assert!(matches!(studio.import(text, "welcome", None), Err(Error::Undecodable { .. })));
        assert!(matches!(silent, Error::Silent { .. }), "{silent}");
        assert!(matches!(long, Err(Error::TooLong { max_ms: 55_000, .. })));
        assert_eq!(fs::read_to_string(studio.0.path().join(MANIFEST)).unwrap(), MANIFEST_TEXT);
    }

    #[test]
    fn the_shipped_manifest_is_printed_as_it_is() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("audio");

        let printed = print(&header(&dir).unwrap(), &Manifest::read(&dir).unwrap()).unwrap();

        assert!(printed == fs::read_to_string(dir.join(MANIFEST)).unwrap(), "the layout differs");
    }
}
