//! The real binary, `serve --demo`, on a network of its own.

use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use helpline181::store;
use tempfile::TempDir;

use crate::kit::{
    api::{Api, Books},
    many::staff::desks,
    network::Network,
    output::Output,
    quick,
    sounds::Sounds,
};

/// A start on a busy machine.
/// How often it is looked for what a call leaves behind.
const LOOK_EVERY: Duration = Duration::from_millis(200);
const READY: Duration = Duration::from_secs(30);
/// Of the desk phones `d001` and on.
pub(crate) const DESK_PASSWORD: &str = "at-the-desk";
/// What the server prints when it takes calls.
const READY_LINE: &str = "ready";

pub(crate) struct Server {
    child: Child,
    pub(crate) output: Output,
    pub(crate) network: Network,
    pub(crate) api: Api,
    /// How long its prompts last.
    pub(crate) sounds: Sounds,
    dir: TempDir,
    database: Option<Schema>,
    /// From the start of the process to its word.
    pub(crate) ready_after: Duration,
}

/// Where the server keeps its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    /// A schema of its own on the tests' PostgreSQL.
    Postgres,
    /// The same, which the server reaches by this address.
    PostgresBehind(SocketAddr),
}

/// Of a test on PostgreSQL: where it is, and where the server finds it.
struct Schema {
    url: String,
    server_url: String,
}

/// What a test wants otherwise than usual.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wishes {
    /// The caller's number that the trunk sends is believed.
    pub(crate) trusted_cli: bool,
    pub(crate) ring_timeout_s: u32,
    pub(crate) silence_timeout_s: u32,
    pub(crate) logs: &'static str,
    /// Each prompt is a word.
    pub(crate) quick: bool,
    /// Calls that it begins in a second.
    pub(crate) trunk_calls_per_second: u32,
    /// Verification calls that the server dials at one time.
    pub(crate) dialled: u32,
    /// They are made for feedback callers who are free.
    pub(crate) progressive: bool,
    /// Its trunk is the edge at hosts 20 to 22.
    pub(crate) edge: bool,
    pub(crate) database: Database,
    /// Desk phones `d001` and on, beside those of every test.
    pub(crate) desks: usize,
    /// How often registered phones are asked whether they are there. SIPp does not answer.
    pub(crate) qualify_s: u64,
    /// Settings beside those of every test.
    pub(crate) more: &'static str,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            trusted_cli: false,
            ring_timeout_s: 4,
            silence_timeout_s: 30,
            logs: "text",
            quick: false,
            trunk_calls_per_second: 200,
            dialled: 40,
            progressive: false,
            edge: false,
            database: Database::Sqlite,
            desks: 0,
            qualify_s: 15,
            more: "",
        }
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(Wishes::default()).await
    }

    /// With prompts of a word each.
    pub(crate) async fn quick() -> Self {
        Self::start_with(Wishes { quick: true, ..Wishes::default() }).await
    }

    pub(crate) async fn start_with(wishes: Wishes) -> Self {
        let network = Network::claim();
        let dir = tempfile::tempdir().unwrap();
        let audio = match wishes.quick {
            false => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/audio")),
            true => dir.path().join("audio"),
        };
        if wishes.quick {
            quick::prompts(&audio);
        }
        let settings = settings(&network, wishes, &audio);
        fs::write(dir.path().join("settings.toml"), settings).unwrap();
        let database = schema(wishes.database, &network).await;
        let began = Instant::now();
        let (child, output) = spawn(&dir, database.as_ref());
        let ready = output.find(|line| line == READY_LINE, READY).await;
        assert!(ready.is_some(), "the server is not ready:\n{}", output.text());
        let ready_after = began.elapsed();
        let tokens = fs::read_to_string(dir.path().join("data/demo-tokens.json")).unwrap();
        let tokens: BTreeMap<String, String> = serde_json::from_str(&tokens).unwrap();
        let api = Api::connect(network.api(), tokens).await;
        let sounds = Sounds::of(&audio);
        Self { child, output, network, api, dir, sounds, database, ready_after }
    }

    pub(crate) fn sip(&self) -> SocketAddr {
        self.network.sip()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where its prompts lie, when they are a word each.
    pub(crate) fn audio(&self) -> PathBuf {
        self.dir.path().join("audio")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The same database, as another node would open it.
    pub(crate) fn store_options(&self) -> store::Options {
        let file = || format!("sqlite:{}", self.data().join("helpline181.db").display());
        let url = self.database.as_ref().map_or_else(file, |schema| schema.url.clone());
        store::Options { url, keys: self.data().join("keys"), group_max: None }
    }

    /// Talks that are over, as PostgreSQL has them.
    pub(crate) async fn talks(&self) -> i64 {
        let schema = self.database.as_ref().expect("it is on PostgreSQL");
        let pool = sqlx::PgPool::connect(&schema.url).await.unwrap();
        let counted = sqlx::query_scalar("SELECT COUNT(*) FROM talks WHERE ended_at IS NOT NULL");
        let counted = counted.fetch_one(&pool).await.unwrap();
        pool.close().await;
        counted
    }

    /// Forgets what it kept on PostgreSQL; the server ends.
    pub(crate) async fn drop_schema(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        if let Some(schema) = &self.database {
            let pool = sqlx::PgPool::connect(&schema.url).await.unwrap();
            let drop =
                "DO $$ BEGIN EXECUTE 'DROP SCHEMA ' || current_schema() || ' CASCADE'; END $$";
            sqlx::raw_sql(drop).execute(&pool).await.unwrap();
            pool.close().await;
        }
    }

    /// SIGKILL, and the same data served again.
    pub(crate) async fn die_and_start_again(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let began = Instant::now();
        (self.child, self.output) = spawn(&self.dir, self.database.as_ref());
        let ready = self.output.find(|line| line == READY_LINE, READY).await;
        assert!(ready.is_some(), "the server is not ready again:\n{}", self.output.text());
        self.ready_after = began.elapsed();
        let tokens = fs::read_to_string(self.dir.path().join("data/demo-tokens.json")).unwrap();
        let tokens: BTreeMap<String, String> = serde_json::from_str(&tokens).unwrap();
        self.api = Api::connect(self.network.api(), tokens).await;
    }

    /// SIGTERM, and how long the end took.
    pub(crate) async fn terminate(&mut self) -> (ExitStatus, Duration) {
        let start = Instant::now();
        let told = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().unwrap();
        assert!(told.success());
        assert!(
            self.output.end(Duration::from_secs(60)).await,
            "the server goes on:\n{}",
            self.output.text()
        );
        (self.child.wait().unwrap(), start.elapsed())
    }

    /// Waits until so many calls that it made have their record; gives how many have.
    pub(crate) async fn ends_calls(&self, calls: usize, within: Duration) -> usize {
        let mut books = Books::open(&self.data()).await;
        let (begun, mut look) = (Instant::now(), tokio::time::interval(LOOK_EVERY));
        loop {
            look.tick().await;
            let recorded = books.dispositions("OUT").await.len();
            if recorded >= calls || begun.elapsed() > within {
                return recorded;
            }
        }
    }

    /// Nothing in the log may say that a task panicked.
    pub(crate) fn assert_calm(&self) {
        let panics: Vec<_> =
            self.output.lines().into_iter().filter(|line| line.contains("panicked")).collect();
        assert!(panics.is_empty(), "{panics:#?}");
    }
}

/// The tests' PostgreSQL.
fn postgres() -> String {
    std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names a server")
}

pub(crate) fn postgres_address() -> SocketAddr {
    let url = postgres();
    let (_, rest) = url.split_once('@').expect("a user and a host");
    rest.split('/').next().unwrap().parse().expect("TEST_POSTGRES_URL names an address")
}

/// A fresh schema, by the server's way to it.
async fn schema(wished: Database, network: &Network) -> Option<Schema> {
    if wished == Database::Sqlite {
        return None;
    }
    let server = postgres();
    let schema = format!("p{}_{}", std::process::id(), network.trunk()).replace('.', "_");
    let pool = sqlx::PgPool::connect(&server).await.unwrap();
    let fresh = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(fresh)).execute(&pool).await.unwrap();
    pool.close().await;
    let join = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{join}options=-c%20search_path%3D{schema}");
    let server_url = match wished {
        Database::PostgresBehind(address) => {
            let (head, rest) = url.split_once('@').expect("a user and a host");
            let (_, path) = rest.split_once('/').expect("a database");
            format!("{head}@{address}/{path}")
        }
        Database::Sqlite | Database::Postgres => url.clone(),
    };
    Some(Schema { url, server_url })
}

