//! Click to call: the own phone of who calls rings, then the citizen's; the two speak in a conversation like any other.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{
    call_back::{self, Shared},
    command::Command,
    held,
    offer::end,
    record::CallTape,
    talk::{self, Target, Way},
    task_call,
    waiting::{Citizen, Order, caller_id},
};
use crate::{
    acd::{AgentId, CallerId, Dialled, Event, conversation::Party},
    app::{
        agents::{
            CallerKnown,
            calling::{self, Calling, Own},
        },
        calls,
        verification::line::{self, NotRung},
    },
    calls::line::EndedBy,
    domain::{actor::Actor, change::CallRecord, time::Timestamp},
    telephony::{DialEvent, Leg},
};

const ORDERS_MAX: usize = 32;
/// Why the call is made, as consoles show it.
const REASON: &str = "called";

/// Whose phone rings first.
pub(super) fn caller_of(own: &Own) -> Party {
    match own {
        Own::Desk(agent) => Party::Agent(AgentId(agent.account)),
        Own::Mobile { account, .. } => Party::Officer(*account),
    }
}

/// Rings both, lets them talk, and keeps the record of the call. The queue hears of it as of a call that it did not give, until
/// the citizen has answered.
pub(super) async fn run(shared: Shared, calling: Calling, commands: mpsc::Sender<Command>) {
    let caller = caller_id(&calling.call);
    let started_at = shared.app.now();
    let (trunk, answered_at, ended, disposition) = call(&shared, &calling, caller, &commands).await;
    if let Party::Agent(agent) = caller_of(&calling.own) {
        let ended = Event::OutsideCallEnded { agent, call: caller };
        let _ = commands.send(Command::Event(ended)).await;
    }
    let record = CallRecord {
        call: calling.call,
        direction: "OUT".to_owned(),
        trunk,
        citizen: Some(calling.citizen),
        started_at,
        answered_at,
        ended_at: shared.app.now(),
        ended_by: ended.as_str().to_owned(),
        disposition: disposition.to_owned(),
    };
    if let Err(error) = calls::finish(&shared.app, &Actor::caller(None), record).await {
        tracing::error!(%error, "the record of a call to a citizen was not kept");
    }
}

/// With the trunk that carried it.
type Outcome = (Option<String>, Option<Timestamp>, EndedBy, &'static str);

async fn call(
    shared: &Shared,
    calling: &Calling,
    caller: CallerId,
    commands: &mpsc::Sender<Command>,
) -> Outcome {
    if let Ok(Err(not)) = line::take(&shared.app, &calling.ask).await {
        if calling.task.is_some() {
            task_call::line_taken(shared, calling, not.why).await;
        }
        return not_rung(not);
    }
    let call = rung(shared, calling, caller, commands);
    let ended = held::during(&shared.app, calling.citizen, &calling.call, call).await;
    held::end(&shared.app, calling.citizen, &calling.call).await;
    ended
}

async fn rung(
    shared: &Shared,
    calling: &Calling,
    caller: CallerId,
    commands: &mpsc::Sender<Command>,
) -> Outcome {
    let lead = caller_of(&calling.own);
    let is_task = calling.task.is_some();
    let Some(mut own) = own_phone(shared, calling, lead).await else {
        if is_task {
            task_call::own_phone_silent(shared, calling).await;
        }
        return (None, None, EndedBy::Failed, "OWN_PHONE");
    };
    // Hours and caps hold at the moment of dialling; nobody is rung whom the database cannot be asked about.
    if is_task {
        if !task_call::place(shared, calling).await {
            end(own).await;
            return (None, None, EndedBy::Helpline, "NOT_PLACED");
        }
    } else {
        match line::ring(&shared.app, &calling.ask).await {
            Ok(Ok(_)) => {}
            Ok(Err(not)) => {
                end(own).await;
                return not_rung(not);
            }
            Err(error) => {
                tracing::warn!(%error, "a citizen's line cannot be taken");
                end(own).await;
                return (None, None, EndedBy::Failed, "FAILED");
            }
        }
    }
    let citizen = match call_back::ring(shared, &calling.phone, &mut own).await {
        Ok(leg) => leg,
        Err(outcome) => {
            end(own).await;
            if is_task {
                task_call::unanswered(shared, calling, &outcome).await;
            }
            let disposition = match outcome {
                Dialled::Busy => "BUSY",
                Dialled::NoAnswer => "NO_ANSWER",
                Dialled::Invalid => "INVALID",
                Dialled::AgentGone => return (None, None, EndedBy::Helpline, "GIVEN_UP"),
                Dialled::NotBefore(_) => "TRUNK_FULL",
                Dialled::Connected(_) | Dialled::Failed => "FAILED",
            };
            return (None, None, EndedBy::Failed, disposition);
        }
    };
    let (trunk, answered_at) = (citizen.trunk().map(str::to_owned), shared.app.now());
    let (orders, mut ordered) = mpsc::channel::<Order>(ORDERS_MAX);
    if let Party::Agent(agent) = lead {
        let known = Arc::new(CallerKnown {
            caller: caller.0,
            call: calling.call.clone(),
            phone: Some(calling.phone.clone()),
            language: Some(calling.language),
            reason: REASON.to_owned(),
            ..CallerKnown::default()
        });
        let _ = commands.send(Command::CalledOut { agent, orders, known }).await;
    }
    // A task's call is in the history of its case since it was placed.
    if !is_task {
        keep_answered(shared, calling);
    }
    let tape = CallTape::new(shared.clone(), calling.call.clone());
    let line = Citizen::new(citizen, shared.catalogue.clone(), calling.language, tape);
    let parties = talk::Parties { caller, call: calling.call.clone(), lead, lead_leg: own };
    let talk = talk::with_rung(line, parties, shared, &mut ordered, commands);
    if !is_task {
        return (trunk, Some(answered_at), talk.await, "OPERATOR");
    }
    let ended = task_call::during(shared, calling, answered_at, talk).await;
    task_call::over(shared, calling, answered_at).await;
    (trunk, Some(answered_at), ended, "FEEDBACK")
}

fn not_rung(not: NotRung) -> Outcome {
    tracing::info!(why = %not.why, "a citizen is not to be rung now");
    (None, None, EndedBy::Helpline, not.why.as_str())
}

async fn own_phone(shared: &Shared, calling: &Calling, party: Party) -> Option<Leg> {
    let way = match &calling.own {
        Own::Desk(agent) => Way::Desk(agent.phone.clone()),
        Own::Mobile { mobile, .. } => Way::Mobile(mobile.clone()),
    };
    let shown = calling.phone.to_string();
    let target = Target { party, way, shown: String::new(), caller: shown };
    let mut rings = target.ring(shared);
    loop {
        match rings.next().await {
            DialEvent::Answered(leg) => return Some(leg),
            DialEvent::Failed(failure) => {
                tracing::info!(cause = ?failure.cause, "who wants to call does not pick up");
                return None;
            }
            DialEvent::Ringing | DialEvent::EarlyMedia(_) => {}
        }
    }
}

/// The talk does not wait for the database.
fn keep_answered(shared: &Shared, calling: &Calling) {
    let (app, calling) = (shared.app.clone(), calling.clone());
    tokio::spawn(async move {
        if let Err(error) = calling::answered(&app, &calling).await {
            tracing::error!(%error, "a call is not in the history of its case");
        }
    });
}
