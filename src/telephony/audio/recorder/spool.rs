//! One file being written. Its samples are on disk as they come; head, digest and name follow when it is over.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::Tape;
use crate::media::codec::SAMPLES_PER_MS;
use crate::media::wav::{self, HEAD_BYTES};
use crate::telephony::audio::{Recording, RecordingEnd, StreamEvent, locked};

/// What is digested before the other recordings have their turn.
const SLICE_BYTES: usize = 256 * 1024;

/// The writing thread's side of a tape.
pub(super) struct Spool {
    tape: Arc<Tape>,
    temporary: PathBuf,
    file: Option<File>,
    samples: u64,
    partial: bool,
    failure: Option<String>,
    bytes: Vec<u8>,
}

/// A file that is whole but for its digest and its name.
pub(super) struct Finishing {
    tape: Arc<Tape>,
    temporary: PathBuf,
    file: Option<File>,
    digest: Sha256,
    recording: Recording,
}

impl Spool {
    pub(super) fn create(tape: Arc<Tape>) -> Self {
        let mut name = tape.path.clone().into_os_string();
        name.push(".part");
        let temporary = PathBuf::from(name);
        let created = create_private(&temporary).and_then(|mut file| {
            file.write_all(&wav::head(tape.sides, 0))?;
            Ok(file)
        });
        let (file, failure) = match created {
            Ok(file) => (Some(file), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self { tape, temporary, file, samples: 0, partial: false, failure, bytes: Vec::new() }
    }

    pub(super) fn is_of(&self, tape: &Arc<Tape>) -> bool {
        Arc::ptr_eq(&self.tape, tape)
    }

    /// Writes what the tape owes; true when the recording is over.
    pub(super) fn write(&mut self) -> bool {
        let (samples, lost, ended) = {
            let mut owed = locked(&self.tape.owed);
            owed.queued = false;
            owed.done |= owed.end.is_some() || self.failure.is_some();
            (std::mem::take(&mut owed.samples), std::mem::take(&mut owed.lost), owed.end.is_some())
        };
        self.partial |= lost > 0;
        if let Err(error) = self.append(&samples, lost) {
            self.failure = Some(error.to_string());
            locked(&self.tape.owed).done = true;
        }
        ended || self.failure.is_some()
    }

    fn append(&mut self, samples: &[i16], lost: usize) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut lost = lost;
        self.bytes.clear();
        self.bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        loop {
            file.write_all(&self.bytes)?;
            self.samples += self.bytes.len() as u64 / 2;
            if lost == 0 {
                return Ok(());
            }
            let silence = lost.min(SLICE_BYTES / 2);
            lost -= silence;
            self.bytes.clear();
            self.bytes.resize(silence * 2, 0);
        }
    }

    /// Makes the file whole as far as it came.
    pub(super) fn finish(mut self) -> Finishing {
        let sides = u64::from(self.tape.sides.count());
        // A write that failed may have left a part of itself.
        self.samples -= self.samples % sides;
        let data = self.samples * 2;
        let failed = self.failure.is_some();
        let closed =
            self.file.take().and_then(|mut file| match close(&mut file, &self.tape, data) {
                Ok(()) => Some(file),
                Err(error) => {
                    self.failure.get_or_insert(error.to_string());
                    None
                }
            });
        let stopped = locked(&self.tape.owed).end.clone().unwrap_or(RecordingEnd::Stopped);
        let kept = closed.is_some();
        let duration_ms = self.samples / sides / SAMPLES_PER_MS as u64;
        Finishing {
            recording: Recording {
                path: self.tape.path.clone(),
                duration_ms: if kept { u32::try_from(duration_ms).unwrap_or(u32::MAX) } else { 0 },
                sha256: [0; 32],
                partial: self.partial || failed || !kept,
                end: self.failure.map_or(stopped, RecordingEnd::Failed),
            },
            tape: self.tape,
            temporary: self.temporary,
            file: closed,
            digest: Sha256::new(),
        }
    }
}

impl Finishing {
    pub(super) fn path(&self) -> &Path {
        &self.tape.path
    }

    /// Digests one slice; true when the file has its name, or none.
    pub(super) fn step(&mut self) -> bool {
        let Some(file) = &mut self.file else {
            let _ = fs::remove_file(&self.temporary);
            return true;
        };
        let stepped = digest_slice(file, &mut self.digest).and_then(|over| {
            if over {
                name(file, &self.temporary, &self.tape.path)?;
            }
            Ok(over)
        });
        match stepped {
            Ok(false) => false,
            Ok(true) => {
                self.recording.sha256 = std::mem::take(&mut self.digest).finalize().into();
                true
            }
            Err(error) => {
                // What could not be read or named stays under its temporary name for the next start to mend.
                self.recording.partial = true;
                self.recording.duration_ms = 0;
                self.recording.end = RecordingEnd::Failed(error.to_string());
                true
            }
        }
    }

    /// Tells how it went.
    pub(super) fn tell(self) {
        let path = self.tape.path.display();
        if let RecordingEnd::Failed(reason) = &self.recording.end {
            tracing::error!(%path, reason, "recording failed");
        }
        let told = self.tape.events.try_send(StreamEvent::Recorded(self.recording));
        if let Err(mpsc::error::TrySendError::Full(_)) = told {
            tracing::error!(%path, "nobody reads the events of this recording");
        }
    }
}

/// A citizen's voice is for this account's eyes only.
fn create_private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn close(file: &mut File, tape: &Tape, data: u64) -> io::Result<()> {
    file.set_len(HEAD_BYTES as u64 + data)?;
    file.rewind()?;
    file.write_all(&wav::head(tape.sides, u32::try_from(data).unwrap_or(u32::MAX)))?;
    file.seek(SeekFrom::Start(0)).map(|_| ())
}

/// True when the file has been read to its end.
fn digest_slice(file: &mut File, digest: &mut Sha256) -> io::Result<bool> {
    let mut left = SLICE_BYTES;
    let mut buffer = [0; 16 * 1024];
    while left > 0 {
        match file.read(&mut buffer)? {
            0 => return Ok(true),
            read => {
                digest.update(&buffer[..read]);
                left = left.saturating_sub(read);
            }
        }
    }
    Ok(false)
}

/// Makes the file durable and gives it its name.
fn name(file: &File, temporary: &Path, path: &Path) -> io::Result<()> {
    file.sync_all()?;
    fs::rename(temporary, path)?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
