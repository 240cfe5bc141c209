//! How citizens heard of 181, what was registered where, and when citizens may be rung.

use helpline181::{
    domain::{
        case::Kind,
        change::Change,
        citizen::{Hours, Safety},
        intake::origin::{HeardOf, Origin},
        place::{Code, PlaceCode},
    },
    store::{cases, citizens, origins},
};

use crate::{
    kit::samples::filing,
    kit::{Home, NOW, commit},
};

on_both_engines! {
    origins_are_counted_by_district_and_time,
    safety_of_a_citizen_comes_back_as_it_was_said_last,
}

async fn origins_are_counted_by_district_and_time(home: Home) {
    let store = home.open().await;
    let district = PlaceCode::new("district:396");
    for (n, heard_of, at_ms) in
        [(0, HeardOf::Radio, 0), (1, HeardOf::Radio, 5), (2, HeardOf::Poster, 5)]
    {
        let mut filed = filing(1_000_000 + n, 5 + n);
        filed.case.as_mut().unwrap().1.registered_at = NOW.plus_ms(at_ms);
        let origin = Origin {
            case: 1_000_000 + n,
            heard_of: Some(heard_of),
            scheme: (n == 2).then(|| Code::new("pension")),
        };
        filed.intake.origins.push(origin);
        commit(&store, &format!("r{n}"), filed).await.unwrap();
    }

    let (db, of) = (&store.db, Some(&district));
    let since = NOW.plus_ms(1);
    assert_eq!(
        origins::heard_of(db, of, NOW).await.unwrap(),
        [(HeardOf::Poster, 1), (HeardOf::Radio, 2)]
    );
    let mut registered = cases::registered_since(db, since).await.unwrap();
    registered.sort();
    let energy = Code::new("energy");
    assert_eq!(registered, [(1_000_001, energy.clone()), (1_000_002, energy)]);
    assert_eq!(
        origins::heard_of(db, None, since).await.unwrap(),
        [(HeardOf::Poster, 1), (HeardOf::Radio, 1)]
    );
    assert_eq!(origins::kinds(db, of, since).await.unwrap(), [(Kind::Complaint, 2)]);
    let phanda = PlaceCode::new("block:phanda");
    assert_eq!(origins::places(db, of, NOW).await.unwrap(), [(phanda, 3)]);
    let elsewhere = PlaceCode::new("district:427");
    assert!(origins::places(db, Some(&elsewhere), NOW).await.unwrap().is_empty());
    let kept = origins::of_case(db, 1_000_002).await.unwrap().unwrap();
    assert_eq!(kept.scheme, Some(Code::new("pension")));
    assert_eq!(origins::of_case(db, 1_000_009).await.unwrap(), None);
    store.close().await;
}

async fn safety_of_a_citizen_comes_back_as_it_was_said_last(home: Home) {
    let store = home.open().await;
    commit(&store, "r", filing(1_000_000, 5)).await.unwrap();
    let hours = Hours::new(600, 960);
    let safety =
        Safety { do_not_call: true, no_sms: false, no_message: true, hours, and_hours: None };
    for (request, said) in [("s1", safety), ("s2", Safety { hours: None, ..safety })] {
        let mut change = Change::new(NOW);
        change.intake.safeties.push((5, said));
        commit(&store, request, change).await.unwrap();

        let kept = citizens::get(&store.db, 5).await.unwrap();
        assert_eq!(kept.safety, said);
        let found = citizens::by_phone(&store.db, &kept.phone).await.unwrap().unwrap();
        assert_eq!(found.safety, said);
    }
    store.close().await;
}
