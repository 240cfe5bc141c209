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
            let sine = |(hz, level): &(f32, f32)| level * (std::f32::consts::TAU * hz * time).sin();
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
    let silent = studio.import(studio.record(16_000, 1, 500, &[]), "welcome", None).unwrap_err();
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
