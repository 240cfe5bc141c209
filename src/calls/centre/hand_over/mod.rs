//! A citizen on the line is handed to a feedback caller who is free: what the table decides, done to phones, tasks and the line.
//! The citizen hears music meanwhile, and nothing here waits for the database.

mod table;

use std::{collections::HashMap, future::pending, sync::Arc, time::Duration};

use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep_until},
};

use super::{
    Centre,
    call_back::Shared,
    command::Command,
    held, offer,
    record::CallTape,
    talk,
    task_call::{self, Joined},
    waiting::{Citizen, Gone, Order, caller_id, ended_by},
};
use crate::{
    acd::{AgentId, CallerId, Event, conversation::Party},
    app::{
        self,
        agents::{Agent, CallerKnown, calling::Calling},
        feedback::{self, Live},
    },
    calls::line::EndedBy,
    dialogue::{Clip, prompts, waiting::Word},
    domain::{language::Language, phone::Phone},
    telephony::{DialEvent, Dialling, Ended, Leg, LegEvent, PickUp, Ring},
};
use table::{Do, End, Input, Table, Why};
pub use table::{FIND_MS, HAND_OVER_MAX_MS, RINGS_MS};

const ORDERS_MAX: usize = 32;
/// Why the call comes, as consoles show it.
const REASON: &str = "feedback";
/// What a desk phone shows of a citizen whose number nobody knows.
const WITHHELD: &str = "anonymous";

/// A citizen whom we rang.
pub(in crate::calls) struct HandOver {
    pub(in crate::calls) call: String,
    pub(in crate::calls) citizen: i64,
    pub(in crate::calls) phone: Option<Phone>,
    pub(in crate::calls) language: Language,
    pub(in crate::calls) case: i64,
    pub(in crate::calls) round: i64,
    /// Of the lease that the call holds on the round; None once it is recorded that the citizen wants a person.
    pub(in crate::calls) token: Option<i64>,
    /// The name of the citizen's line, which the call holds.
    pub(in crate::calls) line: String,
    /// Told at once when somebody has taken the call.
    pub(in crate::calls) taken: Box<dyn Fn() + Send + Sync>,
}

/// What a call was in which a feedback caller spoke.
pub(in crate::calls) const TALKED: &str = "FEEDBACK";

/// How it ended.
#[derive(Debug)]
pub(in crate::calls) enum Handed {
    /// The two talked, and the line has ended.
    Talked(EndedBy),
    /// The citizen hung up before.
    Left(EndedBy),
    /// Nobody took the call: the citizen is there yet.
    Nobody(Leg),
}

impl Centre {
    /// Rings one free feedback caller after the other until somebody picks up, and lets them talk.
    pub(in crate::calls) async fn find_person(&self, leg: Leg, who: HandOver) -> Handed {
        let shared = &self.shared;
        let tape = CallTape::new(shared.clone(), who.call.clone());
        let citizen = Citizen::new(leg, shared.catalogue.clone(), who.language, tape);
        let greets = who.token.is_some();
        let mut wait = Wait::new(self, &who, citizen);
        if greets {
            wait.citizen.prompt(prompts::VERIFY_CALLING_FROM);
        }
        let mut table = Table::new(0);
        let mut todo = table.take(Input::Start, 0);
        loop {
            for one in todo {
                if let Some(end) = wait.do_one(one) {
                    tracing::info!(call = who.call, ?end, "a call was to be handed to a person");
                    return Box::pin(wait.end(end)).await;
                }
            }
            let input = wait.next(table.wake()).await;
            todo = table.take(input, wait.at());
        }
    }

    pub(in crate::calls) async fn free(&self) -> Vec<i64> {
        let free = self.ask(Command::Free).await.unwrap_or_default();
        free.into_iter().map(|AgentId(account)| account).collect()
    }
}

/// Who was found, with the lease on the round.
type Found = Option<(Live, Vec<Agent>)>;

/// One citizen who waits for a person.
struct Wait<'a> {
    centre: &'a Centre,
    shared: &'a Shared,
    who: &'a HandOver,
    caller: CallerId,
    began: Instant,
    citizen: Citizen,
    ended: Option<Ended>,
    live: Option<Live>,
    people: HashMap<AgentId, Agent>,
    finding: Option<JoinHandle<Found>>,
    taking: Option<JoinHandle<Option<Calling>>>,
    calling: Option<Calling>,
    rings: Option<Dialling>,
    lead: Option<Leg>,
    /// The notice that the talk is recorded has been begun.
    noticed: bool,
}

impl<'a> Wait<'a> {
    fn new(centre: &'a Centre, who: &'a HandOver, citizen: Citizen) -> Self {
        Self {
            centre,
            shared: &centre.shared,
            who,
            caller: caller_id(&who.call),
            began: Instant::now(),
            citizen,
            ended: None,
            live: None,
            people: HashMap::new(),
            finding: None,
            taking: None,
            calling: None,
            rings: None,
            lead: None,
            noticed: false,
        }
    }

