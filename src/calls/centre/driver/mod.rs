//! The one task that drives the queue: it hands in what happened with the time, and does what comes back, in that order. It
//! waits for nothing else: not for a phone, not for the database.

mod board;
mod conversations;
mod phones;
mod talks;

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant as Began},
};

use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{
    Parts,
    call_back::{self, Reached},
    command::Command,
    console::{Consoles, News},
    keep::Keeper,
    kept,
    offer::{self, Ringing},
    waiting::Order,
};
use crate::{
    acd::{
        Action, AgentId, AgentState, CallerId, CitizenKey, Dialled, Event, Notice, Offer, OfferId,
        Outcome, Queue, Who, figures::Figures,
    },
    app::{
        self,
        agents::{self, CallerKnown},
    },
    dialogue::waiting::{Wait, Word},
    domain::{
        actor::Actor,
        time::{Day, Timestamp},
    },
    telephony::{Bindings, Leg},
};
use talks::Talks;

/// The queue looks at the time at least so often.
const SWEEP: Duration = Duration::from_secs(1);
/// What a desk phone shows of a caller whose number is withheld.
const WITHHELD: &str = "anonymous";

/// One agent's phone that rings, or has been picked up and not been joined yet.
struct Open {
    agent: AgentId,
    cancelled: CancellationToken,
    leg: Option<Leg>,
}

pub(super) struct Driver {
    parts: Parts,
    commands: mpsc::WeakSender<Command>,
    consoles: Arc<Consoles>,
    keeper: Arc<Keeper>,
    keeping: JoinHandle<()>,
    over: CancellationToken,
    bindings: Bindings,
    queue: Queue,
    figures: Figures,
    /// Which the figures are of.
    day: Day,
    began: (Timestamp, Began),
    phones: HashMap<AgentId, String>,
    callers: HashMap<CallerId, mpsc::Sender<Order>>,
    known: HashMap<CallerId, Arc<CallerKnown>>,
    offers: HashMap<OfferId, Open>,
    /// The latest calls that agents and officers made.
    made: VecDeque<CallerId>,
    states: HashMap<AgentId, AgentState>,
    talks: Talks,
    saving: bool,
    /// When all phones were looked at.
    looked: Began,
    /// Persons take calls at this hour.
    open: bool,
}

impl Driver {
    pub(super) async fn open(
        parts: Parts,
        commands: mpsc::WeakSender<Command>,
        consoles: Arc<Consoles>,
    ) -> app::Result<Self> {
        let by = Actor::system();
        let agents = agents::list(&parts.app, &by).await?;
        let kept = kept::snapshot(&parts.app, &by, &agents).await?;
        let began = (parts.app.now(), Began::now());
        let left: Vec<_> = kept.callers.iter().map(|row| row.caller).collect();
        let (mut queue, restored) = Queue::restore(parts.policy.clone(), kept, began.0);
        let keeper = Keeper::new(left);
        let over = CancellationToken::new();
        let keeping = tokio::spawn(keeper.clone().run(parts.app.clone(), over.clone()));
        let (bound, bindings) = parts.telephony.watch_bindings();
        let open = parts.hours.hold(began.0);
        let opened = queue.handle(if open { Event::Opened } else { Event::Closed }, began.0);
        let talks = Talks::open(&parts.app, began.0).await?;
        let mut driver = Self {
            commands,
            consoles,
            keeper,
            keeping,
            over,
            bindings,
            queue,
            figures: Figures::default(),
            day: began.0.ist_day(),
            began,
            phones: HashMap::new(),
            callers: HashMap::new(),
            known: HashMap::new(),
            offers: HashMap::new(),
            made: VecDeque::new(),
            states: HashMap::new(),
            talks,
            saving: false,
            looked: Began::now(),
            open,
            parts,
        };
        let midnight = began.0.ist_day().begins();
        for fact in kept::facts(&driver.parts.app, &by, midnight).await? {
            driver.figures.apply(&fact);
        }
        driver.act(restored);
        driver.act(opened);
        for agent in agents {
            driver.know(&agent);
        }
        for binding in bound {
            driver.bound(&binding.account);
        }
        Ok(driver)
    }

