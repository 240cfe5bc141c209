//! Every field of every row comes back as it was written.

use helpline181::{
    domain::{
        account::{Login, Session},
        actor::Channel,
        case::State,
        change::{CallBack, CallRecord, Change, Gate, Slot, SlotKind},
        language::Language,
        notice::{Notice, Recipient},
        page::After,
        place::{Code, Level, PlaceCode},
        time::Day,
        verification::{Answer, Attempt, DayPart, Milestones, Outcome, Round, RoundState},
    },
    store::{
        Error, accounts, attempts, call_backs, calls, cases, citizens, events, logins, notices,
        recordings, rounds, sessions, slots, texts, writer::Counter,
    },
};

use crate::{
    kit::samples::{
        WORDS, account_event, case, citizen, filed, filing, next, opened_account, phone, with_round,
    },
    kit::{Home, NOW, commit},
};

on_both_engines! {
    case_comes_back_as_it_was_opened,
    case_comes_back_as_it_was_changed,
    round_comes_back_as_it_was_opened_and_changed,
    attempt_comes_back,
    citizen_and_words_come_back,
    language_chosen_last_is_kept,
    notices_come_back,
    account_comes_back_as_it_was_opened_and_changed,
    session_is_found_by_either_token_until_it_ends,
    login_is_a_row_and_a_fact_of_the_node,
    call_and_call_back_come_back_once,
    finished_call_back_leaves_the_list,
    taken_slots_are_counted,
    what_is_not_there_is_not_found,
}

async fn case_comes_back_as_it_was_opened(home: Home) {
    let store = home.open().await;
    let change = filing(1_000_000, 5);
    let mut expected = case(1_000_000, 5);
    (expected.version, expected.head) = (1, change.events[0].hash);

    commit(&store, "r", change).await.unwrap();

    assert_eq!(cases::get(&store.db, 1_000_000).await.unwrap(), expected);
    store.close().await;
}

async fn case_comes_back_as_it_was_changed(home: Home) {
    let store = home.open().await;
    let mut changed = filed(&store).await;
    changed.department = Code::new("water");
    changed.category = Code::new("pipe");
    changed.subcategory = None;
    changed.place = PlaceCode::new("block:berasia");
    changed.district = PlaceCode::new("district:427");
    changed.text = None;
    changed.recording = None;
    changed.state = State::ClosedSatisfied;
    changed.level = Level(3);
    changed.ladder = Level(5);
    changed.post = None;
    changed.directory = 9;
    changed.policy = 8;
    changed.arrived_at = NOW.plus_ms(90);
    changed.due_at = None;
    changed.stay = 3;
    changed.attended = true;
    changed.seen = false;
    changed.overdue_last = true;
    changed.needs_review = false;
    changed.review_due_at = None;
    changed.resolved_at = None;
    changed.resolved_level = None;
    changed.in_time = Some(false);
    changed.dissatisfied_last = 1;
    changed.round = 2;
    changed.closed_at = None;
    changed.pressured = false;
    let change = next(&changed, "changed");
    let expected = change.case.clone().unwrap().1;

    commit(&store, "r", change).await.unwrap();

    assert_eq!(cases::get(&store.db, changed.id).await.unwrap(), expected);
    store.close().await;
}

async fn round_comes_back_as_it_was_opened_and_changed(home: Home) {
    let store = home.open().await;
    let (case, opened) = with_round(&store).await;
    assert_eq!(rounds::get(&store.db, case.id, 1).await.unwrap(), opened);
    let changed = Round {
        language: Language::Hindi,
        state: RoundState::Answered,
        ends_at: NOW.plus_ms(3),
        next_at: None,
        attempts: 2,
        dials: 7,
        attempt_day: None,
        attempt_part: None,
        attempt_used: false,
        redials_busy: 0,
        redials_congestion: 1,
        partial: false,
        ring_back: true,
        human: true,
        bad_number_days: 2,
        answer: Some(Answer::Pressured),
        answered_at: Some(NOW.plus_ms(8)),
        version: 2,
        ..opened
    };

    let gate = Gate::Version(1);
    let change = Change { round: Some((gate, changed.clone())), ..next(&case, "answered") };
    commit(&store, "answer", change).await.unwrap();

    assert_eq!(rounds::get(&store.db, case.id, 1).await.unwrap(), changed);
    store.close().await;
}

