//! Spells are gathered once and never into what is frozen; what is counted of them is what a plain loop counts, and what is listed
//! behind a figure is as many.

mod counts;

use helpline181::{
    domain::{
        case::State,
        change::Change,
        grading::{Month, Spell, paper::Published, spell::OPEN},
        place::{Code, Level, PlaceCode, PostId},
        time::Timestamp,
    },
    store::{
        Error, Store, events,
        grades::{
            gather::{self, Gate, Gathered, Reached},
            months,
        },
        writer::Counter,
    },
};

use crate::kit::{
    Home, NOW, commit,
    samples::{self, next},
};

on_both_engines! {
    spells_are_written_once_under_the_gate_that_was_read,
    what_is_frozen_stays_frozen_and_turns_away_who_read_before,
    a_node_is_behind_until_its_events_are_gathered_and_done_when_it_ended,
    events_of_many_streams_are_read_past_their_versions,
    a_month_is_published_once_and_read_back_as_it_was,
}

pub(super) fn spell(case: i64, version: i64, from: Timestamp) -> Spell {
    Spell {
        case,
        version,
        from,
        happened_at: from,
        until: OPEN,
        since: from,
        entered: true,
        fact: "registered".to_owned(),
        registered_at: from,
        department: Code::new("energy"),
        district: PlaceCode::new("district:396"),
        state: State::WithOfficer,
        level: Level(1),
        post: Some(PostId(1)),
        in_time: None,
        resolver: None,
        stay_over: false,
        ended: None,
        charged: None,
        vacant: false,
        heard: None,
    }
}

fn step(gate: Gate, ended: Vec<Spell>, begun: Vec<Spell>, seq: i64) -> Gathered {
    Gathered { gate, ended, begun, reached: Reached { node: 1, seq, over: false } }
}

async fn spells_are_written_once_under_the_gate_that_was_read(home: Home) {
    let store = home.open().await;
    let gate = gather::gate(&store.db).await.unwrap();
    let first = spell(1_000_000, 1, NOW);
    gather::put(&store.writer, step(gate, vec![], vec![first.clone()], 1)).await.unwrap();

    let rival = step(gate, vec![], vec![first.clone()], 1);
    assert!(matches!(gather::put(&store.writer, rival).await, Err(Error::Conflict)));
    let last = gather::last(&store.db, &[1_000_000, 1_000_001]).await.unwrap();
    assert_eq!(last, std::slice::from_ref(&first));

    let gate = gather::gate(&store.db).await.unwrap();
    let ended = Spell {
        until: NOW.plus_ms(5),
        ended: Some(helpline181::domain::grading::spell::Ended::TimedOut),
        charged: Some(PostId(1)),
        heard: None,
        ..first
    };
    let second = spell(1_000_000, 3, NOW.plus_ms(5));
    let on = step(gate, vec![ended.clone()], vec![second.clone()], 3);
    gather::put(&store.writer, on).await.unwrap();

    let last = gather::last(&store.db, &[1_000_000]).await.unwrap();
    assert_eq!(last, std::slice::from_ref(&second));
    assert_eq!(gather::of_case(&store.db, 1_000_000).await.unwrap(), [ended, second]);
    store.close().await;
}

async fn what_is_frozen_stays_frozen_and_turns_away_who_read_before(home: Home) {
    let store = home.open().await;
    let read = gather::gate(&store.db).await.unwrap();
    assert_eq!(read.frozen, Timestamp(0));

    assert_eq!(gather::freeze(&store.writer, NOW).await.unwrap(), NOW);
    assert_eq!(gather::freeze(&store.writer, NOW.plus_ms(-9)).await.unwrap(), NOW);

    let late = step(read, vec![], vec![spell(1_000_000, 1, NOW)], 1);
    assert!(matches!(gather::put(&store.writer, late).await, Err(Error::Conflict)));
    assert_eq!(gather::gate(&store.db).await.unwrap().frozen, NOW);
    store.close().await;
}

