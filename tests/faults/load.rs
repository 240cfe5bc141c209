//! Workers that register, resolve, look at tasks and withdraw for citizens, until the server is gone.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use helpline_proto::v1::{
    self, citizen_service_client::CitizenServiceClient,
    complaint_service_client::ComplaintServiceClient, officer_service_client::OfficerServiceClient,
    verification_service_client::VerificationServiceClient,
};
use tokio::{sync::watch, task::JoinHandle, time::timeout};
use tonic::{
    Code, Request, Status,
    metadata::AsciiMetadataValue,
    service::{Interceptor, interceptor::InterceptedService},
    transport::Channel,
};

use crate::{
    beside::Beside,
    journal::{Ask, Journal},
    server::{Home, Server},
};

const WORKERS: u64 = 16;
/// A first acknowledgement after a start.
const FIRST_MAX: Duration = Duration::from_secs(20);

#[derive(Clone)]
pub(crate) struct Bearer(AsciiMetadataValue);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

type Signed = InterceptedService<Channel, Bearer>;

/// Those who act.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) agent: ComplaintServiceClient<Signed>,
    officer: OfficerServiceClient<Signed>,
    caller: VerificationServiceClient<Signed>,
    citizen: CitizenServiceClient<Signed>,
}

impl Api {
    pub(crate) fn new(server: &Server) -> Self {
        let signed = |login: &str| {
            let token = format!("Bearer {}", server.tokens[login]).parse().unwrap();
            InterceptedService::new(server.channel.clone(), Bearer(token))
        };
        Self {
            agent: ComplaintServiceClient::new(signed("agent")),
            officer: OfficerServiceClient::new(signed("ae.bhopal")),
            caller: VerificationServiceClient::new(signed("caller")),
            citizen: CitizenServiceClient::new(signed("agent")),
        }
    }

    /// Sends one ask; gives the case's number, and the round when a task was given.
    pub(crate) async fn send(
        &mut self,
        request: &str,
        ask: &Ask,
    ) -> Result<(String, Option<i32>), Status> {
        let request_id = request.to_owned();
        let case = match ask {
            Ask::Register { phone, words } => {
                let registration = v1::Registration {
                    phone: phone.clone(),
                    name: "आशा देवी".into(),
                    language: v1::Language::Hindi.into(),
                    category: "electricity".into(),
                    subcategory: String::new(),
                    place: "district:396".into(),
                    words: words.clone(),
                    ..v1::Registration::default()
                };
                let ask =
                    v1::RegisterComplaintRequest { request_id, registration: Some(registration) };
                self.agent.register_complaint(ask).await?.into_inner().case
            }
            Ask::Resolve { number } => {
                let ask = v1::FileResolutionRequest {
                    request_id,
                    number: number.clone(),
                    report: "the transformer was replaced and the supply tested".into(),
                    ..Default::default()
                };
                self.officer.file_resolution(ask).await?.into_inner().case
            }
            Ask::NextTask => {
                let given =
                    self.caller.next_task(v1::NextTaskRequest { request_id }).await?.into_inner();
                let round = given.task.as_ref().map(|task| task.round);
                return Ok((given.task.map(|task| task.number).unwrap_or_default(), round));
            }
            Ask::Withdraw { number, phone } => {
                let ask = v1::WithdrawCaseRequest {
                    request_id,
                    number: number.clone(),
                    phone: phone.clone(),
                    confirmed: true,
                    ..Default::default()
                };
                self.citizen.withdraw_case(ask).await?.into_inner().case
            }
        };
        Ok((case.expect("a case is answered").number, None))
    }
}

