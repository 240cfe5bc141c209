//! What an agent's phone and the house ask of each other inside a call: hold, transfer, session timers.

use std::time::Duration;

use helpline181::telephony::{
    Cause, Config, Ended, Leg, LegEvent, PickUp, Ring, Timing, Transfer, TransferWish,
};

use crate::desk::{Desk, Request};
use crate::kit::*;

/// One call between the house and a phone that answered it, as the phone knows it.
struct Talk {
    desk: Desk,
    /// Of the INVITE that the phone took.
    call_id: String,
    /// How the phone names itself and the house in requests of its own.
    own: String,
    house: String,
    cseq: u32,
}

/// A house that waits long for its phones, so that no test is in a hurry.
async fn patient(net: Net, session_s: u32) -> House {
    let timing = Timing { t1x64: Duration::from_secs(20), session_s, ..house(net).timing };
    House::start(Config { timing, ..house(net) }).await
}

/// Rings the phone at `host`, which picks up with these headers in its 200.
async fn talk_at(house: &House, net: Net, host: u8, extra: &str) -> (Leg, Talk, Request) {
    let mut desk = Desk::new("anita", net.sip(host), net.sip(1)).await;
    assert_eq!(desk.register(120).await.status, 200);
    ring(house, desk, extra).await
}

async fn ring(house: &House, desk: Desk, extra: &str) -> (Leg, Talk, Request) {
    let mut dialling = house.telephony.ring(Ring {
        account: "anita".to_owned(),
        caller: "90xxxxxx01".to_owned(),
        ring_timeout: RING,
        pick_up: PickUp::ByHand,
    });
    let invite = desk.asked("INVITE").await;
    let extra = format!("{}{extra}", desk.contact_line());
    desk.say(invite.response("200 OK", "d1", &extra, &desk.sdp())).await;
    let leg = outcome(&mut dialling).await.unwrap();
    desk.asked("ACK").await;
    let talk = Talk {
        call_id: invite.header("Call-ID"),
        own: format!("{};tag=d1", invite.header("To")),
        house: invite.header("From"),
        cseq: 100,
        desk,
    };
    (leg, talk, invite)
}

impl Talk {
    /// A request of the phone inside the call.
    fn request(&mut self, method: &str, extra: &str, body: &str) -> String {
        self.cseq += 1;
        let (own, cseq) = (self.desk.socket.local_addr().unwrap(), self.cseq);
        let kind = if body.starts_with("v=0") { "Content-Type: application/sdp\r\n" } else { "" };
        format!(
            "{method} sip:helpline181@house SIP/2.0\r\nVia: SIP/2.0/UDP {own};rport;branch=z9hG4bKt{cseq}{}\r\n\
             Max-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {cseq} {method}\r\n{}{kind}{extra}\
             Content-Length: {}\r\n\r\n{body}",
            own.port(),
            self.own,
            self.house,
            self.call_id,
            self.desk.contact_line(),
            body.len()
        )
    }

    async fn ask(&mut self, method: &str, extra: &str, body: &str) -> Answer {
        let request = self.request(method, extra, body);
        self.desk.say(request).await;
        self.desk.final_answer().await
    }

    /// Answers an offer of the house and takes its ACK.
    async fn agree(&self, offer: &Request, direction: &str) {
        let sdp = format!("{}a={direction}\r\n", self.desk.sdp());
        self.desk.say(offer.response("200 OK", "", &self.desk.contact_line(), &sdp)).await;
        self.desk.asked("ACK").await;
    }

    /// The next NOTIFY, answered: its state and the status line in it.
    async fn notified(&self) -> (String, String) {
        let notify = self.desk.asked("NOTIFY").await;
        self.desk.say(notify.response("200 OK", "", "", "")).await;
        assert!(notify.header("Event").starts_with("refer"), "{}", notify.0);
        let fragment = notify.0.split("\r\n\r\n").nth(1).unwrap().trim().to_owned();
        (notify.header("Subscription-State"), fragment)
    }
}

