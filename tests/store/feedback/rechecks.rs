//! The slice: seeds that are committed once and lie sealed, answers that are drawn once, and the leases of who asks again.

use helpline181::{
    domain::{
        change::{Change, Gate},
        page::After,
        place::PlaceCode,
        recheck::{
            Numbers, Recheck, RecheckState,
            draw::{self, Month},
        },
        scope::Scope,
        time::Day,
        verification::{Answer, Attempt, DayPart, Milestones, Outcome, Round, RoundState},
    },
    store::{Error, Store, months, rechecks, seeds},
};

use crate::kit::{
    Home, NOW, commit, run,
    samples::{next, with_round},
};

on_both_engines! {
    a_seed_lies_sealed_is_committed_once_and_told_once,
    a_drawn_answer_reads_back_and_moves_on_under_its_version_and_lease,
    what_waits_and_what_is_over_comes_in_the_order_of_its_end,
    answers_of_the_machine_are_listed_drawn_or_not,
    contradictions_are_listed_in_their_districts,
}

const MONTH: i64 = 202_611;
const DAY_MS: i64 = 86_400_000;

async fn committed(store: &Store, month: i64) -> Month {
    let month = Month::committed(month, seeds::fresh(&store.db, month), 500, NOW);
    put(store, month.clone()).await.unwrap();
    month
}

async fn put(store: &Store, month: Month) -> Result<String, Error> {
    let id = format!("month {} {:?} {:?}", month.month, month.digest, month.revealed_at);
    let mut change = Change::new(NOW);
    change.feedback.month = Some(month);
    commit(store, &id, change).await
}

async fn a_seed_lies_sealed_is_committed_once_and_told_once(home: Home) {
    let store = home.open().await;
    let month = committed(&store, MONTH).await;
    let again = put(&store, Month::committed(MONTH, seeds::fresh(&store.db, MONTH), 9, NOW)).await;
    assert!(matches!(again, Err(Error::Conflict)), "{again:?}");

    let kept = months::get(&store.db, MONTH).await.unwrap().unwrap();
    assert_eq!(kept, month);
    let seed = seeds::open(&store.db, &kept).unwrap();
    assert_eq!(draw::digest(&seed), month.digest);
    let plain: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
    let sealed = String::from_utf8_lossy(&kept.sealed).into_owned();
    assert!(!sealed.contains(&plain) && !kept.sealed.windows(32).any(|part| part == seed));
    // Sealed for its own month alone.
    assert!(seeds::open(&store.db, &Month { month: 202_612, ..kept.clone() }).is_err());

    committed(&store, 202_612).await;
    let told = Month { revealed_at: Some(NOW.plus_ms(5)), ..kept };
    put(&store, told.clone()).await.unwrap();
    let later = put(&store, Month { revealed_at: Some(NOW.plus_ms(9)), ..told.clone() }).await;
    assert!(matches!(later, Err(Error::Conflict)), "{later:?}");
    let latest = months::latest(&store.db, 9).await.unwrap();
    assert_eq!(latest.iter().map(|row| row.month).collect::<Vec<_>>(), [202_612, MONTH]);
    assert_eq!(latest[1], told);
    assert_eq!(months::get(&store.db, 202_701).await.unwrap(), None);
    store.close().await;
}

fn writes(gate: Gate, recheck: &Recheck) -> Change {
    let mut change = Change::new(NOW);
    change.feedback.recheck = Some((gate, recheck.clone()));
    change
}

/// Drawn of a round of its own; its facts are not of interest here.
async fn drawn(store: &Store, id: &str, edit: impl FnOnce(&mut Recheck)) -> Recheck {
    let (_, round) = with_round(store).await;
    let mut recheck = Recheck::of(&round, MONTH, &Numbers::default(), NOW);
    recheck.version = 1;
    edit(&mut recheck);
    commit(store, id, writes(Gate::New, &recheck)).await.unwrap();
    recheck
}

