//! Who talked on which call, and what the call was.

use helpline181::{
    domain::{
        change::Change,
        citizen::Text,
        intake::disposition::{Disposition, Said, Talk},
    },
    store::{
        Store,
        queue::{self, Kept},
        talks,
    },
};

use crate::{
    kit::samples::opened_account,
    kit::{Home, NOW, commit},
};

on_both_engines! {
    talk_stands_as_it_was_told_last,
    what_was_said_of_a_talk_stays_when_its_end_is_told,
    talks_that_a_process_left_open_are_ended,
    dispositions_are_counted_since_an_instant,
}

fn talk(call: &str, began_ms: i64) -> Talk {
    Talk {
        call: call.to_owned(),
        account: 7,
        began_at: NOW.plus_ms(began_ms),
        ended_at: None,
        said: None,
    }
}

async fn told(store: &Store, talk: &Talk) {
    let kept = Kept { talks: vec![talk.clone()], ..Kept::default() };
    queue::keep(&store.writer, kept).await.unwrap();
}

async fn said(store: &Store, talk: &Talk) {
    let mut change = Change::new(NOW);
    change.intake.talks.push(talk.clone());
    if let Some(text) = talk.said.as_ref().and_then(|said| said.text) {
        let (owner, words) = (format!("call:{}", talk.call), "asked for water".to_owned());
        change.texts.push(Text { id: text, owner, words });
    }
    commit(store, &format!("{talk:?}"), change).await.unwrap();
}

async fn open(home: &Home) -> Store {
    let store = home.open().await;
    commit(&store, "asha", opened_account(7, "asha")).await.unwrap();
    store
}

async fn talk_stands_as_it_was_told_last(home: Home) {
    let store = open(&home).await;
    told(&store, &talk("c1", 0)).await;
    told(&store, &talk("c2", 5)).await;

    let ended = Talk { ended_at: Some(NOW.plus_ms(9)), ..talk("c1", 0) };
    told(&store, &ended).await;

    assert_eq!(talks::of(&store.db, 7, "c1").await.unwrap(), Some(ended));
    assert_eq!(talks::latest(&store.db, 7).await.unwrap(), Some(talk("c2", 5)));
    assert_eq!(talks::of(&store.db, 8, "c1").await.unwrap(), None);
    assert_eq!(talks::latest(&store.db, 8).await.unwrap(), None);
    store.close().await;
}

async fn what_was_said_of_a_talk_stays_when_its_end_is_told(home: Home) {
    let store = open(&home).await;
    let word = talk("c1", 0).say(Disposition::Registered, Some(5), NOW.plus_ms(3)).unwrap();
    // It is said before the call centre has kept the talk.
    said(&store, &word).await;
    told(&store, &talk("c1", 0)).await;
    told(&store, &Talk { ended_at: Some(NOW.plus_ms(9)), ..talk("c1", 0) }).await;

    let first = talks::of(&store.db, 7, "c1").await.unwrap().unwrap();
    let other = first.say(Disposition::Other, None, NOW.plus_ms(10)).unwrap();
    said(&store, &other).await;

    let at = NOW.plus_ms(3);
    let expected = Said { disposition: Disposition::Registered, at, changed: 0, text: Some(5) };
    assert_eq!(first.said, Some(expected));
    assert_eq!(first.ended_at, Some(NOW.plus_ms(9)));
    assert_eq!(talks::of(&store.db, 7, "c1").await.unwrap(), Some(other));
    store.close().await;
}

async fn talks_that_a_process_left_open_are_ended(home: Home) {
    let store = open(&home).await;
    told(&store, &talk("c1", 0)).await;
    let ended = Talk { ended_at: Some(NOW.plus_ms(4)), ..talk("c2", 1) };
    told(&store, &ended).await;

    talks::end_all(&store.writer, NOW.plus_ms(9)).await.unwrap();

    let cut = talks::of(&store.db, 7, "c1").await.unwrap().unwrap();
    assert_eq!(cut.ended_at, Some(NOW.plus_ms(9)));
    assert_eq!(talks::of(&store.db, 7, "c2").await.unwrap(), Some(ended));
    store.close().await;
}

async fn dispositions_are_counted_since_an_instant(home: Home) {
    let store = open(&home).await;
    for (call, word, at_ms) in [
        ("c1", Disposition::Silent, -1),
        ("c2", Disposition::Silent, 0),
        ("c3", Disposition::Silent, 1),
        ("c4", Disposition::Abusive, 2),
    ] {
        said(&store, &talk(call, 0).say(word, None, NOW.plus_ms(at_ms)).unwrap()).await;
    }
    told(&store, &talk("c5", 6)).await;

    let counts = talks::counts(&store.db, NOW).await.unwrap();

    assert_eq!(counts, [(Disposition::Abusive, 1), (Disposition::Silent, 2)]);
    store.close().await;
}
