//! Patterns that somebody should look at: raised once from what was stored, reviewed by a person, and nothing by themselves.

use helpline181::{
    app::{Error, cases, flags, verification},
    domain::{
        actor::{Actor, Channel, Role},
        case::Case,
        flags::{FlagKind, FlagState},
        refused::Refused,
        verification::Outcome,
    },
    store::{self, events},
};

use crate::kit::{DAY_MS, Helpline, Home};

on_both_engines! {
    five_registrations_from_one_phone_in_an_hour_are_one_flag,
    a_case_from_an_officers_own_phone_is_flagged_and_the_officer_sees_nothing,
    satisfied_within_minutes_and_behind_a_changed_number_are_flagged,
    the_same_times_between_keys_of_four_citizens_are_one_flag,
    four_satisfied_answers_of_one_phone_in_an_hour_are_one_flag,
    callers_are_held_against_the_others_when_a_week_is_over,
    a_flag_is_decided_once_with_a_reason_and_moves_nothing,
}

const MINUTE_MS: i64 = 60_000;

/// Begins to look: what was before is nobody's pattern.
async fn begin(helpline: &Helpline) {
    assert!(flags::is_due(&helpline.app).await.unwrap());
    flags::look(&helpline.app).await.unwrap();
    assert!(!flags::is_due(&helpline.app).await.unwrap());
}

/// The next look, as the sweep does it.
async fn look(helpline: &Helpline) {
    helpline.pass(10 * MINUTE_MS);
    while flags::look(&helpline.app).await.unwrap() > 0 {}
}

async fn listed(helpline: &Helpline, by: &Actor) -> Vec<flags::FlagView> {
    flags::list(&helpline.app, by, true, None, 100, None).await.unwrap().rows
}

fn kinds(rows: &[flags::FlagView]) -> Vec<FlagKind> {
    let mut kinds: Vec<_> = rows.iter().map(|row| row.flag.kind).collect();
    kinds.sort_unstable();
    kinds
}

/// By keys, which are not shown earlier cases of the same matter.
async fn registered(helpline: &Helpline, phone: &str) -> Case {
    let by = Actor { channel: Channel::Ivr, role: Role::Ivr, ..Actor::caller(None) };
    let ask = helpline.complaint(&format!("r {phone} {}", helpline.app.now().ms()), phone);
    cases::register(&helpline.app, &by, ask).await.unwrap().case
}

/// The machine is told "satisfied", with these times of the four keys.
async fn satisfied(helpline: &Helpline, case: &Case, officer: &Actor, keys_ms: [i64; 4]) {
    helpline.resolve(case, officer).await;
    let order = verification::dial(&helpline.app, 1).await.unwrap().pop().unwrap();
    let keys = keys_ms.iter().zip(["1", "1", "1", "2"]);
    let keys: Vec<_> = keys.map(|(ms, key)| serde_json::json!({ "key": key, "ms": ms })).collect();
    let evidence = serde_json::json!({ "keys": keys }).to_string();
    let by = Actor::caller(Some(order.citizen));
    for round in &order.rounds {
        let outcome = helpline.outcome(round, Outcome::Satisfied);
        let record = verification::Record { evidence: evidence.clone(), ..outcome };
        verification::record(&helpline.app, &by, record).await.unwrap();
    }
    verification::line::free_order(&helpline.app, order.citizen, &order.rounds).await.unwrap();
}

