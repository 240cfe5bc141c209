//! One caller on the line: music and words while waiting, the talk with an agent, and what the call leaves behind.

mod elsewhere;
mod message;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};

use super::{
    Centre,
    call_back::Shared,
    command::Command,
    offer::was_lost,
    record::CallTape,
    talk::{self, Answer, Ask, Talked},
};
use crate::{
    acd::{
        AgentId, CallerId, CitizenKey, Elsewhere, Event, Join, Otherwise, Overflow, Priority, Safe,
        Want,
        conversation::{NotNow, Party},
    },
    app::{
        App,
        agents::{self, CallerKnown},
        calls,
    },
    calls::{line::EndedBy, prompts::Catalogue},
    dialogue::{
        Clip, prompts,
        talk::Reason,
        waiting::{self, Word},
    },
    domain::{actor::Actor, language::Language, phone::Phone},
    media::sound::Sound,
    telephony::{Cause, Ended, Leg, LegEvent},
};

/// Orders of the queue to one caller's task that may wait.
const ORDERS_MAX: usize = 32;
/// How often a line says that it lives; the queue gives it a minute.
pub(super) const ALIVE_EVERY: Duration = Duration::from_secs(20);
/// A last word that does not report its end.
const LAST_WORD_MAX: Duration = Duration::from_secs(20);
/// What the queue takes to let go of a caller who waits no more, on a busy machine.
const LET_GO_MAX: Duration = Duration::from_secs(5);
/// The key that keeps the place and ends the call.
const KEEP_KEY: char = '1';

/// What the queue's task tells one caller's.
#[derive(Debug)]
pub(super) enum Order {
    Say(Word),
    OfferCallBack,
    Talk {
        leg: Leg,
        agent: AgentId,
    },
    /// The agent is lost, or sent the caller back.
    WaitAgain,
    /// The queue has no place: this instead.
    Divert(Otherwise),
    HangUpAgent,
    /// By the console of this agent; by the queue, the citizen's own leg.
    HangUp(Option<AgentId>),
    Hold {
        agent: AgentId,
        hold: bool,
    },
    Ask {
        by: AgentId,
        ask: Box<Ask>,
        answer: oneshot::Sender<Answer>,
    },
}

/// Who is to wait.
pub(in crate::calls) struct Waiting {
    pub(in crate::calls) call: String,
    pub(in crate::calls) phone: Option<Phone>,
    pub(in crate::calls) language: Language,
    pub(in crate::calls) reason: Reason,
    /// Told at once when the citizen is owed a call.
    pub(in crate::calls) owed: Box<dyn Fn(Reason) + Send + Sync>,
}

/// How it ended.
#[derive(Debug)]
pub(in crate::calls) struct Gone {
    pub(in crate::calls) ended_by: EndedBy,
    pub(in crate::calls) disposition: &'static str,
}

/// A citizen's leg with what it plays.
pub(super) struct Citizen {
    pub(super) leg: Leg,
    catalogue: Arc<Catalogue>,
    language: Language,
    plays: u64,
    pub(super) tape: CallTape,
}

impl Citizen {
    pub(super) fn new(
        leg: Leg,
        catalogue: Arc<Catalogue>,
        language: Language,
        tape: CallTape,
    ) -> Self {
        // Past those of the conversation before.
        Self { leg, catalogue, language, plays: 1 << 32, tape }
    }

    pub(super) fn say(&mut self, word: Word) {
        let speech = waiting::says(word, self.language);
        self.play(self.catalogue.sounds(speech.language, &speech.clips));
        if word == Word::Joined {
            self.tape.behind(self.plays);
        }
    }

    /// Nothing is between the citizen and whoever speaks, but the notice that the talk is recorded is heard to its end.
    pub(super) fn quiet(&mut self) {
        if !self.tape.waits() {
            self.leg.stop();
        } else if !self.tape.is_behind(self.plays) {
            self.say(Word::Joined);
        }
    }

    pub(super) fn prompt(&mut self, key: &'static str) {
        self.play(self.sound(key).into_iter().collect());
    }

    pub(super) fn sound(&self, key: &'static str) -> Option<Sound> {
        self.catalogue.sound(self.language, key)
    }

    pub(super) fn music(&mut self) {
        let speech = waiting::music(self.language);
        self.play(self.catalogue.sounds(speech.language, &speech.clips));
    }

    pub(super) fn words(&mut self, clips: &[Clip]) {
        self.play(self.catalogue.sounds(self.language, clips));
    }

    /// The id of the last play.
    pub(super) fn plays(&self) -> u64 {
        self.plays
    }

    fn play(&mut self, sounds: Vec<Sound>) {
        self.plays += 1;
        self.leg.play(self.plays, sounds);
    }

