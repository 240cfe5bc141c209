//! The bindings of all accounts: which count, which are to be asked whether they are there, and what is told of them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::broadcast;

use super::binding::{Asked, Binding, BindingNews, Change, Removal};
use super::contact::Contact;
use crate::telephony::{Timing, Transport};

/// Bindings of one account; the oldest gives way to a new one.
const BINDINGS_MAX: usize = 4;
/// News that a slow listener may leave unread; after more it is told that it has missed some.
const NEWS_MAX: usize = 1_024;
/// OPTIONS under way at one time.
const PROBES_MAX: usize = 256;
/// Unanswered OPTIONS after which a binding does not count.
const MISSES_MAX: u32 = 2;

/// A binding with what only the table needs.
#[derive(Debug)]
struct Entry {
    binding: Binding,
    expires_at: Duration,
    misses: u32,
    /// When it is to be asked; `None` while it is being asked.
    ask_at: Option<Duration>,
}

/// Where a registration comes from, and which it is.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    pub call_id: &'a str,
    pub cseq: u32,
    pub path: &'a [String],
    pub source: SocketAddr,
    pub transport: Transport,
}

#[derive(Debug)]
pub(super) struct Table {
    accounts: HashMap<String, Vec<Entry>>,
    every: Duration,
    last_id: u64,
    asking: usize,
    news: broadcast::Sender<BindingNews>,
}

impl Entry {
    fn counts(&self, now: Duration) -> bool {
        self.expires_at > now
    }

    fn now(&self, now: Duration) -> Binding {
        Binding { left: self.expires_at.saturating_sub(now), ..self.binding.clone() }
    }
}

impl Table {
    pub(super) fn new(timing: &Timing) -> Self {
        Self {
            accounts: HashMap::new(),
            every: timing.qualify_every,
            last_id: 0,
            asking: 0,
            news: broadcast::Sender::new(NEWS_MAX),
        }
    }

    pub(super) fn news(&self) -> broadcast::Receiver<BindingNews> {
        self.news.subscribe()
    }

    /// Whether this registration is older than what is known of one of its contacts (RFC 3261 §10.3, step 7).
    pub(super) fn is_late(&self, account: &str, contacts: &[Contact], origin: &Origin<'_>) -> bool {
        let known = self.accounts.get(account).into_iter().flatten();
        known.into_iter().map(|entry| &entry.binding).any(|binding| {
            binding.call_id == origin.call_id
                && origin.cseq <= binding.cseq
                && contacts.iter().any(|contact| contact.uri == binding.contact)
        })
    }

    pub(super) fn bind(
        &mut self,
        account: &str,
        contact: Contact,
        left: Duration,
        origin: &Origin<'_>,
        now: Duration,
    ) {
        let (expires_at, ask_at) = (now + left, Some(now + self.every));
        let entries = self.accounts.entry(account.to_owned()).or_default();
        let known = entries.iter_mut().find(|entry| entry.binding.contact == contact.uri);
        if let Some(entry) = known {
            let id = entry.binding.id;
            entry.binding = binding(id, account, contact, origin);
            (entry.expires_at, entry.misses) = (expires_at, 0);
            entry.ask_at = entry.ask_at.and(ask_at);
            return self.tell(account, id, Change::Refreshed { left }, now);
        }
        let twin = |entry: &&mut Entry| {
            contact.instance.is_some() && entry.binding.instance == contact.instance
        };
        let twin = entries.iter_mut().find(twin).map(|entry| entry.binding.id);
        let oldest =
            entries.first().map(|entry| entry.binding.id).filter(|_| entries.len() >= BINDINGS_MAX);
        match (twin, oldest) {
            (Some(twin), _) => self.remove(account, twin, Removal::Replaced, now),
            (None, Some(oldest)) => self.remove(account, oldest, Removal::Displaced, now),
            (None, None) => {}
        }
        self.last_id += 1;
        let id = self.last_id;
        let binding = binding(id, account, contact, origin);
        let entries = self.accounts.entry(account.to_owned()).or_default();
        entries.push(Entry { binding, expires_at, misses: 0, ask_at });
        self.tell(account, id, Change::Registered { left }, now);
    }

    /// Removes the contact that a phone names, or all of its account.
    pub(super) fn unbind(&mut self, account: &str, contact: Option<&str>, now: Duration) {
        let meant = |entry: &&Entry| contact.is_none_or(|uri| entry.binding.contact == uri);
        let gone: Vec<u64> = self
            .accounts
            .get(account)
            .into_iter()
            .flatten()
            .filter(meant)
            .map(|entry| entry.binding.id)
            .collect();
        for id in gone {
            self.remove(account, id, Removal::ByPhone, now);
        }
    }

    pub(super) fn expire(&mut self, now: Duration) {
        self.remove_all(Removal::Expired, now, |entry| !entry.counts(now));
    }

    pub(super) fn disconnected(&mut self, flow: (SocketAddr, Transport), now: Duration) {
        self.remove_all(Removal::Disconnected, now, |entry| {
            (entry.binding.source, entry.binding.transport) == flow
        });
    }

    fn remove_all(&mut self, why: Removal, now: Duration, is_gone: impl Fn(&Entry) -> bool) {
        let gone: Vec<(String, u64)> = self
            .accounts
            .iter()
            .flat_map(|(account, entries)| entries.iter().map(move |entry| (account, entry)))
            .filter(|(_, entry)| is_gone(entry))
            .map(|(account, entry)| (account.clone(), entry.binding.id))
            .collect();
        for (account, id) in gone {
            self.remove(&account, id, why, now);
        }
    }

