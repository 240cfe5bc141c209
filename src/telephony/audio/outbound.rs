//! What one stream sends, frame by frame: sounds or key presses under one unbroken source, sequence and clock.

use crate::media::codec::ALAW_SILENCE;
use crate::media::digits::{Presser, Pressing};
use crate::media::pacing::FRAME_SAMPLES;
use crate::media::playlist::{Cut, Frame, Playlist, Times};
use crate::media::rtp;
use crate::media::sound::Sound;

use super::peer::Target;

/// What the verbs of a stream leave for the pacer; each is replaced by the next, so none can pile up.
#[derive(Debug, Default)]
pub(super) struct Mail {
    pub(super) target: Option<Target>,
    pub(super) order: Option<Order>,
    pub(super) presser: Option<Presser>,
}

#[derive(Debug)]
pub(super) enum Order {
    Play { id: Option<u64>, sounds: Vec<Sound>, times: Times },
    Stop,
}

/// With nothing to say, one frame of silence goes out this often (10 s), so that neither a NAT nor a peer's own time-out
/// ends the call during a long recording (RFC 6263).
const KEEPALIVE_ROUNDS: u64 = 500;

#[derive(Debug)]
pub(super) struct Outbound {
    sender: rtp::Sender,
    begun: Option<u64>,
    target: Option<Target>,
    playing: Option<(Option<u64>, Playlist)>,
    presser: Presser,
    /// The sample at which the present key press began.
    pressed: u64,
    /// The round of the last packet of sound, for the marker.
    spoke: Option<u64>,
    /// The round of the last packet of any kind, or of the beginning.
    last: u64,
    /// A play whose end is still to be told.
    pub(super) played: Option<u64>,
}

impl Outbound {
    pub(super) fn new(sender: rtp::Sender) -> Self {
        Self {
            sender,
            begun: None,
            target: None,
            playing: None,
            presser: Presser::default(),
            pressed: 0,
            spoke: None,
            last: 0,
            played: None,
        }
    }

    pub(super) fn take(&mut self, mail: &mut Mail) {
        if let Some(target) = mail.target.take() {
            self.target = Some(target);
        }
        if let Some(presser) = mail.presser.take() {
            self.presser.append(presser);
        }
        match mail.order.take() {
            None => {}
            Some(Order::Stop) => (self.playing, self.played) = (None, None),
            Some(Order::Play { id, sounds, times }) => {
                (self.playing, self.played) = (Some((id, Playlist::new(sounds, times))), None);
            }
        }
    }

