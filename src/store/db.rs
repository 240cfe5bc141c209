//! Connections: a few readers, the writer's own, and one for leases.
//!
//! No pool of the driver: it pings a connection on every way out and in, which costs more than the
//! small reads between.

use std::{
    path::Path,
    str::FromStr,
    sync::{Arc, Mutex as Lock, PoisonError},
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, PgConnection, Row, SqliteConnection,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::{
    sync::{Mutex, OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{
    Error, Result, schema,
    sealed::{Keys, phones::Phones},
    values::Cells,
};
use crate::domain::time::Timestamp;

const SQLITE_READERS_MAX: u32 = 4;
/// With the writer's, the one for claims and the one for phones they are 8.
const POSTGRES_READERS_MAX: u32 = 5;
const READ_TIMEOUT_MS: &str = "2000";
const WRITE_TIMEOUT_MS: &str = "10000";
/// A process that stands still or is cut off in a transaction gives its rows back after this: nothing of ours is silent for so long
/// between two statements.
const SILENCE_TIMEOUT_MS: &str = "5000";
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a read waits for a reader.
const READER_TIMEOUT: Duration = Duration::from_secs(5);
/// The page cache of one connection in KiB: SQLite takes a negative number for that.
const READER_CACHE: &str = "-1024";
const WRITER_CACHE: &str = "-4096";
/// The same of a database that nothing outlasts, and what it maps into memory.
const SCRATCH_CACHE: &str = "-65536";
const SCRATCH_MAP_BYTES: &str = "2147418112";
/// Seven sizes of each merged statement, and some single ones.
const WRITER_STATEMENTS_MAX: usize = 320;
/// Pages of SQLite's log before they go to the database file; one that was written often goes once.
const WAL_PAGES: &str = "4000";
/// Rows that SQLite's thread is ahead of their reader: a group's gate answers 64 at once.
const ROWS_AHEAD: usize = 128;
/// What PRAGMA synchronous answers for FULL and OFF.
const SYNCHRONOUS_FULL: i64 = 2;
const SYNCHRONOUS_OFF: i64 = 0;

/// Whether what is committed outlasts the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lasting {
    Kept,
    /// It outlasts the process alone. PostgreSQL keeps it all the same.
    Scratch,
}

/// The readers, and the keys that open what is sealed. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    dial: Arc<Dial>,
    keys: Arc<Keys>,
    readers: Arc<Readers>,
    /// PostgreSQL only: claims are short transactions of their own.
    leases: Arc<Mutex<Option<Conn>>>,
    phones: Arc<Phones>,
}

/// How to reach the database.
#[derive(Debug)]
enum Dial {
    Sqlite(SqliteConnectOptions, Lasting),
    Postgres(PgConnectOptions),
}

#[derive(Debug)]
struct Readers {
    idle: Lock<Vec<Conn>>,
    permits: Arc<Semaphore>,
}

/// A connection taken from the readers. Dropped in the middle of a read, it is closed.
#[derive(Debug)]
pub(super) struct Reader {
    conn: Option<Conn>,
    /// It lay idle and may have died meanwhile.
    idled: bool,
    readers: Arc<Readers>,
    _permit: OwnedSemaphorePermit,
}

#[derive(Debug)]
pub(super) enum Conn {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Compiles one query body against both drivers and runs it on the engine at hand.
macro_rules! on_db {
    ($kind:ident, $db:expr, |$conn:ident| $body:expr) => {
        match $db {
            $crate::store::db::$kind::Sqlite($conn) => $body,
            $crate::store::db::$kind::Postgres($conn) => $body,
        }
    };
}
pub(super) use on_db;

/// Runs a query on a reader; gives its rows as [`Cells`].
macro_rules! rows {
    ($db:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        loop {
            let mut reader = $db.reader().await?;
            let found: sqlx::Result<Vec<$crate::store::values::Cells>> =
                $crate::store::db::on_db!(Conn, reader.conn(), |conn| {
                    let found = sqlx::query($sql)$(.bind($bind))*.fetch_all(conn).await;
                    found.map(|rows| rows.into_iter().map(Into::into).collect())
                });
            if let Some(rows) = reader.settle(found)? {
                break rows;
            }
        }
    };
}
pub(super) use rows;

/// Runs a query on a connection that may write; gives its rows as [`Cells`].
macro_rules! rows_on {
    ($conn:expr, $sql:expr $(, $bind:expr)* $(,)?) => {{
        let rows: Vec<$crate::store::values::Cells> =
            $crate::store::db::on_db!(Conn, &mut *$conn, |conn| {
                let rows = sqlx::query($sql)$(.bind($bind))*.fetch_all(&mut *conn).await?;
                rows.into_iter().map(Into::into).collect()
            });
        rows
    }};
}
pub(super) use rows_on;

/// Runs a statement on a connection that may write; gives how many rows it touched.
macro_rules! run_on {
    ($conn:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::store::db::on_db!(Conn, &mut *$conn, |conn| {
            sqlx::query($sql)$(.bind($bind))*.execute(&mut *conn).await?.rows_affected()
        })
    };
}
pub(super) use run_on;

impl Db {
    /// Brings the schema up to date, and checks the keys against it.
    pub(super) async fn open(url: &str, keys: &Path, lasting: Lasting) -> Result<Self> {
        let dial = Dial::parse(url, lasting)?;
        let mut conn = dial.connect(WRITER_CACHE, "0").await?;
        conn.check_settings(lasting).await?;
        schema::migrate(&mut conn).await?;
        let keys = Keys::unlock(&mut conn, keys).await?;
        conn.close().await;
        let permits = Arc::new(Semaphore::new(dial.readers_max() as usize));
        Ok(Self {
            dial: Arc::new(dial),
            keys: Arc::new(keys),
            readers: Arc::new(Readers { idle: Lock::default(), permits }),
            leases: Arc::default(),
            phones: Arc::default(),
        })
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(super) fn phones(&self) -> &Phones {
        &self.phones
    }

    /// One process at a time writes to SQLite, so what is short goes through its one writer.
    pub(super) fn is_sqlite(&self) -> bool {
        matches!(*self.dial, Dial::Sqlite(..))
    }

    pub(super) fn lasting(&self) -> Lasting {
        match *self.dial {
            Dial::Sqlite(_, lasting) => lasting,
            Dial::Postgres(_) => Lasting::Kept,
        }
    }

    /// The database's own time, which many nodes share; None on SQLite, whose time is the system's.
    pub async fn time(&self) -> Result<Option<Timestamp>> {
        if self.is_sqlite() {
            return Ok(None);
        }
        let sql = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
        Ok(Some(only(rows!(self, sql))?.next()?))
    }

    pub(super) async fn reader(&self) -> sqlx::Result<Reader> {
        let permit = timeout(READER_TIMEOUT, self.readers.permits.clone().acquire_owned());
        let permit = match permit.await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) => return Err(sqlx::Error::PoolClosed),
            Err(_) => return Err(sqlx::Error::PoolTimedOut),
        };
        let idle = self.readers.idle().pop();
        let idled = idle.is_some();
        let conn = match idle {
            Some(conn) => conn,
            None => self.dial.connect(READER_CACHE, READ_TIMEOUT_MS).await?,
        };
        Ok(Reader { conn: Some(conn), idled, readers: self.readers.clone(), _permit: permit })
    }

    /// A connection for the writer or for claims.
    pub(super) async fn connect(&self) -> sqlx::Result<Conn> {
        // A nested loop locks rows in the order of the VALUES. Left alone, the planner takes
        // it for 4 rows and a hash join over a sequential scan for 64, and two nodes that
        // update the same cases deadlock.
        self.nested(WRITER_CACHE, WRITE_TIMEOUT_MS).await
    }

    /// A connection that looks up citizens by their index, however few there were when it planned.
    pub(super) async fn connect_for_phones(&self) -> sqlx::Result<Conn> {
        if self.readers.permits.is_closed() {
            return Err(sqlx::Error::PoolClosed);
        }
        self.nested(READER_CACHE, READ_TIMEOUT_MS).await
    }

    async fn nested(&self, cache: &'static str, timeout_ms: &str) -> sqlx::Result<Conn> {
        let mut conn = self.dial.connect(cache, timeout_ms).await?;
        if let Conn::Postgres(conn) = &mut conn {
            let plan = "SET enable_seqscan = off; SET enable_hashjoin = off;
                        SET enable_mergejoin = off; SET synchronous_commit = on";
            sqlx::raw_sql(plan).execute(conn).await?;
        }
        Ok(conn)
    }

    /// The connection for claims on PostgreSQL, taken out while it is used.
    pub(super) async fn lease_connection(&self) -> tokio::sync::MutexGuard<'_, Option<Conn>> {
        self.leases.lock().await
    }

    /// Returns when no connection is open any more: on SQLite the last one takes its files away.
    pub(super) async fn close(&self) {
        let all = self.dial.readers_max();
        // Reads under way end first; one that hangs is left to itself.
        let _all = timeout(READER_TIMEOUT, self.readers.permits.acquire_many(all)).await;
        self.readers.permits.close();
        self.phones.close().await;
        let idle = std::mem::take(&mut *self.readers.idle());
        for conn in idle.into_iter().chain(self.leases.lock().await.take()) {
            conn.close().await;
        }
    }
}

