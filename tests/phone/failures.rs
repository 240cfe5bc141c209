//! Calls that reach nobody: they never close a case and are tried again by rule book 1.4, each time with its own times.

use std::time::Duration;

use helpline_proto::v1::CaseState;

use crate::kit::{
    api::{Attempt, Books},
    script::Answer,
    server::Server,
    sipp::Sipp,
};

const A_DIAL: Duration = Duration::from_secs(60);
const MINUTE_S: i64 = 60;
/// The next attempt is on another day, in the part of the day after the one that was tried.
const NEXT_DAY_S: i64 = 27 * 3_600;
const DAY_S: i64 = 86_400;

const BUSY: &str = "9000000301";
const UNANSWERED: &str = "9000000302";
const UNKNOWN: &str = "9000000303";
const CONGESTED: &str = "9000000304";

fn answers() -> Vec<(String, Answer)> {
    [
        (BUSY, Answer::Refuses(486, "Busy Here")),
        (UNANSWERED, Answer::Rings),
        (UNKNOWN, Answer::Declines(404, "Not Found")),
        (CONGESTED, Answer::Declines(503, "Service Unavailable")),
    ]
    .map(|(number, answer)| (number.to_owned(), answer))
    .into()
}

#[tokio::test]
async fn busy_no_answer_404_and_503_never_close_and_are_tried_again_in_their_time() {
    let server = Server::start().await;
    // Day one: busy 3 dials, no answer 1, unknown 1, congested 4.
    let phones = Sipp::answer(server.network.callee(), 9, &answers());
    let mut watch = server.api.watch().await;
    let mut cases = Vec::new();
    for number in [BUSY, UNANSWERED, UNKNOWN, CONGESTED] {
        cases.push(server.api.register_and_resolve(number).await.number);
    }
    let [busy, unanswered, unknown, congested] = &cases[..] else { unreachable!() };

    for case in &cases {
        watch.facts(case, "attempted", 1, A_DIAL).await;
    }
    // Congestion is redialled every 5 minutes, busy every 10.
    for (congestions, busies) in [(2, 1), (3, 2), (4, 2), (4, 3)] {
        server.api.advance(5 * MINUTE_S).await;
        watch.facts(congested, "attempted", congestions, A_DIAL).await;
        watch.facts(busy, "attempted", busies, A_DIAL).await;
    }
    phones.done().await;

    let mut books = Books::open(&server.data()).await;
    let of_busy = books.attempts(busy).await;
    let of_congested = books.attempts(congested).await;
    let of_unanswered = books.attempts(unanswered).await;
    let of_unknown = books.attempts(unknown).await;
    assert_eq!(outcomes(&of_busy), [("BUSY", Some(486)); 3]);
    assert_eq!(outcomes(&of_congested), [("CONGESTION", Some(503)); 4]);
    assert_eq!(outcomes(&of_unanswered), [("NO_ANSWER", Some(487))]);
    assert_eq!(outcomes(&of_unknown), [("BAD_NUMBER", Some(404))]);
    assert!(
        of_busy.iter().all(|dial| dial.attempt == Some(1)),
        "redials of a busy phone are one attempt: {of_busy:?}"
    );
    assert!(
        of_congested.iter().all(|dial| dial.attempt.is_none()),
        "congestion uses no attempt: {of_congested:?}"
    );
    assert_eq!((of_unanswered[0].attempt, of_unknown[0].attempt), (Some(1), Some(1)));
    assert_apart(&of_busy, 10 * MINUTE_S);
    assert_apart(&of_congested, 5 * MINUTE_S);
    assert!(
        of_unanswered[0].ringing_at.is_some() && of_unanswered[0].answered_at.is_none(),
        "{of_unanswered:?}"
    );
    assert!(of_unknown[0].ringing_at.is_none(), "{of_unknown:?}");

    // Day two: everybody is tried once more, and the number that is unknown on two days is a person's task. Whom congestion kept
    // away rings now: a quick 503 would be dialled again while the clock goes on.
    let day_two = answers().into_iter().map(|(number, answer)| match number == CONGESTED {
        true => (number, Answer::Rings),
        false => (number, answer),
    });
    let phones = Sipp::answer(server.network.callee(), 4, &day_two.collect::<Vec<_>>());
    server.api.advance(NEXT_DAY_S).await;
    for (case, dials) in cases.iter().zip([4, 2, 2, 5]) {
        watch.facts(case, "attempted", dials, A_DIAL).await;
    }
    phones.done().await;
    assert_eq!(server.api.figures().await.number_reviews, 1);
    for number in &cases {
        let (case, _) = server.api.case(number).await;
        assert_eq!(
            (case.state(), case.level, case.closed_at),
            (CaseState::AwaitingVerification, 1, None),
            "{number}"
        );
        assert_times(&books.attempts(number).await);
    }
    server.assert_calm();
}