    /// Writes the packet of this round, if there is one, and says where it goes. Held, everything waits.
    pub(super) fn frame(
        &mut self,
        round: u64,
        packet: &mut Vec<u8>,
    ) -> Option<std::net::SocketAddr> {
        let begun = *self.begun.get_or_insert_with(|| {
            self.last = round;
            round
        });
        let sample = (round - begun) * FRAME_SAMPLES as u64;
        let target = self.target.filter(|target| target.open)?;

        if let Some(payload_type) = target.digits {
            match self.presser.frame() {
                Pressing::Idle => {}
                Pressing::Pause => return None,
                Pressing::Event(event) => {
                    if event.marker {
                        self.pressed = sample;
                    }
                    self.last = round;
                    let timestamp = self.sender.timestamp(self.pressed);
                    self.sender.write(
                        payload_type,
                        event.marker,
                        timestamp,
                        &event.payload,
                        packet,
                    );
                    return Some(target.remote);
                }
            }
        }

        let mut frame: Frame = [ALAW_SILENCE; FRAME_SAMPLES];
        let cut = match &mut self.playing {
            Some((_, playlist)) => playlist.cut(&mut frame),
            None if round - self.last >= KEEPALIVE_ROUNDS => Cut::More,
            None => return None,
        };
        if cut != Cut::More {
            self.played = self.playing.take().and_then(|(id, _)| id);
        }
        if cut == Cut::Nothing {
            return None;
        }
        target.codec.from_alaw(&mut frame);
        let marker = round.checked_sub(1).is_none_or(|before| self.spoke != Some(before));
        (self.spoke, self.last) = (Some(round), round);
        self.sender.write(
            target.codec.payload_type(),
            marker,
            self.sender.timestamp(sample),
            &frame,
            packet,
        );
        Some(target.remote)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::codec::Codec;
    use crate::media::rtp::Packet;

    fn outbound(codec: Codec) -> Outbound {
        let mut outbound = Outbound::new(rtp::Sender::new(7, 100, 1_000));
        outbound.take(&mut Mail { target: Some(target(codec, true)), ..Mail::default() });
        outbound
    }

    fn target(codec: Codec, open: bool) -> Target {
        Target { remote: "127.0.0.1:4000".parse().unwrap(), codec, digits: Some(101), open }
    }

    fn play(outbound: &mut Outbound, id: u64, sound: Sound) {
        let order = Order::Play { id: Some(id), sounds: vec![sound], times: Times::Once };
        outbound.take(&mut Mail { order: Some(order), ..Mail::default() });
    }

    fn press(outbound: &mut Outbound, keys: &str) {
        let mut presser = Presser::default();
        presser.press(keys);
        outbound.take(&mut Mail { presser: Some(presser), ..Mail::default() });
    }

    /// (sequence, timestamp, marker, payload type) of each round's packet.
    fn rounds(
        outbound: &mut Outbound,
        rounds: std::ops::Range<u64>,
    ) -> Vec<Option<(u16, u32, bool, u8)>> {
        let mut bytes = Vec::new();
        rounds
            .map(|round| {
                outbound.frame(round, &mut bytes)?;
                let packet = Packet::parse(&bytes).unwrap();
                Some((packet.sequence, packet.timestamp, packet.marker, packet.payload_type))
            })
            .collect()
    }

    #[test]
    fn a_play_is_one_talk_spurt_and_is_told_when_its_last_frame_is_out() {
        let mut outbound = outbound(Codec::Pcma);
        play(&mut outbound, 5, Sound::silence(40));

        assert_eq!(rounds(&mut outbound, 10..11), [Some((100, 1_000, true, 8))]);
        assert_eq!(outbound.played, None);
        assert_eq!(rounds(&mut outbound, 11..13), [Some((101, 1_160, false, 8)), None]);
        assert_eq!(outbound.played, Some(5));
    }

    #[test]
    fn the_clock_runs_on_through_a_pause_and_the_sequence_does_not_jump() {
        let mut outbound = outbound(Codec::Pcma);
        play(&mut outbound, 1, Sound::silence(20));
        rounds(&mut outbound, 0..50);
        play(&mut outbound, 2, Sound::silence(20));

        assert_eq!(rounds(&mut outbound, 50..51), [Some((101, 9_000, true, 8))]);
    }

    #[test]
    fn a_play_that_follows_at_once_is_the_same_talk_spurt() {
        let mut outbound = outbound(Codec::Pcma);
        play(&mut outbound, 1, Sound::silence(20));
        rounds(&mut outbound, 0..1);
        play(&mut outbound, 2, Sound::silence(20));

        assert_eq!(rounds(&mut outbound, 1..2), [Some((101, 1_160, false, 8))]);
    }

    #[test]
    fn a_held_play_waits_and_goes_on_where_it_was() {
        let mut outbound = outbound(Codec::Pcma);
        play(&mut outbound, 1, Sound::silence(60));
        rounds(&mut outbound, 0..1);

        outbound.take(&mut Mail { target: Some(target(Codec::Pcma, false)), ..Mail::default() });
        assert_eq!(rounds(&mut outbound, 1..5), [None; 4]);
        outbound.take(&mut Mail { target: Some(target(Codec::Pcma, true)), ..Mail::default() });

        let resumed = rounds(&mut outbound, 5..8);
        assert_eq!(resumed, [Some((101, 1_800, true, 8)), Some((102, 1_960, false, 8)), None]);
        assert_eq!(outbound.played, Some(1));
    }

    #[test]
    fn a_stopped_play_is_never_told() {
        let mut outbound = outbound(Codec::Pcma);
        play(&mut outbound, 1, Sound::silence(20));
        rounds(&mut outbound, 0..1);

        outbound.take(&mut Mail { order: Some(Order::Stop), ..Mail::default() });

        assert_eq!(outbound.played, None);
    }

    #[test]
    fn an_empty_play_is_over_at_once() {
        let mut outbound = outbound(Codec::Pcma);
        play(&mut outbound, 9, Sound::silence(0));

        assert_eq!(rounds(&mut outbound, 0..1), [None]);
        assert_eq!(outbound.played, Some(9));
    }

    #[test]
    fn a_mu_law_peer_hears_mu_law() {
        let mut outbound = outbound(Codec::Pcmu);
        play(&mut outbound, 1, Sound::silence(20));
        let mut bytes = Vec::new();
        outbound.frame(0, &mut bytes).unwrap();

        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(packet.payload_type, 0);
        assert!(Codec::Pcmu.decode(packet.payload).iter().all(|sample| sample.abs() <= 8));
    }

    #[test]
    fn a_key_press_interrupts_a_play_and_keeps_the_sequence() {
        let mut outbound = outbound(Codec::Pcma);
        play(&mut outbound, 1, Sound::silence(60));
        rounds(&mut outbound, 0..1);
        press(&mut outbound, "5");

        let press = rounds(&mut outbound, 1..13);
        assert_eq!(press[0], Some((101, 1_160, true, 101)));
        assert_eq!(press[11], Some((112, 1_160, false, 101)));
        assert_eq!(rounds(&mut outbound, 13..17), [None, None, None, Some((113, 3_560, true, 8))]);
    }

    #[test]
    fn an_idle_stream_sends_a_frame_of_silence_every_ten_seconds() {
        let mut outbound = outbound(Codec::Pcma);
        play(&mut outbound, 1, Sound::silence(20));

        let sent: Vec<u64> =
            (0..1_100).filter(|n| rounds(&mut outbound, *n..*n + 1)[0].is_some()).collect();

        assert_eq!(sent, [0, 500, 1_000]);
    }

    #[test]
    fn an_unnegotiated_stream_sends_nothing() {
        let mut outbound = Outbound::new(rtp::Sender::new(7, 100, 1_000));
        play(&mut outbound, 1, Sound::silence(20));

        assert_eq!(rounds(&mut outbound, 0..3), [None; 3]);
    }
}
