//! Goal 11: how many bridged and recorded calls one core carries. Every call is two streams in a room and one stereo file;
//! the far ends speak a tone from a paced thread on another core and count what comes back. Calls that are bridged and not
//! recorded run beside them in the same round. It prints CPU a call, loss, gaps and how late the load itself was.
//!
//! `--full` (or `TEST_TIER=full`) climbs to 1,000 calls in three rounds; without it, some seconds. Only what no machine
//! excuses is asserted: no packet comes twice, no recording is partial or of another length than its call.

#![expect(
    clippy::disallowed_methods,
    reason = "a measurement lasts for a time, and its threads serve no task"
)]

mod generator;
#[path = "../kit/machine.rs"]
#[expect(dead_code, reason = "this bench starts no busy neighbours")]
mod machine;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, thread};

use helpline181::media::codec::Codec;
use helpline181::telephony::audio::{
    Audio, CallRecording, CallRecordingEvent, Config, Direction, Part, Peer, Recording, Room, Side,
    Stream, StreamEvent,
};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use generator::{FarEnds, Seen};
use machine::Cpu;

const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const ENGINE: [&str; 3] = ["rtp-receiver", "rtp-pacer", "rtp-recorder"];
const GAP_GOAL_MS: f64 = 40.0;
/// Files of each run in which gaps are looked for.
const LISTENED_MAX: usize = 20;

struct Plan {
    name: &'static str,
    calls: &'static [usize],
    rounds: usize,
    settle: Duration,
    window: Duration,
}

const QUICK: Plan = Plan {
    name: "quick",
    calls: &[100, 300],
    rounds: 1,
    settle: Duration::from_millis(500),
    window: Duration::from_millis(1_500),
};
const FULL: Plan = Plan {
    name: "full",
    calls: &[100, 300, 500, 700, 1_000],
    rounds: 3,
    settle: Duration::from_secs(1),
    window: Duration::from_secs(8),
};

/// One run.
struct Run {
    calls: usize,
    recorded: bool,
    seen: Seen,
    /// Of the engine's threads, by `ENGINE`.
    cpu: [Duration; 3],
    window: Duration,
    /// The longest silence within the tone of a recording.
    silence_ms: f64,
}

impl Run {
    fn core_share(&self) -> f64 {
        self.cpu.iter().sum::<Duration>().as_secs_f64() / self.window.as_secs_f64()
    }

    fn a_core(&self) -> f64 {
        self.calls as f64 / self.core_share()
    }

    /// Packets that came back, of those that were sent.
    fn came(&self) -> f64 {
        self.seen.came as f64 / self.seen.sent.max(1) as f64 * 100.0
    }
}

struct Call {
    /// Citizen and agent.
    streams: [(Stream, mpsc::Receiver<StreamEvent>); 2],
    recording: Option<CallRecording>,
    _room: Room,
}

fn main() {
    let full = std::env::args().any(|arg| arg == "--full")
        || std::env::var("TEST_TIER").is_ok_and(|tier| tier == "full");
    let plan = if full { FULL } else { QUICK };
    let far = FarEnds::start(ADDRESS);
    // Four sockets and a file each.
    let most = machine::open_files_max().saturating_sub(200) / 5;
    let calls: Vec<usize> = plan.calls.iter().copied().filter(|calls| *calls <= most).collect();
    println!(
        "goal 11, {} tier: {} round(s) of {:?} per row, {} cores, load average {}",
        plan.name,
        plan.rounds,
        plan.window,
        machine::cores(),
        machine::load()
    );
    if calls.len() < plan.calls.len() {
        println!("the limit of open files leaves room for {most} calls; raise it with ulimit -n");
    }
    let granted = if far.realtime { "granted" } else { "NOT granted" };
    println!("real-time priority of the far ends: {granted}");
    println!();
    println!(
        "| round | calls | recorded | engine, of a core | receiver | pacer | recorder | of a core a call | calls a core | sent | came | lost | longest gap ms | silence in files ms | load late max ms, slots over 3 ms |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");

    let mut runs = Vec::new();
    for round in 1..=plan.rounds {
        for &calls in &calls {
            for recorded in [false, true] {
                let run = measure(&plan, &far, calls, recorded);
                row(round, &run);
                runs.push(run);
            }
        }
    }
    summary(&runs, &calls);
}

fn measure(plan: &Plan, far: &FarEnds, calls: usize, recorded: bool) -> Run {
    let folder = tempfile::tempdir().expect("a folder for the recordings");
    let audio = Audio::start(Config { ports: 10_000..=31_999, ..Config::new(ADDRESS) })
        .expect("the sound engine starts");
    let apart = keep_apart();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut open: Vec<Call> =
        (0..calls).map(|n| call(&audio, far, n, recorded.then_some(folder.path()))).collect();
    let streams: Vec<SocketAddr> =
        open.iter().flat_map(|call| &call.streams).map(|(stream, _)| stream.local()).collect();
    far.speak_to(&streams);
    thread::sleep(plan.settle);

    far.begin();
    let (before, begun) = (ENGINE.map(Cpu::of_threads), Instant::now());
    thread::sleep(plan.window);
    let seen = far.seen();
    let window = begun.elapsed();
    let mut after = ENGINE.map(Cpu::of_threads).into_iter();
    let cpu = before.map(|before| after.next().map_or(Duration::ZERO, |after| after.since(before)));

    far.speak_to(&[]);
    assert_eq!(seen.disordered, 0, "a packet came twice or out of order");
    if !apart {
        println!("the load shares its core with the engine: no second core, or no taskset");
    }
    let silence_ms = heard(&runtime, &mut open);
    drop(open);
    runtime.block_on(audio.shutdown());
    Run { calls, recorded, seen, cpu, window, silence_ms }
}

