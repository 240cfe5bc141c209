//! The peers understand each other: a scenario that two SIPps play through is a scenario that a server can be tested with.

use std::time::Duration;

use crate::kit::{
    baresip::{Baresip, Mode},
    network::Network,
    script::{Answer, HangUp, Listen, Speak, UntilHungUp, keys},
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
