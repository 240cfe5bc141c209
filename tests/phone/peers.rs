//! The peers understand each other: a scenario that two SIPps play through is a scenario that a server can be tested with.

use std::time::Duration;

use crate::kit::{
    baresip::{Baresip, Mode},
    caller::Caller,
    network::Network,
    relay::{Relay, Trouble},
    script::{Answer, HangUp, Listen, Speak, SpeakUntilHungUp, UntilHungUp, keys},
    sipp::Sipp,
};

#[tokio::test]
async fn two_sipps_play_a_whole_call() {
    let network = Network::claim();
    let mut caller = keys("12#", 100);
    caller.extend([Speak(200), Listen(200), HangUp]);
    let callee = Answer::Picks(vec![Listen(200), UntilHungUp(5_000)]);

    let answering =
        Sipp::answer(network.callee(), 1, &[("180".into(), Answer::Rings), ("181".into(), callee)]);
    let calling = Sipp::call(network.callee(), network.trunk(), 1, "9000000001", &caller);

    calling.done().await;
    answering.done().await;
}

#[tokio::test]
async fn baresip_picks_up_a_sipp_call_and_presses_keys() {
    let network = Network::claim();
    let callee = network.callee();
    let mut phone = Baresip::start(callee, &format!("<sip:181@{callee}>;regint=0"), Mode::PicksUp);
    phone.says("baresip is ready").await;

    let calling = Sipp::call(callee, network.trunk(), 1, "9000000002", &[Listen(4_000), HangUp]);
    phone.says("Call established").await;
    phone.press("1#", Duration::from_millis(300)).await;

    calling.done().await;
    phone.says("session closed").await;
    assert!(!phone.heard().is_empty());
}

#[tokio::test]
async fn our_own_phone_hears_and_presses_through_a_relay() {
    let network = Network::claim();
    let answer = Answer::Picks(vec![SpeakUntilHungUp(20_000)]);
    let callee = Sipp::answer(network.callee(), 1, &[("181".into(), answer)]);
    let trouble = Trouble { lost: 10, doubled: 5, swapped: 5 };
    let relay = Relay::open(network.trunk(), trouble, 7).await;
    let count = relay.count.clone();

    let mut caller =
        Caller::dial(network.trunk(), network.callee(), "9000000003", Some(relay)).await;
    assert!(caller.hears_anything(Duration::from_secs(2)).await);
    caller.press("12#").await;
    caller.hang_up().await;

    callee.done().await;
    assert!(count.passed.load(std::sync::atomic::Ordering::Relaxed) > 50);
}
