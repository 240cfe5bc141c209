//! The folder of recordings on this machine, by an identity of its own: several machines share the rows, not the folder.

use std::{
    io,
    path::{Path, PathBuf},
};

use tokio::io::AsyncWriteExt;

/// Holds the identity.
const ID_FILE: &str = "folder.id";
const ID_CHARS: usize = 32;

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

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What rows call it.
    pub fn id(&self) -> &str {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
