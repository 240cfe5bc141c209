//! What a test asks of the helpline through gRPC, and what it reads in the database.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use helpline_proto::v1::{
    self, Case, CaseEvent, complaint_service_client::ComplaintServiceClient,
    demo_service_client::DemoServiceClient, officer_service_client::OfficerServiceClient,
    verification_service_client::VerificationServiceClient, watch_cases_response::Event,
};
use sqlx::{Row, SqliteConnection};
use tokio::time::timeout;
use tonic::{
    Request, Status,
    metadata::AsciiMetadataValue,
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

#[derive(Clone)]
pub(crate) struct Bearer(AsciiMetadataValue);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

pub(crate) type Signed = InterceptedService<Channel, Bearer>;

pub(crate) async fn connect(address: SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

/// For whoever holds this token.
pub(crate) fn bearing(channel: &Channel, token: &str) -> Signed {
    InterceptedService::new(channel.clone(), Bearer(format!("Bearer {token}").parse().unwrap()))
}

pub(crate) struct Api {
    channel: Channel,
    tokens: BTreeMap<String, String>,
}

impl Api {
    pub(crate) async fn connect(address: SocketAddr, tokens: BTreeMap<String, String>) -> Self {
        Self { channel: connect(address).await, tokens }
    }

    pub(crate) fn signed(&self, login: &str) -> Signed {
        let token = self.tokens.get(login);
        let token = token.unwrap_or_else(|| {
            panic!("no sample account {login}; there are {:?}", self.tokens.keys())
        });
        bearing(&self.channel, token)
    }

    fn complaints(&self) -> ComplaintServiceClient<Signed> {
        ComplaintServiceClient::new(self.signed(AGENT))
    }

    fn reader(&self) -> ComplaintServiceClient<Signed> {
        ComplaintServiceClient::new(self.signed(SUPERVISOR))
    }

    /// Registers a complaint about electricity in Bhopal.
    pub(crate) async fn register(&self, phone: &str) -> Case {
        let registration = v1::Registration {
            phone: phone.into(),
            name: "सीता".into(),
            language: v1::Language::English.into(),
            category: "electricity".into(),
            subcategory: String::new(),
            place: "district:396".into(),
            words: "no light since Monday".into(),
            ..v1::Registration::default()
        };
        let request = v1::RegisterComplaintRequest {
            request_id: request_id(),
            registration: Some(registration),
        };
        self.complaints().register_complaint(request).await.unwrap().into_inner().case.unwrap()
    }

    /// The officer of the post that holds the case files a resolution.
    pub(crate) async fn resolve(&self, number: &str) -> Case {
        let request = v1::FileResolutionRequest {
            request_id: request_id(),
            number: number.into(),
            report: "the transformer was replaced and the supply tested".into(),
            ..Default::default()
        };
        let mut refusals = Vec::new();
        for login in self.tokens.keys().filter(|login| login.contains('.')) {
            match OfficerServiceClient::new(self.signed(login))
                .file_resolution(request.clone())
                .await
            {
                Ok(reply) => return reply.into_inner().case.unwrap(),
                Err(status) => refusals.push((login, status)),
            }
        }
        panic!("no officer could resolve: {refusals:#?}")
    }

    pub(crate) async fn register_and_resolve(&self, phone: &str) -> Case {
        let case = self.register(phone).await;
        self.resolve(&case.number).await
    }

    pub(crate) async fn case(&self, number: &str) -> (Case, Vec<CaseEvent>) {
        let request = v1::GetCaseRequest { number: number.into() };
        let reply = self.reader().get_case(request).await.unwrap().into_inner();
        (reply.case.unwrap(), reply.history)
    }

    /// The cases of a citizen, newest first.
    pub(crate) async fn cases_of(&self, phone: &str) -> Vec<Case> {
        let request = v1::ListCasesRequest { phone: phone.into(), ..Default::default() };
        self.reader().list_cases(request).await.unwrap().into_inner().cases
    }

    /// Watches from now on; begin before the thing that is waited for.
    pub(crate) async fn watch(&self) -> Watch {
        let request = v1::WatchCasesRequest::default();
        let stream = self.reader().watch_cases(request).await.unwrap().into_inner();
        Watch { stream, seen: Vec::new() }
    }

    pub(crate) async fn advance(&self, seconds: i64) {
        let by = prost_types::Duration { seconds, nanos: 0 };
        let request = v1::AdvanceClockRequest { by: Some(by) };
        DemoServiceClient::new(self.signed(ADMIN)).advance_clock(request).await.unwrap();
    }

    pub(crate) async fn figures(&self) -> v1::GetQueueFiguresResponse {
        let mut client = VerificationServiceClient::new(self.signed(SUPERVISOR));
        client.get_queue_figures(v1::GetQueueFiguresRequest {}).await.unwrap().into_inner()
    }

    pub(crate) async fn agents(&self) -> Vec<v1::Agent> {
        let mut client = v1::agent_service_client::AgentServiceClient::new(self.signed(SUPERVISOR));
        client.list_agents(v1::ListAgentsRequest {}).await.unwrap().into_inner().agents
    }

    /// The call-back that this masked number is owed: what a call leaves behind is kept a moment after its end.
    pub(crate) async fn call_back_of(&self, phone: &str, within: Duration) -> v1::CallBack {
        let mut clock = tokio::time::interval(Duration::from_millis(50));
        let looking = async {
            loop {
                clock.tick().await;
                let owed = self.call_backs().await;
                if let Some(owed) = owed.into_iter().find(|one| one.phone_masked == phone) {
                    return owed;
                }
            }
        };
        tokio::time::timeout(within, looking).await.expect("a call-back of this number")
    }

    pub(crate) async fn call_backs(&self) -> Vec<v1::CallBack> {
        let mut client =
            v1::call_back_service_client::CallBackServiceClient::new(self.signed(SUPERVISOR));
        client
            .list_call_backs(v1::ListCallBacksRequest::default())
            .await
            .unwrap()
            .into_inner()
            .call_backs
    }
}

// The demonstration's sample accounts; the officers' have a dot, as in `ae.bhopal`.
const AGENT: &str = "agent";
const SUPERVISOR: &str = "supervisor";
const ADMIN: &str = "admin";

/// Facts of cases, as they happen.
pub(crate) struct Watch {
    stream: tonic::Streaming<v1::WatchCasesResponse>,
    seen: Vec<(String, CaseEvent)>,
}

impl Watch {
    /// Waits for a fact of this kind about this case; facts seen on the way are kept for later waits.
    pub(crate) async fn fact(&mut self, number: &str, kind: &str, within: Duration) -> CaseEvent {
        self.facts(number, kind, 1, within).await.pop().unwrap()
    }

    /// Waits until there are `count` facts of this kind about this case.
    pub(crate) async fn facts(
        &mut self,
        number: &str,
        kind: &str,
        count: usize,
        within: Duration,
    ) -> Vec<CaseEvent> {
        let waited = timeout(within, async {
            loop {
                let wanted =
                    |(about, event): &&(String, CaseEvent)| about == number && event.kind == kind;
                let found: Vec<_> =
                    self.seen.iter().filter(wanted).map(|(_, event)| event.clone()).collect();
                if found.len() >= count {
                    return found;
                }
                let message = self.stream.message().await.unwrap().expect("the stream goes on");
                if let Some(Event::Fact(fact)) = message.event {
                    self.seen.push((fact.number, fact.event.unwrap()));
                }
            }
        });
        let found = waited.await;
        found.unwrap_or_else(|_| {
            panic!("no {count} x {kind} of {number} within {within:?}: {}", self.kinds(number))
        })
    }

    fn kinds(&self, number: &str) -> String {
        let kinds: Vec<_> = self
            .seen
            .iter()
            .filter(|(about, _)| about == number)
            .map(|(_, event)| event.kind.as_str())
            .collect();
        kinds.join(", ")
    }
}

/// One dial of a round as the database keeps it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Attempt {
    pub(crate) dial: i64,
    pub(crate) attempt: Option<i64>,
    pub(crate) started_at: i64,
    pub(crate) ringing_at: Option<i64>,
    pub(crate) answered_at: Option<i64>,
    pub(crate) right_party_at: Option<i64>,
    pub(crate) question_heard_at: Option<i64>,
    pub(crate) answered_by_key_at: Option<i64>,
    pub(crate) confirmed_at: Option<i64>,
    pub(crate) ended_at: i64,
    pub(crate) outcome: String,
    pub(crate) sip_status: Option<i64>,
    pub(crate) evidence: String,
}

/// The server's SQLite file, read beside it.
pub(crate) struct Books(SqliteConnection);

impl Books {
    pub(crate) async fn open(data: &Path) -> Self {
        use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
        let entries = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
        let file =
            entries.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "db"));
        let options =
            SqliteConnectOptions::new().filename(file.expect("a database file")).read_only(true);
        Self(options.connect().await.unwrap())
    }

    pub(crate) async fn attempts(&mut self, number: &str) -> Vec<Attempt> {
        let rows = sqlx::query("SELECT * FROM attempts WHERE case_id = $1 ORDER BY round, dial")
            .bind(case_id(number))
            .fetch_all(&mut self.0)
            .await
            .unwrap();
        rows.iter()
            .map(|row| Attempt {
                dial: row.get("dial"),
                attempt: row.get("attempt"),
                started_at: row.get("started_at"),
                ringing_at: row.get("ringing_at"),
                answered_at: row.get("answered_at"),
                right_party_at: row.get("right_party_at"),
                question_heard_at: row.get("question_heard_at"),
                answered_by_key_at: row.get("answered_by_key_at"),
                confirmed_at: row.get("confirmed_at"),
                ended_at: row.get("ended_at"),
                outcome: row.get("outcome"),
                sip_status: row.get("sip_status"),
                evidence: row.get("evidence"),
            })
            .collect()
    }

    /// (file, duration in ms) of a case's recording.
    pub(crate) async fn recording(&mut self, number: &str) -> Option<(String, i64)> {
        let row = sqlx::query("SELECT r.file, r.duration_ms FROM recordings r JOIN cases c ON c.recording = r.id WHERE c.id = $1")
            .bind(case_id(number))
            .fetch_optional(&mut self.0)
            .await
            .unwrap()?;
        Some((row.get("file"), row.get("duration_ms")))
    }

    /// What the row of a call's talk says: (state, file, duration in ms, why it is partial).
    pub(crate) async fn talk(
        &mut self,
        call: &str,
    ) -> Option<(String, String, i64, Option<String>)> {
        let row = sqlx::query(
            "SELECT state, file, duration_ms, partial FROM recordings WHERE call = $1 AND n = 0",
        )
        .bind(call)
        .fetch_optional(&mut self.0)
        .await
        .unwrap()?;
        Some((row.get("state"), row.get("file"), row.get("duration_ms"), row.get("partial")))
    }

    /// What the calls of this kind achieved, oldest first.
    pub(crate) async fn dispositions(&mut self, direction: &str) -> Vec<String> {
        let rows =
            sqlx::query("SELECT disposition FROM calls WHERE direction = $1 ORDER BY started_at")
                .bind(direction)
                .fetch_all(&mut self.0)
                .await
                .unwrap();
        rows.iter().map(|row| row.get("disposition")).collect()
    }
}

