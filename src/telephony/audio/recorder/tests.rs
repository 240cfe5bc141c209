//! Tapes and the files that they become.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::*;
use crate::telephony::audio::Recording;

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
        self.recorder.tape(path.to_owned(), Sides::Mono, self.sender.clone()).unwrap()
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
    assert_eq!(
        (wav.spec().channels, wav.spec().sample_rate, wav.spec().bits_per_sample),
        (1, 8_000, 16)
    );
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
    assert_eq!((recording.duration_ms, recording.sha256, recording.partial), (0, [0; 32], true));
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

    assert!(case.recorder.tape(path.clone(), Sides::Mono, case.sender.clone()).is_err());
    tape.end(RecordingEnd::Stopped);
    case.recorded();
}

#[test]
fn closing_ends_the_thread_when_the_last_tape_ends() {
    let mut case = case();
    let tape = case.tape(&case.path("a.wav"));

    case.recorder.close();
    assert!(case.recorder.tape(case.path("b.wav"), Sides::Mono, case.sender.clone()).is_err());
    tape.end(RecordingEnd::Stopped);
    case.recorder.join();

    assert_eq!(case.recorded().duration_ms, 0);
    assert_eq!(case.recorder.open_count(), 0);
}

#[test]
fn a_recording_is_on_disk_before_it_ends_and_is_mended_when_it_never_does() {
    let mut case = case();
    let path = case.path("a.wav");
    let tape = case.recorder.tape(path.clone(), Sides::Stereo, case.sender.clone()).unwrap();
    tape.push(&[3, -3].repeat(4_000));
    let torn = case.path("a.wav.part");
    while fs::metadata(&torn).map_or(0, |file| file.len()) < 44 + 16_000 {
        std::thread::yield_now();
    }
    let copy = case.path("copy.wav");
    let mut bytes = fs::read(&torn).unwrap();
    bytes.push(9);
    fs::write(&copy, bytes).unwrap();

    let repaired = repair(&copy).unwrap().unwrap();

    assert_eq!(repaired.duration_ms, 500);
    assert_eq!(repaired.sha256, <[u8; 32]>::from(Sha256::digest(fs::read(&copy).unwrap())));
    assert_eq!(repair(&copy).unwrap().unwrap(), repaired, "twice is once");
    let wav = hound::WavReader::open(&copy).unwrap();
    assert_eq!((wav.spec().channels, wav.duration()), (2, 4_000));
    tape.end(RecordingEnd::Stopped);
    assert_eq!(case.recorded().sha256, repaired.sha256, "what the crash cost is nothing");
}

#[test]
fn a_file_of_somebody_else_is_not_mended() {
    let case = case();
    let path = case.path("notes.txt");
    fs::write(&path, "of somebody else").unwrap();

    assert_eq!(repair(&path).unwrap(), None);
    assert_eq!(fs::read_to_string(&path).unwrap(), "of somebody else");
}

#[test]
fn a_long_recording_is_digested_slice_by_slice() {
    let (case, recorder) = (case(), Recorder::silent());
    let tape = recorder.tape(case.path("long.wav"), Sides::Mono, case.sender.clone()).unwrap();
    let mut spool = Spool::create(Arc::clone(&tape));
    for _ in 0..5 {
        tape.push(&[1; 80_000]);
        spool.write();
    }
    tape.end(RecordingEnd::Stopped);
    assert!(spool.write());

    let mut finishing = spool.finish();
    let slices = (1..).find(|_| finishing.step()).unwrap();

    assert_eq!(slices, 4, "800,044 bytes in slices of 256 KiB");
    assert_eq!(case.files(), ["long.wav"]);
}

#[test]
fn a_disk_that_is_too_slow_is_told_once_and_when_it_happens() {
    let (mut case, recorder) = (case(), Recorder::silent());
    let tape = recorder.tape(case.path("a.wav"), Sides::Stereo, case.sender.clone()).unwrap();

    assert!(tape.push(&[1; 160_000]), "ten seconds of both sides");
    assert!(case.events.try_recv().is_err());
    assert!(tape.push(&[1; 320]));
    assert!(tape.push(&[1; 320]));

    let told = case.events.try_recv();
    assert_eq!(told, Ok(StreamEvent::Losing("the disk is too slow".to_owned())));
    assert!(case.events.try_recv().is_err());
    let owed = locked(&tape.owed);
    assert_eq!((owed.samples.len(), owed.lost), (160_000, 640));
}
