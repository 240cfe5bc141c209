//! Talks with agents are recorded: each on its side, silent while held, and whole after a crash.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use helpline_proto::v1;
use tokio::time::{interval, timeout};

use super::{Desk, asks_for_a_person};
use crate::kit::{api::Books, baresip::Mode, caller::Caller, server::Server};

/// baresip's.
const AGENT_HZ: f64 = 440.0;
const CITIZEN_HZ: f64 = 1_000.0;
const HELD_HZ: f64 = 1_700.0;
const KEPT: Duration = Duration::from_secs(30);

/// A citizen and the sample agent on the line; gives the call's id.
async fn talking(server: &Server, number: &str) -> (Desk, Caller, String) {
    let mut desk = Desk::open(server, Mode::PicksUp).await;
    desk.ready().await;
    let caller = asks_for_a_person(server, number).await;
    let connected = desk.connected().await;
    desk.phone.says("Call established").await;
    (desk, caller, connected.call)
}

fn spooled(server: &Server, call: &str) -> PathBuf {
    server.data().join(format!("recordings/spool/{call}-0.wav.part"))
}

/// Until the spool has so much of the talk.
async fn written(file: &Path, ms: u64) {
    let mut clock = interval(Duration::from_millis(50));
    let growing = async {
        while std::fs::metadata(file).map_or(0, |file| file.len()) < 44 + ms * 32 {
            clock.tick().await;
        }
    };
    timeout(KEPT, growing).await.expect("the talk is being written");
}

/// The row once it has this state: (file, duration, why it is partial).
async fn row(server: &Server, call: &str, wanted: &str) -> (PathBuf, i64, Option<String>) {
    let mut books = Books::open(&server.data()).await;
    let mut clock = interval(Duration::from_millis(50));
    let mut last = None;
    let waited = timeout(KEPT, async {
        loop {
            clock.tick().await;
            last = books.talk(call).await;
            let Some((state, file, duration_ms, partial)) = last.clone() else { continue };
            if state == wanted {
                return (server.data().join("recordings").join(file), duration_ms, partial);
            }
        }
    });
    let row = waited.await;
    row.unwrap_or_else(|_| panic!("the row never was {wanted}: {last:?}"))
}

/// The file gets its name behind the row.
pub(super) async fn ended(
    server: &Server,
    call: &str,
    wanted: &str,
) -> (PathBuf, i64, Option<String>) {
    let row = row(server, call, wanted).await;
    let mut clock = interval(Duration::from_millis(50));
    let named = timeout(KEPT, async {
        while !row.0.exists() {
            clock.tick().await;
        }
    });
    named.await.expect("the file has its name");
    row
}

/// Left and right.
pub(super) fn sides(file: &Path) -> [Vec<f64>; 2] {
    let mut wav = hound::WavReader::open(file).unwrap();
    assert_eq!((wav.spec().channels, wav.spec().sample_rate), (2, 8_000));
    let all: Vec<f64> = wav.samples::<i16>().map(|sample| f64::from(sample.unwrap())).collect();
    [0, 1].map(|side| all.iter().skip(side).step_by(2).copied().collect())
}

/// How many of the side's pieces of 20 ms sound mostly of this pitch.
fn pieces(side: &[f64], hertz: f64) -> usize {
    side.chunks_exact(160).filter(|piece| is_tone(piece, hertz)).count()
}

pub(super) fn is_tone(piece: &[f64], hertz: f64) -> bool {
    let all: f64 = piece.iter().map(|sample| sample * sample).sum();
    if all < piece.len() as f64 * 500.0 * 500.0 {
        return false;
    }
    let [mut cos, mut sin] = [0.0, 0.0];
    for (n, sample) in piece.iter().enumerate() {
        let angle = n as f64 / 8_000.0 * hertz * std::f64::consts::TAU;
        cos += sample * angle.cos();
        sin += sample * angle.sin();
    }
    let of_tone = (cos * cos + sin * sin) * 2.0 / piece.len() as f64;
    of_tone > 0.8 * all
}

/// The longest silence, in milliseconds.
fn silence_ms(side: &[f64]) -> usize {
    let mut longest = 0;
    let mut now = 0;
    for sample in side {
        now = if sample.abs() < 100.0 { now + 1 } else { 0 };
        longest = longest.max(now);
    }
    longest / 8
}

