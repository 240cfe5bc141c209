//! What a state's stock of open cases costs: `tests/postgres.sh cargo bench --bench scale [-- --full] [--cases N]
//! [--only sqlite|postgres]`.
//!
//! Brings N cases over by `cases import` (50,000; 1,000,000 with `--full`), spread over the directory of Madhya Pradesh,
//! and times what reads and moves them, at N/10 and at N. Goal 8 compares the sweep of 1,000 cases, with history and
//! notices, with the bare UPDATE of 1,000 rows in the same database, side by side in rounds. It decides nothing by an
//! absolute time.

mod bare;
#[path = "../kit/house.rs"]
#[expect(dead_code, reason = "this bench has one process and counts no CPU of the server")]
mod house;
mod stock;
mod times;

use std::env;

use house::House;

const QUICK: usize = 50_000;
const FULL: usize = 1_000_000;
const QUICK_ROUNDS: usize = 3;
const FULL_ROUNDS: usize = 7;

#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) cases: usize,
    pub(crate) rounds: usize,
}

fn main() {
    let full = env::args().any(|arg| arg == "--full")
        || env::var("TEST_TIER").is_ok_and(|tier| tier == "full");
    let value = |name: &str| env::args().skip_while(|arg| arg != name).nth(1);
    let cases = match value("--cases") {
        Some(count) => count.parse().expect("--cases takes a number"),
        None if full => FULL,
        None => QUICK,
    };
    let plan = Plan { cases, rounds: if full { FULL_ROUNDS } else { QUICK_ROUNDS } };
    let only = value("--only");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("threads start").block_on(async {
        println!(
            "scale: {cases} cases; load {}",
            std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim()
        );
        if only.as_deref() != Some("postgres") {
            measure(House::sqlite().await, plan).await;
        }
        if only.as_deref() != Some("sqlite") {
            measure(House::postgres().await, plan).await;
        }
    });
}

async fn measure(house: House, plan: Plan) {
    println!("\n{}", house.engine());
    let tenth = plan.cases / 10;
    stock::bring(&house, 0..tenth).await;
    house.settle().await;
    let few = times::measure(&house).await;
    stock::bring(&house, tenth..plan.cases).await;
    house.settle().await;
    let many = times::measure(&house).await;
    println!("  {:38} {:>12} {:>12} {:>8}", "", tenth, plan.cases, "ratio");
    for ((what, few), (_, many)) in few.iter().zip(&many) {
        println!("  {what:38} {few:>9.3} ms {many:>9.3} ms {:>8.2}", many / few);
    }
    bare::compare(&house, plan).await;
    house.end().await;
}
