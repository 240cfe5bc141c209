//! A watch as a stream of numbered envelopes. It ends with the server, the session, the client's deadline, or the client.

use std::{pin::Pin, sync::Arc, time::Duration};

use helpline_proto::v1::{
    WatchCasesResponse,
    watch_cases_response::{CaseFact, Event, Heartbeat, Resync},
};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::{
    app::{
        App,
        cases::{Watch, Watched, watch},
        sessions,
    },
    grpc::{cases, door::Caller, fail, status, unfold::unfold},
};

type Told = Result<WatchCasesResponse, Status>;

pub type Stream = Pin<Box<dyn tokio_stream::Stream<Item = Told> + Send>>;

struct Watching {
    app: Arc<App>,
    facts: Watch,
    caller: Caller,
    heartbeat_every: Duration,
    ending: CancellationToken,
    sequence: i64,
    resume_token: String,
    /// When the session was last found good.
    checked: Instant,
    over: bool,
}

pub fn stream(
    app: Arc<App>,
    facts: Watch,
    caller: Caller,
    heartbeat_every: Duration,
    ending: CancellationToken,
) -> Stream {
    let watching = Watching {
        app,
        facts,
        caller,
        heartbeat_every,
        ending,
        sequence: 0,
        resume_token: String::new(),
        checked: Instant::now(),
        over: false,
    };
    Box::pin(unfold(watching, |watching| Box::pin(watching.step())))
}

impl Watching {
    async fn step(mut self) -> Option<(Told, Self)> {
        if self.over {
            return None;
        }
        let told = self.next().await;
        let told = match told {
            Ok(event) => {
                self.sequence += 1;
                Ok(WatchCasesResponse {
                    sequence: self.sequence,
                    resume_token: self.resume_token.clone(),
                    event: Some(event),
                })
            }
            Err(status) => {
                self.over = true;
                Err(status)
            }
        };
        Some((told, self))
    }

    async fn next(&mut self) -> Result<Event, Status> {
        // Who loses the session or a role stops seeing within one heartbeat.
        if self.checked.elapsed() >= self.heartbeat_every {
            let actor =
                sessions::authenticate(&self.app, &self.caller.token).await.map_err(status::of)?;
            self.facts.by(&actor).map_err(status::of)?;
            self.caller.actor = Arc::new(actor);
            self.checked = Instant::now();
        }
        let until = self.checked + self.heartbeat_every;
        let deadline = self.caller.deadline;
        let passed = async move {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let watched = tokio::select! {
            biased;
            () = self.ending.cancelled() => return Err(fail::shutting_down()),
            () = passed => return Err(fail::deadline()),
            watched = self.facts.next(until) => watched.map_err(status::of)?,
        };
        let event = match watched {
            Some(Watched::Fact { number, event }) => Event::Fact(CaseFact {
                number: number.to_string(),
                event: Some(cases::event(event)),
            }),
            Some(Watched::Resync) => {
                // Subscribed before the client lists again, so that nothing falls in between.
                self.facts =
                    watch(&self.app, &self.caller.actor, None).await.map_err(status::of)?;
                Event::Resync(Resync {})
            }
            Some(Watched::Quiet) => Event::Heartbeat(Heartbeat {}),
            None => return Err(fail::shutting_down()),
        };
        self.resume_token = self.facts.token();
        Ok(event)
    }
}
