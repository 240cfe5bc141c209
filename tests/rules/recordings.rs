//! Recordings go when their time is over, never while a case or a court needs them, and leave a proof.

use std::path::PathBuf;

use helpline181::{
    app::recordings::{self, Hold, NewRecording, RETRY_AFTER_MS},
    domain::{
        actor::{Actor, Role},
        chain,
        recording::{Class, RecordingRow, State},
    },
    store::recordings as stored,
    workers::{self, Step},
};
use sha2::{Digest, Sha256};

use crate::kit::{DAY_MS, Helpline, Home};

on_both_engines! {
    a_talk_goes_behind_its_ninety_days_and_leaves_a_proof,
    a_held_recording_stays_until_the_hold_is_lifted,
    a_recording_of_an_open_case_stays,
    a_deletion_that_failed_is_tried_again_and_says_so,
    two_rows_of_one_file_lose_it_with_the_last,
}

fn folder(home: &Home) -> PathBuf {
    home.folder.path().join("recordings")
}

/// A kept talk with these bytes; gives its row.
async fn talk(home: &Home, helpline: &Helpline, call: &str, bytes: &[u8]) -> RecordingRow {
    kept(home, helpline, call, bytes, None).await
}

async fn kept(
    home: &Home,
    helpline: &Helpline,
    call: &str,
    bytes: &[u8],
    case: Option<i64>,
) -> RecordingRow {
    let sha256: [u8; 32] = Sha256::digest(bytes).into();
    let name: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    let file = format!("{name}.wav");
    std::fs::write(folder(home).join(&file), bytes).unwrap();
    let new = NewRecording {
        call: call.to_owned(),
        number: 0,
        class: Class::Call,
        folder: Some(std::fs::read_to_string(folder(home).join("folder.id")).unwrap()),
        file,
        sha256,
        duration_ms: 0,
        partial: None,
        case,
    };
    let id = recordings::keep(&helpline.app, &Actor::caller(None), new).await.unwrap();
    stored::get(&helpline.look.db, id).await.unwrap()
}

async fn sweep(helpline: &Helpline) -> Step {
    workers::recordings::step(helpline.app.clone()).await.unwrap()
}

async fn now_is(helpline: &Helpline, row: &RecordingRow) -> RecordingRow {
    stored::get(&helpline.look.db, row.id).await.unwrap()
}

async fn a_talk_goes_behind_its_ninety_days_and_leaves_a_proof(home: Home) {
    let helpline = Helpline::start(&home).await;
    let row = talk(&home, &helpline, "c1", b"a talk").await;
    let file = folder(&home).join(&row.file);
    helpline.pass(90 * DAY_MS - 1);
    sweep(&helpline).await;
    assert!(file.exists());

    helpline.pass(1);
    sweep(&helpline).await;

    assert!(!file.exists());
    let gone = now_is(&helpline, &row).await;
    assert_eq!((gone.state, gone.deleted_at), (State::Deleted, Some(helpline.app.now())));
    let auditor = helpline.staff(Role::Auditor).await;
    let (_, facts) = recordings::prove(&helpline.app, &auditor, row.id).await.unwrap();
    let kinds: Vec<_> = facts.iter().map(|fact| fact.kind.as_str()).collect();
    assert_eq!(kinds, ["recorded", "deletion_decided", "deleted"]);
    let last = &facts[2];
    for part in [r#""rule":"retention""#, r#""digest_was_right":true"#, &row.digest()] {
        assert!(last.facts.contains(part), "{part} in {}", last.facts);
    }
    assert!(facts.iter().all(|fact| fact.hash == chain::hash(fact)));
    assert!(facts.windows(2).all(|two| two[0].hash == two[1].prev_hash));
}

async fn a_held_recording_stays_until_the_hold_is_lifted(home: Home) {
    let helpline = Helpline::start(&home).await;
    let row = talk(&home, &helpline, "c1", b"a talk").await;
    let directorate = helpline.staff(Role::Directorate).await;
    let hold = |request: &str, lift| Hold {
        request_id: request.to_owned(),
        id: row.id,
        why: "a court asks".to_owned(),
        lift,
    };
    recordings::hold(&helpline.app, &directorate, hold("1", false)).await.unwrap();
    helpline.pass(400 * DAY_MS);
    sweep(&helpline).await;
    assert_eq!(now_is(&helpline, &row).await.state, State::Kept);

    recordings::hold(&helpline.app, &directorate, hold("2", true)).await.unwrap();
    sweep(&helpline).await;

    assert_eq!(now_is(&helpline, &row).await.state, State::Deleted);
}

async fn a_recording_of_an_open_case_stays(home: Home) {
    let helpline = Helpline::start(&home).await;
    let case = helpline.registered("9876543210").await;
    let row = kept(&home, &helpline, "c1", b"a talk", Some(case.id)).await;

    helpline.pass(400 * DAY_MS);
    sweep(&helpline).await;

    assert_eq!(now_is(&helpline, &row).await.state, State::Kept);
}

async fn a_deletion_that_failed_is_tried_again_and_says_so(home: Home) {
    let helpline = Helpline::start(&home).await;
    let row = talk(&home, &helpline, "c1", b"a talk").await;
    let file = folder(&home).join(&row.file);
    // What is a folder cannot be removed as a file.
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    helpline.pass(90 * DAY_MS);
    sweep(&helpline).await;

    let failed = now_is(&helpline, &row).await;
    assert_eq!(failed.state, State::Deleting);
    assert!(failed.trouble.is_some());
    std::fs::remove_dir(&file).unwrap();
    sweep(&helpline).await;
    assert_eq!(now_is(&helpline, &row).await.state, State::Deleting);
    helpline.pass(RETRY_AFTER_MS);
    sweep(&helpline).await;

    let gone = now_is(&helpline, &row).await;
    assert_eq!((gone.state, gone.trouble), (State::Deleted, None));
    let auditor = helpline.staff(Role::Auditor).await;
    let (_, facts) = recordings::prove(&helpline.app, &auditor, row.id).await.unwrap();
    assert!(facts.last().unwrap().facts.contains(r#""file_was_there":false"#));
}

async fn two_rows_of_one_file_lose_it_with_the_last(home: Home) {
    let helpline = Helpline::start(&home).await;
    let first = talk(&home, &helpline, "c1", b"silence").await;
    helpline.pass(DAY_MS);
    let second = talk(&home, &helpline, "c2", b"silence").await;
    let file = folder(&home).join(&first.file);

    helpline.pass(89 * DAY_MS);
    sweep(&helpline).await;
    assert_eq!(now_is(&helpline, &first).await.state, State::Deleted);
    assert!(file.exists());
    helpline.pass(DAY_MS);
    sweep(&helpline).await;

    assert_eq!(now_is(&helpline, &second).await.state, State::Deleted);
    assert!(!file.exists());
}