async fn five_registrations_from_one_phone_in_an_hour_are_one_flag(home: Home) {
    let helpline = Helpline::start(&home).await;
    let supervisor = helpline.staff(Role::Supervisor).await;
    registered(&helpline, "9000000099").await;
    helpline.pass(1);
    begin(&helpline).await;
    let mut cases = Vec::new();
    for n in 0..6 {
        if n == 4 {
            look(&helpline).await;
            assert!(listed(&helpline, &supervisor).await.is_empty());
        }
        cases.push(registered(&helpline, "9000000001").await);
        registered(&helpline, &format!("900000010{n}")).await;
        helpline.pass(MINUTE_MS);
    }

    look(&helpline).await;
    look(&helpline).await;

    let found = listed(&helpline, &supervisor).await;
    assert_eq!(kinds(&found), [FlagKind::Registrations]);
    let five: Vec<_> = cases[..5].iter().map(Case::number).collect();
    assert_eq!(found[0].cases, five);
    let phone = found[0].phone.clone().unwrap();
    assert!(!phone.contains("9000000001") && !phone.is_empty(), "{phone}");
    assert!(!found[0].flag.evidence.contains("9000000001"));
    // Another process finds it raised.
    let other = home.process(&helpline.clock).await;
    helpline.pass(10 * MINUTE_MS);
    flags::look(&other).await.unwrap();
    assert_eq!(listed(&helpline, &supervisor).await.len(), 1);
    other.close().await;
}

async fn a_case_from_an_officers_own_phone_is_flagged_and_the_officer_sees_nothing(home: Home) {
    let helpline = Helpline::start(&home).await;
    let supervisor = helpline.staff(Role::Supervisor).await;
    let officer = helpline.officer("block:phanda", 1).await;
    begin(&helpline).await;
    helpline.pass(1);
    let case = registered(&helpline, "9000000001").await;
    let mobile = format!(
        "INSERT INTO officers (account, since, name_hi, name_en, mobile_key)
         SELECT {}, 0, 'a', 'a', phone_key FROM citizens WHERE id = {}",
        officer.account.unwrap(),
        case.citizen
    );
    assert_eq!(home.sql(&mobile).await, 1);

    look(&helpline).await;

    let found = listed(&helpline, &supervisor).await;
    assert_eq!(kinds(&found), [FlagKind::OfficersPhone]);
    assert_eq!(found[0].login.as_deref(), Some("l1.block.phanda"));
    let refused = flags::list(&helpline.app, &officer, true, None, 9, None).await;
    assert!(matches!(refused, Err(Error::Forbidden(Refused::NotYourRole))));
    // Nor in another role: it is not there for whom it speaks of.
    let same = Actor { role: Role::Supervisor, ..officer };
    assert!(listed(&helpline, &same).await.is_empty());
    let id = found[0].flag.id;
    let own = flags::get(&helpline.app, &same, id).await;
    assert!(matches!(own, Err(Error::NotFound("flag"))));
    let own = flags::decide(&helpline.app, &same, decide(id, FlagState::Dismissed, "d")).await;
    assert!(matches!(own, Err(Error::NotFound("flag"))));
}

async fn satisfied_within_minutes_and_behind_a_changed_number_are_flagged(home: Home) {
    let helpline = Helpline::start(&home).await;
    let auditor = helpline.staff(Role::Auditor).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let old = registered(&helpline, "9000000001").await;
    let slow = registered(&helpline, "9000000002").await;
    helpline.pass(MINUTE_MS);
    begin(&helpline).await;
    helpline.pass(30 * MINUTE_MS);
    let quick = registered(&helpline, "9000000003").await;
    let changed = format!(
        "UPDATE cases SET aside = '{{\"v\":1,\"aside\":{{\"number_changed\":{}}}}}' WHERE id = {}",
        helpline.app.now().plus_ms(-DAY_MS).ms(),
        old.id
    );
    assert_eq!(home.sql(&changed).await, 1);
    for (n, case) in [&old, &slow, &quick].into_iter().enumerate() {
        let n = n as i64;
        satisfied(&helpline, case, &officer, [0, 100 + n * 500, 3_000, 9_000]).await;
    }

    look(&helpline).await;

    let found = listed(&helpline, &auditor).await;
    assert_eq!(kinds(&found), [FlagKind::Quick, FlagKind::NumberChanged]);
    let of = |kind| found.iter().find(|row| row.flag.kind == kind).unwrap().cases.clone();
    assert_eq!(of(FlagKind::Quick), [quick.number()]);
    assert_eq!(of(FlagKind::NumberChanged), [old.number()]);
}

