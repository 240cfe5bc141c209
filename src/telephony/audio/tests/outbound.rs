//! What one stream sends: continuity, precedence of prompts and keys, one voice and several.

use crate::media::codec::Codec;
use crate::media::continuity::Continuity;
use crate::media::digits::Presser;
use crate::media::mixing::hearing::Hearing;
use crate::media::playlist::Times;
use crate::media::rtp::Packet;
use crate::media::sound::Sound;
use crate::telephony::audio::outbound::{Mail, Order, Outbound, Placing};
use crate::telephony::audio::peer::Target;

fn outbound(codec: Codec) -> Outbound {
    let mut outbound = Outbound::new(Continuity::new(7, 100, 1_000));
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
            outbound.frame(round * 160, &mut bytes)?;
            let packet = Packet::parse(&bytes).unwrap();
            Some((packet.sequence, packet.timestamp, packet.marker, packet.payload_type))
        })
        .collect()
}

#[test]
fn a_play_is_one_talk_spurt_and_is_told_when_its_last_frame_is_out() {
    let mut outbound = outbound(Codec::Pcma);
    play(&mut outbound, 5, Sound::silence(40));

    assert_eq!(rounds(&mut outbound, 10..11), [Some((100, 2_600, true, 8))]);
    assert_eq!(outbound.played, None);
    assert_eq!(rounds(&mut outbound, 11..13), [Some((101, 2_760, false, 8)), None]);
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
    let mut outbound = Outbound::new(Continuity::new(7, 100, 1_000));
    play(&mut outbound, 1, Sound::silence(20));

    assert_eq!(rounds(&mut outbound, 0..3), [None; 3]);
}

/// What the seat says in its packet n, whose bytes are all `byte`: (sequence, timestamp, marker, payload type, byte).
fn hear(
    outbound: &mut Outbound,
    seat: usize,
    n: u16,
    byte: u8,
    clock: u64,
) -> Option<(u16, u32, bool, u8, u8)> {
    let (ssrc, timestamp) = (seat as u32, u32::from(n) * 160);
    let said = Packet {
        payload_type: 8,
        marker: false,
        sequence: n,
        timestamp,
        ssrc,
        payload: &[byte; 160],
    };
    let mut bytes = Vec::new();
    outbound.hear(seat, &said, Codec::Pcma, clock, &mut bytes)?;
    let Packet { payload_type, marker, sequence, timestamp, payload, .. } =
        Packet::parse(&bytes).unwrap();
    assert_eq!(payload, [payload[0]; 160]);
    Some((sequence, timestamp, marker, payload_type, payload[0]))
}

/// Places the stream where it hears these seats, one after the other from 0.
fn place(outbound: &mut Outbound, heard: usize, music: Option<Sound>) {
    let mut hearing = Hearing::default();
    (0..heard).for_each(|seat| hearing.open(3, seat));
    let room = Some(Placing { speakers: hearing.speakers(3), music });
    outbound.take(&mut Mail { room, ..Mail::default() });
}

/// The first sample of each round's packet.
fn said(outbound: &mut Outbound, rounds: std::ops::Range<u64>) -> Vec<Option<i16>> {
    let mut bytes = Vec::new();
    rounds
        .map(|round| {
            outbound.frame(round * 160, &mut bytes)?;
            let packet = Packet::parse(&bytes).unwrap();
            Some(Codec::of_payload_type(packet.payload_type)?.decode(packet.payload)[0])
        })
        .collect()
}

#[test]
fn one_voice_goes_on_at_once_in_the_codec_of_the_listener() {
    let mut outbound = outbound(Codec::Pcmu);
    place(&mut outbound, 1, None);

    assert_eq!(hear(&mut outbound, 0, 0, 0xAA, 0), Some((100, 1_000, true, 0, 0x80)));
    assert_eq!(hear(&mut outbound, 0, 1, 0xAA, 170), Some((101, 1_160, false, 0, 0x80)));
    assert_eq!(hear(&mut outbound, 1, 0, 0xAA, 170), None, "a seat that is not heard");
    assert_eq!(rounds(&mut outbound, 1..4), [None; 3]);
}

