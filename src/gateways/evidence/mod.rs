//! The files of cases, each under its digest, in one folder or in a bucket of an S3-compatible store: spooled beside,
//! made durable, then named. The same bytes are kept once.

use std::{
    io::{self, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use object_store::Error as StoreError;
use sha2::{Digest, Sha256};
use tokio::{
    fs::{self, File},
    io::{AsyncRead, AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
};
use tokio_util::{io::StreamReader, task::TaskTracker};

use crate::domain::{case::evidence::HEAD_BYTES, chain::Hash};

pub mod s3;
mod sealing;

use s3::Bucket;
pub use sealing::Key;
use sealing::{Closing, MARK, Opening, piece};

/// Bytes of one piece that is read.
pub const PIECE_BYTES: usize = 64 * 1024;
/// What is spooled and older belongs to no upload any more: a crash left it.
pub const LEFTOVER_AGE: Duration = Duration::from_secs(24 * 60 * 60);
/// Bytes of a file's key as the store seals it.
pub const SEALED_KEY_BYTES: usize = 73;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("evidence {} cannot be kept or read", path.display())]
    Disk {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the bucket of evidence does not answer as it should")]
    Bucket(#[from] Box<StoreError>),
    #[error("the bytes of evidence stopped coming")]
    Cut(#[source] io::Error),
    #[error("evidence {0} is not what its digest says")]
    Damaged(String),
    #[error("the authority of the bucket's certificate is no certificate")]
    Authority,
    #[error("the keeping of evidence was broken off")]
    BrokenOff,
}

impl Error {
    /// Whether the same may go well a moment later.
    pub fn is_away(&self) -> bool {
        match self {
            Self::Disk { source, .. } => source.kind() == io::ErrorKind::StorageFull,
            Self::Bucket(error) => matches!(**error, StoreError::Generic { .. }),
            Self::Cut(_) => true,
            Self::Damaged(_) | Self::Authority | Self::BrokenOff => false,
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Bucket(Box::new(error))
    }
}

/// Where the files are. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Files {
    folder: PathBuf,
    bucket: Option<Arc<Bucket>>,
    /// What is on its way to the bucket, though its client may have gone.
    sending: TaskTracker,
}

impl Files {
    pub fn disk(folder: PathBuf) -> Self {
        Self { folder, ..Self::default() }
    }

    /// Uploads are spooled in the folder, and what it kept before is still found there.
    pub fn bucket(folder: PathBuf, bucket: Bucket) -> Self {
        Self { bucket: Some(Arc::new(bucket)), ..Self::disk(folder) }
    }

    /// `name` is one that no other upload has, and `key` one of no other file.
    pub async fn spool(&self, name: &str, key: Key) -> Result<Spool, Error> {
        Spool::begin(self.clone(), name, key).await
    }

    /// The file with this digest, to be read from its beginning; `open` is asked for the key of a sealed one.
    pub async fn open(
        &self,
        digest: &Hash,
        open: impl FnOnce(&[u8]) -> Option<Key>,
    ) -> Result<Reading, Error> {
        if let Some(bucket) = &self.bucket
            && let Some(found) = bucket.open_file(digest).await?
        {
            let bytes = StreamReader::new(found.into_stream());
            return Reading::begin(bytes, digest, open).await;
        }
        let path = place(&self.folder, digest);
        let file = File::open(&path).await.map_err(failed(&path))?;
        Reading::begin(file, digest, open).await
    }

    /// Removes what crashes left of uploads, and gives how many; others' uploads may be under way in the same folder.
    pub async fn sweep(&self, now: SystemTime) -> Result<usize, Error> {
        let incoming = self.folder.join("incoming");
        let mut listed = match fs::read_dir(&incoming).await {
            Ok(listed) => listed,
            Err(none) if none.kind() == io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(failed(&incoming)(error)),
        };
        let mut removed = 0;
        while let Some(entry) = listed.next_entry().await.map_err(failed(&incoming))? {
            let modified = entry.metadata().await.and_then(|file| file.modified());
            let age = modified.ok().and_then(|at| now.duration_since(at).ok());
            if age.is_some_and(|age| age > LEFTOVER_AGE)
                && fs::remove_file(entry.path()).await.is_ok()
            {
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Waits for what is on its way.
    pub async fn close(&self) {
        self.sending.close();
        self.sending.wait().await;
    }
}

/// A file that is being written; dropped before `keep`, it leaves nothing that is named.
pub struct Spool {
    files: Files,
    key: Key,
    closing: Closing,
    path: PathBuf,
    file: File,
    sha: Sha256,
    bytes: u64,
    head: Vec<u8>,
    kept: bool,
}

impl Spool {
    async fn begin(files: Files, name: &str, key: Key) -> Result<Self, Error> {
        let incoming = files.folder.join("incoming");
        fs::create_dir_all(&incoming).await.map_err(failed(&incoming))?;
        let path = incoming.join(name);
        let mut file = File::create_new(&path).await.map_err(failed(&path))?;
        let head = [MARK.as_slice(), &[0; SEALED_KEY_BYTES]].concat();
        file.write_all(&head).await.map_err(failed(&path))?;
        Ok(Self {
            files,
            key,
            closing: Closing::new(&key),
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
        let closed = self.closing.write(chunk);
        self.file.write_all(&closed).await.map_err(failed(&self.path))
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The first bytes, which tell what it is.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Makes it durable and names it by its digest; `seal` closes its key for the file of that digest alone.
    pub async fn keep(mut self, seal: impl FnOnce(&Hash, &Key) -> Vec<u8>) -> Result<Hash, Error> {
        let digest: Hash = self.sha.clone().finalize().into();
        self.end(&seal(&digest, &self.key)).await.map_err(failed(&self.path))?;
        let Some(bucket) = self.files.bucket.clone() else {
            self.file.sync_all().await.map_err(failed(&self.path))?;
            self.name(&digest).await?;
            return Ok(digest);
        };
        // A client that leaves now leaves no half upload behind: the sending goes on to its end.
        let sending = self.files.sending.clone();
        let sent = sending.spawn(async move { bucket.keep(&digest, &self.path).await });
        sent.await.map_err(|_| Error::BrokenOff)??;
        Ok(digest)
    }

    async fn end(&mut self, key: &[u8]) -> io::Result<()> {
        let last = self.closing.finish();
        self.file.write_all(&last).await?;
        self.file.seek(SeekFrom::Start(MARK.len() as u64)).await?;
        self.file.write_all(key).await?;
        self.file.flush().await
    }

    async fn name(&mut self, digest: &Hash) -> Result<(), Error> {
        let place = place(&self.files.folder, digest);
        let below = place.parent().unwrap_or(&self.files.folder).to_owned();
        fs::create_dir_all(&below).await.map_err(failed(&below))?;
        fs::rename(&self.path, &place).await.map_err(failed(&place))?;
        self.kept = true;
        let names = File::open(&below).await.map_err(failed(&below))?;
        names.sync_all().await.map_err(failed(&below))
    }
}

impl std::fmt::Debug for Spool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Spool({})", self.path.display())
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

/// The bytes of a kept file, from the first to the last.
pub struct Reading {
    bytes: Box<dyn AsyncRead + Send + Unpin>,
    /// None for a file from before files were sealed.
    opening: Option<Opening>,
    sha: Sha256,
    digest: Hash,
}

impl Reading {
    async fn begin(
        mut bytes: impl AsyncRead + Send + Unpin + 'static,
        digest: &Hash,
        open: impl FnOnce(&[u8]) -> Option<Key>,
    ) -> Result<Self, Error> {
        let damaged = || Error::Damaged(named(digest));
        let head = piece(&mut bytes, MARK.len()).await?;
        let (sha, digest) = (Sha256::new(), *digest);
        if head != MARK {
            let bytes = Box::new(io::Cursor::new(head).chain(bytes));
            return Ok(Self { bytes, opening: None, sha, digest });
        }
        let key = open(&piece(&mut bytes, SEALED_KEY_BYTES).await?).ok_or_else(damaged)?;
        let opening = Some(Opening::begin(&mut bytes, &key).await?);
        Ok(Self { bytes: Box::new(bytes), opening, sha, digest })
    }

    /// The next piece; empty at the end, which only the bytes of the digest reach.
    pub async fn piece(&mut self) -> Result<Vec<u8>, Error> {
        let damaged = || Error::Damaged(named(&self.digest));
        let piece = match &mut self.opening {
            None => piece(&mut self.bytes, PIECE_BYTES).await?,
            Some(opening) => opening.next(&mut self.bytes).await?.ok_or_else(damaged)?,
        };
        self.sha.update(&piece);
        if piece.is_empty() && self.digest[..] != self.sha.clone().finalize()[..] {
            return Err(damaged());
        }
        Ok(piece)
    }
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reading({})", named(&self.digest))
    }
}

fn place(folder: &Path, digest: &Hash) -> PathBuf {
    folder.join(named(digest))
}

/// The same in a folder and in a bucket.
fn named(digest: &Hash) -> String {
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}/{hex}", &hex[..2])
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Disk { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn spooled(files: &Files, name: &str, bytes: &[u8]) -> Spool {
        let mut spool = files.spool(name, [name.as_bytes()[0]; 32]).await.unwrap();
        for chunk in bytes.chunks(3) {
            spool.write(chunk).await.unwrap();
        }
        spool
    }

    /// Stands for the store: closes nothing, but for one file alone.
    fn seal(digest: &Hash, key: &Key) -> Vec<u8> {
        [&digest[..], key, &[0; 9]].concat()
    }

    async fn read(files: &Files, digest: &Hash) -> Result<Vec<u8>, Error> {
        let open = |sealed: &[u8]| sealed.strip_prefix(&digest[..])?.first_chunk().copied();
        let mut reading = files.open(digest, open).await?;
        let mut bytes = Vec::new();
        loop {
            let piece = reading.piece().await?;
            if piece.is_empty() {
                return Ok(bytes);
            }
            bytes.extend(piece);
        }
    }

    fn left(folder: &tempfile::TempDir) -> usize {
        std::fs::read_dir(folder.path().join("incoming")).unwrap().count()
    }

    #[tokio::test]
    async fn what_a_crash_left_of_an_upload_is_removed_and_one_under_way_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::disk(folder.path().to_owned());
        let now = SystemTime::now();
        assert_eq!(files.sweep(now).await.unwrap(), 0);
        let spool = spooled(&files, "1", b"%PDF-1.7 on its way").await;
        let crashed = folder.path().join("incoming/2");
        std::fs::write(&crashed, b"%PDF").unwrap();
        let crashed_at = std::fs::File::options().write(true).open(&crashed).unwrap();
        crashed_at.set_modified(now - LEFTOVER_AGE - Duration::from_secs(1)).unwrap();

        assert_eq!(files.sweep(now).await.unwrap(), 1);

        assert!(!crashed.exists());
        spool.keep(seal).await.unwrap();
        assert_eq!(left(&folder), 0);
    }

    #[tokio::test]
    async fn a_file_lies_under_its_digest_once() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::disk(folder.path().to_owned());
        let first = spooled(&files, "1", b"%PDF-1.7 a report").await;
        assert_eq!((first.bytes(), first.head()), (17, &b"%PDF-1.7 a repor"[..]));

        let digest = first.keep(seal).await.unwrap();
        let again = spooled(&files, "2", b"%PDF-1.7 a report").await.keep(seal).await.unwrap();

        assert_eq!(digest, again);
        assert_eq!(read(&files, &digest).await.unwrap(), b"%PDF-1.7 a report");
        assert_eq!(left(&folder), 0);
    }

    #[tokio::test]
    async fn a_file_that_is_not_kept_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::disk(folder.path().to_owned());

        drop(spooled(&files, "1", b"half of").await);

        assert_eq!(left(&folder), 0);
        assert!(files.open(&[0; 32], |_| None).await.is_err());
    }

    #[tokio::test]
    async fn a_sealed_file_shows_nothing_of_itself_and_opens_under_its_own_digest_alone() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::disk(folder.path().to_owned());
        let one = spooled(&files, "1", b"%PDF-1.7 a report").await.keep(seal).await.unwrap();
        let other = spooled(&files, "2", b"%PDF-1.7 another").await.keep(seal).await.unwrap();
        let at_rest = std::fs::read(place(folder.path(), &one)).unwrap();
        assert!(at_rest.starts_with(b"h181file"));
        assert!(!at_rest.windows(6).any(|bytes| bytes == b"report"));

        std::fs::copy(place(folder.path(), &one), place(folder.path(), &other)).unwrap();
        let moved = read(&files, &other).await.unwrap_err();
        assert!(matches!(moved, Error::Damaged(_)) && !moved.is_away(), "{moved}");

        std::fs::write(place(folder.path(), &one), &at_rest[..at_rest.len() - 1]).unwrap();
        let cut = read(&files, &one).await.unwrap_err();
        assert!(matches!(cut, Error::Damaged(_)), "{cut}");
    }

    #[tokio::test]
    async fn a_file_from_before_files_were_sealed_opens_and_one_that_was_changed_has_no_end() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::disk(folder.path().to_owned());
        let plain = b"%PDF-1.7 of old";
        let digest: Hash = Sha256::digest(plain).into();
        let path = place(folder.path(), &digest);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();

        std::fs::write(&path, plain).unwrap();
        assert_eq!(read(&files, &digest).await.unwrap(), plain);

        std::fs::write(&path, b"%PDF-1.7 of new").unwrap();
        let error = read(&files, &digest).await.unwrap_err();
        assert!(matches!(error, Error::Damaged(_)), "{error}");
    }
}
