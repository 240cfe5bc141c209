//! Files of an upload, put together from their pieces within its limits.

use helpline_proto::v1;
use tonic::Status;

use crate::{app::directory::File, grpc::fail::field};

const NAME_BYTES_MAX: usize = 100;

/// Files that come in.
pub struct Pieces {
    pub files: Vec<File>,
    files_max: usize,
    bytes_left: usize,
}

impl Pieces {
    pub fn new(files_max: usize, bytes_max: usize) -> Self {
        Self { files: Vec::new(), files_max, bytes_left: bytes_max }
    }

    pub fn add(&mut self, chunk: v1::DirectoryChunk) -> Result<(), Status> {
        self.bytes_left = self
            .bytes_left
            .checked_sub(chunk.bytes.len())
            .ok_or_else(|| field("chunk", "all files together are more than 64 MiB"))?;
        if self.files.last().is_none_or(|file| file.name != chunk.file) {
            let name = file_name(&chunk.file)?;
            if self.files.len() == self.files_max {
                return Err(field("chunk.file", "more than 64 files"));
            }
            self.files.push(File { name, bytes: Vec::new() });
        }
        if let Some(file) = self.files.last_mut() {
            file.bytes.extend(chunk.bytes);
        }
        Ok(())
    }
}

/// A name without a folder and without what could move a terminal's cursor.
fn file_name(name: &str) -> Result<String, Status> {
    let fits = (1..=NAME_BYTES_MAX).contains(&name.len())
        && !name.contains(['/', '\\'])
        && !name.chars().any(char::is_control);
    fits.then(|| name.to_owned())
        .ok_or_else(|| field("chunk.file", "a file's name without a folder, at most 100 bytes"))
}
