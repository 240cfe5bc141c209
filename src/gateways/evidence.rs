//! The files of cases in one folder, each under its digest: written beside, made durable, then named. The same bytes
//! are kept once.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tokio::{
    fs::{self, File},
    io::AsyncWriteExt,
};

use crate::domain::{case::evidence::HEAD_BYTES, chain::Hash};

#[derive(Debug, thiserror::Error)]
#[error("evidence {} cannot be kept or read", path.display())]
pub struct Error {
    path: PathBuf,
    #[source]
    source: std::io::Error,
}

/// A file that is being written; dropped before `keep`, it leaves nothing that is named.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    path: PathBuf,
    file: File,
    sha: Sha256,
    bytes: u64,
    head: Vec<u8>,
    kept: bool,
}

impl Spool {
    /// `name` is one that no other upload has.
    pub async fn begin(folder: &Path, name: &str) -> Result<Self, Error> {
        let incoming = folder.join("incoming");
        fs::create_dir_all(&incoming).await.map_err(failed(&incoming))?;
        let path = incoming.join(name);
        let file = File::create_new(&path).await.map_err(failed(&path))?;
        Ok(Self {
            folder: folder.to_owned(),
            path,
            file,
            sha: Sha256::new(),
            bytes: 0,
            head: Vec::new(),
            kept: false,
        })
    }

    pub async fn write(&mut self, chunk: &[u8]) -> Result<(), Error> {
        let wanted = HEAD_BYTES.saturating_sub(self.head.len()).min(chunk.len());
        self.head.extend_from_slice(&chunk[..wanted]);
        self.sha.update(chunk);
        self.bytes += chunk.len() as u64;
        self.file.write_all(chunk).await.map_err(failed(&self.path))
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The first bytes, which tell what it is.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Makes it durable and names it by its digest.
    pub async fn keep(mut self) -> Result<Hash, Error> {
        self.file.flush().await.map_err(failed(&self.path))?;
        self.file.sync_all().await.map_err(failed(&self.path))?;
        let digest: Hash = self.sha.clone().finalize().into();
        let place = place(&self.folder, &digest);
        let below = place.parent().unwrap_or(&self.folder).to_owned();
        fs::create_dir_all(&below).await.map_err(failed(&below))?;
        fs::rename(&self.path, &place).await.map_err(failed(&place))?;
        self.kept = true;
        let names = File::open(&below).await.map_err(failed(&below))?;
        names.sync_all().await.map_err(failed(&below))?;
        Ok(digest)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        if !self.kept {
            // What stays behind has no name that a case knows.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The file with this digest, to be read from its beginning.
pub async fn open(folder: &Path, digest: &Hash) -> Result<File, Error> {
    let path = place(folder, digest);
    File::open(&path).await.map_err(failed(&path))
}

fn place(folder: &Path, digest: &Hash) -> PathBuf {
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    folder.join(&hex[..2]).join(hex)
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error { path, source }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    async fn spooled(folder: &Path, name: &str, bytes: &[u8]) -> Spool {
        let mut spool = Spool::begin(folder, name).await.unwrap();
        for chunk in bytes.chunks(3) {
            spool.write(chunk).await.unwrap();
        }
        spool
    }

    #[tokio::test]
    async fn a_file_lies_under_its_digest_once() {
        let folder = tempfile::tempdir().unwrap();
        let first = spooled(folder.path(), "1", b"%PDF-1.7 a report").await;
        assert_eq!((first.bytes(), first.head()), (17, &b"%PDF-1.7 a repor"[..]));

        let digest = first.keep().await.unwrap();
        let again = spooled(folder.path(), "2", b"%PDF-1.7 a report").await.keep().await.unwrap();

        assert_eq!(digest, again);
        let mut read = Vec::new();
        open(folder.path(), &digest).await.unwrap().read_to_end(&mut read).await.unwrap();
        assert_eq!(read, b"%PDF-1.7 a report");
        let left = std::fs::read_dir(folder.path().join("incoming")).unwrap().count();
        assert_eq!(left, 0);
    }

    #[tokio::test]
    async fn a_file_that_is_not_kept_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();

        drop(spooled(folder.path(), "1", b"half of").await);

        let left = std::fs::read_dir(folder.path().join("incoming")).unwrap().count();
        assert_eq!(left, 0);
        assert!(open(folder.path(), &[0; 32]).await.is_err());
    }
}