async fn attempt_comes_back(home: Home) {
    let store = home.open().await;
    let (case, _) = with_round(&store).await;
    let dial = |dial: i64| Attempt {
        case: case.id,
        round: 1,
        dial,
        attempt: Some(1),
        citizen: case.citizen,
        day: Day(20_261_122),
        part: DayPart::Morning,
        caller: Some(12),
        started_at: NOW,
        milestones: Milestones {
            ringing_at: Some(NOW.plus_ms(1)),
            answered_at: Some(NOW.plus_ms(2)),
            right_party_at: Some(NOW.plus_ms(3)),
            question_heard_at: Some(NOW.plus_ms(4)),
            answered_by_key_at: Some(NOW.plus_ms(5)),
            confirmed_at: Some(NOW.plus_ms(6)),
        },
        ended_at: NOW.plus_ms(7),
        outcome: Outcome::Satisfied,
        sip_status: Some(200),
        q850: Some(16),
        evidence: r#"{"keys":"1112"}"#.to_owned(),
    };
    let unanswered = Attempt {
        attempt: None,
        caller: None,
        milestones: Milestones::default(),
        outcome: Outcome::Fault,
        sip_status: None,
        q850: None,
        ..dial(1)
    };

    let both = vec![dial(2), unanswered.clone()];
    commit(&store, "r", Change { attempts: both, ..next(&case, "dialled") }).await.unwrap();

    let stored = attempts::of_round(&store.db, case.id, 1).await.unwrap();
    assert_eq!(stored, [unanswered, dial(2)]);
    store.close().await;
}

async fn citizen_and_words_come_back(home: Home) {
    let store = home.open().await;
    commit(&store, "r", filing(1_000_000, 5)).await.unwrap();

    assert_eq!(citizens::get(&store.db, 5).await.unwrap(), citizen(5));
    assert_eq!(citizens::by_phone(&store.db, &phone(5)).await.unwrap(), Some(citizen(5)));
    assert_eq!(citizens::by_phone(&store.db, &phone(6)).await.unwrap(), None);
    let text = texts::get(&store.db, 1_000_001).await.unwrap();
    assert_eq!((text.owner.as_str(), text.words.as_str()), ("case:1000000", WORDS));
    store.close().await;
}

async fn language_chosen_last_is_kept(home: Home) {
    let store = home.open().await;
    commit(&store, "r", filing(1_000_000, 5)).await.unwrap();
    let languages = vec![(5, Language::English)];

    commit(&store, "language", Change { languages, ..Change::new(NOW) }).await.unwrap();

    let language = citizens::get(&store.db, 5).await.unwrap().language;
    assert_eq!(language, Some(Language::English));
    store.close().await;
}

async fn notices_come_back(home: Home) {
    let store = home.open().await;
    let case = filed(&store).await;
    let notice = |kind: &str, to| Notice {
        case: case.id,
        version: 2,
        kind: kind.to_owned(),
        to,
        language: Language::English,
        due_at: NOW.plus_ms(60),
    };
    let owed =
        vec![notice("resolved", Recipient::Post(11)), notice("resolved", Recipient::Citizen(3))];
    commit(&store, "r", Change { notices: owed.clone(), ..next(&case, "resolved") }).await.unwrap();

    let stored = notices::of_case(&store.db, case.id).await.unwrap();

    let kept: Vec<_> = stored[1..].iter().map(|kept| kept.notice.clone()).collect();
    assert_eq!(kept, [owed[1].clone(), owed[0].clone()]);
    assert!(stored.iter().all(|kept| kept.settled.is_none() && kept.receipt.is_none()));
    store.close().await;
}

