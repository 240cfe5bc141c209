//! The line of an external IVR: one stream of one call; the call itself lives in `calls` and outlives it.

mod parse;
mod print;

use std::{pin::Pin, sync::Arc, time::Duration};

use helpline_proto::v1::{
    ConverseRequest, ConverseResponse, converse_request::Event, ivr_service_server::IvrService,
};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status, Streaming};

use super::{
    door::{self, Caller, limits::HEARTBEAT_EVERY},
    fail::{self, fail, reason},
    status,
    unfold::unfold,
};
use crate::{
    app::{App, sessions},
    calls::{
        Calls, Error,
        converse::{self, Attached, Ending},
    },
};

/// A stream begins with `start` or `resume` at once.
const FIRST_MESSAGE: Duration = Duration::from_secs(5);

type Told = Result<ConverseResponse, Status>;

pub struct Ivr {
    pub app: Arc<App>,
    pub calls: Calls,
    pub ending: CancellationToken,
}

#[tonic::async_trait]
impl IvrService for Ivr {
    type ConverseStream = Pin<Box<dyn tokio_stream::Stream<Item = Told> + Send>>;

    async fn converse(
        &self,
        request: Request<Streaming<ConverseRequest>>,
    ) -> Result<Response<Self::ConverseStream>, Status> {
        let caller = door::caller(&request)?;
        let mut incoming = request.into_inner();
        let first = timeout(FIRST_MESSAGE, incoming.message())
            .await
            .map_err(|_| fail::deadline())??
            .ok_or_else(|| fail::field("event", "the first is start or resume"))?;
        let attached = match first.event {
            Some(Event::Start(start)) => {
                let start = parse::start(first.sequence, start)?;
                self.calls.start(&caller.actor, start).await
            }
            Some(Event::Resume(resume)) => {
                self.calls.resume(&caller.actor, &resume.resume_token, resume.last_sequence)
            }
            _ => return Err(fail::field("event", "the first is start or resume")),
        };
        let talking = Talking {
            app: self.app.clone(),
            attached: attached.map_err(refused)?,
            incoming: Some(incoming),
            caller,
            ending: self.ending.clone(),
            hung_up: false,
            checked: Instant::now(),
            over: false,
        };
        Ok(Response::new(Box::pin(unfold(talking, |talking| Box::pin(talking.step())))))
    }
}

struct Talking {
    app: Arc<App>,
    attached: Attached,
    /// None when the client has said its last.
    incoming: Option<Streaming<ConverseRequest>>,
    caller: Caller,
    ending: CancellationToken,
    hung_up: bool,
    /// When the session was last found good.
    checked: Instant,
    over: bool,
}

impl Talking {
    async fn step(mut self) -> Option<(Told, Self)> {
        if self.over {
            return None;
        }
        let told = self.next().await?;
        self.over = told.is_err();
        Some((told, self))
    }

    /// None when the stream is over without a fault.
    async fn next(&mut self) -> Option<Told> {
        loop {
            if self.checked.elapsed() >= HEARTBEAT_EVERY {
                if let Err(error) = sessions::authenticate(&self.app, &self.caller.token).await {
                    return Some(Err(status::of(error)));
                }
                self.checked = Instant::now();
            }
            let message = async {
                match &mut self.incoming {
                    Some(incoming) => incoming.message().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = self.ending.cancelled() => return Some(Err(fail::shutting_down())),
                outgoing = self.attached.next() => return match outgoing {
                    Ok(outgoing) => Some(Ok(print::response(&self.attached, outgoing))),
                    Err(ending) => ended(ending).map(Err),
                },
                message = message => match message {
                    Ok(Some(request)) => {
                        if let Err(status) = self.take(request) {
                            return Some(Err(status));
                        }
                    }
                    // Whoever has hung up may still wait for how the call ended; anybody else is lost.
                    Ok(None) if self.hung_up => self.incoming = None,
                    Ok(None) | Err(_) => return None,
                },
                () = tokio::time::sleep(HEARTBEAT_EVERY) => {}
            }
        }
    }

    fn take(&mut self, request: ConverseRequest) -> Result<(), Status> {
        let event = parse::event(request.event)?;
        self.hung_up |= matches!(event, converse::FromClient::HungUp { .. });
        match self.attached.take(request.sequence, event) {
            // The last messages of a call cross its end.
            Ok(()) | Err(converse::Error::Over) => Ok(()),
            Err(error) => Err(refused(error.into())),
        }
    }
}

fn ended(ending: Ending) -> Option<Status> {
    match ending {
        Ending::Over => None,
        Ending::Replaced => {
            Some(fail(Code::Aborted, reason::CALL_UNKNOWN, "the call goes on in another stream"))
        }
        Ending::Slow => Some(fail(
            Code::ResourceExhausted,
            reason::SLOW_CLIENT,
            "messages were not read: resume the call",
        )),
    }
}

fn refused(error: Error) -> Status {
    use converse::Error as Session;
    match error {
        Error::App(error) => status::of(error),
        Error::Full { retry_after_s } => fail::wait(
            Code::ResourceExhausted,
            reason::BUSY,
            "no room for another call",
            Duration::from_secs(u64::from(retry_after_s)),
        ),
        Error::Session(error) => match error {
            Session::NoSuchCall | Session::Over => {
                fail(Code::NotFound, reason::CALL_UNKNOWN, error.to_string())
            }
            Session::Gap { .. } => {
                fail(Code::FailedPrecondition, reason::OUT_OF_ORDER, error.to_string())
            }
            Session::TooFast | Session::Full => {
                fail(Code::ResourceExhausted, reason::BUSY, error.to_string())
            }
            Session::CallId => fail::field("start.call", "1 to 128 bytes"),
        },
    }
}
