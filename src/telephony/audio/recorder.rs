//! Recordings to disk: one thread writes what the receiving thread leaves on bounded tapes, so that no packet ever waits
//! for a file. A file has its name only when it is whole.

use std::collections::{HashSet, VecDeque};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};

use hound::{SampleFormat, WavSpec, WavWriter};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::{Recording, RecordingEnd, StreamEvent, locked};
use crate::media::codec::{RATE_HZ, SAMPLES_PER_MS};

/// What one tape may owe to a slow disk: 10 s. Past it sound is lost, its place kept as silence.
const TAPE_SAMPLES_MAX: usize = 10_000 * SAMPLES_PER_MS;
/// Recordings under way at one time.
pub(super) const TAPES_MAX: usize = 2_048;
const SPEC: WavSpec = WavSpec {
    channels: 1,
    sample_rate: RATE_HZ,
    bits_per_sample: 16,
    sample_format: SampleFormat::Int,
};

/// One recording: filled by the receiving thread, emptied by the writing one.
#[derive(Debug)]
pub(super) struct Tape {
    path: PathBuf,
    events: mpsc::Sender<StreamEvent>,
    owed: Mutex<Owed>,
    desk: Weak<Desk>,
}

#[derive(Debug, Default)]
struct Owed {
    samples: Vec<i16>,
    /// Samples that found no room, after `samples`.
    lost: usize,
    end: Option<RecordingEnd>,
    queued: bool,
    /// The file is closed, or is about to be: nothing more is taken and nothing more is told.
    done: bool,
}

/// Tapes with something to write, each at most once.
#[derive(Debug, Default)]
struct Desk {
    inbox: Mutex<Inbox>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct Inbox {
    ready: VecDeque<Arc<Tape>>,
    open: HashSet<PathBuf>,
    closing: bool,
}

#[derive(Debug)]
pub(super) struct Recorder {
    desk: Arc<Desk>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Recorder {
    pub(super) fn start() -> io::Result<Self> {
        let desk = Arc::<Desk>::default();
        let own = Arc::clone(&desk);
        let thread =
            thread::Builder::new().name("rtp-recorder".into()).spawn(move || write_all(&own))?;
        Ok(Self { desk, thread: Mutex::new(Some(thread)) })
    }

    /// Begins a tape, or says why not.
    pub(super) fn tape(
        &self,
        path: PathBuf,
        events: mpsc::Sender<StreamEvent>,
    ) -> Result<Arc<Tape>, String> {
        let mut inbox = locked(&self.desk.inbox);
        if inbox.closing {
            return Err("the sound engine has been shut down".into());
        }
        if inbox.open.len() >= TAPES_MAX {
            return Err(format!("{TAPES_MAX} recordings are under way"));
        }
        if !inbox.open.insert(path.clone()) {
            return Err("this file is being recorded".into());
        }
        let desk = Arc::downgrade(&self.desk);
        let tape = Arc::new(Tape { path, events, owed: Mutex::default(), desk });
        // The file is made at once, so that a missing folder is told before anyone speaks.
        locked(&tape.owed).queued = true;
        inbox.ready.push_back(Arc::clone(&tape));
        self.desk.bell.notify_one();
        Ok(tape)
    }

    pub(super) fn open_count(&self) -> usize {
        locked(&self.desk.inbox).open.len()
    }

    /// Refuses new tapes; the thread ends when those under way have ended.
    pub(super) fn close(&self) {
        locked(&self.desk.inbox).closing = true;
        self.desk.bell.notify_all();
    }

    pub(super) fn join(&self) {
        let thread = locked(&self.thread).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the recorder's thread panicked");
        }
    }

    /// A recorder that writes nothing, for tests of what feeds it.
    #[cfg(test)]
    pub(super) fn silent() -> Self {
        Self { desk: Arc::default(), thread: Mutex::default() }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.close();
    }
}

impl Tape {
    /// Leaves samples to be written; false when the file has failed and no more are wanted.
    pub(super) fn push(self: &Arc<Self>, samples: &[i16]) -> bool {
        let mut owed = locked(&self.owed);
        if owed.done {
            return false;
        }
        if samples.is_empty() {
            return true;
        }
        if owed.lost > 0 || owed.samples.len() + samples.len() > TAPE_SAMPLES_MAX {
            owed.lost += samples.len();
        } else {
            owed.samples.extend_from_slice(samples);
        }
        self.queue(&mut owed);
        true
    }

    /// Ends the recording; the first end counts.
    pub(super) fn end(self: &Arc<Self>, end: RecordingEnd) {
        let mut owed = locked(&self.owed);
        owed.end.get_or_insert(end);
        self.queue(&mut owed);
    }

