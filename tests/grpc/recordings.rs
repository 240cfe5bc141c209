//! Recordings over the API: who hears which, in which range, and what is written before a byte leaves.

use helpline_proto::v1::{self, recording_service_client::RecordingServiceClient};
use helpline181::{
    app::recordings::{self, NewRecording},
    domain::{actor::Actor, number::CaseNumber, recording::Class},
    store::{self, Store},
};
use sha2::{Digest, Sha256};
use tonic::{Code, Status};

use crate::kit::{House, START, Signed, reason};

const PHONE: &str = "9876543210";

async fn service(house: &House, login: &str) -> RecordingServiceClient<Signed> {
    RecordingServiceClient::new(house.signed(login).await)
}

/// A kept recording with these bytes; gives its id.
async fn kept(house: &House, call: &str, class: Class, case: Option<&str>, bytes: &[u8]) -> String {
    let folder = house.dir.path().join("recordings");
    let id = std::fs::read_to_string(folder.join("folder.id")).unwrap();
    let sha256: [u8; 32] = Sha256::digest(bytes).into();
    let file: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::write(folder.join(format!("{file}.wav")), bytes).unwrap();
    let new = NewRecording {
        call: call.to_owned(),
        number: 0,
        class,
        folder: Some(id),
        file: format!("{file}.wav"),
        sha256,
        duration_ms: 2_000,
        partial: None,
        case: case.map(|number| CaseNumber::parse(number).unwrap().id()),
    };
    recordings::keep(&house.app, &Actor::caller(None), new).await.unwrap().to_string()
}

fn play(id: &str, request: &str, offset: i64, length: i64) -> v1::PlayRecordingRequest {
    v1::PlayRecordingRequest {
        request_id: request.into(),
        id: id.into(),
        offset_bytes: offset,
        length_bytes: length,
        reason: "the citizen says that she was insulted".into(),
    }
}

async fn played(
    house: &House,
    login: &str,
    ask: v1::PlayRecordingRequest,
) -> Result<(v1::PlayRecordingResponse, Vec<u8>), Status> {
    let mut stream = service(house, login).await.play_recording(ask).await?.into_inner();
    let first = stream.message().await?.unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = stream.message().await? {
        bytes.extend(piece.data);
    }
    Ok((first, bytes))
}

/// Facts of this kind in the streams of the nodes.
async fn noted(house: &House, kind: &str) -> Vec<String> {
    let url = format!("sqlite:{}", house.dir.path().join("helpline.db").display());
    let keys = house.dir.path().join("keys");
    let look = Store::open(store::Options { url, keys, group_max: None }, START).await.unwrap();
    let mut found = Vec::new();
    for node in 1..=3 {
        let events = store::events::of_stream(&look.db, &format!("node:{node}"), 0).await.unwrap();
        let of_kind = events.into_iter().filter(|row| row.event.kind == kind);
        found.extend(of_kind.map(|row| row.event.facts));
    }
    look.close().await;
    found
}

