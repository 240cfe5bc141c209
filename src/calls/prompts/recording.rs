//! One prompt's file: a whole WAV of 8 kHz, mono, 16 bits, and the very one that the manifest names.

use std::{
    fs,
    io::Read,
    path::{Component, Path},
};

use super::{
    CLIP_MS_MAX, Error,
    manifest::{Entry, digest},
};
use crate::media::{codec::RATE_HZ, sound::Sound};

/// A file of the longest clip, with room for what some programs write before and behind the samples.
const FILE_BYTES_MAX: u64 = CLIP_MS_MAX as u64 * 16 + 65_536;

/// What one file after another is read into: hundreds of short-lived buffers between the sounds that stay would leave the
/// memory in holes.
#[derive(Default)]
pub(super) struct Buffers {
    file: Vec<u8>,
    pcm: Vec<i16>,
}

/// Reads the file of one entry. The format is judged before the digest, so that the error says what is wrong with the file.
pub(super) fn read(dir: &Path, entry: &Entry, buffers: &mut Buffers) -> Result<Sound, Error> {
    let key = || entry.key.clone();
    let name = Path::new(&entry.file);
    if !name.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(Error::Outside { key: key(), file: entry.file.clone() });
    }
    let path = dir.join(name);
    let Buffers { file: bytes, pcm } = buffers;
    bytes.clear();
    let opened = fs::File::open(&path);
    if let Err(source) = opened.and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(bytes)) {
        return Err(Error::File { key: key(), path, source });
    }
    let broken = |source| Error::Broken { key: key(), path: path.clone(), source };
    let wav = hound::WavReader::new(bytes.as_slice()).map_err(broken)?;
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
    // hound's own iterator costs more than all the rest of a start.
    let length = wav.len() as usize * 2;
    let samples = wav
        .into_inner()
        .get(..length)
        .ok_or_else(|| broken(hound::Error::FormatError("it ends before its last sample")))?;
    pcm.clear();
    pcm.extend(samples.as_chunks().0.iter().map(|pair| i16::from_le_bytes(*pair)));
    let sound = Sound::from_pcm(pcm);
    if pcm.is_empty() || sound.len_ms() > CLIP_MS_MAX {
        return Err(Error::Length { key: key(), path });
    }
    let found = digest(bytes);
    if found != entry.sha256 {
        return Err(Error::Wrong { key: key(), path, found });
    }
    Ok(sound)
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{entry, good, wav},
        *,
    };

    /// What is wrong with a file whose digest is that of `expected`.
    fn fault(file: &[u8], expected: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("hi")).unwrap();
        fs::write(folder.path().join("hi/welcome.wav"), file).unwrap();
        let refused =
            read(folder.path(), &entry("welcome", "hi", expected), &mut Buffers::default())
                .unwrap_err();
        refused.to_string().replace(&format!("{}/", folder.path().display()), "")
    }

    #[test]
    fn a_missing_file_is_named_with_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let refused =
            read(folder.path(), &entry("welcome", "en", b""), &mut Buffers::default()).unwrap_err();
        let path = folder.path().join("en/welcome.wav");
        assert_eq!(refused.to_string(), format!("prompt welcome: cannot read {}", path.display()));
    }

    #[test]
    fn another_rate_or_two_channels_are_refused() {
        let (wide, stereo) = (wav(16_000, 1, &[1; 160]), wav(8_000, 2, &[1; 160]));

        assert_eq!(
            (fault(&wide, &wide).as_str(), fault(&stereo, &stereo).as_str()),
            (
                "prompt welcome: hi/welcome.wav is 16000 Hz, 1 channels, 16 bits, not 8000 Hz, mono, 16 bits",
                "prompt welcome: hi/welcome.wav is 8000 Hz, 2 channels, 16 bits, not 8000 Hz, mono, 16 bits",
            )
        );
    }

    #[test]
    fn a_file_other_than_the_one_in_the_manifest_is_refused() {
        let said = fault(&good(1), &good(2));
        assert!(said.starts_with("prompt welcome: hi/welcome.wav is not the recording"), "{said}");
    }

    #[test]
    fn a_file_cut_at_any_byte_is_broken() {
        let whole = good(5);
        for length in 0..whole.len() {
            let said = fault(&whole[..length], &whole);
            assert_eq!(said, "prompt welcome: hi/welcome.wav is not a whole WAV file", "{length}");
        }
    }

    #[test]
    fn an_empty_clip_is_refused() {
        let empty = wav(8_000, 1, &[]);
        assert_eq!(
            fault(&empty, &empty),
            "prompt welcome: hi/welcome.wav is empty or longer than 60000 ms"
        );
    }

    #[test]
    fn a_file_outside_the_folder_is_refused() {
        for file in ["../secret.wav", "/etc/secret.wav", "hi/../../secret.wav"] {
            let mut outside = entry("welcome", "hi", b"");
            outside.file = file.to_owned();
            assert_eq!(
                read(Path::new("."), &outside, &mut Buffers::default()).unwrap_err().to_string(),
                format!("prompt welcome: the file name {file} leaves the folder of prompts")
            );
        }
    }
}
