//! A helpline of its own for each test: a temporary SQLite file, a clock that stands, and the API on a free port.

pub(crate) mod http;
pub(crate) mod s3;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use helpline_proto::v1::{
    self, act_service_client::ActServiceClient, complaint_service_client::ComplaintServiceClient,
    evidence_service_client::EvidenceServiceClient, officer_service_client::OfficerServiceClient,
    session_service_client::SessionServiceClient,
    verification_service_client::VerificationServiceClient,
};
use helpline181::{
    app::{self, App, cases, demo, evidence::Files, passwords::Cost, recordings::Folder},
    calls::{self, Calls, prompts::Catalogue},
    clock::Clock,
    domain::{
        actor::Actor,
        case::Kind,
        language::Language,
        phone::Phone,
        place::{self, PlaceCode},
        time::Timestamp,
    },
    grpc::{Limits, Options, Server},
    store::{self, Store},
};
use tempfile::TempDir;
use tonic::{
    Code, Request, Status,
    metadata::AsciiMetadataValue,
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt;

const SAMPLE: &str = include_str!("../../../deploy/sample/demo.toml");
/// Sunday 22 November 2026, 10:00 IST.
pub(crate) const START: Timestamp = Timestamp(1_795_321_800_000);

pub(crate) struct House {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Clock,
    pub(crate) tokens: BTreeMap<String, String>,
    server: Option<Server>,
    address: SocketAddr,
    pub(crate) dir: TempDir,
}

#[derive(Clone)]
pub(crate) struct Bearer(Option<AsciiMetadataValue>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request.metadata_mut().insert("authorization", value.clone());
        }
        Ok(request)
    }
}

pub(crate) type Signed = InterceptedService<Channel, Bearer>;

impl House {
    pub(crate) async fn open() -> Self {
        Self::open_with(
            Options { limits: roomy(), reflection: false, ..Options::default() },
            app::Mode::Demonstration,
        )
        .await
    }

    pub(crate) async fn open_with(options: Options, mode: app::Mode) -> Self {
        Self::furnished(options, mode, Files::disk).await
    }

    /// Files of cases go where `files` says, spooled in the folder that it is given.
    pub(crate) async fn furnished(
        options: Options,
        mode: app::Mode,
        files: impl FnOnce(PathBuf) -> Files,
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let evidence = files(dir.path().join("evidence"));
        let recordings = Folder::open(dir.path().join("recordings")).await.unwrap();
        let clock = Clock::fixed(START);
        let url = format!("sqlite:{}", dir.path().join("helpline.db").display());
        let keys = dir.path().join("keys");
        let store =
            Store::open(store::Options { url, keys, group_max: None }, START).await.unwrap();
        let options_of_app = app::Options {
            clock: clock.clone(),
            mode,
            passwords: Cost::Least,
            trusted_clients: vec!["ivr".to_owned()],
            desk: app::Desk { evidence, recordings, ..app::Desk::default() },
            limits: app::Limits::default(),
        };
        let app = App::open(store, options_of_app).await.unwrap();
        let tokens = match mode {
            app::Mode::Demonstration => {
                let samples = demo::prepare(&app, SAMPLE).await.unwrap();
                samples.into_iter().map(|sample| (sample.login, sample.token)).collect()
            }
            app::Mode::Service => BTreeMap::new(),
        };
        let options = Options { calls: Some(calls(&app, dir.path()).await), ..options };
        let server =
            Server::start(app.clone(), "127.0.0.1:0".parse().unwrap(), options).await.unwrap();
        let address = server.address();
        Self { app, clock, tokens, server: Some(server), address, dir }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) async fn channel(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.address)).unwrap().connect().await.unwrap()
    }

    pub(crate) async fn anonymous(&self) -> Signed {
        InterceptedService::new(self.channel().await, Bearer(None))
    }

    pub(crate) async fn with_token(&self, token: &str) -> Signed {
        let value = format!("Bearer {token}").parse().unwrap();
        InterceptedService::new(self.channel().await, Bearer(Some(value)))
    }

    /// A client at another address, as a relay's; a connection of its own that may not come about.
    pub(crate) async fn through(
        address: SocketAddr,
        token: Option<&str>,
    ) -> Result<Signed, Status> {
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        let channel = endpoint.connect().await;
        let channel = channel.map_err(|error| Status::unavailable(error.to_string()))?;
        let value = token.map(|token| format!("Bearer {token}").parse().unwrap());
        Ok(InterceptedService::new(channel, Bearer(value)))
    }

    pub(crate) async fn signed(&self, login: &str) -> Signed {
        self.with_token(self.token(login)).await
    }

    pub(crate) fn token(&self, login: &str) -> &str {
        let logins: Vec<_> = self.tokens.keys().collect();
        self.tokens.get(login).unwrap_or_else(|| panic!("no {login} in {logins:?}"))
    }

    pub(crate) async fn sessions(&self) -> SessionServiceClient<Signed> {
        SessionServiceClient::new(self.anonymous().await)
    }

    pub(crate) async fn complaints(&self, login: &str) -> ComplaintServiceClient<Signed> {
        ComplaintServiceClient::new(self.signed(login).await)
    }

    pub(crate) async fn officers(&self, login: &str) -> OfficerServiceClient<Signed> {
        OfficerServiceClient::new(self.signed(login).await)
    }

    pub(crate) async fn acts(&self, login: &str) -> ActServiceClient<Signed> {
        ActServiceClient::new(self.signed(login).await)
    }

    pub(crate) async fn evidence(&self, login: &str) -> EvidenceServiceClient<Signed> {
        EvidenceServiceClient::new(self.signed(login).await)
    }

    pub(crate) async fn verification(&self, login: &str) -> VerificationServiceClient<Signed> {
        VerificationServiceClient::new(self.signed(login).await)
    }

    pub(crate) async fn register(&self, request_id: &str, phone: &str) -> v1::Case {
        let mut agent = self.complaints("agent").await;
        agent
            .register_complaint(complaint(request_id, phone))
            .await
            .unwrap()
            .into_inner()
            .case
            .unwrap()
    }

    /// As [`Self::register`], by the helpline itself: without warnings and limits.
    pub(crate) async fn brought(&self, request_id: &str, phone: &str) -> String {
        let ask = cases::Register {
            request_id: request_id.to_owned(),
            kind: Kind::Complaint,
            phone: Phone::parse(phone).unwrap(),
            name: None,
            language: Language::Hindi,
            category: place::Code::new("electricity"),
            subcategory: None,
            place: PlaceCode::new("block:phanda"),
            words: Some("no light".to_owned()),
            recording: None,
            by_keys: false,
            call: None,
            despite: None,
            incident: None,
            heard_of: None,
            scheme: None,
        };
        let view = cases::register(&self.app, &Actor::system(), ask).await.unwrap();
        view.case.number().to_string()
    }

    pub(crate) async fn shutdown(&mut self, drain: Duration) {
        if let Some(server) = self.server.take() {
            server.shutdown(drain).await;
        }
    }

    /// Ends the server and the store, as the command does.
    pub(crate) async fn close(mut self) {
        self.shutdown(Duration::from_secs(1)).await;
        self.app.close().await;
    }
}

