//! What happens inside an answered call, with the far side's messages written by hand.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use helpline181::telephony::{Cause, Ended, LegEvent, Refusal, audio};

use tracing_subscriber::fmt::MakeWriter;

use crate::kit::*;

async fn house_and_hand() -> (Net, House, Hand) {
    let net = Net::new();
    let house = House::start(house(net)).await;
    let hand = Hand::new(net.sip(2), net.sip(1), "c1").await;
    (net, house, hand)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_held_and_resumed_by_re_invite_and_by_update() {
    let (_, mut house, mut hand) = house_and_hand().await;
    let mut leg = talk(&mut house, &mut hand).await;
    let resume = hand.offer();
    let hold = format!("{resume}a=sendonly\r\n");

    let held = hand.ask("INVITE", "", &hold).await;
    let ack = hand.request("ACK", "", "");
    hand.send(ack).await;
    assert_eq!(held.status, 200);
    assert!(held.body().contains("a=recvonly"), "{}", held.text);
    assert_eq!(event(&mut leg).await, LegEvent::Held);

    let resumed = hand.ask("UPDATE", "", &resume).await;
    assert!(resumed.body().contains("a=sendrecv"), "{}", resumed.text);
    assert_eq!(event(&mut leg).await, LegEvent::Resumed);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offerless_re_invite_gets_an_offer_and_its_answer_is_taken_from_the_ack() {
    let (_, mut house, mut hand) = house_and_hand().await;
    let mut leg = talk(&mut house, &mut hand).await;

    let offered = hand.ask("INVITE", "", "").await;
    assert!(offered.body().contains("RTP/AVP 8 0 101"), "{}", offered.text);
    let answer = hand.offer();
    let ack = hand.request("ACK", "", &answer);
    hand.send(ack).await;

    assert_eq!(hand.ask("BYE", "", "").await.status, 200);
    assert_eq!(last(&mut leg).await, Ended::ByPeer);
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_an_offer_is_offered_one() {
    let (_, mut house, mut hand) = house_and_hand().await;
    let invite = hand.request("INVITE", "", "");
    hand.send(invite).await;
    let mut leg = house.arrival().await.answer().await.unwrap();
    let offered = hand.answer().await;
    assert!(offered.body().contains("RTP/AVP 8 0 101"), "{}", offered.text);
    hand.remote = offered.header("To");
    let answer = hand.offer();
    let ack = hand.request("ACK", "", &answer);
    hand.send(ack).await;

    assert_eq!(hand.ask("BYE", "", "").await.status, 200);
    assert_eq!(last(&mut leg).await, Ended::ByPeer);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_by_info_in_both_kinds_of_body() {
    let (_, mut house, mut hand) = house_and_hand().await;
    let mut leg = talk(&mut house, &mut hand).await;
    let relay = "Content-Type: application/dtmf-relay\r\n";

    assert_eq!(hand.ask("INFO", relay, "Signal=5\r\nDuration=160\r\n").await.status, 200);
    assert_eq!(event(&mut leg).await, LegEvent::Digit('5'));
    assert_eq!(hand.ask("INFO", "Content-Type: application/dtmf\r\n", "#").await.status, 200);
    assert_eq!(event(&mut leg).await, LegEvent::Digit('#'));
    assert_eq!(hand.ask("INFO", "Content-Type: text/plain\r\n", "5").await.status, 415);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retransmitted_info_is_the_same_press() {
    let (_, mut house, mut hand) = house_and_hand().await;
    let mut leg = talk(&mut house, &mut hand).await;
    let first = hand.request("INFO", "Content-Type: application/dtmf\r\n", "1");

    for _ in 0..3 {
        hand.send(&first).await;
        assert_eq!(hand.answer().await.status, 200);
    }
    hand.ask("INFO", "Content-Type: application/dtmf\r\n", "2").await;

    assert_eq!(event(&mut leg).await, LegEvent::Digit('1'));
    assert_eq!(event(&mut leg).await, LegEvent::Digit('2'));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_a_call_get_their_answers() {
    let (_, mut house, mut hand) = house_and_hand().await;
    let _leg = talk(&mut house, &mut hand).await;

    assert_eq!(hand.ask("OPTIONS", "", "").await.status, 200);
    assert_eq!(hand.ask("REFER", "Refer-To: <sip:1@elsewhere>\r\n", "").await.status, 603);
    assert_eq!(hand.ask("MESSAGE", "", "").await.status, 405);
    let timed = hand.ask("UPDATE", "Session-Expires: 60\r\nSupported: timer\r\n", "").await;
    assert_eq!((timed.status, timed.header("Min-SE").as_str()), (422, "90"));
    let refreshed = hand.ask("UPDATE", "Session-Expires: 1800\r\nSupported: timer\r\n", "").await;
    assert_eq!(refreshed.header("Session-Expires"), "1800;refresher=uac");
    assert_eq!(hand.ask("INVITE", "", "v=0\r\nrubbish\r\n").await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dialog_that_is_not_there_gets_481() {
    let (_, house, mut hand) = house_and_hand().await;
    hand.remote = "<sip:181@house>;tag=none".to_owned();

    for method in ["BYE", "INFO", "INVITE", "UPDATE", "OPTIONS"] {
        assert_eq!(hand.ask(method, "", "").await.status, 481, "{method}");
    }
    assert_eq!(hand.ask("CANCEL", "", "").await.status, 481);
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_ends_cancels_or_moves_a_call() {
    let (net, mut house, mut hand) = house_and_hand().await;
    let mut thief = Hand::new(net.sip(9), net.sip(1), "c1").await;
    let offer = hand.offer();
    let invite = hand.request("INVITE", "", &offer);
    hand.send(&invite).await;
    let arrival = house.arrival().await;

    // The same branch, as whoever saw the INVITE would write it.
    let own = net.sip(2).to_string();
    let cancel = invite.replacen("INVITE sip", "CANCEL sip", 1).replace("1 INVITE", "1 CANCEL");
    thief.send(cancel).await;
    assert_eq!(thief.answer().await.status, 403);
    let mut leg = arrival.answer().await.unwrap();
    let answer = hand.answer().await;
    hand.establish(answer).await;
    thief.remote = hand.remote.clone();
    for method in ["BYE", "INVITE", "UPDATE", "INFO"] {
        let forged = hand
            .request(method, "", "")
            .replace(&format!("UDP {own}"), &format!("UDP {}", net.sip(9)));
        thief.send(forged).await;
        assert_eq!(thief.answer().await.status, 403, "{method}");
    }

    assert_eq!(hand.ask("INFO", "Content-Type: application/dtmf\r\n", "7").await.status, 200);
    assert_eq!(event(&mut leg).await, LegEvent::Digit('7'));
}

#[tokio::test(flavor = "multi_thread")]
async fn our_bye_goes_where_the_call_came_from_and_not_to_its_contact() {
    let (net, mut house, mut hand) = house_and_hand().await;
    let offer = hand.offer();
    let contact = format!("Contact: <sip:hand@{}>", net.sip(2));
    let invite =
        hand.request("INVITE", "", &offer).replace(&contact, "Contact: <sip:hand@127.0.0.1:9>");
    hand.send(invite).await;
    let mut leg = house.arrival().await.answer().await.unwrap();
    let answer = hand.answer().await;
    hand.establish(answer).await;

    leg.hangup(Cause::Busy);

    let bye = hand.hear().await;
    assert!(bye.starts_with("BYE sip:hand@127.0.0.1:9"), "{bye}");
    assert!(bye.contains("Reason: Q.850;cause=17"), "{bye}");
    hand.send(response(&bye)).await;
    assert_eq!(last(&mut leg).await, Ended::ByUs);
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_peer_is_asked_once_and_then_given_up() {
    let net = Net::new();
    let silent = audio::Config { silence_timeout: Duration::from_millis(300), ..sound(net.ip(1)) };
    let mut house = House::start_with(house(net), silent).await;
    let mut hand = Hand::new(net.sip(2), net.sip(1), "c1").await;
    let mut leg = talk(&mut house, &mut hand).await;

    let alive = hand.hear().await;
    assert!(alive.starts_with("OPTIONS "), "{alive}");
    hand.send(response(&alive)).await;
    let again = hand.hear().await;
    assert!(again.starts_with("OPTIONS "), "{again}");

    assert_eq!(last(&mut leg).await, Ended::Dead);
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_never_acknowledges_is_dropped() {
    let (_, mut house, mut hand) = house_and_hand().await;
    let offer = hand.offer();
    let invite = hand.request("INVITE", "", &offer);
    hand.send(invite).await;

    let mut leg = house.arrival().await.answer().await.unwrap();

    assert_eq!(last(&mut leg).await, Ended::Failed("our answer was not acknowledged".to_owned()));
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retransmitted_invite_is_one_call_and_gets_the_same_answer() {
    let (_, mut house, mut hand) = house_and_hand().await;
    let offer = hand.offer();
    let invite = hand.request("INVITE", "", &offer);
    for _ in 0..3 {
        hand.send(&invite).await;
    }
    let arrival = house.arrival().await;
    arrival.refuse(Refusal::Busy);
    let first = hand.answer().await;

    hand.send(&invite).await;
    let second = hand.answer().await;

    assert_eq!((first.status, second.status), (486, 486));
    assert_eq!(first.header("To"), second.header("To"));
    let ack = hand.request("ACK", "", "");
    hand.send(ack).await;
    house.empties().await;
    assert!(house.arrivals.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_refused_as_unavailable_is_told_when_to_come_back() {
    let (_, mut house, mut hand) = house_and_hand().await;
    let offer = hand.offer();
    let invite = hand.request("INVITE", "", &offer);
    hand.send(invite).await;
    house.arrival().await.refuse(Refusal::Unavailable { retry_after_s: 5 });

    let answer = hand.answer().await;

    assert_eq!((answer.status, answer.header("Retry-After").as_str()), (503, "5"));
    assert_eq!(answer.header("Reason"), "Q.850;cause=34");
}

/// A 200 to a request of the house.
fn response(request: &str) -> String {
    let echoed = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"];
    let lines = request.lines().filter(|line| echoed.iter().any(|name| line.starts_with(name)));
    let lines: String = lines.map(|line| format!("{line}\r\n")).collect();
    format!("SIP/2.0 200 OK\r\n{lines}Content-Length: 0\r\n\r\n")
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

// One thread, whose log is this test's alone.
#[tokio::test(flavor = "current_thread")]
async fn a_number_that_a_gateway_writes_into_its_call_id_is_in_no_log() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .with_env_filter("helpline181=trace")
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let net = Net::new();
    let mut house = House::start(house(net)).await;
    let mut hand = Hand::new(net.sip(2), net.sip(1), "9345678012-7@gateway").await;

    let mut leg = talk(&mut house, &mut hand).await;
    tracing::info!(?leg, "answered");
    let bye = hand.request("BYE", "", "");
    hand.send(bye).await;
    assert_eq!(last(&mut leg).await, Ended::ByPeer);
    drop(leg);
    house.empties().await;

    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("a call comes in") && log.contains("the call has ended"), "{log}");
    assert!(!log.contains("9345678012"), "{log}");
    assert!(!log.contains("9000000001"), "{log}");
}
