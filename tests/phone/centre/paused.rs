//! A database that stands still while calls go on: offers are made from memory, and what they leave is written once.

use std::{collections::BTreeMap, time::Duration};

use helpline_proto::v1::{self, complaint_service_client::ComplaintServiceClient};
use helpline181::{
    acd::{
        CallerId,
        figures::{Fact, What},
    },
    domain::time::Timestamp,
    store::{
        Store,
        queue::{self, RowKind},
    },
};
use tokio::time::{Instant, interval, sleep_until, timeout};

use super::board;
use crate::kit::{
    api::request_id,
    many::{
        citizens::{ask_for_a_person, numbers},
        database::Way,
        phones::Phones,
        staff::{Agent, desks, hire},
    },
    server::{DESK_PASSWORD, Database, Server, Wishes, postgres_address},
};

const AGENTS: usize = 20;
const CITIZENS: usize = 60;
const FIRST: u64 = 9_000_022_000;
/// 20 calls a second.
const PACE: Duration = Duration::from_millis(50);
const SHORT: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(90);

/// The quick tier's 30 seconds pass on a virtual clock, in `calls::centre::keep`.
fn pause() -> Duration {
    let full = std::env::var("TEST_TIER").is_ok_and(|tier| tier == "full");
    Duration::from_secs(if full { 30 } else { 1 })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_stands_still_stops_no_offer_and_everything_is_written_once() {
    let way = Way::open(postgres_address()).await;
    let server = Server::start_with(Wishes {
        quick: true,
        silence_timeout_s: 600,
        desks: AGENTS + 1,
        database: Database::PostgresBehind(way.address),
        more: "[queue]\nwrap_up_s = 0",
        ..Wishes::default()
    })
    .await;
    let mut agents = hire(&server, AGENTS + 1).await;
    let mut looks_on = agents.pop().unwrap();
    let at = server.network.at(31, 5060);
    let mut phones = Phones::register(server.sip(), at, &desks(AGENTS), DESK_PASSWORD).await;
    for agent in &mut agents {
        agent.available().await;
    }
    let _citizens = ask_for_a_person(&server, &numbers(FIRST, CITIZENS)).await;
    talking(&mut phones, &mut agents, 1).await;
    let store = Store::open(server.store_options(), Timestamp::from_ms(0)).await.unwrap();
    callers(&store, CITIZENS).await;

    way.hold();
    sleep_until(Instant::now() + SHORT).await;
    way.release();
    callers(&store, CITIZENS).await;

    way.hold();
    let held = Instant::now();
    let mut registering = tokio::spawn(register(&server, "9000022999"));
    let mut pace = interval(PACE);
    for _ in 0..AGENTS {
        pace.tick().await;
        phones.hang_up(1).await;
    }
    // Whose call ended has the next caller: of the database nobody has heard meanwhile.
    talking(&mut phones, &mut agents, 2).await;
    looks_on.saving(true).await;
    sleep_until(held + pause()).await;
    assert!(!registering.is_finished(), "acknowledged: {:?}", (&mut registering).await);
    let stood_still = held.elapsed();
    way.release();

    looks_on.saving(false).await;
    let case = timeout(PATIENCE, registering).await.expect("the registration ends").unwrap();
    let cases = server.api.cases_of("9000022999").await;
    assert_eq!(cases.iter().map(|case| case.number.clone()).collect::<Vec<_>>(), [case]);
    phones.hang_up(AGENTS).await;
    talking(&mut phones, &mut agents, 3).await;
    phones.hang_up(AGENTS).await;
    callers(&store, 0).await;
    let written = written(&store).await;
    println!(
        "{AGENTS} offers within {stood_still:?} without a database, {} log lines",
        written.len()
    );
    assert_eq!(lines_of_callers(&written), [3; CITIZENS]);
    let board = board(&server).await;
    assert_eq!((board.waiting, board.talking, board.answered), (0, 0, CITIZENS as i64));
    assert!(!board.saving);
    assert_eq!(server.talks().await, CITIZENS as i64);
    server.assert_calm();
    store.close().await;
    server.drop_schema().await;
}

/// Until each agent talks with a citizen, for the so-manieth time.
async fn talking(phones: &mut Phones, agents: &mut [Agent], time: usize) {
    phones.answered(time * AGENTS, PATIENCE).await;
    for agent in agents {
        agent.connected().await;
    }
}

/// Registers until it is acknowledged, always the same; gives the case's number.
fn register(server: &Server, phone: &str) -> impl Future<Output = String> + use<> {
    let registration = v1::Registration {
        phone: phone.into(),
        name: "सीता".into(),
        language: v1::Language::English.into(),
        category: "electricity".into(),
        place: "district:396".into(),
        words: "no light since Monday".into(),
        ..v1::Registration::default()
    };
    let ask =
        v1::RegisterComplaintRequest { request_id: request_id(), registration: Some(registration) };
    let mut client = ComplaintServiceClient::new(server.api.signed("agent"));
    async move {
        loop {
            match client.register_complaint(ask.clone()).await {
                Ok(reply) => return reply.into_inner().case.unwrap().number,
                Err(status) => assert!(
                    matches!(
                        status.code(),
                        tonic::Code::Unavailable | tonic::Code::DeadlineExceeded
                    ),
                    "{status:?}"
                ),
            }
        }
    }
}

/// Until the rows of so many callers are kept.
async fn callers(store: &Store, wanted: usize) {
    let mut clock = interval(Duration::from_millis(50));
    let waited = timeout(PATIENCE, async {
        loop {
            clock.tick().await;
            let kept = queue::kept(&store.db, RowKind::Caller).await.unwrap().len();
            if kept == wanted {
                return;
            }
        }
    });
    waited.await.expect("the rows of the callers are kept");
}

/// The whole log, once it is complete.
async fn written(store: &Store) -> Vec<Fact> {
    let mut clock = interval(Duration::from_millis(50));
    let mut facts: Vec<Fact> = Vec::new();
    let waited = timeout(PATIENCE, async {
        loop {
            clock.tick().await;
            let bodies = queue::facts(&store.db, Timestamp::from_ms(0)).await.unwrap();
            facts = bodies.iter().map(|body| serde_json::from_str(body).unwrap()).collect();
            let ended = |fact: &&Fact| matches!(fact.what, What::Ended { .. });
            if facts.iter().filter(ended).count() >= CITIZENS {
                return;
            }
        }
    });
    waited.await.expect("all talks are in the log");
    facts
}

/// Of each caller: joined, answered, ended, each once.
fn lines_of_callers(facts: &[Fact]) -> Vec<usize> {
    let mut of: BTreeMap<CallerId, Vec<&'static str>> = BTreeMap::new();
    for fact in facts {
        let what = match fact.what {
            What::Joined => "joined",
            What::Answered { .. } => "answered",
            What::Ended { .. } => "ended",
            _ => "something else",
        };
        of.entry(fact.caller).or_default().push(what);
    }
    of.into_values()
        .map(|whats| {
            assert_eq!(whats, ["joined", "answered", "ended"]);
            whats.len()
        })
        .collect()
}
