//! Rows of recordings, from the first second to the proof of their end.

use helpline181::{
    domain::{
        change::Change,
        citizen::Text,
        recording::{Class, RecordingRow, State},
    },
    store::{Error, recordings},
};

use crate::{
    kit::samples::filed,
    kit::{Home, NOW, commit},
};

on_both_engines! {
    recording_comes_back_as_it_began_and_as_it_ended,
    recording_begins_once_a_call_and_number,
    recording_moves_from_the_version_that_was_read_alone,
    call_that_nobody_registered_on_has_no_cases,
    unfinished_recordings_of_a_folder_are_found,
    recordings_are_due_by_time_folder_and_hold,
}

fn row(id: i64, call: &str) -> RecordingRow {
    RecordingRow {
        id,
        call: call.to_owned(),
        number: Some(0),
        class: Class::Call,
        state: State::Recording,
        case: None,
        folder: Some("f1".to_owned()),
        file: format!("spool/{call}-0.wav"),
        sha256: [0; 32],
        duration_ms: 0,
        partial: None,
        at: NOW,
        delete_after: Some(NOW.plus_ms(9)),
        held_at: None,
        held_why: None,
        retry_at: None,
        trouble: None,
        deleted_at: None,
        version: 1,
    }
}

fn begun(rows: impl IntoIterator<Item = RecordingRow>) -> Change {
    Change { recordings: rows.into_iter().collect(), ..Change::new(NOW) }
}

fn moved(row: RecordingRow) -> Change {
    Change { recording: Some(row), ..Change::new(NOW) }
}

async fn recording_comes_back_as_it_began_and_as_it_ended(home: Home) {
    let store = home.open().await;
    let first = RecordingRow { case: Some(1_000_000), ..row(31, "c1") };
    commit(&store, "begin", begun([first.clone()])).await.unwrap();
    assert_eq!(recordings::get(&store.db, 31).await.unwrap(), first);

    let ended = RecordingRow {
        state: State::Partial,
        folder: Some("f2".to_owned()),
        file: "ab.wav".to_owned(),
        sha256: [7; 32],
        duration_ms: 4_321,
        partial: Some("the disk is too slow".to_owned()),
        delete_after: Some(NOW.plus_ms(10)),
        held_at: Some(NOW.plus_ms(11)),
        held_why: Some(12),
        retry_at: Some(NOW.plus_ms(13)),
        trouble: Some("permission denied".to_owned()),
        deleted_at: Some(NOW.plus_ms(14)),
        ..first
    };
    commit(&store, "end", moved(ended.clone())).await.unwrap();

    let db = &store.db;
    let expected = RecordingRow { version: 2, ..ended };
    assert_eq!(recordings::get(db, 31).await.unwrap(), expected);
    assert_eq!(recordings::of_case(db, 1_000_000).await.unwrap(), std::slice::from_ref(&expected));
    assert_eq!(recordings::of_call(db, "c1").await.unwrap(), std::slice::from_ref(&expected));
    assert_eq!(recordings::numbered(db, "c1", 0).await.unwrap(), Some(expected));
    assert_eq!(recordings::numbered(db, "c1", 1).await.unwrap(), None);
    assert!(matches!(recordings::get(db, 32).await, Err(Error::NotFound)));
    store.close().await;
}

async fn recording_begins_once_a_call_and_number(home: Home) {
    let store = home.open().await;
    commit(&store, "one", begun([row(31, "c1")])).await.unwrap();

    let again = RecordingRow { state: State::Kept, ..row(32, "c1") };
    commit(&store, "two", begun([again])).await.unwrap();

    assert_eq!(recordings::of_call(&store.db, "c1").await.unwrap(), [row(31, "c1")]);
    store.close().await;
}

