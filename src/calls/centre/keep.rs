//! Writes what the queue must not forget, behind the queue's back: offers go on while the database is away. Of each row only
//! the last state waits, so what waits is bounded by who is there.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde::Serialize;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    acd::{AgentState, CallBack, CallerId, CallerRow, CitizenKey, State, figures::Fact},
    app::{
        self, App,
        agents::queue::{self, FactRow, Kept, QueueRow, RowKind},
    },
    domain::{actor::Actor, intake::disposition::Talk, time::Timestamp},
};

/// Lines of the log that wait for the database; past it the oldest are lost, and the figures say less than happened.
const FACTS_WAITING_MAX: usize = 50_000;
/// Rows and lines of one transaction.
const BATCH_MAX: usize = 200;
const RETRY: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(5);
/// What is left at the end is tried for so long.
const LAST_TRY: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct Keeper {
    waiting: Mutex<Waiting>,
    bell: Notify,
    /// The database does not take what is to be kept.
    behind: AtomicBool,
}

#[derive(Debug, Default)]
struct Waiting {
    rows: BTreeMap<(RowKind, i64), Option<String>>,
    facts: VecDeque<FactRow>,
    reached: BTreeMap<CitizenKey, Timestamp>,
    talks: BTreeMap<(i64, String), Talk>,
    facts_told: i64,
    lost: u64,
}

impl Keeper {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            waiting: Mutex::default(),
            bell: Notify::new(),
            behind: AtomicBool::new(false),
        })
    }

    pub(super) fn agent(&self, state: &AgentState) {
        self.put(RowKind::Agent, state.agent.0, Some(state));
    }

    pub(super) fn caller(&self, row: &CallerRow) {
        self.put(RowKind::Caller, row.caller.0, Some(row));
    }

    pub(super) fn caller_ended(&self, caller: CallerId) {
        self.put::<()>(RowKind::Caller, caller.0, None);
    }

    /// One that is over is not needed to begin again, and goes off the list of who waits to be rung.
    pub(super) fn call_back(&self, call_back: &CallBack, now: Timestamp) {
        let open = !matches!(call_back.state, State::Closed(_));
        if !open {
            self.waiting().reached.insert(call_back.citizen, now);
        }
        self.put(RowKind::CallBack, call_back.id.0, open.then_some(call_back));
    }

    pub(super) fn talk(&self, talk: &Talk) {
        self.waiting().talks.insert((talk.account, talk.call.clone()), talk.clone());
        self.bell.notify_one();
    }

    pub(super) fn fact(&self, fact: &Fact) {
        let Some(body) = text(fact) else { return };
        let mut waiting = self.waiting();
        waiting.facts_told += 1;
        let n = waiting.facts_told;
        waiting.facts.push_back(FactRow { n, at: fact.at, body });
        if waiting.facts.len() > FACTS_WAITING_MAX {
            waiting.facts.pop_front();
            waiting.lost += 1;
        }
        drop(waiting);
        self.bell.notify_one();
    }

    /// Writes until the end, and then what is left.
    pub(super) async fn run(self: Arc<Self>, app: Arc<App>, over: CancellationToken) {
        loop {
            tokio::select! {
                () = self.bell.notified() => {}
                () = over.cancelled() => break,
            }
            tokio::select! {
                () = self.write(&app) => {}
                () = over.cancelled() => break,
            }
        }
        if tokio::time::timeout(LAST_TRY, self.write(&app)).await.is_err() {
            tracing::warn!("the queue's last rows were not kept");
        }
    }

    pub(super) fn is_behind(&self) -> bool {
        self.behind.load(Ordering::Relaxed)
    }

    async fn write(&self, app: &App) {
        let mut pause = RETRY;
        loop {
            let batch = self.batch();
            if batch == Kept::default() {
                return;
            }
            match queue::keep(app, &Actor::system(), batch.clone()).await {
                Ok(()) => {
                    self.written(&batch);
                    if self.behind.swap(false, Ordering::Relaxed) {
                        tracing::info!("the queue's rows are kept again");
                    }
                    pause = RETRY;
                }
                Err(error) => {
                    if !self.behind.swap(true, Ordering::Relaxed) {
                        tracing::warn!(%error, "the queue's rows wait for the database");
                    }
                    if matches!(error, app::Error::Refused(_)) {
                        return;
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(RETRY_MAX);
                }
            }
        }
    }

    fn batch(&self) -> Kept {
        let waiting = self.waiting();
        let row = |(&(kind, id), body): (&(RowKind, i64), &Option<String>)| QueueRow {
            kind,
            id,
            body: body.clone(),
        };
        let reached = waiting.reached.iter().take(BATCH_MAX);
        Kept {
            rows: waiting.rows.iter().take(BATCH_MAX).map(row).collect(),
            facts: waiting.facts.iter().take(BATCH_MAX).cloned().collect(),
            reached: reached.map(|(citizen, at)| (citizen.0, *at)).collect(),
            talks: waiting.talks.values().take(BATCH_MAX).cloned().collect(),
        }
    }

    /// What changed meanwhile waits for the next time.
    fn written(&self, kept: &Kept) {
        let mut waiting = self.waiting();
        for row in &kept.rows {
            let key = (row.kind, row.id);
            if waiting.rows.get(&key) == Some(&row.body) {
                waiting.rows.remove(&key);
            }
        }
        for (citizen, at) in &kept.reached {
            if waiting.reached.get(&CitizenKey(*citizen)) == Some(at) {
                waiting.reached.remove(&CitizenKey(*citizen));
            }
        }
        for talk in &kept.talks {
            let key = (talk.account, talk.call.clone());
            if waiting.talks.get(&key) == Some(talk) {
                waiting.talks.remove(&key);
            }
        }
        let last = kept.facts.last().map_or(0, |fact| fact.n);
        while waiting.facts.front().is_some_and(|fact| fact.n <= last) {
            waiting.facts.pop_front();
        }
    }

    fn put<T: Serialize>(&self, kind: RowKind, id: i64, row: Option<&T>) {
        let body = match row {
            Some(row) => match text(row) {
                Some(body) => Some(body),
                None => return,
            },
            None => None,
        };
        self.waiting().rows.insert((kind, id), body);
        self.bell.notify_one();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn text<T: Serialize>(row: &T) -> Option<String> {
    let written = serde_json::to_string(row);
    written
        .inspect_err(|error| tracing::error!(%error, "a row of the queue cannot be written"))
        .ok()
}
