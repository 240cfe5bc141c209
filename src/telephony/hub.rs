//! What all calls share: the sockets, both endpoints of the stack, the tables and the tasks; and who handles which request.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rsipstack::dialog::dialog::Dialog;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Header, Headers, Method, StatusCode};
use rsipstack::transaction::TransactionReceiver;
use rsipstack::transaction::transaction::Transaction;
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::door::admission::Admission;
use super::door::flows::{Flows, Side};
use super::door::{Door, gates};
use super::registrar::{Ask, Registrar, Reply};
use super::stack::headers::{self, SDP, allow, header, source_of};
use super::stack::{Stack, accept, tls};
use super::tasks::Tasks;
use super::trunk::Lines;
use super::{Arrival, Config, Error, Stats, Transport, arrival, qualify};
use crate::telephony::audio::Audio;

/// Calls that may wait to be taken by the application; more get 503.
const ARRIVALS_MAX: usize = 256;
/// How often, and after what pause, a request looks again for the dialog of a call that is open.
const ENTRY_TRIES_MAX: usize = 20;
const ENTRY_PAUSE: Duration = Duration::from_millis(10);
/// Asked of the kernel; a burst of calls waits there while the reader works.
const RECEIVE_BUFFER_BYTES: usize = 4 << 20;

pub(super) struct Hub {
    pub config: Config,
    pub audio: Audio,
    pub door: Arc<Door>,
    pub udp: SocketAddr,
    pub tcp: Option<SocketAddr>,
    pub tls: Option<SocketAddr>,
    pub tasks: Tasks,
    pub call_ended: Notify,
    /// Cancelled when calls that are still open are to be hung up.
    pub closing: CancellationToken,
    pub arrivals: mpsc::Sender<Arrival>,
    started: Instant,
    cancel: CancellationToken,
    /// The thread of the socket ends with this, whoever forgets to shut down.
    _end: DropGuard,
    trunks: Arc<Stack>,
    phones: Arc<Stack>,
}

