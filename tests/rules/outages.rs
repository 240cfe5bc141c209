//! Calls that meet trouble: long ones, moved clocks, a database that is away, a crash.

use std::time::Duration;

use helpline181::{
    app::{demo, verification},
    calls::converse::{FromClient, Verb},
    clock::Clock,
    domain::{
        actor::{Actor, Role},
        case::State,
        number::CaseNumber,
        time::Timestamp,
    },
    store::{attempts, calls::recordings, cases as stored, rounds},
};

use crate::{
    calls::{Helpline, PHONE},
    kit::{Home, TEN},
};

on_both_engines!(
    a_call_longer_than_its_lease_keeps_its_answer,
    moving_the_demonstrations_clock_during_a_call_keeps_its_answer,
    a_promised_call_is_kept_at_the_answer_and_made_when_the_line_is_free,
    every_recording_of_a_call_has_a_row_whatever_its_reference,
    what_a_call_leaves_while_the_database_is_away_is_kept_at_the_next_start,
    a_withdrawal_while_the_database_is_away_is_done_at_the_next_start_and_once,
    what_a_crash_left_in_the_spool_has_a_row_after_the_next_start,
);

const MINUTE_MS: i64 = 60_000;
const SOON: Duration = Duration::from_secs(30);

impl Helpline {
    async fn version(&self, number: CaseNumber) -> i64 {
        stored::get(&self.look.db, number.id()).await.unwrap().version
    }