fn call(audio: &Audio, far: &FarEnds, n: usize, folder: Option<&Path>) -> Call {
    let open = |n: usize| {
        let (stream, events) = audio.open().expect("a free port pair");
        stream.negotiate(Peer {
            remote: far.address(n),
            codec: Codec::Pcma,
            digits: None,
            direction: Direction::SendRecv,
            latch: None,
        });
        (stream, events)
    };
    let (streams, room) = ([open(2 * n), open(2 * n + 1)], Room::default());
    let recording = folder.map(|folder| audio.record_call(folder.join(format!("{n}.wav"))));
    for ((stream, _), side) in streams.iter().zip([Side::Left, Side::Right]) {
        room.enter(stream, Part::Talks).expect("a seat for each");
        if let Some(recording) = &recording {
            recording.add(stream, side).expect("a voice for each");
        }
    }
    Call { streams, recording, _room: room }
}

/// Ends the recordings, holds each to what it must be, and listens to some.
fn heard(runtime: &Runtime, open: &mut [Call]) -> f64 {
    let mut silence_ms: f64 = 0.0;
    open.iter().filter_map(|call| call.recording.as_ref()).for_each(CallRecording::stop);
    for (n, recording) in open.iter_mut().filter_map(|call| call.recording.as_mut()).enumerate() {
        let done = runtime.block_on(done(recording));
        assert!(!done.partial, "a recording is partial: {:?}", done.end);
        let bytes = fs::metadata(&done.path).expect("a finished recording has its file").len();
        assert_eq!(bytes.saturating_sub(44) / 32, u64::from(done.duration_ms), "its length");
        if n < LISTENED_MAX {
            silence_ms = silence_ms.max(longest_silence_ms(&done.path));
        }
    }
    silence_ms
}

async fn done(recording: &mut CallRecording) -> Recording {
    loop {
        match recording.next().await {
            Some(CallRecordingEvent::Done(recording)) => return recording,
            Some(CallRecordingEvent::Partial(reason)) => println!("partial: {reason}"),
            None => panic!("a recording ended without a word"),
        }
    }
}

/// Between the first and the last sample of the tone, on either side.
fn longest_silence_ms(path: &Path) -> f64 {
    let mut wav = hound::WavReader::open(path).expect("a finished recording is a WAV file");
    let samples: Vec<i16> = wav.samples().map(|sample| sample.expect("a whole file")).collect();
    let longest = |side: usize| {
        let (mut run, mut longest) = (None, 0);
        for sample in samples.iter().skip(side).step_by(2) {
            run = match (*sample, run) {
                (0, Some(run)) => Some(run + 1),
                (0, None) => None,
                (_, run) => {
                    longest = longest.max(run.unwrap_or(0));
                    Some(0)
                }
            };
        }
        longest
    };
    f64::from(longest(0).max(longest(1))) / 8.0
}

/// Keeps the engine on the first core and the far ends on the second; false when nobody can.
fn keep_apart() -> bool {
    if machine::cores() < 2 {
        return false;
    }
    let engine = ENGINE.map(|name| machine::keep_to_core(name, 0));
    machine::keep_to_core(generator::THREAD, 1) && engine.iter().all(|kept| *kept)
}

fn row(round: usize, run: &Run) {
    let share = |cpu: Duration| cpu.as_secs_f64() / run.window.as_secs_f64() * 100.0;
    let Seen { sent, lost, longest_gap, late_max, late_slots, slots, .. } = run.seen;
    println!(
        "| {round} | {} | {} | {:.1} % | {:.1} % | {:.1} % | {:.1} % | {:.3} % | {:.0} | {sent} | {:.2} % | {lost} | {:.1} | {} | {:.1}, {late_slots} of {slots} |",
        run.calls,
        if run.recorded { "yes" } else { "no" },
        run.core_share() * 100.0,
        share(run.cpu[0]),
        share(run.cpu[1]),
        share(run.cpu[2]),
        run.core_share() / run.calls as f64 * 100.0,
        run.a_core(),
        run.came(),
        longest_gap.as_secs_f64() * 1_000.0,
        if run.recorded { format!("{:.1}", run.silence_ms) } else { "-".to_owned() },
        late_max.as_secs_f64() * 1_000.0,
    );
}

fn summary(runs: &[Run], calls: &[usize]) {
    println!();
    for &calls in calls {
        let of = |recorded: bool| {
            runs.iter().filter(move |run| (run.calls, run.recorded) == (calls, recorded))
        };
        let ratios: Vec<f64> = of(true)
            .zip(of(false))
            .map(|(recorded, bridged)| recorded.core_share() / bridged.core_share())
            .collect();
        let cores: Vec<f64> = of(true).map(Run::a_core).collect();
        println!(
            "{calls} calls: CPU with recording against without x {:.2}; bridged and recorded calls a core {:.0} (goal 300, stretch 500)",
            median(&ratios),
            median(&cores)
        );
    }
    let whole = |calls: &usize| {
        let mut of = runs.iter().filter(|run| run.recorded && run.calls == *calls).peekable();
        of.peek().is_some() && of.all(|run| run.seen.lost == 0)
    };
    let largest = calls.iter().copied().filter(whole).max().unwrap_or(0);
    println!("largest number of bridged and recorded calls at one time without loss: {largest}");
    let gap =
        runs.iter().map(|run| run.seen.longest_gap.as_secs_f64() * 1_000.0).fold(0.0, f64::max);
    let silence = runs.iter().map(|run| run.silence_ms).fold(0.0, f64::max);
    println!(
        "tone in, tone out: longest gap at a far end {gap:.1} ms, longest silence in a recording {silence:.1} ms (goal {GAP_GOAL_MS} ms on an idle machine; load average after {})",
        machine::load()
    );
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
