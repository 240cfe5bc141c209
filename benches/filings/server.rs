//! The real binary over fresh data on one engine.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use tempfile::TempDir;

#[derive(Clone, Copy)]
pub(crate) enum Engine<'u> {
    Sqlite,
    Postgres(&'u str),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Merged,
    /// One commit each, through the same path.
    OneEach,
}

impl Engine<'_> {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }
}

impl Group {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Merged => "merged",
            Self::OneEach => "one commit each",
        }
    }
}

pub(crate) struct Home {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
    schema: Option<(String, String)>,
    _folder: TempDir,
}

impl Home {
    pub(crate) async fn new(engine: Engine<'_>, group: Group) -> Self {
        let folder = tempfile::tempdir().expect("a folder for data");
        let (api, sip) = (free_port(), free_port());
        let settings = format!(
            "[api]\naddress = \"{api}\"\nin_flight_per_account_max = 1000\n\
             [sip]\nudp = \"{sip}\"\ntcp = \"off\"\n\
             [prompts]\ndir = \"{}/audio\"\n\
             [logs]\nfilter = \"warn\"\n\
             [[trunk]]\nname = \"demo\"\npeers = [\"127.0.0.2\"]\n",
            env!("CARGO_MANIFEST_DIR")
        );
        fs::write(folder.path().join("settings.toml"), settings).expect("written");
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", env!("CARGO_BIN_EXE_helpline181"), "serve", "--demo"])
            .args(["--config", "settings.toml", "--data", "data"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if group == Group::OneEach {
            command.env("HELPLINE181_STORE__GROUP_MAX", "1");
        }
        let schema = match engine {
            Engine::Sqlite => None,
            Engine::Postgres(server) => {
                let schema = schema_of_its_own(server).await;
                let join = if server.contains('?') { '&' } else { '?' };
                let url = format!("{server}{join}options=-c%20search_path%3D{schema}");
                command.args(["--database", &url]);
                Some((server.to_owned(), schema))
            }
        };
        let mut child = command.spawn().expect("setpriv is part of util-linux");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| line == "ready");
        assert!(ready, "the server did not start");
        let tokens = fs::read_to_string(folder.path().join("data/demo-tokens.json"));
        let tokens: BTreeMap<String, String> =
            serde_json::from_str(&tokens.expect("sample accounts")).expect("a table");
        Self { child, address: api, token: tokens["agent"].clone(), schema, _folder: folder }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) async fn end(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some((server, schema)) = &self.schema {
            run(server, &format!("DROP SCHEMA {schema} CASCADE")).await;
        }
    }
}

async fn schema_of_its_own(server: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let schema = format!("b{}_{}", std::process::id(), NEXT.fetch_add(1, Relaxed));
    run(server, &format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")).await;
    schema
}

pub(crate) async fn run(server: &str, sql: &str) {
    let pool = sqlx::PgPool::connect(server).await.expect("PostgreSQL answers");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&pool).await.expect("it runs");
    pool.close().await;
}

/// Free a moment ago: good enough for a bench that runs alone.
fn free_port() -> SocketAddr {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    socket.local_addr().expect("it has an address")
}