async fn a_drawn_answer_reads_back_and_moves_on_under_its_version_and_lease(home: Home) {
    let store = home.open().await;
    committed(&store, MONTH).await;
    let recheck = drawn(&store, "draw", |_| ()).await;
    let (case, round) = (recheck.case, recheck.round);
    let twice = commit(&store, "twice", writes(Gate::New, &recheck)).await;
    assert!(matches!(twice, Err(Error::Conflict)), "{twice:?}");
    let get = async || rechecks::get(&store.db, case, round).await.unwrap();
    assert_eq!(get().await, Some(recheck.clone()));
    assert_eq!(rechecks::get(&store.db, case, 9).await.unwrap(), None);

    let claim = async |ms| {
        rechecks::claim(&store.writer, case, round, NOW.plus_ms(ms), 1_000).await.unwrap()
    };
    assert_eq!((claim(0).await, claim(999).await, claim(1_000).await), (Some(1), None, Some(2)));
    let renewed = async |token| {
        rechecks::renew(&store.writer, (case, round), token, NOW.plus_ms(1_500), 1_000).await
    };
    assert_eq!((renewed(1).await.unwrap(), renewed(2).await.unwrap()), (false, true));
    assert_eq!(claim(2_499).await, None);

    let moved = Recheck {
        state: RecheckState::Upheld,
        next_at: NOW.plus_ms(1),
        tries: 1,
        dials: 2,
        try_day: Some(Day(20_261_122)),
        try_used: true,
        outcome: Some(Outcome::Satisfied),
        caller: Some(7),
        decided_at: Some(NOW.plus_ms(3)),
        version: 2,
        head: [5; 32],
        ..recheck.clone()
    };
    let under = |token, version| Change {
        fence: Some(token),
        held_until: Some(NOW.plus_ms(9_000)),
        ..writes(Gate::Version(version), &moved)
    };
    // Under a lease that was lost, and from a version that was overtaken.
    for (token, version) in [(1, 1), (2, 2)] {
        let late = commit(&store, &format!("late {token}"), under(token, version)).await;
        assert!(matches!(late, Err(Error::Conflict)), "{late:?}");
    }
    commit(&store, "moved", under(2, 1)).await.unwrap();
    assert_eq!(get().await, Some(moved));
    assert!(rechecks::release(&store.writer, (case, round), 2).await.unwrap());
    assert!(!rechecks::release(&store.writer, (case, round), 2).await.unwrap());
    // It is decided: nobody is given it any more.
    assert_eq!(claim(99_000).await, None);
    store.close().await;
}

async fn what_waits_and_what_is_over_comes_in_the_order_of_its_end(home: Home) {
    let store = home.open().await;
    committed(&store, MONTH).await;
    let mut cases = Vec::new();
    for (n, (ends, next, state)) in [
        (30, 0, RecheckState::Open),
        (10, 0, RecheckState::Open),
        (20, 5, RecheckState::Open),
        (15, 0, RecheckState::Upheld),
        (20, 0, RecheckState::Open),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("draw {n}");
        let recheck = drawn(&store, &id, |recheck| {
            recheck.ends_at = NOW.plus_ms(ends);
            recheck.next_at = NOW.plus_ms(next);
            recheck.state = state;
        });
        cases.push(recheck.await.case);
    }
    let waiting = async |now, by, after: After| {
        let (now, by) = (NOW.plus_ms(now), NOW.plus_ms(by));
        let found = rechecks::waiting(&store.db, now, by, after, 9).await.unwrap();
        found.into_iter().map(|row| row.case).collect::<Vec<_>>()
    };

    assert_eq!(waiting(0, 99, After::START).await, [cases[1], cases[4], cases[0]]);
    assert_eq!(waiting(5, 20, After::START).await, [cases[1], cases[2], cases[4]]);
    let behind = After { at: NOW.plus_ms(20), id: cases[2] };
    assert_eq!(waiting(5, 99, behind).await, [cases[4], cases[0]]);
    assert_eq!(waiting(10, 99, After::START).await, [cases[2], cases[4], cases[0]]);
    rechecks::claim(&store.writer, cases[4], 1, NOW, 50).await.unwrap().unwrap();
    assert_eq!(waiting(5, 99, After::START).await, [cases[1], cases[2], cases[0]]);

    assert_eq!(rechecks::free(&store.writer).await.unwrap(), 1);
    assert_eq!(waiting(5, 99, After::START).await, [cases[1], cases[2], cases[4], cases[0]]);
    rechecks::claim(&store.writer, cases[4], 1, NOW, 50).await.unwrap().unwrap();

    let over = async |ms| {
        let found = rechecks::over(&store.db, NOW.plus_ms(ms), 9).await.unwrap();
        found.into_iter().map(|row| row.case).collect::<Vec<_>>()
    };
    assert_eq!(over(9).await, [0; 0]);
    // One that somebody is asking about is left to them.
    assert_eq!(over(30).await, [cases[1], cases[2], cases[0]]);
    assert_eq!(over(50).await, [cases[1], cases[2], cases[4], cases[0]]);
    let counts = rechecks::counts(&store.db, MONTH).await.unwrap();
    assert_eq!(counts, [(RecheckState::Open, 4), (RecheckState::Upheld, 1)]);
    store.close().await;
}

