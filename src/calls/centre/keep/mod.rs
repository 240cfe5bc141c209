//! Writes what the queue must not forget, behind the queue's back: offers go on while the database is away. Of each row only
//! the last state waits, and of callers who came and went meanwhile none; the log and the talks have limits.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::Serialize;
use tokio::sync::{Notify, watch};
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
/// Talks, and citizens who were reached, that wait for the database; past it no more are taken.
const TALKS_WAITING_MAX: usize = 20_000;
/// Rows and lines of one transaction.
const BATCH_MAX: usize = 200;
/// A database that takes longer is away: consoles say so.
const SLOW: Duration = Duration::from_millis(500);
const RETRY: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(5);
/// What is left at the end is tried for so long.
const LAST_TRY: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct Keeper {
    waiting: Mutex<Waiting>,
    bell: Notify,
    /// The database does not take what is to be kept.
    behind: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Waiting {
    rows: BTreeMap<(RowKind, i64), Option<String>>,
    /// Callers whose row the database has, or is being given, those of the process before among them.
    given: BTreeSet<i64>,
    facts: VecDeque<FactRow>,
    reached: BTreeMap<CitizenKey, Timestamp>,
    talks: BTreeMap<(i64, String), Talk>,
    facts_told: i64,
    lost: u64,
}

impl Keeper {
    /// `left`: the callers whose rows the process before left.
    pub(super) fn new(left: impl IntoIterator<Item = CallerId>) -> Arc<Self> {
        let given = left.into_iter().map(|caller| caller.0).collect();
        Arc::new(Self {
            waiting: Mutex::new(Waiting { given, ..Waiting::default() }),
            bell: Notify::new(),
            behind: watch::Sender::new(false),
        })
    }

    pub(super) fn agent(&self, state: &AgentState) {
        self.put(RowKind::Agent, state.agent.0, Some(state));
    }

    pub(super) fn caller(&self, row: &CallerRow) {
        self.put(RowKind::Caller, row.caller.0, Some(row));
    }

    pub(super) fn caller_ended(&self, caller: CallerId) {
        let key = (RowKind::Caller, caller.0);
        let mut waiting = self.waiting();
        // What the database was never given is not taken back.
        if !waiting.given.contains(&caller.0) {
            waiting.rows.remove(&key);
            return;
        }
        drop(waiting);
        self.put::<()>(RowKind::Caller, caller.0, None);
    }

    /// One that is over is not needed to begin again, and goes off the list of who waits to be rung.
    pub(super) fn call_back(&self, call_back: &CallBack, now: Timestamp) {
        let open = !matches!(call_back.state, State::Closed(_));
        if !open {
            let mut waiting = self.waiting();
            let before = waiting.reached.len();
            if waiting.has_room(before) {
                waiting.reached.insert(call_back.citizen, now);
            }
        }
        self.put(RowKind::CallBack, call_back.id.0, open.then_some(call_back));
    }

    pub(super) fn talk(&self, talk: &Talk) {
        let key = (talk.account, talk.call.clone());
        let mut waiting = self.waiting();
        let before = waiting.talks.len();
        if waiting.talks.contains_key(&key) || waiting.has_room(before) {
            waiting.talks.insert(key, talk.clone());
        }
        drop(waiting);
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
            waiting.lose();
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
        *self.behind.borrow()
    }

    /// Tells when the database goes away and comes back.
    pub(super) fn watch(&self) -> watch::Receiver<bool> {
        self.behind.subscribe()
    }

    async fn write(&self, app: &App) {
        let mut pause = RETRY;
        loop {
            let batch = self.batch();
            if batch == Kept::default() {
                return;
            }
            let system = Actor::system();
            let keeping = queue::keep(app, &system, batch.clone());
            tokio::pin!(keeping);
            let kept = match tokio::time::timeout(SLOW, &mut keeping).await {
                Ok(kept) => kept,
                Err(_) => {
                    self.fall_behind("it does not answer");
                    keeping.await
                }
            };
            match kept {
                Ok(()) => {
                    self.written(&batch);
                    if self.behind.send_if_modified(std::mem::take) {
                        tracing::info!("the queue's rows are kept again");
                    }
                    pause = RETRY;
                }
                Err(error) => {
                    self.fall_behind(&error.to_string());
                    if matches!(error, app::Error::Refused(_)) {
                        return;
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(RETRY_MAX);
                }
            }
        }
    }

    fn fall_behind(&self, why: &str) {
        if self.behind.send_if_modified(|behind| !std::mem::replace(behind, true)) {
            tracing::warn!(why, "the queue's rows wait for the database");
        }
    }

    fn batch(&self) -> Kept {
        let mut waiting = self.waiting();
        let row = |(&(kind, id), body): (&(RowKind, i64), &Option<String>)| QueueRow {
            kind,
            id,
            body: body.clone(),
            owed_to: super::kept::owed_to(kind, body.as_deref()),
        };
        // A row that goes is often replaced by one that comes, as a caller by a call-back: a crash between two batches would
        // lose both if the one went first.
        let (comes, goes): (Vec<_>, Vec<_>) =
            waiting.rows.iter().partition(|(_, body)| body.is_some());
        let rows: Vec<_> = comes.into_iter().chain(goes).take(BATCH_MAX).map(row).collect();
        let given = rows.iter().filter(|row| row.kind == RowKind::Caller).map(|row| row.id);
        waiting.given.extend(given);
        let reached = waiting.reached.iter().take(BATCH_MAX);
        Kept {
            rows,
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
                if row.kind == RowKind::Caller && row.body.is_none() {
                    waiting.given.remove(&row.id);
                }
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

impl Waiting {
    fn has_room(&mut self, waiting: usize) -> bool {
        let room = waiting < TALKS_WAITING_MAX;
        if !room {
            self.lose();
        }
        room
    }

    fn lose(&mut self) {
        if self.lost == 0 {
            tracing::error!(
                "the database is away for so long that lines of the queue's log are lost"
            );
        }
        self.lost += 1;
    }
}

fn text<T: Serialize>(row: &T) -> Option<String> {
    let written = serde_json::to_string(row);
    written
        .inspect_err(|error| tracing::error!(%error, "a row of the queue cannot be written"))
        .ok()
}

#[cfg(test)]
mod tests;
