//! One stream as the threads share it: its sockets, the mail for the pacer, the ears of the receiving thread.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::mpsc;

use super::inbound::{Heard, Inbound};
use super::outbound::{Mail, Outbound};
use super::ports::Pair;
use super::{StreamEvent, locked};
use crate::media::rtp::DATAGRAM_MAX_BYTES;

/// Room that keys leave in the queue of events for what must not be lost.
const DIGIT_RESERVE: usize = 32;
/// Room that ends of plays leave for recordings and silence; an end of a play is tried again, those are not.
const PLAYED_RESERVE: usize = 8;
/// Datagrams taken from one socket before the others have their turn.
const DRAIN_MAX: usize = 64;

#[derive(Debug)]
pub(super) struct Wire {
    pub(super) pair: Pair,
    pub(super) events: mpsc::Sender<StreamEvent>,
    pub(super) inbound: Mutex<Inbound>,
    mail: Mutex<Mail>,
    posted: AtomicBool,
    unsent: AtomicU64,
    unheard: AtomicU64,
}

/// Whether a socket has been emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drained {
    Empty,
    More,
}

impl Wire {
    pub(super) fn new(pair: Pair, events: mpsc::Sender<StreamEvent>, inbound: Inbound) -> Self {
        Self {
            pair,
            events,
            inbound: Mutex::new(inbound),
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
    pub(super) fn turn(&self, outbound: &mut Outbound, round: u64, packet: &mut Vec<u8>) {
        if self.posted.load(Ordering::Acquire)
            && let Ok(mut mail) = self.mail.try_lock()
        {
            self.posted.store(false, Ordering::Release);
            outbound.take(&mut mail);
        }
        if let Some(remote) = outbound.frame(round, packet)
            && self.pair.rtp.send_to(packet, remote).is_err()
        {
            self.unsent.fetch_add(1, Ordering::Relaxed);
        }
        // Told under the lock, so that nothing is told after a `stop` or a new `play` has returned.
        if let Some(id) = outbound.played
            && self.events.capacity() > PLAYED_RESERVE
            && let Ok(mail) = self.mail.try_lock()
        {
            if mail.order.is_none() {
                let _ = self.events.try_send(StreamEvent::Played(id));
            }
            outbound.played = None;
        }
    }

    pub(super) fn drain_rtp(&self, buffer: &mut [u8; DATAGRAM_MAX_BYTES], at_ms: u64) -> Drained {
        for _ in 0..DRAIN_MAX {
            let Ok((len, from)) = self.pair.rtp.recv_from(buffer) else { return Drained::Empty };
            let mut inbound = locked(&self.inbound);
            let Heard { digit, moved } = inbound.rtp(from, &buffer[..len], at_ms);
            if let Some(target) = moved {
                // Still under the lock of the ears, so that a negotiation in between is not overwritten.
                self.post(|mail| mail.target = Some(target));
            }
            drop(inbound);
            if let Some(digit) = digit {
                self.tell_digit(digit);
            }
        }
        Drained::More
    }

    pub(super) fn drain_rtcp(&self, buffer: &mut [u8; DATAGRAM_MAX_BYTES], at_ms: u64) -> Drained {
        for _ in 0..DRAIN_MAX {
            let Ok((len, from)) = self.pair.rtcp.recv_from(buffer) else { return Drained::Empty };
            locked(&self.inbound).rtcp(from, &buffer[..len], at_ms);
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
