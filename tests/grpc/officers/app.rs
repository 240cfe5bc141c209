//! R28: an app whose link drops for hours makes each act once over 48 hours, and shows why one was refused.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::atomic::Ordering::Relaxed,
    time::Duration,
};

use helpline_proto::v1::{
    self, act_service_client::ActServiceClient, evidence_service_client::EvidenceServiceClient,
    officer_service_client::OfficerServiceClient, session_service_client::SessionServiceClient,
};
use helpline181::{
    app::{accounts, clock},
    domain::{
        actor::{Actor, Role},
        number::CaseNumber,
        time::{DAY_MS, HOUR_MS, MINUTE_MS},
    },
};
use sqlx::SqlitePool;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use super::link::{Dice, Link};
use crate::kit::{House, Signed, reason};

const LOGIN: &str = "je.app";
const PASSWORD: &str = "long enough";
const STEP_MS: i64 = 30 * MINUTE_MS;
const STEPS: i64 = 48 * HOUR_MS / STEP_MS;
/// How long the app waits for an answer.
const PATIENCE: Duration = Duration::from_secs(2);
const TRIES_A_STEP_MAX: u32 = 6;

#[derive(Clone)]
enum Act {
    Contact(v1::RecordContactRequest),
    Visit(v1::RecordVisitRequest),
    Target(v1::SetTargetRequest),
    Note(v1::AddNoteRequest),
    Evidence(v1::UploadEvidenceRequest),
    Resolve(v1::FileResolutionRequest),
}

/// What the app has of an act that was refused: enough to show it without asking again.
#[derive(Debug, PartialEq, Eq)]
struct Conflict {
    reason: String,
    state: String,
    level: String,
    etag: String,
}

struct Phone<'a> {
    link: &'a Link,
    token: Option<String>,
    queue: VecDeque<(String, Act)>,
    done: Vec<String>,
    conflicts: BTreeMap<String, Conflict>,
    tries: u32,
}

impl Phone<'_> {
    /// Sends what waits in its order until the link fails.
    async fn step(&mut self) {
        let mut failures = 0;
        while let Some((id, act)) = self.queue.front().cloned() {
            if failures == TRIES_A_STEP_MAX {
                return;
            }
            self.tries += 1;
            match self.send(act).await {
                Ok(()) => {
                    self.queue.pop_front();
                    self.done.push(id);
                }
                Err(status) => match status.code() {
                    Code::Unauthenticated if !reason(&status).is_empty() => {
                        self.token = None;
                        failures += 1;
                    }
                    Code::FailedPrecondition | Code::PermissionDenied | Code::Aborted
                        if !reason(&status).is_empty() =>
                    {
                        self.queue.pop_front();
                        self.conflicts.insert(id, conflict(&status));
                    }
                    Code::InvalidArgument | Code::NotFound | Code::AlreadyExists => {
                        panic!("{id}: {status:?}")
                    }
                    _ => failures += 1,
                },
            }
        }
    }

    async fn send(&mut self, act: Act) -> Result<(), Status> {
        if self.token.is_none() {
            let client = House::through(self.link.address, None).await?;
            let request = v1::SignInRequest {
                login: LOGIN.into(),
                password: PASSWORD.into(),
                channel: v1::Channel::App.into(),
            };
            let signed = SessionServiceClient::new(client).sign_in(patient(request)).await?;
            self.token = signed.into_inner().session.map(|session| session.access_token);
        }
        let client = House::through(self.link.address, self.token.as_deref()).await?;
        done(client, act).await
    }
}

fn patient<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(PATIENCE);
    request
}

async fn done(client: Signed, act: Act) -> Result<(), Status> {
    let mut officers = OfficerServiceClient::new(client.clone());
    let mut acts = ActServiceClient::new(client.clone());
    match act {
        Act::Contact(ask) => officers.record_contact(patient(ask)).await.map(drop),
        Act::Resolve(ask) => officers.file_resolution(patient(ask)).await.map(drop),
        Act::Visit(ask) => acts.record_visit(patient(ask)).await.map(drop),
        Act::Target(ask) => acts.set_target(patient(ask)).await.map(drop),
        Act::Note(ask) => acts.add_note(patient(ask)).await.map(drop),
        Act::Evidence(ask) => {
            let data = [b"%PDF-1.7\n".as_slice(), &[7; 5_000]].concat();
            let bytes = v1::UploadEvidenceRequest { data, ..Default::default() };
            let mut files = EvidenceServiceClient::new(client);
            files.upload_evidence(patient(tokio_stream::iter([ask, bytes]))).await.map(drop)
        }
    }
}

