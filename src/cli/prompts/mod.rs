//! Checks, plays and imports the spoken prompts.

mod import;
mod level;

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};

use import::import;

use super::error;
use crate::{
    calls::prompts::{self, Catalogue, manifest::Manifest},
    config::Settings,
    dialogue::Family,
    domain::language::Language,
};

/// The names of the sample directory, whose recordings ship with the program.
const SAMPLE: &str = include_str!("../../../deploy/sample/demo.toml");

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Prompts(#[from] prompts::Error),
    #[error("{count} prompts are missing or wrong")]
    Faulty { count: usize },
    #[error("there is no prompt {key} in {language}")]
    NoPrompt { key: String, language: Language },
    #[cfg(not(feature = "playback"))]
    #[error("this build cannot play sound: build it with --features playback")]
    NoPlayback,
    #[cfg(feature = "playback")]
    #[error("no sound card can be opened")]
    SoundCard(#[source] rodio::DeviceSinkError),
    #[error("cannot read {path}")]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {path}")]
    Write { path: PathBuf, source: io::Error },
    #[error("{path} is no sound in WAV, FLAC, MP3 or OGG")]
    Undecodable { path: PathBuf, source: rodio::decoder::DecoderError },
    #[error("{path} cannot be brought to 8000 Hz: {reason}")]
    Rate { path: PathBuf, reason: String },
    #[error("{path} is silent")]
    Silent { path: PathBuf },
    #[error("{path} is longer than {max_ms} ms")]
    TooLong { path: PathBuf, max_ms: u32 },
    #[error("prompt {key} is new: say its words with --text")]
    NoText { key: String },
    #[error("cannot print")]
    Print(#[from] io::Error),
    #[error("the manifest cannot be written")]
    Manifest(#[source] toml::ser::Error),
}

#[derive(Debug, Args)]
pub(super) struct Prompts {
    #[command(subcommand)]
    command: Command,
    /// Folder of the prompts; the settings' otherwise
    #[arg(long, global = true, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// Settings file
    #[arg(long, global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check that every prompt has its sound in each language
    Check,
    /// Play one prompt on the sound card
    Play(Play),
    /// Take in a studio recording (WAV, FLAC, MP3 or OGG)
    Import(Import),
}

#[derive(Debug, Args)]
struct Play {
    /// Key of the prompt, such as `welcome`
    key: String,
    /// `hi` or `en`
    #[arg(long, default_value = "hi", value_parser = parse_language)]
    language: Language,
}

#[derive(Debug, Args)]
struct Import {
    /// The recording
    file: PathBuf,
    /// Key of the prompt that it speaks
    #[arg(long)]
    key: String,
    /// `hi` or `en`
    #[arg(long, value_parser = parse_language)]
    language: Language,
    /// The words spoken; needed for a new key
    #[arg(long)]
    text: Option<String>,
    /// Who speaks
    #[arg(long, default_value = "studio")]
    voice: String,
    /// Under which licence it may be used
    #[arg(long, default_value = "not stated")]
    licence: String,
}

pub(super) async fn run(ask: Prompts) -> error::Result<()> {
    let setting = match ask.dir {
        Some(dir) => dir,
        None => Settings::load(ask.config.as_deref())?.prompts.dir,
    };
    let dir = prompts::folder(&setting);
    let out = &mut io::stdout();
    let done = match ask.command {
        Command::Check => check(&dir, &sample_names(), out),
        Command::Play(ask) => play(&dir, &ask.key, ask.language),
        Command::Import(ask) => import(&dir, &ask, out),
    };
    done.map_err(error::Error::other)
}

/// Says what is missing or wrong (an error), which names are spoken by a generic clip, and which prompts a native
/// speaker should hear. `names` are the keys of the directory's names with the name itself.
fn check(dir: &Path, names: &BTreeMap<String, String>, out: &mut impl Write) -> Result<(), Error> {
    let (catalogue, faults) = Catalogue::examine(dir)?;
    for fault in &faults {
        writeln!(out, "wrong: {}", with_sources(fault))?;
    }
    for (key, name) in names.iter().filter(|(key, _)| !catalogue.has(key)) {
        writeln!(out, "generic: {key} ({name}) has no recording of its own")?;
    }
    for entry in Manifest::read(dir)?.prompts {
        if let Some(doubt) = entry.doubt {
            writeln!(
                out,
                "hear: {} in {}, \"{}\": {doubt}",
                entry.key, entry.language, entry.text
            )?;
        }
    }
    writeln!(out, "{} prompts in {} languages", catalogue.keys(), Language::ALL.len())?;
    match faults.len() {
        0 => Ok(()),
        count => Err(Error::Faulty { count }),
    }
}

fn with_sources(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", with_sources(source)),
        None => error.to_string(),
    }
}

/// Plays one prompt to its end.
#[cfg(feature = "playback")]
fn play(dir: &Path, key: &str, language: Language) -> Result<(), Error> {
    use std::num::NonZero;

    use crate::media::codec::{Codec, RATE_HZ};

    let sound = find(dir, key, language)?;
    let pcm = Codec::Pcma.decode(sound.alaw());
    let samples: Vec<f32> = pcm.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
    let (mono, rate) =
        (NonZero::<u16>::MIN, NonZero::new(RATE_HZ).expect("the rate is a constant above zero"));
    let card = rodio::DeviceSinkBuilder::open_default_sink().map_err(Error::SoundCard)?;
    let player = rodio::Player::connect_new(card.mixer());
    player.append(rodio::buffer::SamplesBuffer::new(mono, rate, samples));
    player.sleep_until_end();
    Ok(())
}

#[cfg(not(feature = "playback"))]
fn play(dir: &Path, key: &str, language: Language) -> Result<(), Error> {
    find(dir, key, language)?;
    Err(Error::NoPlayback)
}

fn find(dir: &Path, key: &str, language: Language) -> Result<crate::media::sound::Sound, Error> {
    let (catalogue, _) = Catalogue::examine(dir)?;
    let found = catalogue.sound(language, key);
    found.ok_or_else(|| Error::NoPrompt { key: key.to_owned(), language })
}

fn parse_language(word: &str) -> Result<Language, String> {
    Language::parse(word).ok_or_else(|| "one of hi, en".to_owned())
}

/// The spoken names of the sample directory by key.
fn sample_names() -> BTreeMap<String, String> {
    #[derive(serde::Deserialize)]
    struct Named {
        #[serde(default)]
        kind: String,
        code: String,
        name_en: String,
    }
    #[derive(serde::Deserialize)]
    struct Sample {
        place: Vec<Named>,
        department: Vec<Named>,
        category: Vec<Named>,
        designation: Vec<Named>,
    }

    let sample: Sample = toml::from_str(SAMPLE).expect("the sample was parsed when it was tested");
    let places = |family: Family| {
        let of_kind = sample.place.iter().filter(move |place| place.kind == family.as_str());
        of_kind.map(move |place| (family, place))
    };
    let offices = [
        (Family::Department, &sample.department),
        (Family::Category, &sample.category),
        (Family::Designation, &sample.designation),
    ];
    let offices = offices.iter().flat_map(|(family, named)| named.iter().map(|n| (*family, n)));
    places(Family::Division)
        .chain(places(Family::District))
        .chain(offices)
        .map(|(family, named)| {
            (format!("{}_{}", family.as_str(), named.code), named.name_en.clone())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("audio")
    }

    fn checked(dir: &Path, names: &BTreeMap<String, String>) -> (String, Result<(), Error>) {
        let mut out = Vec::new();
        let result = check(dir, names, &mut out);
        (String::from_utf8(out).unwrap(), result)
    }

    #[test]
    fn every_name_of_the_sample_has_its_own_recording() {
        let names = sample_names();
        assert_eq!(names["district_396"], "Bhopal");
        assert!(names.contains_key("designation_chief_engineer"));

        let (said, result) = checked(&shipped(), &names);

        result.unwrap();
        assert!(!said.contains("generic:") && !said.contains("wrong:"), "{said}");
    }

    #[test]
    fn a_name_without_a_recording_is_reported() {
        let names = BTreeMap::from([("district_999".to_owned(), "Maihar".to_owned())]);

        let (said, result) = checked(&shipped(), &names);

        result.unwrap();
        assert!(
            said.contains("generic: district_999 (Maihar) has no recording of its own\n"),
            "{said}"
        );
    }

    #[test]
    fn a_folder_without_recordings_is_an_error_that_names_each() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("prompts.toml"), "").unwrap();

        let (said, result) = checked(folder.path(), &BTreeMap::new());

        assert!(said.contains("wrong: prompt welcome: no recording in hi in "), "{said}");
        assert!(matches!(result, Err(Error::Faulty { count }) if count > 300), "{result:?}");
    }

    #[test]
    fn an_unknown_key_cannot_be_played() {
        let refused = play(&shipped(), "no_such_key", Language::Hindi).unwrap_err();
        assert_eq!(refused.to_string(), "there is no prompt no_such_key in hi");
    }

    #[cfg(not(feature = "playback"))]
    #[test]
    fn a_build_without_playback_says_how_to_get_it() {
        let refused = play(&shipped(), "welcome", Language::Hindi).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "this build cannot play sound: build it with --features playback"
        );
    }
}
