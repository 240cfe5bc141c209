//! The call centre: the one task that drives the queue, the phones that ring for it, the calls that it joins, and what
//! agents' consoles are told.

mod call_back;
mod call_out;
mod coming;
mod command;
mod console;
mod driver;
mod hand_over;
mod held;
pub mod hours;
mod keep;
mod kept;
mod offer;
mod record;
mod ringback;
pub mod skills;
mod talk;
mod task_call;
mod transfers;
mod waiting;

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

pub use console::{Console, Entry, News};
pub use hand_over::{FIND_MS, HAND_OVER_MAX_MS, RINGS_MS};
pub(super) use hand_over::{HandOver, Handed, TALKED};
pub(super) use waiting::{Gone, Waiting};

use crate::{
    acd::{
        AgentId, AgentState, CallerId, CitizenKey, Event, Intent, Policy, Want, WhyWaiting,
        conversation::{EarMode, NotNow, Party},
    },
    app::{
        App,
        agents::{Agent, calling::Calling, transfers::Reached},
    },
    calls::{disk::Disk, prompts::Catalogue},
    domain::{
        intake::disposition::{Disposition, Talk},
        phone::Phone,
    },
    telephony::{Arrival, Telephony},
};

pub use crate::telephony::{TrunkNow, TrunkState};
use call_back::Shared;
use command::Command;
use console::Consoles;
use driver::Driver;
use talk::{Ask, Supervision};

/// Commands that wait for the queue's task; callers and offers send a handful each.
const COMMANDS_MAX: usize = 4_096;
/// An answer of the queue's task: it never waits for anything, so this is long.
const ANSWER_WAIT: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the call centre does not answer")]
    Busy,
    #[error("the account has no desk phone")]
    NoAgent,
    #[error(transparent)]
    NotNow(#[from] NotNow),
}

/// The call centre of this process; cheap to clone.
#[derive(Clone, Debug)]
pub struct Centre {
    commands: mpsc::Sender<Command>,
    consoles: Arc<Consoles>,
    shared: Shared,
    closing: CancellationToken,
}

/// What the call centre works with.
pub struct Parts {
    pub app: Arc<App>,
    pub telephony: Telephony,
    pub disk: Disk,
    pub catalogue: Arc<Catalogue>,
    pub policy: Policy,
    pub hours: hours::Hours,
    /// The trunks that call-backs go out by, in order.
    pub trunks: Vec<String>,
    pub ring_timeout: Duration,
    /// Agents hear a short tone when a supervisor begins to listen.
    pub supervision_tone: bool,
    /// Other offices that callers may be sent on to: their numbers, by the names that the policy has for them.
    pub elsewhere: Arc<HashMap<String, String>>,
}

/// How the call centre stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Board {
    pub waiting: usize,
    pub talking: usize,
    pub longest_wait_ms: i64,
    /// Since the process began, or midnight of IST if that is later.
    pub answered: u64,
    pub abandoned: u64,
    /// In hundredths of a per cent; None of nothing.
    pub service_level: Option<u32>,
    pub service_level_2: Option<u32>,
    pub answer_ms: Option<i64>,
    pub mean_talk_ms: Option<i64>,
    /// Recordings of talks from which something is missing, since the process began.
    pub partial_recordings: u64,
    /// The database is away: what must be kept waits.
    pub saving: bool,
    pub agents: Vec<AgentState>,
    /// In the order of the settings.
    pub trunks: Vec<TrunkNow>,
    /// What calls were, as agents said since midnight of IST.
    pub dispositions: Vec<(Disposition, u64)>,
}

/// The call that an agent is on, or had last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnCall {
    pub talk: Talk,
    /// The caller's; None when it is withheld.
    pub phone: Option<Phone>,
}

