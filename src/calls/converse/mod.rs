//! Calls whose line an external IVR holds: sessions that outlive their streams, numbered both ways, resumed by token.

mod line;
mod session;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

pub(crate) use line::Line;
pub use session::{Attached, Ending, Outgoing};

use session::Session;
use tokio_util::sync::CancellationToken;

use crate::{
    dialogue::{Clip, Speech},
    domain::language::Language,
};

/// How long a call is kept whose stream is lost; then the client's local rules rule.
pub const RESUME_WITHIN: Duration = Duration::from_secs(30);
/// How long after it was sent an action may still begin.
pub const ACTION_DEADLINE: Duration = Duration::from_secs(5);
/// Calls of all clients, those included that have ended and may still be asked about.
pub const SESSIONS_MAX: usize = 1_024;
/// Longest id that a client may give its call.
pub const CALL_ID_MAX: usize = 128;

/// What the client says of its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromClient {
    Key(char),
    Played {
        action: String,
    },
    Recorded {
        action: String,
        duration_ms: u32,
        reference: String,
        sha256: Option<[u8; 32]>,
        partial: Option<String>,
    },
    /// How another action ended, or why a play or record could not be done.
    Result {
        action: String,
        outcome: Outcome,
        reason: String,
    },
    HungUp {
        failed: bool,
    },
    /// Something that this version does not know.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Interrupted,
    Failed,
    Unsupported,
    TooLate,
}

/// What the client is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToClient {
    /// The first message; `local_rules` is played when the client cannot come back.
    Opened {
        local_rules: Vec<Prompt>,
    },
    Action {
        id: String,
        verb: Verb,
    },
    /// The last message.
    Ended {
        disposition: &'static str,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// Without gaps between them; it replaces what plays.
    Play(Vec<Prompt>),
    Stop,
    Record {
        longest_ms: u32,
    },
    StopRecording,
    HangUp,
}

/// One clip to be played; `generic` stands in when the client has no sound for `key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    pub language: Language,
    pub key: String,
    pub generic: Option<&'static str>,
}

fn prompts(speech: &[Speech]) -> Vec<Prompt> {
    let prompt = |language, clip: &Clip| Prompt {
        language,
        key: clip.key.clone().into_owned(),
        generic: clip.generic,
    };
    speech
        .iter()
        .flat_map(|part| part.clips.iter().map(move |clip| prompt(part.language, clip)))
        .collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("no such call, or it was kept no longer")]
    NoSuchCall,
    #[error("message {expected} is missing before {got}")]
    Gap { expected: i64, got: i64 },
    #[error("too many messages of this call wait")]
    TooFast,
    #[error("the call has ended")]
    Over,
    #[error("call id is empty or too long")]
    CallId,
    #[error("too many calls are under way")]
    Full,
}

/// The sessions of this process.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    sessions: Mutex<HashMap<String, Arc<Session>>>,
    /// Lines end with it.
    closed: CancellationToken,
}

impl Hub {
    pub(crate) fn new(closed: CancellationToken) -> Self {
        Self { closed, ..Self::default() }
    }

    /// The session of this client's call, if there is one.
    pub(crate) fn known(&self, client: i64, call: &str) -> Result<Option<Arc<Session>>, Error> {
        if call.is_empty() || call.len() > CALL_ID_MAX {
            return Err(Error::CallId);
        }
        Ok(self.lock().values().find(|session| session.is_of(client, call)).cloned())
    }

    /// The session of this client's call, and whether it is new.
    pub(crate) fn open(
        &self,
        client: i64,
        call: &str,
        client_state: Vec<u8>,
        local_rules: &[Speech],
    ) -> Result<(Arc<Session>, Option<Line>), Error> {
        if call.is_empty() || call.len() > CALL_ID_MAX {
            return Err(Error::CallId);
        }
        let mut sessions = self.lock();
        if let Some(known) = sessions.values().find(|session| session.is_of(client, call)) {
            return Ok((Arc::clone(known), None));
        }
        if sessions.len() >= SESSIONS_MAX {
            let over = sessions.values().find(|session| session.is_over());
            let over = over.map(|session| session.token().to_owned()).ok_or(Error::Full)?;
            sessions.remove(&over);
        }
        let token = token();
        let (session, events) = Session::new(
            client,
            call.to_owned(),
            token.clone(),
            client_state,
            prompts(local_rules),
        );
        let session = Arc::new(session);
        sessions.insert(token, Arc::clone(&session));
        Ok((Arc::clone(&session), Some(Line::new(session, events, self.closed.clone()))))
    }

    pub(crate) fn find(&self, client: i64, token: &str) -> Result<Arc<Session>, Error> {
        let session = self.lock().get(token).cloned().filter(|session| session.client == client);
        session.ok_or(Error::NoSuchCall)
    }

    pub(crate) fn forget(&self, token: &str) {
        self.lock().remove(token);
    }

    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Session>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever knows it may go on with the call: 128 bits of chance.
fn token() -> String {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
