//! A database of its own for each test, and short words for what tests do.

use std::{
    future::Future,
    path::PathBuf,
    pin::Pin,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    task::{Context, Waker},
};

use helpline181::{
    domain::{change::Change, time::Timestamp},
    store::{
        Options, Result, Store,
        writer::{Lane, Request},
    },
};
use tempfile::TempDir;

pub(crate) mod beside;
pub(crate) mod samples;

use beside::Beside;

pub(crate) const NOW: Timestamp = Timestamp::from_ms(1_795_320_000_000);

macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() { super::$test(crate::kit::Home::sqlite()).await })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                let home = crate::kit::Home::postgres().await;
                let schema = home.schema.clone().unwrap();
                super::$test(home).await;
                crate::kit::drop_schema(&schema).await;
            })*
        }
    };
}

static TESTS: AtomicU32 = AtomicU32::new(0);

/// Where one test's database and key file lie.
pub(crate) struct Home {
    pub(crate) url: String,
    pub(crate) folder: TempDir,
    pub(crate) schema: Option<String>,
}

impl Home {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("helpline181.db").display());
        Self { url, folder, schema: None }
    }

    pub(crate) async fn postgres() -> Self {
        let server = server();
        let schema = format!("s{}_{}", std::process::id(), TESTS.fetch_add(1, Relaxed));
        admin(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")).await;
        let join = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{join}options=-c%20search_path%3D{schema}");
        Self { url, folder: tempfile::tempdir().unwrap(), schema: Some(schema) }
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    pub(crate) fn options(&self) -> Options {
        Options { url: self.url.clone(), keys: self.keys(), group_max: None }
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(self.options(), NOW).await.unwrap()
    }
}

pub(crate) async fn drop_schema(schema: &str) {
    admin(&format!("DROP SCHEMA {schema} CASCADE")).await;
}

fn server() -> String {
    std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names a server")
}

async fn admin(sql: &str) {
    let pool = sqlx::PgPool::connect(&server()).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&pool).await.unwrap();
    pool.close().await;
}

pub(crate) fn request(id: &str) -> Request {
    Request { owner: "account:7".to_owned(), id: Some(id.to_owned()), fingerprint: [9; 32] }
}

pub(crate) async fn commit(store: &Store, id: &str, change: Change) -> Result<String> {
    store.writer.commit(Lane::Acts, request(id), change).await
}

/// Runs a statement of the test's own, beside the store.
pub(crate) async fn run(home: &Home, sql: &str) {
    let beside = Beside::open(&home.url).await;
    beside.run(sql).await.unwrap();
    beside.close().await;
}

pub(crate) async fn number(home: &Home, sql: &str) -> i64 {
    let beside = Beside::open(&home.url).await;
    let numbers = beside.numbers(sql).await;
    beside.close().await;
    numbers[0]
}

pub(crate) async fn count(home: &Home, table: &str) -> i64 {
    number(home, &format!("SELECT COUNT(*) FROM {table}")).await
}

/// Holds the writer up: it waits for this open transaction once `blocked` is asked of it.
pub(crate) enum Blocker {
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

impl Blocker {
    pub(crate) async fn begin(home: &Home) -> Self {
        let sql = "INSERT INTO requests (owner, id, fingerprint, result, expires_at)
                   VALUES ('account:7', 'blocked', '', '', 0)";
        match Beside::open(&home.url).await {
            Beside::Sqlite(pool) => {
                let mut tx = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
                sqlx::query(sql).execute(&mut *tx).await.unwrap();
                Self::Sqlite(tx)
            }
            Beside::Postgres(pool) => {
                let mut tx = pool.begin().await.unwrap();
                sqlx::query(sql).execute(&mut *tx).await.unwrap();
                Self::Postgres(tx)
            }
        }
    }

    pub(crate) async fn release(self) {
        match self {
            Self::Sqlite(tx) => tx.rollback().await.unwrap(),
            Self::Postgres(tx) => tx.rollback().await.unwrap(),
        }
    }
}

/// Starts a future by polling it once, so that what it sends at once is sent.
pub(crate) fn started<T>(
    future: impl Future<Output = T> + Send + 'static,
) -> Pin<Box<dyn Future<Output = T> + Send>>
where
    T: Send + 'static,
{
    let mut future: Pin<Box<dyn Future<Output = T> + Send>> = Box::pin(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        std::task::Poll::Pending => future,
        std::task::Poll::Ready(value) => Box::pin(std::future::ready(value)),
    }
}
