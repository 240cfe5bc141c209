//! A citizen who is owed a call is rung, with an agent on the line.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::sync::mpsc;

use super::{
    Parts,
    command::Command,
    held,
    offer::end,
    record::CallTape,
    ringback, talk,
    waiting::{Citizen, Order, caller_id},
};
use crate::{
    acd::{AgentId, CallerId, CitizenKey, Dialled, conversation::Party},
    app::{
        App,
        agents::{self, CallerKnown, Owed},
        calls,
        verification::line,
    },
    calls::{call_id, disk::Disk, prompts::Catalogue},
    dialogue::prompts,
    domain::{
        actor::Actor,
        change::CallRecord,
        language::Language,
        phone::Phone,
        time::{DAY_MS, SECOND_MS, Timestamp},
        verification::line::CallKind,
    },
    media::sound::Sound,
    telephony::{Bridge, Cause, Dial, DialEvent, Leg, LegEvent, Telephony},
};

const ORDERS_MAX: usize = 32;
/// While the trunks are full, a call-back waits so long.
const FULL_MS: i64 = 30 * SECOND_MS;
/// Who must not be called is not asked about again while the call-back lasts.
const FORBIDDEN_MS: i64 = 365 * DAY_MS;

/// What tasks of the call centre share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) app: Arc<App>,
    pub(super) telephony: Telephony,
    pub(super) disk: Disk,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) trunks: Vec<String>,
    pub(super) ring_timeout: Duration,
    pub(super) supervision_tone: bool,
    /// Other offices' numbers, by the names that the policy has for them.
    pub(super) elsewhere: Arc<HashMap<String, String>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("trunks", &self.trunks).finish_non_exhaustive()
    }
}

impl Parts {
    pub(super) fn shared(&self) -> Shared {
        Shared {
            app: self.app.clone(),
            telephony: self.telephony.clone(),
            disk: self.disk.clone(),
            catalogue: self.catalogue.clone(),
            trunks: self.trunks.clone(),
            ring_timeout: self.ring_timeout,
            supervision_tone: self.supervision_tone,
            elsewhere: self.elsewhere.clone(),
        }
    }
}

pub(super) struct Job {
    pub(super) call_back: CallerId,
    pub(super) agent: AgentId,
    pub(super) citizen: CitizenKey,
    /// When the citizen called us last.
    pub(super) asked_at: Option<Timestamp>,
    /// The agent's, picked up.
    pub(super) leg: Leg,
    pub(super) known: Arc<CallerKnown>,
}

/// How the dialling ended.
#[derive(Debug)]
pub(super) enum Reached {
    Failed(Dialled),
    Connected { caller: CallerId, orders: mpsc::Sender<Order>, known: Arc<CallerKnown> },
}

pub(super) async fn dial(shared: Shared, job: Job, commands: mpsc::Sender<Command>) {
    let Job { call_back, agent, citizen, asked_at, mut leg, known } = job;
    let app = &shared.app;
    let tell = |reached| commands.send(Command::Dialled { call_back, agent, reached });
    let call = call_id();
    let (citizen, phone) = match taken(app, &citizen, &call, asked_at).await {
        Ok(taken) => taken,
        Err(outcome) => {
            end(leg).await;
            return drop(tell(Reached::Failed(outcome)).await);
        }
    };
    let started_at = app.now();
    let rung = held::during(app, citizen, &call, ring(&shared, &phone, &mut leg)).await;
    let citizen_leg = match rung {
        Ok(leg) => leg,
        Err(outcome) => {
            held::end(app, citizen, &call).await;
            end(leg).await;
            return drop(tell(Reached::Failed(outcome)).await);
        }
    };
    let answered_at = app.now();
    let trunk = citizen_leg.trunk().map(str::to_owned);
    let caller = caller_id(&call);
    let (orders, mut ordered) = mpsc::channel(ORDERS_MAX);
    let language = known.language.unwrap_or(Language::Hindi);
    let known = CallerKnown {
        caller: caller.0,
        call: call.clone(),
        phone: Some(phone.clone()),
        language: Some(language),
        call_back: true,
        ..CallerKnown::clone(&known)
    };
    let connected = Reached::Connected { caller, orders, known: Arc::new(known) };
    if tell(connected).await.is_err() {
        return held::end(app, citizen, &call).await;
    }
    let tape = CallTape::new(shared.clone(), call.clone());
    let line = Citizen::new(citizen_leg, shared.catalogue.clone(), language, tape);
    let parties =
        talk::Parties { caller, call: call.clone(), lead: Party::Agent(agent), lead_leg: leg };
    let talk = talk::with_rung(line, parties, &shared, &mut ordered, &commands);
    let ended = held::during(app, citizen, &call, talk).await;
    held::end(app, citizen, &call).await;
    let record = CallRecord {
        call,
        direction: "OUT".to_owned(),
        trunk,
        citizen: None,
        started_at,
        answered_at: Some(answered_at),
        ended_at: app.now(),
        ended_by: ended.as_str().to_owned(),
        disposition: "OPERATOR".to_owned(),
    };
    if let Err(error) = calls::finish(app, &Actor::caller(None), record).await {
        tracing::error!(%error, "the record of a call-back was not kept");
    }
}

