//! rsipstack behind the door: one endpoint's transports, where its messages may go, and what its TCP connections may send.

pub(crate) mod headers;
pub(crate) mod tls;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rsipstack::EndpointBuilder;
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Request, Response, SipMessage, StatusCode, Uri};
use rsipstack::transaction::TransactionReceiver;
use rsipstack::transaction::endpoint::{
    EndpointInnerRef, EndpointOption, MessageInspector, TargetLocator, TransportEventInspector,
};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::stream::StreamConnection;
use rsipstack::transport::tcp::TcpConnection;
use rsipstack::transport::tls::TlsConnection;
use rsipstack::transport::transport_layer::DomainResolver;
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{SipAddr, SipConnection, TransportEvent, TransportLayer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use crate::telephony::door::flows::Side;
use crate::telephony::door::{Door, Gate, Glance, Ruling, Status, glance};
use crate::telephony::hub::Hub;
use crate::telephony::{Error, Timing, Transport};
use headers::stack_address;

/// Connections of one endpoint; each costs the stack some 200 KiB.
const CONNECTIONS_MAX: usize = 128;
/// Of one address.
const CONNECTIONS_PER_SOURCE_MAX: usize = 16;
/// How long a peer may take to read an answer of the door.
const ANSWER_WAIT: Duration = Duration::from_secs(2);
const USER_AGENT: &str = concat!("helpline181/", env!("CARGO_PKG_VERSION"));

/// How long a trunk may take to accept a TCP connection.
const CONNECT_WAIT: Duration = Duration::from_secs(5);

/// Connections by the address and transport of the peer, each with the token that the stack cancels when it is closed.
type Open = HashMap<(SocketAddr, Transport), CancellationToken>;

/// One endpoint of the stack and its dialogs.
pub(crate) struct Stack {
    pub endpoint: EndpointInnerRef,
    pub dialogs: Arc<DialogLayer>,
    open: Mutex<Open>,
    cancel: CancellationToken,
}

impl Stack {
    pub(crate) async fn new(
        gate: Gate,
        door: &Arc<Door>,
        side: Side,
        realm: &str,
        timing: Timing,
        cancel: &CancellationToken,
    ) -> Result<(Self, TransactionReceiver), Error> {
        let layer =
            TransportLayer::new_with_domain_resolver(cancel.child_token(), Box::new(NoNames));
        layer.set_stream_idle_timeout(timing.tcp_idle);
        let udp =
            UdpConnection::from_socket(Arc::new(gate), None, Some(cancel.child_token())).await;
        layer.add_transport(udp.map_err(refused)?.into());
        let option = EndpointOption {
            t1: timing.t1,
            t1x64: timing.t1x64,
            callid_suffix: Some(realm.to_owned()),
            ..EndpointOption::default()
        };
        let endpoint = EndpointBuilder::new()
            .with_cancel_token(cancel.child_token())
            .with_transport_layer(layer)
            .with_user_agent(USER_AGENT)
            .with_option(option)
            .with_target_locator(Box::new(Places(Arc::clone(door))))
            .with_inspector(Box::new(Patience(door.retry_after_s())))
            .with_transport_inspector(Box::new(Inspector { door: Arc::clone(door), side }))
            .build();
        let incoming = endpoint.incoming_transactions().map_err(refused)?;
        let dialogs = Arc::new(DialogLayer::new(Arc::clone(&endpoint.inner)));
        let stack = Self {
            endpoint: Arc::clone(&endpoint.inner),
            dialogs,
            open: Mutex::new(HashMap::new()),
            cancel: cancel.clone(),
        };
        Ok((stack, incoming))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, closed| !closed.is_cancelled());
        open
    }

    /// Whether a connection with this peer is open; over UDP there is none and need be none.
    pub(crate) fn reaches(&self, peer: SocketAddr, transport: Transport) -> bool {
        transport == Transport::Udp || self.open().contains_key(&(peer, transport))
    }

    /// Connects to a trunk from our own address, by which it knows us; the stack would let the system choose one.
    pub(crate) async fn connect(&self, local: SocketAddr, remote: SocketAddr) -> io::Result<()> {
        if self.reaches(remote, Transport::Tcp) {
            return Ok(());
        }
        let socket = if local.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.bind(SocketAddr::new(local.ip(), 0))?;
        let stream = tokio::time::timeout(CONNECT_WAIT, socket.connect(remote)).await??;
        let local = stack_address(local, Transport::Tcp);
        let closed = self.token();
        let connection = TcpConnection::from_stream(stream, local, Some(closed.clone()))
            .map_err(io::Error::other)?;
        self.open().insert((remote, Transport::Tcp), closed);
        self.endpoint.transport_layer.add_connection(SipConnection::Tcp(connection));
        Ok(())
    }

    /// Takes over an accepted TCP connection, or closes it when there are too many. The token is cancelled when it is closed.
    fn adopt(
        &self,
        stream: TcpStream,
        local: SocketAddr,
        source: SocketAddr,
    ) -> Option<CancellationToken> {
        let local = stack_address(local, Transport::Tcp);
        let closed = self.token();
        let connection = TcpConnection::from_stream(stream, local, Some(closed.clone())).ok()?;
        let entered = self.enter(source, Transport::Tcp, closed.clone());
        entered.then(|| {
            self.endpoint.transport_layer.add_connection(SipConnection::Tcp(connection));
            closed
        })
    }

    /// Takes over a connection after its handshake; false when there are too many.
    async fn adopt_tls(
        &self,
        stream: TlsStream<TcpStream>,
        local: SocketAddr,
        source: SocketAddr,
        closed: CancellationToken,
    ) -> bool {
        let transport = Transport::Tls;
        let (local, remote) = (stack_address(local, transport), stack_address(source, transport));
        let token = Some(closed.clone());
        let made = TlsConnection::from_server_stream(stream, local, remote, token).await;
        let Some(connection) = made.ok().filter(|_| self.enter(source, transport, closed)) else {
            return false;
        };
        self.endpoint.transport_layer.add_connection(SipConnection::Tls(connection));
        true
    }

    /// For a connection: the stack cancels it when the connection is closed.
    fn token(&self) -> CancellationToken {
        self.cancel.child_token()
    }

    fn enter(&self, source: SocketAddr, transport: Transport, closed: CancellationToken) -> bool {
        let mut open = self.open();
        if open.len() >= CONNECTIONS_MAX {
            tracing::warn!(%source, "connection refused: too many are open");
            return false;
        }
        open.insert((source, transport), closed);
        true
    }

    /// Sends a request that begins no dialog; gives what the peer itself answers, if anything.
    pub(crate) async fn ask(
        &self,
        request: Request,
        to: SipAddr,
    ) -> rsipstack::Result<Option<Response>> {
        let key = TransactionKey::from_request(&request, TransactionRole::Client)?;
        let mut tx = Transaction::new_client(key, request, Arc::clone(&self.endpoint), None);
        tx.destination = Some(to);
        tx.send().await?;
        while let Some(message) = tx.receive().await {
            let SipMessage::Response(response) = message else { continue };
            if response.status_code.code() < 200 {
                continue;
            }
            // The stack makes a 408 itself when nothing came, without a To tag.
            let tagged =
                response.to_header().and_then(|to| to.tag()).is_ok_and(|tag| tag.is_some());
            let told = tagged || response.status_code != StatusCode::RequestTimeout;
            return Ok(told.then_some(response));
        }
        Ok(None)
    }
}

