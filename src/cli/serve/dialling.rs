//! Gives the dialler places for calls, and makes the calls.

use std::time::Duration;

use tokio_util::task::TaskTracker;

use crate::{calls::Calls, domain::pacing::Mode, workers::dialler::Places};

/// How long the dialler waits for a channel and for its turn under the calls a second before it looks around.
const PLACE_WAIT: Duration = Duration::from_millis(500);

/// Each call is a task of `live`, which is waited for at the end.
pub fn places(calls: Calls, live: TaskTracker, mode: Mode) -> Places {
    let people = calls.clone();
    let places = Places::new(move || {
        let (calls, live) = (calls.clone(), live.clone());
        async move {
            let place = calls.place(PLACE_WAIT).await.ok()?;
            Some(move |order| {
                live.spawn(calls.verify(order, place));
            })
        }
    });
    if mode != Mode::Progressive {
        return places;
    }
    places.for_people(move || {
        let calls = people.clone();
        async move { calls.free_people().await }
    })
}
