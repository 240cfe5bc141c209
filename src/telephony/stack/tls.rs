//! SIP over TLS for phones: an acceptor of our own with bounds on handshakes, whose streams then go the way of TCP's.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_util::sync::CancellationToken;

use super::{PerSource, pause_after, watch};
use crate::telephony::door::flows::Side;
use crate::telephony::hub::Hub;
use crate::telephony::{Error, Tls, Transport};

/// How long a peer may take for its handshake.
const HANDSHAKE_WAIT: Duration = Duration::from_secs(5);
/// Handshakes under way at one time.
const HANDSHAKES_MAX: usize = 32;

/// What a listener of phones presents: TLS 1.2 and 1.3, no certificates of clients.
pub(crate) fn acceptor(tls: &Tls) -> Result<TlsAcceptor, Error> {
    let unusable = |error: &dyn std::fmt::Display| Error::Certificate(error.to_string());
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&tls.certificate)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(&error))?;
    let key = PrivateKeyDer::from_pem_slice(&tls.key).map_err(|error| unusable(&error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| unusable(&error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Accepts phones; a trunk's address is turned away, since trunks speak UDP or TCP.
pub(crate) async fn accept(hub: Arc<Hub>, listener: TcpListener, acceptor: TlsAcceptor) {
    let Ok(local) = listener.local_addr() else { return };
    let mut per_source = PerSource::default();
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES_MAX));
    loop {
        let (stream, source) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                pause_after(&error).await;
                continue;
            }
        };
        let phone = hub.door.side_of(source) == Side::Phones;
        let welcome = phone
            && hub.door.has_token(source.ip(), Instant::now())
            && per_source.has_room(source.ip());
        let Some(turn) = Arc::clone(&handshakes).try_acquire_owned().ok().filter(|_| welcome)
        else {
            hub.door.count_turned_away();
            continue;
        };
        // Counted against its address from the first byte on.
        let closed = hub.stack(Side::Phones).token();
        per_source.0.push((source.ip(), closed.clone()));
        let (newcomer, acceptor) = (Newcomer { stream, local, source, closed }, acceptor.clone());
        let keeper = Arc::clone(&hub);
        hub.tasks.spawn(async move { welcome_in(keeper, newcomer, acceptor, turn).await });
    }
}

struct Newcomer {
    stream: TcpStream,
    local: SocketAddr,
    source: SocketAddr,
    closed: CancellationToken,
}

async fn welcome_in(
    hub: Arc<Hub>,
    newcomer: Newcomer,
    acceptor: TlsAcceptor,
    turn: OwnedSemaphorePermit,
) {
    let Newcomer { stream, local, source, closed } = newcomer;
    let shaken = tokio::time::timeout(HANDSHAKE_WAIT, acceptor.accept(stream)).await;
    drop(turn);
    let Ok(Ok(stream)) = shaken else {
        hub.door.count_turned_away();
        closed.cancel();
        return;
    };
    let adopted = hub.stack(Side::Phones).adopt_tls(stream, local, source, closed.clone()).await;
    if adopted {
        watch(&hub, source, Transport::Tls, closed);
    } else {
        closed.cancel();
    }
}
