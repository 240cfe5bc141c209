//! Stop switches: each is thrown by one at a time.

use helpline181::{
    domain::{
        change::Change,
        pacing::stop::{Reach, Stop},
        place::PlaceCode,
    },
    store::{Error, stops},
};

use crate::{
    kit::samples::opened_account,
    kit::{Home, NOW, commit},
};

on_both_engines! {
    switch_is_thrown_by_one_at_a_time_and_listed_while_it_stops,
}

async fn switch_is_thrown_by_one_at_a_time_and_listed_while_it_stops(home: Home) {
    let store = home.open().await;
    commit(&store, "asha", opened_account(7, "asha")).await.unwrap();
    let district = Reach::District(PlaceCode::new("district:396"));
    let reaches = [Reach::Whole, district.clone(), Reach::Trunk("a".to_owned())];
    let throw = async |id: &str, stop: Stop| {
        commit(&store, id, Change { stop: Some(stop), ..Change::new(NOW) }).await
    };
    for (n, reach) in reaches.iter().enumerate() {
        assert_eq!(stops::of(&store.db, reach).await.unwrap(), None);
        let at = NOW.plus_ms(n as i64);
        let stop = Stop::thrown(None, reach, true, (7, 1), at).unwrap();
        throw(&format!("stop {n}"), stop.clone()).await.unwrap();
        assert_eq!(stops::of(&store.db, reach).await.unwrap(), Some(stop));
    }
    let stood = stops::of(&store.db, &district).await.unwrap();
    let started = Stop::thrown(stood.as_ref(), &district, false, (7, 2), NOW).unwrap();

    throw("start", started.clone()).await.unwrap();
    let again = throw("again", started).await;

    assert!(matches!(again, Err(Error::Conflict)), "{again:?}");
    let listed = stops::in_force(&store.db).await.unwrap();
    let listed: Vec<_> = listed.into_iter().map(|stop| stop.reach).collect();
    assert_eq!(listed, [Reach::Trunk("a".to_owned()), Reach::Whole]);
    store.close().await;
}
