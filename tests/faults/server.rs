//! The real binary on one engine, started again and again over the same data.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use helpline181::{domain::time::Timestamp, store};
use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};

use crate::{beside::Beside, network::Network, output::Output};

/// A start that takes longer fails the test at once.
const READY_MAX: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// Data and network of one helpline, which outlive its processes.
pub(crate) struct Home {
    pub(crate) folder: TempDir,
    network: Network,
    schema: Option<String>,
    database: Option<String>,
    /// Before the command; a shell's word on signals.
    shell: Option<&'static str>,
}

pub(crate) struct Server {
    child: Child,
    output: Output,
    pub(crate) channel: Channel,
    pub(crate) tokens: BTreeMap<String, String>,
    /// From the start of the process to its word.
    pub(crate) ready_after: Duration,
}

impl Home {
    pub(crate) async fn new(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let network = Network::claim();
        let host = network.sip().ip();
        let (api, sip) = (network.api(), network.sip());
        let prompts = concat!(env!("CARGO_MANIFEST_DIR"), "/audio");
        let settings = format!(
            r#"
            [api]
            address = "{api}"
            in_flight_per_account_max = 500
            [sip]
            udp = "{sip}"
            tcp = "{sip}"
            [rtp]
            address = "{host}"
            [prompts]
            dir = "{prompts}"
            [[trunk]]
            name = "demo"
            peers = ["{host}"]
            "#
        );
        fs::write(folder.path().join("settings.toml"), settings).unwrap();
        let (schema, database) = match engine {
            Engine::Sqlite => (None, None),
            Engine::Postgres => {
                let server = server();
                let schema = format!("f{}", std::process::id());
                admin(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}"))
                    .await;
                let join = if server.contains('?') { '&' } else { '?' };
                let url = format!("{server}{join}options=-c%20search_path%3D{schema}");
                (Some(schema), Some(url))
            }
        };
        Self { folder, network, schema, database, shell: None }
    }

    /// On a database of the test's own.
    pub(crate) async fn on(database: String) -> Self {
        Self { database: Some(database), ..Self::new(Engine::Sqlite).await }
    }

    /// Its server meets a file that may not grow as an error, and not as a signal.
    pub(crate) async fn on_a_small_disk() -> Self {
        Self { shell: Some("trap '' XFSZ"), ..Self::new(Engine::Sqlite).await }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) async fn start(&self) -> Server {
        let began = Instant::now();
        let mut command = match self.shell {
            None => Command::new("setpriv"),
            Some(shell) => {
                let mut command = Command::new("sh");
                command.args(["-c", &format!("{shell}; exec setpriv \"$@\""), "sh"]);
                command
            }
        };
        command
            .args(["--pdeathsig", "KILL", env!("CARGO_BIN_EXE_helpline181"), "serve", "--demo"])
            .args(["--config", "settings.toml", "--data", "data"])
            .current_dir(self.folder.path())
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(database) = &self.database {
            command.args(["--database", database]);
        }
        let mut child = command.spawn().expect("setpriv is part of util-linux");
        let output = Output::new();
        output.read(child.stderr.take().unwrap());
        output.read(child.stdout.take().unwrap());
        let ready = output.find(|line| line == "ready", READY_MAX).await;
        let ready_after = began.elapsed();
        assert!(ready.is_some(), "the server is not ready:\n{}", output.text());
        let tokens = fs::read_to_string(self.data().join("demo-tokens.json")).unwrap();
        let tokens = serde_json::from_str(&tokens).unwrap();
        let endpoint = Endpoint::from_shared(format!("http://{}", self.network.api())).unwrap();
        let channel = endpoint.connect().await.unwrap();
        Server { child, output, channel, tokens, ready_after }
    }

    fn url(&self) -> String {
        let file = || format!("sqlite:{}", self.data().join("helpline181.db").display());
        self.database.clone().unwrap_or_else(file)
    }

    pub(crate) async fn beside(&self) -> Beside {
        Beside::open(&self.url()).await
    }

    /// The same database, opened beside the server as another node would.
    pub(crate) async fn store(&self) -> store::Store {
        let options =
            store::Options { url: self.url(), keys: self.data().join("keys"), group_max: None };
        store::Store::open(options, Timestamp::from_ms(0)).await.unwrap()
    }

    pub(crate) async fn drop_schema(self) {
        if let Some(schema) = &self.schema {
            admin(&format!("DROP SCHEMA {schema} CASCADE")).await;
        }
    }
}

impl Server {
    /// How large a file of the server may become; None for no limit.
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        let limit = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        // The soft limit alone: the hard one could not be raised again.
        let told = Command::new("prlimit")
            .args(["--pid", &self.child.id().to_string(), &format!("--fsize={limit}:unlimited")])
            .status()
            .expect("prlimit is part of util-linux");
        assert!(told.success());
    }

    pub(crate) fn log(&self) -> String {
        self.output.text()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// SIGKILL: nothing in the process runs any more.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let panics: Vec<_> =
            self.output.lines().into_iter().filter(|line| line.contains("panicked")).collect();
        assert!(panics.is_empty(), "{panics:#?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let lines = self.output.lines();
            let last = &lines[lines.len().saturating_sub(60)..];
            eprintln!("the server's last words:\n{}", last.join("\n"));
        }
    }
}

fn server() -> String {
    std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names a server")
}

async fn admin(sql: &str) {
    let pool = sqlx::PgPool::connect(&server()).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&pool).await.unwrap();
    pool.close().await;
}