fn conflict(status: &Status) -> Conflict {
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    let of = |key: &str| info.metadata.get(key).cloned().unwrap_or_default();
    Conflict {
        reason: info.reason.clone(),
        state: of("state"),
        level: of("level"),
        etag: of("etag"),
    }
}

/// The acts of one case in the order in which the officer makes them; `at` is its step.
fn acts(case: &v1::Case, target_ms: i64) -> Vec<(String, Act)> {
    let number = || case.number.clone();
    let id = |what: &str| format!("{what}-{}", case.number);
    vec![
        (
            id("contact"),
            Act::Contact(v1::RecordContactRequest {
                request_id: id("contact"),
                number: number(),
                kind: v1::ContactKind::Call.into(),
                note: "spoke".into(),
                ..Default::default()
            }),
        ),
        (
            id("visit"),
            Act::Visit(v1::RecordVisitRequest {
                request_id: id("visit"),
                number: number(),
                place: "ward 12".into(),
                finding: "the pole is down".into(),
                ..Default::default()
            }),
        ),
        (
            id("target"),
            Act::Target(v1::SetTargetRequest {
                request_id: id("target"),
                number: number(),
                target_at: Some(prost_types::Timestamp { seconds: target_ms / 1_000, nanos: 0 }),
                ..Default::default()
            }),
        ),
        (
            id("note"),
            Act::Note(v1::AddNoteRequest {
                request_id: id("note"),
                number: number(),
                note: "material is ordered".into(),
                ..Default::default()
            }),
        ),
        (
            id("evidence"),
            Act::Evidence(v1::UploadEvidenceRequest {
                request_id: id("evidence"),
                number: number(),
                ..Default::default()
            }),
        ),
        (id("resolve"), resolve(case, "")),
    ]
}

fn resolve(case: &v1::Case, etag: &str) -> Act {
    Act::Resolve(v1::FileResolutionRequest {
        request_id: format!("resolve-{}", case.number),
        number: case.number.clone(),
        etag: etag.into(),
        report: "the pole was set up and the supply tested".into(),
        ..Default::default()
    })
}

/// An officer with the post of je.phanda, who works by the app or beside it.
async fn beside(house: &House, post: &str, login: &str) {
    let add = accounts::Add {
        login: login.into(),
        name: login.into(),
        password: PASSWORD.into(),
        role: Role::Officer,
        district: None,
        posts: vec![helpline181::domain::place::PostId(post.parse().unwrap())],
    };
    accounts::add(&house.app, &Actor::system(), add).await.unwrap();
}

async fn count(db: &SqlitePool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db).await.unwrap()
}

