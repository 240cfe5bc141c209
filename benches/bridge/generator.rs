//! The far ends of every call in one thread: each stream gets a packet of a tone every 20 ms, spread over the 20 slots of a
//! millisecond, and what comes back is counted. It prints how late it was itself, because a late load proves nothing.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use helpline181::media::codec::Codec;
use helpline181::media::rtp::{Packet, Sender};
use socket2::SockRef;
use thread_priority::unix::{
    RealtimeThreadSchedulePolicy, ThreadSchedulePolicy, set_thread_priority_and_policy,
    thread_native_id,
};
use thread_priority::{ThreadPriority, ThreadPriorityValue};

pub(crate) const THREAD: &str = "far-ends";
const SOCKETS: usize = 8;
const SLOTS: usize = 20;
const SLOT: Duration = Duration::from_millis(1);
const FIFO_PRIORITY: u8 = 8;
const RECEIVE_BUFFER_BYTES: usize = 4 << 20;
const LATE: Duration = Duration::from_millis(3);
/// Half of the period of the tone, which is a square wave of 500 Hz: no sample of it is silence.
const HALF_PERIOD: u32 = 8;
const LOUD: i16 = 8_000;

/// What one run of the far ends saw since `begin`.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Seen {
    pub(crate) sent: u64,
    pub(crate) came: u64,
    pub(crate) lost: u64,
    /// Packets that came for the same sequence twice, or went back.
    pub(crate) disordered: u64,
    pub(crate) longest_gap: Duration,
    pub(crate) late_max: Duration,
    pub(crate) late_slots: u64,
    pub(crate) slots: u64,
}

pub(crate) struct FarEnds {
    addresses: Vec<SocketAddr>,
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
    pub(crate) realtime: bool,
}

#[derive(Default)]
struct Desk {
    targets: Mutex<Vec<Target>>,
    seen: Mutex<Seen>,
    window: AtomicU64,
    stop: AtomicBool,
}

struct Target {
    to: SocketAddr,
    socket: usize,
    sender: Sender,
    sample: u64,
}

#[derive(Clone, Copy)]
struct Track {
    window: u64,
    sequence: u16,
    at: Instant,
}

impl FarEnds {
    pub(crate) fn start(address: IpAddr) -> Self {
        let sockets: Vec<UdpSocket> = (0..SOCKETS).map(|_| socket(address)).collect();
        let addresses = sockets
            .iter()
            .map(|socket| socket.local_addr().expect("a bound socket has an address"))
            .collect();
        let desk = Arc::<Desk>::default();
        let own = Arc::clone(&desk);
        let (granted, told) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name(THREAD.into())
            .spawn(move || {
                let _ = granted.send(ask_realtime());
                own.run(&sockets);
            })
            .expect("a thread starts");
        let realtime = told.recv().unwrap_or(false);
        Self { addresses, desk, thread: Some(thread), realtime }
    }

    /// The far end of the stream n.
    pub(crate) fn address(&self, n: usize) -> SocketAddr {
        self.addresses[n % SOCKETS]
    }

    /// Speaks to these streams, in their order, until told otherwise.
    pub(crate) fn speak_to(&self, streams: &[SocketAddr]) {
        let targets = streams.iter().enumerate().map(|(n, to)| Target {
            to: *to,
            socket: n % SOCKETS,
            sender: Sender::new(n as u32 + 1, 0, 0),
            sample: 0,
        });
        *self.desk.targets.lock().expect("the far ends do not panic") = targets.collect();
    }

    pub(crate) fn begin(&self) {
        *self.desk.seen.lock().expect("the far ends do not panic") = Seen::default();
        self.desk.window.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn seen(&self) -> Seen {
        *self.desk.seen.lock().expect("the far ends do not panic")
    }
}

impl Drop for FarEnds {
    fn drop(&mut self) {
        self.desk.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Desk {
    fn run(&self, sockets: &[UdpSocket]) {
        let tone: Vec<i16> = (0..160)
            .map(|n| if (n / HALF_PERIOD).is_multiple_of(2) { LOUD } else { -LOUD })
            .collect();
        let tone = Codec::Pcma.encode(&tone);
        let mut tracks: Vec<Option<Track>> = vec![None; 65_536];
        let (mut packet, mut buffer) = (Vec::new(), [0; 2_048]);
        let begun = Instant::now();
        for slot in 0u32.. {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let due = begun + SLOT * slot;
            let now = Instant::now();
            if now < due {
                thread::sleep(due - now);
            }
            let late = Instant::now().saturating_duration_since(due);
            let sent = self.send(slot as usize % SLOTS, sockets, &tone, &mut packet);
            let mut seen = self.seen.lock().expect("only counting happens under the lock");
            seen.sent += sent;
            seen.slots += 1;
            seen.late_max = seen.late_max.max(late);
            seen.late_slots += u64::from(late > LATE);
            for socket in sockets {
                while let Ok((len, from)) = socket.recv_from(&mut buffer) {
                    self.take(&mut seen, &mut tracks[usize::from(from.port())], &buffer[..len]);
                }
            }
        }
    }

    fn send(&self, slot: usize, sockets: &[UdpSocket], tone: &[u8], packet: &mut Vec<u8>) -> u64 {
        let mut targets = self.targets.lock().expect("the far ends do not panic");
        let mut sent = 0;
        for target in targets.iter_mut().skip(slot).step_by(SLOTS) {
            let timestamp = target.sender.timestamp(target.sample);
            target.sender.write(8, target.sample == 0, timestamp, tone, packet);
            target.sample += 160;
            sent += u64::from(sockets[target.socket].send_to(packet, target.to).is_ok());
        }
        sent
    }

    fn take(&self, seen: &mut Seen, track: &mut Option<Track>, bytes: &[u8]) {
        let (at, window) = (Instant::now(), self.window.load(Ordering::Acquire));
        let Some(packet) = Packet::parse(bytes) else { return };
        seen.came += 1;
        if let Some(before) = track.filter(|track| track.window == window) {
            match packet.sequence.wrapping_sub(before.sequence) {
                step @ 1..0x8000 => seen.lost += u64::from(step) - 1,
                _ => seen.disordered += 1,
            }
            seen.longest_gap = seen.longest_gap.max(at.duration_since(before.at));
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

fn ask_realtime() -> bool {
    let Ok(priority) = ThreadPriorityValue::try_from(FIFO_PRIORITY) else { return false };
    let fifo = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo);
    let priority = ThreadPriority::Crossplatform(priority);
    set_thread_priority_and_policy(thread_native_id(), priority, fifo).is_ok()
}
