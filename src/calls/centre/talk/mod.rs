//! One citizen's conversation, done: what `acd::conversation` decides happens here to legs, bridge and ringing phones.

mod asks;
mod seats;

use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at},
};

pub(super) use asks::{Answer, Ask, Supervision, Target, Way};
use seats::{Seated, Seats, next_of, next_ring};

use super::{
    call_back::Shared,
    command::Command,
    offer::was_lost,
    waiting::{ALIVE_EVERY, Citizen, Order, ended_by},
};
use crate::{
    acd::{
        AgentId, CallerId, Event,
        conversation::{Happened, Party, Seat},
    },
    calls::line::EndedBy,
    dialogue::{prompts, waiting::Word},
    telephony::{Cause, DialEvent, Ended, Error, Leg, LegEvent, Transfer},
};

pub(super) struct Parties {
    pub(super) caller: CallerId,
    /// The call, as its record names it.
    pub(super) call: String,
    pub(super) lead: Party,
    pub(super) lead_leg: Leg,
}

#[derive(Debug)]
pub(super) enum Talked {
    CitizenLeft(Ended),
    /// Hung up, by the phone or the console.
    AgentEnded,
    /// Nobody is left who could speak with the citizen, or the call was sent back to the queue.
    WaitsAgain,
}

/// What the lines, the phones that ring and the queue's task tell a conversation.
enum Heard {
    Citizen(LegEvent),
    Lead(LegEvent),
    Second(LegEvent),
    Guest(LegEvent),
    Ear(LegEvent),
    Rings(Seat, DialEvent),
    Ordered(Order),
    Tick,
}

/// A talk with a citizen who was rung, to the end of the line: such a one waits for nobody, and is rung again only by a
/// person's decision.
pub(super) async fn with_rung(
    mut citizen: Citizen,
    parties: Parties,
    shared: &Shared,
    orders: &mut mpsc::Receiver<Order>,
    commands: &mpsc::Sender<Command>,
) -> EndedBy {
    // Who is rung has not heard yet that the talk is recorded.
    citizen.say(Word::Joined);
    to_the_end(&mut citizen, parties, shared, orders, commands).await
}

/// As `with_rung`, with somebody who has heard, or is hearing, that the talk is recorded.
pub(super) async fn to_the_end(
    citizen: &mut Citizen,
    parties: Parties,
    shared: &Shared,
    orders: &mut mpsc::Receiver<Order>,
    commands: &mpsc::Sender<Command>,
) -> EndedBy {
    let caller = parties.caller;
    match talk(citizen, parties, shared, orders, commands).await {
        Talked::CitizenLeft(ended) => return ended_by(&ended),
        Talked::AgentEnded => {}
        Talked::WaitsAgain => {
            let _ = commands.send(Command::Event(Event::Ended { caller })).await;
        }
    }
    citizen.prompt(prompts::GOODBYE);
    citizen.farewell().await
}

/// Comes back when the citizen has gone or is the queue's again; the queue has been told, and the other legs have ended.
pub(super) async fn talk(
    citizen: &mut Citizen,
    parties: Parties,
    shared: &Shared,
    orders: &mut mpsc::Receiver<Order>,
    commands: &mpsc::Sender<Command>,
) -> Talked {
    citizen.quiet();
    let caller = parties.caller;
    tracing::info!(caller = caller.0, lead = ?parties.lead, "a citizen and an agent talk");
    let mut seats = Seats::new(citizen, parties, shared, commands);
    let mut alive = interval_at(Instant::now() + ALIVE_EVERY, ALIVE_EVERY);
    alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    match seats.seat_all() {
        Ok(()) => seats.joined = true,
        // Which of them it is, its leg tells.
        Err(Error::Gone) => {
            tracing::info!(caller = caller.0, "a leg has gone before it was joined");
        }
        Err(error) => {
            tracing::error!(caller = caller.0, %error, "two legs cannot be joined");
            seats.happened(Happened::LeadLost).await;
        }
    }
    loop {
        if let Some(talked) = seats.over.take() {
            seats.untape(&talked);
            return talked;
        }
        let heard = tokio::select! {
            event = seats.citizen.leg.next() => Heard::Citizen(event),
            event = next_of(&mut seats.lead) => Heard::Lead(event),
            event = next_of(&mut seats.second) => Heard::Second(event),
            event = next_of(&mut seats.guest) => Heard::Guest(event),
            event = next_of(&mut seats.ear) => Heard::Ear(event),
            event = next_ring(&mut seats.guest_rings) => Heard::Rings(Seat::Guest, event),
            event = next_ring(&mut seats.ear_rings) => Heard::Rings(Seat::Ear, event),
            Some(order) = orders.recv() => Heard::Ordered(order),
            _ = alive.tick() => Heard::Tick,
        };
        seats.hear(heard).await;
    }
}

