//! Whom a call may go to: what `app` has found, as a conversation can ring it; and the wishes of desk phones, which name whom
//! they mean by what was dialled.

use tokio::sync::{mpsc, oneshot};

use super::{
    call_back::Shared,
    command::Command,
    talk::{Ask, Target, Way},
};
use crate::{
    acd::{AgentId, conversation::Party},
    app::{
        self,
        agents::transfers::{self, Manner, Pass, Reached, To},
    },
    domain::place::PostId,
    telephony::{Arrival, Refusal},
};

/// What a desk phone dials for the queue, and in front of a post's id.
const QUEUE: &str = "queue";
const POST: &str = "post-";

/// None for the queue, which is nobody.
pub(super) fn target(reached: Reached) -> Option<Target> {
    let (party, way, shown) = match reached {
        Reached::Agent(agent) => {
            (Party::Agent(AgentId(agent.account)), Way::Desk(agent.phone), agent.name)
        }
        Reached::Officer { account, name, mobile } => {
            (Party::Officer(account), Way::Mobile(mobile), name)
        }
        Reached::Queue => return None,
    };
    Some(Target { party, way, shown, caller: String::new() })
}

fn meant(dialled: &str) -> To {
    let post = dialled.strip_prefix(POST).and_then(|id| id.parse().ok());
    match post {
        Some(post) => To::Post(PostId(post)),
        None if dialled == QUEUE => To::Queue,
        None => To::Phone(dialled.to_owned()),
    }
}

async fn looked_up(
    shared: &Shared,
    agent: AgentId,
    call: String,
    dialled: &str,
    manner: Manner,
) -> app::Result<Option<Target>> {
    let by = transfers::actor(&shared.app, agent.0).await?;
    let pass = Pass { request_id: None, call, to: meant(dialled), manner };
    Ok(target(transfers::pass(&shared.app, &by, pass).await?))
}

/// The phone of this agent has asked (REFER) for its caller to go there.
pub(super) async fn by_phone(
    shared: Shared,
    commands: mpsc::Sender<Command>,
    agent: AgentId,
    call: String,
    dialled: String,
) {
    let ask = match looked_up(&shared, agent, call, &dialled, Manner::Transfer).await {
        Ok(Some(target)) => Ask::Transfer { target, by_phone: true },
        Ok(None) => Ask::SendBack { wants: Vec::new(), by_phone: true },
        Err(error) => {
            tracing::info!(agent = agent.0, %error, "a phone's transfer goes nowhere");
            Ask::NoTransfer
        }
    };
    let (answer, answered) = oneshot::channel();
    let sent = commands.send(Command::Ask { agent, by: agent, ask, answer }).await;
    if sent.is_ok() && !matches!(answered.await, Ok(Ok(()))) {
        let _ = commands.send(Command::ask(agent, agent, Ask::NoTransfer)).await;
    }
}

/// The phone of this agent has called somebody while it talks with a citizen: to ask, and perhaps to hand over.
pub(super) async fn consult(
    shared: Shared,
    commands: mpsc::Sender<Command>,
    agent: AgentId,
    call: String,
    arrival: Arrival,
) {
    arrival.ring();
    let dialled = arrival.dialled.clone();
    let target = match looked_up(&shared, agent, call, &dialled, Manner::Invite).await {
        Ok(Some(target)) => target,
        Ok(None) => return arrival.refuse(Refusal::NotFound),
        Err(error) => {
            tracing::info!(agent = agent.0, %error, "a phone calls nobody whom it may call");
            return arrival.refuse(Refusal::NotFound);
        }
    };
    match arrival.answer().await {
        // Refused, the leg is dropped with the ask, and hangs up.
        Ok(leg) => {
            let consult = Command::ask(agent, agent, Ask::Consult { target, leg });
            let _ = commands.send(consult).await;
        }
        Err(error) => tracing::info!(agent = agent.0, %error, "a phone gave up"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_names_the_queue_a_post_or_another_phone_and_no_number_is_dialled() {
        assert_eq!(meant("queue"), To::Queue);
        assert_eq!(meant("post-17"), To::Post(PostId(17)));
        assert_eq!(meant("ravi"), To::Phone("ravi".to_owned()));
        assert_eq!(meant("9000000001"), To::Phone("9000000001".to_owned()));
    }
}
