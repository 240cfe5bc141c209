//! The operator's list: citizens who wait to be called by a person.

use std::sync::Arc;

use helpline_proto::v1::{self, call_back_service_server::CallBackService};
use tonic::{Request, Response, Status};

use crate::{
    app::{App, calls},
    grpc::{
        door,
        fields::{self, print_time},
        status, words,
    },
};

pub struct CallBacks(pub Arc<App>);

#[tonic::async_trait]
impl CallBackService for CallBacks {
    async fn list_call_backs(
        &self,
        request: Request<v1::ListCallBacksRequest>,
    ) -> Result<Response<v1::ListCallBacksResponse>, Status> {
        let caller = door::caller(&request)?;
        let (size, _) = fields::page(request.into_inner().page_size, "")?;
        let waiting = calls::call_backs(&self.0, &caller.actor, size).await.map_err(status::of)?;
        let call_backs = waiting.into_iter().map(print).collect();
        Ok(Response::new(v1::ListCallBacksResponse { call_backs }))
    }
}

fn print(view: calls::CallBackView) -> v1::CallBack {
    let one = view.call_back;
    v1::CallBack {
        id: one.id.to_string(),
        phone_masked: view.phone.map(|phone| phone.masked()).unwrap_or_default(),
        language: words::language(one.language),
        reason: one.reason,
        at: Some(print_time(one.at)),
    }
}
