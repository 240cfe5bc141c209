//! The listeners: eight sockets shared by two threads that look every 250 us. They never block on a socket, so no packet
//! pays for waking anyone (which would cost the sender more than the sending), and eight receive buffers hold several
//! phases of the largest run, so neither thread is a queue for the other. They stamp and count, nothing else.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use helpline181::media::rtp::Packet;
use socket2::SockRef;
use thread_priority::unix::{
    RealtimeThreadSchedulePolicy, ThreadSchedulePolicy, set_thread_priority_and_policy,
    thread_native_id,
};
use thread_priority::{ThreadPriority, ThreadPriorityValue};

pub(crate) const THREADS: usize = 2;
const SOCKETS_EACH: usize = 4;
/// Spacing is stamped this coarsely.
pub(crate) const LOOK_US: u64 = 250;
/// Below the pacer's, above everything ordinary.
const FIFO_PRIORITY: u8 = 5;
const BUCKET_US: u64 = 10;
const BUCKETS: usize = 20_000;
const RECEIVE_BUFFER_BYTES: usize = 4 << 20;
/// The window in which nothing is counted.
const NOT_MEASURING: u32 = 0;

pub(crate) struct Sinks {
    sinks: Vec<Arc<Sink>>,
    addresses: Vec<SocketAddr>,
    windows: AtomicU32,
    realtime: bool,
}

struct Sink {
    window: AtomicU32,
    stop: AtomicBool,
    spacing: Mutex<Spacing>,
}

#[derive(Clone)]
pub(crate) struct Spacing {
    buckets: Vec<u64>,
    max_us: u64,
    /// Packets that had one before them.
    pub(crate) packets: u64,
    pub(crate) lost: u64,
}

#[derive(Clone, Copy)]
struct Track {
    window: u32,
    sequence: u16,
    at: Instant,
}

impl Sinks {
    pub(crate) fn start(address: IpAddr) -> Self {
        let (mut sinks, mut addresses, mut realtime) = (Vec::new(), Vec::new(), true);
        for _ in 0..THREADS {
            let sockets: Vec<UdpSocket> = (0..SOCKETS_EACH).map(|_| socket(address)).collect();
            addresses.extend(
                sockets
                    .iter()
                    .map(|socket| socket.local_addr().expect("a bound socket has an address")),
            );
            let sink = Arc::new(Sink {
                window: AtomicU32::new(NOT_MEASURING),
                stop: AtomicBool::new(false),
                spacing: Mutex::new(Spacing::new()),
            });
            let (granted, told) = mpsc::sync_channel(1);
            let own = Arc::clone(&sink);
            thread::spawn(move || {
                let _ = granted.send(ask_realtime());
                own.listen(&sockets);
            });
            realtime &= told.recv().unwrap_or(false);
            sinks.push(sink);
        }
        Self { sinks, addresses, windows: AtomicU32::new(NOT_MEASURING), realtime }
    }

    pub(crate) fn realtime(&self) -> bool {
        self.realtime
    }

    pub(crate) fn address(&self, call: usize) -> SocketAddr {
        self.addresses[call % self.addresses.len()]
    }

    pub(crate) fn begin(&self) {
        let window = self.windows.fetch_add(1, Ordering::Relaxed) + 1;
        for sink in &self.sinks {
            *sink.spacing.lock().expect("a sink does not panic") = Spacing::new();
            sink.window.store(window, Ordering::Release);
        }
    }

    pub(crate) fn end(&self) -> Spacing {
        let mut all = Spacing::new();
        for sink in &self.sinks {
            sink.window.store(NOT_MEASURING, Ordering::Release);
            all.add(&sink.spacing.lock().expect("a sink does not panic"));
        }
        all
    }
}

impl Drop for Sinks {
    fn drop(&mut self) {
        self.sinks.iter().for_each(|sink| sink.stop.store(true, Ordering::Relaxed));
    }
}

impl Sink {
    fn listen(&self, sockets: &[UdpSocket]) {
        let mut tracks: Vec<Option<Track>> = vec![None; 65_536];
        let mut buffer = [0; 2_048];
        while !self.stop.load(Ordering::Relaxed) {
            for socket in sockets {
                while let Ok((len, from)) = socket.recv_from(&mut buffer) {
                    self.take(&mut tracks[usize::from(from.port())], &buffer[..len]);
                }
            }
            thread::sleep(Duration::from_micros(LOOK_US));
        }
    }

    fn take(&self, track: &mut Option<Track>, bytes: &[u8]) {
        let at = Instant::now();
        let window = self.window.load(Ordering::Acquire);
        let Some(packet) = Packet::parse(bytes).filter(|_| window != NOT_MEASURING) else { return };

        if let Some(before) = track.filter(|track| track.window == window) {
            let step = packet.sequence.wrapping_sub(before.sequence);
            let mut spacing = self.spacing.lock().expect("only counting happens under the lock");
            spacing.count(at.duration_since(before.at), u64::from(step.wrapping_sub(1)));
        }
        *track = Some(Track { window, sequence: packet.sequence, at });
    }
}

fn socket(address: IpAddr) -> UdpSocket {
    let socket = UdpSocket::bind((address, 0)).expect("a free port");
    let _ = SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BUFFER_BYTES);
    socket.set_nonblocking(true).expect("a socket can be made not to block");
    socket
}

impl Spacing {
    fn new() -> Self {
        Self { buckets: vec![0; BUCKETS + 1], max_us: 0, packets: 0, lost: 0 }
    }

    fn count(&mut self, apart: Duration, lost: u64) {
        let us = u64::try_from(apart.as_micros()).unwrap_or(u64::MAX);
        self.buckets[usize::try_from(us / BUCKET_US).unwrap_or(BUCKETS).min(BUCKETS)] += 1;
        self.max_us = self.max_us.max(us);
        self.packets += 1;
        self.lost += lost;
    }

    fn add(&mut self, other: &Self) {
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(sum, count)| *sum += count);
        self.max_us = self.max_us.max(other.max_us);
        self.packets += other.packets;
        self.lost += other.lost;
    }

    /// The upper edge of the bucket in which the quantile lies.
    pub(crate) fn quantile_ms(&self, quantile: f64) -> f64 {
        let rank = (self.packets as f64 * quantile).ceil() as u64;
        let mut seen = 0;
        for (bucket, count) in self.buckets.iter().enumerate().take(BUCKETS) {
            seen += count;
            if seen >= rank {
                return ((bucket as u64 + 1) * BUCKET_US) as f64 / 1_000.0;
            }
        }
        self.max_ms()
    }

    pub(crate) fn max_ms(&self) -> f64 {
        self.max_us as f64 / 1_000.0
    }
}

fn ask_realtime() -> bool {
    let Ok(priority) = ThreadPriorityValue::try_from(FIFO_PRIORITY) else { return false };
    let fifo = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    set_thread_priority_and_policy(
        thread_native_id(),
        ThreadPriority::Crossplatform(priority),
        fifo,
    )
    .is_ok()
}
