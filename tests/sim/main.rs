//! The simulator as a test: the whole core on a virtual clock, from one seed, with every invariant checked at each step.

use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use helpline181::{
    reports,
    sim::{self, Faults, Figures, Options, Profile, Seed, print},
};

/// Runs with faults that the quick tier makes; the full tier makes 1,000.
const SEEDS_QUICK: u64 = 6;
const SEEDS_FULL: u64 = 1_000;
/// Runs at a time.
const TOGETHER: usize = 2;
const DAYS: u32 = 10;
const SCALE: f64 = 0.4;

fn options(seed: u64, faults: Faults) -> Options {
    let profile = Profile::named("small", &[], SCALE).unwrap();
    Options { profile, seed: Seed(seed), days: DAYS, faults }
}

/// What repeats a run.
fn command(seed: u64, faults: Faults) -> String {
    let faults = if faults == Faults::Drawn { " --faults" } else { "" };
    format!(
        "helpline181 simulate --profile small --scale {SCALE} --days {DAYS} --seed {seed}{faults}"
    )
}

async fn run(seed: u64, faults: Faults) -> Figures {
    match sim::run(&options(seed, faults), |_, _| {}).await {
        Ok(figures) => figures,
        Err(error) => panic!("{error}\nrepeat it with: {}", command(seed, faults)),
    }
}

/// Every byte that a run writes.
fn written(seed: u64, figures: &Figures) -> String {
    let report = print::report(&options(seed, Faults::Drawn), figures);
    let tables = report.tables.iter().map(|(_, table)| reports::csv(table) + &reports::text(table));
    let plots = report.plots.iter().map(|(_, plot)| reports::svg(plot));
    tables.chain(plots).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quiet_run_breaches_nothing_and_cases_live_their_lives() {
    let figures = run(1, Faults::None).await;

    let cases = &figures.cases;
    let satisfied: u64 = cases.days.iter().map(|day| day.satisfied).sum();
    let timeouts: u64 = cases
        .escalations
        .iter()
        .filter(|((_, reason), _)| reason == "TIMEOUT")
        .map(|(_, count)| count)
        .sum();
    let lives = [cases.registered, satisfied, timeouts, figures.dials.dials, figures.centre.calls];
    assert!(lives.iter().all(|count| *count > 3), "{lives:?}");
    assert_eq!(figures.faults, sim::figures::FaultFigures::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_seed_gives_the_same_bytes_and_another_one_gives_others() {
    let (first, again, other) =
        (run(7, Faults::Drawn).await, run(7, Faults::Drawn).await, run(8, Faults::Drawn).await);

    assert!(
        written(7, &first) == written(7, &again),
        "repeat it with: {}",
        command(7, Faults::Drawn)
    );
    assert!(written(7, &first) != written(8, &other));
}

#[test]
fn no_seed_with_faults_breaches_anything() {
    let full = std::env::var("TEST_TIER").is_ok_and(|tier| tier == "full");
    let seeds = if full { SEEDS_FULL } else { SEEDS_QUICK };
    let next = AtomicU64::new(100);
    let kinds = Mutex::new([0; 11]);
    // A runtime for each: a run keeps its own threads busy.
    std::thread::scope(|scope| {
        for _ in 0..TOGETHER {
            scope.spawn(|| {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                loop {
                    let seed = next.fetch_add(1, Relaxed);
                    if seed >= 100 + seeds {
                        break;
                    }
                    let figures = runtime.block_on(run(seed, Faults::Drawn));
                    let (of, people) = (figures.faults, figures.people);
                    let counts = [
                        of.process_ends,
                        of.outages,
                        of.never_recorded,
                        of.recorded_late,
                        of.late_refused,
                        of.repeated,
                        people.own_calls,
                        people.rung_back,
                        people.tasks,
                        people.recorded,
                        people.invented,
                    ];
                    let mut kinds = kinds.lock().unwrap();
                    kinds.iter_mut().zip(counts).for_each(|(all, count)| *all += count);
                }
            });
        }
    });

    let kinds = kinds.into_inner().unwrap();
    assert!(kinds.iter().all(|count| *count > 0), "each kind came: {kinds:?}");
}
