//! What is done with a call from the command line: send it on, share it, hear it as a supervisor.

use helpline_proto::v1::{self, call_target::To};
use serde_json::json;

use super::state;
use crate::cli::{
    client::{Options, request_id},
    error::Result,
    print,
};

/// Whom a call goes to: one of these.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Target {
    /// Another agent, by login
    #[arg(long)]
    to: Option<String>,
    /// Whoever holds this post now, at the registered mobile
    #[arg(long)]
    post: Option<String>,
    /// Back to the queue, for skills as "department:phe womens_desk"; anyone when there are none
    #[arg(long, num_args = 0..=1, default_missing_value = "")]
    queue: Option<String>,
}

impl Target {
    fn parse(self) -> v1::CallTarget {
        let queue = self.queue.map(|skills| To::Queue(v1::QueueTarget { skills }));
        let to = self.to.map(To::Agent).or(self.post.map(To::Post)).or(queue);
        v1::CallTarget { to }
    }
}

#[derive(Debug, clap::Args)]
pub struct Hear {
    /// The agent whose call it is, by login
    agent: String,
    /// Why: it is written down, before your phone rings
    #[arg(long)]
    reason: String,
}

#[derive(Debug, clap::Subcommand)]
pub enum Conversation {
    /// Send your caller on without asking first
    Transfer(Target),
    /// Ring somebody into your call
    Invite {
        #[command(flatten)]
        target: Target,
        /// The citizen hears music, until you join or hand over
        #[arg(long)]
        apart: bool,
    },
    /// Let the citizen in to you and your guest
    Join,
    /// Leave the citizen with your guest
    HandOver,
    /// Let your guest go, or take a transfer back
    DropGuest,
    /// Hear an agent's call at your desk phone
    Listen(Hear),
    /// Hear it, and be heard by the agent alone
    Whisper(Hear),
    /// Hear it, and be heard by both
    Barge(Hear),
    /// Have the agent's call from here on
    TakeOver(Hear),
    /// Listen no more
    StopListening,
    /// Ring your own phone and then the citizen of a case, whose number nobody is shown
    Call {
        /// The case's number
        number: String,
        /// The review meeting that the case is on the agenda of
        #[arg(long, default_value = "")]
        meeting: String,
    },
    /// Whom a supervisor listened to, for how long and why
    Supervisions {
        #[arg(default_value = "supervisor")]
        supervisor: String,
    },
}

pub async fn run(conversation: Conversation, options: &Options) -> Result<()> {
    let connection = options.connect().await?;
    let mut client = connection.conversations();
    let now = match conversation {
        Conversation::Transfer(target) => {
            let to = Some(target.parse());
            let request = v1::TransferCallRequest { request_id: request_id()?, to };
            client.transfer_call(request).await?.into_inner().state
        }
        Conversation::Invite { target, apart } => {
            let to = Some(target.parse());
            let request = v1::InviteToCallRequest { request_id: request_id()?, to, apart };
            client.invite_to_call(request).await?.into_inner().state
        }
        Conversation::Join => client.join_call(v1::JoinCallRequest {}).await?.into_inner().state,
        Conversation::HandOver => {
            client.hand_over_call(v1::HandOverCallRequest {}).await?.into_inner().state
        }
        Conversation::DropGuest => {
            client.drop_guest(v1::DropGuestRequest {}).await?.into_inner().state
        }
        Conversation::Listen(hear) => {
            client
                .supervise_call(heard(hear, v1::SupervisionMode::Listen)?)
                .await?
                .into_inner()
                .state
        }
        Conversation::Whisper(hear) => {
            client
                .supervise_call(heard(hear, v1::SupervisionMode::Whisper)?)
                .await?
                .into_inner()
                .state
        }
        Conversation::Barge(hear) => {
            client
                .supervise_call(heard(hear, v1::SupervisionMode::Barge)?)
                .await?
                .into_inner()
                .state
        }
        Conversation::TakeOver(hear) => {
            let request = heard(hear, v1::SupervisionMode::TakeOver)?;
            client.supervise_call(request).await?.into_inner().state
        }
        Conversation::StopListening => {
            client.end_supervision(v1::EndSupervisionRequest {}).await?.into_inner().state
        }
        Conversation::Call { number, meeting } => {
            let request = v1::CallCitizenRequest { request_id: request_id()?, number, meeting };
            let call = client.call_citizen(request).await?.into_inner().call;
            let text = || format!("your phone rings; the call is {call}");
            print::out(options.json, || json!({ "call": call }), text);
            return Ok(());
        }
        Conversation::Supervisions { supervisor } => {
            let request = v1::ListSupervisionsRequest { supervisor };
            let listed = client.list_supervisions(request).await?.into_inner().supervisions;
            list(options.json, &listed);
            return Ok(());
        }
    };
    state(options.json, now);
    Ok(())
}

fn heard(hear: Hear, mode: v1::SupervisionMode) -> Result<v1::SuperviseCallRequest> {
    Ok(v1::SuperviseCallRequest {
        request_id: request_id()?,
        agent: hear.agent,
        mode: mode.into(),
        reason: hear.reason,
    })
}

fn list(json: bool, listed: &[v1::Supervision]) {
    let mode = |one: &v1::Supervision| {
        print::word(one.mode().as_str_name(), "SUPERVISION_MODE_").to_owned()
    };
    let value = || {
        let one = |one: &v1::Supervision| {
            json!({
                "began_at": print::time_json(one.began_at),
                "supervisor": one.supervisor,
                "agent": one.agent,
                "call": one.call,
                "mode": mode(one),
                "reason": one.reason,
                "lasted_ms": one.lasted_ms,
            })
        };
        listed.iter().map(one).collect()
    };
    let text = || {
        let cells = listed.iter().map(|one| {
            [
                print::time(one.began_at),
                one.agent.clone(),
                mode(one),
                one.lasted_ms.map_or("-".to_owned(), |ms| format!("{} s", ms / 1_000)),
                one.reason.clone(),
            ]
        });
        print::table(["BEGAN", "AGENT", "MODE", "LASTED", "REASON"], cells)
    };
    print::out(json, value, text);
}
