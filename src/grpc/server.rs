//! Mounts the services behind the door and serves them with gRPC-Web and the page on one port.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, middleware, routing};
use helpline_proto::{
    DESCRIPTORS,
    v1::{
        act_service_server::ActServiceServer, agent_service_server::AgentServiceServer,
        attendance_service_server::AttendanceServiceServer,
        call_back_service_server::CallBackServiceServer,
        citizen_service_server::CitizenServiceServer, closure_service_server::ClosureServiceServer,
        complaint_service_server::ComplaintServiceServer,
        conversation_service_server::ConversationServiceServer,
        delegation_service_server::DelegationServiceServer, demo_service_server::DemoServiceServer,
        dialling_service_server::DiallingServiceServer,
        directory_service_server::DirectoryServiceServer, drive_service_server::DriveServiceServer,
        evidence_service_server::EvidenceServiceServer,
        feedback_service_server::FeedbackServiceServer, flag_service_server::FlagServiceServer,
        grade_service_server::GradeServiceServer, incident_service_server::IncidentServiceServer,
        intake_service_server::IntakeServiceServer, ivr_service_server::IvrServiceServer,
        officer_service_server::OfficerServiceServer,
        old_case_service_server::OldCaseServiceServer,
        oversight_service_server::OversightServiceServer, pin_service_server::PinServiceServer,
        recheck_service_server::RecheckServiceServer,
        recording_service_server::RecordingServiceServer,
        session_service_server::SessionServiceServer,
        verification_service_server::VerificationServiceServer,
    },
};
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;
use tonic::{
    service::Routes,
    transport::{self, Identity, ServerTlsConfig},
};
use tonic_web::GrpcWebLayer;

use super::{
    acts::Acts,
    agents::Agents,
    attendance::Attendance,
    call_backs::CallBacks,
    citizens::Citizens,
    closures::Closures,
    complaints::Complaints,
    conversations::{Conversations, Done},
    delegations::Delegations,
    demo::Demo,
    dialling::Dialling,
    directory::Directory,
    door::{
        Door,
        limits::{
            CONNECTION_AGE, DECODE_MAX_BYTES, ENCODE_MAX_BYTES, HANDSHAKE_TIMEOUT,
            HEADERS_MAX_BYTES, LOCAL_RESETS_MAX, Limits, PENDING_RESETS_MAX, PING_EVERY,
            PING_TIMEOUT, STREAMS_PER_CONNECTION_MAX,
        },
        listener::Listener,
    },
    evidence::Files,
    feedback::Feedback,
    flags::Flags,
    grades::Grades,
    health,
    incidents::Incidents,
    intake::Intake,
    ivr::Ivr,
    officers::Officers,
    old_cases::OldCases,
    oversight::Oversight,
    pins::Pins,
    receipts::{self, Receipts},
    rechecks::Rechecks,
    recordings::Recordings,
    reviews::Drives,
    sessions::Sessions,
    verification::Verification,
    watching::Pace,
    web,
};
use crate::{
    app::{App, Mode},
    calls::Calls,
};

/// Connections that do not close by themselves are broken off; this is how long that may take.
const BREAK_OFF: Duration = Duration::from_millis(500);

#[derive(Clone, Default)]
pub struct Options {
    pub limits: Limits,
    /// Lets anyone ask which services there are.
    pub reflection: bool,
    /// Runs the dialogues of external IVRs; without it Converse is not there.
    pub calls: Option<Calls>,
    /// How the SMS gateway brings its receipts; without it they are not taken.
    pub receipts: Option<Receipts>,
    /// Without it the API is spoken in the clear.
    pub tls: Option<Tls>,
}

