//! What a filing cannot beat: an empty call of tonic, the bare engines, and pgbench.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use super::{
    load::{Run, cpu},
    server,
};

const GROUP: usize = 64;
const NOW_MS: i64 = 1_790_000_000_000;
const WORDS: &str = "Water has not come to our street for five days; the tanker promised on Monday did not arrive either. \
                     Water has not come to our street for five days; the tanker promised on Monday did not arrive either. \
                     Water has not come to our street for five days; the tanker promised on Monday did not arrive either. ";

/// A server of its own process that answers an empty question, and prints its port.
pub(crate) fn serve_hello() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("threads start").block_on(async {
        let (_, health) = tonic_health::server::health_reporter();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        println!("{}", listener.local_addr().expect("it has an address"));
        std::io::stdout().flush().expect("the parent reads");
        let incoming =
            tonic::transport::server::TcpIncoming::from(listener).with_nodelay(Some(true));
        let server = tonic::transport::Server::builder().add_service(health);
        server.serve_with_incoming(incoming).await.expect("it serves until it is killed");
    });
}

/// One question at a time.
pub(crate) async fn hello(span: Duration) -> Run {
    let mut child = Command::new(env::current_exe().expect("this bench"))
        .arg("--hello")
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut address = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut address).expect("a port");
    let uri = format!("http://{}", address.trim());
    let endpoint = tonic::transport::Endpoint::from_shared(uri).expect("a uri");
    let mut client = HealthClient::new(endpoint.connect().await.expect("it listens"));
    let mut waits = Vec::new();
    let began = Instant::now();
    while began.elapsed() < span {
        let asked = Instant::now();
        client.check(HealthCheckRequest::default()).await.expect("it answers");
        waits.push(asked.elapsed());
    }
    let run = Run::new(waits, began.elapsed(), None);
    let _ = child.kill();
    let _ = child.wait();
    run
}

/// Filings a second of one connection that writes three tables for 64 of them in each commit, and
/// the CPU of each.
pub(crate) async fn sqlite_groups(span: Duration) -> (f64, Duration) {
    let folder = tempfile::tempdir().expect("a folder");
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("floor.db"))
        .create_if_missing(true)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
        .synchronous(sqlx::sqlite::SqliteSynchronous::Full);
    let mut conn = options.connect().await.expect("it opens");
    let tables = "CREATE TABLE complaint (id INTEGER PRIMARY KEY, number TEXT NOT NULL UNIQUE,
                      idem TEXT NOT NULL UNIQUE, caller TEXT, phone TEXT, dept INT, district INT,
                      category TEXT, status INT, level INT, due_at INT, created_at INT, body TEXT);
                  CREATE INDEX complaint_phone ON complaint (phone);
                  CREATE INDEX complaint_due ON complaint (due_at) WHERE status < 4;
                  CREATE INDEX complaint_place ON complaint (dept, district, created_at);
                  CREATE TABLE history (id INTEGER PRIMARY KEY, complaint INT NOT NULL, at INT,
                      actor TEXT, action TEXT, note TEXT);
                  CREATE INDEX history_complaint ON history (complaint);
                  CREATE TABLE queue (id INTEGER PRIMARY KEY, complaint INT NOT NULL, run_at INT,
                      state INT, kind TEXT);
                  CREATE INDEX queue_run ON queue (run_at) WHERE state = 0;";
    sqlx::raw_sql(tables).execute(&mut conn).await.expect("tables");
    let statements = [insert("complaint", 13), insert("history", 6), insert("queue", 5)];
    let (began, before) = (Instant::now(), cpu(std::process::id()));
    let mut id = 0_i64;
    while began.elapsed() < span {
        write_group(&mut conn, &statements, id).await.expect("written");
        id += GROUP as i64;
    }
    let rate = id as f64 / began.elapsed().as_secs_f64();
    let spent = cpu(std::process::id()).saturating_sub(before).div_f64(id as f64);
    conn.close().await.expect("closed");
    (rate, spent)
}

/// Places without names: SQLite looks through the names of all places for each that it binds.
fn insert(table: &str, columns: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(","));
    format!("INSERT INTO {table} VALUES {}", vec![row; GROUP].join(","))
}

async fn write_group(
    conn: &mut SqliteConnection,
    [complaint, history, queue]: &[String; 3],
    first: i64,
) -> sqlx::Result<()> {
    let statement = |sql: &String| sqlx::query(sqlx::AssertSqlSafe(sql.clone()));
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *conn).await?;
    let ids = first..first + GROUP as i64;
    let mut query = statement(complaint);
    for id in ids.clone() {
        let random = scattered(id);
        let (dept, district) = ((random % 52) as i64, ((random >> 8) % 55) as i64);
        query = query.bind(id).bind(format!("2026/{dept}/{id}")).bind(format!("{random:016x}{id}"));
        query = query.bind("Asha Devi").bind(format!("9{:09}", random % 1_000_000_000));
        query = query.bind(dept).bind(district).bind("water/supply").bind(0).bind(1);
        query = query.bind(NOW_MS + id).bind(NOW_MS).bind(WORDS);
    }
    query.execute(&mut *conn).await?;
    let mut query = statement(history);
    for id in ids.clone() {
        query = query.bind(id).bind(id).bind(NOW_MS).bind("agent-12").bind("FILED");
        query = query.bind("by phone");
    }
    query.execute(&mut *conn).await?;
    let mut query = statement(queue);
    for id in ids {
        query = query.bind(id).bind(id).bind(NOW_MS + id).bind(0).bind("sms.receipt");
    }
    query.execute(&mut *conn).await?;
    sqlx::raw_sql("COMMIT").execute(&mut *conn).await?;
    Ok(())
}

