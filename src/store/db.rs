//! Connections: readers in a pool, the writer's own outside any, and one for leases.

use std::{path::Path, str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions, PgConnection, PgPool, Row, SqliteConnection, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::{sync::Mutex, time::timeout};

use super::{Error, Result, schema, sealed::Keys, values::Cells};
use crate::domain::time::Timestamp;

const SQLITE_READERS_MAX: u32 = 4;
const POSTGRES_READERS_MAX: u32 = 6;
const READ_TIMEOUT_MS: &str = "2000";
const WRITE_TIMEOUT_MS: &str = "10000";
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// An idle reader gives its page cache back.
const READER_IDLE: Duration = Duration::from_secs(60);
/// The page cache of one connection in KiB: SQLite takes a negative number for that.
const READER_CACHE: &str = "-1024";
const WRITER_CACHE: &str = "-4096";
/// Four sizes of each merged statement, and some single ones.
const WRITER_STATEMENTS_MAX: usize = 256;
/// What PRAGMA synchronous answers for FULL.
const SYNCHRONOUS_FULL: i64 = 2;

/// The readers, and the keys that open what is sealed. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pool: Pool,
    keys: Arc<Keys>,
    /// PostgreSQL only: claims are short transactions of their own.
    leases: Arc<Mutex<Option<Conn>>>,
}

#[derive(Clone, Debug)]
pub enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A connection in no pool: a pool pings on every return.
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

/// Runs a query on the readers; gives its rows as [`Cells`].
macro_rules! rows {
    ($db:expr, $sql:expr $(, $bind:expr)* $(,)?) => {{
        let rows: Vec<$crate::store::values::Cells> =
            $crate::store::db::on_db!(Pool, $db.pool(), |pool| {
                let rows = sqlx::query($sql)$(.bind($bind))*.fetch_all(pool).await?;
                rows.into_iter().map(Into::into).collect()
            });
        rows
    }};
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
    /// Opens the readers, brings the schema up to date, and checks the keys against it.
    pub(super) async fn open(url: &str, keys: &Path) -> Result<Self> {
        let pool = if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(BUSY_TIMEOUT)
                .pragma("cache_size", READER_CACHE);
            let pool = SqlitePoolOptions::new()
                .max_connections(SQLITE_READERS_MAX)
                .idle_timeout(READER_IDLE)
                .acquire_timeout(CONNECT_TIMEOUT);
            Pool::Sqlite(pool.connect_with(options).await?)
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(url)?.application_name("helpline181");
            let pool = PgPoolOptions::new()
                .max_connections(POSTGRES_READERS_MAX)
                .idle_timeout(READER_IDLE)
                .acquire_timeout(CONNECT_TIMEOUT);
            // A migration may take longer than a read.
            let migrating = pool.clone().max_connections(1).connect_with(options.clone()).await?;
            schema::migrate(&Pool::Postgres(migrating.clone())).await?;
            migrating.close().await;
            let options = options.options([("statement_timeout", READ_TIMEOUT_MS)]);
            Pool::Postgres(pool.connect_with(options).await?)
        } else {
            return Err(Error::UnsupportedUrl);
        };
        if let Pool::Sqlite(_) = pool {
            schema::migrate(&pool).await?;
        }
        let keys = Keys::unlock(&pool, keys).await?;
        Ok(Self { pool, keys: Arc::new(keys), leases: Arc::default() })
    }

    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The database's own time, which many nodes share; None on SQLite, whose time is the system's.
    pub async fn time(&self) -> Result<Option<Timestamp>> {
        let Pool::Postgres(pool) = &self.pool else { return Ok(None) };
        let row =
            sqlx::query("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)")
                .fetch_one(pool)
                .await?;
        Ok(Some(row.try_get(0)?))
    }

    /// A connection of the writer's kind.
    pub(super) async fn connect(&self) -> sqlx::Result<Conn> {
        let connecting = timeout(CONNECT_TIMEOUT, self.pool.connect());
        connecting.await.map_err(|_| sqlx::Error::PoolTimedOut)?
    }

    /// The connection for claims on PostgreSQL, taken out while it is used.
    pub(super) async fn lease_connection(&self) -> tokio::sync::MutexGuard<'_, Option<Conn>> {
        self.leases.lock().await
    }

    pub(super) async fn close(&self) {
        drop(self.leases.lock().await.take());
        on_db!(Pool, &self.pool, |pool| pool.close().await);
    }
}

impl Pool {
    pub(super) async fn connect(&self) -> sqlx::Result<Conn> {
        match self {
            Self::Sqlite(pool) => {
                let options = (*pool.connect_options()).clone();
                let options = options
                    .pragma("cache_size", WRITER_CACHE)
                    .statement_cache_capacity(WRITER_STATEMENTS_MAX);
                Ok(Conn::Sqlite(options.connect().await?))
            }
            Self::Postgres(pool) => {
                let options = (*pool.connect_options()).clone();
                let options = options
                    .options([("statement_timeout", WRITE_TIMEOUT_MS)])
                    .statement_cache_capacity(WRITER_STATEMENTS_MAX);
                let mut conn = options.connect().await?;
                // A nested loop locks rows in the order of the VALUES. Left alone, the planner takes
                // it for 4 rows and a hash join over a sequential scan for 64, and two nodes that
                // update the same cases deadlock.
                let plan = "SET enable_seqscan = off; SET enable_hashjoin = off;
                            SET enable_mergejoin = off; SET synchronous_commit = on";
                sqlx::raw_sql(plan).execute(&mut conn).await?;
                Ok(Conn::Postgres(conn))
            }
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

    /// Reads back what durability rests on: SQLite ignores a setting that it does not know.
    pub(super) async fn check_settings(&mut self) -> Result<()> {
        let Self::Sqlite(conn) = self else { return Ok(()) };
        let mode: String =
            sqlx::query("PRAGMA journal_mode").fetch_one(&mut *conn).await?.try_get(0)?;
        let synchronous: i64 =
            sqlx::query("PRAGMA synchronous").fetch_one(&mut *conn).await?.try_get(0)?;
        let foreign_keys: i64 =
            sqlx::query("PRAGMA foreign_keys").fetch_one(&mut *conn).await?.try_get(0)?;
        if mode != "wal" {
            return Err(Error::Pragma("journal_mode"));
        }
        if synchronous != SYNCHRONOUS_FULL {
            return Err(Error::Pragma("synchronous"));
        }
        if foreign_keys != 1 {
            return Err(Error::Pragma("foreign_keys"));
        }
        Ok(())
    }
}

/// The first row's first column; an answer without rows is [`sqlx::Error::RowNotFound`].
pub(super) fn only(rows: Vec<Cells>) -> sqlx::Result<Cells> {
    rows.into_iter().next().ok_or(sqlx::Error::RowNotFound)
}
