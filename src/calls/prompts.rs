//! The sound catalogue: reads and checks every prompt at start, then holds them as they are sent. A catalogue with a
//! missing or wrong file does not load, so no call meets one.

use std::{
    collections::{BTreeMap, HashMap},
    fs, io,
    path::{Component, Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    dialogue::{self, Clip, Family},
    domain::language::Language,
    media::{codec::RATE_HZ, sound::Sound},
};

pub const MANIFEST: &str = "prompts.toml";
const DEFAULT_DIR: &str = "audio";
/// A prompt is a sentence or two; a longer file is a mistake.
const CLIP_MS_MAX: u32 = 60_000;
/// One byte a sample: what the whole catalogue may hold in memory.
const CATALOGUE_BYTES_MAX: usize = 12 * 1024 * 1024;
const FAMILIES: [Family; 5] =
    [Family::Division, Family::District, Family::Department, Family::Category, Family::Designation];

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read the manifest of prompts {path}")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("the manifest of prompts {path} is not valid at line {line}")]
    Manifest { path: PathBuf, line: usize, source: Box<toml::de::Error> },
    #[error("prompt {key}: not a key (lower-case letters, digits and underscores)")]
    Key { key: String },
    #[error("prompt {key}: unknown language {language}")]
    Language { key: String, language: String },
    #[error("prompt {key}: stands twice in {language}")]
    Twice { key: String, language: Language },
    #[error("prompt {key}: the file name {file} leaves the folder of prompts")]
    Outside { key: String, file: String },
    #[error("prompt {key}: cannot read {path}")]
    File { key: String, path: PathBuf, source: io::Error },
    #[error("prompt {key}: {path} is not a whole WAV file")]
    Broken { key: String, path: PathBuf, source: hound::Error },
    #[error("prompt {key}: {path} is {found}, not 8000 Hz, mono, 16 bits")]
    Format { key: String, path: PathBuf, found: String },
    #[error("prompt {key}: {path} is empty or longer than {CLIP_MS_MAX} ms")]
    Length { key: String, path: PathBuf },
    #[error("prompt {key}: {path} is not the recording that the manifest names (digest {found})")]
    Wrong { key: String, path: PathBuf, found: String },
    #[error("prompt {key}: no recording in {language} in {path}")]
    Missing { key: String, language: Language, path: PathBuf },
    #[error("the prompts of {path} need more than {CATALOGUE_BYTES_MAX} bytes")]
    TooMuch { path: PathBuf },
}

/// One `[[prompt]]` of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub key: String,
    pub language: String,
    pub file: String,
    pub text: String,
    /// The text spelt for the ear of the renderer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub say: Option<String>,
    pub voice: String,
    pub licence: String,
    /// What the renderer made the file from; none for a studio recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Why a native speaker should hear this one; none when nothing was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
    /// Of the whole file; empty until there is one.
    #[serde(default)]
    pub sha256: String,
}

#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Manifest {
    #[serde(default, rename = "prompt")]
    pub prompts: Vec<Entry>,
}

impl Manifest {
    pub fn read(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(MANIFEST);
        let text = fs::read_to_string(&path)
            .map_err(|source| Error::Unreadable { path: path.clone(), source })?;
        toml::from_str(&text).map_err(|mut source: toml::de::Error| {
            let before = source.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.lines().count().max(1);
            // Else the error carries and prints the whole manifest.
            source.set_input(None);
            Error::Manifest { path, line, source: Box::new(source) }
        })
    }
}

/// Both recordings of one key.
#[derive(Debug, Default)]
struct Spoken {
    hindi: Option<Sound>,
    english: Option<Sound>,
}

impl Spoken {
    fn get(&self, language: Language) -> Option<&Sound> {
        match language {
            Language::Hindi => self.hindi.as_ref(),
            Language::English => self.english.as_ref(),
        }
    }

    fn slot(&mut self, language: Language) -> &mut Option<Sound> {
        match language {
            Language::Hindi => &mut self.hindi,
            Language::English => &mut self.english,
        }
    }
}

/// All prompts in all languages, in memory.
#[derive(Debug)]
pub struct Catalogue {
    spoken: HashMap<String, Spoken>,
}

impl Catalogue {
    /// Reads the prompts of a folder; the first thing that is missing or wrong is the error.
    pub fn load(dir: &Path) -> Result<Self, Error> {
        let (catalogue, faults) = Self::examine(dir)?;
        match faults.into_iter().next() {
            Some(fault) => Err(fault),
            None => Ok(catalogue),
        }
    }

    /// Reads what can be read, and lists everything that is missing or wrong.
    pub fn examine(dir: &Path) -> Result<(Self, Vec<Error>), Error> {
        let manifest = Manifest::read(dir)?;
        Ok(Self::read(dir, &manifest, required()))
    }

