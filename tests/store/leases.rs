//! Work is leased to one at a time, and a lease that ran out is worth nothing.

use std::collections::BTreeSet;

use helpline181::{
    domain::{
        change::{Change, Gate},
        notice::{Outcome, Receipt},
        verification::RoundState,
    },
    store::{Store, leases, notices, rounds, rounds::claims},
};
use tokio::task::JoinSet;

use crate::{
    kit::samples::{filed, next, with_round},
    kit::{Home, NOW, commit},
};

on_both_engines! {
    each_round_is_claimed_by_one_of_many,
    claim_takes_the_longest_due_and_leaves_the_later,
    lease_that_ran_out_is_claimed_again_under_a_greater_token,
    lease_is_renewed_and_released_by_its_holder_alone,
    one_round_is_claimed_by_one,
    closed_round_is_not_claimed,
    outcome_gives_the_lease_back,
    what_is_decided_beside_a_live_call_leaves_it_its_lease,
    begun_dial_keeps_its_lease,
    each_notice_is_claimed_once_and_sent_once,
    failed_notice_comes_again_later,
    receipt_is_kept_with_the_message_it_names,
    messages_asked_for_in_the_last_minute_are_counted,
    sweep_lease_is_held_by_one_node,
}

const LEASE_MS: i64 = 60_000;

async fn each_round_is_claimed_by_one_of_many(home: Home) {
    let stores = [home.open().await, home.open().await];
    for _ in 0..40 {
        with_round(&stores[0]).await;
    }
    let mut workers = JoinSet::new();
    for worker in 0..4 {
        let writer = stores[worker % 2].writer.clone();
        workers.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claimed = claims::claim(&writer, NOW, 3, LEASE_MS).await.unwrap();
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(claimed.into_iter().map(|claimed| claimed.round.case));
            }
        });
    }
    let all: Vec<_> = workers.join_all().await.into_iter().flatten().collect();
    assert_eq!(all.len(), 40);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 40);
    for store in stores {
        store.close().await;
    }
}

async fn claim_takes_the_longest_due_and_leaves_the_later(home: Home) {
    let store = home.open().await;
    let mut cases = Vec::new();
    for due in [0, -2, -1, 1] {
        let (case, mut round) = with_round(&store).await;
        (round.next_at, round.version) = (Some(NOW.plus_ms(due)), 2);
        let change = Change { round: Some((Gate::Version(1), round)), ..next(&case, "moved") };
        commit(&store, &format!("move{due}"), change).await.unwrap();
        cases.push(case.id);
    }
    let mut claim = Vec::new();
    for limit in [2, 2, 2] {
        let claimed = claims::claim(&store.writer, NOW, limit, LEASE_MS).await.unwrap();
        claim.push(claimed.iter().map(|claimed| claimed.round.case).collect::<Vec<_>>());
    }
    assert_eq!(claim, [vec![cases[1], cases[2]], vec![cases[0]], vec![]]);
    store.close().await;
}

async fn lease_that_ran_out_is_claimed_again_under_a_greater_token(home: Home) {
    let store = home.open().await;
    let (_, round) = with_round(&store).await;
    let claim =
        async |at: i64| claims::claim(&store.writer, NOW.plus_ms(at), 10, LEASE_MS).await.unwrap();
    let first = claim(0).await;
    assert_eq!((first[0].round.clone(), first[0].token), (round.clone(), 1));
    assert!(claim(LEASE_MS - 1).await.is_empty());
    let second = claim(LEASE_MS).await;
    assert_eq!((second[0].round.clone(), second[0].token), (round, 2));
    store.close().await;
}

async fn lease_is_renewed_and_released_by_its_holder_alone(home: Home) {
    let store = home.open().await;
    let (case, _) = with_round(&store).await;
    let writer = &store.writer;
    let token = claims::claim(writer, NOW, 1, LEASE_MS).await.unwrap()[0].token;
    let claimable = async |at: i64| {
        let at = NOW.plus_ms(at);
        claims::claim_one(writer, case.id, 1, at, LEASE_MS).await.unwrap().map(|one| one.token)
    };

    let later = NOW.plus_ms(50_000);
    assert!(claims::renew(writer, case.id, 1, token, later, LEASE_MS).await.unwrap());
    assert!(!claims::renew(writer, case.id, 1, token + 1, later, LEASE_MS).await.unwrap());
    assert_eq!(claimable(LEASE_MS).await, None);
    assert!(!claims::release(writer, case.id, 1, token + 1).await.unwrap());
    assert!(claims::release(writer, case.id, 1, token).await.unwrap());
    assert!(!claims::release(writer, case.id, 1, token).await.unwrap());
    assert!(!claims::renew(writer, case.id, 1, token, later, LEASE_MS).await.unwrap());
    assert_eq!(claimable(LEASE_MS).await, Some(2));
    assert_eq!(claimable(LEASE_MS).await, None);
    assert_eq!(claims::free(writer).await.unwrap(), 1);
    assert_eq!(claimable(LEASE_MS).await, Some(3));
    store.close().await;
}