/// Keys that do not come in order, as request ids and phones do not (the mix of splitmix64).
fn scattered(id: i64) -> u64 {
    let mut mixed = id.unsigned_abs().wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Three tables and two scripts: a filing each, and 64 filings in one statement.
pub(crate) struct Pgbench {
    url: String,
    folder: TempDir,
}

pub(crate) struct Rate {
    pub(crate) rate: f64,
    pub(crate) latency: Duration,
}

const SCHEMA: &str = "DROP SCHEMA IF EXISTS f CASCADE;
CREATE SCHEMA f;
CREATE TABLE f.complaint (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number TEXT NOT NULL UNIQUE, idem UUID NOT NULL UNIQUE, phone TEXT, dept INT, district INT,
    due_at TIMESTAMPTZ, created_at TIMESTAMPTZ NOT NULL DEFAULT now(), body TEXT);
CREATE INDEX ON f.complaint (phone);
CREATE INDEX ON f.complaint (due_at);
CREATE INDEX ON f.complaint (dept, district, created_at);
CREATE TABLE f.history (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    complaint_id BIGINT NOT NULL, at TIMESTAMPTZ NOT NULL DEFAULT now(), actor TEXT, note TEXT);
CREATE INDEX ON f.history (complaint_id);
CREATE TABLE f.queue (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    complaint_id BIGINT NOT NULL, run_at TIMESTAMPTZ NOT NULL, kind TEXT);
CREATE INDEX ON f.queue (run_at);";

const SINGLE: &str = "\\set d random(1, 52)
\\set t random(1, 55)
\\set ph random(1, 999999999)
begin;
insert into f.complaint (number, idem, phone, dept, district, due_at, body) values (gen_random_uuid()::text, gen_random_uuid(), '9' || :ph, :d, :t, now() + interval '7 days', repeat('Water has not come to our street for five days; the tanker promised on Monday did not arrive either. ', 3)) returning id \\gset
insert into f.history (complaint_id, actor, note) values (:id, 'agent-12', 'by phone');
insert into f.queue (complaint_id, run_at, kind) values (:id, now(), 'sms.receipt');
commit;
";

const GROUPS: &str = "with c as (insert into f.complaint (number, idem, phone, dept, district, due_at, body) select gen_random_uuid()::text, gen_random_uuid(), '9' || (random()*1e9)::int, 1+(random()*51)::int, 1+(random()*54)::int, now() + interval '7 days', repeat('Water has not come to our street for five days; the tanker promised on Monday did not arrive either. ', 3) from generate_series(1, 64) returning id), h as (insert into f.history (complaint_id, actor, note) select id, 'agent-12', 'by phone' from c) insert into f.queue (complaint_id, run_at, kind) select id, now(), 'sms.receipt' from c;
";

impl Pgbench {
    pub(crate) async fn prepare(url: &str) -> Self {
        server::run(url, SCHEMA).await;
        let folder = tempfile::tempdir().expect("a folder");
        for (name, script) in [("single.sql", SINGLE), ("groups.sql", GROUPS)] {
            fs::write(folder.path().join(name), script).expect("written");
        }
        Self { url: url.to_owned(), folder }
    }

    pub(crate) fn single(&self, clients: u32, span: Duration) -> Rate {
        self.run("single.sql", clients, span)
    }

    pub(crate) fn groups(&self, clients: u32, span: Duration) -> Rate {
        self.run("groups.sql", clients, span)
    }

    fn run(&self, script: &str, clients: u32, span: Duration) -> Rate {
        let out = Command::new("pgbench")
            .args(["-n", "-M", "prepared", "-j", "2", "-c", &clients.to_string()])
            .args(["-T", &span.as_secs().to_string(), "-f"])
            .arg(self.folder.path().join(script))
            .arg(&self.url)
            .output()
            .expect("pgbench is part of PostgreSQL");
        let text = String::from_utf8_lossy(&out.stdout);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let figure = |name: &str| -> f64 {
            let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("a figure");
            line.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a number")
        };
        let latency = Duration::from_secs_f64(figure("latency average = ") / 1_000.0);
        Rate { rate: figure("tps = "), latency }
    }

    pub(crate) async fn clear(self) {
        server::run(&self.url, "DROP SCHEMA f CASCADE").await;
    }
}
