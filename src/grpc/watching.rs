//! A watch as a stream of numbered envelopes. It ends with the server, the session, the client's deadline, or the client;
//! nothing is read ahead of the client, so a slow one falls behind in the feed alone.

use std::{pin::Pin, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{
    door::Caller,
    fail::{self, field},
    status,
    unfold::unfold,
};
use crate::{
    app::{self, App, sessions},
    domain::actor::Actor,
};

/// A token holds a sequence for each node that was ever seen.
const RESUME_MAX_BYTES: usize = 16 * 1024;

/// What is watched.
pub trait Source: Send + 'static {
    type Event: Send;
    type Message: Send + 'static;

    /// The session was found good again, with what the person may see today.
    fn by(&mut self, actor: &Arc<Actor>) -> impl Future<Output = app::Result<()>> + Send;

    /// The next event; it must not wait past `until`. None when the server ends.
    fn next(
        &mut self,
        until: Instant,
    ) -> impl Future<Output = app::Result<Option<Self::Event>>> + Send;

    /// Where to go on from after the last event.
    fn token(&self) -> String;

    fn envelope(sequence: i64, resume_token: String, event: Self::Event) -> Self::Message;
}

pub type Stream<M> = Pin<Box<dyn tokio_stream::Stream<Item = Result<M, Status>> + Send>>;

/// How long a watch lives, and how often it is told so.
#[derive(Clone)]
pub struct Pace {
    /// How often a watch is told that it lives, and asked whether it still may.
    pub heartbeat_every: Duration,
    pub ending: CancellationToken,
}

pub fn resume(token: String) -> Result<Option<String>, Status> {
    match token.len() {
        0 => Ok(None),
        1..=RESUME_MAX_BYTES => Ok(Some(token)),
        _ => Err(field("resume_token", "not one that this helpline gave")),
    }
}

struct Watching<S> {
    app: Arc<App>,
    source: S,
    caller: Caller,
    pace: Pace,
    sequence: i64,
    /// When the session was last found good.
    checked: Instant,
    over: bool,
}

pub fn stream<S: Source>(
    app: Arc<App>,
    source: S,
    caller: Caller,
    pace: Pace,
) -> Stream<S::Message> {
    let checked = Instant::now();
    let watching = Watching { app, source, caller, pace, sequence: 0, checked, over: false };
    Box::pin(unfold(watching, |watching| Box::pin(watching.step())))
}

impl<S: Source> Watching<S> {
    async fn step(mut self) -> Option<(Result<S::Message, Status>, Self)> {
        if self.over {
            return None;
        }
        let told = match self.next().await {
            Ok(event) => {
                self.sequence += 1;
                Ok(S::envelope(self.sequence, self.source.token(), event))
            }
            Err(status) => {
                self.over = true;
                Err(status)
            }
        };
        Some((told, self))
    }

    async fn next(&mut self) -> Result<S::Event, Status> {
        // Who loses the session or a role stops seeing within one heartbeat.
        if self.checked.elapsed() >= self.pace.heartbeat_every {
            let actor =
                sessions::authenticate(&self.app, &self.caller.token).await.map_err(status::of)?;
            self.caller.actor = Arc::new(actor);
            self.source.by(&self.caller.actor).await.map_err(status::of)?;
            self.checked = Instant::now();
        }
        let until = self.checked + self.pace.heartbeat_every;
        let deadline = self.caller.deadline;
        let passed = async move {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let event = tokio::select! {
            biased;
            () = self.pace.ending.cancelled() => return Err(fail::shutting_down()),
            () = passed => return Err(fail::deadline()),
            event = self.source.next(until) => event.map_err(status::of)?,
        };
        event.ok_or_else(fail::shutting_down)
    }
}