/// A certificate chain and its key, both PEM.
#[derive(Clone)]
pub struct Tls {
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot serve the API at {address}")]
    Bind {
        address: SocketAddr,
        #[source]
        source: std::io::Error,
    },
    #[error("the API's certificate or key cannot be used")]
    Tls(#[source] transport::Error),
    #[error("the API's reflection cannot be built")]
    Reflection(#[source] tonic_reflection::server::Error),
}

/// The running API.
pub struct Server {
    address: SocketAddr,
    serving: JoinHandle<Result<(), transport::Error>>,
    health: JoinHandle<()>,
    /// Ends streams and refuses new calls.
    ending: CancellationToken,
    /// Breaks off every connection.
    closing: CancellationToken,
}

impl Server {
    /// Binds the address and serves until `shutdown`.
    pub async fn start(
        app: Arc<App>,
        address: SocketAddr,
        options: Options,
    ) -> Result<Self, Error> {
        let cannot_bind = |source| Error::Bind { address, source };
        let socket = TcpListener::bind(address).await.map_err(cannot_bind)?;
        let address = socket.local_addr().map_err(cannot_bind)?;
        let ending = CancellationToken::new();
        let closing = CancellationToken::new();
        let listener = Listener::new(socket, &options.limits, closing.clone());
        let (health, health_service) = health::service(app.clone(), ending.clone());
        let routes = routes(app, &options, health_service, &ending)?;
        let mut server = transport::Server::builder();
        if let Some(Tls { certificate, key }) = &options.tls {
            let tls = ServerTlsConfig::new()
                .identity(Identity::from_pem(certificate, key))
                .timeout(HANDSHAKE_TIMEOUT);
            server = server.tls_config(tls).map_err(Error::Tls)?;
        } else if !address.ip().is_loopback() {
            tracing::warn!(%address, "the api is served without TLS: passwords and numbers pass in the clear");
        }
        let server = server
            .accept_http1(true)
            .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
            .http2_max_header_list_size(HEADERS_MAX_BYTES)
            .http2_max_pending_accept_reset_streams(Some(PENDING_RESETS_MAX))
            .http2_max_local_error_reset_streams(Some(LOCAL_RESETS_MAX))
            .http2_keepalive_interval(Some(PING_EVERY))
            .http2_keepalive_timeout(Some(PING_TIMEOUT))
            .max_connection_age(CONNECTION_AGE)
            .add_routes(routes);
        let ended = ending.clone().cancelled_owned();
        let serving = tokio::spawn(server.serve_with_incoming_shutdown(listener, ended));
        tracing::info!(%address, "serving the api");
        Ok(Self { address, serving, health, ending, closing })
    }

    /// Where it serves; tells the port when 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Refuses new calls at once, lets those under way end for at most `drain`, then breaks off what is left.
    pub async fn shutdown(mut self, drain: Duration) {
        self.ending.cancel();
        let ended = timeout(drain, &mut self.serving).await;
        self.closing.cancel();
        if ended.is_err() {
            tracing::warn!("connections did not close by themselves");
            if timeout(BREAK_OFF, &mut self.serving).await.is_err() {
                self.serving.abort();
            }
        }
        let _ = self.health.await;
    }
}

fn routes(
    app: Arc<App>,
    options: &Options,
    health: health::Service,
    ending: &CancellationToken,
) -> Result<Routes, Error> {
    macro_rules! limited {
        ($service:expr) => {
            $service
                .max_decoding_message_size(DECODE_MAX_BYTES)
                .max_encoding_message_size(ENCODE_MAX_BYTES)
        };
    }
    let pace = Pace { heartbeat_every: options.limits.heartbeat_every, ending: ending.clone() };
    let officers = Officers { app: app.clone(), pace: pace.clone() };
    let centre = options.calls.as_ref().and_then(Calls::centre).cloned();
    let complaints = Complaints { app: app.clone(), pace: pace.clone(), centre: centre.clone() };
    let agents = Agents { app: app.clone(), centre: centre.clone(), pace: pace.clone() };
    let intake = Intake { app: app.clone(), centre: centre.clone() };
    let conversations =
        Conversations { app: app.clone(), centre: centre.clone(), done: Done::default() };
    let feedback = Feedback { app: app.clone(), centre };
    let directory = Directory { app: app.clone(), ending: ending.clone() };
    let old_cases = OldCases { app: app.clone(), ending: ending.clone() };
    let mut routes = Routes::builder();
    routes
        .add_service(limited!(SessionServiceServer::new(Sessions(app.clone()))))
        .add_service(limited!(ComplaintServiceServer::new(complaints)))
        .add_service(limited!(OfficerServiceServer::new(officers)))
        .add_service(limited!(ActServiceServer::new(Acts(app.clone()))))
        .add_service(limited!(AgentServiceServer::new(agents)))
        .add_service(limited!(IntakeServiceServer::new(intake)))
        .add_service(limited!(IncidentServiceServer::new(Incidents(app.clone()))))
        .add_service(limited!(ConversationServiceServer::new(conversations)))
        .add_service(limited!(FeedbackServiceServer::new(feedback)))
        .add_service(limited!(ClosureServiceServer::new(Closures(app.clone()))))
        .add_service(limited!(CitizenServiceServer::new(Citizens(app.clone()))))
        .add_service(limited!(DelegationServiceServer::new(Delegations(app.clone()))))
        .add_service(limited!(OversightServiceServer::new(Oversight(app.clone()))))
        .add_service(limited!(EvidenceServiceServer::new(Files(app.clone()))))
        .add_service(limited!(VerificationServiceServer::new(Verification(app.clone()))))
        .add_service(limited!(DiallingServiceServer::new(Dialling(app.clone()))))
        .add_service(limited!(FlagServiceServer::new(Flags(app.clone()))))
        .add_service(limited!(DriveServiceServer::new(Drives(app.clone()))))
        .add_service(limited!(GradeServiceServer::new(Grades(app.clone()))))
        .add_service(limited!(RecheckServiceServer::new(Rechecks(app.clone()))))
        .add_service(limited!(DirectoryServiceServer::new(directory)))
        .add_service(limited!(OldCaseServiceServer::new(old_cases)))
        .add_service(limited!(CallBackServiceServer::new(CallBacks(app.clone()))))
        .add_service(limited!(AttendanceServiceServer::new(Attendance(app.clone()))))
        .add_service(limited!(RecordingServiceServer::new(Recordings(app.clone()))))
        .add_service(limited!(PinServiceServer::new(Pins(app.clone()))))
        .add_service(limited!(health));
    if app.mode() == Mode::Demonstration {
        routes.add_service(limited!(DemoServiceServer::new(Demo(app.clone()))));
    }
    if let Some(calls) = &options.calls {
        let (calls, ending) = (calls.clone(), ending.clone());
        let ivr = Ivr { app: app.clone(), calls, ending };
        routes.add_service(limited!(IvrServiceServer::new(ivr)));
    }
    if options.reflection {
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()
            .map_err(Error::Reflection)?;
        routes.add_service(reflection);
    }
    let receipts = options.receipts.clone().map(|receipts| receipts::route(app.clone(), receipts));
    let door = Arc::new(Door::new(app, options.limits.clone(), ending.clone()));
    let services: Router = routes
        .routes()
        .into_axum_router()
        .layer(middleware::from_fn_with_state(door, Door::pass))
        .layer(GrpcWebLayer::new());
    // The layers above answer 400 to whatever is no gRPC, so pages stand beside them and not behind.
    let pages = services.route("/", routing::get(web::home)).fallback(web::missing);
    Ok(receipts.into_iter().fold(pages, Router::merge).into())
}