async fn a_node_is_behind_until_its_events_are_gathered_and_done_when_it_ended(home: Home) {
    let before = home.open().await;
    let node = before.writer.node();
    samples::filed_as(&before, |_| {}).await;
    let behind = async |store: &Store| gather::behind(&store.db, 9).await.unwrap();
    let first = Reached { node, seq: 0, over: false };
    assert_eq!(behind(&before).await, [first]);
    let page = events::after(&before.db, node, 0).await.unwrap();
    let seq = page.last().unwrap().seq;
    assert_eq!(gather::cases_of(&page).len(), 1);

    let reach = async |store: &Store, reached| {
        let gate = gather::gate(&store.db).await.unwrap();
        let gathered = Gathered { gate, ended: vec![], begun: vec![], reached };
        gather::put(&store.writer, gathered).await.unwrap();
    };
    reach(&before, Reached { seq, ..first }).await;
    assert_eq!(behind(&before).await, []);
    before.close().await;

    let after = home.open().await;
    let over = Reached { node, seq, over: true };
    assert_eq!(behind(&after).await, [over]);
    reach(&after, over).await;
    assert_eq!(behind(&after).await, []);
    after.close().await;
}

async fn events_of_many_streams_are_read_past_their_versions(home: Home) {
    let store = home.open().await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        let id = samples::filed_as(&store, |_| {}).await;
        let case = helpline181::store::cases::get(&store.db, id).await.unwrap();
        commit(&store, &format!("next {id}"), next(&case, "note")).await.unwrap();
        streams.push((case.stream(), case.version));
    }
    streams[1].1 = 0;

    let found = events::of_streams(&store.db, &streams).await.unwrap();

    let mut said: Vec<_> = found.iter().map(|event| event.stream.clone()).collect();
    said.dedup();
    assert_eq!(said.len(), 3);
    for (stream, version) in &streams {
        let of: Vec<i64> =
            found.iter().filter(|e| e.stream == *stream).map(|event| event.version).collect();
        assert_eq!(of[0], version + 1, "{stream}");
        assert!(of.is_sorted() && found.iter().any(|e| e.stream == *stream && e.kind == "note"));
    }
    store.close().await;
}

async fn a_month_is_published_once_and_read_back_as_it_was(home: Home) {
    let store = home.open().await;
    let account = store.writer.reserve(Counter::Account).await.unwrap();
    commit(&store, "a", samples::opened_account(account, "directorate")).await.unwrap();
    let published = |of: &str, first: &str| Published {
        month: month(of),
        formula: 1,
        judged_at: NOW,
        published_at: NOW.plus_ms(5),
        published_by: account,
        paper: first.as_bytes().to_vec(),
        digest: [7; 32],
        firsts: format!(r#"{{"DISTRICT":"{first}"}}"#),
    };
    let publish = async |id: &str, row: &Published| {
        let change = Change { published: Some(Box::new(row.clone())), ..Change::new(NOW) };
        commit(&store, id, change).await
    };
    let (october, november) = (published("2026-10", "a"), published("2026-11", "b"));
    publish("p10", &october).await.unwrap();
    publish("p11", &november).await.unwrap();
    let again = publish("p11 again", &published("2026-11", "c")).await;
    assert!(matches!(again, Err(Error::Conflict)), "{again:?}");

    assert_eq!(months::get(&store.db, month("2026-11")).await.unwrap(), Some(november));
    assert_eq!(months::get(&store.db, month("2026-12")).await.unwrap(), None);
    let firsts = async |until, limit| {
        let found = months::firsts(&store.db, month(until), limit).await.unwrap();
        found.into_iter().map(|row| (row.month.to_string(), row.firsts)).collect::<Vec<_>>()
    };
    let of = |month: &str, first: &str| (month.to_owned(), format!(r#"{{"DISTRICT":"{first}"}}"#));
    assert_eq!(firsts("2026-12", 9).await, [of("2026-11", "b"), of("2026-10", "a")]);
    assert_eq!(firsts("2026-10", 9).await, [of("2026-10", "a")]);
    assert_eq!(firsts("2026-12", 1).await, [of("2026-11", "b")]);
    store.close().await;
}

pub(super) fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}