    /// Says what was begun to its end, and hangs up.
    pub(super) async fn farewell(&mut self) -> EndedBy {
        let by = tokio::time::sleep(LAST_WORD_MAX);
        tokio::pin!(by);
        loop {
            let event = tokio::select! {
                event = self.leg.next() => event,
                () = &mut by => LegEvent::Played(self.plays),
            };
            match event {
                LegEvent::Played(id) if id == self.plays => self.leg.hangup(Cause::Normal),
                LegEvent::Ended(ended) => return ended_by(&ended),
                _ => {}
            }
        }
    }
}

impl Centre {
    /// Lets a caller wait until an agent takes the call, talk, and go; comes back when the line has ended.
    pub(in crate::calls) async fn wait(
        &self,
        app: &Arc<App>,
        catalogue: &Arc<Catalogue>,
        leg: Leg,
        who: Waiting,
    ) -> Gone {
        let caller = caller_id(&who.call);
        let phone = who.phone.clone();
        let language = who.language;
        let (orders, ordered) = mpsc::channel(ORDERS_MAX);
        let known = Arc::new(CallerKnown {
            caller: caller.0,
            call: who.call.clone(),
            phone: who.phone.clone(),
            language: Some(who.language),
            reason: who.reason.as_str().to_owned(),
            ..CallerKnown::default()
        });
        let citizen = who.phone.as_ref().map(|phone| CitizenKey(agents::citizen_key(app, phone)));
        let join = Join {
            caller,
            citizen,
            language: who.language,
            menu: who.reason.as_str().to_owned(),
            wants: Vec::<Want>::new(),
            priority: Priority::default(),
            last_agent: None,
            safe: Safe::Anytime,
        };
        let tape = CallTape::new(self.shared.clone(), who.call.clone());
        let line = Line {
            caller,
            call: who.call,
            shared: self.shared.clone(),
            citizen: Citizen::new(leg, catalogue.clone(), who.language, tape),
            has_number: who.phone.is_some(),
            reason: who.reason,
            owed: who.owed,
            ordered,
            commands: self.commands.clone(),
            offered: false,
        };
        let joined = Command::Join { join, orders, known: known.clone() };
        if self.commands.send(joined).await.is_err() {
            return line.divert().await;
        }
        if let Some(phone) = phone {
            let (app, commands) = (app.clone(), self.commands.clone());
            tokio::spawn(look_up(app, commands, known, phone, language));
        }
        line.run().await
    }
}

struct Line {
    caller: CallerId,
    call: String,
    shared: Shared,
    citizen: Citizen,
    has_number: bool,
    reason: Reason,
    owed: Box<dyn Fn(Reason) + Send + Sync>,
    ordered: mpsc::Receiver<Order>,
    commands: mpsc::Sender<Command>,
    /// The call-back that keeps the place was offered.
    offered: bool,
}

