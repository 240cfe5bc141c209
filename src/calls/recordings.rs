//! Where recordings lie: a spool while they are written, then a folder in which each is named by its digest.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::line::{Voice, VoicePlace};
use crate::app::{
    self,
    recordings::{Folder, NewRecording},
};

/// The number of a call's talk with agents; its dialogue's recordings count from 1.
pub(crate) const TALK: u32 = 0;
/// The number of a call's message for agents, past those of its dialogue.
pub(crate) const MESSAGE: u32 = 999;
/// The pieces of a verification call count from here.
pub(crate) const VERIFICATION: u32 = 2_000;

/// A recording that has its final name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// None when it lies with a client, or nowhere.
    pub(crate) folder: Option<String>,
    pub(crate) file: String,
    pub(crate) sha256: [u8; 32],
    pub(crate) duration_ms: u32,
    pub(crate) partial: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Store {
    folder: Folder,
}

impl Store {
    pub(crate) async fn open(dir: PathBuf) -> io::Result<Self> {
        tokio::fs::create_dir_all(spool(&dir)).await?;
        Ok(Self { folder: Folder::open(dir).await? })
    }

    /// What rows call this folder.
    pub(crate) fn id(&self) -> &str {
        self.folder.id()
    }

    pub(crate) fn spool(&self) -> PathBuf {
        spool(self.folder.dir())
    }

    /// Makes what a crash left in the spool whole.
    pub(crate) async fn sweep(&self) -> io::Result<Vec<NewRecording>> {
        let (folder, spool) = (self.folder.clone(), self.spool());
        tokio::task::spawn_blocking(move || super::spool::sweep(folder.dir(), &spool, folder.id()))
            .await
            .map_err(io::Error::other)?
    }

    /// The bytes of a recording by the name that its row has.
    pub(crate) async fn read(&self, file: &str) -> Result<Vec<u8>, app::Error> {
        tokio::fs::read(self.folder.dir().join(file)).await.map_err(app::Error::internal)
    }

    /// What the row of a recording says once it has its final name.
    pub(crate) fn named(&self, voice: &Voice) -> Kept {
        let (folder, file) = match &voice.place {
            VoicePlace::Nowhere => (None, String::new()),
            VoicePlace::Client(reference) => (None, format!("client:{reference}")),
            VoicePlace::Spool(_) => {
                (Some(self.id().to_owned()), format!("{}.wav", hex(&voice.sha256)))
            }
        };
        let Voice { duration_ms, sha256, partial, .. } = voice.clone();
        Kept { folder, file, sha256, duration_ms, partial }
    }

    /// Gives a recording its final name; a file that cannot be moved stays in the spool under its name there.
    pub(crate) async fn keep(&self, call: &str, voice: Voice) -> Kept {
        let mut kept = self.named(&voice);
        if let VoicePlace::Spool(path) = voice.place
            && let Err(error) = tokio::fs::rename(&path, self.folder.dir().join(&kept.file)).await
        {
            tracing::error!(call, file = %path.display(), %error, "a recording stays in the spool");
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            kept.file = format!("spool/{}", name.unwrap_or_default());
        }
        kept
    }
}

fn spool(dir: &Path) -> PathBuf {
    dir.join("spool")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_recording_is_named_by_its_digest() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path().join("recordings")).await.unwrap();
        let path = store.spool().join("c1-1.wav");
        std::fs::write(&path, b"RIFF").unwrap();
        let voice = Voice {
            place: VoicePlace::Spool(path.clone()),
            duration_ms: 4_000,
            sha256: [0xab; 32],
            partial: None,
        };

        let kept = store.keep("c1", voice.clone()).await;

        assert_eq!(kept.file, format!("{}.wav", "ab".repeat(32)));
        assert!(dir.path().join("recordings").join(&kept.file).exists());
        // The file is gone from the spool: a second move says where it would have been.
        assert_eq!(store.keep("c1", voice).await.file, "spool/c1-1.wav");
    }
}
