//! kill -9 of a full call centre: whoever waited or talked is owed one call, with the arrival of that day.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use helpline_proto::v1::watch_console_response::Event;
use helpline181::{
    acd::{AgentId, CallBack, CallerRow, CitizenKey, Reason},
    domain::time::Timestamp,
    store::{
        Store,
        queue::{self, RowKind},
    },
};
use serde::de::DeserializeOwned;
use tokio::time::interval;

use crate::kit::{
    many::{
        citizens::{ask_for_a_person, numbers},
        phones::Phones,
        staff::{come_back, desks, hire},
    },
    server::{DESK_PASSWORD, Database, Server, Wishes},
};

const WAITING: usize = 50;
const TALKING: usize = 20;
const CITIZENS: usize = WAITING + TALKING;
const FIRST: u64 = 9_000_021_000;
/// What the helpline promises, from the moment that it is ready again.
const OWED_MAX: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(90);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_full_centre_killed_on_sqlite_everybody_is_owed_one_call_with_the_arrival_of_before() {
    everybody_is_owed_one_call(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_full_centre_killed_on_postgres_everybody_is_owed_one_call_with_the_arrival_of_before()
{
    everybody_is_owed_one_call(Database::Postgres).await;
}

async fn everybody_is_owed_one_call(database: Database) {
    let wishes = Wishes {
        quick: true,
        silence_timeout_s: 600,
        desks: TALKING,
        more: "[queue]\nwrap_up_s = 0",
        ..Wishes::default()
    };
    let mut server = Server::start_with(Wishes { database, ..wishes }).await;
    let mut agents = hire(&server, TALKING).await;
    let at = server.network.at(31, 5060);
    let mut phones = Phones::register(server.sip(), at, &desks(TALKING), DESK_PASSWORD).await;
    for agent in &mut agents {
        agent.available().await;
    }
    let numbers = numbers(FIRST, CITIZENS);
    let citizens = ask_for_a_person(&server, &numbers).await;
    phones.answered(TALKING, PATIENCE).await;
    let before = on_the_lines(&server).await;

    server.die_and_start_again().await;

    let ready = Instant::now();
    let owed = owed(&server).await;
    let owed_after = ready.elapsed();
    drop((citizens, phones));
    println!(
        "{database:?}: ready again after {:?}, {} call-backs owed {owed_after:?} later",
        server.ready_after,
        owed.len()
    );
    assert!(owed_after < OWED_MAX, "owed after {owed_after:?}");
    let of_whom: BTreeMap<_, _> = owed.iter().map(|one| (one.citizen, one)).collect();
    assert_eq!((owed.len(), of_whom.len()), (CITIZENS, CITIZENS));
    for (citizen, (arrival, talked_with)) in &before {
        let one = of_whom[citizen];
        let reason = talked_with.map_or(Reason::NodeLost, Reason::CutOff);
        assert_eq!((one.arrival, one.reason, one.calls), (*arrival, reason, 1));
    }

    // Each agent is told of the own citizen who was cut off, also where the console goes on as if nothing had been.
    let at = server.network.at(32, 5060);
    let _desks = Phones::register(server.sip(), at, &desks(TALKING), DESK_PASSWORD).await;
    let mut rung = Phones::answer(server.network.callee()).await;
    agents.iter_mut().step_by(2).for_each(|agent| agent.resume.clear());
    let mut agents = come_back(&server, agents).await;
    for agent in &mut agents {
        let flagged = agent.told(|event| match event {
            Event::Notice(notice) => Some(notice.kind.clone()),
            _ => None,
        });
        assert_eq!(flagged.await, "cut_off");
    }
    // And everybody is rung back, once: as many at a time as there are agents.
    for wave in 1..=CITIZENS / TALKING {
        rung.answered(wave * TALKING, PATIENCE).await;
        for agent in &mut agents {
            agent.connected().await;
        }
        rung.hang_up(TALKING).await;
    }
    rung.answered(CITIZENS, PATIENCE).await;
    let dialled: BTreeSet<_> = rung.calls().iter().map(|call| call.user.clone()).collect();
    assert_eq!(rung.calls().len(), CITIZENS);
    assert_eq!(dialled, numbers.into_iter().collect());
    server.assert_calm();
    server.drop_schema().await;
}

/// Arrival and agent of everybody on a line, once all of it is kept.
async fn on_the_lines(server: &Server) -> BTreeMap<CitizenKey, (Timestamp, Option<AgentId>)> {
    let store = Store::open(server.store_options(), Timestamp::from_ms(0)).await.unwrap();
    let mut clock = interval(Duration::from_millis(100));
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            clock.tick().await;
            let rows: Vec<CallerRow> = rows(&store, RowKind::Caller).await;
            let talking = rows.iter().filter(|row| row.talks_with.is_some()).count();
            if (rows.len(), talking) == (CITIZENS, TALKING) {
                return rows;
            }
        }
    });
    let rows = waited.await.expect("all are on the lines");
    store.close().await;
    rows.into_iter().map(|row| (row.citizen.unwrap(), (row.arrival, row.talks_with))).collect()
}

/// The call-backs of the queue, once nobody is on a line any more.
async fn owed(server: &Server) -> Vec<CallBack> {
    let store = Store::open(server.store_options(), Timestamp::from_ms(0)).await.unwrap();
    let mut clock = interval(Duration::from_millis(50));
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            clock.tick().await;
            let callers: Vec<CallerRow> = rows(&store, RowKind::Caller).await;
            if callers.is_empty() {
                return rows(&store, RowKind::CallBack).await;
            }
        }
    });
    let owed = waited.await.expect("nobody is on a line");
    store.close().await;
    owed
}

async fn rows<T: DeserializeOwned>(store: &Store, kind: RowKind) -> Vec<T> {
    let kept = queue::kept(&store.db, kind).await.unwrap();
    kept.iter().map(|(_, body)| serde_json::from_str(body).unwrap()).collect()
}