#[tokio::test]
async fn a_talk_is_recorded_with_the_citizen_left_and_the_agent_right() {
    let server = Server::quick().await;
    let (mut desk, mut caller, call) = talking(&server, "9000001541").await;
    written(&spooled(&server, &call), 100).await;
    row(&server, &call, "RECORDING").await;

    caller.sing(2_000, CITIZEN_HZ).await;
    desk.client.end_call(v1::EndCallRequest {}).await.unwrap();
    caller.hung_up(KEPT).await;

    let (file, duration_ms, partial) = ended(&server, &call, "KEPT").await;
    assert_eq!(partial, None);
    let [left, right] = sides(&file);
    assert_eq!(left.len() as i64, duration_ms * 8);
    let heard = [pieces(&left, CITIZEN_HZ), pieces(&left, AGENT_HZ)];
    assert!(heard[0] >= 60 && heard[1] == 0, "left: {heard:?} of {duration_ms} ms");
    let heard = [pieces(&right, AGENT_HZ), pieces(&right, CITIZEN_HZ)];
    assert!(heard[0] >= 60 && heard[1] == 0, "right: {heard:?} of {duration_ms} ms");
    server.assert_calm();
}

#[tokio::test]
async fn what_is_said_while_the_agent_holds_is_silence() {
    let server = Server::quick().await;
    let (mut desk, caller, call) = talking(&server, "9000001542").await;
    written(&spooled(&server, &call), 100).await;
    caller.sing(1_000, CITIZEN_HZ).await;
    desk.client.hold_call(v1::HoldCallRequest { hold: true }).await.unwrap();
    desk.state(|state| state.activity() == v1::Activity::OnHold).await;
    caller.sing(1_500, HELD_HZ).await;
    desk.client.hold_call(v1::HoldCallRequest { hold: false }).await.unwrap();
    desk.state(|state| state.activity() == v1::Activity::Talking).await;
    caller.sing(1_000, CITIZEN_HZ).await;
    caller.hang_up().await;

    let (file, _, _) = ended(&server, &call, "KEPT").await;
    let [left, right] = sides(&file);
    assert_eq!(pieces(&left, HELD_HZ), 0, "the held citizen was recorded");
    assert!(pieces(&left, CITIZEN_HZ) >= 60, "{} pieces", pieces(&left, CITIZEN_HZ));
    for (name, side) in [("left", left), ("right", right)] {
        assert!(silence_ms(&side) >= 1_200, "{name}: {} ms of silence", silence_ms(&side));
    }
    server.assert_calm();
}

#[tokio::test]
async fn a_killed_helpline_keeps_the_talk_up_to_the_last_second() {
    let mut server = Server::quick().await;
    let (desk, caller, call) = talking(&server, "9000001543").await;
    let spool = spooled(&server, &call);
    written(&spool, 100).await;
    caller.sing(3_000, CITIZEN_HZ).await;
    written(&spool, 3_000).await;

    // Whoever hung up before would end the talk in order.
    server.die_and_start_again().await;
    drop((desk, caller));

    let (file, duration_ms, partial) = ended(&server, &call, "PARTIAL").await;
    assert_eq!(partial.as_deref(), Some("the helpline ended during the call"));
    assert!(duration_ms >= 3_000, "{duration_ms} ms");
    let [left, right] = sides(&file);
    assert!(pieces(&left, CITIZEN_HZ) >= 100, "{} pieces", pieces(&left, CITIZEN_HZ));
    assert!(pieces(&right, AGENT_HZ) >= 100, "{} pieces", pieces(&right, AGENT_HZ));
    assert!(!spool.exists());
    let verify = std::process::Command::new(env!("CARGO_BIN_EXE_helpline181"))
        .args(["recordings", "verify", "--data"])
        .arg(server.data())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&verify.stdout).into_owned();
    assert!(verify.status.success(), "{said}");
    assert!(said.contains("1 rows, 0 under way, 0 of other folders, 0 wrong"), "{said}");
    std::fs::write(&file, b"torn").unwrap();
    let verify = std::process::Command::new(env!("CARGO_BIN_EXE_helpline181"))
        .args(["recordings", "verify", "--data"])
        .arg(server.data())
        .output()
        .unwrap();
    assert!(!verify.status.success(), "a torn file was found whole");
    server.assert_calm();
}

#[tokio::test]
async fn a_full_disk_ends_the_recording_and_not_the_talk() {
    let server = Server::quick().await;
    let mut desk = Desk::open(&server, Mode::Calls).await;
    desk.ready().await;
    let mut caller = asks_for_a_person(&server, "9000001544").await;
    let call = desk.offered().await.call;
    // Every write to it fails as on a disk without room.
    std::os::unix::fs::symlink("/dev/full", spooled(&server, &call)).unwrap();
    desk.phone.says("Incoming call").await;
    desk.phone.type_line("/accept");
    desk.connected().await;

    let (_, duration_ms, partial) = row(&server, &call, "LOST").await;
    assert_eq!(duration_ms, 0);
    assert!(partial.unwrap().contains("No space left on device"));
    let alarm = server.output.find(|line| line.contains("a call's recording is partial"), KEPT);
    assert!(alarm.await.is_some(), "no alarm");
    // The two go on.
    assert!(caller.hears_anything(KEPT).await, "the agent's phone was not heard");
    let board = super::board(&server).await;
    assert_eq!((board.talking, board.partial_recordings), (1, 1));
    caller.hang_up().await;
    server.assert_calm();
}