#[tokio::test]
async fn a_dead_port_never_closes_and_uses_no_attempt() {
    let server = Server::start().await;
    let mut watch = server.api.watch().await;

    // Nothing listens where the trunk delivers.
    let case = server.api.register_and_resolve("9000000305").await.number;
    watch.facts(&case, "attempted", 1, A_DIAL).await;
    server.api.advance(5 * MINUTE_S).await;
    watch.facts(&case, "attempted", 2, A_DIAL).await;

    let attempts = Books::open(&server.data()).await.attempts(&case).await;
    assert_eq!(outcomes(&attempts), [("FAULT", None); 2]);
    assert!(
        attempts.iter().all(|dial| dial.attempt.is_none() && dial.ringing_at.is_none()),
        "{attempts:?}"
    );
    assert_apart(&attempts, 5 * MINUTE_S);
    assert_eq!(server.api.case(&case).await.0.state(), CaseState::AwaitingVerification);
    server.assert_calm();
}

#[tokio::test]
async fn a_round_whose_attempts_are_used_ends_unverified_and_never_closed() {
    let server = Server::start().await;
    let phones = Sipp::answer(server.network.callee(), 3, &[("9000000306".into(), Answer::Rings)]);
    let mut watch = server.api.watch().await;

    let case = server.api.register_and_resolve("9000000306").await.number;
    for attempt in 1..=3 {
        watch.facts(&case, "attempted", attempt, A_DIAL).await;
        if attempt < 3 {
            server.api.advance(NEXT_DAY_S).await;
        }
    }
    phones.done().await;
    server.api.advance(10 * DAY_S).await;
    watch.fact(&case, "round_ended", A_DIAL).await;

    let attempts = Books::open(&server.data()).await.attempts(&case).await;
    assert_eq!(
        attempts.iter().map(|dial| dial.attempt).collect::<Vec<_>>(),
        [Some(1), Some(2), Some(3)]
    );
    assert_times(&attempts);
    let (case, _) = server.api.case(&case).await;
    assert_eq!((case.state(), case.closed_at), (CaseState::Unverified, None));
}

fn outcomes(attempts: &[Attempt]) -> Vec<(&str, Option<i64>)> {
    attempts.iter().map(|dial| (dial.outcome.as_str(), dial.sip_status)).collect()
}

/// Each dial has times of its own: in order, and after those of the dial before.
fn assert_times(attempts: &[Attempt]) {
    let mut before = 0;
    for dial in attempts {
        let times: Vec<_> =
            [Some(dial.started_at), dial.ringing_at, dial.answered_at, Some(dial.ended_at)]
                .into_iter()
                .flatten()
                .collect();
        assert!(times.is_sorted() && before < dial.started_at, "{attempts:#?}");
        before = dial.ended_at;
    }
}

fn assert_apart(attempts: &[Attempt], seconds: i64) {
    assert_times(attempts);
    for pair in attempts.windows(2) {
        assert!(pair[1].started_at - pair[0].ended_at >= seconds * 1_000 - 1_000, "{attempts:#?}");
    }
}
