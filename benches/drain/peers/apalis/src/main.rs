//! apalis over PostgreSQL: `apalis_peer setup|bring|drain N`. Prints the seconds of the drain.

use std::{
    env,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

use apalis::prelude::*;
use apalis_postgres::{Config, *};
use futures::{StreamExt, stream};
use sqlx::postgres::{PgPool, PgPoolOptions};

const BATCH: usize = 64;

static DONE: AtomicU64 = AtomicU64::new(0);

fn storage(pool: &PgPool) -> PostgresStorage<usize> {
    let config = Config::default().queue("noop").batch_size(100).lock_tasks(false);
    PostgresStorage::<usize>::new(pool).with_config(config)
}

async fn noop(_complaint: usize) -> Result<(), BoxDynError> {
    DONE.fetch_add(1, Relaxed);
    Ok(())
}

async fn drain(pool: &PgPool, count: u64) {
    let began = Instant::now();
    let worker = WorkerBuilder::new(format!("peer{}", std::process::id()))
        .backend(storage(pool))
        .parallelize(tokio::spawn)
        .build(noop);
    let finished = async {
        while DONE.load(Relaxed) < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        println!("{}", began.elapsed().as_secs_f64());
        // Its last acknowledgements are still on their way.
        tokio::time::sleep(Duration::from_millis(300)).await;
    };
    tokio::select! {
        ended = worker.run() => ended.expect("it runs"),
        () = finished => {}
    }
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let args: Vec<String> = env::args().collect();
    let count: u64 = args[2].parse().expect("a number of jobs");
    let url = env::var("PGURL").expect("PGURL names a server");
    let pool = PgPoolOptions::new().max_connections(25).connect(&url).await.expect("it answers");
    match args[1].as_str() {
        "setup" => PostgresStorage::setup(&pool).await.expect("its tables"),
        "bring" => {
            let mut storage = storage(&pool);
            for first in (0..count as usize).step_by(BATCH) {
                let last = (first + BATCH).min(count as usize);
                let jobs = (first..last).map(|n| TaskBuilder::new(n).build());
                storage.push_all(&mut stream::iter(jobs).boxed()).await.expect("it takes them");
            }
        }
        _ => drain(&pool, count).await,
    }
}
