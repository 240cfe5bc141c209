//! A citizen and an agent hear each other, until one of them goes.

use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at},
};

use super::{
    command::Command,
    offer::{end, was_lost},
    waiting::{ALIVE_EVERY, Order},
};
use crate::{
    acd::{AgentId, CallerId, Event},
    media::sound::Sound,
    telephony::{Bridge, Ended, Leg, LegEvent},
};

pub(super) struct Parties {
    pub(super) caller: CallerId,
    pub(super) agent: AgentId,
    pub(super) agent_leg: Leg,
}

#[derive(Debug)]
pub(super) enum Talked {
    CitizenLeft(Ended),
    /// Hung up, by the phone or the console.
    AgentEnded,
    AgentLost,
}

/// Comes back when one side has gone; the other's leg is the citizen's alone then, or ended.
pub(super) async fn talk(
    citizen: &mut Leg,
    parties: Parties,
    music: Option<Sound>,
    orders: &mut mpsc::Receiver<Order>,
    commands: &mpsc::Sender<Command>,
) -> Talked {
    let Parties { caller, agent, mut agent_leg } = parties;
    citizen.stop();
    let bridge = match Bridge::join(citizen, &agent_leg) {
        Ok(bridge) => bridge,
        Err(error) => {
            tracing::error!(caller = caller.0, %error, "two legs cannot be joined");
            end(agent_leg).await;
            return Talked::AgentLost;
        }
    };
    if let Some(music) = music {
        bridge.hold_music(music);
    }
    tracing::info!(caller = caller.0, agent = agent.0, "a citizen and an agent talk");
    let mut alive = interval_at(Instant::now() + ALIVE_EVERY, ALIVE_EVERY);
    alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let tell = |event| async move {
        let _ = commands.send(Command::Event(event)).await;
    };
    loop {
        tokio::select! {
            event = citizen.next() => if let LegEvent::Ended(ended) = event {
                drop(bridge);
                end(agent_leg).await;
                return Talked::CitizenLeft(ended);
            },
            event = agent_leg.next() => match event {
                LegEvent::Ended(ended) if was_lost(&ended) => return Talked::AgentLost,
                LegEvent::Ended(_) => return Talked::AgentEnded,
                LegEvent::Held => tell(Event::Held { caller }).await,
                LegEvent::Resumed => tell(Event::Unheld { caller }).await,
                _ => {}
            },
            Some(order) = orders.recv() => match order {
                Order::HangUp => {
                    end(agent_leg).await;
                    return Talked::AgentEnded;
                }
                Order::HangUpAgent => {
                    end(agent_leg).await;
                    return Talked::AgentLost;
                }
                Order::Hold(true) => {
                    bridge.hold(&agent_leg);
                    tell(Event::Held { caller }).await;
                }
                Order::Hold(false) => {
                    bridge.resume(&agent_leg);
                    tell(Event::Unheld { caller }).await;
                }
                // Said over a talk it would be in the way.
                _ => {}
            },
            _ = alive.tick() => {
                tell(Event::CitizenAlive { caller }).await;
                tell(Event::AgentAlive { caller }).await;
            }
        }
    }
}
