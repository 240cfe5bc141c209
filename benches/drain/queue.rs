//! Our queue alone: rounds are claimed under a lease, district by district in their shares, and settled under its token.

use std::sync::Arc;

use helpline181::{
    domain::{
        change::{Change, Gate},
        verification::attempts,
    },
    store::{
        Store,
        rounds::{self, due},
        writer::Lane,
    },
};

use super::{
    Drained, cpu,
    house::{House, TEN, postmaster},
    jobs,
};

const CLAIMED: i64 = 256;
const LEASE_MS: i64 = 60_000;
/// As many as the clients of the drain by hand.
const DRAINERS: usize = 4;

pub(crate) async fn drain(house: &House, count: usize) -> Drained {
    jobs::bring(house, count).await;
    let postmaster = postmaster().await;
    let store = Arc::new(house.store().await);
    let drained = cpu::timed(postmaster, count, async {
        let mut drainers = tokio::task::JoinSet::new();
        for _ in 0..DRAINERS {
            let store = store.clone();
            drainers.spawn(async move { all(&store).await });
        }
        let settled: usize = drainers.join_all().await.into_iter().sum();
        assert_eq!(settled, count);
    });
    let drained = drained.await;
    Arc::into_inner(store).expect("its drainers have ended").close().await;
    drained
}

/// Settles until nothing is due; gives how many.
async fn all(store: &Store) -> usize {
    let mut settled = 0;
    loop {
        let due = due::districts(&store.db, TEN).await.expect("they are known");
        if due.is_empty() {
            return settled;
        }
        let share = CLAIMED / due.len() as i64 + 1;
        let shares = due.into_iter().map(|district| (district, share)).collect();
        let claimed = rounds::claim_in(&store.writer, shares, TEN, LEASE_MS).await;
        let settle = |claimed: rounds::Claimed| {
            let after = attempts::ended(&claimed.round);
            let mut change = Change::new(TEN);
            change.round = Some((Gate::Version(claimed.round.version), after));
            change.fence = Some(claimed.token);
            change
        };
        let changes: Vec<_> = claimed.expect("a claim").into_iter().map(settle).collect();
        let answers = store.writer.commit_all(Lane::Acts, changes).await;
        settled += answers.iter().filter(|answer| answer.is_ok()).count();
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }
}
