//! The sound catalogue: reads and checks every prompt at start, then keeps them as they are sent. A catalogue with a
//! missing or wrong file does not load, so no call meets one.

mod bank;
pub mod manifest;
mod recording;

use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    dialogue::{self, Clip, Family},
    domain::language::Language,
    media::sound::Sound,
};
use bank::{Bank, Stored};
use manifest::{Entry, MANIFEST, Manifest, is_key};
use recording::Buffers;

const DEFAULT_DIR: &str = "audio";
/// A prompt is a sentence or two; a longer file is a mistake.
const CLIP_MS_MAX: u32 = 60_000;
/// One byte a sample: what the whole catalogue may hold.
const CATALOGUE_BYTES_MAX: usize = 16 * 1024 * 1024;
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
    #[error("cannot keep the prompts in a file of the folder for temporary files")]
    Bank(#[source] io::Error),
}

/// Both recordings of one key.
#[derive(Debug, Default)]
struct Spoken {
    hindi: Option<Arc<Stored>>,
    english: Option<Arc<Stored>>,
}

impl Spoken {
    fn get(&self, language: Language) -> Option<&Stored> {
        match language {
            Language::Hindi => self.hindi.as_deref(),
            Language::English => self.english.as_deref(),
        }
    }

    fn slot(&mut self, language: Language) -> &mut Option<Arc<Stored>> {
        match language {
            Language::Hindi => &mut self.hindi,
            Language::English => &mut self.english,
        }
    }
}