pub(crate) fn refused(error: rsipstack::Error) -> Error {
    Error::Stack(error.to_string())
}

/// Accepts TCP connections for both endpoints, by source.
pub(crate) async fn accept(hub: Arc<Hub>, listener: TcpListener) {
    let Ok(local) = listener.local_addr() else { return };
    let mut per_source = PerSource::default();
    loop {
        let (stream, source) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                pause_after(&error).await;
                continue;
            }
        };
        // A trunk may open a connection for each call; the bound on all connections holds for it too.
        let side = hub.door.side_of(source);
        let room = side == Side::Trunks || per_source.has_room(source.ip());
        if !hub.door.has_token(source.ip(), Instant::now()) || !room {
            hub.door.count_turned_away();
            continue;
        }
        let closed = hub.stack(side).adopt(stream, local, source);
        if let Some(closed) = closed.filter(|_| side == Side::Phones) {
            per_source.0.push((source.ip(), closed.clone()));
            watch(&hub, source, Transport::Tcp, closed);
        }
    }
}

/// A phone whose connection is closed cannot be rung there any more.
fn watch(hub: &Arc<Hub>, source: SocketAddr, transport: Transport, closed: CancellationToken) {
    let door = Arc::clone(&hub.door);
    let uptime = hub.clock();
    hub.tasks.spawn(async move {
        closed.cancelled().await;
        door.registrar.disconnected(source, transport, uptime());
    });
}

