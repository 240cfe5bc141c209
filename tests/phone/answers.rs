//! The citizen's answer on the helpline's own call: the keys 1, 1, 1, 2 close a case, and no others do.

use std::{fs, time::Duration};

use helpline_proto::v1::CaseState;
use helpline181::calls::prompts::manifest::digest;

use crate::kit::{
    api::Books,
    script::{Answer, HangUp, Listen, Press, Speak, Step, UntilHungUp},
    server::Server,
    sipp::Sipp,
    sounds::Sounds,
};

/// A citizen who says nothing hears the first question three times, 7 seconds apart.
const A_CALL: Duration = Duration::from_secs(170);
const WEEK_MS: i64 = 604_800_000;

/// What one citizen does, and what becomes of the case.
struct Citizen {
    does: &'static str,
    steps: Vec<Step>,
    state: CaseState,
    level: i32,
    outcome: &'static str,
    pressured: bool,
}

fn citizens(sounds: &Sounds) -> Vec<Citizen> {
    let waits = |does, steps, outcome| Citizen {
        does,
        steps,
        state: CaseState::AwaitingVerification,
        level: 1,
        outcome,
        pressured: false,
    };
    let rises = |does, steps, outcome, pressured| Citizen {
        does,
        steps,
        state: CaseState::WithOfficer,
        level: 2,
        outcome,
        pressured,
    };
    let end = |keys| sounds.verification_to_the_end(keys);
    let cut = |keys| sounds.verification_then_hang_up(keys);
    let typed_blindly = "1112".chars().flat_map(|key| [Press(key), Listen(60)]);
    let blind =
        [Listen(1_000)].into_iter().chain(typed_blindly).chain([Listen(2_000), HangUp]).collect();
    vec![
        Citizen {
            does: "1112",
            steps: end("1112"),
            state: CaseState::ClosedSatisfied,
            level: 1,
            outcome: "SATISFIED",
            pressured: false,
        },
        rises("1212", end("1212"), "NOT_SATISFIED", false),
        rises("121, hangs up", cut("121"), "NOT_SATISFIED", false),
        rises("1111", end("1111"), "PRESSURED", true),
        rises("1211", end("1211"), "NOT_SATISFIED", true),
        waits("111, hangs up", cut("111"), "PARTIAL"),
        waits("11, hangs up", cut("11"), "NO_REPLY"),
        waits("12, hangs up", cut("12"), "NO_REPLY"),
        waits("1, hangs up", cut("1"), "NO_REPLY"),
        waits("hangs up at the first question", cut(""), "NO_REPLY"),
        waits("hangs up at once", vec![HangUp], "NO_REPLY"),
        waits("is silent", vec![UntilHungUp(160_000)], "NO_REPLY"),
        waits("types 1112 without listening", blind, "NO_REPLY"),
        waits("13", end("13"), "SPEAK_TO_PERSON"),
        waits("14", end("14"), "CALL_LATER"),
        waits("2", end("2"), "NOT_HERE"),
        waits("3", end("3"), "WRONG_NUMBER"),
        waits("11222", end("11222"), "UNDECIDED"),
        waits("111999", end("111999"), "PARTIAL"),
        waits("1119, hangs up", cut("1119"), "PARTIAL"),
        waits("999", end("999"), "NO_REPLY"),
        waits("1999", end("1999"), "NO_REPLY"),
    ]
}

