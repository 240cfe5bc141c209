//! The leases that a live call holds on its rounds: renewed from the running call until everything of it is kept.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::app::{
    App,
    verification::{self, Lease},
};

use super::asks::Way;

/// Well within a lease, so that a busy database may miss a few.
pub const RENEW_EVERY: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, Default)]
pub(crate) struct Leases(Arc<Mutex<Vec<Lease>>>);

impl Leases {
    pub(crate) fn of(way: &Way) -> Self {
        let held = match way {
            Way::Inbound { .. } => Vec::new(),
            Way::Dialled { rounds, .. } => rounds
                .iter()
                .map(|ordered| Lease {
                    case: ordered.case,
                    round: ordered.round,
                    token: ordered.token,
                })
                .collect(),
        };
        Self(Arc::new(Mutex::new(held)))
    }

    pub(crate) fn add(&self, lease: Lease) {
        self.lock().push(lease);
    }

    /// Renews them as long as the call lasts.
    pub(crate) async fn renew(&self, app: &App, every: Duration) -> Infallible {
        loop {
            tokio::time::sleep(every).await;
            let held = self.lock().clone();
            for lease in held {
                match verification::renew(app, lease).await {
                    Ok(true) => {}
                    // Recorded already, or lost: the record will say which.
                    Ok(false) => self.lock().retain(|held| *held != lease),
                    Err(error) => {
                        tracing::warn!(case = lease.case, %error, "a lease is not renewed");
                    }
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Lease>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
