//! An import or a dry run of the directory as a stream; half of one is never seen.

use std::sync::Arc;

use helpline_proto::v1;

use super::{Directory, print, upload::Receiving};
use crate::{
    app::directory::{self, Upload},
    grpc::{
        door::Caller,
        status,
        uploads::told::{Told, stream},
    },
};

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

pub fn work<T: From<Part> + Send + 'static>(
    service: &Directory,
    caller: Caller,
    upload: Receiving<Upload>,
    kind: Kind,
) -> Told<T> {
    let (app, by) = (service.app.clone(), Arc::clone(&caller.actor));
    stream(caller, service.ending.clone(), move |teller| async move {
        let upload = upload.await?;
        let told = move |progress| {
            teller.tell(T::from(Part::Progress(print::progress(progress))));
        };
        let done = match kind {
            Kind::DryRun => directory::validate(&app, &by, upload, &told).await,
            Kind::Import => directory::import(&app, &by, upload, &told).await,
        };
        done.map(|report| T::from(Part::Report(print::report(report)))).map_err(status::of)
    })
}
