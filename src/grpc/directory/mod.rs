//! The directory as files, up and down, for administrators.

mod parse;
pub(super) mod print;
mod upload;
mod work;

use std::sync::Arc;

use helpline_proto::v1::{self, directory_service_server::DirectoryService};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use crate::{
    app::{App, directory},
    grpc::{door, status, uploads::told::Told},
};
use upload::receive;
use work::{Kind, work};

pub struct Directory {
    pub app: Arc<App>,
    pub ending: CancellationToken,
}

#[tonic::async_trait]
impl DirectoryService for Directory {
    async fn get_directory(
        &self,
        request: Request<v1::GetDirectoryRequest>,
    ) -> Result<Response<v1::GetDirectoryResponse>, Status> {
        let caller = door::caller(&request)?;
        let figures = directory::figures(&self.app, &caller.actor).await.map_err(status::of)?;
        Ok(Response::new(print::figures(figures)))
    }

    type ValidateDirectoryStream = Told<v1::ValidateDirectoryResponse>;

    async fn validate_directory(
        &self,
        request: Request<Streaming<v1::ValidateDirectoryRequest>>,
    ) -> Result<Response<Self::ValidateDirectoryStream>, Status> {
        let caller = door::caller(&request)?;
        let upload = receive(request.into_inner());
        Ok(Response::new(work(self, caller, upload, Kind::DryRun)))
    }

    type ImportDirectoryStream = Told<v1::ImportDirectoryResponse>;

    async fn import_directory(
        &self,
        request: Request<Streaming<v1::ImportDirectoryRequest>>,
    ) -> Result<Response<Self::ImportDirectoryStream>, Status> {
        let caller = door::caller(&request)?;
        let upload = receive(request.into_inner());
        Ok(Response::new(work(self, caller, upload, Kind::Import)))
    }

    type DiffDirectoryStream = Told<v1::DiffDirectoryResponse>;

    async fn diff_directory(
        &self,
        request: Request<Streaming<v1::DiffDirectoryRequest>>,
    ) -> Result<Response<Self::DiffDirectoryStream>, Status> {
        let caller = door::caller(&request)?;
        let upload = receive(request.into_inner());
        Ok(Response::new(work(self, caller, upload, Kind::DryRun)))
    }

    type ExportDirectoryStream = Told<v1::ExportDirectoryResponse>;

    async fn export_directory(
        &self,
        request: Request<v1::ExportDirectoryRequest>,
    ) -> Result<Response<Self::ExportDirectoryStream>, Status> {
        let caller = door::caller(&request)?;
        let form = parse::form(request.into_inner().form)?;
        let files = directory::export(&self.app, &caller.actor, form).await.map_err(status::of)?;
        Ok(Response::new(Box::pin(tokio_stream::iter(print::chunks(files)))))
    }
}