fn answered(held: bool, taken: bool) -> LegEvent {
    LegEvent::HoldAnswered { held, taken }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_far_side_is_put_on_hold_and_taken_back() {
    let net = Net::new();
    let house = patient(net, 1_800).await;
    let (mut leg, talk, invite) = talk_at(&house, net, 5, "").await;

    leg.hold();
    let hold = talk.desk.asked_again("INVITE", &invite).await;
    assert!(hold.0.contains("a=sendonly"), "{}", hold.0);
    assert!(hold.header("To").ends_with(";tag=d1"), "{}", hold.0);
    talk.agree(&hold, "recvonly").await;
    assert_eq!(event(&mut leg).await, answered(true, true));

    leg.take_back();
    let back = talk.desk.asked_again("INVITE", &hold).await;
    assert!(back.0.contains("a=sendrecv"), "{}", back.0);
    talk.agree(&back, "sendrecv").await;
    assert_eq!(event(&mut leg).await, answered(false, true));

    let version = |request: &Request| {
        let line = request.0.lines().find(|line| line.starts_with("o=")).unwrap().to_owned();
        line.split(' ').nth(2).unwrap().parse::<u32>().unwrap()
    };
    assert_eq!([version(&invite), version(&hold), version(&back)], [1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_far_side_that_refuses_hold_stays_as_it_was_and_the_call_goes_on() {
    let net = Net::new();
    let house = patient(net, 1_800).await;
    let (mut leg, mut talk, invite) = talk_at(&house, net, 5, "").await;

    leg.hold();
    let hold = talk.desk.asked_again("INVITE", &invite).await;
    talk.desk.say(hold.response("488 Not Acceptable Here", "", "", "")).await;
    talk.desk.asked("ACK").await;

    assert_eq!(event(&mut leg).await, answered(true, false));
    assert_eq!(talk.ask("BYE", "", "").await.status, 200);
    assert_eq!(last(&mut leg).await, Ended::ByPeer);
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn offers_that_collide_are_made_again() {
    let net = Net::new();
    let house = patient(net, 1_800).await;
    let (mut leg, mut talk, invite) = talk_at(&house, net, 5, "").await;
    leg.hold();
    let hold = talk.desk.asked_again("INVITE", &invite).await;

    // The phone holds at the same moment: each refuses the other's offer.
    let offer = format!("{}a=sendonly\r\n", talk.desk.sdp());
    assert_eq!(talk.ask("INVITE", "", &offer).await.status, 491);
    talk.desk.say(hold.response("491 Request Pending", "", "", "")).await;
    let again = talk.desk.asked_again("INVITE", &hold).await;
    assert!(again.0.contains("a=sendonly"), "{}", again.0);
    talk.agree(&again, "recvonly").await;

    assert_eq!(event(&mut leg).await, answered(true, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_holds_and_resumes_and_a_held_far_side_is_not_spoken_to() {
    let net = Net::new();
    let house = patient(net, 1_800).await;
    let (mut leg, mut talk, invite) = talk_at(&house, net, 5, "").await;
    let offer = |talk: &Talk, direction: &str| format!("{}a={direction}\r\n", talk.desk.sdp());

    let held = offer(&talk, "sendonly");
    let answer = talk.ask("INVITE", "", &held).await;
    assert!(answer.body().contains("a=recvonly"), "{}", answer.text);
    let ack = talk.request("ACK", "", "").replace("102 ACK", "101 ACK");
    talk.desk.say(ack).await;
    assert_eq!(event(&mut leg).await, LegEvent::Held);

    let resumed = offer(&talk, "sendrecv");
    let answer = talk.ask("UPDATE", "", &resumed).await;
    assert!(answer.body().contains("a=sendrecv"), "{}", answer.text);
    assert_eq!(event(&mut leg).await, LegEvent::Resumed);

    leg.hold();
    let hold = talk.desk.asked_again("INVITE", &invite).await;
    talk.agree(&hold, "recvonly").await;
    assert_eq!(event(&mut leg).await, answered(true, true));
    // It offers anew while it is on hold, and is still not listened to.
    let moved = offer(&talk, "sendrecv");
    let answer = talk.ask("UPDATE", "", &moved).await;
    assert!(answer.body().contains("a=sendonly"), "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_asks_for_a_transfer_is_told_how_it_goes() {
    let net = Net::new();
    let house = patient(net, 1_800).await;
    let (mut leg, mut talk, _) = talk_at(&house, net, 5, "").await;

    let refer = talk.request("REFER", "Refer-To: <sip:9000000002@house>\r\n", "");
    talk.desk.say(&refer).await;
    let wish = TransferWish { to: "9000000002".to_owned(), replaces: None };
    assert!(!format!("{wish:?}").contains("90000000"));
    assert_eq!(event(&mut leg).await, LegEvent::TransferAsked(wish));
    leg.answer_transfer(Transfer::Accepted);
    leg.answer_transfer(Transfer::Ringing);
    leg.answer_transfer(Transfer::Done);

    assert_eq!(talk.desk.final_answer().await.status, 202);
    let active = "active;expires=60".to_owned();
    assert_eq!(talk.notified().await, (active.clone(), "SIP/2.0 100 Trying".to_owned()));
    assert_eq!(talk.notified().await, (active, "SIP/2.0 180 Ringing".to_owned()));
    let over = "terminated;reason=noresource".to_owned();
    assert_eq!(talk.notified().await, (over, "SIP/2.0 200 OK".to_owned()));
    assert_eq!(talk.ask("BYE", "", "").await.status, 200);
    assert_eq!(last(&mut leg).await, Ended::ByPeer);
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_is_refused_or_forgotten_leaves_the_call_as_it_is() {
    let net = Net::new();
    let house = patient(net, 1_800).await;
    let (mut leg, mut talk, _) = talk_at(&house, net, 5, "").await;
    let to = "Refer-To: <sip:9000000002@house>\r\n";

    let refer = talk.request("REFER", to, "");
    talk.desk.say(&refer).await;
    assert!(matches!(event(&mut leg).await, LegEvent::TransferAsked(_)));
    // While one is asked another is not.
    assert_eq!(talk.ask("REFER", to, "").await.status, 491);
    leg.answer_transfer(Transfer::Refused);
    assert_eq!(talk.desk.final_answer().await.status, 603);

    for nobody in
        ["", "Refer-To: <sip:house>\r\n", "Refer-To: <sip:a@h>\r\nRefer-To: <sip:b@h>\r\n"]
    {
        assert_eq!(talk.ask("REFER", nobody, "").await.status, 400, "{nobody}");
    }
    // Somebody else's call, or none, is not taken over.
    let replaces = "Refer-To: <sip:9@h?Replaces=other%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n";
    assert_eq!(talk.ask("REFER", replaces, "").await.status, 603);

    // The application does not answer at all.
    assert_eq!(talk.ask("REFER", to, "").await.status, 603);
    assert!(matches!(event(&mut leg).await, LegEvent::TransferAsked(_)));
    assert_eq!(talk.ask("BYE", "", "").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attended_transfer_names_another_call_of_the_same_phone() {
    let net = Net::new();
    let house = patient(net, 1_800).await;
    let (first, talk, _) = talk_at(&house, net, 5, "").await;
    let Talk { desk, call_id, own, house: far, .. } = talk;
    let (mut second, mut consult, _) = ring(&house, desk, "").await;
    let tag = |of: &str| of.split(";tag=").nth(1).unwrap().to_owned();

    let refer_to = |from_tag: &str| {
        let to_tag = tag(&far);
        format!(
            "Refer-To: <sip:ravi@house?Replaces={call_id}%3Bto-tag%3D{to_tag}%3Bfrom-tag%3D{from_tag}>\r\n"
        )
    };
    // One tag that is wrong.
    assert_eq!(consult.ask("REFER", &refer_to("guess"), "").await.status, 603);
    let refer = consult.request("REFER", &refer_to(&tag(&own)), "");
    consult.desk.say(refer).await;

    let wish = TransferWish { to: "ravi".to_owned(), replaces: Some(first.call_id().to_owned()) };
    assert_eq!(event(&mut second).await, LegEvent::TransferAsked(wish));
    second.answer_transfer(Transfer::Failed(486));
    assert_eq!(consult.desk.final_answer().await.status, 202);
    consult.notified().await;
    let (state, fragment) = consult.notified().await;
    assert_eq!(state, "terminated;reason=noresource");
    assert_eq!(fragment, "SIP/2.0 486 Failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn we_refresh_a_session_by_update_or_by_offer_and_end_it_when_nobody_is_there() {
    let net = Net::new();
    let house = patient(net, 2).await;
    let session = "Supported: timer\r\nSession-Expires: 2;refresher=uac\r\n";
    let (mut leg, talk, invite) = talk_at(&house, net, 5, session).await;
    assert_eq!(invite.header("Session-Expires"), "2");
    assert_eq!(invite.header("Supported"), "timer");

    let refresh = talk.desk.asked_again("INVITE", &invite).await;
    assert_eq!(refresh.header("Session-Expires"), "2;refresher=uac");
    talk.agree(&refresh, "sendrecv").await;
    let gone = talk.desk.asked_again("INVITE", &refresh).await;
    talk.desk.say(gone.response("481 Call Does Not Exist", "", "", "")).await;
    assert_eq!(last(&mut leg).await, Ended::Dead);

    let Talk { desk, .. } = talk;
    let updates = format!("{session}Allow: INVITE, UPDATE\r\n");
    let (mut leg, talk, _) = ring(&house, desk, &updates).await;
    for _ in 0..2 {
        let update = talk.desk.asked("UPDATE").await;
        assert_eq!(update.header("Session-Expires"), "2;refresher=uac");
        talk.desk.say(update.response("200 OK", "", &talk.desk.contact_line(), "")).await;
    }
    leg.hangup(Cause::Normal);
    let bye = talk.desk.asked("BYE").await;
    talk.desk.say(bye.response("200 OK", "", "", "")).await;
    assert_eq!(last(&mut leg).await, Ended::ByUs);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_its_phone_was_to_refresh_ends_without_it() {
    let net = Net::new();
    let house = patient(net, 3).await;
    let session = "Require: timer\r\nSession-Expires: 3;refresher=uas\r\n";
    let (mut leg, talk, _) = talk_at(&house, net, 5, session).await;

    assert_eq!(last(&mut leg).await, Ended::Dead);
    let bye = talk.desk.asked("BYE").await;
    talk.desk.say(bye.response("200 OK", "", "", "")).await;
    house.empties().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_wants_a_longer_session_gets_it() {
    let net = Net::new();
    let house = patient(net, 1_800).await;
    let mut desk = Desk::new("anita", net.sip(5), net.sip(1)).await;
    desk.register(120).await;
    let mut dialling = house.telephony.ring(Ring {
        account: "anita".to_owned(),
        caller: String::new(),
        ring_timeout: Duration::from_secs(10),
        pick_up: PickUp::ByHand,
    });
    let first = desk.asked("INVITE").await;
    desk.say(first.response("422 Session Interval Too Small", "d1", "Min-SE: 3600\r\n", "")).await;
    desk.asked("ACK").await;

    let second = desk.asked_again("INVITE", &first).await;
    assert_eq!(second.header("Session-Expires"), "3600");
    desk.pick_up(&second).await;

    assert!(outcome(&mut dialling).await.is_ok());
}