#[tokio::test]
async fn one_one_one_two_closes_and_no_other_keys_do() {
    let server = Server::quick().await;
    let citizens = citizens(&server.sounds);
    let numbers: Vec<_> = (0..citizens.len()).map(|n| format!("90000001{n:02}")).collect();
    let answers: Vec<_> = numbers
        .iter()
        .zip(&citizens)
        .map(|(number, citizen)| (number.clone(), Answer::Picks(citizen.steps.clone())))
        .collect();
    let phones = Sipp::answer(server.network.callee(), numbers.len(), &answers);
    let mut watch = server.api.watch().await;

    let mut cases = Vec::new();
    for number in &numbers {
        cases.push(server.api.register_and_resolve(number).await.number);
    }
    for (case, citizen) in cases.iter().zip(&citizens) {
        let settled = matches!(citizen.outcome, "SATISFIED" | "NOT_SATISFIED" | "PRESSURED");
        watch.fact(case, if settled { "answered" } else { "attempted" }, A_CALL).await;
    }
    phones.done().await;

    let mut books = Books::open(&server.data()).await;
    let mut wrong = Vec::new();
    for (number, citizen) in cases.iter().zip(&citizens) {
        let (case, _) = server.api.case(number).await;
        let attempts = books.attempts(number).await;
        let outcomes: Vec<_> = attempts.iter().map(|attempt| attempt.outcome.as_str()).collect();
        let expected = (citizen.state, citizen.level, vec![citizen.outcome], citizen.pressured);
        let found = (case.state(), case.level, outcomes, case.pressured);
        if found != expected {
            wrong.push(format!(
                "{}: {found:?} and not {expected:?}: {}",
                citizen.does, attempts[0].evidence
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    server.assert_calm();
}

#[tokio::test]
async fn the_satisfied_case_is_closed_with_all_times_and_keys_and_the_dissatisfied_one_has_a_fresh_week()
 {
    let server = Server::start().await;
    let sounds = Sounds::read();
    let answers = [("9000000201", "1112"), ("9000000202", "1212")].map(|(number, keys)| {
        (number.to_owned(), Answer::Picks(sounds.verification_to_the_end(keys)))
    });
    let phones = Sipp::answer(server.network.callee(), 2, &answers);
    let mut watch = server.api.watch().await;

    let satisfied = server.api.register_and_resolve("9000000201").await.number;
    let dissatisfied = server.api.register_and_resolve("9000000202").await.number;
    watch.fact(&satisfied, "answered", A_CALL).await;
    let risen = watch.fact(&dissatisfied, "escalated", A_CALL).await;
    phones.done().await;

    let mut books = Books::open(&server.data()).await;
    let attempt = &books.attempts(&satisfied).await[0];
    let times = [
        Some(attempt.started_at),
        attempt.ringing_at,
        attempt.answered_at,
        attempt.right_party_at,
        attempt.question_heard_at,
        attempt.answered_by_key_at,
        attempt.confirmed_at,
        Some(attempt.ended_at),
    ];
    assert!(times.iter().all(Option::is_some), "{attempt:?}");
    assert!(times.is_sorted(), "{attempt:?}");
    let evidence: serde_json::Value = serde_json::from_str(&attempt.evidence).unwrap();
    let keys: Vec<_> = evidence["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["1", "1", "1", "2"]);
    assert_is_recorded(&server, &evidence["recording"]).await;

    let (case, _) = server.api.case(&dissatisfied).await;
    assert_eq!((case.state(), case.level), (CaseState::WithOfficer, 2));
    let ms = |at: prost_types::Timestamp| at.seconds * 1_000 + i64::from(at.nanos) / 1_000_000;
    assert_eq!(ms(case.due_at.unwrap()) - ms(risen.at.unwrap()), WEEK_MS);
    let facts: serde_json::Value = serde_json::from_str(&risen.facts_json).unwrap();
    assert_eq!((facts["level_from"].as_i64(), facts["level_to"].as_i64()), (Some(1), Some(2)));
    server.assert_calm();
}

#[tokio::test]
async fn a_long_greeting_is_noted_as_a_machines_and_changes_nothing() {
    let server = Server::quick().await;
    let machine = vec![Speak(6_000), HangUp];
    let person = vec![Speak(500), Listen(2_500), HangUp];
    let answers = [("9000000211", machine), ("9000000212", person)]
        .map(|(number, steps)| (number.to_owned(), Answer::Picks(steps)));
    let phones = Sipp::answer(server.network.callee(), 2, &answers);
    let mut watch = server.api.watch().await;

    let machine = server.api.register_and_resolve("9000000211").await.number;
    let person = server.api.register_and_resolve("9000000212").await.number;
    for case in [&machine, &person] {
        watch.fact(case, "attempted", A_CALL).await;
    }
    phones.done().await;

    let mut books = Books::open(&server.data()).await;
    for (case, likely) in [(machine, true), (person, false)] {
        let attempt = &books.attempts(&case).await[0];
        assert_eq!(attempt.outcome, "NO_REPLY");
        let evidence: serde_json::Value = serde_json::from_str(&attempt.evidence).unwrap();
        assert_eq!(evidence["machine"]["likely"], likely, "{evidence}");
        assert!(evidence["machine"]["voiced_ms"].as_i64() > Some(0), "{evidence}");
    }
    server.assert_calm();
}

/// The evidence names the file by its digest: in stereo, and right is what the helpline said.
async fn assert_is_recorded(server: &Server, recording: &serde_json::Value) {
    let sha256 = recording["sha256"].as_str().unwrap_or_else(|| panic!("{recording}"));
    let file = server.data().join("recordings").join(format!("{sha256}.wav"));
    let mut look = tokio::time::interval(Duration::from_millis(100));
    let kept = tokio::time::timeout(Duration::from_secs(20), async {
        while !file.exists() {
            look.tick().await;
        }
    });
    kept.await.expect("the piece has its name");
    assert_eq!(digest(&fs::read(&file).unwrap()), sha256);
    let mut wav = hound::WavReader::open(&file).unwrap();
    assert_eq!(wav.spec().channels, 2);
    let samples: Vec<i16> = wav.samples().map(Result::unwrap).collect();
    let heard_ms = |side: usize| {
        let pieces = samples.chunks_exact(160);
        pieces.filter(|piece| piece.iter().skip(side).step_by(2).any(|s| s.abs() > 500)).count()
            * 10
    };
    let whole_ms = samples.len() / 16;
    assert_eq!(i64::try_from(whole_ms).unwrap(), recording["duration_ms"].as_i64().unwrap());
    assert!(heard_ms(1) > whole_ms / 4, "{} of {whole_ms} ms of the prompts", heard_ms(1));
    assert!(heard_ms(0) < heard_ms(1), "the citizen only presses keys");
}
