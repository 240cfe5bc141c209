use std::io::Cursor;

use super::*;

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
        self.manifest.prompts.push(Entry {
            key: key.to_owned(),
            language: language.to_owned(),
            file,
            text: "a text".to_owned(),
            say: None,
            voice: "studio".to_owned(),
            licence: "CC0-1.0".to_owned(),
            source: None,
            doubt: None,
            sha256: digest(bytes),
        });
        self.manifest.prompts.last_mut().unwrap()
    }

    fn faults(&self, required: &[&str]) -> Vec<String> {
        let (_, faults) =
            Catalogue::read(self.dir.path(), &self.manifest, required.iter().copied());
        let root = format!("{}/", self.dir.path().display());
        faults.iter().map(|fault| fault.to_string().replace(&root, "")).collect()
    }

    fn catalogue(&self) -> Catalogue {
        assert_eq!(self.faults(&[]), Vec::<String>::new());
        Catalogue::read(self.dir.path(), &self.manifest, [].into_iter()).0
    }
}

fn wav(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
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

fn good(level: i16) -> Vec<u8> {
    wav(8_000, 1, &[level; 800])
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
fn a_missing_file_is_named_with_its_key() {
    let mut folder = Folder::new();
    folder.write("welcome", "hi", &good(1));
    folder.write("welcome", "en", &good(1));
    fs::remove_file(folder.dir.path().join("en/welcome.wav")).unwrap();

    assert_eq!(folder.faults(&[]), ["prompt welcome: cannot read en/welcome.wav"]);
}

#[test]
fn another_rate_or_two_channels_are_refused() {
    let mut folder = Folder::new();
    folder.write("welcome", "hi", &wav(16_000, 1, &[1; 160]));
    folder.write("welcome", "en", &wav(8_000, 2, &[1; 160]));

    assert_eq!(
        folder.faults(&[]),
        [
            "prompt welcome: hi/welcome.wav is 16000 Hz, 1 channels, 16 bits, not 8000 Hz, mono, 16 bits",
            "prompt welcome: en/welcome.wav is 8000 Hz, 2 channels, 16 bits, not 8000 Hz, mono, 16 bits",
        ]
    );
}

#[test]
fn a_file_other_than_the_one_in_the_manifest_is_refused() {
    let mut folder = Folder::new();
    folder.write("welcome", "hi", &good(1));
    folder.write("welcome", "en", &good(1)).sha256 = digest(b"another");

    let faults = folder.faults(&[]);

    assert_eq!(faults.len(), 1);
    assert!(
        faults[0].starts_with("prompt welcome: en/welcome.wav is not the recording"),
        "{}",
        faults[0]
    );
}

#[test]
fn a_file_cut_at_any_byte_is_refused() {
    let whole = good(5);
    for length in 0..whole.len() {
        let mut folder = Folder::new();
        let digest_of_whole = digest(&whole);
        folder.write("welcome", "hi", &whole[..length]).sha256 = digest_of_whole;
        assert_eq!(folder.faults(&[]).len(), 2, "cut at {length}");
    }
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
fn a_file_outside_the_folder_is_refused() {
    let mut folder = Folder::new();
    folder.write("welcome", "hi", &good(1)).file = "../secret.wav".to_owned();
    folder.write("welcome", "en", &good(1)).file = "/etc/secret.wav".to_owned();

    assert_eq!(
        folder.faults(&[]),
        [
            "prompt welcome: the file name ../secret.wav leaves the folder of prompts",
            "prompt welcome: the file name /etc/secret.wav leaves the folder of prompts"
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
fn an_empty_clip_is_refused() {
    let mut folder = Folder::new();
    folder.write("one", "hi", &wav(8_000, 1, &[]));
    folder.write("one", "en", &good(1));

    assert_eq!(folder.faults(&[]), ["prompt one: hi/one.wav is empty or longer than 60000 ms"]);
}

#[test]
fn the_shipped_catalogue_loads_and_says_what_the_dialogues_say() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("audio");

    let catalogue = Catalogue::load(&dir).unwrap();

    assert!(catalogue.keys() >= 260, "{} keys", catalogue.keys());
    let manifest = Manifest::read(&dir).unwrap();
    for prompt in dialogue::prompts::PROMPTS.iter().filter(|prompt| !prompt.hindi.starts_with('('))
    {
        let text = |language: &str| {
            let found =
                manifest.prompts.iter().find(|e| e.key == prompt.key && e.language == language);
            found.unwrap().text.as_str()
        };
        assert_eq!((text("hi"), text("en")), (prompt.hindi, prompt.english), "{}", prompt.key);
    }
}
