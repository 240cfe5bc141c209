//! PostgreSQL ends at once in the middle of filings, and comes back: nothing acknowledged is lost, and the helpline goes on
//! without a restart (guide F3).

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{journal, ledger, load::Load, server::Home};

const RESTARTS: u64 = 3;
/// From the database's word that it is back to the first acknowledgement.
const WRITES_AGAIN_MAX: Duration = Duration::from_secs(10);

/// A cluster of this test's own, with the settings of all tests; it ends with the test's end of its input.
struct Postgres {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    url: String,
}

const KEEPER: &str = r#"
. tests/postgres.sh
trap postgres_stop EXIT
postgres_start
echo "$TEST_POSTGRES_URL"
while read -r _; do
    (cd / && postgres_as_owner "$POSTGRES_BIN/pg_ctl" -D "$POSTGRES_DIR/data" -l "$POSTGRES_DIR/server.log" \
        -m immediate -w -t 60 restart >/dev/null 2>&1 </dev/null)
    echo back
done
"#;

impl Postgres {
    fn start() -> Self {
        let mut child = Command::new("bash")
            .args(["-c", KEEPER])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut postgres = Self { child, orders, answers, url: String::new() };
        postgres.url = postgres.line();
        assert!(postgres.url.starts_with("postgres://"), "{}", postgres.url);
        postgres
    }

    /// Ends every backend as a crash would, and comes back.
    fn restart(&mut self) {
        self.orders.write_all(b"restart\n").unwrap();
        assert_eq!(self.line(), "back");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn end(self) {
        let Self { mut child, orders, .. } = self;
        drop(orders);
        child.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_database_that_restarts_in_the_middle_loses_nothing_and_is_written_again() {
    let mut postgres = Postgres::start();
    let home = Home::on(postgres.url.clone()).await;
    let mut server = home.start().await;
    let mut tally = ledger::Tally::default();
    for cycle in 0..RESTARTS {
        let load = Load::start(&home, &server, 2 * cycle).await;
        load.acknowledged().await;
        load.runs_for(Duration::from_millis(300 + cycle * 211)).await;

        tokio::task::block_in_place(|| postgres.restart());

        let back = Instant::now();
        load.stop();
        let failures = load.failures();
        let mut journals = load.end().await;
        let again = Load::start(&home, &server, 2 * cycle + 1).await;
        again.acknowledged().await;
        let written_after = back.elapsed();
        again.stop();
        assert_eq!(again.failures().len(), 0, "after it was back: {:?}", again.failures());
        journals.extend(again.end().await);
        assert!(written_after < WRITES_AGAIN_MAX, "cycle {cycle}: {written_after:?}");
        let unexpected = failures.keys().find(|code| *code != "Unavailable");
        assert_eq!(unexpected, None, "cycle {cycle}: {failures:?}");

        let asked = journal::read(&journals);
        ledger::check(&home, &server, &asked, cycle, &mut tally).await;
    }
    assert!(server.is_running());
    ledger::check_all(&home).await;
    println!("{RESTARTS} restarts of PostgreSQL: {tally}");
    assert!(tally.acknowledged > 20, "{tally}");
    server.kill();
    postgres.end();
}
