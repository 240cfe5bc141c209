//! A helpline as it serves citizens, without the demonstration's clock: one database, and several processes that dial.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use helpline181::{
    app::{
        self, App, Mode, accounts, cases, desk, directory, evidence::Files, passwords::Cost,
        policies, recordings::Folder,
    },
    clock::Clock,
    domain::{
        actor::{Actor, Channel, HeldPost, Role},
        case::{Case, Kind},
        language::Language,
        phone::Phone,
        place::{Code, Level, PlaceCode},
        policy::{Policy, Verification},
        verification::Attempt,
    },
    store::{self, Store, attempts},
};
use sqlx::{PgPool, SqlitePool};
use tempfile::TempDir;
use tokio::{
    task::JoinSet,
    time::{Instant, interval, timeout},
};

use super::{LEASE_MS, RING_S};
use crate::kit::{network::Network, output::Output, quick, sounds::Sounds};

const READY: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(50);
const SAMPLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/sample/demo.toml"));
/// Hosts of the processes, from this one on.
const HOSTS: u8 = 40;
/// From the policy's row to its day.
const EFFECTIVE_MS: i64 = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

/// What outlives the processes; the test makes its cases beside them.
pub(super) struct Helpline {
    pub(super) network: Network,
    pub(super) sounds: Sounds,
    pub(super) app: Arc<App>,
    look: Store,
    rows: Rows,
    officer: Actor,
    url: String,
    schema: Option<String>,
    dir: TempDir,
}

/// A connection of the test's own.
enum Rows {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A round that some process holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) case: i64,
    /// Which process.
    pub(super) node: i64,
    pub(super) token: i64,
    /// Nobody else may ring its citizen before.
    pub(super) until_ms: i64,
}

impl Helpline {
    pub(super) async fn open(engine: Engine) -> Self {
        let (network, dir) = (Network::claim(), tempfile::tempdir().unwrap());
        let audio = dir.path().join("audio");
        quick::blinks(&audio);
        let data = dir.path().join("data-0");
        fs::create_dir(&data).unwrap();
        let (url, schema) = match engine {
            Engine::Sqlite => (format!("sqlite:{}", data.join("helpline181.db").display()), None),
            Engine::Postgres => {
                let schema = format!("t{}_{}", std::process::id(), network.trunk());
                let schema = schema.replace('.', "_");
                admin(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}"))
                    .await;
                let join = if server().contains('?') { '&' } else { '?' };
                let url = format!("{}{join}options=-c%20search_path%3D{schema}", server());
                (url, Some(schema))
            }
        };
        let clock = Clock::system();
        let open = || async {
            let keys = data.join("keys");
            let options = store::Options { url: url.clone(), keys, group_max: None };
            Store::open(options, clock.now()).await.unwrap()
        };
        let options = app::Options {
            clock: clock.clone(),
            mode: Mode::Service,
            passwords: Cost::Least,
            trusted_clients: Vec::new(),
            desk: app::Desk {
                evidence: Files::disk(dir.path().join("evidence")),
                recordings: Folder::open(dir.path().join("recordings")).await.unwrap(),
                ..app::Desk::default()
            },
            limits: app::Limits::default(),
        };
        let app = App::open(open().await, options).await.unwrap();
        directory::import_sample(&app, &Actor::system(), SAMPLE).await.unwrap();
        enact(&app).await;
        let officer = officer(&app).await;
        let rows = match engine {
            Engine::Sqlite => Rows::Sqlite(SqlitePool::connect(&url).await.unwrap()),
            Engine::Postgres => Rows::Postgres(PgPool::connect(&url).await.unwrap()),
        };
        let look = open().await;
        let sounds = Sounds::of(&audio);
        Self { network, sounds, app, look, rows, officer, url, schema, dir }
    }

