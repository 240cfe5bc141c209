//! Calls whose line an external IVR holds: the same dialogues, over `Converse`.

use tokio::time::sleep;
use tracing::Instrument;

use super::{
    Calls, Room,
    asks::{Facts, Way, open_round},
    call_id,
    converse::{self, Attached, Line as ConverseLine, RESUME_WITHIN},
    line::Line,
    run::Told,
};
use crate::{
    app::{self, verification},
    dialogue::{
        AskId, Clip, Dialogue, Speech, prompts,
        talk::{Question, Reason},
    },
    domain::{
        actor::Actor,
        language::Language,
        number::CaseNumber,
        permissions::{self, Act, Object},
        phone::Phone,
    },
};

/// A call that a client has answered or placed.
#[derive(Debug, Clone)]
pub struct Start {
    /// The client's own id of the call; the same id again is the same call.
    pub call: String,
    /// As the network says it; None when it was withheld.
    pub caller_number: Option<String>,
    pub trunk: Option<String>,
    /// The client says that the network set the number; believed only of clients that the settings name.
    pub trusted_cli: bool,
    /// The call was placed to ask about this case's resolution.
    pub verify: Option<CaseNumber>,
    /// Given back with every message of the call, never looked at.
    pub client_state: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Session(#[from] converse::Error),
    #[error(transparent)]
    App(#[from] app::Error),
    #[error("no room for another call")]
    Full { retry_after_s: u32 },
}

impl Calls {
    /// Begins a client's call, or goes on with the one that it already began under this id.
    pub async fn start(&self, client: &Actor, start: Start) -> Result<Attached, Error> {
        let account = account(client)?;
        if let Some(session) = self.0.hub.known(account, &start.call)? {
            return Ok(session.attach(0));
        }
        let Some(room) = self.admit() else {
            return Err(Error::Full { retry_after_s: self.0.config.retry_after_s });
        };
        let (dialogue, facts, if_lost) = match start.verify {
            Some(number) => self.placed(client, number, &start).await?,
            None => self.answered(client, &start).await?,
        };
        let (session, line) =
            self.0.hub.open(account, &start.call, start.client_state, &local_rules())?;
        let attached = session.attach(0);
        let Some(line) = line else { return Ok(attached) };
        let span = tracing::info_span!("call", call = facts.call);
        tracing::info!(parent: &span, client = account, phone = ?facts.phone, "a client's call begins");
        let calls = self.clone();
        tokio::spawn(
            async move { calls.hold(line, dialogue, facts, if_lost, room).await }.instrument(span),
        );
        Ok(attached)
    }

    /// Goes on with a call whose stream was lost; it is sent everything after `last_sequence`.
    pub fn resume(
        &self,
        client: &Actor,
        token: &str,
        last_sequence: i64,
    ) -> Result<Attached, Error> {
        Ok(self.0.hub.find(account(client)?, token)?.attach(last_sequence))
    }

    async fn hold(
        self,
        line: ConverseLine,
        dialogue: Dialogue,
        facts: Facts,
        if_lost: Option<Told>,
        room: Room,
    ) {
        let session = line.session();
        let disposition =
            self.converse_on(Line::Converse(line), dialogue, facts, if_lost, None).await;
        tracing::info!(disposition, "a client's call has ended");
        // Whoever hears that the call has ended finds its place free.
        drop(room);
        session.end(disposition);
        // A client that lost its stream may still ask how the call ended.
        tokio::select! {
            () = sleep(RESUME_WITHIN) => {}
            () = self.0.disk.closed.cancelled() => {}
        }
        self.0.hub.forget(session.token());
    }

    async fn answered(
        &self,
        client: &Actor,
        start: &Start,
    ) -> Result<(Dialogue, Facts, Option<Told>), Error> {
        let phone = start.caller_number.as_deref().and_then(|number| Phone::parse(number).ok());
        let dialogue = Dialogue::citizen(phone.is_some());
        let trusted = start.trusted_cli && verification::is_trusted(&self.0.app, client).await?;
        let way = Way::Inbound { trusted_cli: trusted };
        let facts = Facts { phone, ..self.facts(client, start, way) };
        let question = Question::CallBack(Reason::LineLost);
        Ok((dialogue, facts, Some(Told::Question { id: AskId(u32::MAX), question })))
    }

    async fn placed(
        &self,
        client: &Actor,
        number: CaseNumber,
        start: &Start,
    ) -> Result<(Dialogue, Facts, Option<Told>), Error> {
        let order = verification::placed(&self.0.app, client, number).await?;
        let rounds = order.rounds.iter().map(open_round);
        let dialogue = Dialogue::verification(order.language, rounds.collect());
        let way = Way::Dialled { citizen: order.citizen, rounds: order.rounds };
        let facts = Facts {
            phone: Some(order.phone),
            language: order.language,
            ..self.facts(client, start, way)
        };
        Ok((dialogue, facts, None))
    }

    fn facts(&self, client: &Actor, start: &Start, way: Way) -> Facts {
        let now = self.0.app.now();
        Facts {
            call: call_id(),
            way,
            trunk: start.trunk.clone(),
            tries: Vec::new(),
            client: Some(client.clone()),
            phone: None,
            language: Language::Hindi,
            started_at: now,
            ringing_at: None,
            answered_at: Some(now),
        }
    }
}

fn account(client: &Actor) -> Result<i64, app::Error> {
    permissions::may(client, Act::Converse, Object::Nothing)?;
    client.account.ok_or(app::Error::Unauthenticated)
}

/// What a client plays when it cannot come back: that the caller is noted for an operator.
fn local_rules() -> Vec<Speech> {
    [Language::Hindi, Language::English]
        .map(|language| Speech { language, clips: vec![Clip::fixed(prompts::OPERATOR_MESSAGE)] })
        .to_vec()
}
