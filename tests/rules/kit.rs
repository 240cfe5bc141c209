//! A helpline of its own for each test, on a database of its own and a clock that stands.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::Relaxed},
};

use helpline181::{
    app::{
        App, Contacts, Desk, Limits, Mode, Options, accounts,
        agents::{self, calling::Calling},
        cases, desk, directory,
        evidence::Files,
        feedback,
        notices::{Dispatch, Gateway, Templates, log_file::LogFile},
        passwords::Cost,
        recordings::Folder,
        verification,
    },
    clock::Clock,
    domain::{
        actor::{Actor, Channel, HeldPost, Role},
        case::{Case, Kind},
        change::Event,
        language::Language,
        phone::Phone,
        place::{Code, Level, PlaceCode},
        time::Timestamp,
        verification::{Milestones, Outcome},
    },
    store::{self, Store, accounts as stored_accounts},
};
use tempfile::TempDir;

pub(crate) const SAMPLE: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/sample/demo.toml"));
/// 2026-11-22T10:00:00+05:30
pub(crate) const TEN: Timestamp = Timestamp(1_795_321_800_000);
pub(crate) const DAY_MS: i64 = 86_400_000;
pub(crate) const WEEK_MS: i64 = 604_800_000;

macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() { super::$test(crate::kit::Home::sqlite()).await })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
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
    url: String,
    pub(crate) folder: Arc<TempDir>,
    pub(crate) schema: Option<String>,
}

