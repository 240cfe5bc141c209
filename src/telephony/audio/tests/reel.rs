//! The recording of a call over real sockets: sides, holds, transfers, and what is on disk before it ends.

use super::room::{Party, bridged};
use super::*;

const A: i16 = 1_008;
const B: i16 = 504;

/// Says 20 ms of one value, at an RTP time so far ahead of the last that its place in the file is its arrival.
async fn say(party: &mut Party, value: i16) {
    // A few frames of the pacer: what is said now has a place of its own.
    party.stream.play(1, vec![Sound::silence(100)]);
    while next(&mut party.events).await != StreamEvent::Played(1) {}
    party.sent += 50_000;
    party.say(Codec::Pcma.encode(&[value])[0]);
    party.is_heard_out().await;
}

async fn done(recording: &mut CallRecording) -> Recording {
    match timeout(PATIENCE, recording.next()).await.expect("an event in time") {
        Some(CallRecordingEvent::Done(recording)) => recording,
        other => panic!("expected the end, got {other:?}"),
    }
}

/// How many samples of each value there are, left and right.
fn counts(path: &PathBuf, values: &[i16]) -> Vec<(usize, usize)> {
    let samples = samples(path);
    let count = |value: i16, side: usize| {
        samples.iter().skip(side).step_by(2).filter(|sample| **sample == value).count()
    };
    values.iter().map(|value| (count(*value, 0), count(*value, 1))).collect()
}

#[tokio::test]
async fn the_citizen_is_left_the_agent_right_and_the_file_has_its_digest() {
    let (audio, folder) = (audio(), tempfile::tempdir().unwrap());
    let path = folder.path().join("call.wav");
    let (_room, mut citizen, mut agent) = bridged(&audio);
    let mut recording = audio.record_call(path.clone());
    recording.add(&citizen.stream, Side::Left).unwrap();
    recording.add(&agent.stream, Side::Right).unwrap();

    say(&mut citizen, A).await;
    say(&mut agent, B).await;
    recording.stop();

    let told = done(&mut recording).await;
    assert_eq!((told.end, told.partial), (RecordingEnd::Stopped, false));
    assert_eq!(told.sha256, <[u8; 32]>::from(Sha256::digest(std::fs::read(&path).unwrap())));
    assert_eq!(counts(&path, &[A, B]), [(160, 0), (0, 160)]);
    assert_eq!(u64::from(told.duration_ms), samples(&path).len() as u64 / 16);
    assert_eq!(timeout(PATIENCE, recording.next()).await.unwrap(), None);
}

#[tokio::test]
async fn a_hold_is_silence_on_both_sides() {
    let (audio, folder) = (audio(), tempfile::tempdir().unwrap());
    let path = folder.path().join("call.wav");
    let (room, mut citizen, mut agent) = bridged(&audio);
    let mut recording = audio.record_call(path.clone());
    recording.add(&citizen.stream, Side::Left).unwrap();
    recording.add(&agent.stream, Side::Right).unwrap();

    room.hold(1);
    say(&mut citizen, A).await;
    say(&mut agent, A).await;
    room.resume(1);
    say(&mut citizen, B).await;
    say(&mut agent, B).await;
    recording.stop();

    done(&mut recording).await;
    assert_eq!(counts(&path, &[A, B]), [(0, 0), (160, 160)]);
}

#[tokio::test]
async fn a_recording_goes_on_when_the_call_is_given_to_another_agent() {
    let (audio, folder) = (audio(), tempfile::tempdir().unwrap());
    let path = folder.path().join("call.wav");
    let (room, citizen, mut agent) = bridged(&audio);
    let mut recording = audio.record_call(path.clone());
    recording.add(&citizen.stream, Side::Left).unwrap();
    recording.add(&agent.stream, Side::Right).unwrap();
    say(&mut agent, A).await;

    drop(agent);
    let mut other = Party::new(&audio);
    room.enter(&other.stream, Part::Talks).unwrap();
    recording.add(&other.stream, Side::Right).unwrap();
    say(&mut other, B).await;
    recording.remove(&other.stream);
    say(&mut other, A).await;
    drop(room);
    drop(citizen);
    recording.stop();

    let told = done(&mut recording).await;
    assert_eq!(told.end, RecordingEnd::Stopped);
    assert_eq!(counts(&path, &[A, B]), [(0, 160), (0, 160)]);
}

#[tokio::test]
async fn what_was_said_is_on_disk_while_the_call_goes_on_and_a_crash_loses_no_more_than_its_head() {
    let (audio, folder) = (audio(), tempfile::tempdir().unwrap());
    let path = folder.path().join("call.wav");
    let (_room, mut citizen, agent) = bridged(&audio);
    let recording = audio.record_call(path.clone());
    recording.add(&citizen.stream, Side::Left).unwrap();
    recording.add(&agent.stream, Side::Right).unwrap();

    say(&mut citizen, A).await;
    let begun = Instant::now();
    let torn = folder.path().join("call.wav.part");
    // A second more of the call than what was said.
    until(|| {
        begun.elapsed() > Duration::from_secs(1)
            && std::fs::metadata(&torn).is_ok_and(|file| file.len() > 44 + 32_000)
    });
    let copy = folder.path().join("copy.wav");
    std::fs::copy(&torn, &copy).unwrap();

    let repaired = repair(&copy).unwrap().unwrap();
    assert!(repaired.duration_ms >= 1_000, "{} ms", repaired.duration_ms);
    assert_eq!(counts(&copy, &[A]), [(160, 0)]);
}

#[tokio::test]
async fn a_disk_that_refuses_is_told_and_the_call_goes_on() {
    let (audio, folder) = (audio(), tempfile::tempdir().unwrap());
    let (_room, mut citizen, agent) = bridged(&audio);
    let mut recording = audio.record_call(folder.path().join("missing/call.wav"));
    recording.add(&citizen.stream, Side::Left).unwrap();
    recording.add(&agent.stream, Side::Right).unwrap();

    let told = done(&mut recording).await;
    assert!(matches!(told.end, RecordingEnd::Failed(_)), "{:?}", told.end);
    assert!(told.partial);
    citizen.say(7);
    assert_eq!(agent.hears(), 7);
}

#[tokio::test]
async fn a_fifth_voice_is_refused() {
    let (audio, folder) = (audio(), tempfile::tempdir().unwrap());
    let recording = audio.record_call(folder.path().join("call.wav"));
    let parties: Vec<Party> = (0..5).map(|_| Party::new(&audio)).collect();

    for party in &parties[..4] {
        recording.add(&party.stream, Side::Right).unwrap();
    }

    assert!(matches!(recording.add(&parties[4].stream, Side::Right), Err(Error::Voices)));
}

#[tokio::test]
async fn shutdown_finishes_the_recordings_of_calls() {
    let (audio, folder) = (audio(), tempfile::tempdir().unwrap());
    let path = folder.path().join("call.wav");
    let mut recording = audio.record_call(path.clone());

    audio.shutdown().await;

    assert_eq!(done(&mut recording).await.end, RecordingEnd::Stopped);
    assert!(path.exists());
    let mut late = audio.record_call(folder.path().join("late.wav"));
    assert!(matches!(done(&mut late).await.end, RecordingEnd::Failed(_)));
}
