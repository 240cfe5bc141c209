//! What calls leave on this machine's disk: recordings, and the journal of what the database could not take. Whoever still
//! keeps something is waited for at the end.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Config, asks::Keeping, journal::Journal, recordings};
use crate::app::App;

/// Shared by all calls of this process; cheap to clone.
#[derive(Clone, Debug)]
pub struct Disk {
    pub(super) recordings: recordings::Store,
    pub(super) journal: Journal,
    pub(super) closed: CancellationToken,
    pub(super) tasks: TaskTracker,
    trying: Duration,
    /// Recordings of talks from which something is missing, since the process began.
    partial: Arc<AtomicU64>,
}

impl Disk {
    pub async fn open(config: &Config, app: Arc<App>) -> io::Result<Self> {
        Ok(Self {
            recordings: recordings::Store::open(config.recordings.clone()).await?,
            journal: Journal::new(config.journal.clone(), app),
            closed: CancellationToken::new(),
            tasks: TaskTracker::new(),
            trying: config.keep_trying,
            partial: Arc::default(),
        })
    }

    pub(super) fn keeping(&self) -> Keeping {
        Keeping { journal: self.journal.clone(), trying: self.trying, closed: self.closed.clone() }
    }

    pub(super) fn count_partial(&self) {
        self.partial.fetch_add(1, Relaxed);
    }

    pub(super) fn partial(&self) -> u64 {
        self.partial.load(Relaxed)
    }

    /// Waits for what is still being kept; false when some of it was not by then.
    pub(super) async fn close(&self, patience: Duration) -> bool {
        self.tasks.close();
        tokio::time::timeout(patience, self.tasks.wait()).await.is_ok()
    }
}
