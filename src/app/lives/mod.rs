//! Whole lives of cases over the use cases, on a database file of their own and a clock that stands.

use std::{path::Path, sync::Arc};

use tempfile::TempDir;

use super::{App, Mode, Options, accounts, cases, desk, directory, passwords::Cost, verification};
use crate::{
    clock::Clock,
    domain::{
        actor::{Actor, Channel, HeldPost, Role},
        case::{Case, Kind},
        change::Event,
        language::Language,
        number::CaseNumber,
        phone::Phone,
        place::{Code, Level, PlaceCode},
        policy::Policies,
        time::{DAY_MS, Timestamp},
        verification::{Milestones, Outcome},
    },
    store::{self, Store},
};

mod answers;
mod dials;
mod escalation;
mod people;
mod requests;

const SAMPLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/sample/demo.toml"));
/// 2026-11-22T10:00:00+05:30
const TEN: Timestamp = Timestamp(1_795_321_800_000);
const WEEK_MS: i64 = 7 * DAY_MS;

/// A helpline with the sample's directory, at ten o'clock.
struct Helpline {
    app: Arc<App>,
    clock: Clock,
    folder: Arc<TempDir>,
}

async fn store(folder: &Path) -> Store {
    let options = store::Options {
        url: format!("sqlite:{}", folder.join("helpline181.db").display()),
        keys: folder.join("keys"),
        group_max: None,
    };
    Store::open(options, TEN).await.unwrap()
}

async fn open(folder: Arc<TempDir>, clock: Clock) -> Helpline {
    let options = Options {
        clock: clock.clone(),
        mode: Mode::Demonstration,
        policies: Policies::default(),
        passwords: Cost::Least,
    };
    let app = App::open(store(folder.path()).await, options).await.unwrap();
    Helpline { app, clock, folder }
}

impl Helpline {
    async fn start() -> Self {
        let helpline = open(Arc::new(tempfile::tempdir().unwrap()), Clock::fixed(TEN)).await;
        directory::import(&helpline.app, &Actor::system(), SAMPLE).await.unwrap();
        helpline
    }

    /// Another process on the same database.
    async fn second(&self) -> Self {
        open(self.folder.clone(), self.clock.clone()).await
    }

    /// An account of a role without posts.
    async fn staff(&self, role: Role) -> Actor {
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
    async fn officer(&self, place: &str, level: u8) -> Actor {
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
        };
        Actor {
            account: Some(account.id),
            role: Role::Officer,
            channel: Channel::Portal,
            posts: vec![held],
            ..Actor::system()
        }
    }

    fn complaint(&self, request: &str, phone: &str) -> cases::Register {
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
        }
    }

    async fn registered(&self, phone: &str) -> Case {
        let ask = self.complaint(&format!("register {phone} {}", self.app.now().ms()), phone);
        cases::register(&self.app, &Actor::system(), ask).await.unwrap().case
    }

    /// Registered and resolved by the junior engineer, waiting for its answer.
    async fn resolved(&self, phone: &str, officer: &Actor) -> Case {
        let case = self.registered(phone).await;
        self.resolve(&case, officer).await;
        self.case(&case).await
    }

    async fn resolve(&self, case: &Case, officer: &Actor) -> desk::Filed {
        let ask = desk::Resolve {
            request_id: format!("resolve {} {}", case.id, case.round),
            number: case.number(),
            etag: None,
            post: None,
            report: "the line was mended".to_owned(),
        };
        desk::resolve(&self.app, officer, ask).await.unwrap()
    }

    async fn case(&self, case: &Case) -> Case {
        store::cases::get(&self.app.store.db, case.id).await.unwrap()
    }

    async fn history(&self, case: &Case) -> Vec<Event> {
        cases::history(&self.app, case).await.unwrap()
    }

    async fn kinds(&self, case: &Case) -> Vec<String> {
        self.history(case).await.into_iter().map(|event| event.kind).collect()
    }

    fn pass(&self, ms: i64) {
        self.clock.advance(ms);
    }

    /// What a dialled call brought.
    fn outcome(
        &self,
        ordered: &verification::OrderedRound,
        outcome: Outcome,
    ) -> verification::Record {
        verification::Record {
            request_id: None,
            case: ordered.case,
            round: ordered.round,
            outcome,
            source: verification::Source::Dialled { token: ordered.token },
            started_at: self.app.now(),
            milestones: Milestones::default(),
            ended_at: self.app.now(),
            number_spoken: true,
            sip_status: None,
            q850: None,
            evidence: r#"{"keys":["1","1","1","2"]}"#.to_owned(),
            note: None,
        }
    }
}

fn number(case: &Case) -> CaseNumber {
    case.number()
}