fn spawn(dir: &TempDir, database: Option<&Schema>) -> (Child, Output) {
    let database = database.iter().flat_map(|schema| ["--database", &schema.server_url]);
    let mut child = Command::new("setpriv")
        .args(["--pdeathsig", "KILL", env!("CARGO_BIN_EXE_helpline181"), "serve", "--demo"])
        .args(["--config", "settings.toml", "--data", "data"])
        .args(database)
        .current_dir(dir.path())
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("setpriv is part of util-linux");
    let output = Output::new();
    output.read(child.stderr.take().unwrap());
    output.read(child.stdout.take().unwrap());
    (child, output)
}

fn settings(network: &Network, wishes: Wishes, audio: &Path) -> String {
    let Wishes { trusted_cli, ring_timeout_s, silence_timeout_s, logs, dialled, qualify_s, .. } =
        wishes;
    let audio = audio.display();
    let desks: String = desks(wishes.desks)
        .iter()
        .map(|user| format!("[[phone]]\nuser = \"{user}\"\npassword = \"{DESK_PASSWORD}\"\n"))
        .collect();
    let (api, sip, host) = (network.api(), network.sip(), network.sip().ip());
    let (trunk, callee) = match wishes.edge {
        false => (network.trunk(), network.callee()),
        true => (network.host(22), network.at(22, 5060)),
    };
    let mode = if wishes.progressive { "progressive" } else { "agentless" };
    let (proxy, more, per_second) = (network.host(21), wishes.more, wishes.trunk_calls_per_second);
    format!(
        r#"
        [api]
        address = "{api}"
        [sip]
        udp = "{sip}"
        tcp = "{sip}"
        md5 = true
        qualify_s = {qualify_s}
        proxies = ["{proxy}"]
        [rtp]
        address = "{host}"
        port_first = 20000
        port_last = 20999
        silence_timeout_s = {silence_timeout_s}
        [dialler]
        mode = "{mode}"
        trunk = "test"
        calls_max = {dialled}
        ring_timeout_s = {ring_timeout_s}
        [prompts]
        dir = "{audio}"
        [logs]
        format = "{logs}"
        filter = "info,helpline181=debug"
        {more}
        [[trunk]]
        name = "test"
        peers = ["{trunk}"]
        trusted_cli = {trusted_cli}
        caller_id = "181"
        calls_per_second = {per_second}
        channels = 250
        outbound = "{callee}"
        [[phone]]
        user = "desk1"
        password = "open-sesame"
        [[phone]]
        user = "desk2"
        password = "open-sesame"
        [[phone]]
        user = "agent"
        password = "agent"
        {desks}
        "#
    )
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let lines = self.output.lines();
            let last = &lines[lines.len().saturating_sub(120)..];
            eprintln!("the server's last words:\n{}", last.join("\n"));
        }
    }
}