    fn at(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    async fn next(&mut self, wake: Option<i64>) -> Input {
        let wake = wake.map(|at| self.began + ms(at));
        loop {
            tokio::select! {
                event = self.citizen.leg.next() => match event {
                    LegEvent::Played(id) if id == self.citizen.plays() => {
                        self.citizen.tape.played(id);
                        self.citizen.music();
                    }
                    LegEvent::Ended(ended) => {
                        self.ended = Some(ended);
                        return Input::CitizenLeft;
                    }
                    _ => {}
                },
                found = done(&mut self.finding) => return self.found(found.flatten()),
                calling = done(&mut self.taking) => {
                    self.calling = calling.flatten();
                    return if self.calling.is_some() { Input::Taken } else { Input::NotTaken };
                }
                event = next_of(&mut self.rings) => match event {
                    DialEvent::Answered(leg) => {
                        self.rings = None;
                        self.lead = Some(leg);
                        return Input::PickedUp;
                    }
                    DialEvent::Failed(failure) => {
                        tracing::info!(cause = ?failure.cause, "a caller does not pick up");
                        self.rings = None;
                        return Input::NotPickedUp;
                    }
                    DialEvent::Ringing | DialEvent::EarlyMedia(_) => {}
                },
                () = sleep_until(wake.unwrap_or(self.began)), if wake.is_some() => {
                    return Input::Tick;
                }
            }
        }
    }

    fn found(&mut self, found: Found) -> Input {
        let Some((live, people)) = found else { return Input::Found([].into()) };
        self.live = Some(live);
        let order = people.iter().map(|person| AgentId(person.account)).collect();
        self.people = people.into_iter().map(|one| (AgentId(one.account), one)).collect();
        Input::Found(order)
    }

    /// Gives the end, which is the last.
    fn do_one(&mut self, one: Do) -> Option<End> {
        match one {
            Do::Find => self.finding = Some(tokio::spawn(find(self.centre.clone(), self.asked()))),
            Do::Take(agent) => {
                let (Some(person), Some(live)) = (self.people.get(&agent), &self.live) else {
                    self.taking = Some(tokio::spawn(async { None }));
                    return None;
                };
                let known = self.known(live);
                let (centre, live, person) = (self.centre.clone(), live.clone(), person.clone());
                self.taking = Some(tokio::spawn(take(centre, live, person, known)));
            }
            Do::Ring { agent, ms: rings_ms } => self.ring(agent, ms(rings_ms)),
            Do::StopRinging => {
                self.rings.take().map(|rings| tokio::spawn(offer::gone(rings)));
                self.lead.take().map(|leg| tokio::spawn(offer::end(leg)));
            }
            Do::GiveBack(agent, why) => self.give_back(agent, why),
            Do::End(end) => return Some(end),
        }
        None
    }

    fn asked(&self) -> Asked {
        let HandOver { call, case, round, language, token, .. } = self.who;
        Asked { call: call.clone(), case: *case, round: *round, language: *language, token: *token }
    }

    fn known(&self, live: &Live) -> Arc<CallerKnown> {
        Arc::new(CallerKnown {
            caller: self.caller.0,
            call: live.call.clone(),
            phone: self.who.phone.clone(),
            language: Some(live.language),
            reason: REASON.to_owned(),
            open_round: true,
            ..CallerKnown::default()
        })
    }

    fn ring(&mut self, agent: AgentId, ring_timeout: Duration) {
        if !std::mem::replace(&mut self.noticed, true) {
            self.citizen.say(Word::Joined);
        }
        let Some(person) = self.people.get(&agent) else { return };
        let shown = self.who.phone.as_ref().map_or(WITHHELD.to_owned(), ToString::to_string);
        // Whom the dialler rings for has said to be ready for just that.
        let pick_up = match self.who.token {
            Some(_) => PickUp::ByItself,
            None => PickUp::ByHand,
        };
        let account = person.phone.clone();
        let ring = Ring { account, caller: shown, ring_timeout, pick_up };
        self.rings = Some(self.shared.telephony.ring(ring));
    }

    /// Neither the citizen nor the next phone waits for it.
    fn give_back(&mut self, agent: AgentId, why: Why) {
        let (taking, calling) = (self.taking.take(), self.calling.take());
        let (centre, caller) = (self.centre.clone(), self.caller);
        tokio::spawn(async move {
            let calling = match (calling, taking) {
                (Some(calling), _) => Some(calling),
                (None, Some(taking)) => taking.await.ok().flatten(),
                (None, None) => None,
            };
            if let Some(calling) = calling {
                task_call::not_joined(&centre.shared, &calling, why.as_str()).await;
            }
            centre.withdraw(agent, caller);
        });
    }

    async fn end(mut self, end: End) -> Handed {
        match (end, self.lead.take(), self.calling.take(), self.live.take()) {
            (End::Joined(agent), Some(lead), Some(calling), Some(live)) => {
                Handed::Talked(self.talk(agent, lead, calling, live).await)
            }
            (_, _, _, live) => {
                // A lease that is the dialogue's goes on with it.
                if let Some(live) = live.filter(|live| live.recorded) {
                    let app = self.shared.app.clone();
                    tokio::spawn(async move {
                        if let Err(error) = feedback::let_go(&app, &live).await {
                            tracing::warn!(%error, "a round is free when its lease is over");
                        }
                    });
                }
                match self.ended {
                    Some(ended) => Handed::Left(ended_by(&ended)),
                    None => Handed::Nobody(self.citizen.leg),
                }
            }
        }
    }

    async fn talk(mut self, agent: AgentId, lead: Leg, calling: Calling, live: Live) -> EndedBy {
        (self.who.taken)();
        let (shared, commands) = (self.shared, &self.centre.commands);
        let at = shared.app.now();
        let (orders, mut ordered) = mpsc::channel::<Order>(ORDERS_MAX);
        let known = self.known(&live);
        let _ = commands.send(Command::CalledOut { agent, orders, known }).await;
        if !self.noticed {
            self.citizen.say(Word::Joined);
        }
        let parties = talk::Parties {
            caller: self.caller,
            call: live.call.clone(),
            lead: Party::Agent(agent),
            lead_leg: lead,
        };
        let talk =
            Box::pin(talk::to_the_end(&mut self.citizen, parties, shared, &mut ordered, commands));
        let joined = Joined { live: &live, calling: &calling, at };
        let talk = task_call::during_joined(shared, joined, talk);
        let ended = held::during(&shared.app, self.who.citizen, &self.who.line, talk).await;
        task_call::over(shared, &calling, at).await;
        let ended_for = Event::OutsideCallEnded { agent, call: self.caller };
        let _ = commands.send(Command::Event(ended_for)).await;
        ended
    }
}

/// What is looked for.
struct Asked {
    call: String,
    case: i64,
    round: i64,
    language: Language,
    token: Option<i64>,
}

async fn find(centre: Centre, asked: Asked) -> Found {
    let free = centre.free().await;
    if free.is_empty() {
        return None;
    }
    match lease(&centre.shared.app, &free, asked).await {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!(%error, "nobody is found for a citizen on the line");
            None
        }
    }
}

