//! Ringing an agent: all phones of the account at once, one winner, and no phone that goes on ringing, whenever we give up.

use std::time::Duration;

use helpline181::telephony::audio::Audio;
use helpline181::telephony::phone::{Phone, Settings};
use helpline181::telephony::{
    Arrival, Cause, Config, DialEvent, Dialling, Ended, Failure, PickUp, Ring, Timing, Transport,
};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::desk::{Desk, Request};
use crate::kit::*;

fn ring(house: &House, ring_timeout: Duration) -> Dialling {
    house.telephony.ring(Ring {
        account: "anita".to_owned(),
        caller: "90xxxxxx01".to_owned(),
        ring_timeout,
        pick_up: PickUp::ByHand,
    })
}

async fn house_and_desk() -> (Net, House, Desk) {
    let net = Net::new();
    let house = House::start(house(net)).await;
    let mut desk = Desk::new("anita", net.sip(5), net.sip(1)).await;
    assert_eq!(desk.register(120).await.status, 200);
    (net, house, desk)
}

async fn second_desk(net: Net) -> Desk {
    let mut desk = Desk::new("anita", net.sip(6), net.sip(1)).await;
    assert_eq!(desk.register(120).await.status, 200);
    desk
}

async fn next(dialling: &mut Dialling) -> DialEvent {
    timeout(PATIENCE, dialling.next()).await.expect("an event of the call")
}

async fn rings(dialling: &mut Dialling) {
    assert!(matches!(next(dialling).await, DialEvent::Ringing));
}

fn failure(cause: Cause, sip_status: Option<u16>) -> Failure {
    Failure { cause, sip_status, q850: None }
}

