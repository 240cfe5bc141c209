//! Callers that register complaints of new citizens through gRPC, each waiting for its answer.

use std::{
    fmt, fs,
    time::{Duration, Instant},
};

use helpline_proto::v1::{self, complaint_service_client::ComplaintServiceClient};
use tonic::{
    Request, Status,
    metadata::AsciiMetadataValue,
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

use super::server::Home;

/// HTTP/2 connections that the callers share.
const CONNECTIONS: usize = 4;
const WARM_UP: Duration = Duration::from_millis(500);
/// Of USER_HZ, in which Linux counts a process's time.
const TICK: Duration = Duration::from_millis(10);

pub(crate) struct Run {
    waits: Vec<Duration>,
    span: Duration,
    /// Of the server and of the callers, by operation.
    cpu: Option<[Duration; 2]>,
}

impl Run {
    pub(crate) fn new(
        mut waits: Vec<Duration>,
        span: Duration,
        cpu: Option<[Duration; 2]>,
    ) -> Self {
        waits.sort_unstable();
        Self { waits, span, cpu }
    }

    pub(crate) fn rate(&self) -> f64 {
        self.waits.len() as f64 / self.span.as_secs_f64()
    }

    pub(crate) fn p50(&self) -> Duration {
        self.waits.get(self.waits.len() / 2).copied().unwrap_or_default()
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let p99 = self.waits.get(self.waits.len() * 99 / 100).copied().unwrap_or_default();
        write!(f, "{:.0}/s, p50 {:?}, p99 {p99:?}", self.rate(), self.p50())?;
        match self.cpu {
            Some([server, callers]) => {
                let [server, callers] = [server.as_micros(), callers.as_micros()];
                write!(f, ", {server} us of server CPU and {callers} us of the callers' each")
            }
            None => Ok(()),
        }
    }
}

#[derive(Clone)]
struct Bearer(AsciiMetadataValue);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

type Client = ComplaintServiceClient<InterceptedService<Channel, Bearer>>;

pub(crate) async fn file(home: &Home, in_flight: usize, span: Duration) -> Run {
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS.min(in_flight) {
        let endpoint = Endpoint::from_shared(format!("http://{}", home.address)).expect("a uri");
        let channel = endpoint.connect().await.expect("the server listens");
        let bearer = Bearer(format!("Bearer {}", home.token).parse().expect("a token"));
        clients.push(ComplaintServiceClient::new(InterceptedService::new(channel, bearer)));
    }
    callers(&clients, in_flight, WARM_UP, "warm").await;
    let processes = [home.pid(), std::process::id()];
    let before = processes.map(cpu);
    let began = Instant::now();
    let waits = callers(&clients, in_flight, span, "filed").await;
    let took = began.elapsed();
    let filed = u32::try_from(waits.len().max(1)).unwrap_or(u32::MAX);
    let after = processes.map(cpu);
    let each = [0, 1].map(|n| after[n].saturating_sub(before[n]) / filed);
    Run::new(waits, took, Some(each))
}

async fn callers(
    clients: &[Client],
    in_flight: usize,
    span: Duration,
    name: &'static str,
) -> Vec<Duration> {
    let end = Instant::now() + span;
    let callers: Vec<_> = (0..in_flight)
        .map(|caller| {
            let client = clients[caller % clients.len()].clone();
            tokio::spawn(call_until(client, caller, end, name))
        })
        .collect();
    let mut waits = Vec::new();
    for caller in callers {
        waits.extend(caller.await.expect("a caller does not panic"));
    }
    waits
}

async fn call_until(
    mut client: Client,
    caller: usize,
    end: Instant,
    name: &'static str,
) -> Vec<Duration> {
    let words = "Water has not come to our street for five days; the tanker promised on Monday \
                 did not arrive either. "
        .repeat(3);
    let mut waits = Vec::new();
    let first = if name == "warm" { 6_000_000_000 } else { 7_000_000_000_u64 };
    while Instant::now() < end {
        let n = waits.len();
        let registration = v1::Registration {
            phone: (first + (caller * 1_000_000 + n) as u64).to_string(),
            name: "आशा देवी".into(),
            language: v1::Language::Hindi.into(),
            category: "electricity".into(),
            subcategory: String::new(),
            place: "district:396".into(),
            words: words.clone(),
            ..v1::Registration::default()
        };
        let ask = v1::RegisterComplaintRequest {
            request_id: format!("{name}-{caller}-{n}"),
            registration: Some(registration),
        };
        let asked = Instant::now();
        client.register_complaint(ask).await.expect("registered");
        waits.push(asked.elapsed());
    }
    waits
}

/// What a process has spent so far (Linux).
pub(crate) fn cpu(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in brackets may hold spaces; utime and stime are the 12th and 13th behind it.
    let behind = stat.rsplit_once(')').map_or("", |(_, behind)| behind);
    let ticks: u32 =
        behind.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u32>().ok()).sum();
    TICK * ticks
}
