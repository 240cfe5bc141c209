//! SIPp as the citizens of hundreds of verification calls, ten a second, who answer, are busy, are away, hang up, press too
//! early or are machines: what was dialled, answered and recorded agrees with SIPp's own log, number by number.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use helpline181::{
    domain::{
        policy::{Policy, Verification},
        time::{HOUR_MS, Timestamp},
    },
    store::{
        Store,
        directory::policies::{self, PolicyRow},
    },
};
use tokio::task::JoinSet;

use crate::kit::{
    api::{Attempt, Books},
    script::{Answer, HangUp, Listen, Press, Speak, Step},
    seen::invites,
    server::{Server, Wishes},
    sipp::Sipp,
    sounds::Sounds,
};

const CALLS_PER_SECOND: u32 = 10;
const FIRST: u64 = 9_000_050_000;
/// The last digit of a number says what its citizen does.
const KINDS: usize = 10;
/// Cases that are made beside each other.
const DESKS: usize = 6;
/// One in so many citizens of SIPp may press a key at another moment than written, where the machine is busy.
const MISHEARD_SHARE_MAX: usize = 100;
/// The last call begins with the last second; then the longest of them goes on.
const LONGEST_CALL: Duration = Duration::from_secs(60);

/// A minute of calls, or ten in the full tier.
fn seconds() -> u32 {
    let full = std::env::var("TEST_TIER").is_ok_and(|tier| tier == "full");
    if full { 600 } else { 60 }
}

/// What a citizen does, and what is recorded of it.
struct Kind {
    answer: Answer,
    outcome: &'static str,
}

fn kinds(sounds: &Sounds) -> [Kind; KINDS] {
    let picks = |steps: Vec<Step>, outcome| Kind { answer: Answer::Picks(steps), outcome };
    let typed_blindly = "1112".chars().flat_map(|key| [Press(key), Listen(60)]);
    let blind = [Listen(1_000)].into_iter().chain(typed_blindly).chain([Listen(2_000), HangUp]);
    [
        picks(sounds.verification_to_the_end("1112"), "SATISFIED"),
        picks(sounds.verification_to_the_end("1212"), "NOT_SATISFIED"),
        Kind { answer: Answer::Refuses(486, "Busy Here"), outcome: "BUSY" },
        Kind { answer: Answer::Rings, outcome: "NO_ANSWER" },
        Kind { answer: Answer::Declines(480, "Temporarily Unavailable"), outcome: "NO_ANSWER" },
        // An answering machine: speaks, and ends.
        picks(vec![Speak(6_000), HangUp], "NO_REPLY"),
        picks(vec![HangUp], "NO_REPLY"),
        picks(sounds.verification_then_hang_up("11"), "NO_REPLY"),
        picks(blind.collect(), "NO_REPLY"),
        picks(sounds.verification_to_the_end("13"), "SPEAK_TO_PERSON"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_calls_a_second_are_dialled_answered_and_recorded_as_the_sinks_log_says() {
    let calls = (CALLS_PER_SECOND * seconds()) as usize;
    let mut server = Server::start_with(Wishes {
        quick: true,
        dialled: 200,
        trunk_calls_per_second: CALLS_PER_SECOND,
        ..Wishes::default()
    })
    .await;
    rings_busy_lines_later(&mut server).await;
    let server = Arc::new(server);
    let kinds = kinds(&server.sounds);
    let numbers: Vec<_> = (0..calls as u64).map(|n| (FIRST + n).to_string()).collect();
    let answers: Vec<_> =
        kinds.iter().enumerate().map(|(n, kind)| (n.to_string(), kind.answer.clone())).collect();
    let longest = Duration::from_secs(seconds().into()) * 3 + LONGEST_CALL;
    let sinks = Sipp::answer_within(server.network.callee(), calls, &answers, longest);

    let mut desks = JoinSet::new();
    for desk in 0..DESKS {
        let (server, numbers) = (Arc::clone(&server), numbers.clone());
        desks.spawn(async move {
            let mut cases = Vec::new();
            for number in numbers.into_iter().skip(desk).step_by(DESKS) {
                let case = server.api.register_and_resolve(&number).await.number;
                cases.push((number, case));
            }
            cases
        });
    }
    let cases: BTreeMap<_, _> = desks.join_all().await.into_iter().flatten().collect();
    let log = sinks.done_with_log().await;
    // What a call leaves behind is kept a moment after its end.
    let ended = server.ends_calls(calls, LONGEST_CALL).await;

    let seen = invites(&log);
    let mut books = Books::open(&server.data()).await;
    let mut wrong = Vec::new();
    let (mut answered, mut misheard, mut evidence_of) = (0, 0, BTreeSet::new());
    for (number, case) in &cases {
        let kind = &kinds[number[number.len() - 1..].parse::<usize>().unwrap()];
        let attempts = books.attempts(case).await;
        let found = (attempts.len(), attempts.first().map(|dial| dial.outcome.as_str()));
        let keys_lost = matches!(kind.outcome, "SATISFIED" | "NOT_SATISFIED" | "SPEAK_TO_PERSON");
        if keys_lost && found.0 == 1 && found.1 != Some(kind.outcome) {
            misheard += 1;
        } else if found != (1, Some(kind.outcome)) {
            wrong.push(format!("{number} {found:?} and not {}: {attempts:?}", kind.outcome));
            continue;
        }
        let dial = &attempts[0];
        let sink = &seen[number];
        let picked_up = sink.iter().filter(|call| call.answered).count();
        answered += usize::from(dial.answered_at.is_some());
        evidence_of.insert(call_of(dial));
        if (sink.len(), picked_up) != (1, usize::from(dial.answered_at.is_some())) {
            wrong.push(format!("{number} was {sink:?} by SIPp and {dial:?} by us"));
        }
    }
    assert!(
        misheard * MISHEARD_SHARE_MAX <= calls,
        "{misheard} citizens pressed at another moment"
    );
    assert!(wrong.is_empty(), "{} of {calls}: {wrong:#?}", wrong.len());
    assert_eq!(seen.len(), calls, "numbers that SIPp was called for");
    assert_eq!(answered, seen.values().flatten().filter(|call| call.answered).count());
    assert_eq!(evidence_of.len(), calls, "each row of evidence names a call of its own");
    assert_eq!(ended, calls, "records of calls");
    server.assert_calm();
}

/// A busy line is rung again after ten minutes, which the full tier lasts: here after an hour.
async fn rings_busy_lines_later(server: &mut Server) {
    let standard = Policy::standard();
    let busy_redial_ms = HOUR_MS;
    let policy = Policy {
        version: 2,
        effective_from: Timestamp(1),
        verification: Verification { busy_redial_ms, ..standard.verification },
        ..standard
    };
    let row = PolicyRow {
        version: policy.version,
        effective_at: policy.effective_from,
        body: serde_json::to_string(&policy).unwrap(),
    };
    let store = Store::open(server.store_options(), Timestamp::from_ms(0)).await.unwrap();
    assert!(policies::add(&store.writer, &row).await.unwrap());
    store.close().await;
    server.die_and_start_again().await;
}

/// The call that a row of evidence names, and no other trunk than the one that there is.
fn call_of(dial: &Attempt) -> String {
    let evidence: serde_json::Value = serde_json::from_str(&dial.evidence).unwrap();
    assert_eq!(evidence["trunks"].as_array().map(Vec::len), Some(1), "{evidence}");
    assert_eq!(evidence["trunks"][0]["trunk"], "test");
    evidence["call"].as_str().unwrap().to_owned()
}