async fn the_same_times_between_keys_of_four_citizens_are_one_flag(home: Home) {
    let helpline = Helpline::start(&home).await;
    let auditor = helpline.staff(Role::Auditor).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let mut cases = Vec::new();
    for n in 1..=6 {
        cases.push(registered(&helpline, &format!("900000000{n}")).await);
    }
    helpline.pass(31 * MINUTE_MS);
    begin(&helpline).await;
    helpline.pass(1);
    // Three and one that is off by a third of a second; then the fourth, and another.
    for (n, case) in cases[..4].iter().enumerate() {
        let third = if n == 1 { 15_300 } else { 15_000 };
        satisfied(&helpline, case, &officer, [9_000, third, 19_000, 24_000]).await;
    }
    look(&helpline).await;
    assert!(listed(&helpline, &auditor).await.is_empty());
    for case in &cases[4..] {
        satisfied(&helpline, case, &officer, [12_000, 18_003, 22_003, 27_003]).await;
    }

    look(&helpline).await;

    let found = listed(&helpline, &auditor).await;
    assert_eq!(kinds(&found), [FlagKind::SameTiming]);
    let same: Vec<_> = [0, 2, 3, 4].iter().map(|n: &usize| cases[*n].number()).collect();
    assert_eq!(found[0].cases, same);
}

async fn four_satisfied_answers_of_one_phone_in_an_hour_are_one_flag(home: Home) {
    let helpline = Helpline::start(&home).await;
    let auditor = helpline.staff(Role::Auditor).await;
    let officer = helpline.officer("block:phanda", 1).await;
    let mut cases = Vec::new();
    for _ in 0..5 {
        cases.push(registered(&helpline, "9000000001").await);
        helpline.pass(31 * MINUTE_MS);
    }
    begin(&helpline).await;
    helpline.pass(1);
    for case in &cases {
        helpline.resolve(case, &officer).await;
    }
    // Three in each of two calls of the day.
    for n in 0..2 {
        let order = verification::dial(&helpline.app, 1).await.unwrap().pop().unwrap();
        let by = Actor::caller(Some(order.citizen));
        for round in &order.rounds {
            let record = helpline.outcome(round, Outcome::Satisfied);
            verification::record(&helpline.app, &by, record).await.unwrap();
        }
        verification::line::free_order(&helpline.app, order.citizen, &order.rounds).await.unwrap();
        if n == 0 {
            look(&helpline).await;
            assert!(listed(&helpline, &auditor).await.is_empty());
        }
    }

    look(&helpline).await;

    let found = listed(&helpline, &auditor).await;
    assert_eq!(kinds(&found), [FlagKind::Answers]);
    assert_eq!(found[0].cases.len(), 4);
}

async fn callers_are_held_against_the_others_when_a_week_is_over(home: Home) {
    let helpline = Helpline::start(&home).await;
    let supervisor = helpline.staff(Role::Supervisor).await;
    let odd = helpline.staff(Role::FeedbackCaller).await.account.unwrap();
    let other = helpline.staff(Role::Agent).await.account.unwrap();
    let short = helpline.staff(Role::Auditor).await.account.unwrap();
    begin(&helpline).await;
    let now = helpline.app.now().ms();
    for (account, answers, satisfied, short) in
        [(odd, 60, 60, 0), (other, 100, 50, 4), (short, 20, 10, 5)]
    {
        for n in 1..=answers {
            let outcome = if n <= satisfied { "SATISFIED" } else { "NOT_SATISFIED" };
            let talk = if n <= short { 19_999 } else { 20_000 };
            let row = format!(
                "INSERT INTO tasks (account, n, kind, case_id, round, citizen, token, state, shown_at,
                                    held_until, extended, answered_at, ended_at, outcome, recorded_at, version)
                 VALUES ({account}, {n}, 'ROUND', 1, 1, 1, 1, 'RECORDED', 0, 0, 0, 0, {talk}, '{outcome}', {now}, 1)"
            );
            home.sql(&row).await;
        }
    }

    look(&helpline).await;
    assert!(listed(&helpline, &supervisor).await.is_empty(), "the week is not over");
    helpline.pass(7 * DAY_MS);
    look(&helpline).await;
    look(&helpline).await;

    let found = listed(&helpline, &supervisor).await;
    let found: Vec<_> = found.iter().map(|row| (row.flag.kind, row.flag.account)).collect();
    assert_eq!(
        found,
        [(FlagKind::OddSatisfaction, Some(odd)), (FlagKind::ShortCalls, Some(short))]
    );
}

