//! Goal 9: how many calls hear a prompt at an even pace from one thread. The pacer plays to loopback sinks beside the
//! naive way, one tokio task per call on one worker, alternating in the same run, on the machine as it is and with one
//! busy thread per core beside. It prints spacing, loss and CPU, never passes or fails.
//!
//! `--full` (or `TEST_TIER=full`) climbs to 3,000 calls in three rounds, some nine minutes; without it, a quarter of one.
//! `taskset -c 0` in front of it puts everything, listeners included, on one core.

#![expect(
    clippy::disallowed_methods,
    reason = "a measurement lasts for a time, and its threads serve no task"
)]

#[path = "../kit/machine.rs"]
#[expect(dead_code, reason = "the system places its threads")]
mod machine;
mod naive;
mod sink;

use std::net::{IpAddr, Ipv4Addr};
use std::thread;
use std::time::{Duration, Instant};

use helpline181::media::codec::Codec;
use helpline181::media::sound::Sound;
use helpline181::telephony::audio::{Audio, Config, Direction, Lateness, Peer};

use machine::{Cpu, Neighbours};
use sink::{Sinks, Spacing};

const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const GOAL_MS: f64 = 25.0;
const PROMPT_MS: u32 = 5_000;

struct Plan {
    name: &'static str,
    calls: &'static [usize],
    rounds: usize,
    settle: Duration,
    window: Duration,
}

const QUICK: Plan = Plan {
    name: "quick",
    calls: &[300, 1_500],
    rounds: 1,
    settle: Duration::from_millis(400),
    window: Duration::from_millis(1_200),
};
const FULL: Plan = Plan {
    name: "full",
    calls: &[300, 600, 1_000, 1_500, 2_000, 2_500, 3_000],
    rounds: 3,
    settle: Duration::from_millis(1_000),
    window: Duration::from_secs(5),
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Pacer,
    Naive,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Pacer => "pacer thread",
            Self::Naive => "task per call",
        }
    }
}

/// One run of one way.
struct Run {
    way: Way,
    busy: bool,
    calls: usize,
    spacing: Spacing,
    cpu: Duration,
    window: Duration,
}

impl Run {
    fn core_share(&self) -> f64 {
        self.cpu.as_secs_f64() / self.window.as_secs_f64() * 100.0
    }

    fn packet_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.spacing.packets.max(1) as f64
    }

    /// Packets that came, of those that an even pace would have brought after the first of each call.
    fn kept_up(&self) -> f64 {
        self.spacing.packets as f64 / (self.calls as f64 * (50.0 * self.window.as_secs_f64() - 1.0))
            * 100.0
    }

    fn reaches_goal(&self) -> bool {
        self.spacing.lost == 0
            && self.spacing.packets > 0
            && self.spacing.quantile_ms(0.999) < GOAL_MS
    }
}

fn main() {
    let full = std::env::args().any(|arg| arg == "--full")
        || std::env::var("TEST_TIER").is_ok_and(|tier| tier == "full");
    let plan = if full { FULL } else { QUICK };
    let sinks = Sinks::start(ADDRESS);
    let most = machine::open_files_max().saturating_sub(200) / 2;
    let calls: Vec<usize> = plan.calls.iter().copied().filter(|calls| *calls <= most).collect();

    println!(
        "goal 9, {} tier: {} round(s) of {:?} per row, {} cores",
        plan.name,
        plan.rounds,
        plan.window,
        machine::cores()
    );
    println!(
        "stamped to {} us by {} receiving threads ({})",
        sink::LOOK_US,
        sink::THREADS,
        if sinks.realtime() {
            "real-time priority below the pacer's"
        } else {
            "no real-time priority"
        }
    );
    println!("load average before: {}", machine::load());
    if calls.len() < plan.calls.len() {
        println!(
            "the limit of open files leaves room for {most} calls; raise it with ulimit -n for the rest"
        );
    }
    println!();
    println!(
        "| round | machine | way | calls | p50 ms | p99 | p99.9 | max | lost | came | of a core | us a packet |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");

    let mut runs = Vec::new();
    let mut granted = None;
    let mut latest = Lateness::default();
    for round in 1..=plan.rounds {
        for busy in [false, true] {
            let _neighbours = busy.then(|| Neighbours::start(machine::cores()));
            for &calls in &calls {
                let (run, realtime, lateness) = pacer(&plan, &sinks, calls, busy);
                granted = Some(realtime);
                latest.max_us = latest.max_us.max(lateness.max_us);
                latest.late_ticks += lateness.late_ticks;
                row(round, &run);
                runs.push(run);

                let run = naive_way(&plan, &sinks, calls, busy);
                row(round, &run);
                runs.push(run);
            }
        }
    }

    println!();
    match granted {
        Some(true) => println!("real-time priority (SCHED_FIFO) of the pacer: granted"),
        Some(false) => {
            println!("real-time priority of the pacer: NOT granted, it ran as an ordinary thread")
        }
        None => println!("nothing was run"),
    }
    println!(
        "the pacer's own gauge: at worst {} us late, {} ticks over 3 ms",
        latest.max_us, latest.late_ticks
    );
    for busy in [false, true] {
        summary(&runs, busy, &calls);
    }
}

