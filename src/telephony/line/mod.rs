//! The task behind a leg: owns the dialog, the stream and the keys of one answered call until both sides are free.

mod hold;
mod presses;
pub(crate) mod session;
mod talk;
mod transfer;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver};
use rsipstack::dialog::invite_dialog::InviteDialog;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::media::sound::Sound;
use crate::telephony::audio::{Peer, Stream, StreamEvent};
use crate::telephony::call::{Call, Tag};
use crate::telephony::leg::Tags;
use crate::telephony::sdp::Description;
use crate::telephony::{Cause, Ended, Leg, LegEvent};
use hold::Hold;
use presses::Presses;
use session::Session;
pub use transfer::Transfer;
use transfer::Transfers;

/// Events that may wait for the leg's owner.
pub(crate) const EVENTS_MAX: usize = 128;
const COMMANDS_MAX: usize = 8;
/// How long a recording may take to be written when the call has ended.
const RECORDING_WAIT: Duration = Duration::from_secs(10);
/// How long we wait for the ACK before our BYE.
const ACK_WAIT: Duration = Duration::from_secs(2);

/// The stream that a leg and its task share; the task takes it out when the call ends, which frees the port pair.
#[derive(Clone, Debug)]
pub(crate) struct Sounding(Arc<Mutex<Option<Stream>>>);

impl Sounding {
    pub(crate) fn new(stream: Stream) -> Self {
        Self(Arc::new(Mutex::new(Some(stream))))
    }

    /// Sends to where the far side says that it listens, and takes what comes from there.
    pub(crate) fn negotiate(&self, theirs: &Description, latch: Option<IpAddr>) {
        let remote = match latch {
            // A phone may name any address; its sound goes where its signalling comes from, so that nobody can be flooded by it.
            Some(host) => SocketAddr::new(host, theirs.remote.port()),
            None => theirs.remote,
        };
        let peer = Peer {
            remote,
            codec: theirs.codec,
            digits: theirs.events,
            direction: theirs.our_direction(),
            latch,
        };
        self.with(|stream| stream.negotiate(peer));
    }

    /// `None` when the call is over.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&Stream) -> T) -> Option<T> {
        let stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stream.as_ref().map(act)
    }

    pub(crate) fn play(&self, id: u64, sounds: Vec<Sound>) {
        self.with(|stream| stream.play(id, sounds));
    }

    pub(crate) fn stop(&self) {
        self.with(Stream::stop);
    }

    pub(crate) fn record(&self, path: PathBuf, max: Duration) {
        self.with(|stream| stream.record(path, max));
    }

    pub(crate) fn stop_recording(&self) {
        self.with(Stream::stop_recording);
    }

    pub(crate) fn send_digits(&self, digits: &str) {
        self.with(|stream| stream.send_digits(digits));
    }

    pub(crate) fn listen(&self) -> Option<mpsc::Receiver<Vec<i16>>> {
        self.with(Stream::listen)
    }

    pub(crate) fn close(&self) {
        let stream = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(stream);
    }
}

/// What the owner of a leg asks of it.
pub(crate) enum Command {
    HangUp(Cause),
    /// Puts the far side on hold, or takes it back.
    Hold(bool),
    Transfer(Transfer),
    /// Sends a REFER of our own.
    Refer {
        to: String,
        replaces: Option<String>,
    },
}

pub(crate) struct Line {
    call: Call,
    dialog: InviteDialog,
    states: DialogStateReceiver,
    stream: Sounding,
    local: SocketAddr,
    sounds: mpsc::Receiver<StreamEvent>,
    /// A phone's host: its sound comes from there, and may come from another port than it says.
    latch: Option<IpAddr>,
    presses: Presses,
    held: bool,
    hold: Hold,
    transfers: Transfers,
    /// Of the SDP that we sent last.
    version: u32,
    /// The last SDP of ours was an offer, and its answer comes in an ACK.
    awaits_answer: bool,
    acknowledged: bool,
    session: Option<(Session, Instant)>,
    /// An OPTIONS or UPDATE of ours under way; false when nobody is there.
    asking: Option<JoinHandle<bool>>,
}

/// Why the loop ended, and whether the peer still has to be told.
enum End {
    /// The dialog is over.
    Over(Ended),
    /// No ACK came for our 200; the stack sends the BYE.
    Unacknowledged,
    /// We end it with a BYE.
    Bye(Ended, Cause),
}

