//! The receiving thread: every RTP and RTCP socket in one poll, what is said handed on to whoever hears it, and a look at
//! every stream's clock ten times a second.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Registry, Token, Waker};

use super::pacer::ask_realtime;
use super::ports::Pair;
use super::reel::{Reel, Reels};
use super::wire::{Buffers, Drained, Wire};
use super::{Error, locked};

/// Streams open at one time; the pacer has as many slots.
const STREAMS_MAX: usize = super::pacer::SLOTS_MAX;
/// Sockets served from one poll; the rest come with the next.
const EVENTS_MAX: usize = 1_024;
const LOOK_MS: u64 = 100;
/// Below the pacer's.
const FIFO_PRIORITY: u8 = 9;
const WAKE: Token = Token(usize::MAX);

#[derive(Debug)]
pub(super) struct Receiver {
    desk: Arc<Desk>,
    registry: Registry,
    waker: Waker,
    next: AtomicUsize,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Desk {
    streams: RwLock<HashMap<usize, Weak<Wire>>>,
    reels: Reels,
    closing: AtomicBool,
    begun: Instant,
}

impl Receiver {
    /// Its clock counts from `begun`.
    pub(super) fn start(realtime: bool, begun: Instant) -> io::Result<Self> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let desk = Arc::new(Desk {
            streams: RwLock::default(),
            reels: Reels::default(),
            closing: AtomicBool::new(false),
            begun,
        });
        let own = Arc::clone(&desk);
        let thread = thread::Builder::new().name("rtp-receiver".into()).spawn(move || {
            // What one says the other hears by way of this thread, so it is as urgent as the pacer's.
            if realtime {
                ask_realtime(FIFO_PRIORITY);
            }
            run(&own, poll);
        })?;
        Ok(Self {
            desk,
            registry,
            waker,
            next: AtomicUsize::new(0),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Milliseconds on the engine's clock.
    pub(super) fn at_ms(&self) -> u64 {
        self.desk.at_ms()
    }

    /// Listens on a pair; `make` gets it back to build the stream from.
    pub(super) fn add(
        &self,
        mut pair: Pair,
        make: impl FnOnce(Pair) -> Arc<Wire>,
    ) -> Result<(usize, Arc<Wire>), Error> {
        // Held over the registration: an edge that finds no stream would be lost.
        let mut streams = self.desk.streams.write().unwrap_or_else(PoisonError::into_inner);
        if streams.len() >= STREAMS_MAX {
            return Err(Error::Full { max: STREAMS_MAX });
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed) % (usize::MAX / 4);
        self.registry
            .register(&mut pair.rtp, Token(2 * id), Interest::READABLE)
            .map_err(Error::Socket)?;
        self.registry
            .register(&mut pair.rtcp, Token(2 * id + 1), Interest::READABLE)
            .map_err(Error::Socket)?;
        let wire = make(pair);
        streams.insert(id, Arc::downgrade(&wire));
        Ok((id, wire))
    }

    /// Forgets a stream. Its sockets leave the poll as they close.
    pub(super) fn remove(&self, id: usize) {
        self.desk.streams.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// Has the recording of a call looked at ten times a second.
    pub(super) fn add_reel(&self, reel: &Arc<Reel>) {
        self.desk.reels.add(reel);
    }

    pub(super) fn end_reels(&self) {
        self.desk.reels.end_all(self.at_ms());
    }

    pub(super) fn open_count(&self) -> usize {
        self.desk.streams.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(super) fn streams(&self) -> Vec<Arc<Wire>> {
        self.desk.all()
    }

    pub(super) fn close(&self) {
        self.desk.closing.store(true, Ordering::Release);
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "cannot wake the receiving thread");
        }
    }

    pub(super) fn join(&self) {
        let thread = locked(&self.thread).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the receiving thread panicked");
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.close();
    }
}

impl Desk {
    fn at_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn all(&self) -> Vec<Arc<Wire>> {
        self.streams
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .filter_map(Weak::upgrade)
            .collect()
    }

    fn stream(&self, token: Token) -> Option<Arc<Wire>> {
        self.streams.read().unwrap_or_else(PoisonError::into_inner).get(&(token.0 / 2))?.upgrade()
    }
}

fn run(desk: &Desk, mut poll: Poll) {
    let mut events = Events::with_capacity(EVENTS_MAX);
    let mut buffers = Buffers::default();
    let mut unfinished: Vec<Token> = Vec::new();
    let mut looked_ms = 0;

    while !desk.closing.load(Ordering::Acquire) {
        let wait =
            if unfinished.is_empty() { Duration::from_millis(LOOK_MS) } else { Duration::ZERO };
        if let Err(error) = poll.poll(&mut events, Some(wait))
            && error.kind() != io::ErrorKind::Interrupted
        {
            tracing::error!(%error, "cannot poll the RTP sockets");
            return;
        }
        let mut ready = std::mem::take(&mut unfinished);
        ready.extend(events.iter().map(mio::event::Event::token).filter(|token| *token != WAKE));
        for token in ready {
            if drain(desk, token, &mut buffers) == Drained::More && !unfinished.contains(&token) {
                unfinished.push(token);
            }
        }

        let now_ms = desk.at_ms();
        if now_ms.saturating_sub(looked_ms) >= LOOK_MS {
            looked_ms = now_ms;
            desk.all().iter().for_each(|wire| wire.look(now_ms));
            desk.reels.look(now_ms);
        }
    }
}

fn drain(desk: &Desk, token: Token, buffers: &mut Buffers) -> Drained {
    let Some(wire) = desk.stream(token) else { return Drained::Empty };
    let at_ms = desk.at_ms();
    if token.0.is_multiple_of(2) {
        wire.drain_rtp(buffers, at_ms)
    } else {
        wire.drain_rtcp(buffers, at_ms)
    }
}