/// Out of file descriptors: trying again at once would only burn the processor.
async fn pause_after(error: &io::Error) {
    tracing::warn!(%error, "cannot accept a tcp connection");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

/// The connections that phones hold open, however long: one address leaves room for others.
#[derive(Default)]
struct PerSource(Vec<(IpAddr, CancellationToken)>);

impl PerSource {
    fn has_room(&mut self, source: IpAddr) -> bool {
        self.0.retain(|(_, closed)| !closed.is_cancelled());
        let of_source = self.0.iter().filter(|(known, _)| *known == source).count();
        of_source < CONNECTIONS_PER_SOURCE_MAX
    }
}

/// A call's messages go where the call came from, so no name in a message is ever looked up.
struct NoNames;

#[async_trait]
impl DomainResolver for NoNames {
    async fn resolve(&self, _: &SipAddr) -> rsipstack::Result<SipAddr> {
        Ok(nowhere())
    }
}

/// A UDP address that the door replaces by the call's own, or sends nothing to.
fn nowhere() -> SipAddr {
    stack_address(SocketAddr::from(([192, 0, 2, 1], 9)), Transport::Udp)
}

struct Places(Arc<Door>);

#[async_trait]
impl TargetLocator for Places {
    async fn locate(&self, uri: &Uri) -> rsipstack::Result<SipAddr> {
        let Ok(wanted) = SipAddr::try_from(uri) else { return Ok(nowhere()) };
        let address = wanted.get_socketaddr();
        let known = address.is_ok_and(|address| self.0.is_known(address, Instant::now()));
        Ok(if known { wanted } else { nowhere() })
    }
}

/// Adds the Retry-After that the stack's own way of refusing a call has no place for.
struct Patience(u32);

impl MessageInspector for Patience {
    fn before_send(&self, message: SipMessage, _: Option<&SipAddr>) -> SipMessage {
        match message {
            SipMessage::Response(mut response)
                if response.status_code == StatusCode::ServiceUnavailable
                    && headers::value(&response.headers, "Retry-After").is_none() =>
            {
                response.headers.push(headers::header("Retry-After", self.0.to_string()));
                SipMessage::Response(response)
            }
            other => other,
        }
    }

    fn after_received(&self, message: SipMessage, _: Option<&SipAddr>) -> SipMessage {
        message
    }
}

/// The door of streams. UDP has passed it already on raw bytes; of TCP and TLS the stack shows only what it has parsed.
struct Inspector {
    door: Arc<Door>,
    side: Side,
}

#[async_trait]
impl TransportEventInspector for Inspector {
    async fn handle(&self, event: TransportEvent) -> Option<TransportEvent> {
        let TransportEvent::Incoming(message, connection, from) = &event else {
            return Some(event);
        };
        if matches!(connection, SipConnection::Udp(_)) {
            return Some(event);
        }
        let Ok(source) = from.get_socketaddr() else { return None };
        let now = Instant::now();
        if !self.door.has_token(source.ip(), now) {
            self.door.count_turned_away();
            return None;
        }
        let (sight, status, retry_after_s) = match glance(&message.to_bytes()) {
            Glance::Message { sight, .. } => match self.door.rule(&sight, source, now) {
                // A connection stays with the endpoint that took it.
                Ruling::Pass(side) if side == self.side => return Some(event),
                Ruling::Pass(_) => (sight, Status::Forbidden, None),
                Ruling::Answer { status, retry_after_s } => (sight, status, retry_after_s),
                Ruling::Drop => return self.dropped(),
            },
            Glance::Refuse { status, sight } => (sight, status, None),
            Glance::KeepAlive | Glance::Drop => return self.dropped(),
        };
        self.door.count_turned_away();
        if sight.is_request() && sight.method != "ACK" {
            let (connection, response) =
                (connection.clone(), sight.response(status, retry_after_s));
            // Not awaited here: this loop serves every connection, and the peer may not be reading. It ends by itself.
            tokio::spawn(async move {
                let sending = async {
                    match &connection {
                        SipConnection::Tcp(connection) => connection.send_raw(&response).await,
                        SipConnection::Tls(connection) => connection.send_raw(&response).await,
                        _ => Ok(()),
                    }
                };
                let _ = tokio::time::timeout(ANSWER_WAIT, sending).await;
            });
        }
        None
    }
}

impl Inspector {
    fn dropped(&self) -> Option<TransportEvent> {
        self.door.count_turned_away();
        None
    }
}
