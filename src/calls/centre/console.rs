//! What an agent's console is told: numbered news, so that one that was away for a moment goes on behind the last it saw.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep_until},
};

use super::command::Command;
use crate::{
    acd::{AgentId, AgentState, Event, Notice, conversation},
    app::agents::CallerKnown,
    domain::time::Timestamp,
};

/// News that one console may still ask for; older ones are gone, and it begins anew.
pub const NEWS_MAX: usize = 256;
/// How often an open console says that it lives.
const ALIVE_EVERY: Duration = Duration::from_secs(10);

/// One thing that a console is told.
#[derive(Clone, Debug)]
pub enum News {
    State(AgentState),
    /// Told before the phone rings.
    Offered(Arc<CallerKnown>),
    /// The phone rings no more, and no call came of it.
    Withdrawn,
    /// Citizen and agent hear each other.
    Connected(Arc<CallerKnown>),
    Ended,
    /// Somebody is brought into the own call, or oneself into another's.
    Guest {
        news: conversation::News,
        who: String,
        caller: Option<Arc<CallerKnown>>,
    },
    Notice(Notice),
    /// The database is away (true), or back.
    Saving(bool),
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub number: u64,
    pub at: Timestamp,
    pub news: News,
}

#[derive(Debug, Default)]
pub(super) struct Consoles(Mutex<HashMap<AgentId, Desk>>);

#[derive(Debug, Default)]
struct Desk {
    told: u64,
    kept: VecDeque<Entry>,
    bell: Arc<Notify>,
    open: usize,
}

impl Consoles {
    pub(super) fn tell(&self, agent: AgentId, at: Timestamp, news: News) {
        let mut desks = self.desks();
        let desk = desks.entry(agent).or_default();
        desk.told += 1;
        if desk.kept.len() >= NEWS_MAX {
            desk.kept.pop_front();
        }
        desk.kept.push_back(Entry { number: desk.told, at, news });
        desk.bell.notify_waiters();
    }

    fn desks(&self) -> MutexGuard<'_, HashMap<AgentId, Desk>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open console of one agent.
#[derive(Debug)]
pub struct Console {
    consoles: Arc<Consoles>,
    commands: mpsc::Sender<Command>,
    agent: AgentId,
    seen: u64,
    alive_at: Instant,
}

impl Console {
    pub(super) fn open(
        consoles: &Arc<Consoles>,
        commands: mpsc::Sender<Command>,
        agent: AgentId,
    ) -> Self {
        let mut desks = consoles.desks();
        let desk = desks.entry(agent).or_default();
        desk.open += 1;
        let seen = desk.told;
        drop(desks);
        Self { consoles: consoles.clone(), commands, agent, seen, alive_at: Instant::now() }
    }

    /// Goes on behind this number; false when what followed it is no longer there: the console begins anew.
    pub fn resume(&mut self, after: u64) -> bool {
        let desks = self.consoles.desks();
        let Some(desk) = desks.get(&self.agent) else { return false };
        let first = desk.kept.front().map_or(desk.told + 1, |entry| entry.number);
        let there = after <= desk.told && after + 1 >= first;
        if there {
            self.seen = after;
        }
        there
    }

    /// The number of the last news that was given.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// The next news; None at `until`. Safe to drop while it waits.
    pub async fn next(&mut self, until: Instant) -> Option<Entry> {
        loop {
            let bell = self.consoles.desks().entry(self.agent).or_default().bell.clone();
            let rung = bell.notified();
            tokio::pin!(rung);
            rung.as_mut().enable();
            if let Some(entry) = self.waiting() {
                self.seen = entry.number;
                return Some(entry);
            }
            tokio::select! {
                () = rung => {}
                () = sleep_until(self.alive_at) => {
                    self.alive_at = Instant::now() + ALIVE_EVERY;
                    let alive = Event::Console { agent: self.agent };
                    // A full queue hears the next one.
                    let _ = self.commands.try_send(Command::Event(alive));
                }
                () = sleep_until(until) => return None,
            }
        }
    }

    fn waiting(&self) -> Option<Entry> {
        let desks = self.consoles.desks();
        desks.get(&self.agent)?.kept.iter().find(|entry| entry.number > self.seen).cloned()
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let mut desks = self.consoles.desks();
        let Some(desk) = desks.get_mut(&self.agent) else { return };
        desk.open = desk.open.saturating_sub(1);
        if desk.open == 0 {
            let gone = Event::ConsoleGone { agent: self.agent };
            let _ = self.commands.try_send(Command::Event(gone));
        }
    }
}
