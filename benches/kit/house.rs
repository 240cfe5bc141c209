//! A helpline on one engine with the sample's directory, and a connection beside it.

use std::{fs, path::Path, process::Command, sync::Arc, time::Instant};

use helpline181::{
    app::{
        App, Mode, Options,
        directory::{Upload, import},
        passwords::Cost,
    },
    clock::Clock,
    domain::{actor::Actor, time::Timestamp},
    sheets::File,
    store::{self, Store},
};
use sqlx::{Connection, PgConnection, Row, SqliteConnection};
use tempfile::TempDir;

/// 2026-11-22T10:00:00+05:30
pub(crate) const TEN: Timestamp = Timestamp(1_795_321_800_000);

pub(crate) struct House {
    pub(crate) app: Arc<App>,
    url: String,
    schema: Option<String>,
    folder: TempDir,
}

impl House {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("helpline.db").display());
        Self::open(folder, url, None).await
    }

    pub(crate) async fn postgres() -> Self {
        let server = server();
        let schema = format!("bench{}", std::process::id());
        admin(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")).await;
        let join = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{join}options=-c%20search_path%3D{schema}");
        Self::open(tempfile::tempdir().expect("a folder"), url, Some(schema)).await
    }

    async fn open(folder: TempDir, url: String, schema: Option<String>) -> Self {
        let keys = folder.path().join("keys");
        let options = store::Options { url: url.clone(), keys, group_max: None };
        let store = Store::open(options, TEN).await.expect("a new database");
        let options = Options {
            clock: Clock::fixed(TEN),
            mode: Mode::Demonstration,
            passwords: Cost::Least,
            trusted_clients: Vec::new(),
            desk: Default::default(),
            ..Options::default()
        };
        let app = App::open(store, options).await.expect("a helpline on it");
        let begun = Instant::now();
        let upload = Upload { files: directory(folder.path()), ..Upload::default() };
        let report = import(&app, &Actor::system(), upload, &|_| {}).await.expect("an import");
        assert!(report.faults.is_empty(), "{:?}", report.faults.listed);
        let took = begun.elapsed().as_secs_f64();
        println!("\ndirectory of {} posts in {took:.1} s", app.index().posts().count());
        Self { app, url, schema, folder }
    }

    /// Another process's way to the same database.
    pub(crate) async fn store(&self) -> Store {
        let keys = self.folder.path().join("keys");
        let options = store::Options { url: self.url.clone(), keys, group_max: None };
        Store::open(options, TEN).await.expect("the same database")
    }

    pub(crate) fn engine(&self) -> &'static str {
        if self.schema.is_some() { "PostgreSQL" } else { "SQLite" }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.schema.is_some()
    }

    /// A connection as the writer's, beside it.
    pub(crate) async fn beside(&self) -> Beside {
        if self.is_postgres() {
            return Beside::Postgres(PgConnection::connect(&self.url).await.expect("it answers"));
        }
        let mut conn = SqliteConnection::connect(&self.url).await.expect("it opens");
        let settings = "PRAGMA synchronous=FULL; PRAGMA cache_size=-4096;
                        PRAGMA wal_autocheckpoint=4000; PRAGMA busy_timeout=5000";
        sqlx::raw_sql(settings).execute(&mut conn).await.expect("settings");
        Beside::Sqlite(conn)
    }

    /// What a server does by itself after a rush of rows.
    pub(crate) async fn settle(&self) {
        let mut conn = self.beside().await;
        let sql = if self.is_postgres() {
            "VACUUM ANALYZE; CHECKPOINT"
        } else {
            "PRAGMA wal_checkpoint(TRUNCATE)"
        };
        for sql in sql.split("; ") {
            conn.run(sql).await;
        }
    }

    pub(crate) async fn end(self) {
        self.app.close().await;
        if let Some(schema) = &self.schema {
            admin(&format!("DROP SCHEMA {schema} CASCADE")).await;
        }
    }
}

pub(crate) enum Beside {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Beside {
    pub(crate) async fn run(&mut self, sql: &str) {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(conn) => drop(sqlx::raw_sql(sql).execute(conn).await.expect("it runs")),
            Self::Postgres(conn) => drop(sqlx::raw_sql(sql).execute(conn).await.expect("it runs")),
        }
    }

    /// One statement's rows touched.
    pub(crate) async fn touch(&mut self, sql: &str) -> u64 {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(conn) => {
                sqlx::query(sql).execute(conn).await.expect("it runs").rows_affected()
            }
            Self::Postgres(conn) => {
                sqlx::query(sql).execute(conn).await.expect("it runs").rows_affected()
            }
        }
    }

    /// How the engine finds it, in one line.
    pub(crate) async fn plan(&mut self, postgres: bool, sql: &str) -> String {
        let verb = if postgres { "EXPLAIN" } else { "EXPLAIN QUERY PLAN" };
        let sql = sqlx::AssertSqlSafe(format!("{verb} {sql}"));
        let lines: Vec<String> = match self {
            Self::Sqlite(conn) => {
                let rows = sqlx::query(sql).fetch_all(conn).await.expect("a plan");
                rows.iter().map(|row| row.get("detail")).collect()
            }
            Self::Postgres(conn) => {
                let rows = sqlx::query(sql).fetch_all(conn).await.expect("a plan");
                rows.iter().map(|row| row.get(0)).collect()
            }
        };
        lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join("; ")
    }

    pub(crate) async fn number(&mut self, sql: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(conn) => sqlx::query_scalar(sql).fetch_one(conn).await.expect("a number"),
            Self::Postgres(conn) => {
                sqlx::query_scalar(sql).fetch_one(conn).await.expect("a number")
            }
        }
    }
}

/// The server's own process.
pub(crate) async fn postmaster() -> u32 {
    let mut conn = PgConnection::connect(&server()).await.expect("PostgreSQL answers");
    let folder: String =
        sqlx::query_scalar("SHOW data_directory").fetch_one(&mut conn).await.expect("a folder");
    let file = Path::new(&folder).join("postmaster.pid");
    let text = fs::read_to_string(file).expect("its process file, which root may read");
    text.lines().next().and_then(|line| line.trim().parse().ok()).expect("a process")
}

pub(crate) fn server() -> String {
    std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names a server")
}

async fn admin(sql: &str) {
    let mut conn = PgConnection::connect(&server()).await.expect("PostgreSQL answers");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut conn).await.expect("it runs");
}

/// The sample of Madhya Pradesh with its generated officers.
fn directory(folder: &Path) -> Vec<File> {
    let to = folder.join("directory");
    let made = Command::new(env!("CARGO_BIN_EXE_helpline181"))
        .args(["testdata", "directory"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/sample/mp"))
        .arg(&to)
        .output()
        .expect("it runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut files: Vec<_> = fs::read_dir(&to)
        .expect("its folder")
        .map(|entry| {
            let path = entry.expect("a file").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            File { name, bytes: fs::read(&path).expect("its bytes") }
        })
        .collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    files
}
