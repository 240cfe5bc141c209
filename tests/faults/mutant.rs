//! The mutant that must not survive: an acknowledgement that leaves before the commit.

use std::time::Duration;

use crate::{
    journal, ledger,
    load::Load,
    server::{Engine, Home},
};

/// Sixteen workers file without a pause, so a kill nearly always falls into the middle of a filing.
const CYCLES_MAX: u64 = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_acknowledgement_before_the_commit_is_found_out() {
    let home = Home::new(Engine::Sqlite).await;
    let mut server = home.start().await;
    for cycle in 0..CYCLES_MAX {
        let load = Load::start_early(&home, &server, cycle).await;
        load.acknowledged().await;
        load.runs_for(Duration::from_millis(300)).await;
        server.kill();
        let journals = load.end().await;
        server = home.start().await;

        let asked = journal::read(&journals);
        let mut tally = ledger::Tally::default();
        let check = ledger::check(&home, &server, &asked, cycle, &mut tally);
        let Err(found) = caught(check).await else { continue };
        assert!(found.contains("acknowledged, then not there once"), "{found}");
        return;
    }
    panic!("the journal let {CYCLES_MAX} cycles of early acknowledgements pass");
}

/// What a check says when it fails.
async fn caught(check: impl Future<Output = ()>) -> Result<(), String> {
    let mut check = std::pin::pin!(check);
    std::future::poll_fn(|context| {
        let polled = std::panic::AssertUnwindSafe(|| check.as_mut().poll(context));
        match std::panic::catch_unwind(polled) {
            Ok(polled) => polled.map(Ok),
            Err(said) => {
                let said = said.downcast_ref::<String>().cloned().unwrap_or_default();
                std::task::Poll::Ready(Err(said))
            }
        }
    })
    .await
}
