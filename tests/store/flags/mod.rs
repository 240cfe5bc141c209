//! Flags are raised and decided once; the rules that raise them read by indexes alone.

use helpline181::{
    domain::{
        actor::Actor,
        change::{Change, Gate},
        flags::{
            Flag, FlagKind, FlagState, Pattern, Subject,
            patterns::{Happened, OfCaller, Timed},
        },
        page::After,
        verification::{Answer, Round, RoundState},
    },
    store::{
        Error, Store,
        flags::{
            self,
            looks::{self, Look},
            seen, timings,
        },
        people,
        writer::Counter,
    },
};
use sqlx::{AssertSqlSafe, Row};

use crate::kit::{
    Home, NOW,
    beside::Beside,
    commit, run,
    samples::{self, next, with_round},
};

on_both_engines! {
    a_flag_is_raised_once_and_decided_from_its_own_version_alone,
    nobody_lists_a_flag_about_themselves,
    a_look_goes_on_behind_what_it_read,
    registrations_and_answers_are_read_in_pages_and_by_phone,
    timings_are_kept_once_and_forgotten,
    callers_are_counted_over_a_span,
    a_phone_that_an_officer_has_is_known,
    looks_read_their_rows_by_an_index,
}

fn pattern(kind: FlagKind, subject: Subject, account: Option<i64>) -> Pattern {
    Pattern {
        kind,
        subject,
        span: 20_261_122,
        account,
        cases: vec![1_000_000],
        seen: serde_json::json!({ "count": 5 }),
    }
}

async fn raise(store: &Store, pattern: &Pattern, ms: i64) -> Result<Flag, Error> {
    let id = store.writer.reserve(Counter::Flag).await.unwrap();
    let (flag, fact) = Flag::raised(id, pattern, NOW.plus_ms(ms));
    let mut change = Change::new(NOW);
    change.events.push(fact);
    change.flag = Some((Gate::New, flag.clone()));
    commit(store, &format!("raise {id}"), change).await.map(|_| flag)
}

async fn account(store: &Store, login: &str) -> i64 {
    let id = store.writer.reserve(Counter::Account).await.unwrap();
    commit(store, login, samples::opened_account(id, login)).await.unwrap();
    id
}

async fn a_flag_is_raised_once_and_decided_from_its_own_version_alone(home: Home) {
    let store = home.open().await;
    let supervisor = account(&store, "supervisor").await;
    let seen = pattern(FlagKind::Registrations, Subject::Citizen(12), None);
    let raised = async |kind| {
        flags::raised(&store.db, kind, Subject::Citizen(12), 20_261_122).await.unwrap()
    };
    assert!(!raised(FlagKind::Registrations).await);
    let flag = raise(&store, &seen, 0).await.unwrap();
    assert!(raised(FlagKind::Registrations).await && !raised(FlagKind::Answers).await);
    assert!(matches!(raise(&store, &seen, 9).await, Err(Error::Conflict)));
    assert_eq!(flags::get(&store.db, flag.id).await.unwrap(), Some(flag.clone()));
    assert_eq!(flags::get(&store.db, 99_999).await.unwrap(), None);

    let by = Actor { account: Some(supervisor), ..Actor::system() };
    let decide = |verdict| flag.decide(&by, verdict, 3, "{}".to_owned(), NOW.plus_ms(5)).unwrap();
    for (n, verdict) in [FlagState::Confirmed, FlagState::Dismissed].into_iter().enumerate() {
        let (after, fact) = decide(verdict);
        let mut change = Change::new(NOW);
        change.events.push(fact);
        change.flag = Some((Gate::Version(flag.version), after.clone()));
        let written = commit(&store, &format!("decide {n}"), change).await;
        match n {
            0 => {
                written.unwrap();
                assert_eq!(flags::get(&store.db, flag.id).await.unwrap(), Some(after));
            }
            _ => assert!(matches!(written, Err(Error::Conflict)), "{written:?}"),
        }
    }
    store.close().await;
}

async fn nobody_lists_a_flag_about_themselves(home: Home) {
    let store = home.open().await;
    let (one, other) = (account(&store, "one").await, account(&store, "other").await);
    let of = |account| pattern(FlagKind::ShortCalls, Subject::Account(account), Some(account));
    let first = raise(&store, &of(one), 0).await.unwrap();
    let second = raise(&store, &of(other), 1).await.unwrap();
    let third = raise(&store, &pattern(FlagKind::Quick, Subject::Case(1), None), 2).await.unwrap();
    let list = async |reader, open, kind, after| {
        let found = flags::list(&store.db, reader, open, kind, after, 9).await.unwrap();
        found.into_iter().map(|flag| flag.id).collect::<Vec<_>>()
    };

    assert_eq!(list(one, true, None, After::START).await, [second.id, third.id]);
    assert_eq!(list(other, false, None, After::START).await, [first.id, third.id]);
    assert_eq!(list(99, true, Some(FlagKind::Quick), After::START).await, [third.id]);
    let behind = After { at: NOW, id: first.id };
    assert_eq!(list(99, false, None, behind).await, [second.id, third.id]);
    run(&home, &format!("UPDATE flags SET state = 'DISMISSED' WHERE id = {}", second.id)).await;
    assert_eq!(list(99, true, None, After::START).await, [first.id, third.id]);
    assert_eq!(list(99, false, None, After::START).await, [first.id, second.id, third.id]);
    store.close().await;
}

