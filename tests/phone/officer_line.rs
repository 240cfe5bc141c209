//! Officers who call their own number (R27): known by mobile and PIN, they report by voice, and the citizen decides.

use std::{io::Cursor, time::Duration};

use helpline_proto::v1::{
    self, CaseState, Channel, evidence_service_client::EvidenceServiceClient,
    pin_service_client::PinServiceClient,
};

use crate::kit::{api::Books, caller::Caller, script::Answer, server::Server, sipp::Sipp};

const LINE: &str = "18002330183";
/// The sample officers' mobiles: the assistant engineer of Bhopal, and the junior engineer of Phanda.
const ASSISTANT: &str = "5550000002";
const JUNIOR: &str = "5550000001";
const PIN: &str = "181181";
const SPEECH_MS: u32 = 4_000;
const PROMPT: Duration = Duration::from_secs(20);
const A_CALL: Duration = Duration::from_secs(150);

/// Calls the line as this number, chooses English, and is asked for the PIN.
async fn call(server: &Server, number: &str) -> Caller {
    let (trunk, sip) = (server.network.trunk(), server.sip());
    let mut caller = Caller::dial_to(LINE, trunk, sip, number, None).await;
    caller.hear(PROMPT).await;
    caller.press("2").await;
    caller.hear(PROMPT).await;
    caller
}

/// The same number again: its language is known.
async fn call_again(server: &Server, number: &str) -> Caller {
    let (trunk, sip) = (server.network.trunk(), server.sip());
    let mut caller = Caller::dial_to(LINE, trunk, sip, number, None).await;
    caller.hear(PROMPT).await;
    caller
}

async fn press(caller: &mut Caller, keys: &str) {
    caller.press(keys).await;
    caller.hear(PROMPT).await;
}

#[tokio::test]
async fn an_officer_reports_by_voice_and_the_citizens_answer_closes_the_case() {
    let server = Server::quick().await;
    let case = server.api.register("9000001301").await.number;
    let citizen = Sipp::answer(
        server.network.callee(),
        1,
        &[("9000001301".into(), Answer::Picks(server.sounds.verification_to_the_end("1112")))],
    );
    let mut watch = server.api.watch().await;

    let mut officer = call(&server, ASSISTANT).await;
    press(&mut officer, PIN).await;
    press(&mut officer, &format!("{case}#")).await;
    press(&mut officer, "1").await;
    officer.speak(SPEECH_MS).await;
    press(&mut officer, "#").await;
    assert!(server.api.case(&case).await.1.iter().all(|event| event.kind != "resolved"));
    press(&mut officer, "1").await;
    officer.hang_up().await;

    let resolved = watch.fact(&case, "resolved", A_CALL).await;
    assert_eq!(resolved.channel(), Channel::OfficerLine);
    let facts: serde_json::Value = serde_json::from_str(&resolved.facts_json).unwrap();
    assert_eq!(facts["state_to"], "AWAITING_VERIFICATION", "{facts}");
    assert_report(&server, &case).await;
    watch.fact(&case, "answered", A_CALL).await;
    citizen.done().await;
    assert_eq!(server.api.case(&case).await.0.state(), CaseState::ClosedSatisfied);
    let done = Books::open(&server.data()).await.dispositions("IN").await;
    assert_eq!(done, ["OFFICER_RESOLVED"]);
    server.assert_calm();
}

/// The case's one file is the sound of what was said: as long, loud while it was spoken and quiet around it.
async fn assert_report(server: &Server, number: &str) {
    let mut files = EvidenceServiceClient::new(server.api.signed("ae.bhopal"));
    let list = v1::ListEvidenceRequest { number: number.into() };
    let list = files.list_evidence(list).await.unwrap().into_inner().files;
    assert_eq!(list.len(), 1);
    let open = v1::OpenEvidenceRequest {
        request_id: "hear".into(),
        number: number.into(),
        id: list[0].id.clone(),
    };
    let mut pieces = files.open_evidence(open).await.unwrap().into_inner();
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.message().await.unwrap() {
        bytes.extend(piece.data);
    }
    let mut wav = hound::WavReader::new(Cursor::new(bytes)).unwrap();
    let spec = wav.spec();
    assert_eq!((spec.sample_rate, spec.bits_per_sample, spec.channels), (8_000, 16, 1));
    let samples: Vec<f64> = wav.samples::<i16>().map(|it| f64::from(it.unwrap())).collect();
    let rms = |tenth: &[f64]| {
        (tenth.iter().map(|sample| sample * sample).sum::<f64>() / tenth.len() as f64).sqrt()
    };
    let loud = samples.chunks(800).filter(|tenth| rms(tenth) > 5_000.0).count();
    let quiet = samples.chunks(800).filter(|tenth| rms(tenth) < 100.0).count();
    let tenths = samples.len() / 800;
    assert!((38..=41).contains(&loud), "{loud} loud tenths of a second in {tenths}");
    assert!(loud + quiet + 2 >= tenths, "{loud} loud, {quiet} quiet of {tenths}");
}

