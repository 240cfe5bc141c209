//! Connections: readers in a pool, the writer's own outside any, and one for leases.

use std::{str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions, PgConnection, PgPool, Row, SqliteConnection, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Error, Result, schema, sealed::Keys};

const SQLITE_READERS_MAX: u32 = 4;
const POSTGRES_READERS_MAX: u32 = 6;
const READ_TIMEOUT_MS: &str = "2000";
const WRITE_TIMEOUT_MS: &str = "10000";
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// An idle reader gives its page cache back.
const READER_IDLE: Duration = Duration::from_secs(60);
/// KiB of pages that one SQLite connection keeps; negative is KiB in SQLite's own spelling.
const READER_CACHE: &str = "-512";
const WRITER_CACHE: &str = "-4096";

/// The readers, and the keys that open what is sealed. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pool: Pool,
    keys: Arc<Keys>,
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

/// Runs a query on the readers; gives its rows as [`super::values::Cells`].
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

/// Runs a query on a connection of the writer's kind; gives its rows as cells.
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

impl Db {
    /// Opens the readers and brings the schema up to date.
    pub(super) async fn open(url: &str, keys: impl FnOnce(&Pool) -> Keys) -> Result<Self> {
        let _ = (url, keys);
        todo!()
    }

    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }
}