/// Calls whose lines are held by external IVRs alone.
async fn calls(app: &Arc<App>, dir: &Path) -> Calls {
    static CATALOGUE: OnceLock<Arc<Catalogue>> = OnceLock::new();
    let audio = Path::new(env!("CARGO_MANIFEST_DIR")).join("audio");
    let catalogue = CATALOGUE.get_or_init(|| Arc::new(Catalogue::load(&audio).unwrap()));
    let config = calls::Config {
        calls_max: 20,
        dialled_max: 5,
        trunks: Vec::new(),
        ring_timeout: Duration::from_secs(5),
        numbers: vec!["181".to_owned()],
        officer_numbers: vec!["18002330183".to_owned()],
        missed_call_numbers: Vec::new(),
        retry_after_s: 1,
        recordings: dir.join("recordings"),
        prompts_sha256: "0".repeat(64),
        journal: dir.join("calls.journal"),
        keep_trying: calls::KEEP_TRYING,
        renew_every: calls::RENEW_EVERY,
        verification_max: calls::VERIFICATION_MAX,
    };
    Calls::open(config, app.clone(), catalogue.clone(), None, None).await.unwrap()
}

/// Limits that no test meets by accident.
pub(crate) fn roomy() -> Limits {
    Limits { connections_per_address_max: 256, ..Limits::default() }
}

/// A complaint about electricity in the block of Phanda, which je.phanda answers for at level 1.
pub(crate) fn complaint(request_id: &str, phone: &str) -> v1::RegisterComplaintRequest {
    v1::RegisterComplaintRequest {
        request_id: request_id.into(),
        registration: Some(v1::Registration {
            phone: phone.into(),
            name: "सीता".into(),
            language: v1::Language::Hindi.into(),
            category: "electricity".into(),
            subcategory: String::new(),
            place: "block:phanda".into(),
            words: "दो दिन से बिजली नहीं है".into(),
            ..v1::Registration::default()
        }),
    }
}

pub(crate) fn reason(status: &Status) -> String {
    status.get_error_details().error_info().map(|info| info.reason.clone()).unwrap_or_default()
}

/// The one field that is wrong.
pub(crate) fn wrong_field(status: &Status) -> String {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let details = status.get_error_details();
    details.bad_request().map(|wrong| wrong.field_violations[0].field.clone()).unwrap_or_default()
}
