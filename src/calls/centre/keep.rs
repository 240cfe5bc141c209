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
    /// Callers whose row the database has, or is being given.
    given: BTreeSet<i64>,
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
        // What the database was never given is not taken back. A caller of the process before has no row here.
        if waiting.rows.contains_key(&key) && !waiting.given.contains(&caller.0) {
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
mod tests {
    use std::collections::HashMap;

    use tokio::time::{interval, timeout};

    use super::*;
    use crate::{
        acd::{
            Action, AgentId, Event, Intent, Join, OfferId, Outcome, Policy, Profile, Queue, Safe,
            Who, policy::Priority,
        },
        app,
        calls::centre::skills,
        domain::language::Language,
        store::{self, Store, held::Held},
    };

    const AGENTS: i64 = 40;
    const PATIENCE: Duration = Duration::from_secs(60);
    const BEGINS: Timestamp = Timestamp::from_ms(1_795_500_000_000);

    /// The driver without its telephones: 20 calls a second, each answered 20 ms after the offer, and 1.5 s long.
    struct Centre {
        queue: Queue,
        keeper: Arc<Keeper>,
        now_ms: i64,
        due: BTreeMap<(i64, usize), Event>,
        /// Of each offer, how long after the caller joined it was made.
        offered_after_ms: Vec<i64>,
        joined_ms: HashMap<CallerId, i64>,
        facts: Vec<String>,
        agents: BTreeMap<i64, String>,
        given: usize,
    }

    impl Centre {
        fn open(keeper: Arc<Keeper>) -> Self {
            let policy = Policy { wrap_up_ms: 0, ..Policy::default() };
            let mut this = Self {
                queue: Queue::new(policy),
                keeper,
                now_ms: 0,
                due: BTreeMap::new(),
                offered_after_ms: Vec::new(),
                joined_ms: HashMap::new(),
                facts: Vec::new(),
                agents: BTreeMap::new(),
                given: 0,
            };
            for agent in (1..=AGENTS).map(AgentId) {
                let skills = skills::parse("language:hi=3").unwrap();
                this.handle(Event::Profile(Profile { agent, skills }));
                this.handle(Event::Console { agent });
                this.handle(Event::Registered { agent, until: BEGINS.plus_ms(3_600_000) });
                this.handle(Event::Intends { agent, intent: Intent::Available });
            }
            this
        }

        fn runs_for(&mut self, ms: i64) {
            for at in (self.now_ms..self.now_ms + ms).step_by(50) {
                let caller = CallerId(1_000 + at);
                self.plan(at, Event::Joined(join(caller)));
                while let Some(next) = self.due.first_entry().filter(|next| next.key().0 <= at) {
                    self.now_ms = next.key().0;
                    let event = next.remove();
                    self.handle(event);
                }
            }
            self.now_ms += 50;
        }

        fn plan(&mut self, at: i64, event: Event) {
            self.given += 1;
            self.due.insert((at, self.given), event);
        }

        fn handle(&mut self, event: Event) {
            if let Event::Joined(join) = &event {
                self.joined_ms.insert(join.caller, self.now_ms);
            }
            for action in self.queue.handle(event, BEGINS.plus_ms(self.now_ms)) {
                self.act(action);
            }
        }

        fn act(&mut self, action: Action) {
            match action {
                Action::Offer(offer) => {
                    let Who::Caller(caller) = offer.who else { panic!("{offer:?}") };
                    self.offered_after_ms.push(self.now_ms - self.joined_ms[&caller]);
                    self.answer(offer.offer);
                }
                Action::Connect { caller, .. } => {
                    self.plan(self.now_ms + 1_500, Event::Ended { caller });
                }
                Action::Caller(row) => self.keeper.caller(&row),
                Action::CallerEnded { caller, .. } => self.keeper.caller_ended(caller),
                Action::CallBack(row) => self.keeper.call_back(&row, BEGINS),
                Action::Agent(state) => {
                    self.agents.insert(state.agent.0, serde_json::to_string(&state).unwrap());
                    self.keeper.agent(&state);
                }
                Action::Fact(fact) => {
                    self.facts.push(serde_json::to_string(&fact).unwrap());
                    self.keeper.fact(&fact);
                }
                _ => {}
            }
        }

        fn answer(&mut self, offer: OfferId) {
            let outcome = Outcome::Answered;
            self.plan(self.now_ms + 20, Event::Offer { offer, outcome });
        }
    }

    fn join(caller: CallerId) -> Join {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&caller.0.to_be_bytes());
        Join {
            caller,
            citizen: Some(CitizenKey(key)),
            language: Language::Hindi,
            menu: "asked".to_owned(),
            wants: Vec::new(),
            priority: Priority::default(),
            last_agent: None,
            safe: Safe::Anytime,
        }
    }

    #[test]
    fn what_comes_is_written_before_what_goes() {
        let keeper = Keeper::new();
        let callers = 0..150;
        callers.clone().for_each(|n| keeper.put(RowKind::Caller, n, Some(&"waits")));
        keeper.written(&keeper.batch());
        callers.clone().for_each(|n| keeper.put::<()>(RowKind::Caller, n, None));
        callers.for_each(|n| keeper.put(RowKind::CallBack, n, Some(&"owed")));

        let first = keeper.batch();
        keeper.written(&first);
        let second = keeper.batch();

        let come = |kept: &Kept| kept.rows.iter().filter(|row| row.body.is_some()).count();
        assert_eq!((first.rows.len(), come(&first)), (200, 150));
        assert_eq!((second.rows.len(), come(&second)), (100, 0));
    }

    /// Until nothing waits any more.
    async fn drained(keeper: &Keeper) {
        let mut clock = interval(Duration::from_millis(10));
        let draining = async {
            loop {
                clock.tick().await;
                let waiting = keeper.waiting();
                if waiting.rows.is_empty() && waiting.facts.is_empty() {
                    return;
                }
            }
        };
        timeout(PATIENCE, draining).await.expect("what waits is written");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn for_30_seconds_without_a_database_offers_go_on_and_what_waits_is_written_once() {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("helpline.db").display());
        let (keys, group_max) = (dir.path().join("keys"), None);
        let options = store::Options { url: url.clone(), keys, group_max };
        let store = Store::open(options, BEGINS).await.unwrap();
        let app = App::open(store, app::Options::default()).await.unwrap();
        let keeper = Keeper::new();
        let over = CancellationToken::new();
        let keeping = tokio::spawn(keeper.clone().run(app.clone(), over.clone()));
        let mut behind = keeper.watch();
        let mut centre = Centre::open(keeper.clone());
        centre.runs_for(2_000);
        drained(&keeper).await;

        let held = Held::hold(&url).await;
        centre.runs_for(30_000);

        assert_eq!(centre.offered_after_ms, vec![0; 640]);
        timeout(PATIENCE, behind.wait_for(|behind| *behind)).await.unwrap().unwrap();
        {
            let waiting = keeper.waiting();
            let on_the_line = centre.queue.on_the_line().len();
            let callers = waiting.rows.keys().filter(|(kind, _)| *kind == RowKind::Caller).count();
            // Those of now, and those of before whose rows must go.
            assert!(callers <= on_the_line + 2 * 40, "{callers} rows wait");
            assert_eq!(waiting.lost, 0);
        }
        held.release().await;
        drained(&keeper).await;
        timeout(PATIENCE, behind.wait_for(|behind| !*behind)).await.unwrap().unwrap();

        let system = Actor::system();
        assert_eq!(queue::facts(&app, &system, BEGINS).await.unwrap(), centre.facts);
        let agents = queue::kept(&app, &system, RowKind::Agent).await.unwrap();
        assert_eq!(agents, centre.agents.into_iter().collect::<Vec<_>>());
        let callers = queue::kept(&app, &system, RowKind::Caller).await.unwrap();
        let kept: Vec<_> = callers.iter().map(|(id, _)| CallerId(*id)).collect();
        let mut there: Vec<_> = centre.queue.snapshot().callers;
        there.sort_by_key(|row| row.caller);
        assert_eq!(kept, there.iter().map(|row| row.caller).collect::<Vec<_>>());
        over.cancel();
        keeping.await.unwrap();
        app.close().await;
    }
}
