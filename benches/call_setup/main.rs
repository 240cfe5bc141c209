//! Goal 10: how many calls a second one core sets up, and what happens past the limit. Each call is an INVITE from a trunk that
//! is answered with a voice of its own, acknowledged, and ended by the caller; a paced thread on another core calls. In each
//! round the same calls are offered within the limit and at twice and four times of it, where the rest must be refused by 503
//! with Retry-After and those within the limit be answered as before; then more calls than the core can set up come with no
//! limit at all, where only the door's watch over the stack's delay refuses.
//!
//! `--full` (or `TEST_TIER=full`) tries four limits in three rounds of 10 s. Only what no machine excuses is asserted: each call
//! has exactly one end, nothing stays open, and what is not answered is refused with 503 and Retry-After.

#![expect(
    clippy::disallowed_methods,
    reason = "a measurement lasts for a time, and its threads serve no task"
)]

mod caller;
#[path = "../kit/machine.rs"]
#[expect(dead_code, reason = "this bench starts no busy neighbours")]
mod machine;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use helpline181::telephony::{
    Arrival, Config, LegEvent, Limits, Stats, Telephony, Transport, Trunk,
    audio::{self, Audio},
};
use tokio::sync::oneshot;

use caller::Seen;
use machine::Cpu;

const OURS: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 181, 1));
const TRUNK: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 181, 2));
/// The thread that all of SIP runs on.
const SIP: &str = "sip";
const ENGINE: [&str; 4] = [SIP, "rtp-receiver", "rtp-pacer", "rtp-recorder"];
/// How many times the limit is offered.
const OFFERED: [u32; 3] = [1, 2, 4];
/// Calls a second that no core can set up, and a limit that is none.
const TOO_MANY: u32 = 8_000;
const NO_LIMIT: u32 = 1_000_000;

struct Plan {
    name: &'static str,
    /// Calls a second that are let in.
    limits: &'static [u32],
    rounds: usize,
    lasting: Duration,
}

const QUICK: Plan =
    Plan { name: "quick", limits: &[600, 1_200], rounds: 1, lasting: Duration::from_secs(2) };
const FULL: Plan = Plan {
    name: "full",
    limits: &[300, 600, 900, 1_200],
    rounds: 3,
    lasting: Duration::from_secs(10),
};

struct Run {
    limit: u32,
    offered: u32,
    seen: Seen,
    /// Of the engine's threads.
    cpu: Duration,
}

impl Run {
    fn a_second(&self) -> f64 {
        self.seen.answered as f64 / self.seen.lasted.as_secs_f64()
    }

    /// As many as would fill the core.
    fn a_core(&self) -> f64 {
        self.seen.answered as f64 / self.cpu.as_secs_f64()
    }
}

fn main() {
    let full = std::env::args().any(|arg| arg == "--full")
        || std::env::var("TEST_TIER").is_ok_and(|tier| tier == "full");
    let plan = if full { FULL } else { QUICK };
    println!(
        "goal 10, {} tier: {} round(s) of {:?} per row, {} cores, load average {}",
        plan.name,
        plan.rounds,
        plan.lasting,
        machine::cores(),
        machine::load()
    );
    println!();
    println!(
        "| round | limit a second | offered a second | answered | a second | refused (503, Retry-After) | failed | sent again | set up p50 / p99 / max ms | of a core | answered a core | load late max ms |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
    let mut runs: Vec<Run> = Vec::new();
    for round in 1..=plan.rounds {
        for &limit in plan.limits {
            for times in OFFERED {
                let run = measure(&plan, limit, limit * times, runs.len());
                row(round, &run);
                runs.push(run);
            }
        }
        let run = measure(&plan, NO_LIMIT, TOO_MANY, runs.len());
        row(round, &run);
        runs.push(run);
    }
    summary(&plan, &runs);
}

fn measure(plan: &Plan, limit: u32, offered: u32, number: usize) -> Run {
    let house = House::start(limit);
    let before = ENGINE.map(Cpu::of_threads);
    let seen = caller::offer(TRUNK, house.address, offered, plan.lasting, number);
    let spent = |(name, before)| Cpu::of_threads(name).since(before);
    let cpu = ENGINE.into_iter().zip(before).map(spent).sum();
    let left = house.end();

    let Stats { calls, dialogs, ports, panics, .. } = left;
    assert_eq!((calls, dialogs, ports, panics), (0, 0, 0, 0), "something stays open");
    let failed: u64 = seen.failed.values().sum();
    assert_eq!(seen.answered + seen.refused + failed, seen.offered, "each call has one end");
    let wrong: Vec<_> = seen.failed.keys().filter(|how| *how != "no answer").collect();
    assert!(wrong.is_empty(), "refused without 503 and Retry-After: {wrong:?}");
    Run { limit, offered, seen, cpu }
}

/// A helpline's SIP side on one thread, which takes every call and waits for its end.
struct House {
    address: SocketAddr,
    end: oneshot::Sender<()>,
    thread: JoinHandle<Stats>,
}

impl House {
    fn start(limit: u32) -> Self {
        let (told, address) = std::sync::mpsc::sync_channel(1);
        let (end, ending) = oneshot::channel();
        let thread = thread::Builder::new()
            .name(SIP.into())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime");
                runtime.block_on(serve(limit, told, ending))
            })
            .expect("a thread starts");
        let address = address.recv().expect("the house opens");
        for name in ENGINE {
            machine::keep_to_core(name, 0);
        }
        Self { address, end, thread }
    }

    /// What is open after the last call.
    fn end(self) -> Stats {
        self.end.send(()).expect("the house is open");
        self.thread.join().expect("the house does not panic")
    }
}

