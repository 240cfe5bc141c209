//! The folder of recordings on this machine, by an identity of its own: several machines share the rows, not the folder.

use std::{
    io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, Take},
};

use crate::domain::chain::Hash;

/// Holds the identity.
const ID_FILE: &str = "folder.id";
const ID_CHARS: usize = 32;
/// Where recordings lie until they have their names.
const SPOOL: &str = "spool";
/// What is read at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// Cheap to clone; the default holds nothing.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    dir: PathBuf,
    id: String,
}

impl Folder {
    /// Makes the folder, and gives it an identity when it has none.
    pub async fn open(dir: PathBuf) -> io::Result<Self> {
        tokio::fs::create_dir_all(&dir).await?;
        let path = dir.join(ID_FILE);
        let id = match tokio::fs::read_to_string(&path).await {
            Ok(id) => id.trim().to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut bytes = [0_u8; ID_CHARS / 2];
                getrandom::fill(&mut bytes).map_err(io::Error::other)?;
                let id: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                let beside = dir.join(format!("{ID_FILE}.{id}"));
                let mut file = tokio::fs::File::create(&beside).await?;
                file.write_all(id.as_bytes()).await?;
                file.sync_all().await?;
                tokio::fs::rename(&beside, &path).await?;
                id
            }
            Err(error) => return Err(error),
        };
        if id.len() != ID_CHARS || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(io::Error::other(format!("{} is not an identity", path.display())));
        }
        Ok(Self { dir, id })
    }

    /// How long a file is; None when it is not there.
    pub async fn bytes(&self, file: &str) -> io::Result<Option<u64>> {
        match tokio::fs::metadata(self.path(file)?).await {
            Ok(found) => Ok(Some(found.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// So many bytes of a file from there on.
    pub async fn open_at(&self, file: &str, from: u64, bytes: u64) -> io::Result<Reading> {
        let mut file = File::open(self.path(file)?).await?;
        file.seek(io::SeekFrom::Start(from)).await?;
        Ok(Reading(file.take(bytes)))
    }

    /// None when the file is not there.
    pub async fn digest(&self, file: &str) -> io::Result<Option<Hash>> {
        let mut reading = match self.open_at(file, 0, u64::MAX).await {
            Ok(reading) => reading,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut sha = Sha256::new();
        loop {
            let piece = reading.piece().await?;
            if piece.is_empty() {
                return Ok(Some(sha.finalize().into()));
            }
            sha.update(&piece);
        }
    }

    /// Removes a file for good; one that is not there is gone.
    pub async fn remove(&self, file: &str) -> io::Result<()> {
        match tokio::fs::remove_file(self.path(file)?).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            done => done?,
        }
        File::open(&self.dir).await?.sync_all().await
    }

    /// Every recording's file, those of the spool with its name in front.
    pub async fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for (dir, front) in [(self.dir.clone(), ""), (self.dir.join(SPOOL), "spool/")] {
            let mut entries = match tokio::fs::read_dir(dir).await {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            while let Some(entry) = entries.next_entry().await? {
                let name = entry.file_name().to_string_lossy().into_owned();
                if entry.file_type().await?.is_file() && !name.starts_with(ID_FILE) {
                    names.push(format!("{front}{name}"));
                }
            }
        }
        Ok(names)
    }

    /// Rows name files of this folder and its spool, and nothing above them.
    fn path(&self, file: &str) -> io::Result<PathBuf> {
        let name = file.strip_prefix("spool/").unwrap_or(file);
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a name of a recording"));
        }
        Ok(self.dir.join(file))
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What rows call it.
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// Some bytes of a file.
#[derive(Debug)]
pub struct Reading(Take<File>);

impl Reading {
    /// The next piece; empty at the end.
    pub async fn piece(&mut self) -> io::Result<Vec<u8>> {
        let mut piece = vec![0; PIECE_BYTES];
        let read = self.0.read(&mut piece).await?;
        piece.truncate(read);
        Ok(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_come_from_where_they_are_asked_for_and_a_removed_file_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path().to_owned()).await.unwrap();
        std::fs::write(dir.path().join("ab.wav"), b"0123456789").unwrap();

        let mut reading = folder.open_at("ab.wav", 3, 4).await.unwrap();

        assert_eq!(reading.piece().await.unwrap(), b"3456");
        assert!(reading.piece().await.unwrap().is_empty());
        assert_eq!(folder.bytes("ab.wav").await.unwrap(), Some(10));
        assert_eq!(folder.names().await.unwrap(), ["ab.wav"]);
        let sha256 = folder.digest("ab.wav").await.unwrap().unwrap();
        assert_eq!(sha256[..4], [0x84, 0xd8, 0x98, 0x77]);
        folder.remove("ab.wav").await.unwrap();
        folder.remove("ab.wav").await.unwrap();
        assert_eq!(folder.bytes("ab.wav").await.unwrap(), None);
        assert_eq!(folder.digest("ab.wav").await.unwrap(), None);
    }

    #[tokio::test]
    async fn no_name_leaves_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path().join("recordings")).await.unwrap();
        std::fs::write(dir.path().join("secret"), b"x").unwrap();

        for name in ["../secret", "spool/../../secret", "/etc/passwd", "", "..", "spool/"] {
            assert!(folder.bytes(name).await.is_err(), "{name}");
            assert!(folder.remove(name).await.is_err(), "{name}");
        }
    }

    #[tokio::test]
    async fn a_folder_keeps_its_identity_and_no_two_have_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let one = Folder::open(dir.path().join("one")).await.unwrap();
        let other = Folder::open(dir.path().join("other")).await.unwrap();

        assert_eq!(Folder::open(dir.path().join("one")).await.unwrap().id(), one.id());
        assert_ne!(one.id(), other.id());
        assert_eq!(one.id().len(), 32);
    }
}