/// Takes the CANCEL of a call that is ringing, as a phone does.
async fn gives_way(desk: &Desk, invite: &Request) {
    let cancel = desk.asked("CANCEL").await;
    assert_eq!(cancel.header("Call-ID"), invite.header("Call-ID"));
    desk.say(cancel.response("200 OK", "d1", "", "")).await;
    desk.say(invite.response("487 Request Terminated", "d1", "", "")).await;
    desk.asked("ACK").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_phone_that_answers_first_has_the_call_and_the_other_stops_ringing() {
    let (net, house, desk) = house_and_desk().await;
    let soft = second_desk(net).await;
    let mut dialling = ring(&house, RING);
    let (at_desk, at_soft) = (desk.asked("INVITE").await, soft.asked("INVITE").await);
    desk.say(at_desk.response("180 Ringing", "d1", "", "")).await;
    soft.say(at_soft.response("180 Ringing", "d1", "", "")).await;
    rings(&mut dialling).await;

    soft.pick_up(&at_soft).await;
    let mut leg = outcome(&mut dialling).await.unwrap();
    soft.asked("ACK").await;
    gives_way(&desk, &at_desk).await;

    leg.hangup(Cause::Normal);
    let bye = soft.asked("BYE").await;
    assert_eq!(bye.header("Call-ID"), at_soft.header("Call-ID"));
    soft.say(bye.response("200 OK", "", "", "")).await;
    assert_eq!(last(&mut leg).await, Ended::ByUs);
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_answer_is_acknowledged_and_hung_up() {
    let (net, house, desk) = house_and_desk().await;
    let soft = second_desk(net).await;
    let mut dialling = ring(&house, RING);
    let (at_desk, at_soft) = (desk.asked("INVITE").await, soft.asked("INVITE").await);

    // Both in one breath, so that neither has been cancelled yet.
    desk.pick_up(&at_desk).await;
    soft.pick_up(&at_soft).await;
    let leg = outcome(&mut dialling).await.unwrap();
    let (won, lost, its_call) = match leg.call_id() == at_desk.header("Call-ID") {
        true => (&desk, &soft, at_soft.header("Call-ID")),
        false => (&soft, &desk, at_desk.header("Call-ID")),
    };
    won.asked("ACK").await;
    assert_eq!(lost.asked("ACK").await.header("Call-ID"), its_call);
    let bye = lost.asked("BYE").await;
    assert_eq!(bye.header("Call-ID"), its_call);
    lost.say(bye.response("200 OK", "", "", "")).await;

    assert_eq!(house.telephony.bindings().len(), 2);
    drop(leg);
    let bye = won.asked("BYE").await;
    won.say(bye.response("200 OK", "", "", "")).await;
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_crosses_the_cancel_is_acknowledged_and_hung_up() {
    let (_, house, desk) = house_and_desk().await;
    let mut dialling = ring(&house, RING);
    let invite = desk.asked("INVITE").await;
    desk.say(invite.response("180 Ringing", "d1", "", "")).await;
    rings(&mut dialling).await;

    dialling.cancel();
    let cancel = desk.asked("CANCEL").await;
    desk.pick_up(&invite).await;
    desk.say(cancel.response("200 OK", "d1", "", "")).await;

    desk.asked("ACK").await;
    let bye = desk.asked("BYE").await;
    desk.say(bye.response("200 OK", "", "", "")).await;
    let failed = outcome(&mut dialling).await.unwrap_err();
    assert_eq!(failed, failure(Cause::Normal, Some(200)));
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_phone_rings_on_when_we_give_up_before_it_has_said_anything() {
    let (_, house, desk) = house_and_desk().await;
    let mut dialling = ring(&house, RING);
    let invite = desk.asked("INVITE").await;

    dialling.cancel();
    // RFC 3261 §9.1: the CANCEL waits for the first sign of the phone.
    desk.say(invite.response("180 Ringing", "d1", "", "")).await;
    gives_way(&desk, &invite).await;

    assert_eq!(outcome(&mut dialling).await.unwrap_err().cause, Cause::Normal);
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_phone_rings_on_when_we_give_up_after_100_or_while_it_rings() {
    let (_, house, desk) = house_and_desk().await;
    for sign in ["100 Trying", "180 Ringing"] {
        let mut dialling = ring(&house, RING);
        let invite = desk.asked("INVITE").await;
        desk.say(invite.response(sign, if sign.starts_with("180") { "d1" } else { "" }, "", ""))
            .await;
        if sign.starts_with("180") {
            rings(&mut dialling).await;
        }

        dialling.cancel();
        gives_way(&desk, &invite).await;

        assert_eq!(outcome(&mut dialling).await.unwrap_err().cause, Cause::Normal, "{sign}");
    }
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_nobody_waits_for_any_more_stops_ringing_and_is_hung_up_when_answered() {
    let (_, house, desk) = house_and_desk().await;
    let dropped = ring(&house, RING);
    let invite = desk.asked("INVITE").await;
    desk.say(invite.response("180 Ringing", "d1", "", "")).await;
    drop(dropped);
    gives_way(&desk, &invite).await;

    let dropped = ring(&house, RING);
    let invite = desk.asked("INVITE").await;
    desk.pick_up(&invite).await;
    desk.asked("ACK").await;
    drop(dropped);
    let bye = desk.asked("BYE").await;
    desk.say(bye.response("200 OK", "", "", "")).await;
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_wakes_up_after_we_gave_up_is_cancelled_all_the_same() {
    let net = Net::new();
    let timing = Timing { t1x64: Duration::from_secs(60), ..house(net).timing };
    let house = House::start(Config { timing, ..house(net) }).await;
    let mut desk = Desk::new("anita", net.sip(5), net.sip(1)).await;
    desk.register(120).await;
    let mut dialling = ring(&house, Duration::from_millis(100));
    let invite = desk.asked("INVITE").await;
    let failed = outcome(&mut dialling).await.unwrap_err();
    assert_eq!(failed, failure(Cause::Unreachable, None));

    desk.say(invite.response("180 Ringing", "d1", "", "")).await;

    gives_way(&desk, &invite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_not_to_take_a_call_has_its_own_cause() {
    let (_, house, desk) = house_and_desk().await;
    for (status, cause) in [
        ("486 Busy Here", Cause::Busy),
        ("600 Busy Everywhere", Cause::Busy),
        ("603 Decline", Cause::Rejected),
        ("480 Temporarily Unavailable", Cause::Rejected),
    ] {
        let mut dialling = ring(&house, RING);
        let invite = desk.asked("INVITE").await;
        desk.say(invite.response("180 Ringing", "d1", "", "")).await;
        desk.say(invite.response(status, "d1", "", "")).await;
        desk.asked("ACK").await;

        let failed = outcome(&mut dialling).await.unwrap_err();
        let code = status[..3].parse().unwrap();
        assert_eq!(failed, failure(cause, Some(code)), "{status}");
    }
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_who_does_not_answer_and_one_who_is_not_registered_are_told_apart() {
    let (_, house, desk) = house_and_desk().await;
    let mut dialling = ring(&house, Duration::from_millis(300));
    let invite = desk.asked("INVITE").await;
    desk.say(invite.response("180 Ringing", "d1", "", "")).await;
    gives_way(&desk, &invite).await;
    let failed = outcome(&mut dialling).await.unwrap_err();
    assert_eq!(failed, failure(Cause::NoAnswer, Some(487)));

    let mut nobody = house.telephony.ring(Ring {
        account: "ravi".to_owned(),
        caller: String::new(),
        ring_timeout: RING,
        pick_up: PickUp::ByHand,
    });
    let failed = outcome(&mut nobody).await.unwrap_err();
    assert_eq!(failed, failure(Cause::Unregistered, None));
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_phone_lets_the_other_ring_on_and_a_declined_call_ends_everywhere() {
    let (net, house, desk) = house_and_desk().await;
    let soft = second_desk(net).await;
    for decline in [false, true] {
        let mut dialling = ring(&house, RING);
        let (at_desk, at_soft) = (desk.asked("INVITE").await, soft.asked("INVITE").await);
        soft.say(at_soft.response("180 Ringing", "d1", "", "")).await;
        rings(&mut dialling).await;
        if decline {
            desk.say(at_desk.response("603 Decline", "d1", "", "")).await;
            desk.asked("ACK").await;
            gives_way(&soft, &at_soft).await;
            let failed = outcome(&mut dialling).await.unwrap_err();
            assert_eq!(failed, failure(Cause::Rejected, Some(603)));
        } else {
            desk.say(at_desk.response("486 Busy Here", "d1", "", "")).await;
            desk.asked("ACK").await;
            soft.pick_up(&at_soft).await;
            let leg = outcome(&mut dialling).await.unwrap();
            soft.asked("ACK").await;
            drop(leg);
            let bye = soft.asked("BYE").await;
            soft.say(bye.response("200 OK", "", "", "")).await;
        }
    }
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn early_media_is_told_beside_ringing_and_each_once() {
    let (_, house, desk) = house_and_desk().await;
    let mut dialling = ring(&house, RING);
    let invite = desk.asked("INVITE").await;

    desk.say(invite.response("180 Ringing", "d1", "", "")).await;
    rings(&mut dialling).await;
    for _ in 0..2 {
        desk.say(invite.response("183 Session Progress", "d1", &desk.contact_line(), &desk.sdp()))
            .await;
    }
    assert!(matches!(next(&mut dialling).await, DialEvent::EarlyMedia(_)));
    desk.pick_up(&invite).await;

    assert!(matches!(next(&mut dialling).await, DialEvent::Answered(_)));
    desk.asked("ACK").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_is_told_the_caller_and_asked_to_pick_up_by_itself_only_on_wish() {
    let (_, house, desk) = house_and_desk().await;
    for (pick_up, asked) in [(PickUp::ByHand, false), (PickUp::ByItself, true)] {
        let dialling = house.telephony.ring(Ring {
            account: "anita".to_owned(),
            caller: "नागरिक 90xxxxxx01".to_owned(),
            ring_timeout: RING,
            pick_up,
        });
        let invite = desk.asked("INVITE").await;
        assert!(invite.0.starts_with(&format!("INVITE sip:anita@{} ", desk.says_it_is_at)));
        assert!(invite.header("From").starts_with("\"नागरिक 90xxxxxx01\" <sip:helpline181@"));
        assert_eq!(invite.header("Call-Info").ends_with(";answer-after=0"), asked);
        assert_eq!(!invite.header("Alert-Info").is_empty(), asked);
        desk.say(invite.response("486 Busy Here", "d1", "", "")).await;
        desk.asked("ACK").await;
        drop(dialling);
    }
}

/// A phone of this crate, registered.
async fn phone(net: Net, host: u8, transport: Transport) -> (Phone, mpsc::Receiver<Arrival>) {
    let settings = Settings {
        local: net.sip(host),
        server: net.sip(1),
        transport,
        number: "anita".to_owned(),
    };
    let audio = Audio::start(sound(net.ip(host))).unwrap();
    let (phone, arrivals) = Phone::start(settings, audio).await.unwrap();
    assert_eq!(phone.register("anita-secret", "helpline181", 120).await.unwrap(), 120);
    (phone, arrivals)
}

#[tokio::test(flavor = "multi_thread")]
async fn phones_on_udp_and_tcp_ring_together_and_either_is_reached_by_its_own_way() {
    let net = Net::new();
    let house = House::start(house(net)).await;
    let (desk, mut at_desk) = phone(net, 5, Transport::Udp).await;
    let (soft, mut at_soft) = phone(net, 6, Transport::Tcp).await;
    for by_soft in [true, false] {
        let mut dialling = ring(&house, RING);
        let desk_rings = timeout(PATIENCE, at_desk.recv()).await.unwrap().unwrap();
        let soft_rings = timeout(PATIENCE, at_soft.recv()).await.unwrap().unwrap();
        let (wins, mut loses) =
            if by_soft { (soft_rings, desk_rings) } else { (desk_rings, soft_rings) };
        assert_eq!(wins.caller.number.as_deref(), Some("90xxxxxx01"));
        wins.ring();
        loses.ring();

        let mut agent = wins.answer().await.unwrap();
        let mut leg = outcome(&mut dialling).await.unwrap();
        timeout(PATIENCE, loses.gone()).await.expect("it stops ringing");
        agent.hangup(Cause::Normal);

        assert_eq!(last(&mut leg).await, Ended::ByPeer);
        assert_eq!(last(&mut agent).await, Ended::ByUs);
    }
    house.empties().await;
    desk.close().await;
    soft.close().await;
}