    /// One process, the so-manieth, that dials; it finds PostgreSQL at another address when one is given.
    pub(super) async fn start(&self, n: u8, behind: Option<SocketAddr>) -> Node {
        let data = self.dir.path().join(format!("data-{n}"));
        if n > 0 {
            fs::create_dir_all(&data).unwrap();
            fs::copy(self.dir.path().join("data-0/keys"), data.join("keys")).unwrap();
        }
        let host = self.network.host(HOSTS + n);
        let file = format!("settings-{n}.toml");
        fs::write(self.dir.path().join(&file), self.settings(host)).unwrap();
        let url = behind.map(|address| {
            let (head, rest) = self.url.split_once('@').expect("a user and a host");
            format!("{head}@{address}/{}", rest.split_once('/').expect("a database").1)
        });
        let url = url.as_ref().unwrap_or(&self.url);
        let database = self.schema.iter().flat_map(|_| ["--database", url.as_str()]);
        let mut child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", env!("CARGO_BIN_EXE_helpline181"), "serve"])
            .args(["--config", &file, "--data", &format!("data-{n}")])
            .args(database)
            .current_dir(self.dir.path())
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("setpriv is part of util-linux");
        let output = Output::new();
        output.read(child.stderr.take().unwrap());
        output.read(child.stdout.take().unwrap());
        let ready = output.find(|line| line == "ready", READY).await;
        assert!(ready.is_some(), "a process is not ready:\n{}", output.text());
        Node { child, output, host }
    }

    fn settings(&self, host: IpAddr) -> String {
        let (trunk, callee) = (self.network.trunk(), self.network.callee());
        format!(
            r#"
            [api]
            address = "{host}:8181"
            [sip]
            udp = "{host}:5060"
            tcp = "{host}:5060"
            [rtp]
            address = "{host}"
            port_first = 20000
            port_last = 20999
            [dialler]
            trunk = "test"
            calls_max = 40
            ring_timeout_s = {RING_S}
            [prompts]
            dir = "audio"
            [logs]
            filter = "info,helpline181=debug"
            [[trunk]]
            name = "test"
            peers = ["{trunk}"]
            calls_per_second = 8
            channels = 250
            outbound = "{callee}"
            "#
        )
    }

    /// Cases of these citizens, all resolved in the same moment, by number.
    pub(super) async fn resolved(&self, numbers: &[String]) -> Vec<(String, Case)> {
        let mut registering = JoinSet::new();
        for number in numbers.iter().cloned() {
            let app = self.app.clone();
            registering.spawn(async move {
                let ask = complaint(&number);
                (number, cases::register(&app, &Actor::system(), ask).await.unwrap().case)
            });
        }
        let cases = registering.join_all().await;
        let mut resolving = JoinSet::new();
        for (_, case) in &cases {
            let (app, officer) = (self.app.clone(), self.officer.clone());
            let ask = desk::Resolve {
                request_id: format!("resolve {}", case.id),
                number: case.number(),
                etag: None,
                post: None,
                report: "the transformer was replaced and the supply tested".to_owned(),
                evidence: vec![],
            };
            resolving.spawn(async move { desk::resolve(&app, &officer, ask).await.unwrap() });
        }
        resolving.join_all().await;
        cases
    }

    /// The rounds that somebody holds, those included whose lease ran out.
    pub(super) async fn held(&self) -> Vec<Held> {
        const SQL: &str = "SELECT case_id, lease_node, lease_token,
                                  CASE WHEN next_at > leased_until THEN next_at ELSE leased_until END
                             FROM rounds
                            WHERE state = 'OPEN' AND leased_until IS NOT NULL";
        let rows: Vec<(i64, i64, i64, i64)> = match &self.rows {
            Rows::Sqlite(pool) => sqlx::query_as(SQL).fetch_all(pool).await.unwrap(),
            Rows::Postgres(pool) => sqlx::query_as(SQL).fetch_all(pool).await.unwrap(),
        };
        let held = |(case, node, token, until_ms)| Held { case, node, token, until_ms };
        rows.into_iter().map(held).collect()
    }

    pub(super) async fn attempts(&self, case: &Case) -> Vec<Attempt> {
        attempts::of_round(&self.look.db, case.id, 1).await.unwrap()
    }

    /// How often the citizen's answer stands among the facts of the case.
    pub(super) async fn answers(&self, case: &Case) -> usize {
        let facts = store::events::of_stream(&self.look.db, &case.stream(), 0).await.unwrap();
        facts.iter().filter(|fact| fact.event.kind == "answered").count()
    }

