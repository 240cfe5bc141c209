//! A caller who is sent on to another office: its number rings while the citizen hears music, and the two talk. When nobody there
//! takes the call, the queue says what follows.

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::{ALIVE_EVERY, Gone, Line, Order, ended_by};
use crate::{
    acd::Event,
    dialogue::{prompts, talk::Reason, waiting::Word},
    telephony::{Bridge, Cause, Dial, DialEvent, Ended, Leg, LegEvent},
};

enum Rung {
    Answered(Leg),
    Failed,
    CitizenLeft(Ended),
}

impl Line {
    /// None: nobody took the call there.
    pub(super) async fn go_elsewhere(&mut self, name: &str) -> Option<Gone> {
        let caller = self.caller;
        match self.ring_elsewhere(name).await {
            Rung::Answered(leg) => {
                tracing::info!(caller = caller.0, name, "another office has taken a caller");
                self.tell(Event::Overflowed { caller }).await;
                Some(self.talk_elsewhere(leg).await)
            }
            Rung::Failed => {
                tracing::warn!(caller = caller.0, name, "another office did not take a caller");
                self.citizen.music();
                self.tell(Event::OverflowFailed { caller }).await;
                None
            }
            Rung::CitizenLeft(ended) => {
                self.tell(Event::Left { caller }).await;
                (self.owed)(Reason::Abandoned);
                Some(Gone { ended_by: ended_by(&ended), disposition: "ABANDONED" })
            }
        }
    }

    async fn ring_elsewhere(&mut self, name: &str) -> Rung {
        let Some(number) = self.shared.elsewhere.get(name) else { return Rung::Failed };
        let caller = self.caller;
        let shared = &self.shared;
        let dial = Dial::new(shared.trunks.clone(), number.clone(), shared.ring_timeout);
        let mut dialling = shared.telephony.dial(dial);
        let mut alive = interval_at(Instant::now() + ALIVE_EVERY, ALIVE_EVERY);
        alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ordered = true;
        self.citizen.say(Word::OtherOffice);
        loop {
            tokio::select! {
                event = self.citizen.leg.next() => match event {
                    LegEvent::Played(id) if id == self.citizen.plays => self.citizen.music(),
                    // The dialling is cancelled as it drops.
                    LegEvent::Ended(ended) => return Rung::CitizenLeft(ended),
                    _ => {}
                },
                event = dialling.next() => match event {
                    DialEvent::Answered(leg) => return Rung::Answered(leg),
                    DialEvent::Failed(_) => return Rung::Failed,
                    DialEvent::Ringing | DialEvent::EarlyMedia(_) => {}
                },
                order = self.ordered.recv(), if ordered => match order {
                    Some(Order::HangUp(_)) => self.citizen.leg.hangup(Cause::Normal),
                    Some(_) => {}
                    None => ordered = false,
                },
                _ = alive.tick() => self.tell(Event::CitizenAlive { caller }).await,
            }
        }
    }

    /// No recording of ours: the other office speaks for itself.
    async fn talk_elsewhere(&mut self, mut other: Leg) -> Gone {
        const OVERFLOW: &str = "OVERFLOW";
        self.citizen.leg.stop();
        let bridge = Bridge::join(&self.citizen.leg, &other);
        if let Err(error) = &bridge {
            // Of a leg that has just ended: its end is on the way.
            tracing::info!(caller = self.caller.0, %error, "two legs cannot be joined");
        }
        loop {
            tokio::select! {
                event = self.citizen.leg.next() => if let LegEvent::Ended(ended) = event {
                    return Gone { ended_by: ended_by(&ended), disposition: OVERFLOW };
                },
                event = other.next() => if let LegEvent::Ended(_) = event {
                    break;
                },
            }
        }
        drop(bridge);
        self.citizen.prompt(prompts::GOODBYE);
        Gone { ended_by: self.citizen.farewell().await, disposition: OVERFLOW }
    }
}
