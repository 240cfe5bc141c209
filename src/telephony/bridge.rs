//! Legs whose sound flows between them, and into one recording: two that talk, a third, a supervisor. Sound goes from socket to socket inside the
//! sound engine; no task is in its path.

use std::fmt;

use super::audio::{CallRecording, HeardGreeting, Part, Room, Side};
use super::line::Sounding;
use super::{EarlyMedia, Error, Leg};
use crate::media::sound::Sound;

/// Up to four legs of one call. Dropping the bridge parts them: each goes on and can play prompts again. A leg that ends
/// leaves by itself.
#[derive(Default)]
pub struct Bridge(Room);

/// What a leg is in a bridge for.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// Hears all who talk and is heard by all.
    Talk,
    /// Hears all who talk, heard by nobody.
    Listen,
    /// Hears all who talk, heard by this leg alone.
    WhisperTo(&'a Leg),
}

impl Bridge {
    /// Lets two answered legs hear each other. A sound that a leg plays goes before what the other says, and a leg whose
    /// phone holds the call neither hears nor is heard.
    pub fn join(one: &Leg, other: &Leg) -> Result<Self, Error> {
        let bridge = Self::default();
        bridge.add(one, Place::Talk)?;
        bridge.add(other, Place::Talk)?;
        Ok(bridge)
    }

    /// Lets one more leg in, or changes what one is here for; the others hear no gap.
    pub fn add(&self, leg: &Leg, place: Place<'_>) -> Result<(), Error> {
        let part = match place {
            Place::Talk => Part::Talks,
            Place::Listen => Part::Listens,
            Place::WhisperTo(to) => Part::Whispers(self.seat(to).ok_or(Error::NotBridged)?),
        };
        let entered = leg.stream().with(|stream| match self.0.seat_of(stream) {
            Some(seat) => {
                self.0.set(seat, part);
                Ok(())
            }
            None => self.0.enter(stream, part).map(|_| ()),
        });
        Ok(entered.ok_or(Error::Gone)??)
    }

    /// Lets this leg alone hear what a far side says before it answers.
    pub fn hear(leg: &Leg, early: &EarlyMedia) -> Result<Self, Error> {
        let bridge = Self::default();
        bridge.add(leg, Place::Listen)?;
        let entered = early.stream().with(|stream| bridge.0.enter(stream, Part::Talks).map(|_| ()));
        entered.ok_or(Error::Gone)??;
        Ok(bridge)
    }

    /// Takes a leg out.
    pub fn part(&self, leg: &Leg) {
        leg.stream().with(|stream| self.0.part(stream));
    }

    /// A held leg neither hears nor is heard, and who is left alone by it hears the hold music.
    pub fn hold(&self, leg: &Leg) {
        if let Some(seat) = self.seat(leg) {
            self.0.hold(seat);
        }
    }

    pub fn resume(&self, leg: &Leg) {
        if let Some(seat) = self.seat(leg) {
            self.0.resume(seat);
        }
    }

    /// What is heard over and over while the other side holds; silence without it.
    pub fn hold_music(&self, music: Sound) {
        self.0.hold_music(music);
    }

    fn seat(&self, leg: &Leg) -> Option<usize> {
        leg.stream().with(|stream| self.0.seat_of(stream)).flatten()
    }
}

impl Leg {
    /// Puts what this far side says into the recording of its call; it leaves the one it was in before.
    pub fn record_in(&self, recording: &CallRecording, side: Side) -> Result<(), Error> {
        let added = self.stream().with(|stream| recording.add(stream, side));
        Ok(added.ok_or(Error::Gone)??)
    }

    /// The sound of this leg, for whoever records it apart from the call.
    pub fn sound(&self) -> LegSound {
        LegSound(self.stream().clone())
    }

    /// Takes this far side out of the recording.
    pub fn leave_recording(&self, recording: &CallRecording) {
        self.stream().with(|stream| recording.remove(stream));
    }
}

/// What is said to a far side and by it.
#[derive(Clone, Debug)]
pub struct LegSound(Sounding);

impl LegSound {
    /// Listens from now on whether the far side greets as a machine does; None when it has gone.
    pub fn hear_greeting(&self) -> Option<HeardGreeting> {
        self.0.with(|stream| stream.hear_greeting())
    }

    /// Records what the far side says left and what it is played right, from now on.
    pub fn record_both(&self, recording: &CallRecording) -> Result<(), Error> {
        let added = self.0.with(|stream| {
            recording.add(stream, Side::Left)?;
            recording.add_said(stream, Side::Right)
        });
        Ok(added.ok_or(Error::Gone)??)
    }
}

impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bridge").finish_non_exhaustive()
    }
}
