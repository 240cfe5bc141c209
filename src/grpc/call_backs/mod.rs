//! The operator's list: citizens who wait to be called by a person.

use std::sync::Arc;

use helpline_proto::v1::{self, call_back_service_server::CallBackService};
use tonic::{Request, Response, Status};

use crate::{
    app::{App, calls},
    grpc::{door, fields::print_time, page, status, words},
};

pub struct CallBacks(pub Arc<App>);

#[tonic::async_trait]
impl CallBackService for CallBacks {
    async fn list_call_backs(
        &self,
        request: Request<v1::ListCallBacksRequest>,
    ) -> Result<Response<v1::ListCallBacksResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let (size, after) = page::parse_after(ask.page_size, &ask.page_token)?;
        let page =
            calls::call_backs(&self.0, &caller.actor, size, after).await.map_err(status::of)?;
        let next_page_token = page::after(page.next);
        let call_backs = page.rows.into_iter().map(print).collect();
        Ok(Response::new(v1::ListCallBacksResponse { call_backs, next_page_token }))
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