impl Line {
    pub(crate) fn new(
        call: Call,
        dialog: InviteDialog,
        states: DialogStateReceiver,
        (stream, local): (Sounding, SocketAddr),
        sounds: mpsc::Receiver<StreamEvent>,
        latch: Option<IpAddr>,
    ) -> Self {
        Self {
            call,
            dialog,
            states,
            stream,
            local,
            sounds,
            latch,
            presses: Presses::default(),
            held: false,
            hold: Hold::default(),
            transfers: Transfers::default(),
            version: 1,
            awaits_answer: false,
            acknowledged: false,
            session: None,
            asking: None,
        }
    }

    /// Begins the life of a call whose 200 we have sent.
    pub(crate) fn answered(mut self, offer: Option<Description>, session: Option<Session>) -> Leg {
        match offer {
            Some(offer) => self.negotiate(&offer),
            None => self.awaits_answer = true,
        }
        self.session = session.map(|session| (session, Instant::now()));
        self.begin()
    }

    /// Begins the life of a call whose 200 we have received.
    pub(crate) fn reached(mut self, answer: &Description, session: Option<Session>) -> Leg {
        self.acknowledged = true;
        self.session = session.map(|session| (session, Instant::now()));
        self.negotiate(answer);
        self.begin()
    }

    /// Ends a call that was answered and cannot be used.
    pub(crate) async fn say_bye(self) {
        self.stream.close();
        let _ = self.dialog.bye_with_reason(Cause::Local.reason()).await;
    }

    fn begin(self) -> Leg {
        let (tell, events) = mpsc::channel(EVENTS_MAX);
        let (command, commands) = mpsc::channel(COMMANDS_MAX);
        let (tell_end, ended) = oneshot::channel();
        let (hub, call_id) = (Arc::clone(&self.call.hub), self.call.call_id.clone());
        let (stream, trunk) = (self.stream.clone(), self.call.trunk().map(str::to_owned));
        let id = self.dialog.id();
        let tags = Tags { ours: id.local_tag, theirs: id.remote_tag };
        hub.tasks.spawn(self.run(tell, tell_end, commands));
        Leg::new((call_id, tags, trunk), stream, events, ended, command)
    }

    fn negotiate(&mut self, theirs: &Description) {
        self.stream.negotiate(theirs, self.latch);
    }

    async fn run(
        mut self,
        tell: mpsc::Sender<LegEvent>,
        tell_end: oneshot::Sender<Ended>,
        mut commands: mpsc::Receiver<Command>,
    ) {
        let end = self.live(&tell, &mut commands).await;
        self.stream.close();
        if let Some(asking) = self.asking.take() {
            asking.abort();
        }
        self.hold.abort();
        self.transfers.abort();
        // The call is given back when all is said, so it is kept to the end of this function.
        let Self { call, dialog, mut states, mut sounds, acknowledged, .. } = self;
        let t1 = call.hub.config.timing.t1;
        let (ended, farewell) = match end {
            End::Over(ended) => (ended, None),
            End::Unacknowledged => {
                (Ended::Failed("our answer was not acknowledged".to_owned()), None)
            }
            End::Bye(ended, cause) => (ended, Some(cause.reason())),
        };
        tracing::info!(sip_call = %Tag(&call.call_id), ?ended, "the call has ended");
        let stack_says_bye = matches!(ended, Ended::Failed(_)) && farewell.is_none();
        let farewell = async {
            if let Some(reason) = farewell {
                if !acknowledged {
                    let _ = tokio::time::timeout(ACK_WAIT, acknowledgement(&mut states)).await;
                }
                drop(states);
                // Without an answer the stack ends the dialog by itself, after 64*T1.
                let _ = dialog.bye_with_reason(reason).await;
            } else if stack_says_bye {
                // Its BYE finds the peer only while the call's flow is known.
                tokio::time::sleep(t1 * 8).await;
            }
        };
        let remains = async {
            let rest = async {
                while let Some(event) = sounds.recv().await {
                    if let StreamEvent::Recorded(recording) = event {
                        let _ = tell.try_send(LegEvent::Recorded(recording));
                    }
                }
            };
            let _ = tokio::time::timeout(RECORDING_WAIT, rest).await;
            drop(tell);
            let _ = tell_end.send(ended);
        };
        tokio::join!(farewell, remains);
        drop(call);
    }
}

async fn acknowledgement(states: &mut DialogStateReceiver) {
    while let Some(state) = states.recv().await {
        if matches!(state, DialogState::Confirmed(..) | DialogState::Terminated(..)) {
            return;
        }
    }
}
