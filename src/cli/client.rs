//! How a command reaches the helpline, and by whose session.

use std::{fs, path::PathBuf, time::Duration};

use helpline_proto::v1::{
    act_service_client::ActServiceClient, agent_service_client::AgentServiceClient,
    attendance_service_client::AttendanceServiceClient,
    call_back_service_client::CallBackServiceClient, citizen_service_client::CitizenServiceClient,
    closure_service_client::ClosureServiceClient, complaint_service_client::ComplaintServiceClient,
    conversation_service_client::ConversationServiceClient,
    delegation_service_client::DelegationServiceClient, demo_service_client::DemoServiceClient,
    dialling_service_client::DiallingServiceClient,
    directory_service_client::DirectoryServiceClient, drive_service_client::DriveServiceClient,
    evidence_service_client::EvidenceServiceClient, feedback_service_client::FeedbackServiceClient,
    flag_service_client::FlagServiceClient, grade_service_client::GradeServiceClient,
    incident_service_client::IncidentServiceClient, intake_service_client::IntakeServiceClient,
    officer_service_client::OfficerServiceClient, old_case_service_client::OldCaseServiceClient,
    oversight_service_client::OversightServiceClient, pin_service_client::PinServiceClient,
    recheck_service_client::RecheckServiceClient, recording_service_client::RecordingServiceClient,
    session_service_client::SessionServiceClient,
    verification_service_client::VerificationServiceClient,
};
use tonic::{
    Request, Status,
    metadata::AsciiMetadataValue,
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};

use super::{
    error::{Error, Result},
    session,
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The helpline that client commands talk to
    #[arg(
        long,
        global = true,
        env = "HELPLINE181_SERVER",
        default_value = "http://127.0.0.1:8181"
    )]
    pub server: String,
    /// PEM file of the authority that signed the helpline's certificate, when the system's own do not know it
    #[arg(long, global = true, env = "HELPLINE181_TLS_CA", value_name = "FILE")]
    tls_ca: Option<PathBuf>,
    /// Access token; otherwise the session kept by `login` is used
    #[arg(long, global = true, env = "HELPLINE181_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Act as one of the demonstration's sample accounts, whose tokens lie in the server's data directory
    #[arg(long = "as", value_name = "LOGIN", global = true, conflicts_with = "token")]
    sample: Option<String>,
    /// The data directory that `--as` looks into
    #[arg(
        long,
        global = true,
        env = "HELPLINE181_STORE__DATA",
        default_value = "helpline-data",
        hide = true
    )]
    sample_data: PathBuf,
    /// Print JSON for machines
    #[arg(long, global = true)]
    pub json: bool,
}

/// Adds the session's token to every call.
#[derive(Clone)]
pub struct Bearer(Option<AsciiMetadataValue>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> std::result::Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request.metadata_mut().insert("authorization", value.clone());
        }
        Ok(request)
    }
}

type Signed = InterceptedService<Channel, Bearer>;

pub struct Connection {
    channel: Channel,
    bearer: Bearer,
}

impl Options {
    /// Connects without a session.
    pub async fn anonymous(&self) -> Result<Connection> {
        let mut endpoint = Endpoint::from_shared(self.server.clone())
            .map_err(|_| Error::usage(format!("--server {:?} is no address", self.server)))?
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!("helpline181/", env!("CARGO_PKG_VERSION")))
            .map_err(Error::other)?;
        if self.server.starts_with("https://") {
            endpoint = endpoint.tls_config(self.tls()?).map_err(Error::other)?;
        }
        let channel = endpoint
            .connect()
            .await
            .map_err(|source| Error::Unreachable { server: self.server.clone(), source })?;
        Ok(Connection { channel, bearer: Bearer(None) })
    }

    fn tls(&self) -> Result<ClientTlsConfig> {
        let tls = ClientTlsConfig::new();
        let Some(path) = &self.tls_ca else { return Ok(tls.with_webpki_roots()) };
        let pem = fs::read(path)
            .map_err(|error| Error::usage(format!("--tls-ca {}: {error}", path.display())))?;
        Ok(tls.ca_certificate(Certificate::from_pem(pem)))
    }

    /// Connects with the token given, else with the sample account's, else with the session kept by `login`.
    pub async fn connect(&self) -> Result<Connection> {
        let connection = self.anonymous().await?;
        let token = match (&self.token, &self.sample) {
            (Some(token), _) => Some(token.clone()),
            (None, Some(login)) => Some(session::sample(&self.sample_data, login)?),
            (None, None) => session::kept(&connection, &self.server).await?,
        };
        connection.with_token(token.as_deref())
    }
}

impl Connection {
    pub fn with_token(self, token: Option<&str>) -> Result<Self> {
        let value = token
            .map(|token| format!("Bearer {token}").parse())
            .transpose()
            .map_err(|_| Error::usage("the token holds characters that no token has"))?;
        Ok(Self { bearer: Bearer(value), ..self })
    }

    pub fn sessions(&self) -> SessionServiceClient<Signed> {
        SessionServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn complaints(&self) -> ComplaintServiceClient<Signed> {
        ComplaintServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn officers(&self) -> OfficerServiceClient<Signed> {
        OfficerServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn acts(&self) -> ActServiceClient<Signed> {
        ActServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn closures(&self) -> ClosureServiceClient<Signed> {
        ClosureServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn citizens(&self) -> CitizenServiceClient<Signed> {
        CitizenServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn recordings(&self) -> RecordingServiceClient<Signed> {
        RecordingServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn evidence(&self) -> EvidenceServiceClient<Signed> {
        EvidenceServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn verification(&self) -> VerificationServiceClient<Signed> {
        VerificationServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn feedback(&self) -> FeedbackServiceClient<Signed> {
        FeedbackServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn attendance(&self) -> AttendanceServiceClient<Signed> {
        AttendanceServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn pins(&self) -> PinServiceClient<Signed> {
        PinServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn oversight(&self) -> OversightServiceClient<Signed> {
        OversightServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn delegations(&self) -> DelegationServiceClient<Signed> {
        DelegationServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn agents(&self) -> AgentServiceClient<Signed> {
        AgentServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn intake(&self) -> IntakeServiceClient<Signed> {
        IntakeServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn dialling(&self) -> DiallingServiceClient<Signed> {
        DiallingServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn flags(&self) -> FlagServiceClient<Signed> {
        FlagServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn drives(&self) -> DriveServiceClient<Signed> {
        DriveServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn grades(&self) -> GradeServiceClient<Signed> {
        GradeServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn rechecks(&self) -> RecheckServiceClient<Signed> {
        RecheckServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn incidents(&self) -> IncidentServiceClient<Signed> {
        IncidentServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn conversations(&self) -> ConversationServiceClient<Signed> {
        ConversationServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn call_backs(&self) -> CallBackServiceClient<Signed> {
        CallBackServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn directory(&self) -> DirectoryServiceClient<Signed> {
        DirectoryServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn old_cases(&self) -> OldCaseServiceClient<Signed> {
        OldCaseServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }

    pub fn demo(&self) -> DemoServiceClient<Signed> {
        DemoServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
    }
}

/// An id that makes an act idempotent: 128 random bits.
pub fn request_id() -> Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| Error::other(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