    fn queue(self: &Arc<Self>, owed: &mut Owed) {
        if owed.queued || owed.done {
            return;
        }
        let Some(desk) = self.desk.upgrade() else { return };
        owed.queued = true;
        locked(&desk.inbox).ready.push_back(Arc::clone(self));
        desk.bell.notify_one();
    }
}

/// A file being written, the writing thread's side of a tape.
struct Spool {
    tape: Arc<Tape>,
    temporary: PathBuf,
    file: Option<WavWriter<BufWriter<File>>>,
    samples: u64,
    partial: bool,
    failure: Option<String>,
}

fn write_all(desk: &Desk) {
    let mut spools: Vec<Spool> = Vec::new();
    while let Some(tape) = next(desk) {
        if locked(&tape.owed).done {
            continue;
        }
        let at =
            spools.iter().position(|spool| Arc::ptr_eq(&spool.tape, &tape)).unwrap_or_else(|| {
                spools.push(Spool::create(tape));
                spools.len() - 1
            });
        if spools[at].write() {
            let spool = spools.swap_remove(at);
            let path = spool.tape.path.clone();
            spool.finish();
            locked(&desk.inbox).open.remove(&path);
        }
    }
}

/// Waits for a tape; `None` when the recorder closes and no tape is under way.
fn next(desk: &Desk) -> Option<Arc<Tape>> {
    let mut inbox = locked(&desk.inbox);
    loop {
        if let Some(tape) = inbox.ready.pop_front() {
            return Some(tape);
        }
        if inbox.closing && inbox.open.is_empty() {
            return None;
        }
        inbox = desk.bell.wait(inbox).unwrap_or_else(PoisonError::into_inner);
    }
}

impl Spool {
    fn create(tape: Arc<Tape>) -> Self {
        let mut name = tape.path.clone().into_os_string();
        name.push(".part");
        let temporary = PathBuf::from(name);
        let created = create_private(&temporary)
            .map_err(hound::Error::IoError)
            .and_then(|file| WavWriter::new(BufWriter::new(file), SPEC));
        let (file, failure) = match created {
            Ok(file) => (Some(file), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self { tape, temporary, file, samples: 0, partial: false, failure }
    }

    /// Writes what the tape owes; true when the recording is over.
    fn write(&mut self) -> bool {
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

    fn append(&mut self, samples: &[i16], lost: usize) -> hound::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        for sample in samples.iter().copied().chain(std::iter::repeat_n(0, lost)) {
            file.write_sample(sample)?;
            self.samples += 1;
        }
        Ok(())
    }

    /// Closes the file, whole or as far as it came, and tells how it went.
    fn finish(mut self) {
        let failed_before = self.failure.is_some();
        let kept =
            self.file.take().and_then(|file| match keep(file, &self.temporary, &self.tape.path) {
                Ok(digest) => Some(digest),
                Err(error) => {
                    self.failure.get_or_insert(error.to_string());
                    None
                }
            });
        if kept.is_none() {
            let _ = fs::remove_file(&self.temporary);
        }

        let stopped = locked(&self.tape.owed).end.clone().unwrap_or(RecordingEnd::Stopped);
        if let Some(reason) = &self.failure {
            tracing::error!(path = %self.tape.path.display(), reason, "recording failed");
        }
        let recording = Recording {
            path: self.tape.path.clone(),
            duration_ms: if kept.is_some() {
                (self.samples / SAMPLES_PER_MS as u64) as u32
            } else {
                0
            },
            sha256: kept.unwrap_or_default(),
            partial: self.partial || failed_before || kept.is_none(),
            end: self.failure.take().map_or(stopped, RecordingEnd::Failed),
        };
        if let Err(mpsc::error::TrySendError::Full(_)) =
            self.tape.events.try_send(StreamEvent::Recorded(recording))
        {
            tracing::error!(path = %self.tape.path.display(), "nobody reads the events of this recording");
        }
    }
}

/// A citizen's voice is for this account's eyes only.
fn create_private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the file durable, gives it its name and tells its digest.
fn keep(file: WavWriter<BufWriter<File>>, temporary: &Path, path: &Path) -> io::Result<[u8; 32]> {
    file.finalize().map_err(io::Error::other)?;
    let mut written = File::open(temporary)?;
    let mut digest = Sha256::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        match written.read(&mut buffer)? {
            0 => break,
            read => digest.update(&buffer[..read]),
        }
    }
    written.sync_all()?;
    fs::rename(temporary, path)?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(digest.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Case {
        recorder: Recorder,
        folder: tempfile::TempDir,
        events: mpsc::Receiver<StreamEvent>,
        sender: mpsc::Sender<StreamEvent>,
    }

    fn case() -> Case {
        let (sender, events) = mpsc::channel(8);
        Case {
            recorder: Recorder::start().unwrap(),
            folder: tempfile::tempdir().unwrap(),
            events,
            sender,
        }
    }

    impl Case {
        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn tape(&self, path: &Path) -> Arc<Tape> {
            self.recorder.tape(path.to_owned(), self.sender.clone()).unwrap()
        }

        fn recorded(&mut self) -> Recording {
            match self.events.blocking_recv() {
                Some(StreamEvent::Recorded(recording)) => recording,
                other => panic!("expected a recording, got {other:?}"),
            }
        }

        fn files(&self) -> Vec<String> {
            let names = fs::read_dir(self.folder.path()).unwrap();
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        }
    }

    #[test]
    fn a_finished_recording_is_a_wav_with_its_digest() {
        let mut case = case();
        let path = case.path("a.wav");
        let tape = case.tape(&path);

        tape.push(&[7; 4_000]);
        tape.push(&[-7; 4_000]);
        tape.end(RecordingEnd::Stopped);

        let recording = case.recorded();
        assert_eq!((recording.duration_ms, recording.partial), (1_000, false));
        assert_eq!(recording.end, RecordingEnd::Stopped);
        assert_eq!(recording.sha256, <[u8; 32]>::from(Sha256::digest(fs::read(&path).unwrap())));
        let mut wav = hound::WavReader::open(&path).unwrap();
        assert_eq!(wav.spec(), SPEC);
        let samples: Vec<i16> = wav.samples().map(Result::unwrap).collect();
        assert_eq!((samples.len(), samples[3_999], samples[4_000]), (8_000, 7, -7));
        assert_eq!(case.files(), ["a.wav"]);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_on_the_machine_may_listen() {
        use std::os::unix::fs::PermissionsExt;

        let mut case = case();
        case.tape(&case.path("a.wav")).end(RecordingEnd::Stopped);

        let recording = case.recorded();
        assert_eq!(fs::metadata(recording.path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_missing_folder_is_a_failed_recording_and_leaves_nothing() {
        let mut case = case();
        let tape = case.tape(&case.path("missing/a.wav"));

        let recording = case.recorded();

        assert!(matches!(recording.end, RecordingEnd::Failed(_)), "{:?}", recording.end);
        assert_eq!(
            (recording.duration_ms, recording.sha256, recording.partial),
            (0, [0; 32], true)
        );
        assert!(!tape.push(&[1; 160]));
        assert_eq!(case.files(), [""; 0]);
    }

    #[test]
    fn a_full_disk_is_a_failed_recording() {
        if !Path::new("/dev/full").exists() {
            return;
        }
        let mut case = case();
        let path = case.path("a.wav");
        std::os::unix::fs::symlink("/dev/full", case.path("a.wav.part")).unwrap();
        let tape = case.tape(&path);

        tape.push(&[1; 8_000]);
        tape.end(RecordingEnd::Longest);

        let recording = case.recorded();
        assert!(matches!(recording.end, RecordingEnd::Failed(_)), "{:?}", recording.end);
        assert!(recording.partial);
        assert_eq!(case.files(), [""; 0]);
    }

    #[test]
    fn a_tape_that_the_disk_does_not_empty_loses_sound_and_keeps_its_length() {
        let mut case = case();
        let path = case.path("a.wav");
        let tape = case.tape(&path);
        {
            let mut owed = locked(&tape.owed);
            owed.samples = vec![1; TAPE_SAMPLES_MAX];
            owed.lost = 80;
        }
        tape.end(RecordingEnd::Stopped);

        let recording = case.recorded();

        assert_eq!((recording.duration_ms, recording.partial), (10_010, true));
    }

    #[test]
    fn one_file_is_recorded_once_at_a_time() {
        let mut case = case();
        let path = case.path("a.wav");
        let tape = case.tape(&path);

        assert!(case.recorder.tape(path.clone(), case.sender.clone()).is_err());
        tape.end(RecordingEnd::Stopped);
        case.recorded();
    }

    #[test]
    fn closing_ends_the_thread_when_the_last_tape_ends() {
        let mut case = case();
        let tape = case.tape(&case.path("a.wav"));

        case.recorder.close();
        assert!(case.recorder.tape(case.path("b.wav"), case.sender.clone()).is_err());
        tape.end(RecordingEnd::Stopped);
        case.recorder.join();

        assert_eq!(case.recorded().duration_ms, 0);
        assert_eq!(case.recorder.open_count(), 0);
    }
}
