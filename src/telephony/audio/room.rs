//! A room: up to four streams of one call, and who hears whom in it. The threads find its outcome at each stream; nothing
//! on the path of sound asks the room.

use std::sync::{Arc, Mutex, Weak};

use super::inbound::Listener;
use super::outbound::Placing;
use super::wire::Wire;
use super::{Error, Stream, StreamEvent, locked};
use crate::media::mixing::hearing::{Hearing, Part, SEATS_MAX};
use crate::media::sound::Sound;

/// Streams that hear each other. Dropping it parts them; each can go on to play prompts.
#[derive(Debug, Default)]
pub struct Room(Arc<Mutex<Seats>>);

/// Where a stream sits.
#[derive(Debug)]
pub(super) struct Seated {
    room: Weak<Mutex<Seats>>,
    seat: usize,
}

#[derive(Debug, Default)]
struct Seats {
    seats: [Option<Seat>; SEATS_MAX],
    music: Option<Sound>,
}

#[derive(Debug)]
struct Seat {
    wire: Weak<Wire>,
    part: Part,
    /// Held by order, and not by the peer's SDP.
    held: bool,
}

impl Room {
    /// Gives a stream a seat; a stream has one room at a time. It leaves when it is dropped.
    pub fn enter(&self, stream: &Stream, part: Part) -> Result<usize, Error> {
        let mut seats = locked(&self.0);
        let mut seated = locked(&stream.wire.seated);
        if seated.as_ref().is_some_and(|seated| seated.room.strong_count() > 0) {
            return Err(Error::Seated);
        }
        let seat = seats.seats.iter().position(Option::is_none);
        let seat = seat.ok_or(Error::Seats { max: SEATS_MAX })?;
        seats.seats[seat] = Some(Seat { wire: Arc::downgrade(&stream.wire), part, held: false });
        *seated = Some(Seated { room: Arc::downgrade(&self.0), seat });
        drop(seated);
        seats.place();
        Ok(seat)
    }

    /// The seat of a stream in this room.
    pub fn seat_of(&self, stream: &Stream) -> Option<usize> {
        let own = |seat: &Option<Seat>| {
            seat.as_ref().is_some_and(|seat| std::ptr::eq(seat.wire.as_ptr(), &*stream.wire))
        };
        locked(&self.0).seats.iter().position(own)
    }

    /// Takes a stream out.
    pub fn part(&self, stream: &Stream) {
        if self.seat_of(stream).is_some() {
            Self::leave(&stream.wire);
        }
    }

    /// Changes what a seat is there for, without a gap for the others.
    pub fn set(&self, seat: usize, part: Part) {
        self.change(seat, |seat| seat.part = part);
    }

    /// A held seat neither hears nor is heard; who has nobody left to hear hears the hold music.
    pub fn hold(&self, seat: usize) {
        self.change(seat, |seat| seat.held = true);
    }

    pub fn resume(&self, seat: usize) {
        self.change(seat, |seat| seat.held = false);
    }

    /// What is heard, over and over, by who is being held.
    pub fn hold_music(&self, music: Sound) {
        let mut seats = locked(&self.0);
        seats.music = Some(music);
        seats.place();
    }

    fn change(&self, seat: usize, change: impl FnOnce(&mut Seat)) {
        let mut seats = locked(&self.0);
        if let Some(seat) = seats.seats.get_mut(seat).and_then(Option::as_mut) {
            change(seat);
            seats.place();
        }
    }

    /// Takes a stream out of whichever room it is in.
    pub(super) fn leave(wire: &Wire) {
        let Some(Seated { room, seat }) = locked(&wire.seated).take() else { return };
        if let Some(room) = room.upgrade() {
            let mut seats = locked(&room);
            seats.seats[seat] = None;
            seats.place();
        }
        clear(wire);
    }

    /// A negotiation may have begun or ended a hold.
    pub(super) fn look_again(wire: &Wire) {
        let room = locked(&wire.seated).as_ref().and_then(|seated| seated.room.upgrade());
        if let Some(room) = room {
            locked(&room).place();
        }
    }

    /// Only those who talk are given keys: no supervisor's telephone sounds with what a citizen presses.
    pub(super) fn pass_key(wire: &Wire, key: char) {
        let seated =
            locked(&wire.seated).as_ref().map(|seated| (seated.room.upgrade(), seated.seat));
        let Some((Some(room), own)) = seated else { return };
        let seats = locked(&room);
        let hearing = seats.hearing();
        for (listener, seat) in seats.seats.iter().enumerate() {
            let Some(seat) = seat.as_ref().filter(|seat| seat.part == Part::Talks) else {
                continue;
            };
            let Some(other) = seat.wire.upgrade().filter(|_| hearing.hears(listener, own)) else {
                continue;
            };
            if !other.press(key.encode_utf8(&mut [0; 4])) {
                let _ = other.events.try_send(StreamEvent::Unpressed(key));
            }
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        for seat in locked(&self.0).seats.iter_mut().filter_map(Option::take) {
            if let Some(wire) = seat.wire.upgrade() {
                locked(&wire.seated).take();
                clear(&wire);
            }
        }
    }
}

impl Seats {
    fn parts(&self) -> [Option<Part>; SEATS_MAX] {
        std::array::from_fn(|seat| self.seats[seat].as_ref().map(|seat| seat.part))
    }

    fn hearing(&self) -> Hearing {
        let mut hearing = Hearing::of(&self.parts());
        for (seat, held) in self.holds().into_iter().enumerate() {
            if held {
                hearing.hold(seat);
            }
        }
        hearing
    }

    fn holds(&self) -> [bool; SEATS_MAX] {
        std::array::from_fn(|seat| {
            self.seats[seat].as_ref().is_some_and(|seat| {
                let by_peer =
                    || seat.wire.upgrade().is_some_and(|wire| locked(&wire.inbound).is_held());
                seat.held || by_peer()
            })
        })
    }

    /// Leaves at each stream who hears it and whom it hears.
    fn place(&self) {
        let (wanted, hearing, holds) = (Hearing::of(&self.parts()), self.hearing(), self.holds());
        for (own, seat) in self.seats.iter().enumerate() {
            let Some(wire) = seat.as_ref().and_then(|seat| seat.wire.upgrade()) else { continue };
            let speakers = hearing.speakers(own);
            let waits = !holds[own] && speakers.is_empty() && !wanted.speakers(own).is_empty();
            let placing = Placing { speakers, music: self.music.clone().filter(|_| waits) };
            wire.post(|mail| mail.room = Some(placing));
            let listeners: Vec<Listener> = (0..SEATS_MAX)
                .filter(|listener| hearing.hears(*listener, own))
                .filter_map(|listener| self.seats[listener].as_ref())
                .map(|listener| Listener { wire: Weak::clone(&listener.wire), seat: own })
                .collect();
            let unheard = listeners.is_empty();
            locked(&wire.inbound).be_heard(listeners, unheard);
        }
    }
}

fn clear(wire: &Wire) {
    locked(&wire.inbound).be_heard(Vec::new(), false);
    wire.post(|mail| mail.room = Some(Placing::default()));
}