/// Takes the citizen's line and a dial of the day, at the moment of dialling.
async fn taken(
    app: &App,
    key: &CitizenKey,
    call: &str,
    asked_at: Option<Timestamp>,
) -> Result<(i64, Phone), Dialled> {
    let away = |error| {
        tracing::warn!(%error, "the number of a call-back cannot be looked up");
        Dialled::Failed
    };
    let owed = agents::owed(app, &Actor::system(), &key.0).await.map_err(away)?;
    let Owed { citizen, phone, safety } = owed.ok_or(Dialled::Invalid)?;
    let ask =
        line::Ask { citizen, kind: CallKind::CallBack, call: call.to_owned(), asked_at, safety };
    match line::ring(app, &ask).await.map_err(away)? {
        Ok(_) => Ok((citizen, phone)),
        Err(not) => {
            tracing::info!(why = %not.why, "a call-back waits");
            let until = not.until.unwrap_or_else(|| app.now().plus_ms(FORBIDDEN_MS));
            Err(Dialled::NotBefore(until))
        }
    }
}

/// Rings the citizen. The agent hears music until it rings, then that it rings, or what the network says: its own ringing, or
/// that the phone is switched off.
pub(super) async fn ring(shared: &Shared, phone: &Phone, agent: &mut Leg) -> Result<Leg, Dialled> {
    let mut sound: Vec<Sound> =
        shared.catalogue.sound(Language::Hindi, prompts::HOLD_MUSIC).into_iter().collect();
    let mut plays = 0;
    agent.play(plays, sound.clone());
    let (mut early, mut said, mut heard) = (None, None, None);
    let (trunks, number) = (shared.trunks.clone(), phone.reveal().to_owned());
    let mut dialling = shared.telephony.dial(Dial::new(trunks, number, shared.ring_timeout));
    loop {
        tokio::select! {
            event = agent.next() => match event {
                LegEvent::Ended(_) => return Err(Dialled::AgentGone),
                LegEvent::Played(id) if id == plays && heard.is_none() => {
                    plays += 1;
                    agent.play(plays, sound.clone());
                }
                _ => {}
            },
            event = dialling.next() => match event {
                DialEvent::Answered(leg) => {
                    agent.stop();
                    return Ok(leg);
                }
                DialEvent::Failed(failure) => return Err(match failure.cause {
                    Cause::Busy => Dialled::Busy,
                    Cause::NoAnswer | Cause::Rejected => Dialled::NoAnswer,
                    // No start was free for seconds: the citizen was not rung.
                    Cause::Full => Dialled::NotBefore(shared.app.now().plus_ms(FULL_MS)),
                    _ => Dialled::Failed,
                }),
                DialEvent::Ringing if heard.is_none() => {
                    (plays, sound) = (plays + 1, vec![ringback::sound()]);
                    agent.play(plays, sound.clone());
                }
                DialEvent::Ringing => {}
                DialEvent::EarlyMedia(sound) => {
                    said = sound.listen();
                    early = Some(sound);
                }
            },
            // Its ringing goes on until something is said: many exchanges only announce it.
            _ = first(&mut said), if heard.is_none() => {
                said = None;
                match early.as_ref().map(|early| Bridge::hear(agent, early)) {
                    Some(Ok(bridge)) => {
                        agent.stop();
                        heard = Some(bridge);
                    }
                    // The call goes on without it.
                    Some(Err(error)) => tracing::debug!(%error, "what a network says is not heard"),
                    None => {}
                }
            }
        }
    }
}

/// Waits for the first sound; for ever without one.
async fn first(said: &mut Option<mpsc::Receiver<Vec<i16>>>) {
    if let Some(said) = said
        && said.recv().await.is_some()
    {
        return;
    }
    std::future::pending().await
}