impl Dial {
    fn parse(url: &str, lasting: Lasting) -> Result<Self> {
        if url.starts_with("sqlite:") {
            let mut options = SqliteConnectOptions::from_str(url)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(BUSY_TIMEOUT)
                .statement_cache_capacity(WRITER_STATEMENTS_MAX)
                .pragma("wal_autocheckpoint", WAL_PAGES)
                .row_buffer_size(ROWS_AHEAD)
                .disable_statement_logging();
            if lasting == Lasting::Scratch {
                options = options
                    .synchronous(SqliteSynchronous::Off)
                    .pragma("mmap_size", SCRATCH_MAP_BYTES);
            }
            Ok(Self::Sqlite(options, lasting))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(url)?
                .statement_cache_capacity(WRITER_STATEMENTS_MAX)
                .disable_statement_logging();
            let named = options.get_application_name().is_some();
            Ok(Self::Postgres(if named {
                options
            } else {
                options.application_name("helpline181")
            }))
        } else {
            Err(Error::UnsupportedUrl)
        }
    }

    fn readers_max(&self) -> u32 {
        match self {
            Self::Sqlite(..) => SQLITE_READERS_MAX,
            Self::Postgres(_) => POSTGRES_READERS_MAX,
        }
    }

    async fn connect(&self, cache: &'static str, timeout_ms: &str) -> sqlx::Result<Conn> {
        let connecting = async {
            match self {
                Self::Sqlite(options, lasting) => {
                    let cache = if *lasting == Lasting::Scratch { SCRATCH_CACHE } else { cache };
                    let options = options.clone().pragma("cache_size", cache);
                    options.connect().await.map(Conn::Sqlite)
                }
                Self::Postgres(options) => {
                    // What is asked here takes a millisecond. The planner thinks otherwise of a small table
                    // that it must not scan, and compiles its plan for 200 ms first.
                    let settings = [
                        ("statement_timeout", timeout_ms),
                        ("idle_in_transaction_session_timeout", SILENCE_TIMEOUT_MS),
                        ("jit", "off"),
                    ];
                    let options = options.clone().options(settings);
                    options.connect().await.map(Conn::Postgres)
                }
            }
        };
        timeout(CONNECT_TIMEOUT, connecting).await.map_err(|_| sqlx::Error::PoolTimedOut)?
    }
}