    pub(super) async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        closing: CancellationToken,
    ) {
        let mut behind = self.keeper.watch();
        let mut sweep = Instant::now() + SWEEP;
        loop {
            let due = self.wake().map_or(sweep, |due| due.min(sweep));
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => break,
                },
                news = self.bindings.next() => match news {
                    Ok(news) => self.bound(&news.account),
                    Err(_) => self.bound_anew(),
                },
                Ok(()) = behind.changed() => self.tell_saving(),
                () = sleep_until(due) => {
                    self.handle(Event::Tick);
                    // Not from the last event on: among many of them no second would ever pass.
                    if Instant::now() >= sweep {
                        sweep = Instant::now() + SWEEP;
                        self.keep_hours();
                        self.look_at_phones();
                    }
                }
                () = closing.cancelled() => break,
            }
        }
        self.over.cancel();
        let _ = self.keeping.await;
    }

    /// Monotonic: the demonstration's clock may jump by days, and nobody waits for days.
    fn now(&self) -> Timestamp {
        let (at, since) = self.began;
        at.plus_ms(i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX))
    }

    fn wake(&self) -> Option<Instant> {
        let due = self.queue.next_due()?;
        let wait = u64::try_from(due.since(self.now())).unwrap_or(0);
        Some(Instant::now() + Duration::from_millis(wait))
    }

    /// By the clock of the state's day, which a demonstration moves.
    fn keep_hours(&mut self) {
        let open = self.parts.hours.hold(self.parts.app.now());
        if std::mem::replace(&mut self.open, open) != open {
            tracing::info!(open, "the call centre's hours");
            self.handle(if open { Event::Opened } else { Event::Closed });
        }
    }

    fn handle(&mut self, event: Event) {
        let actions = self.queue.handle(event, self.now());
        self.act(actions);
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Event(event) => {
                if let Event::Left { caller } | Event::Ended { caller } = &event {
                    self.callers.remove(caller);
                }
                let passed = match &event {
                    Event::Passed { caller, to } => Some((*caller, *to)),
                    _ => None,
                };
                self.handle(event);
                if let Some((caller, to)) = passed {
                    self.connected(caller, to);
                }
            }
            Command::Agent(agent) => self.know(&agent),
            Command::Join { join, orders, known } => {
                self.callers.insert(join.caller, orders);
                self.known.insert(join.caller, known);
                let caller = join.caller;
                self.handle(Event::Joined(join));
                // Who has no place in the queue is told so instead.
                self.tell_caller(caller, Order::Say(Word::Joined));
            }
            Command::Known(known) => {
                let caller = CallerId(known.caller);
                if let Some(before) = self.known.get_mut(&caller) {
                    *before = known;
                }
            }
            Command::Offered { offer, outcome, leg } => self.offered(offer, outcome, leg),
            Command::Dialled { call_back, agent, reached } => {
                self.dialled(call_back, agent, reached);
            }
            Command::Said { before, now } => self.talks.said(before, now),
            Command::OnCall { agent, answer } => drop(answer.send(self.talks.of(agent))),
            Command::HangUp(agent) => self.order(agent, Order::HangUp(Some(agent))),
            Command::Hold { agent, hold } => self.order(agent, Order::Hold { agent, hold }),
            Command::Ask { agent, by, ask, answer } => self.ask(agent, by, ask, answer),
            Command::Tell { agent, caller, news, who } => {
                let caller = self.known.get(&caller).cloned();
                self.tell(agent, News::Guest { news, who, caller });
            }
            Command::CallOut { calling, answer } => {
                let _ = answer.send(self.call_out(*calling));
            }
            Command::CalledOut { agent, orders, known } => self.called_out(agent, orders, known),
            Command::Free(answer) => drop(answer.send(self.free())),
            Command::Reserve { agent, caller, answer } => {
                let _ = answer.send(self.reserve(agent, caller));
            }
            Command::Shows { agent, known } => self.tell(agent, News::Offered(known)),
            Command::Withdraw { agent, caller } => self.withdraw(agent, caller),
            Command::Consult { phone, arrival } => self.consult(&phone, *arrival),
            Command::CallOf { agent, answer } => drop(answer.send(self.call_of(agent))),
            Command::State { agent, answer } => drop(answer.send(self.queue.agent(agent))),
            Command::Board(answer) => drop(answer.send(self.board())),
            Command::Why { caller, answer } => {
                drop(answer.send(self.queue.why_waiting(caller, self.now())));
            }
            Command::Callers(answer) => drop(answer.send(self.queue.waiting())),
            Command::Returning { citizen, answer } => {
                drop(answer.send(self.queue.returning(&citizen, self.now())));
            }
        }
    }

    fn offered(&mut self, offer: OfferId, outcome: Outcome, leg: Option<Leg>) {
        let Some(open) = self.offers.get_mut(&offer) else {
            if let Some(leg) = leg {
                tokio::spawn(offer::end(leg));
            }
            return;
        };
        open.leg = leg.or(open.leg.take());
        let agent = open.agent;
        match outcome {
            Outcome::Ringing | Outcome::Answered => {}
            _ => {
                self.offers.remove(&offer);
                self.tell(agent, News::Withdrawn);
            }
        }
        self.handle(Event::Offer { offer, outcome });
    }

    fn dialled(&mut self, call_back: CallerId, agent: AgentId, reached: Reached) {
        match reached {
            Reached::Failed(outcome) => {
                self.tell(agent, News::Ended);
                self.handle(Event::Dialled { call_back, outcome });
            }
            Reached::Connected { caller, orders, known } => {
                self.callers.insert(caller, orders);
                self.known.insert(caller, known.clone());
                self.tell(agent, News::Connected(known));
                self.handle(Event::Dialled { call_back, outcome: Dialled::Connected(caller) });
            }
        }
    }

    fn order(&mut self, agent: AgentId, order: Order) {
        let call = self.queue.agent(agent).and_then(|state| state.call);
        if let Some(caller) = call {
            self.tell_caller(caller, order);
        }
    }

    fn tell_caller(&mut self, caller: CallerId, order: Order) {
        if let Some(orders) = self.callers.get(&caller) {
            // A full or closed line is one that ends; the queue hears of it.
            let _ = orders.try_send(order);
        }
    }

    fn tell(&self, agent: AgentId, news: News) {
        self.consoles.tell(agent, self.now(), news);
    }

    /// Consoles say so while the database is away: what an agent registers is not kept yet.
    fn tell_saving(&mut self) {
        let saving = self.keeper.is_behind();
        if std::mem::replace(&mut self.saving, saving) == saving {
            return;
        }
        for agent in self.phones.keys() {
            self.tell(*agent, News::Saving(saving));
        }
    }

    fn act(&mut self, actions: Vec<Action>) {
        for action in actions {
            self.do_one(action);
        }
    }

    fn do_one(&mut self, action: Action) {
        match action {
            Action::Offer(offer) => self.offer(offer),
            Action::CancelOffer { offer, .. } => {
                if let Some(open) = self.offers.get_mut(&offer) {
                    open.cancelled.cancel();
                    if let Some(leg) = open.leg.take() {
                        self.hang_up(offer, leg);
                    }
                }
            }
            Action::HangUpOffer { offer } => {
                if let Some(leg) = self.offers.get_mut(&offer).and_then(|open| open.leg.take()) {
                    self.hang_up(offer, leg);
                }
            }
            Action::Connect { offer, caller, agent } => self.connect(offer, caller, agent),
            Action::Dial { offer, agent, call_back, citizen } => {
                self.dial(offer, agent, call_back, citizen);
            }
            Action::HangUpCitizen { caller, .. } => self.tell_caller(caller, Order::HangUp(None)),
            Action::HangUpAgent { caller, .. } => self.tell_caller(caller, Order::HangUpAgent),
            Action::Waits { caller, .. } => self.tell_caller(caller, Order::WaitAgain),
            Action::Announce { caller, position, band } => {
                let wait = Wait::from(band);
                self.tell_caller(caller, Order::Say(Word::Place { position, wait }));
            }
            Action::OfferCallBack { caller } => self.tell_caller(caller, Order::OfferCallBack),
            Action::Escalated { caller } => {
                tracing::warn!(caller = caller.0, "a caller has waited for too long");
            }
            Action::Returned { caller, .. } => {
                tracing::info!(caller = caller.0, "a citizen came back to the place as it was");
            }
            Action::Divert { caller, to, .. } => self.tell_caller(caller, Order::Divert(to)),
            Action::Caller(row) => self.keeper.caller(&row),
            Action::CallerEnded { caller, .. } => {
                self.keeper.caller_ended(caller);
                self.known.remove(&caller);
                self.callers.remove(&caller);
            }
            Action::CallBack(call_back) => {
                let now = self.parts.app.now();
                self.keeper.call_back(&call_back, now);
            }
            Action::Agent(state) => {
                self.keeper.agent(&state);
                let agent = state.agent;
                self.follow_talk(&state);
                self.states.insert(agent, state.clone());
                self.tell(agent, News::State(state));
            }
            Action::Notice { agent, notice } => {
                if notice == Notice::AwayNoAnswer {
                    tracing::info!(agent = agent.0, "an agent is away: offers went unanswered");
                }
                self.tell(agent, News::Notice(notice));
            }
            Action::Alarm(alarm) => tracing::error!(?alarm, "the queue raises an alarm"),
            Action::Fact(fact) => {
                self.keeper.fact(&fact);
                self.count(&fact);
            }
        }
    }

    /// The console is told before the phone rings.
    fn offer(&mut self, offer: Offer) {
        let Some(commands) = self.commands.upgrade() else { return };
        let (who, agent) = (offer.who, offer.agent);
        let (caller, known) = match who {
            Who::Caller(caller) => {
                let unknown = || CallerKnown { caller: caller.0, ..CallerKnown::default() };
                let known = self.known.get(&caller).cloned();
                (caller, known.unwrap_or_else(|| Arc::new(unknown())))
            }
            Who::CallBack(id) => (id, self.known_of_call_back(id)),
        };
        tracing::info!(
            caller = caller.0,
            agent = agent.0,
            target = offer.why.target,
            ring = offer.why.ring.0,
            wait_ms = offer.why.waited_ms,
            idle_ms = offer.why.idle_ms,
            skipped = offer.why.skipped.len(),
            "offering a caller"
        );
        // Masked as everywhere: the agent needs no number to speak with its owner.
        let shown = known.phone.as_ref().map_or(WITHHELD.to_owned(), ToString::to_string);
        self.tell(agent, News::Offered(known));
        let cancelled = CancellationToken::new();
        let open = Open { agent, cancelled: cancelled.clone(), leg: None };
        self.offers.insert(offer.offer, open);
        let ringing = Ringing {
            offer: offer.offer,
            phone: self.phones.get(&agent).cloned().unwrap_or_default(),
            shown,
            ring: Duration::from_millis(u64::try_from(offer.ring_ms).unwrap_or(0)),
        };
        tokio::spawn(offer::ring(self.parts.telephony.clone(), ringing, cancelled, commands));
    }

    /// What its entry says; who it is, is looked up when the citizen is dialled.
    fn known_of_call_back(&self, id: CallerId) -> Arc<CallerKnown> {
        let row = self.queue.call_back(id);
        Arc::new(CallerKnown {
            caller: id.0,
            call_back: true,
            language: row.map(|row| row.language),
            messages: row.map(|row| row.messages.clone()).unwrap_or_default(),
            ..CallerKnown::default()
        })
    }

    fn hang_up(&self, offer: OfferId, leg: Leg) {
        let Some(commands) = self.commands.upgrade() else { return };
        tokio::spawn(async move {
            offer::end(leg).await;
            let gone = Command::Offered { offer, outcome: Outcome::Gone, leg: None };
            let _ = commands.send(gone).await;
        });
    }

    fn connect(&mut self, offer: OfferId, caller: CallerId, agent: AgentId) {
        // The legs of a call-back are in a task of their own, and hear each other already.
        let Some(open) = self.offers.remove(&offer) else { return };
        let Some(leg) = open.leg else {
            tracing::error!(caller = caller.0, "an answered offer has no leg");
            return self.handle(Event::AgentLost { caller });
        };
        self.connected(caller, agent);
        let order = Order::Talk { leg, agent };
        let line = self.callers.get(&caller);
        if line.is_none_or(|orders| orders.try_send(order).is_err()) {
            // The caller's task has ended: its word that the citizen left is on the way. The leg hangs up as it drops.
            tracing::info!(caller = caller.0, "nobody is there to be joined");
        }
    }

    fn dial(&mut self, offer: OfferId, agent: AgentId, call_back: CallerId, citizen: CitizenKey) {
        let Some(commands) = self.commands.upgrade() else { return };
        let Some(leg) = self.offers.remove(&offer).and_then(|open| open.leg) else {
            let outcome = Dialled::AgentGone;
            return self.handle(Event::Dialled { call_back, outcome });
        };
        let known = self.known_of_call_back(call_back);
        let asked_at = self.queue.call_back(call_back).map(|row| row.last_call);
        let job = call_back::Job { call_back, agent, citizen, asked_at, leg, known };
        tokio::spawn(call_back::dial(self.parts.shared(), job, commands));
    }
}
