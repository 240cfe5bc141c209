//! What all acts on one case have in common at the API: who asks, which case, at which version, by which post.

use helpline_proto::v1;
use tonic::Status;

use super::{cases as print, status};
use crate::app::{Result as Done, cases::CaseView};

/// The case as it stands after an act.
pub fn shown(done: Done<CaseView>) -> Result<Option<v1::Case>, Status> {
    done.map(|view| Some(print::case(view))).map_err(status::of)
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
                Ok(tonic::Response::new($done))
            })+
        }
    };
}
pub(super) use acts;
