//! Use cases, one a file: load, decide, commit. There is no way in without an `Actor`.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use sha2::{Digest, Sha256};
use tokio::sync::watch;

use crate::{
    clock::Clock,
    domain::{
        actor::{Actor, Channel},
        chain::Hash,
        change::Change,
        policy::{Policies, Policy},
        recording::Retention,
        refused::Refused,
        routing::Index,
        time::{Day, Timestamp},
    },
    store::{
        self, Store, requests,
        writer::{Lane, Request},
    },
};

pub mod accounts;
pub mod agents;
pub mod attendance;
pub mod calls;
pub mod cases;
pub mod clock;
pub mod demo;
pub mod desk;
pub mod dialling;
pub mod directory;
pub mod error;
mod escalation;
pub mod evidence;
pub mod feedback;
pub mod flags;
pub mod grades;
pub mod incidents;
pub mod intake;
pub mod notices;
pub mod officer_line;
pub mod old_cases;
pub mod passwords;
pub mod policies;
pub mod rechecks;
pub mod recordings;
pub mod reviews;
pub mod sessions;
mod vacancies;
pub mod verification;

pub use crate::domain::intake::admit::Limits;
pub use error::{Error, Result};

/// How often a change is decided anew because somebody else was first.
const DECISIONS_MAX: u32 = 3;
const PAUSE_MS_MAX: u64 = 25;
/// Longest request id that is taken.
pub const REQUEST_ID_CHARS_MAX: usize = 128;

#[derive(Clone, Debug)]
pub struct Options {
    pub clock: Clock,
    pub mode: Mode,
    pub passwords: passwords::Cost,
    /// Logins of external IVRs that are believed: that they dialled the registered number, and who calls.
    pub trusted_clients: Vec<String>,
    pub desk: Desk,
    pub limits: Limits,
}

/// What the desk needs of its surroundings.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    /// Where the files of cases lie.
    pub evidence: evidence::Files,
    pub contacts: Contacts,
    /// Where this machine keeps recordings, and how long.
    pub recordings: recordings::Folder,
    pub retention: Retention,
}

/// Where an officer in difficulty turns to beside the ticket (R29): never in the code.
#[derive(Clone, Debug, Default)]
pub struct Contacts {
    pub directorate: String,
    /// By the district's code, as `district:396`.
    pub nodal: HashMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Service,
    /// The clock may be advanced, sample accounts exist.
    Demonstration,
}

/// Holds what use cases need: the store, the clock, the directory, the policy.
#[derive(Debug)]
pub struct App {
    pub(crate) store: Store,
    clock: Clock,
    mode: Mode,
    policies: RwLock<Arc<Policies>>,
    index: RwLock<Arc<Index>>,
    passwords: passwords::Door,
    trusted_clients: Vec<String>,
    desk: Desk,
    limits: Limits,
    verified: Mutex<HashMap<Hash, sessions::Verified>>,
    vacancies: vacancies::Vacancies,
    /// Outages that callers are told of.
    incidents: incidents::Known,
    /// Who is rung when.
    dialling: dialling::Dialling,
    /// What boards show of the day.
    today: intake::Today,
    /// Versions of the directory that were live before.
    past: directory::Past,
    /// What a month that is not published counts.
    provisional: grades::Provisional,
    /// Looks into inboxes that are kept already.
    visited: Mutex<HashSet<(Day, i64, Channel)>>,
    strangers: sessions::Strangers,
    pin_strangers: officer_line::Strangers,
    /// Counts the advances of the demonstration's clock; workers wake on it.
    pub(crate) pulse: watch::Sender<u64>,
    /// The last advance that the dialler has looked at; None while no dialler runs.
    dialled: watch::Sender<Option<u64>>,
    /// Workers whose last steps panicked, and how many in a row.
    panicking: Mutex<HashMap<&'static str, u32>>,
    /// When this node looked for old requests last.
    purged_ms: AtomicI64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            mode: Mode::Service,
            passwords: passwords::Cost::Standard,
            trusted_clients: Vec::new(),
            desk: Desk::default(),
            limits: Limits::default(),
        }
    }
}

impl App {
    /// Takes over the store, and loads the directory that is live.
    pub async fn open(store: Store, options: Options) -> Result<Arc<Self>> {
        let Options { clock, mode, passwords, trusted_clients, desk, limits } = options;
        let policies = policies::load(&store).await?;
        let app = Arc::new(Self {
            store,
            clock,
            mode,
            policies: RwLock::new(Arc::new(policies)),
            index: RwLock::default(),
            passwords: passwords::Door::new(passwords),
            trusted_clients,
            desk,
            limits,
            verified: Mutex::default(),
            vacancies: vacancies::Vacancies::default(),
            incidents: incidents::Known::default(),
            dialling: dialling::Dialling::default(),
            today: intake::Today::default(),
            past: directory::Past::default(),
            provisional: grades::Provisional::default(),
            visited: Mutex::default(),
            strangers: sessions::Strangers::default(),
            pin_strangers: officer_line::Strangers::default(),
            pulse: watch::Sender::new(0),
            dialled: watch::Sender::new(None),
            panicking: Mutex::default(),
            purged_ms: AtomicI64::new(i64::MIN),
        });
        directory::refresh(&app).await?;
        Ok(app)
    }