async fn recording_moves_from_the_version_that_was_read_alone(home: Home) {
    let store = home.open().await;
    commit(&store, "begin", begun([row(31, "c1")])).await.unwrap();
    commit(&store, "end", moved(row(31, "c1"))).await.unwrap();

    let text = Text { id: 5, owner: "recording:31".to_owned(), words: "a court asks".to_owned() };
    let late = Change { texts: vec![text], ..moved(row(31, "c1")) };
    let late = commit(&store, "late", late).await;

    assert!(matches!(late, Err(Error::Conflict)), "{late:?}");
    assert_eq!(recordings::get(&store.db, 31).await.unwrap().version, 2);
    store.close().await;
}

async fn call_that_nobody_registered_on_has_no_cases(home: Home) {
    let store = home.open().await;
    let case = filed(&store).await.id;
    commit(&store, "begin", begun([row(31, "c1")])).await.unwrap();

    assert!(recordings::cases_of(&store.db, "c1").await.unwrap().is_empty());
    assert!(recordings::of_case(&store.db, case).await.unwrap().is_empty());
    store.close().await;
}

async fn unfinished_recordings_of_a_folder_are_found(home: Home) {
    let store = home.open().await;
    let elsewhere = RecordingRow { folder: Some("f2".to_owned()), ..row(32, "c2") };
    let kept = RecordingRow { state: State::Kept, ..row(33, "c3") };
    let rows = [row(31, "c1"), elsewhere, kept, row(34, "c4")];
    commit(&store, "begin", begun(rows)).await.unwrap();

    let found = recordings::running(&store.db, "f1", 0, 9).await.unwrap();
    let behind = recordings::running(&store.db, "f1", 31, 9).await.unwrap();

    assert_eq!(found, [row(31, "c1"), row(34, "c4")]);
    assert_eq!(behind, [row(34, "c4")]);
    store.close().await;
}

async fn recordings_are_due_by_time_folder_and_hold(home: Home) {
    let store = home.open().await;
    let (db, now) = (&store.db, NOW.plus_ms(9));
    let case = filed(&store).await;
    let kept = |id, call: &str| RecordingRow { state: State::Kept, ..row(id, call) };
    let elsewhere = RecordingRow { folder: Some("f2".to_owned()), ..kept(32, "c2") };
    let for_ever = RecordingRow { delete_after: None, ..kept(33, "c3") };
    let of_case = RecordingRow { case: Some(case.id), ..kept(34, "c4") };
    let later = RecordingRow { delete_after: Some(NOW.plus_ms(10)), ..kept(35, "c5") };
    let rows = [kept(31, "c1"), elsewhere, for_ever, of_case.clone(), later, kept(36, "c6")];
    commit(&store, "begin", begun(rows)).await.unwrap();
    let held = RecordingRow { held_at: Some(NOW), ..kept(36, "c6") };
    commit(&store, "hold", moved(held)).await.unwrap();

    let closed = case.closed_at.unwrap();
    let due = recordings::due(db, "f1", now, closed.plus_ms(-1), 9).await.unwrap();
    assert_eq!(due, [kept(31, "c1")]);
    let due = recordings::due(db, "f1", now, closed, 9).await.unwrap();
    assert_eq!(due, [kept(31, "c1"), of_case]);

    let deleting = RecordingRow { state: State::Deleting, retry_at: Some(now), ..kept(31, "c1") };
    commit(&store, "decide", moved(deleting.clone())).await.unwrap();
    let early = recordings::deleting(db, "f1", now.plus_ms(-1), 9).await.unwrap();
    assert!(early.is_empty(), "{early:?}");
    let found = recordings::deleting(db, "f1", now, 9).await.unwrap();
    assert_eq!(found, [RecordingRow { version: 2, ..deleting }]);

    let file = "spool/c1-0.wav";
    assert_eq!(recordings::others_of(db, file, 31).await.unwrap(), 0);
    assert_eq!(recordings::others_of(db, file, 32).await.unwrap(), 1);
    let all = recordings::all(db, 33, 2).await.unwrap();
    assert_eq!(all.iter().map(|row| row.id).collect::<Vec<_>>(), [34, 35]);
    store.close().await;
}
