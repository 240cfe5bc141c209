//! Persistence on SQLite or PostgreSQL: reads by noun, the [`writer`] and the [`feed`].
//!
//! There is one copy of every query: `on_db!` compiles it against both drivers. Nothing but the
//! writer's task owns a write transaction; claims on PostgreSQL touch lease columns alone.

use std::{path::PathBuf, sync::Arc};

use tokio::{
    sync::{Mutex, mpsc},
    task::JoinHandle,
};

use crate::domain::time::Timestamp;

pub mod accounts;
pub mod acts;
pub mod calls;
pub mod cases;
mod db;
pub mod directory;
pub mod events;
pub mod feed;
pub mod feedback;
pub mod flags;
pub mod grades;
pub mod incidents;
pub mod intake;
pub mod leases;
pub mod lists;
pub mod notices;
pub mod old_numbers;
pub mod queue;
pub mod rounds;
mod schema;
pub mod sealed;
pub mod settings;
pub mod stops;
mod values;
pub mod writer;

pub use accounts::{attendance, logins, pins, sessions};
pub use acts::{delegations, drives, evidence, links, matters, orders};
pub use calls::{call_backs, recordings};
pub use db::Db;
pub use directory::{load, people, policies, posts};
pub use feedback::{callers, months, rechecks, tasks};
pub use intake::{blocks, case_calls, origins, talks};
pub use queue::agents;
pub use rounds::{attempts, slots};
pub use sealed::{citizens, files, lines, seeds, texts};
pub use writer::requests;

use db::Lasting;
use feed::Feed;
use writer::Writer;

/// Groups that wait for the feed; more are read from the table.
const GROUPS_TO_FEED_MAX: usize = 64;

#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    #[error("not found")]
    NotFound,
    #[error("changed by someone else meanwhile")]
    Conflict,
    #[error("the request id was used for something else")]
    RequestReused,
    #[error("the writer's queue of {0} is full")]
    Full(usize),
    #[error("the writer has stopped")]
    Stopped,
    /// The database answered and said no.
    #[error("the database refused")]
    Database(#[source] Arc<sqlx::Error>),
    /// Whether the change was written is unknown; asking again with its request id tells.
    #[error("the database cannot be reached")]
    Unavailable(#[source] Arc<sqlx::Error>),
    #[error("the {0} of a stored row cannot be read")]
    Malformed(&'static str),
    #[error("the migrations failed")]
    Migration(#[source] Arc<sqlx::migrate::MigrateError>),
    #[error("unsupported database url, expected sqlite: or postgres:")]
    UnsupportedUrl,
    #[error("sqlite did not take the setting {0}")]
    Pragma(&'static str),
    #[error("the key file {} cannot be used", path.display())]
    KeyFile {
        path: PathBuf,
        #[source]
        source: Arc<std::io::Error>,
    },
    #[error("the key file {} is not one of this product", .0.display())]
    MalformedKeys(PathBuf),
    #[error("the key file {} is missing, but the database is sealed with one", .0.display())]
    KeysMissing(PathBuf),
    #[error("the database is sealed with other keys than those in {}", .0.display())]
    WrongKeys(PathBuf),
    /// Sealed bytes that do not open: the row was moved, cut or edited.
    #[error("a sealed value does not open")]
    Unsealable,
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => Self::NotFound,
            error if db::is_away(&error) => Self::Unavailable(Arc::new(error)),
            sqlx::Error::Database(_) => Self::Database(Arc::new(error)),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Malformed("column"),
            other => Self::Database(Arc::new(other)),
        }
    }
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Clone, Debug)]
pub struct Options {
    /// `sqlite:FILE` or `postgres://...`
    pub url: String,
    /// The file with the sealing keys; made on the first start.
    pub keys: PathBuf,
    /// 1 is one commit each, for comparison; None is the writer's own limit.
    pub group_max: Option<usize>,
}

/// An open database with its writer and its feed.
#[derive(Debug)]
pub struct Store {
    pub db: Db,
    pub writer: Writer,
    pub feed: Feed,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Store {
    /// Migrates, checks the keys, and starts the writer as a new node.
    pub async fn open(options: Options, now: Timestamp) -> Result<Self> {
        Self::open_lasting(options, now, Lasting::Kept).await
    }

    /// As [`Self::open`], of a SQLite database that nothing outlasts: commits reach the system and are not flushed, so they
    /// survive the process and not the machine, and pages are kept in memory.
    pub async fn open_scratch(options: Options, now: Timestamp) -> Result<Self> {
        Self::open_lasting(options, now, Lasting::Scratch).await
    }

    async fn open_lasting(options: Options, now: Timestamp, lasting: Lasting) -> Result<Self> {
        let db = Db::open(&options.url, &options.keys, lasting).await?;
        let (committed, own) = mpsc::channel(GROUPS_TO_FEED_MAX);
        let (feed, feeding) = Feed::start(db.clone(), own).await?;
        let (writer, writing) =
            Writer::start(db.clone(), now, options.group_max, committed).await?;
        Ok(Self { db, writer, feed, tasks: Mutex::new(vec![writing, feeding]) })
    }

    /// Takes no more, writes what waits, then ends. Closing twice is no harm.
    pub async fn close(&self) {
        self.writer.close();
        for task in self.tasks.lock().await.drain(..) {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task of the store failed");
            }
        }
        self.db.close().await;
    }
}

/// What waits is written still; nobody waits for it.
impl Drop for Store {
    fn drop(&mut self) {
        self.writer.close();
    }
}

#[cfg(test)]
pub(crate) mod held {
    use sqlx::{Connection, SqliteConnection};

    /// A SQLite file that takes nobody else's writes until it is released.
    pub(crate) struct Held(SqliteConnection);

    impl Held {
        pub(crate) async fn hold(url: &str) -> Self {
            let mut held = SqliteConnection::connect(url).await.unwrap();
            sqlx::query("BEGIN IMMEDIATE").execute(&mut held).await.unwrap();
            Self(held)
        }

        pub(crate) async fn release(mut self) {
            sqlx::query("ROLLBACK").execute(&mut self.0).await.unwrap();
        }
    }
}
