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
/// Notices that wait for a console to be opened; past it the oldest are gone.
const MISSED_MAX: usize = 16;
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

#[derive(Debug)]
pub(super) struct Consoles {
    /// The number before the first of this process.
    before: u64,
    desks: Mutex<HashMap<AgentId, Desk>>,
}

#[derive(Debug)]
struct Desk {
    told: u64,
    kept: VecDeque<Entry>,
    /// Notices that no console was open for.
    missed: VecDeque<Entry>,
    bell: Arc<Notify>,
    open: usize,
}

impl Desk {
    fn new(told: u64) -> Self {
        let (kept, missed) = (VecDeque::new(), VecDeque::new());
        Self { told, kept, missed, bell: Arc::default(), open: 0 }
    }
}

impl Consoles {
    /// Of a process that begins now: no number of an earlier one is given again, so that a console of then begins anew.
    pub(super) fn new(now: Timestamp) -> Self {
        let before = u64::try_from(now.ms()).unwrap_or(0);
        Self { before, desks: Mutex::default() }
    }

    pub(super) fn tell(&self, agent: AgentId, at: Timestamp, news: News) {
        let mut desks = self.desks();
        let desk = desks.entry(agent).or_insert_with(|| Desk::new(self.before));
        desk.told += 1;
        let entry = Entry { number: desk.told, at, news };
        if desk.open == 0 && matches!(entry.news, News::Notice(_)) {
            if desk.missed.len() >= MISSED_MAX {
                desk.missed.pop_front();
            }
            desk.missed.push_back(entry.clone());
        }
        if desk.kept.len() >= NEWS_MAX {
            desk.kept.pop_front();
        }
        desk.kept.push_back(entry);
        desk.bell.notify_waiters();
    }

    fn desks(&self) -> MutexGuard<'_, HashMap<AgentId, Desk>> {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open console of one agent.
#[derive(Debug)]
pub struct Console {
    consoles: Arc<Consoles>,
    commands: mpsc::Sender<Command>,
    agent: AgentId,
    seen: u64,
    /// What was told while no console was open, before anything new.
    missed: VecDeque<Entry>,
    alive_at: Instant,
}

impl Console {
    pub(super) fn open(
        consoles: &Arc<Consoles>,
        commands: mpsc::Sender<Command>,
        agent: AgentId,
    ) -> Self {
        let mut desks = consoles.desks();
        let desk = desks.entry(agent).or_insert_with(|| Desk::new(consoles.before));
        desk.open += 1;
        let (seen, missed) = (desk.told, std::mem::take(&mut desk.missed));
        drop(desks);
        Self { consoles: consoles.clone(), commands, agent, seen, missed, alive_at: Instant::now() }
    }

    /// Goes on behind this number; false when what followed it is no longer there: the console begins anew.
    pub fn resume(&mut self, after: u64) -> bool {
        let desks = self.consoles.desks();
        let Some(desk) = desks.get(&self.agent) else { return false };
        let first = desk.kept.front().map_or(desk.told + 1, |entry| entry.number);
        let there = after <= desk.told && after + 1 >= first;
        if there {
            self.seen = after;
            // They are among what followed.
            self.missed.clear();
        }
        there
    }

    /// The number of the last news that was given.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// The next news; None at `until`. Safe to drop while it waits.
    pub async fn next(&mut self, until: Instant) -> Option<Entry> {
        if let Some(entry) = self.missed.pop_front() {
            return Some(entry);
        }
        loop {
            let bell = self.bell();
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

    fn bell(&self) -> Arc<Notify> {
        let mut desks = self.consoles.desks();
        desks.entry(self.agent).or_insert_with(|| Desk::new(self.consoles.before)).bell.clone()
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
            // What it was given and never read waits for the next one.
            let unread = std::mem::take(&mut self.missed);
            let rest = desk.kept.iter().filter(|entry| entry.number > self.seen);
            let notices = rest.filter(|entry| matches!(entry.news, News::Notice(_)));
            desk.missed = unread.into_iter().chain(notices.cloned()).collect();
            let over = desk.missed.len().saturating_sub(MISSED_MAX);
            desk.missed.drain(..over);
            let gone = Event::ConsoleGone { agent: self.agent };
            let _ = self.commands.try_send(Command::Event(gone));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGENT: AgentId = AgentId(7);

    fn consoles(now_ms: i64) -> Arc<Consoles> {
        Arc::new(Consoles::new(Timestamp::from_ms(now_ms)))
    }

    fn open(consoles: &Arc<Consoles>) -> Console {
        Console::open(consoles, mpsc::channel(8).0, AGENT)
    }

    fn tell(consoles: &Consoles, news: News) {
        consoles.tell(AGENT, Timestamp::from_ms(0), news);
    }

    /// What there is to be read.
    async fn read(console: &mut Console) -> Vec<String> {
        let mut read = Vec::new();
        while let Some(entry) = console.next(Instant::now()).await {
            read.push(format!("{:?}", entry.news));
        }
        read
    }

    #[tokio::test]
    async fn a_notice_waits_for_the_next_console_and_is_told_once() {
        let consoles = consoles(1_000);
        tell(&consoles, News::Notice(Notice::ConsoleLeaseEnded));
        tell(&consoles, News::Withdrawn);

        let mut first = open(&consoles);
        tell(&consoles, News::Ended);

        assert_eq!(read(&mut first).await, ["Notice(ConsoleLeaseEnded)", "Ended"]);
        assert!(read(&mut open(&consoles)).await.is_empty());
    }

    #[tokio::test]
    async fn a_notice_that_a_console_never_read_waits_for_the_next() {
        let consoles = consoles(1_000);
        tell(&consoles, News::Notice(Notice::ConsoleLeaseEnded));
        let broken = open(&consoles);
        tell(&consoles, News::Notice(Notice::ConsoleLeaseEnded));
        drop(broken);

        assert_eq!(read(&mut open(&consoles)).await, ["Notice(ConsoleLeaseEnded)"; 2]);
        assert!(read(&mut open(&consoles)).await.is_empty());
    }

    #[tokio::test]
    async fn a_console_that_goes_on_reads_a_notice_once() {
        let consoles = consoles(1_000);
        let seen = open(&consoles).seen();
        tell(&consoles, News::Notice(Notice::ConsoleLeaseEnded));

        let mut again = open(&consoles);

        assert!(again.resume(seen));
        assert_eq!(read(&mut again).await, ["Notice(ConsoleLeaseEnded)"]);
    }

    #[tokio::test]
    async fn a_console_of_the_process_before_begins_anew() {
        let before = consoles(1_000);
        tell(&before, News::Ended);
        let seen = {
            let mut console = open(&before);
            tell(&before, News::Ended);
            read(&mut console).await;
            console.seen()
        };
        let after = consoles(2_000);
        for _ in 0..3 {
            tell(&after, News::Withdrawn);
        }

        assert!(!open(&after).resume(seen));
        assert!(!open(&after).resume(0));
    }
}
