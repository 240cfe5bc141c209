//! What one stream sends: sounds, key presses, and what the others of its room say, under one unbroken source, sequence and
//! clock.

use std::net::SocketAddr;

use crate::media::codec::{ALAW_SILENCE, Codec, SAMPLES_PER_MS};
use crate::media::continuity::{Continuity, Place, SEAM_SAMPLES};
use crate::media::digits::{Presser, Pressing};
use crate::media::mixing::Mixer;
use crate::media::mixing::hearing::Speakers;
use crate::media::pacing::FRAME_SAMPLES;
use crate::media::playlist::{Cut, Frame, Playlist, Times};
use crate::media::rtp::Packet;
use crate::media::sound::Sound;

use super::peer::Target;
use super::reel::Track;

/// What the verbs of a stream leave for its next turn; each is replaced by the next, so none can pile up.
#[derive(Debug, Default)]
pub(super) struct Mail {
    pub(super) target: Option<Target>,
    pub(super) order: Option<Order>,
    pub(super) presser: Option<Presser>,
    pub(super) room: Option<Placing>,
    /// The recording that what is played goes into.
    pub(super) tape: Option<Track>,
}

#[derive(Debug)]
pub(super) enum Order {
    Play { id: Option<u64>, sounds: Vec<Sound>, times: Times },
    Stop,
}

/// Whom the stream hears in its room, and what it hears instead while they hold.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Placing {
    pub(super) speakers: Speakers,
    pub(super) music: Option<Sound>,
}

/// Frames on their way into a recording. The pacer never waits for the lock of one: what it cannot write goes with the next.
#[derive(Debug)]
struct Said {
    track: Track,
    waiting: Vec<(u32, Frame, u64)>,
}

/// A recording that takes nothing for so long (200 ms) loses what is played meanwhile.
const SAID_MAX: usize = 10;

impl Said {
    fn push(&mut self, timestamp: u32, frame: Frame, clock: u64) {
        if self.waiting.len() < SAID_MAX {
            self.waiting.push((timestamp, frame, clock / SAMPLES_PER_MS as u64));
        }
        let write = |(timestamp, frame, at_ms): &(u32, Frame, u64)| {
            self.track.try_push(*timestamp, &Codec::Pcma.decode(frame), *at_ms)
        };
        let written = self.waiting.iter().take_while(|said| write(said)).count();
        self.waiting.drain(..written);
    }
}

/// With nothing to say, one frame of silence goes out this often (10 s), so that neither a NAT nor a peer's own time-out
/// ends the call during a long recording (RFC 6263).
const KEEPALIVE_SAMPLES: u64 = 500 * FRAME_SAMPLES as u64;

/// Clocks are samples since the engine began.
#[derive(Debug)]
pub(super) struct Outbound {
    continuity: Continuity,
    target: Option<Target>,
    playing: Option<(Option<u64>, Playlist)>,
    presser: Presser,
    /// Keys are being pressed, and what others say waits for their end.
    pressing: bool,
    /// The sample at which the present key press began.
    pressed: u64,
    placing: Placing,
    music: Option<Playlist>,
    /// There while several are heard, and until what they said before has gone out.
    mixer: Option<Box<Mixer>>,
    /// The clock of the last packet of any kind, or of the beginning.
    last: Option<u64>,
    /// A play whose end is still to be told.
    pub(super) played: Option<u64>,
    tape: Option<Said>,
}

impl Outbound {
    pub(super) fn new(continuity: Continuity) -> Self {
        Self {
            continuity,
            target: None,
            playing: None,
            presser: Presser::default(),
            pressing: false,
            pressed: 0,
            placing: Placing::default(),
            music: None,
            mixer: None,
            last: None,
            played: None,
            tape: None,
        }
    }

    pub(super) fn take(&mut self, mail: &mut Mail) {
        if let Some(target) = mail.target.take() {
            self.target = Some(target);
        }
        if let Some(presser) = mail.presser.take() {
            self.presser.append(presser);
            self.pressing = true;
        }
        if let Some(placing) = mail.room.take() {
            self.be_placed(placing);
        }
        if let Some(track) = mail.tape.take() {
            self.tape = Some(Said { track, waiting: Vec::new() });
        }
        match mail.order.take() {
            None => {}
            Some(Order::Stop) => (self.playing, self.played) = (None, None),
            Some(Order::Play { id, sounds, times }) => {
                (self.playing, self.played) = (Some((id, Playlist::new(sounds, times))), None);
                // What was said before the sounds is old when they end.
                if let Some(mixer) = &mut self.mixer {
                    **mixer = Mixer::default();
                }
            }
        }
    }