fn decide(flag: i64, verdict: FlagState, request: &str) -> flags::Decide {
    flags::Decide {
        request_id: request.to_owned(),
        flag,
        verdict,
        note: "the family of six shares the phone".to_owned(),
    }
}

async fn a_flag_is_decided_once_with_a_reason_and_moves_nothing(home: Home) {
    let helpline = Helpline::start(&home).await;
    let supervisor = helpline.staff(Role::Supervisor).await;
    let auditor = helpline.staff(Role::Auditor).await;
    let officer = helpline.officer("block:phanda", 1).await;
    begin(&helpline).await;
    helpline.pass(1);
    let case = registered(&helpline, "9000000001").await;
    satisfied(&helpline, &case, &officer, [0, 100, 3_000, 9_000]).await;
    look(&helpline).await;
    let flag = listed(&helpline, &auditor).await.remove(0).flag;
    let before = helpline.case(&case).await;

    let mut ask = decide(flag.id, FlagState::Dismissed, "d1");
    let refused = flags::decide(&helpline.app, &auditor, ask.clone()).await;
    assert!(matches!(refused, Err(Error::Forbidden(Refused::NotYourRole))));
    ask.note = " ".to_owned();
    let empty = flags::decide(&helpline.app, &supervisor, ask).await;
    assert!(matches!(empty, Err(Error::Invalid { field: "note", .. })));
    let first = decide(flag.id, FlagState::Dismissed, "d1");
    let decided = flags::decide(&helpline.app, &supervisor, first.clone()).await.unwrap();
    assert_eq!(
        (decided.flag.state, decided.flag.decided_by),
        (FlagState::Dismissed, supervisor.account)
    );
    assert_eq!(decided.note.as_deref(), Some("the family of six shares the phone"));
    // Repeated, it is the same; another word is refused.
    let again = flags::decide(&helpline.app, &supervisor, first).await.unwrap();
    assert_eq!(again, decided);
    let second = decide(flag.id, FlagState::Confirmed, "d2");
    let second = flags::decide(&helpline.app, &supervisor, second).await;
    assert!(matches!(second, Err(Error::Refused(Refused::NothingOpen))));

    assert!(listed(&helpline, &auditor).await.is_empty());
    let all = flags::list(&helpline.app, &auditor, false, None, 9, None).await.unwrap();
    assert_eq!(all.rows.len(), 1);
    let stream =
        events::of_stream(&helpline.look.db, &format!("flag:{}", flag.id), 0).await.unwrap();
    let facts: Vec<_> = stream.iter().map(|one| one.event.kind.as_str()).collect();
    assert_eq!(facts, ["flag_raised", "flag_decided"]);
    let last = &stream[1].event;
    assert_eq!(last.actor, format!("account:{}", supervisor.account.unwrap()));
    assert!(!last.body.contains("family"), "the words are a text of their own: {}", last.body);
    let kept = store::flags::get(&helpline.look.db, flag.id).await.unwrap().unwrap();
    assert_eq!((kept.version, kept.head), (2, last.hash));
    assert_eq!(helpline.case(&case).await, before);
}
