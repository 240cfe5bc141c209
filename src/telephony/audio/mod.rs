//! The sound of calls: RTP sockets in a bounded port range, one pacer thread, one receiving thread, one writing thread.
//! Verbs in, events out; media never waits for a disk or for a slow reader of events.

mod inbound;
mod outbound;
mod pacer;
mod peer;
mod ports;
mod receiver;
mod recorder;
mod reel;
mod room;
mod stream;
mod wire;

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use self::inbound::Inbound;
use self::outbound::Outbound;
use self::pacer::Pacer;
use self::ports::Ports;
use self::receiver::Receiver;
use self::recorder::Recorder;
use self::wire::Wire;
use crate::media::codec::Codec;
use crate::media::continuity::Continuity;
use crate::media::silence::Watch;

pub use self::inbound::HeardGreeting;
pub use self::recorder::{Repaired, repair};
pub use self::reel::{CALL_RECORDING_MAX, CallRecording, CallRecordingEvent, CallRecordingEvents};
pub use self::room::Room;
pub use self::stream::{RECORDING_MAX_MS, Stream};
pub use crate::media::mixing::hearing::{Part, SEATS_MAX};
pub use crate::media::stereo::Side;

/// Events that may wait for one leg; digits past it are dropped and counted, so a flood cannot grow memory.
pub const EVENTS_MAX: usize = 128;

#[derive(Debug, Clone)]
pub struct Config {
    /// The address that the sockets bind and that the SDP names.
    pub address: IpAddr,
    /// Only even ports carry RTP, the odd one above it is its RTCP.
    pub ports: RangeInclusive<u16>,
    /// Asks for SCHED_FIFO; without the right to it pacer and receiver go on as ordinary threads.
    pub realtime: bool,
    /// No RTP and no RTCP for so long in a talking call is told as `StreamEvent::Silent`.
    pub silence_timeout: Duration,
    /// The same while the peer holds the call.
    pub held_timeout: Duration,
}