    pub(super) async fn close(self) {
        self.look.close().await;
        self.app.close().await;
        match self.rows {
            Rows::Sqlite(pool) => pool.close().await,
            Rows::Postgres(pool) => pool.close().await,
        }
        if let Some(schema) = &self.schema {
            admin(&format!("DROP SCHEMA {schema} CASCADE")).await;
        }
    }
}

/// One process of the helpline. Killed when dropped.
pub(super) struct Node {
    child: Child,
    pub(super) output: Output,
    pub(super) host: IpAddr,
}

impl Node {
    pub(super) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap();
        assert!(told.success());
    }

    /// Nothing in it runs any more, and what it asked of the system before is done.
    pub(super) async fn stands_still(&self) {
        let stat = format!("/proc/{}/stat", self.child.id());
        let stopped = || {
            let text = fs::read_to_string(&stat).unwrap();
            text.rsplit(") ").next().unwrap().starts_with('T')
        };
        until("the process stands still", READY, async || stopped()).await;
    }

    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(super) fn lines(&self, words: &str) -> Vec<String> {
        self.output.lines().into_iter().filter(|line| line.contains(words)).collect()
    }

    /// SIGTERM; it ends in order.
    pub(super) async fn ends(mut self) {
        self.signal("TERM");
        assert!(self.output.end(READY).await, "a process goes on:\n{}", self.output.text());
        assert!(self.child.wait().unwrap().success(), "{}", self.output.text());
        assert_eq!(self.lines("panicked"), [""; 0]);
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let lines = self.output.lines();
            let last = &lines[lines.len().saturating_sub(80)..];
            eprintln!("the last words of {}:\n{}", self.host, last.join("\n"));
        }
    }
}

/// Looks again and again until it is so.
pub(super) async fn until(what: &str, within: Duration, mut so: impl AsyncFnMut() -> bool) {
    let (begun, mut look) = (Instant::now(), interval(LOOK_EVERY));
    let looking = async {
        loop {
            look.tick().await;
            if so().await {
                return;
            }
        }
    };
    assert!(timeout(within, looking).await.is_ok(), "not within {:?}: {what}", begun.elapsed());
}

/// Calls at every hour, and leases of seconds.
async fn enact(app: &App) {
    let standard = Policy::standard();
    let policy = Policy {
        version: 2,
        effective_from: app.now().plus_ms(EFFECTIVE_MS),
        verification: Verification {
            part_minutes: [0, 8 * 60, 16 * 60, 24 * 60],
            dial_ms_max: LEASE_MS,
            ..standard.verification
        },
        ..standard
    };
    policies::enact(app, &Actor::system(), &policy).await.unwrap();
    until("its day has come", READY, async || app.now() >= policy.effective_from).await;
}

/// Of the post that answers for electricity in Phanda.
async fn officer(app: &App) -> Actor {
    let energy = Code::new("energy");
    let routed = app.index().route(&energy, &PlaceCode::new("block:phanda"), Level(1)).unwrap();
    let add = accounts::Add {
        login: "je.phanda".to_owned(),
        name: "Junior Engineer".to_owned(),
        password: "long enough".to_owned(),
        role: Role::Officer,
        district: None,
        posts: vec![routed.post],
    };
    let account = accounts::add(app, &Actor::system(), add).await.unwrap();
    let held = HeldPost {
        post: routed.post,
        department: energy,
        place: routed.place,
        level: routed.level,
        delegate_of: None,
    };
    Actor {
        account: Some(account.id),
        role: Role::Officer,
        channel: Channel::Portal,
        posts: vec![held],
        ..Actor::system()
    }
}

fn complaint(number: &str) -> cases::Register {
    cases::Register {
        request_id: format!("register {number}"),
        kind: Kind::Complaint,
        phone: Phone::parse(number).unwrap(),
        name: Some("Sita".to_owned()),
        language: Language::English,
        category: Code::new("electricity"),
        subcategory: None,
        place: PlaceCode::new("block:phanda"),
        words: Some("no light since Monday".to_owned()),
        recording: None,
        by_keys: false,
        call: None,
        despite: None,
        incident: None,
        heard_of: None,
        scheme: None,
    }
}

fn server() -> String {
    std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names a server")
}

async fn admin(sql: &str) {
    let pool = PgPool::connect(&server()).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&pool).await.unwrap();
    pool.close().await;
}