async fn account_comes_back_as_it_was_opened_and_changed(home: Home) {
    let store = home.open().await;
    let change = opened_account(7, "je.phanda");
    let opened = change.account.clone().unwrap().1;
    commit(&store, "open", change).await.unwrap();
    assert_eq!(accounts::get(&store.db, 7).await.unwrap(), opened);
    assert_eq!(accounts::by_login(&store.db, "je.phanda").await.unwrap(), Some(opened.clone()));
    assert_eq!(accounts::by_login(&store.db, "je").await.unwrap(), None);

    let mut changed = opened.clone();
    let event = account_event(&opened, "locked", NOW);
    (changed.version, changed.head) = (2, event.hash);
    (changed.failed, changed.locked_until, changed.active) = (0, None, false);
    changed.district = None;
    changed.password_hash = "other".to_owned();
    let change = Change {
        account: Some((Gate::Version(1), changed.clone())),
        events: vec![event],
        ..Change::new(NOW)
    };
    commit(&store, "change", change).await.unwrap();

    assert_eq!(accounts::list(&store.db, 0, 10).await.unwrap(), [changed]);
    assert!(accounts::list(&store.db, 7, 10).await.unwrap().is_empty());
    let same_login = commit(&store, "same", opened_account(8, "je.phanda")).await;
    assert!(matches!(same_login, Err(Error::Conflict)), "{same_login:?}");
    store.close().await;
}

async fn session_is_found_by_either_token_until_it_ends(home: Home) {
    let store = home.open().await;
    commit(&store, "open", opened_account(7, "agent")).await.unwrap();
    let session = Session {
        id: 3,
        account: 7,
        channel: Channel::Agent,
        access_hash: [1; 32],
        refresh_hash: [2; 32],
        access_until: NOW.plus_ms(900_000),
        refresh_until: NOW.plus_ms(43_200_000),
        created_at: NOW,
    };
    let change = Change { sessions: vec![session.clone()], ..Change::new(NOW) };
    commit(&store, "in", change).await.unwrap();
    let db = &store.db;
    assert_eq!(sessions::by_access_hash(db, &[1; 32]).await.unwrap(), Some(session.clone()));
    assert_eq!(sessions::by_refresh_hash(db, &[2; 32]).await.unwrap(), Some(session.clone()));
    assert_eq!(sessions::by_access_hash(db, &[2; 32]).await.unwrap(), None);
    assert_eq!(sessions::of_account(db, 7).await.unwrap(), [session]);

    commit(&store, "out", Change { revoked: vec![3], ..Change::new(NOW) }).await.unwrap();

    assert_eq!(sessions::by_access_hash(db, &[1; 32]).await.unwrap(), None);
    assert_eq!(sessions::by_refresh_hash(db, &[2; 32]).await.unwrap(), None);
    assert!(sessions::of_account(db, 7).await.unwrap().is_empty());
    store.close().await;
}

async fn login_is_a_row_and_a_fact_of_the_node(home: Home) {
    let store = home.open().await;
    commit(&store, "open", opened_account(7, "officer")).await.unwrap();
    let login =
        |at| Login { account: 7, post: Some(11), channel: Channel::Portal, at: NOW.plus_ms(at) };
    for (n, logins) in [vec![login(1)], vec![login(2), login(3)]].into_iter().enumerate() {
        let change = Change { logins, ..Change::new(NOW) };
        commit(&store, &format!("in{n}"), change).await.unwrap();
    }

    let since = NOW.plus_ms(2);
    let stored = logins::of_account(&store.db, 7, since, 10).await.unwrap();
    assert_eq!(stored, [login(2), login(3)]);
    let node = store.writer.node();
    let noted = events::of_stream(&store.db, &format!("node:{node}"), 0).await.unwrap();
    let noted: Vec<_> = noted
        .iter()
        .map(|noted| (noted.event.kind.as_str(), noted.event.actor.as_str(), noted.event.post))
        .collect();
    assert_eq!(noted, [("signed_in", "account:7", Some(11)); 3]);
    assert_eq!(events::verify_node(&store.db, node).await.unwrap(), Ok(3));
    store.close().await;
}