async fn two_days_over_a_lossy_link(seed: u64) {
    let house = House::open().await;
    // Two cases whose time at level 1 ends within the two days, and four that are new.
    let old = [house.register("o1", "9876543201").await, house.register("o2", "9876543202").await];
    house.clock.advance(6 * DAY_MS);
    let mut fresh = Vec::new();
    for n in 0..4 {
        fresh.push(house.register(&format!("f{n}"), &format!("987654321{n}")).await);
    }
    let (stale, rival) =
        (house.register("s", "9876543220").await, house.register("r", "9876543221").await);
    beside(&house, &fresh[0].post, LOGIN).await;
    beside(&house, &fresh[0].post, "je.rival").await;
    let began = house.app.now();
    let target_ms = began.plus_ms(6 * DAY_MS).ms();
    let link = Link::to(house.address(), seed).await;
    let mut phone = Phone {
        link: &link,
        token: None,
        queue: VecDeque::new(),
        done: Vec::new(),
        conflicts: BTreeMap::new(),
        tries: 0,
    };

    // What the officer does without the link, at which step.
    let mut dice = Dice::new(seed ^ 0xA99);
    let mut planned: Vec<(i64, String, Act)> = Vec::new();
    for case in &fresh {
        let mut at = i64::try_from(dice.below(20)).unwrap();
        for (id, act) in acts(case, target_ms) {
            at += i64::try_from(dice.below(10)).unwrap();
            planned.push((at, id, act));
        }
    }
    planned.push((60, "moved-up".into(), resolve(&old[0], "")));
    planned.push((62, "stale".into(), resolve(&stale, &stale.etag)));
    planned.push((64, "rival".into(), resolve(&rival, "")));
    planned.sort_by_key(|(at, ..)| *at);
    let expected: Vec<String> = planned.iter().map(|(_, id, _)| id.clone()).collect();
    let mut planned = VecDeque::from(planned);

    for step in 0..STEPS + 40 {
        // Out of reach for hours at a time; the last hours are good enough to get through.
        let night = (8..20).contains(&step) || (50..70).contains(&step);
        link.set_down(night || (step < STEPS && dice.below(4) == 0));
        while planned.front().is_some_and(|(at, ..)| *at <= step) {
            let (_, id, act) = planned.pop_front().unwrap();
            phone.queue.push_back((id, act));
        }
        // Meanwhile, elsewhere: a note on one case, and another has it resolved.
        if step == 55 {
            let note = v1::AddNoteRequest {
                request_id: "nodal".into(),
                number: stale.number.clone(),
                note: "called the office".into(),
                ..Default::default()
            };
            house.acts("nodal.bhopal").await.add_note(note).await.unwrap();
            let session = v1::SignInRequest {
                login: "je.rival".into(),
                password: PASSWORD.into(),
                channel: v1::Channel::Portal.into(),
            };
            let signed = house.sessions().await.sign_in(session).await.unwrap().into_inner();
            let client = house.with_token(&signed.session.unwrap().access_token).await;
            let Act::Resolve(mut ask) = resolve(&rival, "") else { panic!() };
            ask.request_id = "rival-was-first".into();
            OfficerServiceClient::new(client).file_resolution(ask).await.unwrap();
        }
        phone.step().await;
        house.clock.advance(STEP_MS);
        clock::escalate(&house.app, 50).await.unwrap();
        if step >= STEPS && phone.queue.is_empty() {
            break;
        }
    }
    link.settle().await;
    assert!(phone.queue.is_empty(), "seed {seed}: {} wait still", phone.queue.len());
    assert!(link.unknown.load(Relaxed) > 5, "the link lost too little to show anything");
    assert!(phone.tries > 40, "only {} tries", phone.tries);

    // Each act that the app saw answered is in the history once, by its channel; nothing else is.
    let settled = phone.done.len() + phone.conflicts.len();
    assert_eq!(settled, expected.len(), "seed {seed}");
    let db =
        SqlitePool::connect(&format!("sqlite:{}", house.dir.path().join("helpline.db").display()))
            .await
            .unwrap();
    let mut wrong = Vec::new();
    for case in &fresh {
        let id = CaseNumber::parse(&case.number).unwrap().id();
        for (kind, act) in [
            ("contact", "contact"),
            ("visit", "visit"),
            ("target_set", "target"),
            ("note", "note"),
            ("evidence", "evidence"),
            ("resolved", "resolve"),
        ] {
            let answered = phone.done.contains(&format!("{act}-{}", case.number));
            let told: i64 = sqlx::query_scalar(
                "SELECT COUNT(*) FROM events WHERE stream = $1 AND kind = $2 AND channel = 'APP'",
            )
            .bind(format!("case:{id}"))
            .bind(kind)
            .fetch_one(&db)
            .await
            .unwrap();
            if (told, answered) != (1, true) {
                wrong.push(format!("{kind} of {}: {told} times, answered {answered}", case.number));
            }
        }
        for to in ["CITIZEN", "POST"] {
            let owed: i64 = sqlx::query_scalar(
                "SELECT COUNT(*) FROM notices WHERE case_id = $1 AND kind = 'resolved' AND to_kind = $2",
            )
            .bind(id)
            .bind(to)
            .fetch_one(&db)
            .await
            .unwrap();
            if owed != 1 {
                wrong.push(format!("{owed} notices of {} to {to}", case.number));
            }
        }
    }
    assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
    assert_eq!(count(&db, "SELECT COUNT(*) FROM evidence").await, 4);
    assert_eq!(count(&db, "SELECT COUNT(*) FROM rounds").await, 5);

    // What was refused says why, and how the case stands.
    let explained = |id: &str| {
        let found = &phone.conflicts[id];
        assert!(!found.etag.is_empty(), "{id}: {found:?}");
        (found.reason.as_str(), found.state.as_str(), found.level.as_str())
    };
    assert_eq!(explained("moved-up"), ("NOT_YOUR_POST", "WITH_OFFICER", "2"));
    assert_eq!(explained("stale"), ("CHANGED_MEANWHILE", "WITH_OFFICER", "1"));
    assert_eq!(explained("rival"), ("VERIFICATION_OPEN", "AWAITING_VERIFICATION", "1"));
    assert_eq!(phone.conflicts.len(), 3, "{:?}", phone.conflicts);
    // With the version that the refusal named, the app goes on without asking first.
    let Act::Resolve(mut again) = resolve(&stale, &phone.conflicts["stale"].etag) else { panic!() };
    again.request_id = "stale-again".into();
    house.officers("je.phanda").await.file_resolution(again).await.unwrap();
    db.close().await;
    link.close();
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_a_lossy_link_each_act_of_two_days_is_made_once_and_conflicts_are_explained() {
    two_days_over_a_lossy_link(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_another_lossy_link_each_act_is_made_once_as_well() {
    two_days_over_a_lossy_link(20_261_122).await;
}