/// A case's number is its id and a check digit.
fn case_id(number: &str) -> i64 {
    number[..number.len() - 1].parse().unwrap()
}

pub(crate) fn request_id() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Bytes as they are, in place of a message.
#[derive(Clone, Default)]
struct Raw;

impl tonic::codec::Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = ();
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl tonic::codec::Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(
        &mut self,
        item: Vec<u8>,
        buffer: &mut tonic::codec::EncodeBuf<'_>,
    ) -> Result<(), Status> {
        use prost::bytes::BufMut;
        buffer.put_slice(&item);
        Ok(())
    }
}

impl tonic::codec::Decoder for Raw {
    type Item = ();
    type Error = Status;

    fn decode(&mut self, buffer: &mut tonic::codec::DecodeBuf<'_>) -> Result<Option<()>, Status> {
        use prost::bytes::Buf;
        buffer.advance(buffer.remaining());
        Ok(Some(()))
    }
}

impl Api {
    /// Sends these bytes as the message of a call; gives how it was answered.
    pub(crate) async fn throw(&self, path: &'static str, body: Vec<u8>) -> Status {
        let mut client = tonic::client::Grpc::new(self.signed(AGENT));
        client.ready().await.unwrap();
        let path = tonic::codegen::http::uri::PathAndQuery::from_static(path);
        match client.unary(Request::new(body), path, Raw).await {
            Ok(_) => Status::ok("taken"),
            Err(status) => status,
        }
    }
}

