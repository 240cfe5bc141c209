//! One stream as the threads share it: its sockets, what it sends, the mail for it, the ears of the receiving thread.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::mpsc;

use super::inbound::{Heard, Inbound};
use super::outbound::{Mail, Outbound};
use super::ports::Pair;
use super::room::Seated;
use super::{StreamEvent, locked};
use crate::media::codec::{Codec, SAMPLES_PER_MS};
use crate::media::digits::Presser;
use crate::media::rtp::{DATAGRAM_MAX_BYTES, Packet};

/// Room that keys leave in the queue of events for what must not be lost.
const DIGIT_RESERVE: usize = 32;
/// Room that ends of plays leave for recordings and silence; an end of a play is tried again, those are not.
const PLAYED_RESERVE: usize = 8;
/// Datagrams taken from one socket before the others have their turn.
const DRAIN_MAX: usize = 64;

/// Locks are taken in this order: of the room, `inbound`, `outbound`, `mail`.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) pair: Pair,
    pub(super) events: mpsc::Sender<StreamEvent>,
    pub(super) inbound: Mutex<Inbound>,
    /// The room that the stream is in.
    pub(super) seated: Mutex<Option<Seated>>,
    /// Held for a moment by whichever thread sends; never over a call of the system.
    outbound: Mutex<Outbound>,
    mail: Mutex<Mail>,
    posted: AtomicBool,
    unsent: AtomicU64,
    unheard: AtomicU64,
}

/// What the receiving thread reads into and writes from.
#[derive(Debug)]
pub(super) struct Buffers {
    datagram: [u8; DATAGRAM_MAX_BYTES],
    packet: Vec<u8>,
}

impl Default for Buffers {
    fn default() -> Self {
        Self { datagram: [0; DATAGRAM_MAX_BYTES], packet: Vec::with_capacity(DATAGRAM_MAX_BYTES) }
    }
}

/// Whether a socket has been emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drained {
    Empty,
    More,
}

impl Wire {
    pub(super) fn new(
        pair: Pair,
        events: mpsc::Sender<StreamEvent>,
        inbound: Inbound,
        outbound: Outbound,
    ) -> Self {
        Self {
            pair,
            events,
            inbound: Mutex::new(inbound),
            seated: Mutex::default(),
            outbound: Mutex::new(outbound),
            mail: Mutex::default(),
            posted: AtomicBool::new(false),
            unsent: AtomicU64::new(0),
            unheard: AtomicU64::new(0),
        }
    }

    /// Leaves something for the pacer.
    pub(super) fn post<T>(&self, write: impl FnOnce(&mut Mail) -> T) -> T {
        let mut mail = locked(&self.mail);
        let written = write(&mut mail);
        self.posted.store(true, Ordering::Release);
        written
    }

    /// The pacer's turn. It tries locks and never waits for one: mail that is being written is read 20 ms later.
    pub(super) fn turn(&self, clock: u64, packet: &mut Vec<u8>) {
        let Ok(mut outbound) = self.outbound.try_lock() else { return };
        self.read_mail(&mut outbound);
        let remote = outbound.frame(clock, packet);
        let played = outbound.played;
        drop(outbound);
        if let Some(remote) = remote {
            self.send(packet, remote);
        }
        // Told under the lock, so that nothing is told after a `stop` or a new `play` has returned.
        if played.is_some()
            && self.events.capacity() > PLAYED_RESERVE
            && let Ok(mut outbound) = self.outbound.try_lock()
            && let Some(id) = outbound.played
            && let Ok(mail) = self.mail.try_lock()
        {
            if mail.order.is_none() {
                let _ = self.events.try_send(StreamEvent::Played(id));
            }
            outbound.played = None;
        }
    }

    /// Takes what another of the room said, at the given seat.
    fn hear(&self, seat: usize, said: &Packet<'_>, codec: Codec, at_ms: u64, packet: &mut Vec<u8>) {
        let clock = at_ms.saturating_mul(SAMPLES_PER_MS as u64);
        let mut outbound = locked(&self.outbound);
        self.read_mail(&mut outbound);
        let remote = outbound.hear(seat, said, codec, clock, packet);
        drop(outbound);
        if let Some(remote) = remote {
            self.send(packet, remote);
        }
    }

    /// Leaves keys to be pressed; false when the peer takes none.
    pub(super) fn press(&self, keys: &str) -> bool {
        if !locked(&self.inbound).takes_keys() {
            return false;
        }
        if !self.post(|mail| mail.presser.get_or_insert_with(Presser::default).press(keys)) {
            tracing::warn!("some keys could not be pressed");
        }
        true
    }

    fn read_mail(&self, outbound: &mut Outbound) {
        if self.posted.load(Ordering::Acquire)
            && let Ok(mut mail) = self.mail.try_lock()
        {
            self.posted.store(false, Ordering::Release);
            outbound.take(&mut mail);
        }
    }

    fn send(&self, packet: &[u8], remote: SocketAddr) {
        if self.pair.rtp.send_to(packet, remote).is_err() {
            self.unsent.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn drain_rtp(&self, buffers: &mut Buffers, at_ms: u64) -> Drained {
        for _ in 0..DRAIN_MAX {
            let Ok((len, from)) = self.pair.rtp.recv_from(&mut buffers.datagram) else {
                return Drained::Empty;
            };
            let mut inbound = locked(&self.inbound);
            let Heard { digit, said, moved } = inbound.rtp(from, &buffers.datagram[..len], at_ms);
            if let Some(target) = moved {
                // Still under the lock of the ears, so that a negotiation in between is not overwritten.
                self.post(|mail| mail.target = Some(target));
            }
            if let Some((said, codec)) = said {
                for listener in &inbound.listeners {
                    if let Some(wire) = listener.wire.upgrade() {
                        wire.hear(listener.seat, &said, codec, at_ms, &mut buffers.packet);
                    }
                }
            }
            drop(inbound);
            if let Some(digit) = digit {
                self.tell_digit(digit);
            }
        }
        Drained::More
    }

    pub(super) fn drain_rtcp(&self, buffers: &mut Buffers, at_ms: u64) -> Drained {
        for _ in 0..DRAIN_MAX {
            let Ok((len, from)) = self.pair.rtcp.recv_from(&mut buffers.datagram) else {
                return Drained::Empty;
            };
            locked(&self.inbound).rtcp(from, &buffers.datagram[..len], at_ms);
        }
        Drained::More
    }

    pub(super) fn look(&self, at_ms: u64) {
        // Told under the lock, so that a negotiation that has returned hears nothing of the silence before it.
        let mut inbound = locked(&self.inbound);
        if inbound.look(at_ms) {
            let _ = self.events.try_send(StreamEvent::Silent);
        }
    }

    /// Frames that the system did not take.
    pub(super) fn unsent(&self) -> u64 {
        self.unsent.load(Ordering::Relaxed)
    }

    /// Key presses dropped because the events were not read.
    pub(super) fn unheard(&self) -> u64 {
        self.unheard.load(Ordering::Relaxed)
    }

    fn tell_digit(&self, digit: char) {
        if self.events.capacity() <= DIGIT_RESERVE
            || self.events.try_send(StreamEvent::Digit(digit)).is_err()
        {
            self.unheard.fetch_add(1, Ordering::Relaxed);
        }
    }
}