async fn call_and_call_back_come_back_once(home: Home) {
    let store = home.open().await;
    let call = CallRecord {
        call: "1.7@node".to_owned(),
        direction: "IN".to_owned(),
        trunk: Some("demo".to_owned()),
        citizen: Some(5),
        started_at: NOW,
        answered_at: Some(NOW.plus_ms(1)),
        ended_at: NOW.plus_ms(2),
        ended_by: "PEER".to_owned(),
        disposition: "REGISTERED".to_owned(),
    };
    let call_back = CallBack {
        id: store.writer.reserve(Counter::CallBack).await.unwrap(),
        citizen: None,
        call: call.call.clone(),
        reason: "operator".to_owned(),
        language: Language::Hindi,
        at: NOW,
    };
    let change = Change {
        calls: vec![call.clone()],
        call_backs: vec![call_back.clone()],
        ..Change::new(NOW)
    };
    let mut again = change.clone();
    again.call_backs[0].id += 1;
    commit(&store, "end", change).await.unwrap();
    commit(&store, "end told twice", again).await.unwrap();

    let db = &store.db;
    assert_eq!(calls::get(db, "1.7@node").await.unwrap(), call);
    assert_eq!(calls::before(db, NOW.plus_ms(1), 10).await.unwrap(), [call]);
    assert!(calls::before(db, NOW, 10).await.unwrap().is_empty());
    assert_eq!(call_backs::open(db, After::START, 10).await.unwrap(), [call_back]);
    store.close().await;
}

async fn finished_call_back_leaves_the_list(home: Home) {
    let store = home.open().await;
    let call_backs = (1..=2)
        .map(|id| CallBack {
            id,
            citizen: Some(id),
            call: format!("call {id}"),
            reason: "no input".to_owned(),
            language: Language::English,
            at: NOW,
        })
        .collect();
    commit(&store, "r", Change { call_backs, ..Change::new(NOW) }).await.unwrap();

    assert!(call_backs::finish(&store.writer, 1, 7, NOW).await.unwrap());
    assert!(!call_backs::finish(&store.writer, 1, 7, NOW).await.unwrap());

    let open = call_backs::open(&store.db, After::START, 10).await.unwrap();
    assert_eq!(open.iter().map(|call_back| call_back.id).collect::<Vec<_>>(), [2]);
    store.close().await;
}

async fn taken_slots_are_counted(home: Home) {
    let store = home.open().await;
    let day = Day(20_261_122);
    let slot = |kind, n| Slot { citizen: 5, day, kind, n };
    let taken = vec![slot(SlotKind::Attempt, 1), slot(SlotKind::Dial, 1), slot(SlotKind::Dial, 2)];
    commit(&store, "r", Change { slots: taken, ..Change::new(NOW) }).await.unwrap();

    let count =
        async |citizen, day, kind| slots::taken(&store.db, citizen, day, kind).await.unwrap();
    assert_eq!(count(5, day, SlotKind::Attempt).await, 1);
    assert_eq!(count(5, day, SlotKind::Dial).await, 2);
    assert_eq!(count(6, day, SlotKind::Dial).await, 0);
    assert_eq!(count(5, Day(20_261_123), SlotKind::Dial).await, 0);
    store.close().await;
}

async fn what_is_not_there_is_not_found(home: Home) {
    let store = home.open().await;
    let db = &store.db;
    assert!(matches!(cases::get(db, 1).await, Err(Error::NotFound)));
    assert!(matches!(rounds::get(db, 1, 1).await, Err(Error::NotFound)));
    assert!(matches!(accounts::get(db, 1).await, Err(Error::NotFound)));
    assert!(matches!(citizens::get(db, 1).await, Err(Error::NotFound)));
    assert!(matches!(texts::get(db, 1).await, Err(Error::NotFound)));
    assert!(matches!(calls::get(db, "x").await, Err(Error::NotFound)));
    assert!(matches!(recordings::get(db, 1).await, Err(Error::NotFound)));
    store.close().await;
}