#[test]
fn a_prompt_goes_before_the_other_voice_which_then_goes_on() {
    let mut outbound = outbound(Codec::Pcma);
    place(&mut outbound, 1, None);
    hear(&mut outbound, 0, 0, 1, 0);
    play(&mut outbound, 5, Sound::silence(40));

    assert_eq!(hear(&mut outbound, 0, 1, 1, 160), None);
    let played = rounds(&mut outbound, 1..3);
    assert_eq!(played, [Some((101, 1_160, false, 8)), Some((102, 1_320, false, 8))]);
    assert_eq!(hear(&mut outbound, 0, 3, 1, 480), Some((103, 1_480, true, 8, 1)));
}

#[test]
fn keys_go_before_the_other_voice() {
    let mut outbound = outbound(Codec::Pcma);
    place(&mut outbound, 1, None);
    hear(&mut outbound, 0, 0, 1, 0);
    press(&mut outbound, "5");

    assert_eq!(rounds(&mut outbound, 1..2), [Some((101, 1_160, true, 101))]);
    assert_eq!(hear(&mut outbound, 0, 1, 1, 200), None);
    rounds(&mut outbound, 2..17);
    assert_eq!(hear(&mut outbound, 0, 16, 1, 2_720), Some((113, 3_720, true, 8, 1)));
}

#[test]
fn several_voices_are_one_packet_a_turn() {
    let mut outbound = outbound(Codec::Pcma);
    place(&mut outbound, 2, None);
    let loud = Codec::Pcma.encode(&[1_008, 504]);

    assert_eq!(hear(&mut outbound, 0, 0, loud[0], 0), None);
    assert_eq!(hear(&mut outbound, 1, 40_000, loud[1], 0), None);

    assert_eq!(said(&mut outbound, 0..2), [Some(1_504), None]);
}

#[test]
fn going_from_one_voice_to_several_and_back_loses_and_repeats_nothing() {
    let mut outbound = outbound(Codec::Pcma);
    let mut bytes = Vec::new();
    let mut heard = Vec::new();

    for n in 0..60u16 {
        match n {
            0 | 40 => place(&mut outbound, 1, None),
            20 => place(&mut outbound, 2, None),
            _ => {}
        }
        let clock = u64::from(n) * 160 + 90;
        heard.extend(
            hear(&mut outbound, 0, n, 0x80 + n as u8, clock)
                .map(|packet| (packet.0, packet.1, packet.4)),
        );
        if outbound.frame(clock + 40, &mut bytes).is_some() {
            let packet = Packet::parse(&bytes).unwrap();
            heard.push((packet.sequence, packet.timestamp, packet.payload[0]));
        }
    }

    let expected: Vec<_> =
        (0..60).map(|n| (100 + n, 1_090 + u32::from(n) * 160, 0x80 + n as u8)).collect();
    assert_eq!(heard, expected);
}

#[test]
fn who_is_held_hears_music_until_the_other_is_back() {
    let mut outbound = outbound(Codec::Pcma);
    place(&mut outbound, 0, Some(Sound::from_pcm(&[1_008; 160])));

    assert_eq!(said(&mut outbound, 0..3), [Some(1_008); 3]);
    play(&mut outbound, 1, Sound::from_pcm(&[504; 160]));
    assert_eq!(said(&mut outbound, 3..5), [Some(504), Some(1_008)]);
    place(&mut outbound, 1, None);

    assert_eq!(said(&mut outbound, 5..6), [None]);
    assert!(hear(&mut outbound, 0, 0, 1, 960).is_some());
}

#[test]
fn nothing_is_handed_on_to_a_peer_that_holds() {
    let mut outbound = outbound(Codec::Pcma);
    place(&mut outbound, 1, None);
    outbound.take(&mut Mail { target: Some(target(Codec::Pcma, false)), ..Mail::default() });

    assert_eq!(hear(&mut outbound, 0, 0, 1, 0), None);
}