impl Seats<'_> {
    async fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Citizen(LegEvent::Ended(ended)) => {
                self.citizen_ended = Some(ended);
                self.happened(Happened::CitizenLeft).await;
            }
            Heard::Citizen(LegEvent::Played(play)) => {
                self.noticed(play);
                self.music_again();
            }
            Heard::Lead(event) => self.lead_says(event).await,
            // The agent has hung up on the guest; an attended transfer has been asked for before.
            Heard::Second(LegEvent::Ended(_)) => {
                self.second = None;
                self.happened(Happened::DropGuest).await;
            }
            Heard::Second(LegEvent::Played(_)) => self.ringback_again(),
            Heard::Guest(LegEvent::Ended(_)) => self.happened(Happened::GuestLeft).await,
            Heard::Ear(LegEvent::Ended(_)) => self.happened(Happened::EarGone).await,
            // Whose call it is sends it on, and nobody else.
            Heard::Guest(LegEvent::TransferAsked(_)) => refuse(self.guest.as_ref()),
            Heard::Ear(LegEvent::TransferAsked(_)) => refuse(self.ear.as_ref()),
            Heard::Second(LegEvent::TransferAsked(_)) => refuse(self.second.as_ref()),
            Heard::Rings(seat, event) => self.rung(seat, event).await,
            Heard::Ordered(order) => self.ordered(order).await,
            Heard::Tick => self.renew().await,
            Heard::Citizen(_) | Heard::Second(_) | Heard::Guest(_) | Heard::Ear(_) => {}
        }
    }

    async fn lead_says(&mut self, event: LegEvent) {
        let caller = self.caller;
        match event {
            // Who hung up before a word was said leaves the citizen to somebody else.
            LegEvent::Ended(ended) if was_lost(&ended) || !self.joined => {
                self.happened(Happened::LeadLost).await;
            }
            LegEvent::Ended(_) => self.happened(Happened::LeadLeft).await,
            LegEvent::Held => self.tell(Event::Held { caller }).await,
            LegEvent::Resumed => self.tell(Event::Unheld { caller }).await,
            LegEvent::Played(_) => self.ringback_again(),
            LegEvent::TransferAsked(wish) => self.phone_sends(wish).await,
            _ => {}
        }
    }

    async fn rung(&mut self, seat: Seat, event: DialEvent) {
        match (seat, event) {
            (_, DialEvent::EarlyMedia(_)) => {}
            (Seat::Guest, DialEvent::Ringing) => self.note_ringing(),
            (_, DialEvent::Ringing) => {}
            (Seat::Ear, DialEvent::Answered(leg)) => {
                self.ear_rings = None;
                self.ear = Some(leg.into());
                self.supervision_began();
                self.happened(Happened::EarAnswered).await;
            }
            (Seat::Ear, DialEvent::Failed(_)) => {
                self.ear_rings = None;
                self.happened(Happened::EarGone).await;
            }
            (_, DialEvent::Answered(leg)) => {
                self.guest_rings = None;
                self.guest = Some(leg.into());
                self.happened(Happened::GuestAnswered).await;
            }
            (_, DialEvent::Failed(failure)) => {
                self.guest_rings = None;
                tracing::info!(caller = self.caller.0, cause = ?failure.cause, "nobody took a transfer");
                self.happened(Happened::GuestFailed).await;
            }
        }
    }

    async fn ordered(&mut self, order: Order) {
        match order {
            // Its own end follows.
            Order::HangUp(None) => self.citizen.leg.hangup(Cause::Normal),
            Order::HangUp(Some(by)) => {
                if let Some(what) = self.leaving(by) {
                    self.happened(what).await;
                }
            }
            Order::HangUpAgent => self.happened(Happened::LeadLost).await,
            Order::Hold { agent, hold } if self.leads(agent) => self.hold(hold).await,
            Order::Ask { by, ask, answer } => {
                let done = self.asked(by, *ask).await;
                let _ = answer.send(done);
            }
            // Said over a talk it would be in the way.
            Order::Say(_)
            | Order::OfferCallBack
            | Order::Talk { .. }
            | Order::WaitAgain
            | Order::Divert(_)
            | Order::Hold { .. } => {}
        }
    }

    /// What it means that this agent hangs up by the console.
    fn leaving(&self, by: AgentId) -> Option<Happened> {
        if self.leads(by) {
            return Some(Happened::LeadLeft);
        }
        if self.conversation.ear.is_some_and(|ear| ear.by == by) {
            return Some(Happened::EarGone);
        }
        let guest = self.conversation.guest().and_then(|guest| guest.agent());
        (guest == Some(by)).then_some(Happened::GuestLeft)
    }
}

fn refuse(leg: Option<&Seated>) {
    if let Some(seated) = leg {
        seated.leg.answer_transfer(Transfer::Refused);
    }
}
