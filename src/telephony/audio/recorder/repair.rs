//! Mends a recording that a crash cut off: every sample that was written is there, only its head does not say so.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::media::wav::{self, HEAD_BYTES, Mended};

/// A recording that was mended, or was whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    pub duration_ms: u64,
    pub sha256: [u8; 32],
}

/// Makes a recording whole in its place and makes it durable; done twice it changes nothing. `None` for a file that is not
/// a recording of ours, which is left as it is.
pub fn repair(path: &Path) -> io::Result<Option<Repaired>> {
    let mut file = File::options().read(true).write(true).open(path)?;
    let mut beginning = Vec::with_capacity(HEAD_BYTES);
    Read::by_ref(&mut file).take(HEAD_BYTES as u64).read_to_end(&mut beginning)?;
    let Some(Mended { head, len, duration_ms }) = wav::repair(&beginning, file.metadata()?.len())
    else {
        return Ok(None);
    };
    file.set_len(len)?;
    file.rewind()?;
    file.write_all(&head)?;
    file.sync_all()?;

    file.rewind()?;
    let mut digest = Sha256::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => digest.update(&buffer[..read]),
        }
    }
    Ok(Some(Repaired { duration_ms, sha256: digest.finalize().into() }))
}
