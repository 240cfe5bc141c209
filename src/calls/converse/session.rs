//! One call of a client: what was sent is kept until the call ends, so a lost stream loses nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::{
    sync::{Notify, mpsc},
    time::Instant,
};

use super::{Error, FromClient, Prompt, RESUME_WITHIN, ToClient};

/// Messages of the client that its call has not taken yet.
const INCOMING_MAX: usize = 64;
/// Messages that the client has not read.
const UNREAD_MAX: usize = 64;
/// All messages of one call; a caller who listens for an hour stays below it.
const SENT_MAX: usize = 4_096;

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) client: i64,
    call: String,
    token: String,
    /// The client's own, given back with every message.
    client_state: Vec<u8>,
    events: mpsc::Sender<FromClient>,
    state: Mutex<State>,
    /// Wakes the stream that reads, and the line that waits for one.
    changed: Notify,
}

#[derive(Debug)]
struct State {
    /// Message n of the call is at n - 1.
    sent: Vec<ToClient>,
    taken: i64,
    /// Which stream is the present one; an older one ends.
    stream: u64,
    /// How far the present stream has read.
    read: usize,
    attached: bool,
    /// When the last stream was lost; set from the beginning.
    lost_at: Instant,
    slow: bool,
    ended: bool,
}

/// One numbered message of the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub sequence: i64,
    /// The highest message of the client that was taken.
    pub acknowledged: i64,
    pub message: ToClient,
}

/// Why a stream gets no more messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The call is over and everything was sent.
    Over,
    /// The client opened another stream for the call.
    Replaced,
    /// The client does not read.
    Slow,
}

/// One stream of a call; dropping it is losing it.
#[derive(Debug)]
pub struct Attached {
    session: Arc<Session>,
    stream: u64,
}

impl Session {
    pub(super) fn new(
        client: i64,
        call: String,
        token: String,
        client_state: Vec<u8>,
        local_rules: Vec<Prompt>,
    ) -> (Self, mpsc::Receiver<FromClient>) {
        let (events, taken) = mpsc::channel(INCOMING_MAX);
        let state = State {
            sent: vec![ToClient::Opened { local_rules }],
            // The start is the client's first message.
            taken: 1,
            stream: 0,
            read: 0,
            attached: false,
            lost_at: Instant::now(),
            slow: false,
            ended: false,
        };
        (
            Self {
                client,
                call,
                token,
                client_state,
                events,
                state: Mutex::new(state),
                changed: Notify::new(),
            },
            taken,
        )
    }

    pub(super) fn is_of(&self, client: i64, call: &str) -> bool {
        self.client == client && self.call == call
    }

    /// The call has ended; what is left is telling the client how.
    pub(super) fn is_over(&self) -> bool {
        self.lock().ended
    }

    /// Makes this the call's stream; it is sent everything after `last_sequence`.
    pub(crate) fn attach(self: &Arc<Self>, last_sequence: i64) -> Attached {
        let mut state = self.lock();
        state.stream += 1;
        state.attached = true;
        state.slow = false;
        state.read = usize::try_from(last_sequence).unwrap_or(0).min(state.sent.len());
        let stream = state.stream;
        drop(state);
        self.changed.notify_waiters();
        Attached { session: Arc::clone(self), stream }
    }

    /// Queues one message for the client; false when the call has sent too much.
    pub(super) fn send(&self, message: ToClient) -> bool {
        let mut state = self.lock();
        if state.sent.len() >= SENT_MAX {
            return false;
        }
        state.ended |= matches!(message, ToClient::Ended { .. });
        state.sent.push(message);
        if state.attached && state.sent.len() - state.read > UNREAD_MAX {
            state.slow = true;
            state.lose();
        }
        drop(state);
        self.changed.notify_waiters();
        true
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Ends the call for the client.
    pub(crate) fn end(&self, disposition: &'static str) {
        self.send(ToClient::Ended { disposition });
    }

    /// Waits until the stream's presence is not as the caller thinks; gives the time until which a lost one is waited for.
    pub(super) async fn presence(&self, thought_attached: bool) -> Option<Instant> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            {
                let state = self.lock();
                if state.attached != thought_attached {
                    return (!state.attached).then_some(state.lost_at + RESUME_WITHIN);
                }
            }
            changed.await;
        }
    }

    /// Until when a lost stream is waited for; None while there is one.
    pub(super) fn lost_until(&self) -> Option<Instant> {
        let state = self.lock();
        (!state.attached).then_some(state.lost_at + RESUME_WITHIN)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn lose(&mut self) {
        self.attached = false;
        self.lost_at = Instant::now();
    }
}

impl Attached {
    pub fn token(&self) -> &str {
        &self.session.token
    }

    pub fn client_state(&self) -> &[u8] {
        &self.session.client_state
    }

    #[cfg(test)]
    pub(super) fn session(&self) -> Arc<Session> {
        Arc::clone(&self.session)
    }

    /// Stands for no stream at all.
    #[cfg(test)]
    pub(super) fn none(session: &Arc<Session>) -> Self {
        Self { session: Arc::clone(session), stream: 0 }
    }

    /// The last message that was read.
    #[cfg(test)]
    pub(super) fn seen(&self) -> i64 {
        i64::try_from(self.session.lock().read).expect("calls are short")
    }

    /// Takes one message of the client. One that was taken before is skipped.
    pub fn take(&self, sequence: i64, event: FromClient) -> Result<(), Error> {
        let mut state = self.session.lock();
        if state.stream != self.stream || state.ended {
            return Err(Error::Over);
        }
        let expected = state.taken + 1;
        if sequence < expected {
            return Ok(());
        }
        if sequence > expected {
            return Err(Error::Gap { expected, got: sequence });
        }
        // The call may have ended between its last message and this one.
        match self.session.events.try_send(event) {
            Ok(()) => state.taken = sequence,
            Err(mpsc::error::TrySendError::Full(_)) => return Err(Error::TooFast),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(Error::Over),
        }
        Ok(())
    }

    /// The next message for the client; safe to drop while it waits.
    pub async fn next(&mut self) -> Result<Outgoing, Ending> {
        loop {
            let changed = self.session.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            {
                let mut state = self.session.lock();
                if state.stream != self.stream {
                    return Err(Ending::Replaced);
                }
                if state.slow {
                    return Err(Ending::Slow);
                }
                let read = state.read;
                if let Some(message) = state.sent.get(read).cloned() {
                    state.read += 1;
                    let sequence = i64::try_from(state.read).unwrap_or(i64::MAX);
                    return Ok(Outgoing { sequence, acknowledged: state.taken, message });
                }
                if state.ended {
                    return Err(Ending::Over);
                }
            }
            changed.await;
        }
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        let mut state = self.session.lock();
        if state.stream == self.stream && state.attached {
            state.lose();
        }
        drop(state);
        self.session.changed.notify_waiters();
    }
}