async fn one_round_is_claimed_by_one(home: Home) {
    let store = home.open().await;
    let (case, _) = with_round(&store).await;
    let mut askers = JoinSet::new();
    for _ in 0..8 {
        let writer = store.writer.clone();
        askers.spawn(async move {
            claims::claim_one(&writer, case.id, 1, NOW, LEASE_MS).await.unwrap().is_some()
        });
    }
    let won = askers.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
    store.close().await;
}

async fn closed_round_is_not_claimed(home: Home) {
    let store = home.open().await;
    let (case, mut round) = with_round(&store).await;
    (round.state, round.version) = (RoundState::Dropped, 2);
    let change = Change { round: Some((Gate::Version(1), round)), ..next(&case, "withdrawn") };
    commit(&store, "drop", change).await.unwrap();

    assert!(claims::claim(&store.writer, NOW, 10, LEASE_MS).await.unwrap().is_empty());
    let one = claims::claim_one(&store.writer, case.id, 1, NOW, LEASE_MS).await.unwrap();
    assert_eq!(one, None);
    store.close().await;
}

async fn what_is_decided_beside_a_live_call_leaves_it_its_lease(home: Home) {
    let store = home.open().await;
    let (case, mut round) = with_round(&store).await;
    let token = claims::claim(&store.writer, NOW, 1, LEASE_MS).await.unwrap()[0].token;
    round.version = 2;
    let change = Change { round: Some((Gate::Version(1), round)), ..next(&case, "ring_back") };
    commit(&store, "ring back", change).await.unwrap();

    assert_eq!(claims::claim(&store.writer, NOW, 1, LEASE_MS).await.unwrap(), []);
    let held = |at| rounds::held_of_citizen(&store.db, case.citizen, NOW.plus_ms(at), 5);
    assert_eq!(held(0).await.unwrap().len(), 1);
    assert_eq!(held(LEASE_MS).await.unwrap(), []);
    assert!(claims::release(&store.writer, case.id, 1, token).await.unwrap());
    store.close().await;
}

async fn outcome_gives_the_lease_back(home: Home) {
    let store = home.open().await;
    let (case, mut round) = with_round(&store).await;
    let token = claims::claim(&store.writer, NOW, 1, LEASE_MS).await.unwrap()[0].token;
    round.version = 2;
    let change = Change {
        round: Some((Gate::Version(1), round)),
        fence: Some(token),
        ..next(&case, "dialled")
    };
    commit(&store, "dial", change).await.unwrap();

    assert!(!claims::release(&store.writer, case.id, 1, token).await.unwrap());
    let again = claims::claim(&store.writer, NOW, 1, LEASE_MS).await.unwrap();
    assert_eq!(again[0].token, 2);
    store.close().await;
}

async fn begun_dial_keeps_its_lease(home: Home) {
    let store = home.open().await;
    let (case, mut round) = with_round(&store).await;
    let token = claims::claim(&store.writer, NOW, 1, 1).await.unwrap()[0].token;
    round.version = 2;
    let change = Change {
        round: Some((Gate::Version(1), round)),
        fence: Some(token),
        held_until: Some(NOW.plus_ms(LEASE_MS)),
        ..next(&case, "begun")
    };
    commit(&store, "dial", change).await.unwrap();

    let claimed =
        async |at: i64| claims::claim(&store.writer, NOW.plus_ms(at), 1, LEASE_MS).await.unwrap();
    assert!(claimed(LEASE_MS - 1).await.is_empty());
    assert!(claims::renew(&store.writer, case.id, 1, token, NOW, LEASE_MS).await.unwrap());
    assert_eq!(claimed(LEASE_MS).await[0].token, token + 1);
    store.close().await;
}

async fn each_notice_is_claimed_once_and_sent_once(home: Home) {
    let stores = [home.open().await, home.open().await];
    for _ in 0..20 {
        filed(&stores[0]).await;
    }
    let here = claimed(&stores[0], 0, 12).await;
    let there = claimed(&stores[1], 0, 12).await;
    assert_eq!((here.len(), there.len()), (12, 8));
    assert!(claimed(&stores[1], LEASE_MS - 1, 12).await.is_empty());

    let late = claimed(&stores[1], LEASE_MS, 50).await;
    assert_eq!(late.len(), 20);
    let writer = &stores[0].writer;
    assert!(!notices::sending(writer, &here[0], NOW).await.unwrap());
    assert!(!notices::settle(writer, &here[0], sent(0)).await.unwrap());
    assert!(notices::sending(writer, &late[0], NOW.plus_ms(8)).await.unwrap());
    assert!(notices::settle(writer, &late[0], sent(9)).await.unwrap());
    assert!(!notices::settle(writer, &late[0], sent(10)).await.unwrap());
    assert!(!notices::sending(writer, &late[0], NOW.plus_ms(10)).await.unwrap());

    let of_case = notices::of_case(&stores[0].db, late[0].notice.case).await.unwrap();
    let kept = notices::Kept {
        notice: late[0].notice.clone(),
        tries: 0,
        settled: Some(sent(9)),
        receipt: None,
    };
    assert_eq!(of_case, [kept]);
    assert_eq!(claimed(&stores[0], 3 * LEASE_MS, 50).await.len(), 19);
    for store in stores {
        store.close().await;
    }
}

