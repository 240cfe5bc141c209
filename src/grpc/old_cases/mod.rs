//! Old cases as files, for the directorate.

mod print;

use std::{pin::Pin, sync::Arc};

use helpline_proto::v1::{self, old_case_service_server::OldCaseService};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use crate::{
    app::{
        App,
        old_cases::{self, BYTES_MAX, FILES_MAX, File, Progress, Report},
    },
    grpc::{
        door::{self, Caller},
        fail::field,
        status,
        uploads::{
            pieces::Pieces,
            told::{Told, stream},
        },
    },
};

pub struct OldCases {
    pub app: Arc<App>,
    pub ending: CancellationToken,
}

type Files = Pin<Box<dyn Future<Output = Result<Vec<File>, Status>> + Send>>;

#[tonic::async_trait]
impl OldCaseService for OldCases {
    type ValidateCasesStream = Told<v1::ValidateCasesResponse>;

    async fn validate_cases(
        &self,
        request: Request<Streaming<v1::ValidateCasesRequest>>,
    ) -> Result<Response<Self::ValidateCasesStream>, Status> {
        let caller = door::caller(&request)?;
        let files = receive(request.into_inner(), |request| request.chunk);
        Ok(Response::new(self.work(caller, files, Kind::DryRun, print::validated)))
    }

    type ImportCasesStream = Told<v1::ImportCasesResponse>;

    async fn import_cases(
        &self,
        request: Request<Streaming<v1::ImportCasesRequest>>,
    ) -> Result<Response<Self::ImportCasesStream>, Status> {
        let caller = door::caller(&request)?;
        let files = receive(request.into_inner(), |request| request.chunk);
        Ok(Response::new(self.work(caller, files, Kind::Import, print::imported)))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    DryRun,
    Import,
}

/// One answer of either.
enum Part {
    Progress(Progress),
    Report(Report),
}

impl OldCases {
    fn work<T: Send + 'static>(
        &self,
        caller: Caller,
        files: Files,
        kind: Kind,
        print: fn(Part) -> T,
    ) -> Told<T> {
        let (app, by) = (self.app.clone(), Arc::clone(&caller.actor));
        stream(caller, self.ending.clone(), move |teller| async move {
            let files = files.await?;
            let told = move |progress| teller.tell(print(Part::Progress(progress)));
            let done = match kind {
                Kind::DryRun => old_cases::validate(&app, &by, files, &told).await,
                Kind::Import => old_cases::import(&app, &by, files, &told).await,
            };
            done.map(|report| print(Part::Report(report))).map_err(status::of)
        })
    }
}

/// Reads until the client has sent all.
fn receive<T: Send + 'static>(
    mut stream: Streaming<T>,
    chunk: fn(T) -> Option<v1::DirectoryChunk>,
) -> Files {
    Box::pin(async move {
        let mut pieces = Pieces::new(FILES_MAX, BYTES_MAX);
        while let Some(message) = stream.message().await? {
            pieces.add(chunk(message).ok_or_else(|| field("chunk", "missing"))?)?;
        }
        Ok(pieces.files)
    })
}
