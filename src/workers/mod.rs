//! Loops that call one step and sleep: what falls due, the dialler, notices, upkeep.
//!
//! A step says whether it worked; tests call steps and never sleep. Several processes on one database do
//! nothing twice: moves are guarded by versions, dials and notices by leases.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::app::{self, App, notices::Dispatch};

pub mod dialler;
pub mod notices;
pub mod recordings;
pub mod sweeps;
pub mod upkeep;

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Idle,
    /// There may be more: the next step follows at once.
    Worked,
}

#[derive(Debug)]
pub struct Options {
    /// Where citizens are rung; None when nobody is.
    pub dial: Option<dialler::Places>,
    /// How notices leave.
    pub dispatch: Dispatch,
}

/// The running loops.
#[derive(Debug)]
pub struct Workers {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

const SWEEP_EVERY: Duration = Duration::from_secs(1);
const DIAL_EVERY: Duration = Duration::from_millis(200);
const NOTICES_EVERY: Duration = Duration::from_millis(250);
const UPKEEP_EVERY: Duration = Duration::from_secs(2);
const RECORDINGS_EVERY: Duration = Duration::from_secs(60);
/// After a failure, as when the database is away.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

pub fn start(app: Arc<App>, options: Options) -> Workers {
    let dispatch = Arc::new(options.dispatch);
    let stop = CancellationToken::new();
    let work = |name, every| Loop {
        app: app.clone(),
        name,
        every,
        pulse: app.pulses(),
        stop: stop.clone(),
    };
    let mut tasks = Vec::new();
    for sweep in sweeps::ALL {
        let app = app.clone();
        let work = work(sweep.name(), SWEEP_EVERY);
        tasks.push(tokio::spawn(work.run(move || sweeps::step(app.clone(), *sweep))));
    }
    if let Some(dial) = options.dial {
        let (work, ended) = (work("dialler", DIAL_EVERY), app.clone());
        let app = app.clone();
        tasks.push(tokio::spawn(async move {
            work.run(move || dialler::step(app.clone(), dial.clone())).await;
            ended.dialler_looked(None);
        }));
    }
    let notified = app.clone();
    tasks.push(tokio::spawn(
        work("notices", NOTICES_EVERY)
            .run(move || notices::step(notified.clone(), dispatch.clone())),
    ));
    let kept = app.clone();
    tasks.push(tokio::spawn(work("upkeep", UPKEEP_EVERY).run(move || upkeep::step(kept.clone()))));
    let expiring = app.clone();
    tasks.push(tokio::spawn(
        work("recordings", RECORDINGS_EVERY).run(move || recordings::step(expiring.clone())),
    ));
    Workers { stop, tasks }
}

impl Workers {
    /// Lets every step that runs end, and waits for it.
    pub async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a worker failed");
            }
        }
    }
}

struct Loop {
    app: Arc<App>,
    name: &'static str,
    every: Duration,
    pulse: watch::Receiver<u64>,
    stop: CancellationToken,
}

impl Loop {
    async fn run<W, F>(mut self, step: W)
    where
        W: Fn() -> F,
        F: Future<Output = app::Result<Step>> + Send + 'static,
    {
        while !self.stop.is_cancelled() {
            self.pulse.mark_unchanged();
            // In a task of its own: a step that panics fails alone, and the next one is tried.
            let Ok(stepped) = tokio::spawn(step()).await else {
                tracing::error!(worker = self.name, "a step panicked");
                self.app.worker_panicked(self.name);
                self.pause(AFTER_FAILURE).await;
                continue;
            };
            self.app.worker_stepped(self.name);
            let wait = match stepped {
                Ok(Step::Worked) => continue,
                Ok(Step::Idle) => self.every,
                Err(error) => {
                    tracing::warn!(worker = self.name, error = %chain(&error), "a step failed");
                    AFTER_FAILURE
                }
            };
            self.pause(wait).await;
        }
    }

    async fn pause(&mut self, wait: Duration) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
            Ok(()) = self.pulse.changed() => {}
        }
    }
}

/// An error with its causes, for one line of the log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

    use super::*;
    use crate::{
        domain::time::Timestamp,
        store::{self, Store},
    };

    #[tokio::test]
    async fn a_worker_that_panicked_steps_again_and_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let options = store::Options {
            url: format!("sqlite:{}", dir.path().join("helpline.db").display()),
            keys: dir.path().join("keys"),
            group_max: None,
        };
        let store = Store::open(options, Timestamp(0)).await.unwrap();
        let app = App::open(store, app::Options::default()).await.unwrap();
        let (stop, steps) = (CancellationToken::new(), Arc::new(AtomicU32::new(0)));
        let work = Loop {
            app: app.clone(),
            name: "escalation",
            every: Duration::from_secs(60),
            pulse: app.pulses(),
            stop: stop.clone(),
        };
        let (stepped, mut told) = tokio::sync::mpsc::unbounded_channel();
        let watched = app.clone();
        let running = tokio::spawn(work.run(move || {
            let (n, app, stepped) = (steps.fetch_add(1, SeqCst), watched.clone(), stepped.clone());
            async move {
                stepped.send(app.panics_in_a_row()).unwrap();
                assert!(n >= 2, "planted");
                Ok(Step::Idle)
            }
        }));

        let mut in_a_row = Vec::new();
        for _ in 0..3 {
            // Each pulse ends a pause, so nothing waits for its second.
            app.pulse.send_modify(|pulse| *pulse += 1);
            in_a_row.push(told.recv().await.unwrap());
        }
        stop.cancel();
        running.await.unwrap();

        assert_eq!(in_a_row, [0, 1, 2]);
        assert_eq!(app.panics_in_a_row(), 0);
    }
}
