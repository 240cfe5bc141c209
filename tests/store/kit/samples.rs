//! A citizen, a case, a round and an account with every field set to something of its own.

use helpline181::{
    domain::{
        account::Account,
        actor::{Actor, Channel, Role},
        case::{Case, Kind, State},
        chain,
        change::{Change, Event, Gate},
        citizen::{Citizen, Safety, Text},
        language::Language,
        notice::{Notice, Recipient},
        phone::Phone,
        place::{Code, Level, PlaceCode, PostId},
        time::{DAY_MS, Day, Timestamp},
        verification::{DayPart, Purpose, Round, RoundState},
    },
    store::{Store, cases, writer::Counter},
};

use crate::kit::{NOW, commit};

pub(crate) const WORDS: &str = "Water has not come to our street for five days.";

pub(crate) fn phone(n: i64) -> Phone {
    Phone::parse(&format!("98{n:08}")).unwrap()
}

pub(crate) fn citizen(id: i64) -> Citizen {
    Citizen {
        id,
        phone: phone(id),
        name: Some("आशा देवी".to_owned()),
        language: Some(Language::Hindi),
        safety: Safety { do_not_call: false, no_sms: true, ..Safety::default() },
        created_at: NOW,
    }
}

/// Version 0: no fact was written yet.
pub(crate) fn case(id: i64, citizen: i64) -> Case {
    Case {
        id,
        kind: Kind::Complaint,
        citizen,
        channel: Channel::Agent,
        language: Language::Hindi,
        department: Code::new("energy"),
        category: Code::new("power"),
        subcategory: Some(Code::new("no_supply")),
        place: PlaceCode::new("block:phanda"),
        district: PlaceCode::new("district:396"),
        text: Some(id + 1),
        recording: Some(31),
        state: State::WithOfficer,
        level: Level(1),
        ladder: Level(4),
        post: Some(PostId(11)),
        directory: 3,
        policy: 2,
        registered_at: NOW,
        arrived_at: NOW.plus_ms(1),
        due_at: Some(NOW.plus_ms(7 * DAY_MS)),
        stay: 1,
        attended: false,
        seen: true,
        contacted: false,
        overdue_last: false,
        needs_review: true,
        review_due_at: Some(NOW.plus_ms(DAY_MS)),
        resolved_at: Some(NOW.plus_ms(5)),
        resolved_level: Some(Level(2)),
        in_time: Some(true),
        dissatisfied_last: 4,
        round: 6,
        closed_at: Some(NOW.plus_ms(7)),
        pressured: true,
        aside: None,
        version: 0,
        head: chain::START,
    }
}

pub(crate) fn round(case: i64, citizen: i64) -> Round {
    Round {
        case,
        purpose: Purpose::Resolution,
        round: 1,
        citizen,
        language: Language::English,
        district: PlaceCode::new("district:396"),
        state: RoundState::Open,
        opened_at: NOW,
        ends_at: NOW.plus_ms(10 * DAY_MS),
        next_at: Some(NOW),
        attempts: 1,
        dials: 2,
        attempt_day: Some(Day(20_261_122)),
        attempt_part: Some(DayPart::Evening),
        attempt_used: true,
        redials_busy: 3,
        redials_congestion: 4,
        partial: true,
        ring_back: false,
        human: false,
        asked_at: Some(NOW.plus_ms(-7)),
        wanted_part: Some(DayPart::Evening),
        bad_number_days: 5,
        answer: None,
        answered_at: None,
        version: 1,
    }
}

/// A new account with its first fact.
pub(crate) fn opened_account(id: i64, login: &str) -> Change {
    let mut account = Account {
        id,
        login: login.to_owned(),
        name: "R. K. Sharma".to_owned(),
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned(),
        role: Role::Officer,
        district: Some(PlaceCode::new("district:396")),
        active: true,
        failed: 2,
        locked_until: Some(NOW.plus_ms(900_000)),
        version: 0,
        head: chain::START,
    };
    let event = account_event(&account, "added", NOW);
    (account.version, account.head) = (event.version, event.hash);
    Change {
        account: Some((Gate::New, account)),
        events: vec![event],
        result: format!("account:{id}"),
        ..Change::new(NOW)
    }
}

pub(crate) fn account_event(account: &Account, kind: &str, at: Timestamp) -> Event {
    let mut event = Event {
        stream: format!("account:{}", account.id),
        version: account.version + 1,
        at,
        kind: kind.to_owned(),
        actor: "system".to_owned(),
        post: Some(11),
        channel: "SYSTEM".to_owned(),
        facts: "{}".to_owned(),
        body: "{}".to_owned(),
        prev_hash: account.head,
        hash: chain::START,
    };
    event.hash = chain::hash(&event);
    event
}

/// A filing: a new citizen, a case, its words, one fact and one notice.
pub(crate) fn filing(case_id: i64, citizen_id: i64) -> Change {
    let change = Change {
        citizen: Some(citizen(citizen_id)),
        texts: vec![Text {
            id: case_id + 1,
            owner: format!("case:{case_id}"),
            words: WORDS.to_owned(),
        }],
        ..Change::opening(case(case_id, citizen_id), NOW)
    };
    let mut change = change.fact(&Actor::system(), "registered", "{}".into(), "{}".into());
    change.notices.push(Notice {
        case: case_id,
        version: 1,
        kind: "registered".to_owned(),
        to: Recipient::Citizen(citizen_id),
        language: Language::Hindi,
        due_at: NOW,
    });
    change.result = format!("case:{case_id}@1");
    change
}

/// The next fact of a case.
pub(crate) fn next(case: &Case, kind: &str) -> Change {
    let mut change =
        Change::updating(case.clone(), NOW).fact(&Actor::system(), kind, "{}".into(), "{}".into());
    change.result = format!("case:{}@{}", case.id, case.version + 1);
    change
}

/// A filed case with a citizen of its own, version 1.
pub(crate) async fn filed(store: &Store) -> Case {
    let change = fresh_filing(store).await;
    let id = change.case.as_ref().unwrap().1.id;
    commit(store, &format!("file-{id}"), change).await.unwrap();
    cases::get(&store.db, id).await.unwrap()
}

pub(crate) async fn fresh_filing(store: &Store) -> Change {
    let case = store.writer.reserve(Counter::Case).await.unwrap();
    let citizen = store.writer.reserve(Counter::Citizen).await.unwrap();
    filing(case, citizen)
}

/// A filed case with an open round, to be rung now.
pub(crate) async fn with_round(store: &Store) -> (Case, Round) {
    let case = filed(store).await;
    let round = round(case.id, case.citizen);
    let change = Change { round: Some((Gate::New, round.clone())), ..next(&case, "resolved") };
    commit(store, &format!("round-{}", case.id), change).await.unwrap();
    (cases::get(&store.db, case.id).await.unwrap(), round)
}

/// A case of its own, filed as `edit` has it.
pub(crate) async fn filed_as(store: &Store, edit: impl FnOnce(&mut Case)) -> i64 {
    let id = store.writer.reserve(Counter::Case).await.unwrap();
    let who = store.writer.reserve(Counter::Citizen).await.unwrap();
    let mut case = case(id, who);
    edit(&mut case);
    let mut change = Change {
        citizen: (case.citizen == who).then(|| citizen(who)),
        ..Change::opening(case, NOW)
    };
    change = change.fact(&Actor::system(), "registered", "{}".into(), "{}".into());
    commit(store, &format!("file-{id}"), change).await.unwrap();
    id
}
