//! One UDP socket shared by the two endpoints: reads, looks, answers or hands on, and decides where our own messages go. It is
//! read by a thread of its own, so that calls are refused in time while the stack is busy.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use std::{io, thread};

use async_trait::async_trait;
use rsipstack::platform::net::UdpSocket as StackSocket;
use tokio::net::UdpSocket;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::flows::Side;
use super::{Door, Glance, Ruling, glance};

const THREAD: &str = "sip-door";
/// Datagrams that may wait for one endpoint; more are dropped, and SIP repeats them.
const QUEUE_MAX: usize = 1_024;
/// The longest that UDP can carry.
const READ_MAX: usize = 65_535;

struct Datagram {
    bytes: Vec<u8>,
    source: SocketAddr,
    came: Instant,
}

/// One endpoint's view of the socket.
pub(crate) struct Gate {
    side: Side,
    socket: Arc<UdpSocket>,
    door: Arc<Door>,
    queue: Mutex<mpsc::Receiver<Datagram>>,
}

/// The reading side; to be run until shutdown.
pub(crate) struct Reader {
    socket: std::net::UdpSocket,
    door: Arc<Door>,
    trunks: mpsc::Sender<Datagram>,
    phones: mpsc::Sender<Datagram>,
}

/// The views of the trunks and of the phones, and the reader that fills them.
pub(crate) fn gates(
    socket: std::net::UdpSocket,
    door: &Arc<Door>,
) -> io::Result<(Gate, Gate, Reader)> {
    let ours = UdpSocket::from_std(socket.try_clone()?)?;
    let ours = Arc::new(ours);
    let gate = |side, queue| Gate {
        side,
        socket: Arc::clone(&ours),
        door: Arc::clone(door),
        queue: Mutex::new(queue),
    };
    let (trunks, trunks_queue) = mpsc::channel(QUEUE_MAX);
    let (phones, phones_queue) = mpsc::channel(QUEUE_MAX);
    let reader = Reader { socket, door: Arc::clone(door), trunks, phones };
    Ok((gate(Side::Trunks, trunks_queue), gate(Side::Phones, phones_queue), reader))
}

impl Reader {
    /// Reads on a thread of its own until `cancel`; what comes back tells that it has ended.
    pub(crate) fn start(self, cancel: CancellationToken) -> io::Result<oneshot::Receiver<()>> {
        let (ended, end) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        thread::Builder::new().name(THREAD.into()).spawn(move || {
            let read = async {
                tokio::select! {
                    () = cancel.cancelled() => Ok(()),
                    read = self.run() => read,
                }
            };
            if let Err(error) = runtime.block_on(read) {
                tracing::error!(%error, "the sip socket cannot be read");
            }
            // Nobody waits for it where the hub was dropped.
            let _ = ended.send(());
        })?;
        Ok(end)
    }

    async fn run(&self) -> io::Result<()> {
        let socket = UdpSocket::from_std(self.socket.try_clone()?)?;
        let mut buffer = vec![0; READ_MAX];
        loop {
            // An error here belongs to one datagram (an ICMP answer to an earlier one), never to the socket.
            let Ok((length, source)) = socket.recv_from(&mut buffer).await else {
                tokio::task::yield_now().await;
                continue;
            };
            let datagram = buffer.get(..length).unwrap_or_default();
            self.receive(datagram, source, Instant::now());
        }
    }

    fn receive(&self, datagram: &[u8], source: SocketAddr, now: Instant) {
        if source.port() == 0 || !self.door.has_token(source.ip(), now) {
            self.door.count_turned_away();
            return;
        }
        match glance(datagram) {
            Glance::KeepAlive => {
                self.hand_on(self.door.side_of(source), datagram.to_vec(), source, now)
            }
            Glance::Drop => self.door.count_turned_away(),
            Glance::Refuse { status, sight } => self.answer(&sight.response(status, None), source),
            Glance::Message { length, rewritten, sight } => {
                match self.door.rule(&sight, source, now) {
                    Ruling::Pass(side) => {
                        let bytes = rewritten.or_else(|| Some(datagram.get(..length)?.to_vec()));
                        self.hand_on(side, bytes.unwrap_or_default(), source, now);
                    }
                    Ruling::Answer { status, retry_after_s } => {
                        self.answer(&sight.response(status, retry_after_s), source);
                    }
                    Ruling::Drop => self.door.count_turned_away(),
                }
            }
        }
    }

    fn hand_on(&self, side: Side, bytes: Vec<u8>, source: SocketAddr, came: Instant) {
        let queue = match side {
            Side::Trunks => &self.trunks,
            Side::Phones => &self.phones,
        };
        if queue.try_send(Datagram { bytes, source, came }).is_err() {
            self.door.count_turned_away();
        }
    }

    fn answer(&self, response: &[u8], source: SocketAddr) {
        self.door.count_turned_away();
        // A full socket buffer loses the answer, as a full network would.
        let _ = self.socket.send_to(response, source);
    }
}

#[async_trait]
impl StackSocket for Gate {
    async fn recv_from(&self, buf: &mut [u8]) -> rsipstack::Result<(usize, SocketAddr)> {
        let Some(Datagram { bytes, source, came }) = self.queue.lock().await.recv().await else {
            // The reader has ended and shutdown goes on; an error would make the stack ask again at once, for ever.
            return std::future::pending().await;
        };
        self.door.admission.delay(self.side).note(came, Instant::now());
        let length = bytes.len().min(buf.len());
        let (Some(to), Some(from)) = (buf.get_mut(..length), bytes.get(..length)) else {
            return Ok((0, source));
        };
        to.copy_from_slice(from);
        Ok((length, source))
    }

    async fn send_to(&self, buf: &[u8], addr: SocketAddr) -> rsipstack::Result<usize> {
        let Some(way) = self.door.way_out(buf, addr, Instant::now()) else {
            tracing::debug!(%addr, "a request to an unknown place was not sent");
            return Ok(buf.len());
        };
        Ok(self.socket.send_to(buf, way).await?)
    }

    fn local_addr(&self) -> rsipstack::Result<SocketAddr> {
        Ok(self.socket.local_addr()?)
    }
}