    fn read<'a>(
        dir: &Path,
        manifest: &Manifest,
        required: impl Iterator<Item = &'a str>,
    ) -> (Self, Vec<Error>) {
        let mut spoken: BTreeMap<String, Spoken> = BTreeMap::new();
        let mut files: HashMap<&str, Sound> = HashMap::new();
        let mut faults = Vec::new();
        let mut bytes = 0;
        for entry in &manifest.prompts {
            if let Err(fault) = place(dir, entry, &mut files, &mut spoken, &mut bytes) {
                faults.push(fault);
            }
        }
        for key in required {
            spoken.entry(key.to_owned()).or_default();
        }
        for (key, spoken) in &spoken {
            // A file that is there but wrong was named above.
            let named = |language: Language| {
                manifest.prompts.iter().any(|e| e.key == *key && e.language == language.as_str())
            };
            for &language in Language::ALL {
                if spoken.get(language).is_none() && !named(language) {
                    let path = dir.join(MANIFEST);
                    faults.push(Error::Missing { key: key.clone(), language, path });
                }
            }
        }
        if bytes > CATALOGUE_BYTES_MAX {
            faults.push(Error::TooMuch { path: dir.to_owned() });
        }
        (Self { spoken: spoken.into_iter().collect() }, faults)
    }

    /// The sounds of some clips in order; a name without a recording of its own is spoken by its generic one.
    pub fn sounds(&self, language: Language, clips: &[Clip]) -> Vec<Sound> {
        let mut sounds = Vec::with_capacity(clips.len());
        for clip in clips {
            let generic = clip.generic.and_then(|key| self.sound(language, key));
            match self.sound(language, &clip.key).or(generic) {
                Some(sound) => sounds.push(sound.clone()),
                None => tracing::error!(key = %clip.key, %language, "no prompt for this key"),
            }
        }
        sounds
    }

    pub fn sound(&self, language: Language, key: &str) -> Option<&Sound> {
        self.spoken.get(key)?.get(language)
    }

    /// Whether a name has a recording of its own in every language.
    pub fn has(&self, key: &str) -> bool {
        Language::ALL.iter().all(|&language| self.sound(language, key).is_some())
    }

    pub fn keys(&self) -> usize {
        self.spoken.len()
    }
}

/// The folder of the prompts: the setting's. When that is the default and does not lie in the working directory, the one
/// of the source that this was built from.
pub fn folder(setting: &Path) -> PathBuf {
    match option_env!("CARGO_MANIFEST_DIR").map(|source| Path::new(source).join(DEFAULT_DIR)) {
        Some(source) if setting == Path::new(DEFAULT_DIR) && !setting.join(MANIFEST).exists() => {
            source
        }
        _ => setting.to_owned(),
    }
}

/// Every key that a dialogue may ask for by name.
fn required() -> impl Iterator<Item = &'static str> {
    use dialogue::prompts::{ALL, NUMBERS, SCALES};
    ALL.iter().chain(&NUMBERS).chain(&SCALES).copied().chain(FAMILIES.map(Family::generic))
}

/// Whether a word may name a prompt, and so a file: lower-case letters, digits and underscores.
pub fn is_key(word: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    !word.is_empty() && word.bytes().all(allowed)
}

/// Reads one entry's file and puts it into its place.
fn place<'m>(
    dir: &Path,
    entry: &'m Entry,
    files: &mut HashMap<&'m str, Sound>,
    spoken: &mut BTreeMap<String, Spoken>,
    bytes: &mut usize,
) -> Result<(), Error> {
    let key = || entry.key.clone();
    if !is_key(&entry.key) {
        return Err(Error::Key { key: key() });
    }
    let Some(language) = Language::parse(&entry.language) else {
        return Err(Error::Language { key: key(), language: entry.language.clone() });
    };
    let slot = spoken.entry(key()).or_default().slot(language);
    if slot.is_some() {
        return Err(Error::Twice { key: key(), language });
    }
    if let Some(sound) = files.get(entry.file.as_str()) {
        *slot = Some(sound.clone());
        return Ok(());
    }
    let sound = read_sound(dir, entry)?;
    *bytes = bytes.saturating_add(sound.alaw().len());
    *slot = Some(sound.clone());
    files.insert(&entry.file, sound);
    Ok(())
}

fn read_sound(dir: &Path, entry: &Entry) -> Result<Sound, Error> {
    let key = || entry.key.clone();
    let name = Path::new(&entry.file);
    if !name.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(Error::Outside { key: key(), file: entry.file.clone() });
    }
    let path = dir.join(name);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(source) => return Err(Error::File { key: key(), path, source }),
    };
    let broken = |source| Error::Broken { key: key(), path: path.clone(), source };
    let mut wav = hound::WavReader::new(bytes.as_slice()).map_err(broken)?;
    let spec = wav.spec();
    if (spec.sample_rate, spec.channels, spec.bits_per_sample) != (RATE_HZ, 1, 16)
        || spec.sample_format != hound::SampleFormat::Int
    {
        let found = format!(
            "{} Hz, {} channels, {} bits",
            spec.sample_rate, spec.channels, spec.bits_per_sample
        );
        return Err(Error::Format { key: key(), path, found });
    }
    let pcm = wav.samples::<i16>().collect::<Result<Vec<_>, _>>().map_err(broken)?;
    let sound = Sound::from_pcm(&pcm);
    if pcm.is_empty() || sound.len_ms() > CLIP_MS_MAX {
        return Err(Error::Length { key: key(), path });
    }
    let found = digest(&bytes);
    if found != entry.sha256 {
        return Err(Error::Wrong { key: key(), path, found });
    }
    Ok(sound)
}

/// SHA-256 in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
