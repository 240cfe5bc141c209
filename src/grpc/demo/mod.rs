//! The demonstration's clock.

use std::{sync::Arc, time::Duration};

use helpline_proto::v1::{self, demo_service_server::DemoService};
use tonic::{Request, Response, Status};

use crate::{
    app::{self, App, demo},
    grpc::{
        door,
        fail::field,
        fields::{self, print_time},
        status,
    },
};

const ADVANCE_MAX: Duration = Duration::from_secs(400 * 86_400);

pub struct Demo(pub Arc<App>);

#[tonic::async_trait]
impl DemoService for Demo {
    async fn get_clock(
        &self,
        _request: Request<v1::GetClockRequest>,
    ) -> Result<Response<v1::GetClockResponse>, Status> {
        Ok(Response::new(v1::GetClockResponse { now: Some(print_time(self.0.now())) }))
    }

    async fn advance_clock(
        &self,
        request: Request<v1::AdvanceClockRequest>,
    ) -> Result<Response<v1::AdvanceClockResponse>, Status> {
        let caller = door::caller(&request)?;
        let by_ms = fields::span_ms("by", request.into_inner().by, ADVANCE_MAX)?;
        if by_ms == 0 {
            return Err(field("by", "more than nothing"));
        }
        // It is brought to its end even when the client does not wait for it: a clock half moved helps nobody.
        let (app, actor) = (self.0.clone(), caller.actor.clone());
        let advanced = tokio::spawn(async move { demo::advance(&app, &actor, by_ms).await })
            .await
            .map_err(|error| status::of(app::Error::internal(error)))?
            .map_err(status::of)?;
        Ok(Response::new(v1::AdvanceClockResponse {
            now: Some(print_time(advanced.now)),
            escalated: i64::try_from(advanced.escalated).unwrap_or(i64::MAX),
        }))
    }
}