async fn lease(app: &app::App, free: &[i64], asked: Asked) -> app::Result<Found> {
    let Asked { call, case, round, language, token } = asked;
    let people = feedback::may_take(app, (case, round), language, free).await?;
    if people.is_empty() {
        return Ok(None);
    }
    let held = match token {
        Some(token) => Some(token),
        None => feedback::hold(app, case, round).await?,
    };
    let live = |held| Live { call, case, round, language, token: held, recorded: token.is_none() };
    Ok(held.map(|held| (live(held), people)))
}

/// The console shows the case before the phone rings. None when the person is not free any more.
async fn take(
    centre: Centre,
    live: Live,
    person: Agent,
    known: Arc<CallerKnown>,
) -> Option<Calling> {
    let (agent, caller) = (AgentId(person.account), CallerId(known.caller));
    let reserved = centre.ask(|answer| Command::Reserve { agent, caller, answer }).await;
    if !matches!(reserved, Ok(Ok(()))) {
        return None;
    }
    match feedback::take(&centre.shared.app, &live, &person).await {
        Ok(calling) => {
            let task = calling.task.map(|n| format!("{}-{n}", person.account));
            let known = CallerKnown { task, ..CallerKnown::clone(&known) };
            let _ = centre.tell(Command::Shows { agent, known: Arc::new(known) });
            Some(calling)
        }
        Err(error) => {
            tracing::info!(%error, account = person.account, "a live call is not taken");
            centre.withdraw(agent, caller);
            None
        }
    }
}

impl Centre {
    /// The phone rings no more for this citizen.
    fn withdraw(&self, agent: AgentId, caller: CallerId) {
        // Without it the person is free when the lease of the call is over.
        let _ = self.tell(Command::Withdraw { agent, caller });
    }
}

impl Centre {
    /// Somebody who wants a person speaks with a feedback caller, or hears that one will ring.
    pub(in crate::calls) async fn speak_to_person(
        &self,
        leg: Leg,
        who: HandOver,
    ) -> (EndedBy, Option<Gone>) {
        let (call, language) = (who.call.clone(), who.language);
        match self.find_person(leg, who).await {
            Handed::Talked(ended_by) => (ended_by, Some(Gone { ended_by, disposition: TALKED })),
            Handed::Left(ended_by) => (ended_by, None),
            Handed::Nobody(leg) => {
                let tape = CallTape::new(self.shared.clone(), call);
                let catalogue = self.shared.catalogue.clone();
                let mut citizen = Citizen::new(leg, catalogue, language, tape);
                let words = [prompts::VERIFY_SPEAK_TO_PERSON, prompts::VERIFY_GOODBYE];
                citizen.words(&words.map(Clip::fixed));
                (citizen.farewell().await, None)
            }
        }
    }
}

fn ms(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// Waits for ever without one; None when it broke down.
async fn done<T>(work: &mut Option<JoinHandle<T>>) -> Option<T> {
    let Some(handle) = work.as_mut() else { return pending().await };
    let result = handle.await;
    *work = None;
    result.ok()
}

async fn next_of(rings: &mut Option<Dialling>) -> DialEvent {
    match rings {
        Some(rings) => rings.next().await,
        None => pending().await,
    }
}
