//! A hundred citizens talk with a hundred agents at once: each hears one's own voice come back from the agent's phone and nobody
//! else's, and each talk has its recording with both sides.

use std::time::Duration;

use helpline_proto::v1::{self, agent_service_client::AgentServiceClient};
use tokio::{task::JoinSet, time::timeout};

use super::recording::{ended, is_tone, sides};
use crate::kit::{
    caller::Caller,
    many::{
        citizens::{ask_for_a_person, numbers},
        phones,
        staff::{desks, hire},
    },
    server::{DESK_PASSWORD, Server, Wishes},
    sipp::Sipp,
};

const CALLS: usize = 100;
const FIRST: u64 = 9_000_023_000;
const PATIENCE: Duration = Duration::from_secs(120);
/// 80 ms: tones that are a multiple of 12.5 Hz are told apart in it.
const PIECE: usize = 640;
/// Of each voice, two seconds.
const PIECES_LEAST: usize = 25;
/// On a machine that is too busy for a hundred, packets that come too late for the recording are silence in it.
const RECORDED_LEAST: usize = 5;

/// Each citizen's voice.
fn hertz(citizen: usize) -> f64 {
    400.0 + 25.0 * citizen as f64
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_talks_at_once_are_heard_both_ways_and_recorded_on_both_sides() {
    let server = Server::start_with(Wishes {
        quick: true,
        silence_timeout_s: 600,
        desks: CALLS,
        qualify_s: 600,
        more: "[queue]\nwrap_up_s = 0",
        ..Wishes::default()
    })
    .await;
    let mut agents = hire(&server, CALLS).await;
    let at = server.network.at(31, 5060);
    phones::register(server.sip(), at, &desks(CALLS), DESK_PASSWORD).await;
    let echo = Sipp::echo(at, CALLS);
    for agent in &mut agents {
        agent.available().await;
    }

    let citizens = ask_for_a_person(&server, &numbers(FIRST, CALLS)).await;
    talking(&server, CALLS as i32).await;
    let mut calls = vec![String::new(); CALLS];
    for agent in &mut agents {
        let v1::Caller { call, phone_masked, .. } = agent.connected().await;
        calls[phone_masked[phone_masked.len() - 3..].parse::<usize>().unwrap()] = call;
    }
    let mut speaking = JoinSet::new();
    for (n, citizen) in citizens.into_iter().enumerate() {
        speaking.spawn(async move {
            hears_its_own_voice(&citizen, n).await;
            citizen
        });
    }
    let citizens = speaking.join_all().await;
    talking(&server, CALLS as i32).await;
    let hanging_up: JoinSet<()> = citizens.into_iter().map(Caller::hang_up).collect();
    hanging_up.join_all().await;
    echo.done().await;

    for (n, call) in calls.iter().enumerate() {
        let (file, _, partial) = ended(&server, call, "KEPT").await;
        assert_eq!(partial, None);
        for side in sides(&file) {
            assert_is_the_voice_of(n, &side);
        }
    }
    server.assert_calm();
}

/// Until so many talk.
pub(super) async fn talking(server: &Server, wanted: i32) {
    let mut client = AgentServiceClient::new(server.api.signed("supervisor"));
    let mut boards = client.watch_board(v1::WatchBoardRequest {}).await.unwrap().into_inner();
    let mut last = None;
    let waited = timeout(PATIENCE, async {
        loop {
            let board = boards.message().await.unwrap().unwrap().board.unwrap();
            last = Some(board.talking);
            if board.talking == wanted {
                return;
            }
        }
    });
    assert!(waited.await.is_ok(), "{last:?} talk and not {wanted}");
}

/// Speaks until enough of it has come back.
async fn hears_its_own_voice(citizen: &Caller, n: usize) {
    citizen.keep();
    let heard = timeout(PATIENCE, async {
        while pieces(&citizen.kept(), n) < PIECES_LEAST {
            citizen.sing(1_000, hertz(n)).await;
        }
    });
    let heard = heard.await.is_ok();
    let kept = citizen.kept();
    assert!(heard, "citizen {n} heard {} pieces in {} samples", pieces(&kept, n), kept.len());
    assert_is_the_voice_of(n, &kept);
}

fn pieces(side: &[f64], n: usize) -> usize {
    side.chunks_exact(PIECE).filter(|piece| is_tone(piece, hertz(n))).count()
}

/// And of nobody else.
fn assert_is_the_voice_of(n: usize, side: &[f64]) {
    let mut own = 0;
    for piece in side.chunks_exact(PIECE) {
        if is_tone(piece, hertz(n)) {
            own += 1;
        } else {
            let other = (0..CALLS).find(|other| is_tone(piece, hertz(*other)));
            assert_eq!(other, None, "citizen {n} was with somebody else's");
        }
    }
    assert!(own >= RECORDED_LEAST, "{own} pieces of citizen {n}");
}