pub(crate) struct Load {
    workers: Vec<JoinHandle<PathBuf>>,
    citizens: JoinHandle<()>,
    acknowledged: watch::Receiver<u64>,
    ending: Arc<AtomicBool>,
    failures: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Load {
    pub(crate) async fn start(home: &Home, server: &Server, cycle: u64) -> Self {
        Self::begin(home, server, cycle, false).await
    }

    /// The mutant: its acknowledgements come before the commit.
    pub(crate) async fn start_early(home: &Home, server: &Server, cycle: u64) -> Self {
        Self::begin(home, server, cycle, true).await
    }

    async fn begin(home: &Home, server: &Server, cycle: u64, early: bool) -> Self {
        let failures: Arc<Mutex<BTreeMap<String, u64>>> = Arc::default();
        let acknowledged = watch::Sender::new(0);
        let ending = Arc::new(AtomicBool::new(false));
        let workers = (0..WORKERS)
            .map(|worker| {
                let journal = Journal::create(home.folder.path(), &format!("{cycle}-{worker}"));
                let worker = Worker {
                    name: format!("{cycle}.{worker}"),
                    phones: 9_000_000_000 + (cycle * WORKERS + worker) * 10_000,
                    api: Api::new(server),
                    journal,
                    acknowledged: acknowledged.clone(),
                    ending: ending.clone(),
                    failures: failures.clone(),
                    early,
                };
                tokio::spawn(worker.run())
            })
            .collect();
        let citizens = tokio::spawn(ask_for_persons(home.beside().await, ending.clone()));
        Self { workers, citizens, acknowledged: acknowledged.subscribe(), ending, failures }
    }

    /// No worker begins anything more.
    pub(crate) fn stop(&self) {
        self.ending.store(true, Relaxed);
    }

    /// What the server answered that was neither yes nor no.
    pub(crate) fn failures(&self) -> BTreeMap<String, u64> {
        self.failures.lock().unwrap().clone()
    }

    /// Until the load is under way.
    pub(crate) async fn acknowledged(&self) {
        let mut count = self.acknowledged.clone();
        let first = timeout(FIRST_MAX, count.wait_for(|count| *count > 0)).await;
        first.expect("the server answers").expect("workers run");
    }

    /// Lets the load run on; the moment of the kill is what a fault test chooses.
    pub(crate) async fn runs_for(&self, span: Duration) {
        let mut tick = tokio::time::interval_at(tokio::time::Instant::now() + span, span);
        tick.tick().await;
    }

    /// Waits for the workers of a dead server; gives their journals.
    pub(crate) async fn end(self) -> Vec<PathBuf> {
        let mut journals = Vec::new();
        for worker in self.workers {
            journals.push(worker.await.unwrap());
        }
        self.ending.store(true, Relaxed);
        self.citizens.await.unwrap();
        journals
    }
}

struct Worker {
    name: String,
    phones: u64,
    api: Api,
    journal: Journal,
    acknowledged: watch::Sender<u64>,
    ending: Arc<AtomicBool>,
    failures: Arc<Mutex<BTreeMap<String, u64>>>,
    /// Takes a registration for acknowledged before it is sent.
    early: bool,
}

/// The server is gone, or nobody can tell.
struct Gone;

impl Worker {
    async fn run(mut self) -> PathBuf {
        let count = AtomicU64::new(0);
        while !self.ending.load(Relaxed) && self.one_life(count.fetch_add(1, Relaxed)).await.is_ok()
        {
        }
        self.journal.path()
    }

    async fn one_life(&mut self, n: u64) -> Result<(), Gone> {
        let name = format!("{}.{n}", self.name);
        let phone = (self.phones + n).to_string();
        let words = format!("No light in street {name} since Monday.");
        let ask = Ask::Register { phone: phone.clone(), words };
        let registered = self.ask(&format!("{name}.reg"), ask).await?;
        let Some((number, _)) = registered else { return Ok(()) };
        self.ask(&format!("{name}.res"), Ask::Resolve { number: number.clone() }).await?;
        self.ask(&format!("{name}.task"), Ask::NextTask).await?;
        self.ask(&format!("{name}.out"), Ask::Withdraw { number, phone }).await?;
        Ok(())
    }

    /// None when the server refused.
    async fn ask(
        &mut self,
        request: &str,
        ask: Ask,
    ) -> Result<Option<(String, Option<i32>)>, Gone> {
        self.journal.sent(request, &ask);
        if self.early && matches!(ask, Ask::Register { .. }) {
            self.journal.acknowledged(request, "");
        }
        match self.api.send(request, &ask).await {
            Ok((number, round)) => {
                self.journal.acknowledged(request, &number);
                self.acknowledged.send_modify(|count| *count += 1);
                Ok(Some((number, round)))
            }
            Err(status) if is_refusal(&status) => {
                self.journal.refused(request);
                Ok(None)
            }
            Err(status) => {
                let told = format!("{:?}", status.code());
                *self.failures.lock().unwrap().entry(told).or_default() += 1;
                Err(Gone)
            }
        }
    }
}

/// A definite no; any other failure leaves the act uncertain.
pub(crate) fn is_refusal(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Aborted | Code::FailedPrecondition | Code::NotFound | Code::ResourceExhausted
    )
}

/// Plays the citizens who ask for a person, so that rounds become human callers' tasks.
async fn ask_for_persons(beside: Beside, ending: Arc<AtomicBool>) {
    const SQL: &str = "UPDATE rounds SET human = 1, next_at = NULL
                        WHERE state = 'OPEN' AND human = 0";
    while !ending.load(Relaxed) {
        // The server may hold the database; the next turn comes soon.
        drop(beside.run(SQL).await);
        let mut pause = tokio::time::interval_at(
            tokio::time::Instant::now() + Duration::from_millis(20),
            Duration::from_millis(20),
        );
        pause.tick().await;
    }
    beside.close().await;
}
