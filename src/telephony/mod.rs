//! Mechanism: SIP and RTP. Verbs in, events out; knows no dialogue and no case.

pub mod audio;

mod arrival;
mod bridge;
mod call;
mod cause;
mod config;
mod dial;
mod door;
mod error;
mod hub;
mod leg;
mod line;
pub mod phone;
mod qualify;
mod registrar;
mod sdp;
mod stack;
mod tasks;
mod trunk;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{broadcast, mpsc};

pub use arrival::{Arrival, Caller, Origin, Refusal};
pub use bridge::{Bridge, LegSound, Place};
pub use cause::{Cause, Failure};
pub use config::{Config, Digest, Limits, PhoneAccount, Timing, Tls, Transport, Trunk};
pub use dial::{Dial, DialEvent, Dialling, EarlyMedia, Gate, PickUp, Ring, Try};
pub use error::Error;
pub use leg::{Ended, Leg, LegEvent, TransferWish};
pub use line::Transfer;
pub use registrar::{Binding, BindingNews, Change, Removal};
pub use trunk::{NoStart, Start, TrunkNow, TrunkState, Turn};

use audio::{Audio, CallRecording};
use hub::Hub;

/// The log target of the SIP stack: at info it prints whole messages with digests and numbers, so the logging setup caps it
/// whatever the settings say.
pub const LOG_CAP: (&str, tracing::Level) = ("rsipstack", tracing::Level::WARN);

/// How long a peer may take to answer the BYE that ends its call at shutdown.
const FAREWELL: Duration = Duration::from_secs(2);

/// The SIP endpoint. Cheap to clone; `shutdown` ends it for all clones.
#[derive(Clone)]
pub struct Telephony(Arc<Hub>);

/// What is open now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub calls: usize,
    pub dialogs: usize,
    pub flows: usize,
    pub ports: usize,
    pub registrations: usize,
    /// Calls refused with 503 since the start.
    pub refused: u64,
    /// Messages answered or dropped at the door since the start.
    pub turned_away: u64,
    /// Tasks of ours that panicked since the start; anything but zero is a defect.
    pub panics: u64,
}

impl Telephony {
    /// Binds the addresses and begins to take calls, each given as an `Arrival`.
    pub async fn start(
        config: Config,
        audio: Audio,
    ) -> Result<(Self, mpsc::Receiver<Arrival>), Error> {
        let (hub, arrivals) = Hub::start(config, audio).await?;
        tracing::info!(udp = %hub.udp, tcp = ?hub.tcp, tls = ?hub.tls, "sip is open");
        Ok((Self(hub), arrivals))
    }

    /// Where it listens over UDP; with port 0 in the settings, the port that it got.
    pub fn address(&self) -> SocketAddr {
        self.0.udp
    }

    /// Where it listens for phones over TLS.
    pub fn tls_address(&self) -> Option<SocketAddr> {
        self.0.tls
    }

    /// The right to begin one call by the first of these trunks that may carry it now, waiting for it at most so long. It is held
    /// until it is dialled with or dropped.
    pub async fn start_of(
        &self,
        trunks: &[String],
        turn: Turn,
        wait: Duration,
    ) -> Result<Start, NoStart> {
        self.0.door.lines.start_within(trunks, &[], turn, wait).await
    }

    /// How each trunk fares, in the order of the settings.
    pub fn trunks(&self) -> Vec<TrunkNow> {
        self.0.door.lines.now(Instant::now())
    }

    /// No call of ours begins through the trunks that are stopped; calls that have begun go on.
    pub fn stop_trunks(&self, stopped: impl Fn(&str) -> bool) {
        self.0.door.lines.stop(stopped);
    }

    /// Calls a number through trunks.
    pub fn dial(&self, dial: Dial) -> Dialling {
        dial::dial(&self.0, dial)
    }

    /// Rings all phones of an account at once.
    pub fn ring(&self, ring: Ring) -> Dialling {
        dial::ring(&self.0, ring)
    }

    /// The registered contacts of all phone accounts.
    pub fn bindings(&self) -> Vec<Binding> {
        self.0.door.registrar.bindings(self.0.uptime())
    }

    /// The registered contacts of all phone accounts now, and what happens to them from here on.
    pub fn watch_bindings(&self) -> (Vec<Binding>, Bindings) {
        let (now, news) = self.0.door.registrar.watch(self.0.uptime());
        (now, Bindings(news))
    }

    /// Begins the stereo recording of a call; its legs are put into it.
    pub fn record_call(&self, path: PathBuf) -> CallRecording {
        self.0.audio.record_call(path)
    }

    /// Calls that are open, ringing ones included.
    pub fn legs_open(&self) -> usize {
        self.0.door.admission.calls()
    }

    pub fn stats(&self) -> Stats {
        self.0.stats()
    }

    /// Waits until no call is open.
    pub async fn idle(&self) {
        self.0.emptied().await;
    }

    /// Refuses new calls at once (503), waits up to `drain` for the open ones to end, hangs up the rest and ends all tasks.
    pub async fn shutdown(self, drain: Duration) {
        self.0.shutdown(drain, FAREWELL).await;
    }
}

/// What happens to the bindings of phone accounts, in order.
#[derive(Debug)]
pub struct Bindings(broadcast::Receiver<BindingNews>);

impl Bindings {
    /// The next news. `Missed` when the listener was so slow that some are lost: it reads `bindings` anew. Waits for ever when
    /// the telephone side has ended. Safe to drop while it waits.
    pub async fn next(&mut self) -> Result<BindingNews, Missed> {
        match self.0.recv().await {
            Ok(news) => Ok(news),
            Err(broadcast::error::RecvError::Lagged(_)) => Err(Missed),
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Some news of bindings were not read in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("news of bindings were missed")]
pub struct Missed;