impl Centre {
    /// Takes up what an earlier process kept, and begins; the task ends with `close`.
    pub async fn open(parts: Parts) -> crate::app::Result<(Self, JoinHandle<()>)> {
        let (commands, waiting) = mpsc::channel(COMMANDS_MAX);
        let consoles = Arc::new(Consoles::new(parts.app.now()));
        let shared = parts.shared();
        let driver = Driver::open(parts, commands.downgrade(), consoles.clone()).await?;
        let closing = CancellationToken::new();
        let task = tokio::spawn(driver.run(waiting, closing.clone()));
        Ok((Self { commands, consoles, shared, closing }, task))
    }

    pub(super) fn disk(&self) -> &Disk {
        &self.shared.disk
    }

    /// Takes no more commands; the task keeps what is left and ends.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// What an agent means to do from now on; gives the state that follows.
    pub async fn intend(&self, agent: &Agent, intent: Intent) -> Result<AgentState, Error> {
        self.tell(Command::Agent(agent.clone()))?;
        self.tell(Command::Event(Event::Intends { agent: id(agent), intent }))?;
        self.state(agent).await
    }

    /// Its phone or skills have changed.
    pub async fn learn(&self, agent: &Agent) -> Result<AgentState, Error> {
        self.tell(Command::Agent(agent.clone()))?;
        self.state(agent).await
    }

    pub async fn extend_wrap_up(&self, agent: &Agent) -> Result<AgentState, Error> {
        self.tell(Command::Event(Event::ExtendWrapUp { agent: id(agent) }))?;
        self.state(agent).await
    }

    pub async fn end_wrap_up(&self, agent: &Agent) -> Result<AgentState, Error> {
        self.tell(Command::Event(Event::EndWrapUp { agent: id(agent) }))?;
        self.state(agent).await
    }

    /// Ends the agent's call from the console.
    pub async fn hang_up(&self, agent: &Agent) -> Result<AgentState, Error> {
        self.tell(Command::HangUp(id(agent)))?;
        self.state(agent).await
    }

    pub async fn hold(&self, agent: &Agent, hold: bool) -> Result<AgentState, Error> {
        self.tell(Command::Hold { agent: id(agent), hold })?;
        self.state(agent).await
    }

    /// Sends the agent's caller on without asking first: to whom was found, or back to the queue.
    pub async fn transfer(
        &self,
        agent: &Agent,
        to: Reached,
        wants: Vec<Want>,
    ) -> Result<AgentState, Error> {
        let ask = match transfers::target(to) {
            Some(target) => Ask::Transfer { target, by_phone: false },
            None => Ask::SendBack { wants, by_phone: false },
        };
        self.ask_call(agent, agent, ask).await
    }

    /// Asks somebody into the agent's call; `apart`, the citizen hears music meanwhile.
    pub async fn invite(
        &self,
        agent: &Agent,
        who: Reached,
        apart: bool,
    ) -> Result<AgentState, Error> {
        let target = transfers::target(who).ok_or(NotNow::Nobody)?;
        self.ask_call(agent, agent, Ask::Invite { target, apart }).await
    }

    /// Lets the citizen in to agent and guest.
    pub async fn join(&self, agent: &Agent) -> Result<AgentState, Error> {
        self.ask_call(agent, agent, Ask::Join).await
    }

    /// Leaves the citizen with the guest.
    pub async fn hand_over(&self, agent: &Agent) -> Result<AgentState, Error> {
        self.ask_call(agent, agent, Ask::HandOver).await
    }

    /// Lets the guest go, or takes a transfer back.
    pub async fn drop_guest(&self, agent: &Agent) -> Result<AgentState, Error> {
        self.ask_call(agent, agent, Ask::DropGuest).await
    }

    /// Rings the supervisor's desk phone into an agent's call, or changes how the supervisor is in it. The entry of the audit
    /// has been committed.
    pub async fn supervise(
        &self,
        by: &Agent,
        agent: &Agent,
        call: String,
        mode: EarMode,
    ) -> Result<AgentState, Error> {
        let target = transfers::target(Reached::Agent(by.clone())).ok_or(NotNow::Nobody)?;
        let Party::Agent(supervisor) = target.party else { return Err(NotNow::Nobody.into()) };
        let supervision = Supervision { target, by: supervisor.0, call, heard_since: None };
        self.ask_call(agent, by, Ask::Supervise { supervision, mode }).await
    }

