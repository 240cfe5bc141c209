//! The queue of verification calls beside what others would have taken: goals 5 and 6.
//!
//!     tests/postgres.sh cargo bench --bench drain [-- --full] [--jobs N] [--future N]
//!
//! Each round drains as many due jobs as every other way, on one PostgreSQL: claimed under a lease and settled. Ours is measured
//! twice: the queue alone, as the others do it with a job that does nothing; and whole dials, each with its citizen's line,
//! the phone's slots, the attempt with its evidence, the round, the case and its event. `benches/drain/peers/README.md`
//! says how the others are set up; `DRAIN_PEERS` names the folder where they are. It decides nothing by an absolute time.

mod by_hand;
mod cpu;
#[path = "../kit/house.rs"]
#[expect(dead_code, reason = "this bench explains no plan")]
mod house;
mod jobs;
mod peers;
mod queue;
mod whole;

use std::{env, fmt};

use house::House;

const QUICK: Plan = Plan { name: "quick", rounds: 1, jobs: 3_200, future: 100_000 };
const FULL: Plan = Plan { name: "full", rounds: 5, jobs: 6_400, future: 1_000_000 };

/// Against the best of the peers; against by hand; CPU of a job against that of the best peer, at most.
const PEERS_BAR: f64 = 1.5;
const BY_HAND_BAR: f64 = 0.6;
const CPU_BAR: f64 = 0.5;
/// With the future jobs present, of the rate without.
const FUTURE_BAR: f64 = 0.85;

#[derive(Clone, Copy)]
struct Plan {
    name: &'static str,
    rounds: usize,
    jobs: usize,
    /// Jobs that wait for another day.
    future: usize,
}

/// One way's drain of all the jobs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drained {
    /// Jobs a second.
    pub(crate) rate: f64,
    /// Microseconds of CPU a job: of the server, and of whoever drains.
    pub(crate) server: f64,
    pub(crate) own: f64,
}

impl Drained {
    fn cpu(&self) -> f64 {
        self.server + self.own
    }
}

impl fmt::Display for Drained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rate, server, own } = self;
        write!(f, "{rate:>7.0}/s, {server:>4.0} + {own:>4.0} us of CPU a job")
    }
}

fn main() {
    let value = |name: &str| env::args().skip_while(|arg| arg != name).nth(1);
    let full = env::args().any(|arg| arg == "--full")
        || env::var("TEST_TIER").is_ok_and(|tier| tier == "full");
    let mut plan = if full { FULL } else { QUICK };
    if let Some(jobs) = value("--jobs") {
        plan.jobs = jobs.parse().expect("--jobs takes a number");
    }
    if let Some(future) = value("--future") {
        plan.future = future.parse().expect("--future takes a number");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("threads start").block_on(measure(plan));
}

async fn measure(plan: Plan) {
    println!(
        "drain, {} tier: {} round(s) of {} jobs a way; load {}",
        plan.name,
        plan.rounds,
        plan.jobs,
        std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim()
    );
    let mut house = House::postgres().await;
    let mut runs = Runs::default();
    println!("the server's and the drainer's CPU:");
    by_hand::set_up(&mut house).await;
    let peers = peers::set_up().await;
    for round in 1..=plan.rounds {
        println!("\nround {round}, nothing else waits");
        let by_hand = by_hand::drain(&house, plan.jobs).await;
        runs.add("by hand (SKIP LOCKED, 64 a claim)", by_hand);
        for peer in &peers {
            runs.add(peer.name, peer.drain(plan.jobs));
        }
        runs.add("queue alone", queue::drain(&house, plan.jobs).await);
        runs.add("whole dials", whole::drain(&house, plan.jobs).await);
    }
    jobs::wait(&house, plan.future).await;
    for round in 1..=plan.rounds {
        println!("\nround {round}, {} jobs wait for another day", plan.future);
        runs.add("queue alone, others wait", queue::drain(&house, plan.jobs).await);
        runs.add("whole dials, others wait", whole::drain(&house, plan.jobs).await);
    }
    runs.print(&peers);
    house.end().await;
}

type Figure = fn(&Drained) -> f64;

/// What each way did, round by round.
#[derive(Default)]
struct Runs(Vec<(&'static str, Vec<Drained>)>);

impl Runs {
    fn add(&mut self, way: &'static str, drained: Drained) {
        println!("  {way:36} {drained}");
        match self.0.iter_mut().find(|(known, _)| *known == way) {
            Some((_, all)) => all.push(drained),
            None => self.0.push((way, vec![drained])),
        }
    }

    fn of(&self, way: &str) -> &[Drained] {
        self.0.iter().find(|(known, _)| *known == way).map_or(&[], |(_, all)| all)
    }

    /// The median over the rounds, each of which compares the machine with itself.
    fn ratio(&self, one: &str, other: &str, figure: Figure) -> f64 {
        let pairs = self.of(one).iter().zip(self.of(other));
        let mut ratios: Vec<f64> = pairs.map(|(one, other)| figure(one) / figure(other)).collect();
        ratios.sort_by(f64::total_cmp);
        ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN)
    }

    fn print(&self, peers: &[peers::Peer]) {
        let (rate, cpu): (Figure, Figure) = (|one| one.rate, Drained::cpu);
        println!("\nmedian of the rounds' ratios (bar)");
        let by_hand = "by hand (SKIP LOCKED, 64 a claim)";
        for way in ["queue alone", "whole dials"] {
            println!("goal 5, {way}");
            println!("  rate / by hand: {:.2} ({BY_HAND_BAR})", self.ratio(way, by_hand, rate));
            for peer in peers {
                println!(
                    "  against {:22} rate {:.2} ({PEERS_BAR}), CPU a job {:.2} ({CPU_BAR} at most, of the best)",
                    peer.name,
                    self.ratio(way, peer.name, rate),
                    self.ratio(way, peer.name, cpu)
                );
            }
        }
        for way in ["queue alone", "whole dials"] {
            let waiting = if way == "queue alone" {
                "queue alone, others wait"
            } else {
                "whole dials, others wait"
            };
            let kept = self.ratio(waiting, way, rate);
            println!("goal 6, {way}: rate with others waiting / without {kept:.2} ({FUTURE_BAR})");
        }
        if peers.is_empty() {
            println!("the peers are measured in the full tier");
        }
    }
}
