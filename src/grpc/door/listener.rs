//! Takes connections: at most so many in all and from one address, and none that says nothing.

use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    time::{Instant, Sleep, sleep},
};
use tokio_stream::Stream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::transport::server::Connected;

use super::limits::{ACCEPT_PAUSE, FIRST_BYTE_TIMEOUT, IDLE_MAX, Limits};

pub struct Listener {
    listener: TcpListener,
    open: Arc<Mutex<Open>>,
    closing: CancellationToken,
    pause: Option<Pin<Box<Sleep>>>,
    connections_max: usize,
    connections_per_address_max: usize,
    first_byte_timeout: Duration,
    idle_max: Duration,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A connection that gives its place back when it is dropped, and breaks off when the server ends.
pub struct Connection {
    stream: TcpStream,
    _place: Place,
    closing: Pin<Box<WaitForCancellationFutureOwned>>,
    /// Runs until the first byte has come.
    silent: Option<Pin<Box<Sleep>>>,
    life: Life,
    idle_max: Duration,
    idle: Pin<Box<Sleep>>,
}

/// The calls on one connection; every request of it carries a clone.
#[derive(Clone)]
pub struct Life(Arc<Mutex<Calls>>);

struct Calls {
    under_way: usize,
    last: Instant,
}

/// One call under way on a connection, until it is dropped.
pub struct Busy(Life);

struct Place {
    open: Arc<Mutex<Open>>,
    address: IpAddr,
}

impl Listener {
    pub fn new(listener: TcpListener, limits: &Limits, closing: CancellationToken) -> Self {
        Self {
            listener,
            open: Arc::default(),
            closing,
            pause: None,
            connections_max: limits.connections_max,
            connections_per_address_max: limits.connections_per_address_max,
            first_byte_timeout: FIRST_BYTE_TIMEOUT,
            idle_max: IDLE_MAX,
        }
    }

    fn place(&self, address: IpAddr) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.all >= self.connections_max {
            return None;
        }
        let here = open.by_address.entry(address).or_default();
        if *here >= self.connections_per_address_max {
            return None;
        }
        *here += 1;
        open.all += 1;
        Some(Place { open: self.open.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all = open.all.saturating_sub(1);
        if let Some(here) = open.by_address.get_mut(&self.address) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                open.by_address.remove(&self.address);
            }
        }
    }
}

impl Life {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Calls { under_way: 0, last: Instant::now() })))
    }

    pub fn busy(&self) -> Busy {
        self.lock().under_way += 1;
        Busy(self.clone())
    }

    /// When the connection has idled for `idle_max`, as far as is known now.
    fn idle_at(&self, idle_max: Duration) -> Instant {
        let calls = self.lock();
        let since = if calls.under_way > 0 { Instant::now() } else { calls.last };
        since + idle_max
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut calls = self.0.lock();
        calls.under_way = calls.under_way.saturating_sub(1);
        calls.last = Instant::now();
    }
}

impl Stream for Listener {
    type Item = io::Result<Connection>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(cx));
                self.pause = None;
            }
            match ready!(self.listener.poll_accept(cx)) {
                Ok((stream, peer)) => {
                    // A refused connection is closed at once: its stream is dropped.
                    let Some(place) = self.place(peer.ip()) else { continue };
                    let _ = stream.set_nodelay(true);
                    return Poll::Ready(Some(Ok(Connection {
                        stream,
                        _place: place,
                        closing: Box::pin(self.closing.clone().cancelled_owned()),
                        silent: Some(Box::pin(sleep(self.first_byte_timeout))),
                        life: Life::new(),
                        idle_max: self.idle_max,
                        idle: Box::pin(sleep(self.idle_max)),
                    })));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    self.pause = Some(Box::pin(sleep(ACCEPT_PAUSE)));
                }
            }
        }
    }
}

impl Connected for Connection {
    type ConnectInfo = Life;

    fn connect_info(&self) -> Life {
        self.life.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.closing.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        match (&mut self.silent, &read) {
            (Some(_), Poll::Ready(_)) => self.silent = None,
            (Some(silent), Poll::Pending) => {
                if silent.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
            }
            (None, Poll::Ready(_)) => {}
            (None, Poll::Pending) => {
                let this = &mut *self;
                while this.idle.as_mut().poll(cx).is_ready() {
                    let idle_at = this.life.idle_at(this.idle_max);
                    if idle_at <= Instant::now() {
                        return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                    }
                    this.idle.as_mut().reset(idle_at);
                }
            }
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_stream::StreamExt;

    use super::*;

    async fn listener(limits: Limits) -> (Listener, std::net::SocketAddr, CancellationToken) {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let closing = CancellationToken::new();
        (Listener::new(socket, &limits, closing.clone()), address, closing)
    }

    #[tokio::test]
    async fn a_connection_past_the_limit_is_closed_and_a_freed_place_is_taken_again() {
        let limits = Limits { connections_per_address_max: 1, ..Limits::default() };
        let (mut listener, address, _closing) = listener(limits).await;

        let _first = TcpStream::connect(address).await.unwrap();
        let taken = listener.next().await.unwrap().unwrap();
        let mut second = TcpStream::connect(address).await.unwrap();
        let accepting =
            tokio::spawn(async move { (listener.next().await.unwrap().unwrap(), listener) });
        assert_eq!(second.read(&mut [0]).await.unwrap_or(0), 0);

        drop(taken);
        let _third = TcpStream::connect(address).await.unwrap();
        accepting.await.unwrap();
    }

    #[tokio::test]
    async fn a_connection_that_says_nothing_times_out() {
        let (mut listener, address, _closing) = listener(Limits::default()).await;
        listener.first_byte_timeout = Duration::from_millis(1);
        let _peer = TcpStream::connect(address).await.unwrap();
        let mut taken = listener.next().await.unwrap().unwrap();

        let read = taken.read(&mut [0]).await;

        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_connection_without_a_call_is_closed_and_one_with_a_call_is_not() {
        let (mut listener, address, _closing) = listener(Limits::default()).await;
        listener.idle_max = Duration::from_millis(50);
        let mut peer = TcpStream::connect(address).await.unwrap();
        peer.write_all(b"P").await.unwrap();
        let mut taken = listener.next().await.unwrap().unwrap();
        taken.read_exact(&mut [0]).await.unwrap();
        let busy = taken.connect_info().busy();

        let idles = tokio::time::timeout(Duration::from_millis(300), taken.read(&mut [0])).await;
        assert!(idles.is_err(), "closed in the middle of a call");
        drop(busy);

        let read = tokio::time::timeout(Duration::from_secs(10), taken.read(&mut [0])).await;
        assert_eq!(read.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn closing_breaks_off_a_connection() {
        let (mut listener, address, closing) = listener(Limits::default()).await;
        let _peer = TcpStream::connect(address).await.unwrap();
        let mut taken = listener.next().await.unwrap().unwrap();

        closing.cancel();

        assert_eq!(
            taken.read(&mut [0]).await.unwrap_err().kind(),
            io::ErrorKind::ConnectionAborted
        );
    }
}
