//! Offers at phones that are engaged, refuse, are away, or answer too late, and citizens who hang up as an agent picks up.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use helpline_proto::v1::{self, watch_console_response::Event};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::{TOLD, asks_for_a_person, board, hundred::talking};
use crate::kit::{
    many::{
        citizens::{ask_for_a_person, numbers},
        phones,
        staff::{Agent, desks, hire},
    },
    script::{Answer, SpeakUntilHungUp},
    server::{DESK_PASSWORD, Server, Wishes},
    sipp::Sipp,
};

const RACES: usize = 20;
const FIRST: u64 = 9_000_024_000;
/// How long a phone of the races rings.
const RINGS_MS: u32 = 1_000;
/// Citizens hang up from the offers on until after the answers, each so much later than the one before.
const APART: Duration = Duration::from_millis(80);

/// Desks at one address where SIPp answers, and nobody is available yet.
async fn centre(desks_wanted: usize) -> (Server, Vec<Agent>, SocketAddr) {
    let server = Server::start_with(Wishes {
        quick: true,
        silence_timeout_s: 600,
        desks: desks_wanted,
        qualify_s: 600,
        more: "[queue]\nwrap_up_s = 0\noffer_s = 4\nnobody = \"stay\"",
        ..Wishes::default()
    })
    .await;
    let agents = hire(&server, desks_wanted).await;
    let at = server.network.at(31, 5060);
    phones::register(server.sip(), at, &desks(desks_wanted), DESK_PASSWORD).await;
    (server, agents, at)
}

/// The citizen whom the own phone is about to ring for.
async fn offered(agent: &mut Agent) -> v1::Caller {
    agent
        .told(|event| match event {
            Event::Offered(caller) => Some(caller.clone()),
            _ => None,
        })
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_goes_on_from_phone_to_phone_until_somebody_picks_up_in_time() {
    let ways = [
        Answer::Declines(486, "Busy Here"),
        Answer::Refuses(603, "Decline"),
        Answer::Declines(480, "Temporarily Unavailable"),
        // Given up after four seconds; its answer crosses the CANCEL.
        Answer::Crosses,
        Answer::Picks(vec![SpeakUntilHungUp(60_000)]),
    ];
    let (server, mut agents, at) = centre(ways.len()).await;
    let answers: Vec<_> = desks(ways.len()).into_iter().zip(ways).collect();
    let sipp = Sipp::answer(at, answers.len(), &answers);
    for agent in &mut agents {
        agent.available().await;
    }

    let mut caller = asks_for_a_person(&server, "9000024901").await;

    let (picks_up, others) = agents.split_last_mut().unwrap();
    for agent in others {
        assert_eq!(offered(agent).await.phone_masked, "XXXXXX4901");
        agent.told(|event| matches!(event, Event::Withdrawn(_)).then_some(())).await;
    }
    assert_eq!(picks_up.connected().await.phone_masked, "XXXXXX4901");
    assert!(caller.hears_anything(TOLD).await);
    let now = board(&server).await;
    assert_eq!((now.waiting, now.talking, now.answered), (0, 1, 1));
    caller.hang_up().await;
    // Each phone was asked once, and the late one hung up on.
    sipp.done().await;
    assert!(server.api.call_backs().await.is_empty());
    server.assert_calm();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_citizen_who_hangs_up_as_the_agent_picks_up_has_talked_or_is_owed_a_call() {
    let (server, agents, at) = centre(RACES).await;
    let sipp = Sipp::answer(at, RACES, &[("d[0-9]+".to_owned(), Answer::RingsFor(RINGS_MS))]);
    let numbers = numbers(FIRST, RACES);
    let citizens = ask_for_a_person(&server, &numbers).await;
    let mut waiting: BTreeMap<_, _> =
        numbers.iter().map(|number| format!("XXXXXX{}", &number[6..])).zip(citizens).collect();

    let mut ringing = JoinSet::new();
    for mut agent in agents {
        ringing.spawn(async move {
            agent.available().await;
            let citizen = offered(&mut agent).await.phone_masked;
            (citizen, agent)
        });
    }
    let began = Instant::now();
    let mut racing = JoinSet::new();
    for (n, (citizen, mut agent)) in ringing.join_all().await.into_iter().enumerate() {
        let caller = waiting.remove(&citizen).expect("offered once");
        racing.spawn(async move {
            sleep_until(began + APART * n as u32).await;
            caller.hang_up().await;
            let talked = agent.told(|event| match event {
                Event::Withdrawn(_) => Some(false),
                Event::Connected(_) => Some(true),
                _ => None,
            });
            (citizen, talked.await, agent)
        });
    }
    let raced = racing.join_all().await;

    // No phone is left ringing, or with a call that nobody has.
    sipp.done().await;
    talking(&server, 0).await;
    for (citizen, talked, _) in &raced {
        if !talked {
            server.api.call_back_of(citizen, TOLD).await;
        }
    }
    let talked = raced.iter().filter(|(_, talked, _)| *talked).count();
    println!("{talked} of {RACES} talked");
    let now = board(&server).await;
    assert_eq!((now.waiting, now.talking, now.answered), (0, 0, talked as i64));
    assert_eq!(server.api.call_backs().await.len(), RACES - talked);
    server.assert_calm();
}
