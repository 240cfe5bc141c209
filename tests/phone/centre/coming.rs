//! Citizens who come back to the queue, who call so as to be rung, and who call when nobody takes calls.

use std::process::{Command, Stdio};

use super::*;
use crate::kit::server::Wishes;

#[tokio::test]
async fn who_calls_again_within_minutes_waits_again_without_a_menu() {
    let server = Server::quick().await;
    let mut desk = Desk::open(&server, Mode::Calls).await;
    desk.ready().await;
    let caller = asks_for_a_person(&server, "9000001521").await;
    let first = desk.offered().await;
    caller.hang_up().await;
    desk.told(|event| matches!(event, Event::Withdrawn(_)).then_some(())).await;

    let _again = Caller::dial(server.network.trunk(), server.sip(), "9000001521", None).await;
    let again = desk.offered().await;

    assert_ne!(again.call, first.call);
    assert_eq!(again.phone_masked, "XXXXXX1521");
    assert_eq!((again.language(), again.call_back), (v1::Language::English, false));
    server.assert_calm();
}

#[tokio::test]
async fn a_missed_call_costs_nothing_and_is_rung_back_by_an_agent() {
    let more = "[queue]\nmissed_call_numbers = [\"1810\"]";
    let server = Server::start_with(Wishes { quick: true, more, ..Wishes::default() }).await;
    let mut desk = Desk::open(&server, Mode::PicksUp).await;
    let citizen = Sipp::answer(
        server.network.callee(),
        1,
        &[("9000001522".into(), Answer::Picks(vec![SpeakUntilHungUp(60_000)]))],
    );
    let (local, sip) = (format!("{}:0", server.network.trunk()), server.sip().to_string());
    let missed = Command::new(env!("CARGO_BIN_EXE_helpline181"))
        .args(["phone", "call", "1810", "--from", "9000001522", "--local", &local, "--sip", &sip])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(missed.stdout).unwrap();
    assert!(said.contains("no answer: Busy (486)"), "{said}");

    // The offer follows at once: nothing of what the console is told may be passed over.
    desk.intend(Intent::Available).await;
    let offered = desk.offered().await;
    let connected = desk.connected().await;
    desk.client.end_call(v1::EndCallRequest {}).await.unwrap();
    citizen.done().await;

    assert!(offered.call_back);
    assert_eq!(connected.phone_masked, "XXXXXX1522");
    server.assert_calm();
}

#[tokio::test]
async fn outside_its_hours_callers_are_told_so_and_owed_a_call() {
    // The demonstration begins at 10:00.
    let more = "[queue]\nhours = \"08:00-09:30\"";
    let server = Server::start_with(Wishes { quick: true, more, ..Wishes::default() }).await;
    let mut desk = Desk::open(&server, Mode::Calls).await;
    desk.ready().await;

    let mut caller = asks_for_a_person(&server, "9000001523").await;
    caller.hung_up(PROMPT).await;

    let owed = server.api.call_back_of("XXXXXX1523", TOLD).await;
    assert_eq!(owed.reason, "ASKED");
    assert_eq!(board(&server).await.waiting, 0);
    server.assert_calm();
}

#[tokio::test]
async fn a_hidden_number_is_taken_like_any_other_and_the_console_says_so() {
    let server = Server::quick().await;
    let mut desk = Desk::open(&server, Mode::PicksUp).await;
    desk.ready().await;

    let mut caller = asks_for_a_person(&server, "anonymous").await;
    let offered = desk.offered().await;
    desk.connected().await;
    caller.speak(500).await;
    assert!(caller.hears_anything(PROMPT).await, "the agent's phone was not heard");

    assert_eq!((offered.phone_masked.as_str(), offered.cases.len()), ("", 0));
    desk.client.end_call(v1::EndCallRequest {}).await.unwrap();
    caller.hung_up(PROMPT).await;
    assert!(server.api.call_backs().await.is_empty());
    server.assert_calm();
}
