//! baresip as the citizen's phone: registered with digest, and rung by the helpline.

mod agents;

use std::time::Duration;

use helpline_proto::v1::CaseState;

use crate::kit::{
    api::Books,
    baresip::{Baresip, Mode},
    server::Server,
    sounds::Sounds,
};

const A_CALL: Duration = Duration::from_secs(120);

#[tokio::test]
async fn a_phone_registers_with_digest_and_registers_a_complaint() {
    let server = Server::start().await;
    let sip = server.sip();
    let local = server.network.baresip();
    let account = format!("<sip:desk1@{sip}>;auth_user=desk1;auth_pass=open-sesame;regint=60");
    let mut phone = Baresip::start(local, &account, Mode::Calls);
    phone.says("200 OK").await;
    let invitation = u64::from(Sounds::read().ms(&["say_problem_after_tone", "beep"]));
    let listen = Duration::from_millis(1_500);

    phone.type_line(&format!("/dial sip:181@{sip}"));
    phone.says("Call established").await;
    // English, register; a phone of ours proves no number, so the citizen keys one and confirms it.
    phone.press("2", listen).await;
    phone.press("1", listen).await;
    phone.press("9000000601", listen).await;
    for key in ["1", "1", "1", "1"] {
        phone.press(key, listen).await;
    }
    phone.press("#", Duration::from_millis(invitation + 4_000)).await;
    phone.press("1", Duration::from_millis(2_500)).await;
    phone.press("b", Duration::from_secs(6)).await;

    let cases = server.api.cases_of("9000000601").await;
    assert_eq!(cases.len(), 1, "{}", server.output.text());
    assert_eq!(
        (cases[0].category.as_str(), cases[0].district.as_str()),
        ("electricity", "district:396")
    );
    let recording = Books::open(&server.data()).await.recording(&cases[0].number).await;
    assert!(recording.is_some_and(|(_, ms)| ms >= 3_000));
    let loud = phone.heard().iter().filter(|sample| sample.unsigned_abs() > 2_000).count();
    assert!(loud > 8_000, "the prompts were not heard: {loud} loud samples");
    server.assert_calm();
}

#[tokio::test]
async fn a_wrong_password_registers_no_phone() {
    let server = Server::start().await;
    let local = server.network.baresip();
    let account = format!("<sip:desk1@{}>;auth_user=desk1;auth_pass=wrong;regint=60", server.sip());

    let phone = Baresip::start(local, &account, Mode::Calls);

    phone.says("403 Forbidden").await;
    server.assert_calm();
}

#[tokio::test]
async fn the_phone_that_the_helpline_rings_closes_the_case_with_one_one_one_two() {
    let server = Server::start().await;
    let sounds = Sounds::read();
    let callee = server.network.callee();
    let mut phone =
        Baresip::start(callee, &format!("<sip:9000000602@{callee}>;regint=0"), Mode::PicksUp);
    phone.says("baresip is ready").await;
    let mut watch = server.api.watch().await;

    let case = server.api.register_and_resolve("9000000602").await.number;
    phone.says("Call established").await;
    for (key, listen_ms) in sounds.verification_waits("1112") {
        phone.press(&key.to_string(), Duration::from_millis(listen_ms.into())).await;
    }
    watch.fact(&case, "answered", A_CALL).await;

    assert_eq!(server.api.case(&case).await.0.state(), CaseState::ClosedSatisfied);
    server.assert_calm();
}

#[tokio::test]
async fn a_registered_phone_reaches_the_officers_line_and_is_no_officer() {
    let server = Server::quick().await;
    let sip = server.sip();
    let account = format!("<sip:desk1@{sip}>;auth_user=desk1;auth_pass=open-sesame;regint=60");
    let mut phone = Baresip::start(server.network.baresip(), &account, Mode::Calls);
    phone.says("200 OK").await;
    let listen = Duration::from_secs(6);

    phone.type_line(&format!("/dial sip:18002330183@{sip}"));
    phone.says("Call established").await;
    // English; then the PIN of the sample's officers, for a number that the phone does not have.
    phone.press("2", listen).await;
    phone.press("181181", listen).await;
    phone.press("b", listen).await;
    let ended = server.output.line("OFFICER_", A_CALL).await;

    assert!(ended.is_some(), "{}", server.output.text());
    let done = Books::open(&server.data()).await.dispositions("IN").await;
    assert_eq!(done, ["OFFICER_WRONG_PIN"], "{}", server.output.text());
    let loud = phone.heard().iter().filter(|sample| sample.unsigned_abs() > 2_000).count();
    assert!(loud > 2_000, "the prompts were not heard: {loud} loud samples");
    server.assert_calm();
}