async fn serve(
    limit: u32,
    told: std::sync::mpsc::SyncSender<SocketAddr>,
    mut ending: oneshot::Receiver<()>,
) -> Stats {
    let audio = Audio::start(audio::Config { ports: 10_000..=31_999, ..audio::Config::new(OURS) })
        .expect("the sound engine starts");
    let (telephony, mut arrivals) =
        Telephony::start(config(limit), audio).await.expect("a free address");
    told.send(telephony.address()).expect("the bench waits for it");
    loop {
        tokio::select! {
            arrival = arrivals.recv() => take(arrival),
            _ = &mut ending => break,
        }
    }
    telephony.idle().await;
    let left = telephony.stats();
    telephony.shutdown(Duration::ZERO).await;
    left
}

fn take(arrival: Option<Arrival>) {
    let Some(arrival) = arrival else { return };
    tokio::spawn(async move {
        let Ok(mut leg) = arrival.answer().await else { return };
        while !matches!(leg.next().await, LegEvent::Ended(_)) {}
    });
}

fn config(limit: u32) -> Config {
    let trunk = Trunk {
        name: "exchange".to_owned(),
        peers: vec![TRUNK],
        digest: None,
        transport: Transport::Udp,
        trusted_cli: true,
        caller_id: "181".to_owned(),
        caller_ids: [].into(),
        calls_per_second: 1,
        channels: 10_000,
        outbound: None,
    };
    Config {
        trunks: vec![trunk],
        calls_max: 10_000,
        calls_per_second: limit,
        limits: Limits { trunk_datagrams_per_second: 100_000, ..Limits::default() },
        ..Config::new(SocketAddr::new(OURS, 0))
    }
}

fn row(round: usize, run: &Run) {
    let Run { limit, offered, seen, cpu } = run;
    let limit = if *limit == NO_LIMIT { "none".to_owned() } else { limit.to_string() };
    let mut set_up = seen.set_up.clone();
    set_up.sort_unstable();
    let ms = |share: f64| {
        let at = ((set_up.len() as f64 - 1.0) * share) as usize;
        set_up.get(at).map_or(0.0, |took| took.as_secs_f64() * 1_000.0)
    };
    println!(
        "| {round} | {limit} | {offered} | {} | {:.0} | {} | {} | {} | {:.1} / {:.1} / {:.1} | {:.0} % | {:.0} | {:.1} |",
        seen.answered,
        run.a_second(),
        seen.refused,
        seen.failed.values().sum::<u64>(),
        seen.sent_again,
        ms(0.5),
        ms(0.99),
        ms(1.0),
        cpu.as_secs_f64() / seen.lasted.as_secs_f64() * 100.0,
        run.a_core(),
        seen.late_max.as_secs_f64() * 1_000.0,
    );
}

fn summary(plan: &Plan, runs: &[Run]) {
    println!();
    for &limit in plan.limits {
        let of = |times: u32| {
            runs.iter().filter(move |run| (run.limit, run.offered) == (limit, limit * times))
        };
        let failed: u64 = of(1).flat_map(|run| run.seen.failed.values()).sum();
        let refused: u64 = of(1).map(|run| run.seen.refused).sum();
        let ratios = |times| {
            let answered = |run: &Run| run.a_second();
            median(of(times).zip(of(1)).map(|(past, within)| answered(past) / answered(within)))
        };
        println!(
            "limit {limit}: within it {failed} failed, {refused} refused, {:.0} a core; answered at 2 x the limit against within it {:.2}, at 4 x {:.2}",
            median(of(1).map(Run::a_core)),
            ratios(2),
            ratios(4),
        );
    }
    let clean = plan.limits.iter().rfind(|&&limit| {
        let within = runs.iter().filter(|run| (run.limit, run.offered) == (limit, limit));
        within.map(|run| &run.seen).all(|seen| seen.answered == seen.offered)
    });
    let past: Vec<&Run> = runs.iter().filter(|run| run.limit == NO_LIMIT).collect();
    let most = plan.limits.iter().max().copied().unwrap_or(1);
    println!(
        "{TOO_MANY} a second without a limit: {:.0} answered a second ({:.2} of {most}), {:.2} of all refused, {} failed",
        median(past.iter().map(|run| run.a_second())),
        median(past.iter().map(|run| run.a_second() / f64::from(most))),
        median(past.iter().map(|run| run.seen.refused as f64 / run.seen.offered as f64)),
        past.iter().flat_map(|run| run.seen.failed.values()).sum::<u64>(),
    );
    match clean {
        Some(clean) => println!(
            "goal 10: {clean} calls a second on one core with no failed call (goal 600, stretch 1,200)"
        ),
        None => println!("goal 10: not one rate without a failed call"),
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
