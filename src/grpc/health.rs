//! Health as gRPC knows it: serving or not, for the whole and without detail.

use std::{sync::Arc, time::Duration};

use tokio::{task::JoinHandle, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tonic_health::{
    ServingStatus,
    pb::health_server::HealthServer,
    server::{HealthReporter, HealthService},
};

use crate::app::App;

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A feed further behind than this shows what is no longer true; it also stands still when the writer has stopped.
const LAG_MAX: Duration = Duration::from_secs(5);

pub type Service = HealthServer<HealthService>;

/// The service, and the task that keeps it true until `ending`.
pub fn service(app: Arc<App>, ending: CancellationToken) -> (JoinHandle<()>, Service) {
    let reporter = HealthReporter::new();
    let service = HealthServer::new(HealthService::from_health_reporter(reporter.clone()));
    let task = tokio::spawn(async move {
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = ending.cancelled() => break,
                _ = tick.tick() => reporter.set_service_status("", status(&app)).await,
            }
        }
        reporter.set_service_status("", ServingStatus::NotServing).await;
    });
    (task, service)
}

fn status(app: &App) -> ServingStatus {
    if app.lag() <= LAG_MAX { ServingStatus::Serving } else { ServingStatus::NotServing }
}