impl Line {
    async fn run(mut self) -> Gone {
        let caller = self.caller;
        let mut alive = interval_at(Instant::now() + ALIVE_EVERY, ALIVE_EVERY);
        alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                event = self.citizen.leg.next() => match event {
                    LegEvent::Digit(KEEP_KEY) if self.offered && self.has_number => {
                        self.tell(Event::AcceptsCallBack { caller }).await;
                        if let Some((leg, agent)) = self.picked_up_before().await {
                            match self.talk(leg, agent).await {
                                Some(gone) => return gone,
                                None => continue,
                            }
                        }
                        (self.owed)(Reason::KeptPlace);
                        self.citizen.say(Word::CallBackKept);
                        let ended_by = self.citizen.farewell().await;
                        return Gone { ended_by, disposition: "CALL_BACK" };
                    }
                    LegEvent::Played(id) if id == self.citizen.plays => {
                        self.citizen.tape.played(id);
                        self.citizen.music();
                    }
                    LegEvent::Ended(ended) => {
                        self.tell(Event::Left { caller }).await;
                        let ended_by = ended_by(&ended);
                        // For the queue they have talked, and it owes no call.
                        if self.picked_up_before().await.is_some() {
                            return Gone { ended_by, disposition: "OPERATOR" };
                        }
                        (self.owed)(Reason::Abandoned);
                        return Gone { ended_by, disposition: "ABANDONED" };
                    }
                    _ => {}
                },
                order = self.ordered.recv() => match order {
                    Some(Order::Say(word)) => self.citizen.say(word),
                    Some(Order::OfferCallBack) if self.has_number => {
                        self.offered = true;
                        self.citizen.say(Word::CallBackOffer);
                    }
                    Some(Order::WaitAgain) => self.citizen.say(Word::Again),
                    Some(Order::Talk { leg, agent }) => {
                        if let Some(gone) = self.talk(leg, agent).await {
                            return gone;
                        }
                    }
                    Some(Order::HangUp(_)) => self.citizen.leg.hangup(Cause::Normal),
                    Some(Order::Ask { answer, .. }) => {
                        let _ = answer.send(Err(NotNow::Over));
                    }
                    Some(Order::Divert(to)) => match to {
                        Otherwise::CallBack => return self.divert().await,
                        Otherwise::Message => return self.leave_message().await,
                        Otherwise::Overflow(Overflow { name, to: Elsewhere::Outside }) => {
                            if let Some(gone) = self.go_elsewhere(&name).await {
                                return gone;
                            }
                        }
                        Otherwise::Overflow(Overflow { to: Elsewhere::Agents(_), .. })
                        | Otherwise::Stay => {}
                    },
                    // Without its queue a caller is not left with music for ever.
                    None => return self.divert().await,
                    Some(Order::OfferCallBack | Order::HangUpAgent | Order::Hold { .. }) => {}
                },
                _ = alive.tick() => self.tell(Event::CitizenAlive { caller }).await,
            }
        }
    }

    /// The agent who picked up before the queue heard that the caller waits no more. It lets go of a caller who does not.
    async fn picked_up_before(&mut self) -> Option<(Leg, AgentId)> {
        let letting_go = async {
            while let Some(order) = self.ordered.recv().await {
                match order {
                    Order::Talk { leg, agent } => return Some((leg, agent)),
                    Order::Ask { answer, .. } => drop(answer.send(Err(NotNow::Over))),
                    _ => {}
                }
            }
            None
        };
        timeout(LET_GO_MAX, letting_go).await.ok().flatten()
    }

    /// None: nobody is left to speak with, and the citizen waits again.
    async fn talk(&mut self, leg: Leg, agent: AgentId) -> Option<Gone> {
        let parties = talk::Parties {
            caller: self.caller,
            call: self.call.clone(),
            lead: Party::Agent(agent),
            lead_leg: leg,
        };
        let (shared, orders) = (&self.shared, &mut self.ordered);
        let talked = talk::talk(&mut self.citizen, parties, shared, orders, &self.commands).await;
        match talked {
            Talked::CitizenLeft(ended) => {
                Some(Gone { ended_by: ended_by(&ended), disposition: "OPERATOR" })
            }
            Talked::AgentEnded => {
                self.citizen.prompt(prompts::GOODBYE);
                let ended_by = self.citizen.farewell().await;
                Some(Gone { ended_by, disposition: "OPERATOR" })
            }
            Talked::WaitsAgain => {
                self.citizen.music();
                None
            }
        }
    }

    async fn divert(mut self) -> Gone {
        (self.owed)(self.reason);
        self.citizen.say(if self.has_number { Word::Noted } else { Word::NoNumber });
        let ended_by = self.citizen.farewell().await;
        Gone { ended_by, disposition: "CALL_BACK" }
    }

    async fn tell(&self, event: Event) {
        let _ = self.commands.send(Command::Event(event)).await;
    }
}

/// What the console shows; the queue does not wait for it.
async fn look_up(
    app: Arc<App>,
    commands: mpsc::Sender<Command>,
    known: Arc<CallerKnown>,
    phone: Phone,
    language: Language,
) {
    let by = Actor::caller(None);
    // Who is rung back must be a citizen of ours.
    if let Err(error) = calls::language(&app, &by, &phone, language).await {
        tracing::warn!(%error, "a caller cannot be made known");
    }
    match agents::known(&app, &by, &phone).await {
        Ok(found) => {
            let known = CallerKnown {
                cases: found.cases,
                open_round: found.open_round,
                safety: found.safety,
                ..CallerKnown::clone(&known)
            };
            let _ = commands.send(Command::Known(Arc::new(known))).await;
        }
        Err(error) => tracing::warn!(%error, "nothing can be shown of a caller"),
    }
}

/// The queue's name of a call: as random as the call's own.
pub(super) fn caller_id(call: &str) -> CallerId {
    let first: String = call.chars().take(15).collect();
    CallerId(i64::from_str_radix(&first, 16).unwrap_or_default())
}

pub(super) fn ended_by(ended: &Ended) -> EndedBy {
    match ended {
        Ended::ByPeer => EndedBy::Caller,
        Ended::ByUs => EndedBy::Helpline,
        ended if was_lost(ended) => EndedBy::Lost,
        _ => EndedBy::Failed,
    }
}

impl From<crate::acd::Band> for waiting::Wait {
    fn from(band: crate::acd::Band) -> Self {
        use crate::acd::Band;
        match band {
            Band::UnderOneMinute => Self::UnderOneMinute,
            Band::OneToThreeMinutes => Self::OneToThreeMinutes,
            Band::ThreeToFiveMinutes => Self::ThreeToFiveMinutes,
            Band::FiveToTenMinutes => Self::FiveToTenMinutes,
            Band::OverTenMinutes => Self::OverTenMinutes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_one_name_in_the_queue() {
        assert_eq!(caller_id("0000000000000ff000000000"), CallerId(0xff));
        assert_eq!(caller_id("ffffffffffffffffffffffff"), CallerId(0x0fff_ffff_ffff_ffff));
    }
}
