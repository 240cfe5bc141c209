//! The tasks of the telephone side: each is awaited at shutdown, and one that panics is counted and takes no other with it.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};

/// Tasks at a time; a message that would need one more is dropped, and SIP repeats it.
const TASKS_MAX: usize = 20_000;

#[derive(Debug, Default)]
pub(super) struct Tasks {
    set: Mutex<JoinSet<()>>,
    panics: AtomicU64,
}

impl Tasks {
    fn set(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a task; false when there are too many.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> bool {
        let mut set = self.set();
        while let Some(ended) = set.try_join_next() {
            self.note(ended);
        }
        if set.len() >= TASKS_MAX {
            return false;
        }
        set.spawn(task);
        true
    }

    fn note(&self, ended: Result<(), JoinError>) {
        if ended.is_err_and(|error| error.is_panic()) {
            self.panics.fetch_add(1, Ordering::Relaxed);
            tracing::error!("a telephony task panicked");
        }
    }

    pub(super) fn panics(&self) -> u64 {
        let mut set = self.set();
        while let Some(ended) = set.try_join_next() {
            self.note(ended);
        }
        self.panics.load(Ordering::Relaxed)
    }

    /// Waits up to `patience` for all tasks, then ends the rest.
    pub(super) async fn finish(&self, patience: Duration) {
        let mut set = std::mem::take(&mut *self.set());
        let all = async {
            while let Some(ended) = set.join_next().await {
                self.note(ended)
            }
        };
        let _ = tokio::time::timeout(patience, all).await;
        set.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_counted_and_leaves_the_others_running() {
        let tasks = Tasks::default();
        let (told, mut hear) = tokio::sync::mpsc::channel(1);
        tasks.spawn(async { panic!("as the test wants") });
        tasks.spawn(async move { told.send(7).await.unwrap() });

        assert_eq!(hear.recv().await, Some(7));
        tasks.finish(Duration::from_secs(5)).await;
        assert_eq!(tasks.panics(), 1);
    }

    #[tokio::test]
    async fn a_task_that_does_not_end_is_ended() {
        let tasks = Tasks::default();
        tasks.spawn(std::future::pending());

        tasks.finish(Duration::from_millis(1)).await;

        assert_eq!(tasks.set().len(), 0);
    }
}
