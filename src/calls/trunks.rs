//! The trunks as the stop switches want them, on every process; and whether any is left that the dialler may use.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    telephony::{Telephony, TrunkState},
};

/// A switch holds on all processes within a second.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Looks until the helpline ends. `dialled`: the trunks that the dialler uses.
pub(super) async fn follow(
    app: Arc<App>,
    telephony: Telephony,
    dialled: Vec<String>,
    closed: CancellationToken,
) {
    let look = async {
        let mut clock = tokio::time::interval(LOOK_EVERY);
        clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            clock.tick().await;
            // Without the database those of before hold.
            if let Ok(stops) = app.dial_stops().await {
                telephony.stop_trunks(|trunk| stops.of_trunk(trunk).is_some());
            }
            let trunks = telephony.trunks();
            let mut ours = trunks.iter().filter(|trunk| dialled.contains(&trunk.name));
            app.trunks_rest(ours.all(|trunk| {
                matches!(
                    trunk.state,
                    TrunkState::Resting(_) | TrunkState::Stopped | TrunkState::TakesNone
                )
            }));
        }
    };
    tokio::select! {
        () = closed.cancelled() => {}
        () = look => {}
    }
}
