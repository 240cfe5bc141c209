//! Collects an upload's pieces into files, within its limits.

use helpline_proto::v1;
use tonic::{Status, Streaming};

use super::parse;
use crate::{
    app::directory::{BYTES_MAX, FILES_MAX, File, Upload},
    grpc::fail::field,
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

pub type Receiving = std::pin::Pin<Box<dyn Future<Output = Result<Upload, Status>> + Send>>;

/// Reads until the client has sent all.
pub fn receive<T>(mut stream: Streaming<T>) -> Receiving
where
    T: Send + 'static,
    Part: From<T>,
{
    Box::pin(async move {
        let mut upload = None;
        let mut bytes_left = BYTES_MAX;
        while let Some(message) = stream.message().await? {
            match (Part::from(message), &mut upload) {
                (Part::Upload(head), None) => upload = Some(parse::head(head)?),
                (Part::Upload(_), Some(_)) => {
                    return Err(field("upload", "comes once, before all files"));
                }
                (Part::Chunk(_), None) => {
                    return Err(field("upload", "comes before all files"));
                }
                (Part::Chunk(chunk), Some(upload)) => {
                    add(upload, chunk, &mut bytes_left)?;
                }
                (Part::Unknown, _) => return Err(field("part", "is empty or not known")),
            }
        }
        upload.ok_or_else(|| field("upload", "is missing"))
    })
}

fn add(upload: &mut Upload, chunk: v1::DirectoryChunk, left: &mut usize) -> Result<(), Status> {
    *left = left
        .checked_sub(chunk.bytes.len())
        .ok_or_else(|| field("chunk", "all files together are more than 64 MiB"))?;
    if upload.files.last().is_none_or(|file| file.name != chunk.file) {
        let name = parse::file_name(&chunk.file)?;
        if upload.files.len() == FILES_MAX {
            return Err(field("chunk.file", "more than 64 files"));
        }
        upload.files.push(File { name, bytes: Vec::new() });
    }
    if let Some(file) = upload.files.last_mut() {
        file.bytes.extend(chunk.bytes);
    }
    Ok(())
}
