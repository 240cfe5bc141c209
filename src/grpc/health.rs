//! Health as gRPC knows it, Check and Watch: serving or not, for the whole and for the workers, without detail.

use std::{pin::Pin, sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinHandle,
    time::{Instant, MissedTickBehavior},
};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status};
use tonic_health::{
    ServingStatus,
    pb::{HealthCheckRequest, HealthCheckResponse, health_server, health_server::HealthServer},
};

use super::{
    door::{
        self,
        listener::{Busy, Life},
    },
    fail::{fail, reason},
    unfold::unfold,
};
use crate::app::App;

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A feed further behind than this shows what is no longer true; it also stands still when the writer has stopped.
const LAG_MAX: Duration = Duration::from_secs(5);
/// A worker that panicked is started again; one that does nothing else takes the whole helpline's word back.
const PANICS_IN_A_ROW_MAX: u32 = 3;
/// Streams of health that are open at a time: anyone may hold one.
const WATCHES_MAX: usize = 32;

/// The name that says how the workers are: escalation, the dialler, notices.
const WORKERS: &str = "helpline.workers";

pub type Service = HealthServer<Health>;

#[derive(Clone)]
pub struct Health {
    state: watch::Receiver<State>,
    watches: Arc<Semaphore>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    whole: bool,
    workers: bool,
    ending: bool,
}

impl State {
    fn of(app: &App) -> Self {
        let panics = app.panics_in_a_row();
        Self {
            whole: app.lag() <= LAG_MAX && panics < PANICS_IN_A_ROW_MAX,
            workers: panics == 0,
            ending: false,
        }
    }

    /// None for a name that is none of ours.
    fn status(self, service: &str) -> Option<ServingStatus> {
        let serves = match service {
            "" => self.whole,
            WORKERS => self.workers,
            _ => return None,
        };
        Some(if serves && !self.ending {
            ServingStatus::Serving
        } else {
            ServingStatus::NotServing
        })
    }
}

/// The service, and the task that keeps it true until `ending`.
pub fn service(app: Arc<App>, ending: CancellationToken) -> (JoinHandle<()>, Service) {
    let (tell, state) = watch::channel(State::of(&app));
    let task = tokio::spawn(async move {
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = ending.cancelled() => break,
                _ = tick.tick() => {
                    let now = State::of(&app);
                    tell.send_if_modified(|known| std::mem::replace(known, now) != now);
                }
            }
        }
        tell.send_modify(|state| state.ending = true);
    });
    let health = Health { state, watches: Arc::new(Semaphore::new(WATCHES_MAX)) };
    (task, HealthServer::new(health))
}

type Told = Result<HealthCheckResponse, Status>;

struct Watching {
    service: String,
    state: watch::Receiver<State>,
    /// What was said last.
    said: Option<i32>,
    deadline: Option<Instant>,
    _place: (OwnedSemaphorePermit, Option<Busy>),
}

#[tonic::async_trait]
impl health_server::Health for Health {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        let status = self.state.borrow().status(&request.into_inner().service);
        let status = status.ok_or_else(|| Status::not_found("no service of this name"))?;
        Ok(Response::new(HealthCheckResponse { status: status as i32 }))
    }

    type WatchStream = Pin<Box<dyn tokio_stream::Stream<Item = Told> + Send>>;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        // The caller's place among the calls under way is given back: a watch must not keep others from signing in.
        let deadline = door::caller(&request)?.deadline;
        let busy = request.extensions().get::<Life>().map(Life::busy);
        let place = Arc::clone(&self.watches).try_acquire_owned().map_err(|_| {
            fail(Code::ResourceExhausted, reason::TOO_MANY_IN_FLIGHT, "health is watched by many")
        })?;
        let watching = Watching {
            service: request.into_inner().service,
            state: self.state.clone(),
            said: None,
            deadline,
            _place: (place, busy),
        };
        Ok(Response::new(Box::pin(unfold(watching, |watching| Box::pin(watching.step())))))
    }
}

impl Watching {
    async fn step(mut self) -> Option<(Told, Self)> {
        loop {
            let state = *self.state.borrow_and_update();
            // A name that is unknown now may be known later, so the stream goes on (grpc/health.proto).
            let status =
                state.status(&self.service).map_or(SERVICE_UNKNOWN, |status| status as i32);
            if self.said != Some(status) {
                self.said = Some(status);
                return Some((Ok(HealthCheckResponse { status }), self));
            }
            if state.ending {
                return None;
            }
            let passed = async {
                match self.deadline {
                    Some(deadline) => tokio::time::sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = passed => return None,
                changed = self.state.changed() => changed.ok()?,
            }
        }
    }
}

const SERVICE_UNKNOWN: i32 =
    tonic_health::pb::health_check_response::ServingStatus::ServiceUnknown as i32;
