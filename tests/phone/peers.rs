//! The peers understand each other: a scenario that two SIPps play through is a scenario that a server can be tested with.

use crate::kit::{
    network::Network,
    script::{Answer, HangUp, Hold, Info, Listen, Resume, Speak, UntilHungUp, keys},
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
