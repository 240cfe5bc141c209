//! Durable filings through gRPC against the real server, beside their floors, side by side in rounds (goals 1 to 3).
//!
//!     tests/postgres.sh cargo bench --bench filings [-- --full] [--only sqlite|postgres]
//!
//! `--only` files on one engine alone, for a profiler to look at; it prints no ratio.
//! Each round measures all ways one after the other, so that their ratios compare a machine with itself; what the
//! machine gives at all swings with its neighbours. It decides nothing by an absolute time.

mod floors;
mod load;
mod server;

use std::{env, time::Duration};

use load::Run;
use server::{Engine, Group, Home};

const IN_FLIGHT: usize = 128;

#[derive(Clone, Copy)]
struct Plan {
    name: &'static str,
    rounds: usize,
    span: Duration,
}

const QUICK: Plan = Plan { name: "quick", rounds: 1, span: Duration::from_secs(2) };
const FULL: Plan = Plan { name: "full", rounds: 5, span: Duration::from_secs(6) };

/// The ratios of all rounds, by what they compare.
#[derive(Default)]
struct Ratios(Vec<(&'static str, f64, Vec<f64>)>);

impl Ratios {
    fn add(&mut self, what: &'static str, bar: f64, ratio: f64) {
        println!("    {what}: {ratio:.2}");
        match self.0.iter_mut().find(|(known, ..)| *known == what) {
            Some((_, _, ratios)) => ratios.push(ratio),
            None => self.0.push((what, bar, vec![ratio])),
        }
    }

    fn print(&mut self) {
        println!("\nmedian of the rounds' ratios (bar)");
        for (what, bar, ratios) in &mut self.0 {
            ratios.sort_by(f64::total_cmp);
            let (median, low, high) =
                (ratios[ratios.len() / 2], ratios[0], ratios[ratios.len() - 1]);
            println!("  {what:62} {median:6.2} ({bar}), {low:.2} to {high:.2}");
        }
    }
}

fn main() {
    if env::args().any(|arg| arg == "--hello") {
        return floors::serve_hello();
    }
    let full = env::args().any(|arg| arg == "--full")
        || env::var("TEST_TIER").is_ok_and(|tier| tier == "full");
    let plan = if full { FULL } else { QUICK };
    let postgres = env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names a server");
    let only = env::args().skip_while(|arg| arg != "--only").nth(1);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("threads start").block_on(async {
        match only.as_deref() {
            Some("sqlite") => drop(filed(Engine::Sqlite, Group::Merged, IN_FLIGHT, plan).await),
            Some("postgres") => {
                drop(filed(Engine::Postgres(&postgres), Group::Merged, IN_FLIGHT, plan).await);
            }
            Some(_) => panic!("--only takes sqlite or postgres"),
            None => measure(plan, &postgres).await,
        }
    });
}

async fn measure(plan: Plan, postgres: &str) {
    println!(
        "filings, {} tier: {} round(s) of {:?} a way; load {}",
        plan.name,
        plan.rounds,
        plan.span,
        std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim()
    );
    let mut ratios = Ratios::default();
    for round in 1..=plan.rounds {
        println!("\nround {round}");
        let hello = floors::hello(plan.span).await;
        println!("  tonic hello, one in flight            {hello}");
        sqlite(plan, &mut ratios).await;
        on_postgres(plan, postgres, &hello, &mut ratios).await;
    }
    ratios.print();
}

async fn sqlite(plan: Plan, ratios: &mut Ratios) {
    let grouped = filed(Engine::Sqlite, Group::Merged, IN_FLIGHT, plan).await;
    let single = filed(Engine::Sqlite, Group::OneEach, IN_FLIGHT, plan).await;
    let (raw, cpu) = floors::sqlite_groups(plan.span).await;
    let cpu = cpu.as_micros();
    println!("  SQLite, raw groups of 64              {raw:.0}/s, {cpu} us of CPU each");
    ratios.add("goal 1: SQLite / one commit each, same path", 4.0, grouped.rate() / single.rate());
    ratios.add("goal 1: SQLite / raw groups of 64, no network", 0.35, grouped.rate() / raw);
    filed(Engine::Sqlite, Group::Merged, 1, plan).await;
}

async fn on_postgres(plan: Plan, url: &str, hello: &Run, ratios: &mut Ratios) {
    let engine = Engine::Postgres(url);
    let grouped = filed(engine, Group::Merged, IN_FLIGHT, plan).await;
    let bench = floors::Pgbench::prepare(url).await;
    let mut best = 0.0_f64;
    for clients in [8, 32] {
        let rate = bench.single(clients, plan.span).rate;
        println!("  pgbench BEGIN, 3 INSERT, COMMIT, {clients:3}   {rate:.0}/s");
        best = best.max(rate);
    }
    let groups = bench.groups(8, plan.span).rate * 64.0;
    println!("  pgbench groups of 64, 8 clients       {groups:.0}/s");
    ratios.add(
        "goal 2: PostgreSQL / pgbench BEGIN + 3 INSERT + COMMIT",
        1.5,
        grouped.rate() / best,
    );
    ratios.add("goal 2: PostgreSQL / groups of 64", 0.25, grouped.rate() / groups);

    let alone = filed(engine, Group::Merged, 1, plan).await;
    let floor = bench.single(1, plan.span).latency;
    println!("  pgbench, one client                   mean {floor:?}");
    let floors = (floor + hello.p50()).as_secs_f64();
    ratios.add(
        "goal 3: p50 of one at a time / (pgbench + tonic), at most",
        2.0,
        alone.p50().as_secs_f64() / floors,
    );
    bench.clear().await;
}

async fn filed(engine: Engine<'_>, group: Group, in_flight: usize, plan: Plan) -> Run {
    let home = Home::new(engine, group).await;
    let run = load::file(&home, in_flight, plan.span).await;
    println!("  {:10} {:15} {in_flight:3} in flight  {run}", engine.name(), group.name());
    home.end().await;
    run
}