fn pacer(plan: &Plan, sinks: &Sinks, calls: usize, busy: bool) -> (Run, bool, Lateness) {
    let audio = Audio::start(Config { ports: 10_000..=31_999, ..Config::new(ADDRESS) })
        .expect("the sound engine starts");
    let prompt = Sound::silence(PROMPT_MS);
    let streams: Vec<_> = (0..calls)
        .map(|n| {
            let (stream, events) = audio.open().expect("a free port pair");
            let direction = Direction::SendOnly;
            let remote = sinks.address(n);
            stream.negotiate(Peer {
                remote,
                codec: Codec::Pcma,
                digits: None,
                direction,
                latch: None,
            });
            stream.play_looped(vec![prompt.clone()]);
            (stream, events)
        })
        .collect();
    thread::sleep(plan.settle);
    audio.reset_lateness();

    let run = measure(plan, sinks, Way::Pacer, calls, busy, "rtp-pacer");
    let lateness = audio.lateness();
    let granted = audio.realtime_granted();
    drop(streams);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(audio.shutdown());
    (run, granted, lateness)
}

fn naive_way(plan: &Plan, sinks: &Sinks, calls: usize, busy: bool) -> Run {
    let tasks = naive::start(ADDRESS, calls, |n| sinks.address(n), &Sound::silence(PROMPT_MS));
    thread::sleep(plan.settle);
    let run = measure(plan, sinks, Way::Naive, calls, busy, naive::THREAD);
    tasks.stop();
    run
}

fn measure(
    plan: &Plan,
    sinks: &Sinks,
    way: Way,
    calls: usize,
    busy: bool,
    thread_name: &str,
) -> Run {
    let before = Cpu::of_threads(thread_name);
    let begun = Instant::now();
    sinks.begin();
    thread::sleep(plan.window);
    let spacing = sinks.end();
    let window = begun.elapsed();
    Run { way, busy, calls, spacing, cpu: Cpu::of_threads(thread_name).since(before), window }
}

fn row(round: usize, run: &Run) {
    let Spacing { lost, .. } = run.spacing;
    println!(
        "| {round} | {} | {} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {lost} | {:.0} % | {:.1} % | {:.2} |",
        machine_name(run.busy),
        run.way.name(),
        run.calls,
        run.spacing.quantile_ms(0.5),
        run.spacing.quantile_ms(0.99),
        run.spacing.quantile_ms(0.999),
        run.spacing.max_ms(),
        run.kept_up(),
        run.core_share(),
        run.packet_us(),
    );
}

fn summary(runs: &[Run], busy: bool, calls: &[usize]) {
    println!();
    println!(
        "machine {}, task per call against pacer (above 1 the pacer is better):",
        machine_name(busy)
    );
    for &calls in calls {
        let of = |way| runs.iter().filter(move |r| (r.way, r.busy, r.calls) == (way, busy, calls));
        let ratios = |value: fn(&Run) -> f64| -> Vec<f64> {
            of(Way::Naive)
                .zip(of(Way::Pacer))
                .map(|(naive, pacer)| value(naive) / value(pacer))
                .collect()
        };
        let jitter = ratios(|run| (run.spacing.quantile_ms(0.999) - 20.0).max(0.01));
        // A way that falls behind sends in bursts, which costs less a packet.
        let cpu = ratios(Run::packet_us);
        println!(
            "  {calls} calls: p99.9 beyond 20 ms x {}; CPU a packet x {}",
            rounds_and_median(&jitter),
            rounds_and_median(&cpu)
        );
    }
    let largest = |way| {
        let good = |n: &usize| {
            let all: Vec<_> =
                runs.iter().filter(|r| (r.way, r.busy, r.calls) == (way, busy, *n)).collect();
            all.iter().filter(|run| run.reaches_goal()).count() * 2 > all.len()
        };
        calls.iter().copied().filter(good).max().unwrap_or(0)
    };
    let (pacer, naive) = (largest(Way::Pacer), largest(Way::Naive));
    println!(
        "  largest N with p99.9 under {GOAL_MS} ms and no loss in most rounds: pacer {pacer}, task per call {naive}"
    );
}

fn rounds_and_median(ratios: &[f64]) -> String {
    let mut sorted = ratios.to_vec();
    sorted.sort_by(f64::total_cmp);
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN);
    let rounds: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
    format!("{median:.2} (rounds {})", rounds.join(", "))
}

fn machine_name(busy: bool) -> &'static str {
    if busy { "busy" } else { "as it is" }
}