async fn a_look_goes_on_behind_what_it_read(home: Home) {
    let store = home.open().await;
    let look = |name: &str, id| Look {
        name: name.to_owned(),
        looked_at: NOW,
        behind: After { at: NOW.plus_ms(id), id },
    };
    looks::put(&store.writer, look("ANSWERS", 1)).await.unwrap();
    looks::put(&store.writer, look("CALLERS", 2)).await.unwrap();
    looks::put(&store.writer, look("ANSWERS", 3)).await.unwrap();

    let all = looks::all(&store.db).await.unwrap();
    assert_eq!(all, [look("ANSWERS", 3), look("CALLERS", 2)]);
    store.close().await;
}

async fn registrations_and_answers_are_read_in_pages_and_by_phone(home: Home) {
    let store = home.open().await;
    let first = samples::filed_as(&store, |case| case.registered_at = NOW).await;
    let citizen = helpline181::store::cases::get(&store.db, first).await.unwrap().citizen;
    let mut cases = vec![first];
    for ms in [5, 5, 9] {
        let case = samples::filed_as(&store, |case| {
            case.registered_at = NOW.plus_ms(ms);
            case.citizen = citizen;
        });
        cases.push(case.await);
    }
    let at = |n: usize, ms| Happened { case: cases[n], at: NOW.plus_ms(ms) };
    let page = async |after, before, limit| {
        let found = seen::registered(&store.db, after, NOW.plus_ms(before), limit).await.unwrap();
        found.into_iter().map(|(case, _)| case).collect::<Vec<_>>()
    };
    let start = After { at: NOW, id: 0 };
    assert_eq!(page(start, 9, 9).await, [at(0, 0), at(1, 5), at(2, 5)]);
    let behind = After { at: NOW.plus_ms(5), id: cases[1] };
    assert_eq!(page(behind, 10, 9).await, [at(2, 5), at(3, 9)]);
    assert_eq!(page(behind, 10, 1).await, [at(2, 5)]);
    let of =
        async |since| seen::registered_by(&store.db, citizen, NOW.plus_ms(since)).await.unwrap();
    assert_eq!(of(5).await, [at(1, 5), at(2, 5), at(3, 9)]);
    assert_eq!(of(10).await, []);

    let mut rounds = Vec::new();
    for (ms, answer) in [(3, Answer::Satisfied), (4, Answer::NotSatisfied), (6, Answer::Satisfied)]
    {
        let (case, round) = with_round(&store).await;
        let round = Round {
            citizen,
            state: RoundState::Answered,
            answer: Some(answer),
            answered_at: Some(NOW.plus_ms(ms)),
            version: 2,
            ..round
        };
        let change = Change { round: Some((Gate::Version(1), round)), ..next(&case, "answered") };
        commit(&store, &format!("answer {ms}"), change).await.unwrap();
        rounds.push(Happened { case: case.id, at: NOW.plus_ms(ms) });
    }
    let answers = seen::satisfied(&store.db, start, NOW.plus_ms(99), 9).await.unwrap();
    assert_eq!(answers, [(rounds[0], 1, citizen), (rounds[2], 1, citizen)]);
    let behind = After { at: rounds[0].at, id: rounds[0].case };
    assert!(seen::satisfied(&store.db, behind, NOW.plus_ms(6), 9).await.unwrap().is_empty());
    let by =
        async |since| seen::satisfied_by(&store.db, citizen, NOW.plus_ms(since)).await.unwrap();
    assert_eq!((by(0).await, by(4).await), (vec![rounds[0], rounds[2]], vec![rounds[2]]));
    store.close().await;
}

async fn timings_are_kept_once_and_forgotten(home: Home) {
    let store = home.open().await;
    let call = |n: i64, ms| Timed { citizen: n, case: 1_000_000 + n, at: NOW.plus_ms(ms) };
    for (timing, call) in [("1+0;", call(1, 0)), ("1+0;", call(2, 5)), ("2+0;", call(3, 6))] {
        timings::put(&store.writer, timing.to_owned(), call, 1).await.unwrap();
    }
    timings::put(&store.writer, "9+9;".to_owned(), call(1, 9), 1).await.unwrap();

    let same = async |ms| timings::same(&store.db, "1+0;", NOW.plus_ms(ms)).await.unwrap();
    assert_eq!((same(0).await, same(1).await), (vec![call(1, 0), call(2, 5)], vec![call(2, 5)]));
    assert_eq!(timings::forget(&store.writer, NOW.plus_ms(6)).await.unwrap(), 2);
    assert!(same(0).await.is_empty());
    assert_eq!(timings::forget(&store.writer, NOW.plus_ms(6)).await.unwrap(), 0);
    store.close().await;
}