impl Config {
    /// The helpline's usual values on the given address.
    pub fn new(address: IpAddr) -> Self {
        Self {
            address,
            ports: 20_000..=29_999,
            realtime: true,
            silence_timeout: Duration::from_secs(30),
            held_timeout: Duration::from_secs(300),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no free port pair in {first}-{last}")]
    NoPort { first: u16, last: u16 },
    #[error("{max} streams are open, which is the limit")]
    Full { max: usize },
    #[error("{max} legs are in this call, which is the limit")]
    Seats { max: usize },
    #[error("{max} voices are in this recording, which is the limit", max = crate::media::stereo::VOICES_MAX)]
    Voices,
    #[error("this leg is in a bridge already")]
    Seated,
    #[error("the sound engine has been shut down")]
    Shutdown,
    #[error("cannot start the sound engine")]
    Start(#[source] std::io::Error),
    #[error("cannot open an RTP socket")]
    Socket(#[source] std::io::Error),
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
}

/// Which way media flows, as we see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    SendRecv,
    /// We only send (the peer asked for it, or early media of ours): its silence means nothing.
    SendOnly,
    /// The peer holds the call and may play music to us, or sends early media.
    RecvOnly,
    /// Held both ways.
    Inactive,
}

/// What the SDP of both sides agreed.
#[derive(Debug, Clone)]
pub struct Peer {
    pub remote: SocketAddr,
    pub codec: Codec,
    /// The payload type of telephone events, if both sides have it.
    pub digits: Option<u8>,
    pub direction: Direction,
    /// The host whose first packet may fix the address once (a phone behind NAT).
    pub latch: Option<IpAddr>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamEvent {
    /// One key press of the peer, `0`-`9`, `*`, `#`, `A`-`D`.
    Digit(char),
    /// A key of another of the room that this peer, which takes no telephone events, could not be given.
    Unpressed(char),
    /// The last frame of this play has gone out.
    Played(u64),
    Recorded(Recording),
    /// The recording under way has begun to lose sound.
    Losing(String),
    /// Nothing heard for the time-out; told again after each further time-out.
    Silent,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    pub path: PathBuf,
    pub duration_ms: u32,
    /// Of the finished file; zeros when there is none.
    pub sha256: [u8; 32],
    pub end: RecordingEnd,
    /// Some of what was said is not in the file.
    pub partial: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingEnd {
    Stopped,
    Longest,
    Failed(String),
}

/// How late the pacer has been since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lateness {
    pub max_us: u64,
    pub late_ticks: u64,
}

/// Handle of the sound engine; cheap to clone. The threads end with `shutdown`, or when no handle and no stream is left.
#[derive(Debug, Clone)]
pub struct Audio(Arc<Engine>);

#[derive(Debug)]
struct Engine {
    config: Config,
    ports: Arc<Ports>,
    pacer: Pacer,
    receiver: Receiver,
    recorder: Recorder,
    closed: AtomicBool,
}

impl Audio {
    /// Starts the threads.
    pub fn start(config: Config) -> Result<Self, Error> {
        let begun = Instant::now();
        let engine = Engine {
            ports: Arc::new(Ports::new(config.address, config.ports.clone())),
            pacer: Pacer::start(config.realtime, begun).map_err(Error::Start)?,
            receiver: Receiver::start(config.realtime, begun).map_err(Error::Start)?,
            recorder: Recorder::start().map_err(Error::Start)?,
            closed: AtomicBool::new(false),
            config,
        };
        Ok(Self(Arc::new(engine)))
    }

    /// Opens a port pair. The events end when the stream is dropped and its recording, if any, is written.
    pub fn open(&self) -> Result<(Stream, mpsc::Receiver<StreamEvent>), Error> {
        let engine = &self.0;
        if engine.closed.load(Ordering::Acquire) {
            return Err(Error::Shutdown);
        }
        let outbound = Outbound::new(random_continuity()?);
        let (events, told) = mpsc::channel(EVENTS_MAX);
        let watch =
            Watch::new(millis(engine.config.silence_timeout), millis(engine.config.held_timeout));
        let (id, wire) = engine.receiver.add(engine.ports.lease()?, |pair| {
            Arc::new(Wire::new(pair, events, Inbound::new(watch), outbound))
        })?;
        engine.pacer.add(&wire);
        Ok((Stream::new(id, wire, Arc::clone(engine)), told))
    }

    /// Begins the recording of a call in stereo; its voices are added to it.
    pub fn record_call(&self, path: PathBuf) -> CallRecording {
        CallRecording::begin(&self.0, path)
    }

    pub fn open_count(&self) -> usize {
        self.0.receiver.open_count()
    }

    /// Port pairs not yet given back to the range.
    pub fn ports_leased(&self) -> usize {
        self.0.ports.leased_count()
    }

    /// Recordings not yet finished on disk.
    pub fn recordings_open(&self) -> usize {
        self.0.recorder.open_count()
    }

    /// Whether the pacer runs under SCHED_FIFO.
    pub fn realtime_granted(&self) -> bool {
        self.0.pacer.realtime()
    }

    pub fn lateness(&self) -> Lateness {
        self.0.pacer.lateness()
    }

    pub fn reset_lateness(&self) {
        self.0.pacer.reset_lateness();
    }

    /// Ends the threads and waits for them; recordings under way are stopped and finished first. Streams still open stay
    /// silent from here on.
    pub async fn shutdown(&self) {
        let engine = Arc::clone(&self.0);
        engine.closed.store(true, Ordering::Release);
        let ended = tokio::task::spawn_blocking(move || engine.end()).await;
        if let Err(error) = ended {
            tracing::error!(%error, "cannot wait for the sound engine");
        }
    }
}

impl Engine {
    fn end(&self) {
        self.recorder.close();
        let at_ms = self.receiver.at_ms();
        for wire in self.receiver.streams() {
            locked(&wire.inbound).stop_recording(RecordingEnd::Stopped, at_ms);
        }
        self.receiver.end_reels();
        self.pacer.close();
        self.receiver.close();
        self.pacer.join();
        self.receiver.join();
        self.recorder.join();
    }
}

/// A panic elsewhere must not silence every other call, so a poisoned lock is taken as it is.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn random_continuity() -> Result<Continuity, Error> {
    let ssrc = getrandom::u32().map_err(Error::Random)?;
    let clock = getrandom::u32().map_err(Error::Random)?;
    let sequence = getrandom::u32().map_err(Error::Random)?;
    Ok(Continuity::new(ssrc, (sequence >> 16) as u16, clock))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
