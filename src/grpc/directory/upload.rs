//! Collects an upload's pieces into files, within its limits.

use helpline_proto::v1;
use tonic::{Status, Streaming};

use super::parse;
use crate::{
    app::directory::{BYTES_MAX, FILES_MAX, Upload},
    grpc::{fail::field, uploads::pieces::Pieces},
};

/// One message of any of the uploads.
pub enum Part {
    Upload(v1::DirectoryUpload),
    Chunk(v1::DirectoryChunk),
    /// Empty, or of a later version of the API.
    Unknown,
}

macro_rules! parts {
    ($($request:ident, $module:ident);+ $(;)?) => {$(
        impl From<v1::$request> for Part {
            fn from(request: v1::$request) -> Self {
                match request.part {
                    Some(v1::$module::Part::Upload(upload)) => Self::Upload(upload),
                    Some(v1::$module::Part::Chunk(chunk)) => Self::Chunk(chunk),
                    None => Self::Unknown,
                }
            }
        }
    )+};
}

parts! {
    ValidateDirectoryRequest, validate_directory_request;
    ImportDirectoryRequest, import_directory_request;
    DiffDirectoryRequest, diff_directory_request;
}

pub type Receiving<U> = std::pin::Pin<Box<dyn Future<Output = Result<U, Status>> + Send>>;

/// Reads until the client has sent all.
pub fn receive<T>(mut stream: Streaming<T>) -> Receiving<Upload>
where
    T: Send + 'static,
    Part: From<T>,
{
    Box::pin(async move {
        let mut upload = None;
        let mut pieces = Pieces::new(FILES_MAX, BYTES_MAX);
        while let Some(message) = stream.message().await? {
            match (Part::from(message), &upload) {
                (Part::Upload(head), None) => upload = Some(parse::head(head)?),
                (Part::Upload(_), Some(_)) => {
                    return Err(field("upload", "comes once, before all files"));
                }
                (Part::Chunk(_), None) => {
                    return Err(field("upload", "comes before all files"));
                }
                (Part::Chunk(chunk), Some(_)) => pieces.add(chunk)?,
                (Part::Unknown, _) => return Err(field("part", "is empty or not known")),
            }
        }
        let upload = upload.ok_or_else(|| field("upload", "is missing"))?;
        Ok(Upload { files: pieces.files, ..upload })
    })
}