    /// Takes no more, writes what waits, then ends.
    pub async fn close(&self) {
        self.desk.evidence.close().await;
        self.store.close().await;
    }

    /// The helpline's time; in the demonstration its own.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The directory as it is now.
    pub fn index(&self) -> Arc<Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How far the newest complete look at the events lies back; health calls 5 s stale.
    pub fn lag(&self) -> Duration {
        self.store.feed.lag()
    }

    /// A step of this worker panicked.
    pub fn worker_panicked(&self, worker: &'static str) {
        let mut panicking = self.panicking.lock().unwrap_or_else(PoisonError::into_inner);
        let in_a_row = panicking.entry(worker).or_default();
        *in_a_row = in_a_row.saturating_add(1);
    }

    /// A step of this worker came to its end.
    pub fn worker_stepped(&self, worker: &'static str) {
        self.panicking.lock().unwrap_or_else(PoisonError::into_inner).remove(worker);
    }

    /// The most panics in a row of one worker, for health.
    pub fn panics_in_a_row(&self) -> u32 {
        let panicking = self.panicking.lock().unwrap_or_else(PoisonError::into_inner);
        panicking.values().copied().max().unwrap_or(0)
    }

    /// Who may act for which post is looked up anew, on this node at once and on others within the half minute that they
    /// remember a session.
    fn forget_sessions(&self) {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn swap(&self, index: Index) {
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(index);
        self.vacancies.forget();
    }

    pub(crate) fn provisional(&self) -> &grades::Provisional {
        &self.provisional
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.desk
    }

    /// What the settings say of registrations.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The policy that a clock starting now starts under.
    pub(crate) fn policy(&self, now: Timestamp) -> Arc<Policy> {
        self.policies().at(now).clone()
    }

    pub(crate) fn policies(&self) -> Arc<Policies> {
        self.policies.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn swap_policies(&self, policies: Policies) {
        *self.policies.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policies);
    }

    /// Commits what `decide` wants. It is asked again when somebody else was first, and loads anew each
    /// time. A request that was done before is answered as it was then.
    ///
    /// The bound is no `AsyncFn`: its future cannot be shown to be `Send` (rust-lang/rust#110338).
    pub(crate) async fn commit<D, F>(
        &self,
        lane: Lane,
        request: Request,
        decide: D,
    ) -> Result<String>
    where
        D: Fn(Timestamp) -> F,
        F: Future<Output = Result<Change>>,
    {
        if request.id.as_ref().is_some_and(|id| id.is_empty() || id.len() > REQUEST_ID_CHARS_MAX) {
            return Err(Error::Invalid { field: "request_id", why: "1 to 128 bytes" });
        }
        let mut decisions = 0;
        loop {
            decisions += 1;
            let change = match decide(self.now()).await {
                Ok(change) => change,
                // Done before, the act is no longer allowed: that is no refusal but a repeat.
                Err(refusal) => return self.done_before(&request).await?.ok_or(refusal),
            };
            let seats = !change.holdings.is_empty();
            let answer = self.store.writer.commit(lane, request.clone(), change).await;
            if seats {
                self.vacancies.forget();
            }
            match answer {
                Err(store::Error::Conflict) if decisions < DECISIONS_MAX => pause(decisions).await,
                answer => return Ok(answer?),
            }
        }
    }

    /// What this request was answered when it was done.
    pub(crate) async fn done_before(&self, request: &Request) -> Result<Option<String>> {
        let Some(id) = &request.id else { return Ok(None) };
        Ok(requests::result(&self.store.db, &request.owner, id, &request.fingerprint).await?)
    }

    fn purge_is_due(&self, now: Timestamp, every_ms: i64) -> bool {
        let last = Timestamp(self.purged_ms.load(Relaxed));
        let due = now.since(last) >= every_ms;
        if due {
            self.purged_ms.store(now.ms(), Relaxed);
        }
        due
    }

    /// Tells of each instant that an advance of the demonstration's clock stops at.
    pub(crate) fn pulses(&self) -> watch::Receiver<u64> {
        self.pulse.subscribe()
    }

    /// The dialler has looked at what was due at this pulse; None when it ends.
    pub(crate) fn dialler_looked(&self, pulse: Option<u64>) {
        self.dialled.send_replace(pulse);
    }

    pub(crate) fn demonstration_only(&self) -> Result<()> {
        match self.mode {
            Mode::Demonstration => Ok(()),
            Mode::Service => Err(Error::Refused(Refused::DemonstrationOnly)),
        }
    }
}

/// A request of this actor: the same id means the same act with the same payload.
pub(crate) fn request(by: &Actor, id: Option<&str>, act: &str, payload: &[&str]) -> Request {
    let mut sha = Sha256::new();
    for part in std::iter::once(&act).chain(payload) {
        // The length in front keeps two parts from trading bytes.
        sha.update((part.len() as u64).to_be_bytes());
        sha.update(part);
    }
    Request { owner: by.name(), id: id.map(str::to_owned), fingerprint: sha.finalize().into() }
}

/// Rivals that wait equally long would meet again.
async fn pause(decisions: u32) {
    let chance = random::<1>()[0];
    let ms = u64::from(decisions) * (u64::from(chance) * PAUSE_MS_MAX / 255 + 1);
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}
