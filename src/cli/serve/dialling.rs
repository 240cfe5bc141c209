//! Hands the dialler's orders to calls, as many at a time as may be open.

use tokio::{
    sync::mpsc,
    task::{JoinHandle, JoinSet},
};

use crate::{app::verification::DialOrder, calls::Calls};

/// The dialler claims an order when the channel has a place for it. A call keeps its place as long as it lasts, so that the
/// places that are left are the calls that may still be made. The task ends when the senders are gone and the calls over.
pub fn start(calls: Calls, calls_max: usize) -> (mpsc::Sender<DialOrder>, JoinHandle<()>) {
    let (dial, mut orders) = mpsc::channel::<DialOrder>(calls_max.max(1));
    let places = dial.downgrade();
    let task = tokio::spawn(async move {
        let mut live = JoinSet::new();
        while let Some(order) = orders.recv().await {
            while live.try_join_next().is_some() {}
            let place = places.upgrade().and_then(|dial| dial.try_reserve_owned().ok());
            let calls = calls.clone();
            live.spawn(async move {
                calls.verify(order).await;
                drop(place);
            });
        }
        while live.join_next().await.is_some() {}
    });
    (dial, task)
}
