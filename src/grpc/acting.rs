//! What all acts on one case have in common at the API: who asks, which case, at which version, by which post.

use helpline_proto::v1;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::{
    cases as print,
    fail::{DOMAIN, reason},
    status,
};
use crate::{
    app::{
        App, Result as Done,
        cases::{self, CaseView},
    },
    domain::{actor::Actor, number::CaseNumber, refused::Refused},
};

/// The case as it stands after an act.
pub fn shown(done: Done<CaseView>) -> Result<Option<v1::Case>, Status> {
    done.map(|view| Some(print::case(view))).map_err(status::of)
}

/// Puts how the case stands beside the reason of a refusal, for a client that acted on what it had seen hours ago. Whoever
/// may not read the case hears nothing of it.
pub async fn explained(app: &App, by: &Actor, number: &str, refused: Status) -> Status {
    let mut details = refused.get_error_details();
    let Some(info) = details.error_info().cloned() else { return refused };
    let overtaken = match refused.code() {
        Code::FailedPrecondition => true,
        Code::Aborted => info.reason == reason::CHANGED_MEANWHILE,
        Code::PermissionDenied => info.reason == Refused::NotYourPost.reason(),
        _ => false,
    };
    let number = CaseNumber::parse(number).ok().filter(|_| overtaken);
    let Some(number) = number else { return refused };
    let Some(case) = cases::standing(app, by, number).await else { return refused };
    let mut metadata = info.metadata;
    let mut say = |key: &str, value: String| metadata.insert(key.to_owned(), value);
    say("number", case.number().to_string());
    say("etag", case.version.to_string());
    say("state", case.state.to_string());
    say("level", case.level.0.to_string());
    if let Some(post) = case.post {
        say("post", post.0.to_string());
    }
    if let Some(due) = case.due_at {
        say("due_at", due.to_string());
    }
    details.set_error_info(info.reason, DOMAIN, metadata);
    Status::with_error_details(refused.code(), refused.message(), details)
}

/// The fields that every act has; `alone` for those that no post does.
macro_rules! on {
    ($ask:ident) => {
        $crate::app::desk::On { post: $crate::grpc::fields::post(&$ask.post)?, ..on!($ask, alone) }
    };
    ($ask:ident, alone) => {
        $crate::app::desk::On {
            request_id: $crate::grpc::fields::request_id(std::mem::take(&mut $ask.request_id))?,
            number: $crate::grpc::fields::number(&$ask.number)?,
            etag: $crate::grpc::fields::etag(&$ask.etag)?,
            post: None,
        }
    };
}
pub(super) use on;

/// A service whose methods are acts: parse, call, print.
macro_rules! acts {
    ($trait:ident for $service:ident { $(
        $name:ident($request:ident) -> $response:ident = |$app:ident, $by:ident, $ask:ident| $done:expr;
    )+ }) => {
        #[tonic::async_trait]
        impl $trait for $service {
            $(async fn $name(
                &self,
                request: tonic::Request<v1::$request>,
            ) -> Result<tonic::Response<v1::$response>, tonic::Status> {
                let caller = $crate::grpc::door::caller(&request)?;
                let ($app, $by) = (&*self.0, &*caller.actor);
                let mut $ask = request.into_inner();
                let number = $ask.number.clone();
                let done: Result<v1::$response, tonic::Status> = async move { Ok($done) }.await;
                match done {
                    Ok(response) => Ok(tonic::Response::new(response)),
                    Err(status) => {
                        Err($crate::grpc::acting::explained($app, $by, &number, status).await)
                    }
                }
            })+
        }
    };
}
pub(super) use acts;
