//! The other side of our own calls: a telephone on another address, for trying the helpline out and for its tests.
//! It calls as the demonstration's trunk would, or registers as a phone, and can be called.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use rsipstack::sip::typed::{From, To};
use rsipstack::sip::{Method, Param, Response, StatusCode};
use tokio::sync::mpsc;

use super::audio::Audio;
use super::dial;
use super::door::flows::Side;
use super::hub::random;
use super::registrar::digest;
use super::stack::headers::{self, header, stack_address};
use super::{Arrival, Config, Dial, Dialling, Digest, Error, Telephony, Transport, Trunk};

/// The name under which the phone knows the helpline.
const HOME: &str = "helpline";

/// One telephone.
#[derive(Clone)]
pub struct Phone {
    telephony: Telephony,
    server: SocketAddr,
    transport: Transport,
    number: String,
}

/// Who the phone is and whom it calls.
#[derive(Clone)]
pub struct Settings {
    /// Where it listens; port 0 takes any.
    pub local: SocketAddr,
    /// The helpline's address.
    pub server: SocketAddr,
    pub transport: Transport,
    /// Its own number, shown to whom it calls; or the user name it registers with.
    pub number: String,
}

impl Phone {
    /// Opens the phone; calls to it come as arrivals.
    pub async fn start(
        settings: Settings,
        audio: Audio,
    ) -> Result<(Self, mpsc::Receiver<Arrival>), Error> {
        let Settings { local, server, transport, number } = settings;
        let home = Trunk {
            name: HOME.to_owned(),
            peers: vec![server.ip()],
            digest: None,
            transport,
            trusted_cli: true,
            caller_id: number.clone(),
            caller_ids: HashMap::new(),
            calls_per_second: u32::MAX,
            channels: u32::MAX,
            outbound: Some(server),
        };
        let config = Config {
            trunks: vec![home],
            calls_per_second: 10_000,
            calls_max: 10_000,
            ..Config::new(local)
        };
        Self::start_with(config, server, transport, number, audio).await
    }

    async fn start_with(
        config: Config,
        server: SocketAddr,
        transport: Transport,
        number: String,
        audio: Audio,
    ) -> Result<(Self, mpsc::Receiver<Arrival>), Error> {
        let (telephony, arrivals) = Telephony::start(config, audio).await?;
        Ok((Self { telephony, server, transport, number }, arrivals))
    }

    pub fn telephony(&self) -> &Telephony {
        &self.telephony
    }

    /// Calls any number at the helpline, as `181`.
    pub fn call(&self, number: &str, ring_timeout: Duration) -> Dialling {
        let sound = !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*#+-._".contains(&byte));
        // An unsound number is given to no trunk at all.
        let trunks = if sound { vec![HOME.to_owned()] } else { Vec::new() };
        let dial = Dial::new(trunks, number.to_owned(), ring_timeout);
        dial::call(&self.telephony.0, dial, Some(self.number.clone()))
    }

    /// Registers this phone with the helpline for `expires_s` seconds (0 removes it), answering its challenge; gives the
    /// seconds that were granted.
    pub async fn register(
        &self,
        password: &str,
        realm: &str,
        expires_s: u32,
    ) -> Result<u32, Error> {
        let call_id = format!("{:016x}{:016x}@phone", random(), random());
        let tag = format!("{:016x}", random());
        let first = self.send_register(&call_id, &tag, 1, expires_s, None).await?;
        let account = Digest {
            user: self.number.clone(),
            password: password.to_owned(),
            realm: realm.to_owned(),
        };
        let uri = self.registrar()?.to_string();
        let cnonce = format!("{:016x}", random());
        let challenges = headers::values(&first.headers, "WWW-Authenticate");
        let proof =
            |challenge: &&str| digest::answer(challenge, &account, "REGISTER", &uri, &cnonce);
        let answer = match challenges.iter().find_map(proof) {
            Some(proof) if first.status_code == StatusCode::Unauthorized => {
                self.send_register(&call_id, &tag, 2, expires_s, Some(proof)).await?
            }
            _ => first,
        };
        if answer.status_code != StatusCode::OK {
            return Err(Error::Refused(answer.status_code.code()));
        }
        // The others of the account are listed beside it.
        let own = headers::uri(&self.number, self.telephony.0.udp, self.transport);
        let own = own.map(|uri| format!("<{uri}>;")).unwrap_or_default();
        let contacts = headers::values(&answer.headers, "Contact");
        let granted = contacts.iter().find_map(|contact| contact.strip_prefix(own.as_str()));
        let granted = granted.and_then(|params| params.strip_prefix("expires="));
        Ok(granted.and_then(|seconds| seconds.parse().ok()).unwrap_or(0))
    }

    fn registrar(&self) -> Result<rsipstack::sip::Uri, Error> {
        let uri = rsipstack::sip::Uri::try_from(format!("sip:{}", self.server).as_str());
        uri.map_err(|_| Error::Answer("the server's address"))
    }

    async fn send_register(
        &self,
        call_id: &str,
        tag: &str,
        cseq: u32,
        expires_s: u32,
        proof: Option<String>,
    ) -> Result<Response, Error> {
        let hub = &self.telephony.0;
        let stack = hub.stack(Side::Trunks);
        let stack_error = |error: rsipstack::Error| Error::Stack(error.to_string());
        if self.transport == Transport::Tcp {
            let connected = stack.connect(hub.tcp.unwrap_or(hub.udp), self.server).await;
            connected.map_err(|_| Error::NoAnswer(self.server))?;
        }
        let own = headers::uri(&self.number, hub.udp, self.transport)
            .ok_or(Error::Answer("the phone's number"))?;
        let at_home = headers::uri(&self.number, self.server, Transport::Udp);
        let at_home = at_home.ok_or(Error::Answer("the phone's number"))?;
        let from = From {
            display_name: None,
            uri: at_home.clone(),
            params: vec![Param::Tag(tag.to_owned().into())],
        };
        let to = To { display_name: None, uri: at_home, params: Vec::new() };
        let via_address = stack_address(hub.udp, self.transport);
        let via = stack.endpoint.get_via(Some(via_address), None).map_err(stack_error)?;
        let registrar = self.registrar()?;
        let call_id = rsipstack::sip::CallId::from(call_id.to_owned());
        let mut request = stack.endpoint.make_request(
            Method::Register,
            registrar,
            via,
            from,
            to,
            cseq,
            Some(call_id),
        );
        request.headers.push(header("Contact", format!("<{own}>;expires={expires_s}")));
        if let Some(proof) = proof {
            request.headers.push(header("Authorization", proof));
        }
        let to = stack_address(self.server, self.transport);
        let answer = stack.ask(request, to).await.map_err(stack_error)?;
        answer.ok_or(Error::NoAnswer(self.server))
    }

    /// Hangs up what is open and closes the phone.
    pub async fn close(self) {
        self.telephony.shutdown(Duration::ZERO).await;
    }
}