async fn callers_are_counted_over_a_span(home: Home) {
    let store = home.open().await;
    let caller = account(&store, "caller").await;
    for (n, (kind, outcome, talk, recorded)) in [
        ("ROUND", "'SATISFIED'", 9, 10),
        ("ROUND", "'SATISFIED'", 10, 19),
        ("ROUND", "'NOT_SATISFIED'", 99, 11),
        ("ROUND", "'NO_REPLY'", 1, 12),
        ("ROUND", "NULL", 1, 12),
        ("RECHECK", "'SATISFIED'", 1, 12),
        ("ROUND", "'SATISFIED'", 1, 20),
        ("ROUND", "'SATISFIED'", 1, 9),
    ]
    .into_iter()
    .enumerate()
    {
        let row = format!(
            "INSERT INTO tasks (account, n, kind, case_id, round, citizen, token, state, shown_at, held_until,
                                extended, answered_at, ended_at, outcome, recorded_at, version)
             VALUES ({caller}, {n}, '{kind}', 1, 1, 1, 1, 'RECORDED', 0, 0, 0, 0, {talk}, {outcome}, {at}, 1)",
            at = NOW.plus_ms(recorded).ms(),
        );
        run(&home, &row).await;
    }

    let span = (NOW.plus_ms(10), NOW.plus_ms(20));
    let found = seen::callers(&store.db, span, 10).await.unwrap();

    assert_eq!(found, [OfCaller { account: caller, answers: 3, satisfied: 2, short: 1 }]);
    store.close().await;
}

async fn a_phone_that_an_officer_has_is_known(home: Home) {
    let store = home.open().await;
    let case = samples::filed(&store).await;
    assert_eq!(people::of_citizen(&store.db, case.citizen).await.unwrap(), None);
    let officer = account(&store, "je.phanda").await;
    let columns = "INSERT INTO officers (account, since, name_hi, name_en, mobile_key)";
    run(
        &home,
        &format!(
            "{columns} SELECT {officer}, 0, 'a', 'a', phone_key FROM citizens WHERE id = {}",
            case.citizen
        ),
    )
    .await;

    assert_eq!(people::of_citizen(&store.db, case.citizen).await.unwrap(), Some(officer));
    store.close().await;
}

/// The plan of a query, in the words of its engine.
pub(crate) async fn plan(home: &Home, sql: &str) -> String {
    match Beside::open(&home.url).await {
        Beside::Sqlite(pool) => {
            let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
            let rows = sqlx::query(sql).fetch_all(&pool).await.unwrap();
            rows.iter().map(|row| row.get::<String, _>("detail") + "\n").collect()
        }
        Beside::Postgres(pool) => {
            let mut conn = pool.acquire().await.unwrap();
            let off = "SET enable_seqscan = off; SET enable_bitmapscan = off";
            sqlx::raw_sql(off).execute(&mut *conn).await.unwrap();
            let sql = AssertSqlSafe(format!("EXPLAIN {sql}"));
            let rows = sqlx::query(sql).fetch_all(&mut *conn).await.unwrap();
            rows.iter().map(|row| row.get::<String, _>(0) + "\n").collect()
        }
    }
}

async fn looks_read_their_rows_by_an_index(home: Home) {
    let store = home.open().await;
    // Many citizens, so that the plan has something to choose by.
    let (case, _) = with_round(&store).await;
    run(
        &home,
        &format!(
            "INSERT INTO rounds (case_id, round, citizen, language, district, state, opened_at, ends_at, attempts,
                                 dials, attempt_used, redials_busy, redials_congestion, partial, ring_back, human,
                                 bad_number_days, answer, answered_at, version, purpose)
             WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 2000)
             SELECT {}, 100 + n, n, 'hi', 'district:396', 'ANSWERED', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                    'SATISFIED', 1000 + n, 1, 'RESOLUTION'
               FROM many;
             ANALYZE rounds",
            case.id
        ),
    )
    .await;
    for (index, sql) in [
        (
            "cases_registered",
            "SELECT id FROM cases WHERE registered_at >= 1 AND registered_at < 9 AND (registered_at > 1 OR id > 1)
              ORDER BY registered_at, id LIMIT 200",
        ),
        (
            "rounds_satisfied",
            "SELECT case_id FROM rounds WHERE answer = 'SATISFIED' AND purpose = 'RESOLUTION'
              AND (answered_at, case_id) > (1, 1) AND answered_at < 9 ORDER BY answered_at, case_id LIMIT 200",
        ),
        (
            "rounds_satisfied_citizen",
            "SELECT case_id FROM rounds WHERE answer = 'SATISFIED' AND citizen = 5 AND answered_at >= 1
              ORDER BY answered_at DESC, case_id DESC LIMIT 100",
        ),
        (
            "tasks_recorded",
            "SELECT account, COUNT(*) FROM tasks WHERE outcome IS NOT NULL AND recorded_at >= 1 AND recorded_at < 9
              GROUP BY account",
        ),
        (
            "answer_timings_same",
            "SELECT case_id FROM answer_timings WHERE timing = 'x' AND at >= 1 ORDER BY at, case_id LIMIT 100",
        ),
    ] {
        let plan = plan(&home, sql).await;
        assert!(plan.contains(index), "{index}: {plan}");
    }
    store.close().await;
}