    fn remove(&mut self, account: &str, id: u64, why: Removal, now: Duration) {
        let Some(entries) = self.accounts.get_mut(account) else { return };
        entries.retain(|entry| entry.binding.id != id);
        if entries.is_empty() {
            self.accounts.remove(account);
        }
        self.tell(account, id, Change::Removed(why), now);
    }

    /// Sent under the registrar's lock, so that news come in the order of what they tell.
    fn tell(&self, account: &str, binding: u64, change: Change, now: Duration) {
        let reachable = self.reachable(account, now).len();
        let news = BindingNews { account: account.to_owned(), binding, change, reachable };
        match change {
            Change::Refreshed { .. } => tracing::debug!(?news, "a phone has registered again"),
            _ => tracing::info!(?news, "a phone's registration has changed"),
        }
        // Fails when nobody listens.
        let _ = self.news.send(news);
    }

    /// The bindings that can be rung.
    pub(super) fn reachable(&self, account: &str, now: Duration) -> Vec<Binding> {
        let entries = self.accounts.get(account).into_iter().flatten();
        let rung = entries.filter(|entry| entry.counts(now) && entry.binding.reachable);
        rung.map(|entry| entry.now(now)).collect()
    }

    pub(super) fn of_account(&self, account: &str, now: Duration) -> Vec<Binding> {
        let entries = self.accounts.get(account).into_iter().flatten();
        entries.filter(|entry| entry.counts(now)).map(|entry| entry.now(now)).collect()
    }

    pub(super) fn all(&self, now: Duration) -> Vec<Binding> {
        let mut all: Vec<Binding> = self.counting(now).map(|entry| entry.now(now)).collect();
        all.sort_by_key(|binding| binding.id);
        all
    }

    fn counting(&self, now: Duration) -> impl Iterator<Item = &Entry> {
        self.accounts.values().flatten().filter(move |entry| entry.counts(now))
    }

    /// Accounts that have a binding at this flow.
    pub(super) fn accounts_at(
        &self,
        source: SocketAddr,
        transport: Transport,
        now: Duration,
    ) -> Vec<&String> {
        let is_here = |entry: &Entry| {
            (entry.binding.source, entry.binding.transport) == (source, transport)
                && entry.counts(now)
        };
        let here = self.accounts.iter().filter(|(_, entries)| entries.iter().any(is_here));
        here.map(|(account, _)| account).collect()
    }

    pub(super) fn knows(&self, source: SocketAddr, now: Duration) -> bool {
        self.counting(now).any(|entry| entry.binding.source == source)
    }

    pub(super) fn count(&self, now: Duration) -> usize {
        self.counting(now).count()
    }

    /// How long nothing is due.
    pub(super) fn idle_for(&self, now: Duration) -> Option<Duration> {
        let room = self.asking < PROBES_MAX;
        let entries = self.accounts.values().flatten();
        let dues = entries.flat_map(|entry| {
            [Some(entry.expires_at), entry.ask_at.filter(|_| room)].into_iter().flatten()
        });
        dues.min().map(|at| at.saturating_sub(now))
    }

    /// The bindings to be asked now; each stays as it is until `asked` says what came of it.
    pub(super) fn begin_asking(&mut self, now: Duration) -> Vec<Binding> {
        let room = PROBES_MAX.saturating_sub(self.asking);
        let due = |entry: &&mut Entry| entry.ask_at.is_some_and(|at| at <= now);
        let entries = self.accounts.values_mut().flatten().filter(due).take(room);
        let asked: Vec<Binding> = entries
            .map(|entry| {
                entry.ask_at = None;
                entry.now(now)
            })
            .collect();
        self.asking += asked.len();
        asked
    }

    /// What came of the OPTIONS to a binding. After a miss the next one follows at once, so that two misses take less than
    /// two rounds.
    pub(super) fn asked(&mut self, asked: &Binding, answer: Asked, now: Duration) {
        self.asking = self.asking.saturating_sub(1);
        let every = self.every;
        let entries = self.accounts.get_mut(&asked.account).into_iter().flatten();
        let Some(entry) = entries.into_iter().find(|entry| entry.binding.id == asked.id) else {
            return;
        };
        let was = entry.binding.reachable;
        // A registration that came meanwhile is the better sign.
        let refreshed = entry.binding.cseq != asked.cseq || entry.binding.call_id != asked.call_id;
        if answer == Asked::FlowFailed && !refreshed {
            return self.remove(&asked.account, asked.id, Removal::FlowFailed, now);
        }
        if answer == Asked::Answers || refreshed {
            (entry.misses, entry.ask_at, entry.binding.reachable) = (0, Some(now + every), true);
        } else {
            entry.misses = entry.misses.saturating_add(1);
            entry.binding.reachable = was && entry.misses < MISSES_MAX;
            let wait = if entry.binding.reachable { Duration::ZERO } else { every };
            entry.ask_at = Some(now + wait);
        }
        match (was, entry.binding.reachable) {
            (true, false) => self.tell(&asked.account, asked.id, Change::Silent, now),
            (false, true) => self.tell(&asked.account, asked.id, Change::Answers, now),
            _ => {}
        }
    }
}

fn binding(id: u64, account: &str, contact: Contact, origin: &Origin<'_>) -> Binding {
    Binding {
        id,
        account: account.to_owned(),
        contact: contact.uri,
        instance: contact.instance,
        path: origin.path.to_vec(),
        source: origin.source,
        transport: origin.transport,
        call_id: origin.call_id.to_owned(),
        cseq: origin.cseq,
        left: Duration::ZERO,
        reachable: true,
    }
}