/// Answered so long after NOW, by a person or the machine.
async fn answered(store: &Store, given: Answer, ms: i64, caller: Option<i64>) -> Round {
    let (case, round) = with_round(store).await;
    let at = NOW.plus_ms(ms);
    let round = Round {
        state: RoundState::Answered,
        answer: Some(given),
        answered_at: Some(at),
        version: 2,
        ..round
    };
    let outcome = match given {
        Answer::Satisfied => Outcome::Satisfied,
        _ => Outcome::NotSatisfied,
    };
    let attempt = Attempt {
        case: case.id,
        round: round.round,
        dial: 1,
        attempt: Some(1),
        citizen: case.citizen,
        day: Day(20_261_122),
        part: DayPart::Morning,
        caller,
        started_at: at,
        milestones: Milestones::default(),
        ended_at: at,
        outcome,
        sip_status: None,
        q850: None,
        evidence: "{}".to_owned(),
    };
    let change = Change {
        round: Some((Gate::Version(1), round.clone())),
        attempts: vec![attempt],
        ..next(&case, "answered")
    };
    commit(store, &format!("answer {}", case.id), change).await.unwrap();
    round
}

async fn answers_of_the_machine_are_listed_drawn_or_not(home: Home) {
    let store = home.open().await;
    committed(&store, MONTH).await;
    let first = answered(&store, Answer::Satisfied, 10, None).await;
    let second = answered(&store, Answer::Satisfied, 20, None).await;
    answered(&store, Answer::Satisfied, 21, Some(7)).await;
    answered(&store, Answer::NotSatisfied, 22, None).await;
    let last = answered(&store, Answer::Satisfied, 30, None).await;
    let recheck = Recheck::of(&second, MONTH, &Numbers::default(), NOW);
    let recheck = Recheck { version: 1, ..recheck };
    commit(&store, "draw", writes(Gate::New, &recheck)).await.unwrap();

    let list = async |from, to, after, limit| {
        let span = (NOW.plus_ms(from), NOW.plus_ms(to));
        let found = rechecks::answers(&store.db, span, after, limit).await.unwrap();
        found.into_iter().map(|row| (row.case, row.at, row.state)).collect::<Vec<_>>()
    };
    let row = |round: &Round, state| (round.case, round.answered_at.unwrap(), state);
    let drawn = row(&second, Some(RecheckState::Open));
    let all = [row(&first, None), drawn, row(&last, None)];
    assert_eq!(list(0, 99, After::START, 9).await, all);
    assert_eq!(list(11, 30, After::START, 9).await, [drawn]);
    let behind = After { at: NOW.plus_ms(10), id: first.case };
    assert_eq!(list(0, 99, behind, 1).await, [drawn]);
    store.close().await;
}

async fn contradictions_are_listed_in_their_districts(home: Home) {
    let store = home.open().await;
    committed(&store, MONTH).await;
    let mut cases = Vec::new();
    for n in 0..3 {
        let id = format!("draw {n}");
        let recheck = drawn(&store, &id, |recheck| {
            recheck.state = RecheckState::Contradicted;
            recheck.outcome = Some(Outcome::NotSatisfied);
            recheck.decided_at = Some(NOW.plus_ms(DAY_MS - n));
        });
        cases.push(recheck.await.case);
    }
    drawn(&store, "upheld", |recheck| {
        recheck.state = RecheckState::Upheld;
        recheck.decided_at = Some(NOW);
    })
    .await;
    let moved = format!("UPDATE cases SET district = 'district:427' WHERE id = {}", cases[1]);
    run(&home, &moved).await;
    let list = async |scope: Scope, after| {
        let found = rechecks::contradictions(&store.db, &scope, after, 9).await.unwrap();
        found.into_iter().map(|row| row.case).collect::<Vec<_>>()
    };

    assert_eq!(list(Scope::All, After::START).await, [cases[2], cases[1], cases[0]]);
    let behind = After { at: NOW.plus_ms(DAY_MS - 1), id: cases[1] };
    assert_eq!(list(Scope::All, behind).await, [cases[0]]);
    let of = |district: &str| Scope::District(PlaceCode::new(district));
    assert_eq!(list(of("district:427"), After::START).await, [cases[1]]);
    assert_eq!(list(of("district:396"), After::START).await, [cases[2], cases[0]]);
    for nobody in [Scope::Nothing, Scope::Citizen(1), Scope::Posts(vec![])] {
        assert_eq!(list(nobody, After::START).await, [0; 0]);
    }
    store.close().await;
}