/// All prompts in all languages.
#[derive(Debug)]
pub struct Catalogue {
    bank: Bank,
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
        Self::read(dir, &manifest, required())
    }

    fn read<'a>(
        dir: &Path,
        manifest: &Manifest,
        required: impl Iterator<Item = &'a str>,
    ) -> Result<(Self, Vec<Error>), Error> {
        let mut spoken: BTreeMap<String, Spoken> = BTreeMap::new();
        let mut files: HashMap<&str, Arc<Stored>> = HashMap::new();
        let mut faults = Vec::new();
        let (mut bank, mut buffers) = (Bank::open().map_err(Error::Bank)?, Buffers::default());
        for entry in &manifest.prompts {
            if let Err(fault) = place(dir, entry, &mut files, &mut spoken, &mut bank, &mut buffers)
            {
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
        if bank.bytes() > CATALOGUE_BYTES_MAX {
            faults.push(Error::TooMuch { path: dir.to_owned() });
        }
        Ok((Self { bank, spoken: spoken.into_iter().collect() }, faults))
    }

    /// The sounds of some clips in order; a name without a recording of its own is spoken by its generic one.
    pub fn sounds(&self, language: Language, clips: &[Clip]) -> Vec<Sound> {
        let mut sounds = Vec::with_capacity(clips.len());
        for clip in clips {
            let generic = clip.generic.and_then(|key| self.sound(language, key));
            match self.sound(language, &clip.key).or(generic) {
                Some(sound) => sounds.push(sound),
                None => tracing::error!(key = %clip.key, %language, "no prompt for this key"),
            }
        }
        sounds
    }

    pub fn sound(&self, language: Language, key: &str) -> Option<Sound> {
        let sound = self.bank.sound(self.stored(language, key)?);
        sound
            .inspect_err(|error| tracing::error!(key, %language, %error, "a prompt cannot be read"))
            .ok()
    }

    fn stored(&self, language: Language, key: &str) -> Option<&Stored> {
        self.spoken.get(key)?.get(language)
    }

    /// Whether a name has a recording of its own in every language.
    pub fn has(&self, key: &str) -> bool {
        Language::ALL.iter().all(|&language| self.stored(language, key).is_some())
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
    use dialogue::prompts::{NUMBERS, SCALES, all};
    let fixed = all().map(|prompt| prompt.key);
    fixed.chain(NUMBERS).chain(SCALES).chain(FAMILIES.map(Family::generic))
}

/// Reads one entry's file and puts it into its place.
fn place<'m>(
    dir: &Path,
    entry: &'m Entry,
    files: &mut HashMap<&'m str, Arc<Stored>>,
    spoken: &mut BTreeMap<String, Spoken>,
    bank: &mut Bank,
    buffers: &mut Buffers,
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
    if let Some(stored) = files.get(entry.file.as_str()) {
        *slot = Some(stored.clone());
        return Ok(());
    }
    let stored = bank.store(&recording::read(dir, entry, buffers)?).map_err(Error::Bank)?;
    *slot = Some(stored.clone());
    files.insert(&entry.file, stored);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Cursor};

    use super::{manifest::digest, *};

    pub(super) fn wav(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
        let spec = hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        samples.iter().for_each(|sample| writer.write_sample(*sample).unwrap());
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    pub(super) fn good(level: i16) -> Vec<u8> {
        wav(8_000, 1, &[level; 800])
    }

    pub(super) fn entry(key: &str, language: &str, bytes: &[u8]) -> Entry {
        Entry {
            key: key.to_owned(),
            language: language.to_owned(),
            file: format!("{language}/{key}.wav"),
            text: "a text".to_owned(),
            say: None,
            voice: "studio".to_owned(),
            licence: "CC0-1.0".to_owned(),
            source: None,
            doubt: None,
            sha256: digest(bytes),
        }
    }

    struct Folder {
        dir: tempfile::TempDir,
        manifest: Manifest,
    }

    impl Folder {
        fn new() -> Self {
            Self { dir: tempfile::tempdir().unwrap(), manifest: Manifest::default() }
        }

        fn write(&mut self, key: &str, language: &str, bytes: &[u8]) -> &mut Entry {
            let file = format!("{language}/{key}.wav");
            let path = self.dir.path().join(&file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
            self.manifest.prompts.push(entry(key, language, bytes));
            self.manifest.prompts.last_mut().unwrap()
        }

        fn faults(&self, required: &[&str]) -> Vec<String> {
            let (_, faults) =
                Catalogue::read(self.dir.path(), &self.manifest, required.iter().copied()).unwrap();
            let root = format!("{}/", self.dir.path().display());
            faults.iter().map(|fault| fault.to_string().replace(&root, "")).collect()
        }

        fn catalogue(&self) -> Catalogue {
            assert_eq!(self.faults(&[]), Vec::<String>::new());
            Catalogue::read(self.dir.path(), &self.manifest, [].into_iter()).unwrap().0
        }
    }

    fn named(code: &str) -> Clip {
        Clip::named(Family::District, code)
    }

    #[test]
    fn clips_come_in_order_and_in_the_language_asked_for() {
        let mut folder = Folder::new();
        folder.write("one", "hi", &good(100));
        folder.write("one", "en", &good(200));
        folder.write("two", "hi", &good(300));
        folder.write("two", "en", &good(400));

        let sounds =
            folder.catalogue().sounds(Language::English, &[Clip::fixed("two"), Clip::fixed("one")]);

        assert_eq!(sounds, [Sound::from_pcm(&[400; 800]), Sound::from_pcm(&[200; 800])]);
    }

    #[test]
    fn a_name_without_a_recording_is_spoken_by_its_generic() {
        let mut folder = Folder::new();
        for language in ["hi", "en"] {
            folder.write("district_396", language, &good(100));
            folder.write("district_generic", language, &good(200));
        }
        let catalogue = folder.catalogue();

        let sounds = catalogue.sounds(Language::Hindi, &[named("396"), named("999")]);

        assert_eq!(sounds, [Sound::from_pcm(&[100; 800]), Sound::from_pcm(&[200; 800])]);
        assert!(catalogue.has("district_396") && !catalogue.has("district_999"));
    }

    #[test]
    fn a_key_of_one_language_is_refused() {
        let mut folder = Folder::new();
        folder.write("welcome", "hi", &good(1));

        assert_eq!(folder.faults(&[]), ["prompt welcome: no recording in en in prompts.toml"]);
    }

    #[test]
    fn a_key_that_the_dialogues_need_must_be_there() {
        assert_eq!(
            Folder::new().faults(&["goodbye"]),
            [
                "prompt goodbye: no recording in hi in prompts.toml",
                "prompt goodbye: no recording in en in prompts.toml"
            ]
        );
    }

    #[test]
    fn a_key_twice_an_odd_key_and_an_unknown_language_are_refused() {
        let mut folder = Folder::new();
        folder.write("one", "hi", &good(1));
        folder.write("one", "en", &good(1));
        folder.write("one", "en", &good(1));
        folder.write("Two", "hi", &good(1));
        folder.write("three", "mr", &good(1));

        assert_eq!(
            folder.faults(&[]),
            [
                "prompt one: stands twice in en",
                "prompt Two: not a key (lower-case letters, digits and underscores)",
                "prompt three: unknown language mr"
            ]
        );
    }

    #[test]
    fn a_file_shared_by_two_entries_is_held_once() {
        let mut folder = Folder::new();
        folder.write("beep", "hi", &good(9));
        folder.write("beep", "en", &good(9)).file = "hi/beep.wav".to_owned();
        let catalogue = folder.catalogue();

        let (hindi, english) = (
            catalogue.sound(Language::Hindi, "beep").unwrap(),
            catalogue.sound(Language::English, "beep").unwrap(),
        );

        assert_eq!(hindi.alaw().as_ptr(), english.alaw().as_ptr());
    }

    #[test]
    fn the_shipped_catalogue_loads_and_says_what_the_dialogues_say() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("audio");

        let catalogue = Catalogue::load(&dir).unwrap();

        assert!(catalogue.keys() >= 260, "{} keys", catalogue.keys());
        let manifest = Manifest::read(&dir).unwrap();
        for prompt in dialogue::prompts::all().filter(|prompt| !prompt.hindi.starts_with('(')) {
            let text = |language: &str| {
                let found =
                    manifest.prompts.iter().find(|e| e.key == prompt.key && e.language == language);
                found.unwrap().text.as_str()
            };
            assert_eq!((text("hi"), text("en")), (prompt.hindi, prompt.english), "{}", prompt.key);
        }
    }
}