    fn be_placed(&mut self, placing: Placing) {
        if placing.music != self.placing.music {
            let music = placing.music.clone();
            self.music = music.map(|sound| Playlist::new(vec![sound], Times::Looped));
        }
        if placing.speakers != self.placing.speakers {
            self.continuity.part();
        }
        if let Some(mixer) = &mut self.mixer {
            let gone = self.placing.speakers.filter(|seat| !placing.speakers.contains(*seat));
            gone.for_each(|seat| mixer.forget(seat));
        } else if placing.speakers.len() > 1 {
            self.mixer = Some(Box::default());
        }
        self.placing = placing;
    }

    /// Takes one packet of another of the room. A single voice goes on at once, in the packet that is written here; several
    /// wait for their mix.
    pub(super) fn hear(
        &mut self,
        seat: usize,
        said: &Packet<'_>,
        codec: Codec,
        clock: u64,
        packet: &mut Vec<u8>,
    ) -> Option<SocketAddr> {
        let target = self.target.filter(|target| target.open)?;
        if !self.placing.speakers.contains(seat) || self.is_busy() {
            return None;
        }
        if let Some(mixer) = &mut self.mixer {
            mixer.push(seat, said.timestamp, &codec.decode(said.payload));
            return None;
        }
        let samples = said.payload.len() as u64;
        let place = self.continuity.relay(said, samples, clock)?;
        let mut payload = said.payload.to_vec();
        codec.to(target.codec, &mut payload);
        self.last = Some(clock);
        self.write(target.codec.payload_type(), place, &payload, packet);
        Some(target.remote)
    }

    /// What goes before the voices of others.
    fn is_busy(&self) -> bool {
        self.playing.is_some() || self.pressing || self.music.is_some()
    }

    /// Writes the packet of this turn, if there is one, and says where it goes. Held, everything waits.
    pub(super) fn frame(&mut self, clock: u64, packet: &mut Vec<u8>) -> Option<SocketAddr> {
        let last = *self.last.get_or_insert(clock);
        let target = self.target.filter(|target| target.open)?;

        if let Some(payload_type) = target.digits {
            match self.presser.frame() {
                Pressing::Idle => self.pressing = false,
                Pressing::Pause => return None,
                Pressing::Event(event) => {
                    if event.marker {
                        self.pressed = self.continuity.press(clock);
                    }
                    let place = self.continuity.event(self.pressed, event.marker);
                    self.last = Some(clock);
                    self.write(payload_type, place, &event.payload, packet);
                    return Some(target.remote);
                }
            }
        } else {
            self.pressing = false;
        }

        let mut frame: Frame = [ALAW_SILENCE; FRAME_SAMPLES];
        let mut seam = 0;
        let cut = match (&mut self.playing, &mut self.music) {
            (Some((_, playlist)), _) => playlist.cut(&mut frame),
            (None, Some(music)) => music.cut(&mut frame),
            (None, None) => {
                seam = SEAM_SAMPLES;
                self.mix(&mut frame)
            }
        };
        if cut != Cut::More
            && let Some((id, _)) = self.playing.take()
        {
            self.played = id;
        }
        if cut == Cut::Nothing && clock.saturating_sub(last) < KEEPALIVE_SAMPLES {
            return None;
        }
        let said = frame;
        target.codec.from_alaw(&mut frame);
        let place = self.continuity.frame(clock, FRAME_SAMPLES as u64, seam);
        if let Some(tape) = &mut self.tape {
            tape.push(place.timestamp, said, clock);
        }
        self.last = Some(clock);
        self.write(target.codec.payload_type(), place, &frame, packet);
        Some(target.remote)
    }

    /// A mix that has nothing left and one voice to come gives way to that voice.
    fn mix(&mut self, frame: &mut Frame) -> Cut {
        let Some(mixer) = &mut self.mixer else { return Cut::Nothing };
        let mut pcm = [0; FRAME_SAMPLES];
        let heard = mixer.mix(&mut pcm);
        if mixer.is_empty() && self.placing.speakers.len() < 2 {
            self.mixer = None;
        }
        if !heard {
            return Cut::Nothing;
        }
        Codec::Pcma.encode_into(&pcm, frame);
        Cut::More
    }

    fn write(&self, payload_type: u8, place: Place, payload: &[u8], packet: &mut Vec<u8>) {
        let Place { sequence, timestamp, marker } = place;
        let ssrc = self.continuity.ssrc();
        Packet { payload_type, marker, sequence, timestamp, ssrc, payload }.write(packet);
    }
}
