//! The disk is full in the middle of filings (guide F4): files of the server may not grow for a while. Nothing acknowledged is
//! lost, what was written is read meanwhile, and the helpline goes on without a restart.

use std::time::{Duration, Instant};

use helpline_proto::v1;

use crate::{
    journal, ledger,
    load::{Api, Load},
    server::Home,
};

const FILLS: u64 = 3;
const WRITES_AGAIN_MAX: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_disk_loses_nothing_and_is_written_again_when_there_is_room() {
    let home = Home::on_a_small_disk().await;
    let mut server = home.start().await;
    let mut tally = ledger::Tally::default();
    for cycle in 0..FILLS {
        let load = Load::start(&home, &server, 2 * cycle).await;
        load.acknowledged().await;
        load.runs_for(Duration::from_millis(300 + cycle * 211)).await;

        // Every file of the database is longer than this, so that no write succeeds.
        server.limit_files(Some(4_096));
        let full = Instant::now();
        while load.failures().is_empty() {
            assert!(full.elapsed() < WRITES_AGAIN_MAX, "it writes on without room");
            load.runs_for(Duration::from_millis(20)).await;
        }
        let listed = Api::new(&server).agent.list_cases(v1::ListCasesRequest::default()).await;
        assert!(!listed.unwrap().into_inner().cases.is_empty(), "nothing is read without room");
        load.stop();
        let failures = load.failures();
        let mut journals = load.end().await;

        server.limit_files(None);
        let room = Instant::now();
        let again = Load::start(&home, &server, 2 * cycle + 1).await;
        again.acknowledged().await;
        let written_after = room.elapsed();
        again.stop();
        journals.extend(again.end().await);
        assert!(written_after < WRITES_AGAIN_MAX, "cycle {cycle}: {written_after:?}");
        let unexpected = failures
            .keys()
            .find(|code| !["Unavailable", "DeadlineExceeded"].contains(&code.as_str()));
        assert_eq!(unexpected, None, "cycle {cycle}: {failures:?}");
        assert!(server.is_running(), "{}", server.log());

        let asked = journal::read(&journals);
        ledger::check(&home, &server, &asked, cycle, &mut tally).await;
    }
    ledger::check_all(&home).await;
    println!("{FILLS} full disks: {tally}");
    assert!(tally.acknowledged > 20 && tally.uncertain > 0, "{tally}");
    server.kill();
}