    /// Comes back when the call's lease lasts beyond this instant.
    async fn held_at(&self, at: Timestamp) {
        let citizen = self.citizen().await;
        let held = async {
            while rounds::held_of_citizen(&self.look.db, citizen, at, 1).await.unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(SOON, held).await.expect("the lease is not renewed");
    }
}

async fn a_call_longer_than_its_lease_keeps_its_answer(home: Home) {
    let clock = Clock::fixed(TEN);
    let helpline = Helpline::on(&home, &clock).await;
    let number = helpline.resolved().await;

    let mut citizen = helpline.call("verify", Some(number)).await.unwrap();
    citizen.answer("1").await;
    for minutes in [9, 18, 27] {
        clock.advance(9 * MINUTE_MS);
        helpline.held_at(TEN.plus_ms((minutes + 9) * MINUTE_MS)).await;
        assert!(verification::dial(&helpline.app, 10).await.unwrap().is_empty());
    }
    for key in ["1", "1", "2"] {
        citizen.answer(key).await;
    }
    citizen.hear().await;
    assert_eq!(citizen.hang_up().await, "SATISFIED");

    assert_eq!(helpline.state(number).await.0, State::ClosedSatisfied);
}

async fn moving_the_demonstrations_clock_during_a_call_keeps_its_answer(home: Home) {
    let helpline = Helpline::on(&home, &Clock::demonstration(None)).await;
    let number = helpline.resolved().await;
    let admin = Actor { role: Role::Admin, ..Actor::system() };

    let mut citizen = helpline.call("verify", Some(number)).await.unwrap();
    citizen.answer("1").await;
    demo::advance(&helpline.app, &admin, 12 * 24 * 60 * MINUTE_MS).await.unwrap();
    assert!(verification::dial(&helpline.app, 10).await.unwrap().is_empty());
    for key in ["1", "1", "2"] {
        citizen.answer(key).await;
    }
    citizen.hear().await;
    assert_eq!(citizen.hang_up().await, "SATISFIED");

    assert_eq!(helpline.state(number).await.0, State::ClosedSatisfied);
}

async fn a_promised_call_is_kept_at_the_answer_and_made_when_the_line_is_free(home: Home) {
    let clock = Clock::fixed(TEN);
    let helpline = Helpline::on(&home, &clock).await;
    let number = helpline.resolved().await;

    let mut citizen = helpline.call("inbound", None).await.unwrap();
    citizen.answer("3").await;
    citizen.answer(&format!("{number}#")).await;
    for key in ["1", "1", "1"] {
        citizen.answer(key).await;
    }
    // "We will ring you" has begun, and the line is still open: were the helpline to end now, the promise stands.
    let goodbye = citizen.begins("goodbye").await;
    let round = rounds::get(&helpline.look.db, number.id(), 1).await.unwrap();
    assert!(round.ring_back, "promised, and not kept");
    clock.advance(5 * MINUTE_MS);
    let order = verification::dial(&helpline.app, 10).await.unwrap();
    assert!(order.is_empty(), "the citizen is on the line");

    citizen.say(FromClient::Played { action: goodbye });
    assert_eq!(citizen.ended().await, "RING_BACK");

    let round = rounds::get(&helpline.look.db, number.id(), 1).await.unwrap();
    assert_eq!(round.next_at, Some(TEN.plus_ms(5 * MINUTE_MS + 15_000)));
    clock.advance(MINUTE_MS);
    let order = verification::dial(&helpline.app, 10).await.unwrap();
    assert_eq!(order[0].rounds[0].case, number.id());
}

async fn every_recording_of_a_call_has_a_row_whatever_its_reference(home: Home) {
    let helpline = Helpline::open(&home).await;
    let reference = "r".repeat(500);

    let mut caller = helpline.call("hangs-up", None).await.unwrap();
    for _ in 0..5 {
        caller.answer("1").await;
    }
    let record = loop {
        if let (id, Verb::Record { .. }) = caller.action().await {
            break id;
        }
    };
    caller.say(FromClient::Recorded {
        action: record,
        duration_ms: 12_000,
        reference: reference.clone(),
        sha256: None,
        partial: None,
    });
    caller.hang_up().await;

    let mut files = Vec::new();
    for id in 1..=64 {
        if let Ok(row) = recordings::get(&helpline.look.db, id).await {
            files.push((row.file, row.partial));
        }
    }
    assert_eq!(files, [(format!("client:{reference}"), Some("not registered".to_owned()))]);
}

async fn what_a_call_leaves_while_the_database_is_away_is_kept_at_the_next_start(home: Home) {
    let clock = Clock::fixed(TEN);
    let helpline = Helpline::on(&home, &clock).await;
    let number = helpline.resolved().await;
    let mut citizen = helpline.call("verify", Some(number)).await.unwrap();
    citizen.answer("1").await;
    citizen.answer("1").await;
    citizen.answer("1").await;
    citizen.hear_last("verify_pressure").await;

    helpline.app.close().await;
    citizen.say(FromClient::Key('2'));
    citizen.hang_up().await;

    let journal = home.folder.path().join("calls.journal");
    let text = std::fs::read_to_string(&journal).expect("nothing is in the journal");
    assert!(!text.contains("verify_pressure") && !text.contains(PHONE), "not sealed: {text}");
    assert_eq!(helpline.state_now(number).await, State::AwaitingVerification);
    // A crash tore its last line.
    std::fs::write(&journal, format!("{text}00ff")).unwrap();

    let again = Helpline::on(&home, &clock).await;

    assert_eq!(again.state(number).await.0, State::ClosedSatisfied);
    let attempts = attempts::of_round(&again.look.db, number.id(), 1).await.unwrap();
    assert_eq!(attempts.len(), 1);
    assert!(attempts[0].evidence.contains("verify_pressure"));
    assert!(!journal.exists());
    // Drained twice, as after a crash between the commit and the file's end.
    std::fs::write(&journal, text).unwrap();
    let third = Helpline::on(&home, &clock).await;
    let attempts = attempts::of_round(&third.look.db, number.id(), 1).await.unwrap();
    assert_eq!(attempts.len(), 1);
}

async fn a_withdrawal_while_the_database_is_away_is_done_at_the_next_start_and_once(home: Home) {
    let clock = Clock::fixed(TEN);
    let helpline = Helpline::on(&home, &clock).await;
    let number = helpline.registered().await;
    // Whose caller ids are believed.
    let mut citizen = helpline.call_of(&helpline.ivr, "wish", None, true).await.unwrap();
    citizen.answer("2").await;
    citizen.answer(&format!("{number}#")).await;
    citizen.answer("4").await;
    citizen.hear_last("wish_confirm").await;
    citizen.say(FromClient::Key('1'));
    citizen.hear_last("verify_pressure").await;

    helpline.app.close().await;
    citizen.say(FromClient::Key('2'));
    citizen.hang_up().await;

    let journal = home.folder.path().join("calls.journal");
    let text = std::fs::read_to_string(&journal).expect("nothing is in the journal");
    assert_eq!(helpline.state_now(number).await, State::WithOfficer);
    let again = Helpline::on(&home, &clock).await;
    assert_eq!(again.state(number).await.0, State::Withdrawn);
    assert!(!journal.exists());
    let version = again.version(number).await;
    // Drained twice, as after a crash between the commit and the file's end.
    std::fs::write(&journal, text).unwrap();
    let third = Helpline::on(&home, &clock).await;
    assert_eq!(third.version(number).await, version);
}

async fn what_a_crash_left_in_the_spool_has_a_row_after_the_next_start(home: Home) {
    let spool = home.folder.path().join("recordings/spool");
    std::fs::create_dir_all(&spool).unwrap();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    // The head as it is written first, and a second of sound.
    let mut torn = Vec::new();
    hound::WavWriter::new(std::io::Cursor::new(&mut torn), spec).unwrap().finalize().unwrap();
    torn.extend([1; 16_000]);
    std::fs::write(spool.join("ab12-1.wav.part"), torn).unwrap();

    let helpline = Helpline::open(&home).await;

    let row = recordings::get(&helpline.look.db, 1).await.unwrap();
    assert_eq!((row.call.as_str(), row.case, row.duration_ms), ("ab12", None, 1_000));
    assert_eq!(row.partial.as_deref(), Some("the helpline ended during the call"));
    assert!(home.folder.path().join("recordings").join(row.file).exists());
}
