//! What calls leave behind while the database is away for long: a bounded file of sealed lines, drained when it is back. Each
//! entry goes the way that it would have gone at once, under the same request id, so draining twice is no harm.

mod row;

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use tokio::{io::AsyncWriteExt, sync::Mutex};

use crate::{
    app::{self, App, calls, cases, recordings, verification},
    domain::{actor::Actor, change::CallRecord},
};

/// Past it what cannot be written is logged and lost; a call leaves about 2 KiB.
pub(crate) const JOURNAL_BYTES_MAX: u64 = 16 << 20;
const DRAIN_EVERY: Duration = Duration::from_secs(5);

/// One thing that a call leaves behind, and who did it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) by: Actor,
    pub(crate) kept: Kept,
}

#[derive(Clone, Debug)]
pub(crate) enum Kept {
    Round(Box<verification::Record>),
    Conduct { case: i64, round: i64, good: bool },
    CallBack(calls::Operator),
    RecordingBegun(recordings::Begun),
    Recording(recordings::NewRecording),
    Call(CallRecord),
    Wish(cases::AskWish),
}

/// What an entry did.
#[derive(Debug)]
pub(crate) enum Done {
    Settled(Box<verification::Settled>),
    Granted(cases::Granted),
    Kept,
}

impl Done {
    pub(crate) fn settled(self) -> Option<verification::Settled> {
        match self {
            Self::Settled(settled) => Some(*settled),
            Self::Granted(_) | Self::Kept => None,
        }
    }

    pub(crate) fn granted(self) -> Option<cases::Granted> {
        match self {
            Self::Granted(granted) => Some(granted),
            Self::Settled(_) | Self::Kept => None,
        }
    }
}

impl Entry {
    /// Commits it; a second time it is the first.
    pub(crate) async fn apply(&self, app: &App) -> app::Result<Done> {
        let by = &self.by;
        match &self.kept {
            Kept::Round(record) => {
                let settled = verification::record(app, by, (**record).clone()).await?;
                return Ok(Done::Settled(Box::new(settled)));
            }
            Kept::Conduct { case, round, good } => {
                verification::conduct(app, by, *case, *round, *good).await?;
            }
            Kept::CallBack(ask) => calls::operator(app, by, ask.clone()).await?,
            Kept::RecordingBegun(begun) => recordings::begin(app, by, begun.clone()).await?,
            Kept::Recording(new) => {
                recordings::keep(app, by, new.clone()).await?;
            }
            Kept::Call(record) => calls::finish(app, by, record.clone()).await?,
            Kept::Wish(ask) => {
                return Ok(Done::Granted(cases::wish(app, by, ask.clone()).await?));
            }
        }
        Ok(Done::Kept)
    }
}

/// It was not the rules that said no: the same may be done later.
pub(crate) fn may_come_later(error: &app::Error) -> bool {
    matches!(
        error,
        app::Error::Busy { .. }
            | app::Error::Unavailable(_)
            | app::Error::Conflict
            | app::Error::Internal(_)
    )
}

#[derive(Clone, Debug)]
pub(crate) struct Journal(Arc<File>);

#[derive(Debug)]
struct File {
    path: PathBuf,
    app: Arc<App>,
    /// Appending and draining go one after the other.
    turn: Mutex<()>,
    waits: AtomicBool,
}

impl Journal {
    pub(crate) fn new(path: PathBuf, app: Arc<App>) -> Self {
        // What an earlier process left is looked for at the first drain.
        Self(Arc::new(File { path, app, turn: Mutex::default(), waits: AtomicBool::new(true) }))
    }

    /// On the disk when it comes back without an error.
    pub(crate) async fn keep(&self, entry: &Entry) -> io::Result<()> {
        let _turn = self.0.turn.lock().await;
        let line = calls::seal(&self.0.app, &row::write(entry));
        let mut options = tokio::fs::OpenOptions::new();
        let mut file = options.append(true).create(true).mode(0o600).open(&self.0.path).await?;
        let after = file.metadata().await?.len().saturating_add(line.len() as u64);
        if after > JOURNAL_BYTES_MAX {
            return Err(io::Error::other("the journal is full"));
        }
        // An empty line parts it from one that a crash tore.
        file.write_all(format!("\n{line}\n").as_bytes()).await?;
        file.sync_data().await?;
        self.0.waits.store(true, SeqCst);
        Ok(())
    }

    /// Commits what can be committed now; gives how many entries still wait.
    pub(crate) async fn drain(&self) -> io::Result<usize> {
        if !self.0.waits.load(SeqCst) {
            return Ok(0);
        }
        let _turn = self.0.turn.lock().await;
        let text = match tokio::fs::read_to_string(&self.0.path).await {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.0.waits.store(false, SeqCst);
                return Ok(0);
            }
            Err(error) => return Err(error),
        };
        let mut left: Vec<&str> = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let entry = calls::unseal(&self.0.app, line).ok().and_then(|text| row::read(&text));
            let Some(entry) = entry else {
                tracing::error!("a line of the calls' journal cannot be read");
                continue;
            };
            match entry.apply(&self.0.app).await {
                Ok(_) => tracing::info!("an entry of the calls' journal is committed"),
                Err(error) if may_come_later(&error) => {
                    tracing::warn!(%error, "an entry of the calls' journal waits");
                    left.push(line);
                }
                Err(error) => tracing::error!(%error, "an entry of the calls' journal is refused"),
            }
        }
        if left.is_empty() {
            tokio::fs::remove_file(&self.0.path).await?;
        } else {
            let beside = self.0.path.with_extension("new");
            let mut options = tokio::fs::OpenOptions::new();
            options.write(true).create(true).truncate(true).mode(0o600);
            let mut file = options.open(&beside).await?;
            file.write_all((left.join("\n") + "\n").as_bytes()).await?;
            file.sync_data().await?;
            tokio::fs::rename(&beside, &self.0.path).await?;
        }
        self.0.waits.store(!left.is_empty(), SeqCst);
        Ok(left.len())
    }

    /// Drains now and then, for as long as calls are taken.
    pub(crate) async fn drain_for_ever(&self) {
        loop {
            if let Err(error) = self.drain().await {
                tracing::warn!(%error, "the calls' journal cannot be drained");
            }
            tokio::time::sleep(DRAIN_EVERY).await;
        }
    }
}