/// (what it is, method, body): messages that no client of ours would write.
pub(crate) fn malformed_messages() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let get = "/helpline.v1.ComplaintService/GetCase";
    let register = "/helpline.v1.ComplaintService/RegisterComplaint";
    let number = |text: &[u8]| [&[0x0a, text.len() as u8][..], text].concat();
    let nested = (0..2_000).fold(vec![], |inner: Vec<u8>, _| {
        let mut outer = vec![0x12];
        prost::encoding::encode_varint(inner.len() as u64, &mut outer);
        outer.extend(&inner);
        outer
    });
    vec![
        ("a message of ones", get, vec![0xff; 64]),
        ("a field that ends early", get, vec![0x0a, 0x7f, b'1']),
        ("a length past 64 bits", get, [&[0x0a][..], &[0xff; 10]].concat()),
        ("a string that is no UTF-8", get, number(&[0xff, 0xfe, 0xc0])),
        ("an empty number", get, vec![]),
        ("a number of letters", get, number(b"'; DROP TABLE cases; --")),
        ("a number of 100 digits", get, number(&[b'9'; 100])),
        ("a NUL in the number", get, number(b"12\0")),
        ("300,000 bytes", get, vec![0x0a; 300_000]),
        ("no registration", register, vec![0x0a, 1, b'r']),
        ("a registration in a registration, 2,000 deep", register, nested),
        ("a method that is not", "/helpline.v1.ComplaintService/Forget", vec![]),
        ("a service that is not", "/helpline.v9.Nothing/At", vec![]),
    ]
}