    pub async fn end_supervision(&self, by: &Agent) -> Result<AgentState, Error> {
        self.ask_call(by, by, Ask::EndSupervision).await
    }

    /// The id of the call that the agent is in.
    pub async fn call_of(&self, agent: &Agent) -> Result<String, Error> {
        let agent = id(agent);
        let call = self.ask(|answer| Command::CallOf { agent, answer }).await?;
        call.ok_or(Error::NotNow(NotNow::NotYours))
    }

    /// Rings the own phone of who calls and then the citizen. Asked for the same call again, it rings nobody again.
    pub async fn call_citizen(&self, calling: Calling) -> Result<(), Error> {
        let calling = Box::new(calling);
        self.ask(|answer| Command::CallOut { calling, answer }).await??;
        Ok(())
    }

    /// A desk phone has called somebody who is no number of the helpline's.
    pub fn consult(&self, phone: String, arrival: Arrival) {
        // Dropped unanswered, it is refused.
        let _ = self.tell(Command::Consult { phone, arrival: Box::new(arrival) });
    }

    /// Asks the conversation that `agent` is in; gives the state of who asks.
    async fn ask_call(&self, agent: &Agent, by: &Agent, ask: Ask) -> Result<AgentState, Error> {
        let (call, asker) = (id(agent), id(by));
        self.ask(|answer| Command::Ask { agent: call, by: asker, ask, answer }).await??;
        self.state(by).await
    }

    pub async fn state(&self, agent: &Agent) -> Result<AgentState, Error> {
        let agent = id(agent);
        self.ask(|answer| Command::State { agent, answer }).await?.ok_or(Error::NoAgent)
    }

    /// None before the agent's first call in this process.
    pub async fn on_call(&self, agent: &Agent) -> Result<Option<OnCall>, Error> {
        let agent = id(agent);
        self.ask(|answer| Command::OnCall { agent, answer }).await
    }

    /// What a call was is kept, and counts on the board.
    pub fn said(&self, before: Option<Disposition>, now: Disposition) -> Result<(), Error> {
        self.tell(Command::Said { before, now })
    }

    /// The citizen reached us in another way than by a call to an agent: no call-back is owed any more.
    pub fn reached(&self, citizen: [u8; 32]) -> Result<(), Error> {
        self.tell(Command::Event(Event::Reached { citizen: CitizenKey(citizen) }))
    }

    pub async fn board(&self) -> Result<Board, Error> {
        self.ask(Command::Board).await
    }

    /// None when no such caller waits.
    pub async fn why_waiting(&self, caller: CallerId) -> Result<Option<WhyWaiting>, Error> {
        self.ask(|answer| Command::Why { caller, answer }).await
    }

    /// Callers who wait, the next first.
    pub async fn callers(&self) -> Result<Vec<CallerId>, Error> {
        self.ask(Command::Callers).await
    }

    /// What happens at an agent's desk from here on. While it lives, the agent has a console.
    pub fn console(&self, agent: &Agent) -> Result<Console, Error> {
        self.tell(Command::Agent(agent.clone()))?;
        Ok(Console::open(&self.consoles, self.commands.clone(), id(agent)))
    }

    fn tell(&self, command: Command) -> Result<(), Error> {
        self.commands.try_send(command).map_err(|_| Error::Busy)
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        self.tell(command(answer))?;
        match tokio::time::timeout(ANSWER_WAIT, answered).await {
            Ok(Ok(answer)) => Ok(answer),
            _ => Err(Error::Busy),
        }
    }
}

/// The id of a call that is to be made.
pub fn new_call() -> String {
    super::call_id()
}

fn id(agent: &Agent) -> AgentId {
    AgentId(agent.account)
}
