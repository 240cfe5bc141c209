//! How citizens stand at the moment of dialling, many in one look; and what two processes claim of the same districts.

use helpline181::{
    domain::{
        change::{CallBack, Change, Slot, SlotKind},
        language::Language,
        place::PlaceCode,
        verification::{
            attempts::Used,
            line::{CallKind, Evening, Line},
        },
    },
    store::{
        self,
        rounds::{claims, standing},
    },
};

use super::due::{district, open};
use crate::{
    kit::samples::{citizen, filed, with_round},
    kit::{Home, NOW, commit},
};

on_both_engines! {
    citizens_stand_as_their_rows_say,
    cases_and_citizens_are_read_by_their_ids,
    two_processes_claim_different_rounds_of_a_district,
}

async fn citizens_stand_as_their_rows_say(home: Home) {
    let store = home.open().await;
    let (case, round) = with_round(&store).await;
    let (rung, today) = (round.citizen, NOW.ist_day());
    let slot = |kind, n| Slot { citizen: rung, day: today, kind, n };
    let line = Line {
        citizen: rung,
        kind: CallKind::Agent,
        call: "one".to_owned(),
        taken_at: NOW,
        until: NOW.plus_ms(1_000),
    };
    let evening = Evening {
        citizen: rung,
        day: today,
        kind: CallKind::Agent,
        rung_at: NOW,
        asked_at: Some(NOW),
    };
    let yesterday = Slot { day: NOW.plus_ms(-86_400_000).ist_day(), ..slot(SlotKind::Dial, 1) };
    let change = Change {
        slots: vec![
            slot(SlotKind::Attempt, 1),
            slot(SlotKind::Dial, 1),
            slot(SlotKind::Dial, 2),
            yesterday,
        ],
        line: Some(line.clone()),
        evening: Some(evening),
        ..Change::new(NOW)
    };
    commit(&store, "rung", change).await.unwrap();
    let owed = CallBack {
        id: 1,
        citizen: Some(rung),
        call: "x".to_owned(),
        reason: "ASKED".to_owned(),
        language: Language::Hindi,
        at: NOW,
    };
    let listed = Change { call_backs: vec![owed], ..Change::new(NOW) };
    commit(&store, "listed", listed).await.unwrap();
    let nobody = rung + 1;

    let by_day = standing::of(&store.db, &[rung, nobody], NOW, false).await.unwrap();
    let by_evening = standing::of(&store.db, &[rung, nobody], NOW, true).await.unwrap();

    let used = Used { attempts: 1, dials: 2, ..Used::default() };
    assert_eq!((by_day[&rung].used, by_day[&rung].open), (used, 1));
    assert_eq!(by_day[&rung].held, Some(line));
    assert_eq!((by_day[&nobody].used, by_day[&nobody].open), (Used::default(), 0));
    assert_eq!(by_day[&nobody].held, None);
    let evening = Used { evening: Some(evening), call_back: true, ..used };
    assert_eq!((by_evening[&rung].used, by_evening[&nobody].used), (evening, Used::default()));
    let later = standing::of(&store.db, &[rung], NOW.plus_ms(1_000), false).await.unwrap();
    assert_eq!(later[&rung].held, None);
    assert_eq!(case.citizen, rung);
    store.close().await;
}

async fn cases_and_citizens_are_read_by_their_ids(home: Home) {
    let store = home.open().await;
    let (one, other) = (filed(&store).await, filed(&store).await);
    let unknown = i64::MAX;

    let mut cases = store::cases::many(&store.db, &[other.id, unknown, one.id]).await.unwrap();
    cases.sort_by_key(|case| case.id);
    let citizens = store::citizens::many(&store.db, &[one.citizen, unknown]).await.unwrap();

    assert_eq!(cases, [one.clone(), other]);
    assert_eq!(citizens.len(), 1);
    assert_eq!((citizens[0].id, &citizens[0].phone), (one.citizen, &citizen(one.citizen).phone));
    assert!(store::cases::many(&store.db, &[]).await.unwrap().is_empty());
    store.close().await;
}

async fn two_processes_claim_different_rounds_of_a_district(home: Home) {
    const EACH: i64 = 20;
    let stores = [home.open().await, home.open().await];
    for of in [396, 399] {
        for _ in 0..2 * EACH {
            open(&stores[0], |round| round.district = district(of)).await;
        }
    }
    let shares: Vec<(PlaceCode, i64)> = [396, 399].map(|of| (district(of), 1)).into();
    let claim = async |store: &store::Store| {
        let mut claimed = Vec::new();
        for _ in 0..EACH {
            let found = claims::claim_in(&store.writer, shares.clone(), NOW, 60_000).await.unwrap();
            assert_eq!(found.len(), 2);
            claimed.extend(found.into_iter().map(|claimed| claimed.round.case));
        }
        claimed
    };

    let (one, other) = tokio::join!(claim(&stores[0]), claim(&stores[1]));

    let mut all: Vec<i64> = one.into_iter().chain(other).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len() as i64, 4 * EACH);
    for store in stores {
        store.close().await;
    }
}