#[tokio::test]
async fn a_range_comes_back_byte_for_byte_and_is_written_down_first() {
    let house = House::open().await;
    let sound: Vec<u8> = (0..200_000_u32).map(|n| n as u8).collect();
    let id = kept(&house, "c1", Class::Call, None, &sound).await;

    let (first, bytes) = played(&house, "supervisor", play(&id, "p1", 100, 150_000)).await.unwrap();
    let (all, whole) = played(&house, "auditor", play(&id, "p2", 0, 0)).await.unwrap();

    assert_eq!(bytes, sound[100..150_100]);
    assert_eq!(first.content_type, "audio/wav");
    assert_eq!(
        (first.total_bytes, first.offset_bytes, first.length_bytes),
        (200_000, 100, 150_000)
    );
    assert_eq!((whole, all.length_bytes), (sound, 200_000));
    let opened = noted(&house, "recording_opened").await;
    assert_eq!(opened.len(), 2);
    assert!(opened[0].contains(r#""from":100"#) && opened[0].contains(r#""bytes":150000"#));
    assert!(!opened[0].contains("insulted"), "{}", opened[0]);
    let behind = played(&house, "supervisor", play(&id, "p3", 200_001, 0)).await.unwrap_err();
    assert_eq!(behind.code(), Code::InvalidArgument);
    let silent = v1::PlayRecordingRequest { reason: " ".into(), ..play(&id, "p4", 0, 0) };
    let silent = played(&house, "supervisor", silent).await.unwrap_err();
    assert_eq!(silent.code(), Code::InvalidArgument);
    assert_eq!(noted(&house, "recording_opened").await.len(), 2);
    house.close().await;
}

#[tokio::test]
async fn an_officer_hears_the_citizens_complaint_and_no_talk_about_the_officer() {
    let house = House::open().await;
    let number = house.register("r1", PHONE).await.number;
    let complaint = kept(&house, "c1", Class::Complaint, Some(&number), b"complaint").await;
    house.clock.advance(60_000);
    let talk = kept(&house, "c2", Class::Call, Some(&number), b"talk").await;

    let list = |login: &'static str| {
        let (house, number) = (&house, number.clone());
        async move {
            let ask = v1::ListRecordingsRequest { number, ..Default::default() };
            let found = service(house, login).await.list_recordings(ask).await;
            found.map(|found| {
                let found = found.into_inner().recordings;
                found.into_iter().map(|row| row.id).collect::<Vec<_>>()
            })
        }
    };

    assert_eq!(list("je.phanda").await.unwrap(), std::slice::from_ref(&complaint));
    assert_eq!(list("nodal.bhopal").await.unwrap(), [complaint.clone(), talk.clone()]);
    let (_, heard) = played(&house, "je.phanda", play(&complaint, "p1", 0, 0)).await.unwrap();
    assert_eq!(heard, b"complaint");
    let theirs = played(&house, "je.phanda", play(&talk, "p2", 0, 0)).await.unwrap_err();
    let absent = played(&house, "je.phanda", play("999999", "p3", 0, 0)).await.unwrap_err();
    assert_eq!((theirs.code(), reason(&theirs)), (absent.code(), reason(&absent)));
    assert_eq!(theirs.message(), absent.message());
    house.close().await;
}

#[tokio::test]
async fn a_hold_is_placed_and_lifted_with_its_proof() {
    let house = House::open().await;
    let id = kept(&house, "c1", Class::Call, None, b"talk").await;
    let mut auditor = service(&house, "auditor").await;
    let mut directorate = service(&house, "directorate").await;
    let place = |request: &str| v1::PlaceHoldRequest {
        request_id: request.into(),
        id: id.clone(),
        reason: "the court asks for it".into(),
    };

    let held = auditor.place_hold(place("h1")).await.unwrap().into_inner().recording.unwrap();
    let again = auditor.place_hold(place("h1")).await.unwrap().into_inner().recording.unwrap();
    let twice = auditor.place_hold(place("h2")).await.unwrap_err();
    let lift = v1::LiftHoldRequest {
        request_id: "l1".into(),
        id: id.clone(),
        reason: "the court has it".into(),
    };
    let lifted = directorate.lift_hold(lift).await.unwrap().into_inner().recording.unwrap();

    assert!(held.held_at.is_some());
    assert_eq!(again, held);
    assert_eq!(reason(&twice), "RECORDING_HELD");
    assert_eq!(lifted.held_at, None);
    let proof = auditor.prove_recording(v1::ProveRecordingRequest { id }).await.unwrap();
    let facts = proof.into_inner().facts;
    let kinds: Vec<_> = facts.iter().map(|fact| fact.kind.as_str()).collect();
    assert_eq!(kinds, ["recorded", "hold_placed", "hold_lifted"]);
    assert!(facts.windows(2).all(|two| two[0].hash == two[1].prev_hash));
    house.close().await;
}

#[tokio::test]
async fn who_rings_citizens_back_hears_their_messages_and_no_talk() {
    let house = House::open().await;
    let message = kept(&house, "c1", Class::Message, None, b"message").await;
    let talk = kept(&house, "c2", Class::Call, None, b"talk").await;

    for login in ["agent", "caller"] {
        let ask = v1::ListRecordingsRequest { call: "c1".into(), ..Default::default() };
        let listed = service(&house, login).await.list_recordings(ask).await.unwrap().into_inner();
        let ids: Vec<_> = listed.recordings.iter().map(|row| row.id.clone()).collect();
        assert_eq!(ids, std::slice::from_ref(&message), "{login}");
        let (_, heard) = played(&house, login, play(&message, login, 0, 0)).await.unwrap();
        assert_eq!(heard, b"message");
        let ask = v1::ListRecordingsRequest { call: "c2".into(), ..Default::default() };
        let none = service(&house, login).await.list_recordings(ask).await.unwrap_err();
        assert_eq!(none.code(), Code::NotFound, "{login}");
        let refused = played(&house, login, play(&talk, "p2", 0, 0)).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound, "{login}");
    }
    house.close().await;
}