impl Home {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("helpline181.db").display());
        Self { url, folder: Arc::new(folder), schema: None }
    }

    pub(crate) async fn postgres() -> Self {
        let server = server();
        let schema = format!("r{}_{}", std::process::id(), TESTS.fetch_add(1, Relaxed));
        admin(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")).await;
        let join = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{join}options=-c%20search_path%3D{schema}");
        Self { url, folder: Arc::new(tempfile::tempdir().unwrap()), schema: Some(schema) }
    }

    /// Runs a statement beside the helpline; gives the rows it touched, or the number that it selected.
    pub(crate) async fn sql(&self, sql: &str) -> i64 {
        let selects = sql.starts_with("SELECT");
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        if self.schema.is_some() {
            let pool = sqlx::PgPool::connect(&self.url).await.unwrap();
            if selects {
                return sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap();
            }
            sqlx::query(sql).execute(&pool).await.unwrap().rows_affected() as i64
        } else {
            let pool = sqlx::SqlitePool::connect(&self.url).await.unwrap();
            if selects {
                return sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap();
            }
            sqlx::query(sql).execute(&pool).await.unwrap().rows_affected() as i64
        }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.schema.is_some()
    }

    pub(crate) async fn open(&self) -> Store {
        let keys = self.folder.path().join("keys");
        let options = store::Options { url: self.url.clone(), keys, group_max: None };
        Store::open(options, TEN).await.unwrap()
    }

    /// One process on this database.
    pub(crate) async fn process(&self, clock: &Clock) -> Arc<App> {
        let options = Options {
            clock: clock.clone(),
            mode: Mode::Demonstration,
            passwords: Cost::Least,
            trusted_clients: vec!["ivr".to_owned()],
            desk: Desk {
                evidence: Files::disk(self.folder.path().join("evidence")),
                contacts: Contacts {
                    directorate: "1800-000-000".to_owned(),
                    nodal: [("district:396".to_owned(), "nodal@bhopal".to_owned())].into(),
                },
                recordings: Folder::open(self.folder.path().join("recordings")).await.unwrap(),
                ..Desk::default()
            },
            limits: Limits::default(),
        };
        App::open(self.open().await, options).await.unwrap()
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

/// A helpline with the sample's directory, at ten o'clock.
pub(crate) struct Helpline {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Clock,
    /// What the tests look at the rows through.
    pub(crate) look: Store,
}

impl Helpline {
    pub(crate) async fn start(home: &Home) -> Self {
        let clock = Clock::fixed(TEN);
        let app = home.process(&clock).await;
        directory::import_sample(&app, &Actor::system(), SAMPLE).await.unwrap();
        Self { app, clock, look: home.open().await }
    }

    /// An account of a role without posts.
    pub(crate) async fn staff(&self, role: Role) -> Actor {
        let add = accounts::Add {
            login: role.as_str().to_lowercase(),
            name: role.as_str().to_owned(),
            password: "long enough".to_owned(),
            role,
            district: None,
            posts: vec![],
        };
        let account = accounts::add(&self.app, &Actor::system(), add).await.unwrap();
        Actor {
            account: Some(account.id),
            role,
            channel: if role == Role::Agent { Channel::Agent } else { Channel::Portal },
            ..Actor::system()
        }
    }

    /// The officer of Energy who holds a level at a place; made when called first.
    pub(crate) async fn officer(&self, place: &str, level: u8) -> Actor {
        let index = self.app.index();
        let energy = Code::new("energy");
        let routed = index.route(&energy, &PlaceCode::new(place), Level(level)).unwrap();
        let add = accounts::Add {
            login: format!("l{level}.{}", routed.place.as_str().replace(':', ".")),
            name: format!("L{level}"),
            password: "long enough".to_owned(),
            role: Role::Officer,
            district: None,
            posts: vec![routed.post],
        };
        let account = accounts::add(&self.app, &Actor::system(), add).await.unwrap();
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

    pub(crate) fn complaint(&self, request: &str, phone: &str) -> cases::Register {
        cases::Register {
            request_id: request.to_owned(),
            kind: Kind::Complaint,
            phone: Phone::parse(phone).unwrap(),
            name: Some("Sita".to_owned()),
            language: Language::Hindi,
            category: Code::new("electricity"),
            subcategory: Some(Code::new("power_cut")),
            place: PlaceCode::new("block:phanda"),
            words: Some("no light for three days".to_owned()),
            recording: None,
            by_keys: false,
            call: None,
            despite: None,
            incident: None,
            heard_of: None,
            scheme: None,
        }
    }

    pub(crate) async fn registered(&self, phone: &str) -> Case {
        let ask = self.complaint(&format!("register {phone} {}", self.app.now().ms()), phone);
        cases::register(&self.app, &Actor::system(), ask).await.unwrap().case
    }

    /// Registered and resolved by the junior engineer, waiting for its answer.
    pub(crate) async fn resolved(&self, phone: &str, officer: &Actor) -> Case {
        let case = self.registered(phone).await;
        self.resolve(&case, officer).await;
        self.case(&case).await
    }

    pub(crate) async fn resolve(&self, case: &Case, officer: &Actor) -> desk::Filed {
        let ask = desk::Resolve {
            request_id: format!("resolve {} {}", case.id, case.round),
            number: case.number(),
            etag: None,
            post: None,
            report: "the line was mended".to_owned(),
            evidence: vec![],
        };
        desk::resolve(&self.app, officer, ask).await.unwrap()
    }

    pub(crate) async fn case(&self, case: &Case) -> Case {
        store::cases::get(&self.look.db, case.id).await.unwrap()
    }

    pub(crate) async fn history(&self, case: &Case) -> Vec<Event> {
        store::events::of_stream(&self.look.db, &case.stream(), 0)
            .await
            .unwrap()
            .into_iter()
            .map(|recorded| recorded.event)
            .collect()
    }

    pub(crate) async fn kinds(&self, case: &Case) -> Vec<String> {
        self.history(case).await.into_iter().map(|event| event.kind).collect()
    }

    /// Gives a person a desk phone to call citizens with.
    pub(crate) async fn desk_phone(&self, person: &Actor) {
        let account = person.account.unwrap();
        let login = stored_accounts::get(&self.look.db, account).await.unwrap().login;
        let ask = agents::PutAgent {
            request_id: format!("desk {account}"),
            login,
            phone: format!("desk{account}"),
            skills: String::new(),
        };
        agents::put(&self.app, &Actor::system(), ask).await.unwrap();
    }

    /// The caller's next task, whose citizen is rung and does not pick up yet.
    pub(crate) async fn rung(
        &self,
        caller: &Actor,
        request: &str,
    ) -> (verification::Task, Calling) {
        self.desk_phone(caller).await;
        let task = verification::next(&self.app, caller, request).await.unwrap().unwrap();
        let ask = feedback::Dial {
            request_id: format!("dial {request}"),
            task: task.held.n,
            call: format!("call {request}"),
        };
        let dialled = feedback::dial(&self.app, caller, ask).await.unwrap();
        let calling = dialled.calling.unwrap();
        feedback::place(&self.app, &calling).await.unwrap();
        (task, calling)
    }

    /// As [`Self::rung`], and the two have talked for a minute.
    pub(crate) async fn talked(&self, caller: &Actor, request: &str) -> verification::Task {
        let (task, calling) = self.rung(caller, request).await;
        let picked_up = self.app.now();
        feedback::answered(&self.app, &calling, picked_up).await.unwrap();
        self.pass(60_000);
        feedback::ended(&self.app, &calling, picked_up, self.app.now()).await.unwrap();
        task
    }

    /// What a person recorded of a call, with the answers that the outcome needs.
    pub(crate) fn heard(
        &self,
        case: &Case,
        request: &str,
        outcome: Outcome,
    ) -> verification::Record {
        verification::Record {
            request_id: Some(request.to_owned()),
            case: case.id,
            round: case.round,
            outcome,
            source: verification::Source::Human,
            started_at: self.app.now(),
            milestones: Milestones::default(),
            ended_at: self.app.now(),
            number_spoken: true,
            refused: false,
            sip_status: None,
            q850: None,
            evidence: said(outcome),
            note: None,
            polite: None,
            later: None,
        }
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.clock.advance(ms);
    }

    /// What a dialled call brought.
    pub(crate) fn outcome(
        &self,
        ordered: &verification::OrderedRound,
        outcome: Outcome,
    ) -> verification::Record {
        verification::Record {
            request_id: None,
            case: ordered.case,
            round: ordered.round,
            outcome,
            source: verification::Source::Dialled { token: ordered.token, lead: ordered.lead },
            started_at: self.app.now(),
            milestones: Milestones::default(),
            ended_at: self.app.now(),
            number_spoken: true,
            refused: false,
            sip_status: None,
            q850: None,
            evidence: r#"{"keys":["1","1","1","2"]}"#.to_owned(),
            note: None,
            polite: None,
            later: None,
        }
    }
}

/// The answers of a script, as evidence has them.
pub(crate) fn said(outcome: Outcome) -> String {
    let keys: &[(&str, &str)] = match outcome {
        Outcome::Satisfied => &[("answer", "1"), ("confirm", "1"), ("pressure", "2")],
        Outcome::Pressured => &[("answer", "1"), ("confirm", "1"), ("pressure", "1")],
        Outcome::Partial => &[("answer", "1"), ("confirm", "1")],
        Outcome::NotSatisfied => &[("answer", "2"), ("confirm", "1")],
        _ => &[],
    };
    let first = (!keys.is_empty()).then_some(&("right_party", "1"));
    let answers = first.into_iter().chain(keys).enumerate().map(|(n, (question, key))| {
        let question = format!("verify_{question}");
        serde_json::json!({ "question": question, "key": key, "ms": 5_000 * (n + 1) })
    });
    serde_json::json!({ "answers": answers.collect::<Vec<_>>() }).to_string()
}

/// Messages go into a file beside the database.
pub(crate) async fn journal(home: &Home) -> Dispatch {
    let file = LogFile::open(&home.folder.path().join("notices.jsonl")).await.unwrap();
    Dispatch { gateway: Gateway::LogFile(file), templates: Templates::sample() }
}
