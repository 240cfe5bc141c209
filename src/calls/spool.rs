//! What a crash left in the spool of recordings: each is made whole and gets a row that says it is partial, or is removed.

use std::{fs, io, path::Path};

use super::recordings::{MESSAGE, TALK, VERIFICATION, hex};
use crate::app::{
    self, App,
    recordings::{self, NewRecording},
};
use crate::domain::{actor::Actor, recording::Class};
use crate::telephony::audio::{Repaired, repair};

/// Files that one start looks at.
const SWEPT_MAX: usize = 10_000;
/// Shorter than anything said: the head, and 100 ms of one side.
const SHORTEST_BYTES: u64 = 44 + 1_600;
/// Rows of a call that ended in order are numbered from 1: these stay apart from them.
const NUMBERED_FROM: u32 = 1_000;
const WHY: &str = "the helpline ended during the call";

/// The recordings that are to have rows; their files have their final names already.
pub(super) fn sweep(dir: &Path, spool: &Path, folder: &str) -> io::Result<Vec<NewRecording>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(spool)?.take(SWEPT_MAX) {
        let path = entry?.path();
        match rescued(dir, &path, folder) {
            Ok(Some(new)) => {
                tracing::warn!(
                    call = new.call,
                    duration_ms = new.duration_ms,
                    "a recording of a crash is kept"
                );
                found.push(new);
            }
            Ok(None) => {
                fs::remove_file(&path)?;
                tracing::warn!(file = %path.display(), "an empty recording of a crash is removed");
            }
            Err(error) => {
                tracing::error!(file = %path.display(), %error, "a recording of a crash is left");
            }
        }
    }
    Ok(found)
}

/// None for a file in which nothing was said.
fn rescued(dir: &Path, path: &Path, folder: &str) -> io::Result<Option<NewRecording>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem = name.trim_end_matches(".part").trim_end_matches(".wav");
    let named = stem.rsplit_once('-').and_then(|(call, n)| Some((call, n.parse::<u32>().ok()?)));
    let (call, n) = named.ok_or_else(|| io::Error::other("not a name of ours"))?;
    if fs::metadata(path)?.len() < SHORTEST_BYTES {
        return Ok(None);
    }
    let Some(Repaired { duration_ms, sha256 }) = repair(path)? else {
        return Err(io::Error::other("not a recording of ours"));
    };
    let file = format!("{}.wav", hex(&sha256));
    fs::rename(path, dir.join(&file))?;
    fs::File::open(dir)?.sync_all()?;
    // A talk has its row since it began; a dialogue's recording has none yet.
    let (number, class) = match n {
        TALK => (n, Class::Call),
        MESSAGE => (n, Class::Message),
        VERIFICATION.. => (n, Class::Call),
        _ => (NUMBERED_FROM.saturating_add(n), Class::Complaint),
    };
    Ok(Some(NewRecording {
        call: call.to_owned(),
        number,
        class,
        folder: Some(folder.to_owned()),
        file,
        sha256,
        duration_ms: i64::try_from(duration_ms).unwrap_or(i64::MAX),
        partial: Some(WHY.to_owned()),
        case: None,
    }))
}

/// Ends the rows that an earlier process left unfinished and whose file the spool has not: there is none.
pub(super) async fn forsake(app: &App, by: &Actor, folder: &str) -> app::Result<()> {
    let mut after = 0;
    loop {
        let rows = recordings::running(app, by, folder, after).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        for row in rows {
            tracing::error!(call = row.call, recording = row.id, "a recording has no file");
            let new = NewRecording {
                call: row.call,
                number: row.number.and_then(|n| u32::try_from(n).ok()).unwrap_or(TALK),
                class: row.class,
                folder: row.folder,
                file: String::new(),
                sha256: [0; 32],
                duration_ms: 0,
                partial: Some(WHY.to_owned()),
                case: None,
            };
            recordings::keep(app, by, new).await?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_crash_left_is_made_whole_or_removed() {
        let dir = tempfile::tempdir().unwrap();
        let spool = dir.path().join("spool");
        fs::create_dir(&spool).unwrap();
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        // The head as it is written first, and half a second of sound.
        let mut torn = Vec::new();
        hound::WavWriter::new(io::Cursor::new(&mut torn), spec).unwrap().finalize().unwrap();
        torn.extend([1_u8, 0].repeat(4_000));
        torn.push(9);
        fs::write(spool.join("ab12-3.wav.part"), &torn).unwrap();
        fs::write(spool.join("ab12-4.wav.part"), [0; 50]).unwrap();
        let mut talk = crate::media::wav::head(crate::media::wav::Sides::Stereo, 0).to_vec();
        talk.extend([1_u8, 0, 2, 0].repeat(8_000));
        fs::write(spool.join("cd34-0.wav.part"), talk).unwrap();
        fs::write(spool.join("ef56-999.wav.part"), &torn).unwrap();
        fs::write(spool.join("notes.txt"), "of somebody else").unwrap();

        let found = sweep(dir.path(), &spool, "f1").unwrap();

        assert_eq!(found.len(), 3);
        let of = |call| found.iter().find(|new: &&NewRecording| new.call == call).unwrap();
        let talk = of("cd34");
        assert_eq!((talk.number, talk.class, talk.duration_ms), (0, Class::Call, 1_000));
        assert_eq!(talk.folder.as_deref(), Some("f1"));
        let message = of("ef56");
        assert_eq!((message.number, message.class), (999, Class::Message));
        let new = of("ab12");
        assert_eq!((new.call.as_str(), new.number, new.duration_ms), ("ab12", 1_003, 500));
        let kept = hound::WavReader::open(dir.path().join(&new.file)).unwrap();
        assert_eq!(kept.duration(), 4_000);
        let left: Vec<_> =
            fs::read_dir(&spool).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(left, ["notes.txt"]);
        assert!(sweep(dir.path(), &spool, "f1").unwrap().is_empty());
    }
}