fn sent(at: i64) -> notices::Settled {
    notices::Settled {
        outcome: Outcome::Sent,
        at: NOW.plus_ms(at),
        gateway_id: Some(format!("g{at}")),
        segments: Some(2),
        failure: None,
    }
}

async fn receipt_is_kept_with_the_message_it_names(home: Home) {
    let store = home.open().await;
    filed(&store).await;
    let claimed = claimed(&store, 0, 1).await;
    notices::settle(&store.writer, &claimed[0], sent(9)).await.unwrap();
    let receipt = async |id: &str, what| {
        notices::receipt(&store.writer, id, what, NOW.plus_ms(20)).await.unwrap()
    };

    assert!(!receipt("g8", Receipt::Delivered).await);
    assert!(receipt("g9", Receipt::Undelivered).await);
    assert!(receipt("g9", Receipt::Delivered).await);
    assert!(!receipt("g9", Receipt::Delivered).await);

    let kept = notices::of_case(&store.db, claimed[0].notice.case).await.unwrap();
    assert_eq!(kept[0].receipt, Some((Receipt::Delivered, NOW.plus_ms(20))));
    store.close().await;
}

async fn messages_asked_for_in_the_last_minute_are_counted(home: Home) {
    let store = home.open().await;
    for _ in 0..3 {
        filed(&store).await;
    }
    let claimed = claimed(&store, 0, 3).await;
    for (at, claimed) in claimed.iter().enumerate() {
        notices::sending(&store.writer, claimed, NOW.plus_ms(at as i64)).await.unwrap();
    }
    let since = async |at| notices::sent_since(&store.db, NOW.plus_ms(at)).await.unwrap();

    assert_eq!([since(-1).await, since(0).await, since(2).await], [3, 2, 0]);
    store.close().await;
}

async fn claimed(store: &Store, at: i64, limit: i64) -> Vec<notices::Claimed> {
    notices::claim(&store.writer, NOW.plus_ms(at), limit, LEASE_MS).await.unwrap()
}

async fn failed_notice_comes_again_later(home: Home) {
    let store = home.open().await;
    filed(&store).await;
    let first = claimed(&store, 0, 1).await;
    assert_eq!(first[0].tries, 0);

    assert!(notices::sending(&store.writer, &first[0], NOW).await.unwrap());
    assert!(notices::failed(&store.writer, &first[0], NOW.plus_ms(500), false).await.unwrap());

    assert!(claimed(&store, 499, 1).await.is_empty());
    let second = claimed(&store, 500, 1).await;
    assert_eq!((second[0].tries, second[0].token), (1, 2));
    assert_eq!(second[0].sending_at, Some(NOW));

    assert!(notices::failed(&store.writer, &second[0], NOW.plus_ms(900), true).await.unwrap());
    assert_eq!(claimed(&store, 900, 1).await[0].sending_at, None);
    store.close().await;
}

async fn sweep_lease_is_held_by_one_node(home: Home) {
    let (here, there) = (home.open().await, home.open().await);
    let take = async |store: &Store, at: i64| {
        leases::take(&store.writer, "escalation", NOW.plus_ms(at), 1_000).await.unwrap()
    };
    let held = take(&here, 0).await.unwrap();
    assert_eq!(held.token, 1);
    assert_eq!(take(&there, 999).await, None);
    assert_eq!(take(&here, 500).await, Some(held.clone()));
    assert!(leases::renew(&here.writer, &held, NOW.plus_ms(900), 1_000).await.unwrap());
    assert_eq!(take(&there, 1_899).await, None);

    let taken = take(&there, 1_900).await.unwrap();
    assert_eq!(taken.token, 2);
    assert!(!leases::renew(&here.writer, &held, NOW.plus_ms(1_900), 1_000).await.unwrap());
    assert!(!leases::release(&here.writer, &held).await.unwrap());
    assert!(leases::release(&there.writer, &taken).await.unwrap());
    assert_eq!(take(&here, 1_901).await.unwrap().token, 3);
    here.close().await;
    there.close().await;
}
