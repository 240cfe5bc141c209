//! The leases that a live call holds on its rounds: renewed from the running call until everything of it is kept.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::app::{
    App,
    verification::{self, Lease, dial_lease_ms},
};

use super::{Config, asks::Way};

/// Well within a lease, so that a busy database may miss a few.
pub const RENEW_EVERY: Duration = Duration::from_secs(60);
/// An order is rung at once or not at all: the hours were looked at when it was given.
const RING_WITHIN: Duration = Duration::from_secs(60);

/// What follows each other under one lease, and together is shorter: where the policy's lease is, they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spans {
    /// From the order to the INVITE.
    pub(crate) ring_within: Duration,
    pub(crate) ring: Duration,
    pub(crate) talk: Duration,
    /// How often the lease is renewed meanwhile.
    pub(crate) renew_every: Duration,
}

impl Spans {
    pub(crate) fn of(app: &App, config: &Config) -> Self {
        let lease = lease(app);
        let ring_within = RING_WITHIN.min(lease / 10);
        let ring = config.ring_timeout.min(lease / 5);
        Self {
            ring_within,
            ring,
            // A fiftieth is left to record what was said.
            talk: config.verification_max.min(lease * 49 / 50 - ring_within - ring),
            renew_every: config.renew_every.min(lease / 10),
        }
    }
}

/// How often a call that a person makes renews what it holds.
pub(crate) fn renew_every(app: &App) -> Duration {
    RENEW_EVERY.min(lease(app) / 10)
}

fn lease(app: &App) -> Duration {
    Duration::from_millis(dial_lease_ms(app).unsigned_abs())
}

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