impl Readers {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Conn>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    pub(super) fn conn(&mut self) -> &mut Conn {
        self.conn.as_mut().expect("it is taken only by `settle`")
    }

    /// Puts the connection back if it is whole. None when it had died while it lay idle: what was
    /// read may be read again.
    pub(super) fn settle<T>(mut self, found: sqlx::Result<T>) -> sqlx::Result<Option<T>> {
        let whole = found.as_ref().err().is_none_or(|error| !is_away(error));
        if whole && !self.readers.permits.is_closed() {
            let conn = self.conn.take();
            self.readers.idle().extend(conn);
        }
        match found {
            Err(_) if !whole && self.idled => Ok(None),
            found => found.map(Some),
        }
    }
}

impl Conn {
    pub(super) async fn begin(&mut self) -> sqlx::Result<()> {
        match self {
            // A deferred transaction that upgrades to writing fails at once with SQLITE_BUSY.
            Self::Sqlite(conn) => sqlx::raw_sql("BEGIN IMMEDIATE").execute(conn).await.map(drop),
            Self::Postgres(conn) => sqlx::raw_sql("BEGIN").execute(conn).await.map(drop),
        }
    }

    pub(super) async fn commit(&mut self) -> sqlx::Result<()> {
        on_db!(Conn, self, |conn| sqlx::raw_sql("COMMIT").execute(conn).await.map(drop))
    }

    pub(super) async fn rollback(&mut self) -> sqlx::Result<()> {
        on_db!(Conn, self, |conn| sqlx::raw_sql("ROLLBACK").execute(conn).await.map(drop))
    }

    pub(super) async fn close(self) {
        // It ends either way.
        let _ = on_db!(Conn, self, |conn| conn.close().await);
    }

    /// Reads back what durability rests on: SQLite ignores a setting that it does not know.
    pub(super) async fn check_settings(&mut self, lasting: Lasting) -> Result<()> {
        let Self::Sqlite(conn) = self else { return Ok(()) };
        let wanted = match lasting {
            Lasting::Kept => SYNCHRONOUS_FULL,
            Lasting::Scratch => SYNCHRONOUS_OFF,
        };
        let mode: String =
            sqlx::query("PRAGMA journal_mode").fetch_one(&mut *conn).await?.try_get(0)?;
        let synchronous: i64 =
            sqlx::query("PRAGMA synchronous").fetch_one(&mut *conn).await?.try_get(0)?;
        let foreign_keys: i64 =
            sqlx::query("PRAGMA foreign_keys").fetch_one(&mut *conn).await?.try_get(0)?;
        if mode != "wal" {
            return Err(Error::Pragma("journal_mode"));
        }
        if synchronous != wanted {
            return Err(Error::Pragma("synchronous"));
        }
        if foreign_keys != 1 {
            return Err(Error::Pragma("foreign_keys"));
        }
        Ok(())
    }
}

/// The database was not reached, or ends the connection: not what it thinks of the statement.
pub(super) fn is_away(error: &sqlx::Error) -> bool {
    match error {
        // SQLSTATE classes: connection exception, insufficient resources, operator intervention
        // (but 57014, a statement that took too long).
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            ["08", "53", "57P"].iter().any(|class| code.len() == 5 && code.starts_with(class))
        }),
        sqlx::Error::RowNotFound | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
            false
        }
        _ => true,
    }
}

/// The first row's first column; an answer without rows is [`sqlx::Error::RowNotFound`].
pub(super) fn only(rows: Vec<Cells>) -> sqlx::Result<Cells> {
    rows.into_iter().next().ok_or(sqlx::Error::RowNotFound)
}