#[tokio::test]
async fn a_hang_up_before_the_confirmation_files_nothing_and_keeps_the_recording() {
    let server = Server::quick().await;
    let case = server.api.register("9000001302").await.number;

    let mut officer = call(&server, ASSISTANT).await;
    press(&mut officer, PIN).await;
    press(&mut officer, &format!("{case}#")).await;
    press(&mut officer, "1").await;
    officer.speak(SPEECH_MS).await;
    press(&mut officer, "#").await;
    officer.hang_up().await;
    let ended = server.output.line("OFFICER_SIGNED_IN", PROMPT).await;

    assert!(ended.is_some(), "{}", server.output.text());
    let (case, history) = server.api.case(&case).await;
    assert_eq!(case.state(), CaseState::WithOfficer);
    let kinds: Vec<_> = history.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["registered", "routed", "seen"]);
    let kept = std::fs::read_dir(server.data().join("recordings")).unwrap();
    let wavs = kept.filter(|file| {
        file.as_ref().unwrap().path().extension().is_some_and(|ending| ending == "wav")
    });
    assert_eq!(wavs.count(), 1);
    server.assert_calm();
}

#[tokio::test]
async fn five_wrong_pins_over_several_calls_lock_and_an_administrator_unlocks() {
    let server = Server::quick().await;
    let mut pins = PinServiceClient::new(server.api.signed("admin"));

    let mut first = call(&server, ASSISTANT).await;
    for wrong in ["181182", "181183", "181184"] {
        press(&mut first, wrong).await;
    }
    first.hung_up(PROMPT).await;
    let mut second = call_again(&server, ASSISTANT).await;
    press(&mut second, "181185").await;
    press(&mut second, "181186").await;
    second.hung_up(PROMPT).await;
    let mut third = call_again(&server, ASSISTANT).await;
    press(&mut third, PIN).await;
    third.hung_up(PROMPT).await;
    let unlock = v1::UnlockPinRequest { request_id: "u1".into(), login: "ae.bhopal".into() };
    let pin = pins.unlock_pin(unlock).await.unwrap().into_inner().pin.unwrap();
    assert!(pin.set && !pin.locked);
    let mut fourth = call_again(&server, ASSISTANT).await;
    press(&mut fourth, PIN).await;
    fourth.hang_up().await;
    let ended = server.output.line("OFFICER_SIGNED_IN", PROMPT).await;

    assert!(ended.is_some(), "{}", server.output.text());
    let done = Books::open(&server.data()).await.dispositions("IN").await;
    assert_eq!(
        done,
        ["OFFICER_WRONG_PIN", "OFFICER_LOCKED", "OFFICER_LOCKED", "OFFICER_SIGNED_IN"]
    );
    server.assert_calm();
}

#[tokio::test]
async fn whoever_is_not_the_first_officer_of_the_case_hears_and_reports_nothing() {
    let server = Server::quick().await;
    let case = server.api.register("9000001303").await.number;

    let mut junior = call(&server, JUNIOR).await;
    press(&mut junior, PIN).await;
    for _ in 0..3 {
        press(&mut junior, &format!("{case}#")).await;
    }
    junior.hung_up(PROMPT).await;
    // A number that is no officer's is asked for a PIN like any, and sent away after three.
    let mut stranger = call(&server, "9000001399").await;
    for _ in 0..3 {
        press(&mut stranger, PIN).await;
    }
    stranger.hung_up(PROMPT).await;

    let (_, history) = server.api.case(&case).await;
    let kinds: Vec<_> = history.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["registered", "routed"]);
    server.assert_calm();
}