impl Hub {
    pub(super) async fn start(
        config: Config,
        audio: Audio,
    ) -> Result<(Arc<Self>, mpsc::Receiver<Arrival>), Error> {
        let started = Instant::now();
        let bind = |address| move |source| Error::Bind { address, source };
        let socket = bound_udp(config.udp).map_err(bind(config.udp))?;
        let udp = socket.local_addr().map_err(bind(config.udp))?;
        let listener = match config.tcp {
            None => None,
            Some(address) => {
                let port = if address.port() == 0 { udp.port() } else { address.port() };
                let address = SocketAddr::new(address.ip(), port);
                Some(TcpListener::bind(address).await.map_err(bind(address))?)
            }
        };
        let tcp = listener.as_ref().and_then(|listener| listener.local_addr().ok());

        let phones_listener = match &config.tls {
            None => None,
            Some(tls) => {
                let listener = TcpListener::bind(tls.address).await.map_err(bind(tls.address))?;
                Some((listener, tls::acceptor(tls)?))
            }
        };
        let tls = phones_listener.as_ref().and_then(|(listener, _)| listener.local_addr().ok());

        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| Error::Stack(error.to_string()))?;
        let door = Arc::new(Door::new(
            Arc::new(Lines::new(&config.trunks)),
            Arc::new(Flows::default()),
            Arc::new(Registrar::new(&config, key)),
            Arc::new(Admission::new(config.calls_max, config.calls_per_second, started)),
            config.limits.clone(),
            started,
        ));
        let cancel = CancellationToken::new();
        let (trunk_gate, phone_gate, reader) = gates(socket, &door).map_err(bind(config.udp))?;
        let (realm, timing) = (config.realm.as_str(), config.timing);
        let trunks = Stack::new(trunk_gate, &door, Side::Trunks, realm, timing, &cancel).await?;
        let phones = Stack::new(phone_gate, &door, Side::Phones, realm, timing, &cancel).await?;
        let ((trunks, from_trunks), (phones, from_phones)) = (trunks, phones);
        let (arrivals, taken) = mpsc::channel(ARRIVALS_MAX);
        let hub = Arc::new(Self {
            config,
            audio,
            door,
            udp,
            tcp,
            tls,
            tasks: Tasks::default(),
            call_ended: Notify::new(),
            closing: CancellationToken::new(),
            arrivals,
            started,
            _end: cancel.clone().drop_guard(),
            cancel,
            trunks: Arc::new(trunks),
            phones: Arc::new(phones),
        });
        let reading = reader.start(hub.cancel.clone()).map_err(bind(udp))?;
        hub.tasks.spawn(async move {
            // Shutdown waits for it as for any task.
            let _ = reading.await;
        });
        for (side, incoming) in [(Side::Trunks, from_trunks), (Side::Phones, from_phones)] {
            let endpoint = Arc::clone(&hub.stack(side).endpoint);
            hub.spawn(async move {
                if let Err(error) = endpoint.serve().await {
                    tracing::error!(%error, "the sip endpoint has stopped");
                }
            });
            hub.spawn(Arc::clone(&hub).receive(side, incoming));
        }
        if let Some(listener) = listener {
            hub.spawn(accept(Arc::clone(&hub), listener));
        }
        if let Some((listener, acceptor)) = phones_listener {
            hub.spawn(tls::accept(Arc::clone(&hub), listener, acceptor));
        }
        hub.spawn(qualify::keep(Arc::clone(&hub)));
        Ok((hub, taken))
    }

    /// A task that ends when the telephone side does.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let cancel = self.cancel.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = cancel.cancelled() => {}
                () = task => {}
            }
        });
    }

    pub(super) fn stack(&self, side: Side) -> &Stack {
        match side {
            Side::Trunks => &self.trunks,
            Side::Phones => &self.phones,
        }
    }

    /// Time since the start, the registrar's clock.
    pub(super) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// The same clock for a task that outlives its use of the hub.
    pub(super) fn clock(&self) -> impl Fn() -> Duration + Send + use<> {
        let started = self.started;
        move || started.elapsed()
    }

    /// Our own address in Contact headers.
    pub(super) fn contact(&self, transport: Transport) -> Option<rsipstack::sip::Uri> {
        headers::uri("helpline181", self.own(transport)?, transport)
    }

    /// Where we are reached over a transport, if we are.
    pub(super) fn own(&self, transport: Transport) -> Option<SocketAddr> {
        match transport {
            Transport::Udp => Some(self.udp),
            Transport::Tcp => self.tcp,
            Transport::Tls => self.tls,
        }
    }

    pub(super) fn stats(&self) -> Stats {
        let door = &self.door;
        Stats {
            calls: door.admission.calls(),
            dialogs: self.trunks.dialogs.len() + self.phones.dialogs.len(),
            flows: door.flows.count(),
            ports: self.audio.open_count(),
            registrations: door.registrar.count(self.uptime()),
            refused: door.admission.refused(),
            turned_away: door.turned_away(),
            panics: self.tasks.panics(),
        }
    }

    pub(super) async fn shutdown(&self, drain: Duration, farewell: Duration) {
        self.door.admission.close();
        let _ = tokio::time::timeout(drain, self.emptied()).await;
        self.closing.cancel();
        let _ = tokio::time::timeout(farewell, self.emptied()).await;
        self.cancel.cancel();
        self.tasks.finish(farewell).await;
    }

    pub(super) async fn emptied(&self) {
        loop {
            let ended = self.call_ended.notified();
            if self.door.admission.calls() == 0 {
                return;
            }
            ended.await;
        }
    }

    async fn receive(self: Arc<Self>, side: Side, mut incoming: TransactionReceiver) {
        while let Some(transaction) = incoming.recv().await {
            let hub = Arc::clone(&self);
            // A transaction that is dropped is forgotten by the stack, and its next copy comes in anew.
            self.tasks.spawn(async move {
                let method = transaction.original.method;
                if let Err(error) = hub.handle(side, transaction).await {
                    // The rest of its words holds the Call-ID and the branch, which are the peer's.
                    let error = error.to_string();
                    let kind = error.split(':').next();
                    tracing::debug!(%method, kind, "a transaction failed");
                }
            });
        }
    }

    async fn handle(self: Arc<Self>, side: Side, mut tx: Transaction) -> rsipstack::Result<()> {
        let in_dialog = match tx.original.to_header().and_then(|to| to.tag()) {
            Ok(tag) => tag.is_some(),
            Err(_) => return tx.reply(StatusCode::BadRequest).await,
        };
        if in_dialog {
            return self.handle_in_dialog(side, tx).await;
        }
        match tx.original.method {
            Method::Invite => arrival::receive(&self, side, tx).await,
            Method::Register => self.register(side, tx).await,
            Method::Options => {
                let headers = vec![header("Allow", allow(side)), header("Accept", SDP)];
                tx.reply_with(StatusCode::OK, headers, None).await
            }
            Method::Refer => tx.reply(StatusCode::Decline).await,
            _ => {
                tx.reply_with(
                    StatusCode::MethodNotAllowed,
                    vec![header("Allow", allow(side))],
                    None,
                )
                .await
            }
        }
    }

    async fn handle_in_dialog(&self, side: Side, mut tx: Transaction) -> rsipstack::Result<()> {
        let Some(Dialog::Invite(mut dialog)) = self.dialog_of(side, &tx).await else {
            return tx.reply(StatusCode::CallTransactionDoesNotExist).await;
        };
        if tx.original.method != Method::Bye {
            acknowledged(&dialog).await;
        }
        match tx.original.method {
            Method::Bye | Method::Info | Method::Update | Method::Options => {}
            // RFC 3261 §14.2, while our own answer is not acknowledged yet.
            Method::Invite if !dialog.state().is_confirmed() => {
                return tx.reply(StatusCode::RequestPending).await;
            }
            Method::Invite => {}
            Method::Refer if side == Side::Phones => {}
            // A trunk that could send a call of ours elsewhere could let us pay for it.
            Method::Refer => return tx.reply(StatusCode::Decline).await,
            _ => {
                let allow = vec![header("Allow", allow(side))];
                return tx.reply_with(StatusCode::MethodNotAllowed, allow, None).await;
            }
        }
        dialog.handle(&mut tx).await?;
        if tx.last_response.is_none() {
            // The stack drops requests that are out of order; RFC 3261 §12.2.2 wants 500.
            tx.reply(StatusCode::ServerInternalError).await?;
        }
        Ok(())
    }

    /// The stack sends the ACK of an outbound call before it enters the dialog, so a peer that hangs up at once says BYE to a
    /// dialog that is about to be there.
    async fn dialog_of(&self, side: Side, tx: &Transaction) -> Option<Dialog> {
        let dialogs = &self.stack(side).dialogs;
        let call_id = headers::value(&tx.original.headers, "Call-ID").unwrap_or_default();
        for _ in 0..ENTRY_TRIES_MAX {
            let dialog = dialogs.match_dialog(tx);
            if dialog.is_some() || self.door.flows.get(call_id).is_none() {
                return dialog;
            }
            tokio::time::sleep(ENTRY_PAUSE).await;
        }
        None
    }

    async fn register(&self, side: Side, mut tx: Transaction) -> rsipstack::Result<()> {
        let Some((source, transport)) = source_of(&tx) else {
            return tx.reply(StatusCode::BadRequest).await;
        };
        if side == Side::Trunks {
            return tx.reply(StatusCode::Forbidden).await;
        }
        let reply = {
            let request = &tx.original.headers;
            let to = headers::value(request, "To").and_then(headers::user_of);
            let Some(user) = to else { return tx.reply(StatusCode::BadRequest).await };
            let cseq = tx.original.cseq_header().and_then(|cseq| cseq.seq());
            let ask = Ask {
                user: &user,
                authorization: headers::values(request, "Authorization"),
                contacts: headers::values(request, "Contact"),
                expires: headers::value(request, "Expires"),
                call_id: headers::value(request, "Call-ID").unwrap_or_default(),
                cseq: cseq.unwrap_or_default(),
                path: headers::values(request, "Path"),
                source,
                transport,
            };
            self.door.registrar.register(&ask, self.uptime(), random())
        };
        let (status, extra) = match reply {
            Reply::Registered(contacts) => {
                let contact = |(uri, left_s): &(String, u32)| {
                    header("Contact", format!("<{uri}>;expires={left_s}"))
                };
                let mut extra: Vec<Header> = contacts.iter().map(contact).collect();
                // RFC 3327 §5.3: the phone is told by which way it will be reached.
                if headers::lists(&tx.original.headers, "Supported", "path") {
                    let path = headers::values(&tx.original.headers, "Path");
                    extra.extend(path.into_iter().map(|hop| header("Path", hop)));
                }
                (StatusCode::OK, extra)
            }
            Reply::Challenge(challenges) => (
                StatusCode::Unauthorized,
                challenge_headers("WWW-Authenticate", challenges, &tx.original.headers),
            ),
            Reply::LockedOut => (StatusCode::Forbidden, Vec::new()),
            Reply::Malformed => (StatusCode::BadRequest, Vec::new()),
            Reply::Late => (StatusCode::ServerInternalError, Vec::new()),
            Reply::TooBrief { min_s } => {
                (StatusCode::IntervalTooBrief, vec![header("Min-Expires", min_s.to_string())])
            }
        };
        tx.reply_with(status, extra, None).await
    }
}

