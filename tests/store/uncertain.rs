//! The answer to COMMIT is lost on the way, before or after PostgreSQL heard it.

use std::{
    future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use helpline181::{
    domain::{account::Session, actor::Channel, change::Change},
    store::{Options, Store, cases, rounds::claims, sessions},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{interval, timeout},
};

use crate::{
    kit::samples::{filed, filing, fresh_filing, opened_account, with_round},
    kit::{Home, NOW, commit, count, drop_schema, number, run},
};

const FREE_WITHIN: Duration = Duration::from_secs(15);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    BeforeServer,
    AfterServer,
    /// The server hears it only after the writer has come again by so many new connections.
    Late(usize),
    /// Nobody hears anything more of the connection, not even its end.
    Silent,
}

#[tokio::test(flavor = "multi_thread")]
async fn commit_that_landed_is_answered_and_not_repeated() {
    cut_off(Cut::AfterServer, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commit_that_did_not_land_is_replayed() {
    cut_off(Cut::BeforeServer, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commit_that_lands_during_the_replay_is_not_repeated() {
    // One reads back, one replays.
    cut_off(Cut::Late(2), 1).await;
}

async fn cut_off(cut: Cut, replays: u64) {
    let home = Home::postgres().await;
    let armed = Arc::new(AtomicBool::new(false));
    let url = through_proxy(&home.url, cut, armed.clone()).await;
    let store = Store::open(Options { url, ..home.options() }, NOW).await.unwrap();
    let mut feed = store.feed.subscribe(None).await.unwrap();
    let during = fresh_filing(&store).await;
    let after = fresh_filing(&store).await;
    let before = fresh_filing(&store).await;
    commit(&store, "before", before).await.unwrap();

    armed.store(true, Relaxed);
    commit(&store, "during", during).await.unwrap();
    commit(&store, "after", after).await.unwrap();

    assert_eq!(store.writer.counts().uncertain.load(Relaxed), 1);
    assert_eq!(store.writer.counts().replays.load(Relaxed), replays);
    assert_eq!(count(&home, "cases").await, 3);
    assert_eq!(number(&home, "SELECT MAX(seq) FROM events").await, 3);
    for _ in 0..3 {
        feed.next().await.unwrap();
    }
    assert_eq!(feed.token().encode(), format!("{}:3", store.writer.node()));
    store.close().await;
    drop_schema(home.schema.as_deref().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_died_while_idle_are_replaced_unnoticed() {
    let home = Home::postgres().await;
    let name = format!("dying_{}", home.schema.as_deref().unwrap());
    let url = format!("{}&application_name={name}", home.url);
    let store = Store::open(Options { url, ..home.options() }, NOW).await.unwrap();
    let case = filed(&store).await;
    let _leased = claims::claim(&store.writer, NOW, 1, 1_000).await.unwrap();
    let kill = format!(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
          WHERE application_name = '{name}'"
    );

    run(&home, &kill).await;

    assert_eq!(cases::get(&store.db, case.id).await.unwrap(), case);
    commit(&store, "after", fresh_filing(&store).await).await.unwrap();
    assert!(claims::claim(&store.writer, NOW, 1, 1_000).await.unwrap().is_empty());
    store.close().await;
    drop_schema(home.schema.as_deref().unwrap()).await;
}

/// Nothing of it shows by a seq, so only the request tells.
#[tokio::test(flavor = "multi_thread")]
async fn change_without_a_fact_is_not_repeated_either() {
    // Without a seq to read back the first new connection replays.
    for cut in [Cut::BeforeServer, Cut::AfterServer, Cut::Late(1)] {
        let home = Home::postgres().await;
        let armed = Arc::new(AtomicBool::new(false));
        let url = through_proxy(&home.url, cut, armed.clone()).await;
        let store = Store::open(Options { url, ..home.options() }, NOW).await.unwrap();
        commit(&store, "account", opened_account(7, "agent")).await.unwrap();
        let session = Session {
            id: 1,
            account: 7,
            channel: Channel::Agent,
            access_hash: [1; 32],
            refresh_hash: [2; 32],
            access_until: NOW,
            refresh_until: NOW,
            created_at: NOW,
        };

        armed.store(true, Relaxed);
        let change =
            Change { sessions: vec![session.clone()], result: "in".to_owned(), ..Change::new(NOW) };
        assert_eq!(commit(&store, "in", change).await.unwrap(), "in");

        let stored = sessions::by_access_hash(&store.db, &[1; 32]).await.unwrap();
        assert_eq!(stored, Some(session));
        commit(&store, "after", filing(1_000_000, 1)).await.unwrap();
        store.close().await;
        drop_schema(home.schema.as_deref().unwrap()).await;
    }
}

/// As when a machine is cut off: its rows are locked, and PostgreSQL waits for a word that does not come.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_silent_process_has_locked_is_free_within_seconds() {
    let home = Home::postgres().await;
    let armed = Arc::new(AtomicBool::new(false));
    let url = through_proxy(&home.url, Cut::Silent, armed.clone()).await;
    let silent = Store::open(Options { url, ..home.options() }, NOW).await.unwrap();
    let other = home.open().await;
    let (case, _) = with_round(&silent).await;
    armed.store(true, Relaxed);
    let writer = silent.writer.clone();
    let claiming = tokio::spawn(async move { claims::claim(&writer, NOW, 1, 1_000).await });
    let mut look = interval(Duration::from_millis(50));
    while armed.load(Relaxed) {
        look.tick().await;
    }
    assert!(claims::claim(&other.writer, NOW, 1, 1_000).await.unwrap().is_empty());

    let claimed = timeout(FREE_WITHIN, async {
        loop {
            look.tick().await;
            if let Some(claimed) = claims::claim(&other.writer, NOW, 1, 1_000).await.unwrap().pop()
            {
                return claimed;
            }
        }
    });
    let claimed = claimed.await.expect("the row is free again");

    // What was not committed is as if it had never been.
    assert_eq!((claimed.round.case, claimed.token), (case.id, 1));
    claiming.abort();
    other.close().await;
    drop_schema(home.schema.as_deref().unwrap()).await;
}

/// Passes bytes on until `armed`; then the first COMMIT costs its connection.
async fn through_proxy(url: &str, cut: Cut, armed: Arc<AtomicBool>) -> String {
    let (user, rest) = url.split_once('@').unwrap();
    let (server, rest) = rest.split_once('/').unwrap();
    let server = server.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let accepted = watch::Sender::new(0);
        while let Ok((client, _)) = listener.accept().await {
            accepted.send_modify(|accepted| *accepted += 1);
            let upstream = TcpStream::connect(&server).await.unwrap();
            tokio::spawn(pass(client, upstream, cut, armed.clone(), accepted.subscribe()));
        }
    });
    format!("{user}@127.0.0.1:{port}/{rest}")
}

async fn pass(
    mut client: TcpStream,
    mut server: TcpStream,
    cut: Cut,
    armed: Arc<AtomicBool>,
    mut accepted: watch::Receiver<usize>,
) {
    let (mut asked, mut answered) = ([0; 65_536], [0; 65_536]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(read @ 1..) = read else { return };
                let commit = asked[..read].windows(6).any(|bytes| bytes == b"COMMIT");
                if commit && armed.swap(false, Relaxed) {
                    if cut == Cut::Silent {
                        future::pending::<()>().await;
                    }
                    if let Cut::Late(connections) = cut {
                        let enough = *accepted.borrow() + connections;
                        drop(client);
                        accepted.wait_for(|accepted| *accepted >= enough).await.unwrap();
                    }
                    if cut != Cut::BeforeServer {
                        server.write_all(&asked[..read]).await.unwrap();
                        let _ = server.read(&mut answered).await;
                    }
                    return;
                }
                server.write_all(&asked[..read]).await.unwrap();
            }
            read = server.read(&mut answered) => {
                let Ok(read @ 1..) = read else { return };
                if client.write_all(&answered[..read]).await.is_err() {
                    return;
                }
            }
        }
    }
}
