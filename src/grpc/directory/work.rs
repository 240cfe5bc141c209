//! An import or a dry run as a stream: how far it is, then what came of it. When the client goes, the work stops,
//! and nothing of it is seen.

use std::{pin::Pin, sync::Arc};

use helpline_proto::v1;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{Directory, Told, print, upload::Receiving};
use crate::{
    app::directory::{self, Progress, Report},
    grpc::{door::Caller, fail, status, unfold::unfold},
};

/// Progress that the client has not read yet; more is left out.
const PROGRESS_MAX: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    DryRun,
    Import,
}

/// One answer of any of the uploads.
pub enum Part {
    Progress(v1::DirectoryProgress),
    Report(v1::DirectoryReport),
}

macro_rules! parts {
    ($($response:ident, $module:ident);+ $(;)?) => {$(
        impl From<Part> for v1::$response {
            fn from(part: Part) -> Self {
                let part = match part {
                    Part::Progress(progress) => v1::$module::Part::Progress(progress),
                    Part::Report(report) => v1::$module::Part::Report(report),
                };
                Self { part: Some(part) }
            }
        }
    )+};
}

parts! {
    ValidateDirectoryResponse, validate_directory_response;
    ImportDirectoryResponse, import_directory_response;
    DiffDirectoryResponse, diff_directory_response;
}

type Work = Pin<Box<dyn Future<Output = Result<Report, Status>> + Send>>;

struct Working {
    /// None when the report was told.
    work: Option<Work>,
    progress: mpsc::Receiver<Progress>,
    ending: CancellationToken,
    /// It counts among the account's calls as long as it runs.
    _caller: Caller,
}

pub fn stream<T: From<Part> + 'static>(
    service: &Directory,
    caller: Caller,
    upload: Receiving,
    kind: Kind,
) -> Told<T> {
    let (sender, progress) = mpsc::channel(PROGRESS_MAX);
    let (app, by) = (service.app.clone(), Arc::clone(&caller.actor));
    let work = Box::pin(async move {
        let upload = upload.await?;
        // What finds no room is told by the next.
        let told = move |progress| {
            let _ = sender.try_send(progress);
        };
        let done = match kind {
            Kind::DryRun => directory::validate(&app, &by, upload, &told).await,
            Kind::Import => directory::import(&app, &by, upload, &told).await,
        };
        done.map_err(status::of)
    });
    let ending = service.ending.clone();
    let working = Working { work: Some(work), progress, ending, _caller: caller };
    Box::pin(unfold(working, |working| Box::pin(working.step())))
}

impl Working {
    async fn step<T: From<Part>>(mut self) -> Option<(Result<T, Status>, Self)> {
        let work = self.work.as_mut()?;
        let told = tokio::select! {
            biased;
            () = self.ending.cancelled() => Err(fail::shutting_down()),
            Some(progress) = self.progress.recv() => Ok(Part::Progress(print::progress(progress))),
            done = work => done.map(|report| Part::Report(print::report(report))),
        };
        if !matches!(told, Ok(Part::Progress(_))) {
            self.work = None;
        }
        Some((told.map(T::from), self))
    }
}