/// A request on the heels of the ACK may be looked at before it.
async fn acknowledged(dialog: &InviteDialog) {
    for _ in 0..ENTRY_TRIES_MAX {
        if !dialog.state().waiting_ack() {
            return;
        }
        tokio::time::sleep(ENTRY_PAUSE).await;
    }
}

/// Phones that give up at a challenge they do not know instead of passing over it (RFC 8760 §2.4): libre's, and the scripts of
/// SIPp, which name no agent. They get the last one alone, which is MD5 where the setting admits it.
const ONE_CHALLENGE: &str = "baresip";

pub(super) fn challenge_headers(
    name: &str,
    mut challenges: Vec<String>,
    request: &Headers,
) -> Vec<Header> {
    let agent = headers::value(request, "User-Agent").unwrap_or(ONE_CHALLENGE);
    if agent.starts_with(ONE_CHALLENGE) {
        challenges.drain(..challenges.len().saturating_sub(1));
    }
    challenges.into_iter().map(|challenge| header(name, challenge)).collect()
}

/// Not a secret, only never the same twice: nonces are sealed, and Call-IDs and tags need to differ.
pub(super) fn random() -> u64 {
    getrandom::u64().unwrap_or_default()
}

fn bound_udp(address: SocketAddr) -> std::io::Result<UdpSocket> {
    let domain = socket2::Domain::for_address(address);
    let socket = socket2::Socket::new(domain, socket2::Type::DGRAM, Some(socket2::Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    // The kernel may grant less.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES);
    socket.bind(&address.into())?;
    Ok(socket.into())
}
