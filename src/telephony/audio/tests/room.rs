//! Streams in a room over real sockets: what one says the others hear, under their own source.

use super::*;
use crate::media::pacing::FRAME_SAMPLES;

/// A stream with its far end.
pub(super) struct Party {
    pub(super) stream: Stream,
    pub(super) events: mpsc::Receiver<StreamEvent>,
    pub(super) far: Far,
    pub(super) sent: u32,
}

/// The key by which tests know that everything before it was taken.
const END: u8 = 15;

impl Party {
    pub(super) fn new(audio: &Audio) -> Self {
        Self::with(audio, |peer| peer)
    }

    fn with(audio: &Audio, change: impl FnOnce(Peer) -> Peer) -> Self {
        let (stream, events) = audio.open().unwrap();
        let far = Far::new();
        stream.negotiate(change(far.peer()));
        Self { stream, events, far, sent: 0 }
    }

    /// Says the next 20 ms.
    pub(super) fn say(&mut self, byte: u8) {
        self.far.send(&self.stream, 8, self.sent * 160, &[byte; FRAME_SAMPLES]);
        self.sent += 1;
    }

    /// Waits until everything that was said has been taken.
    pub(super) async fn is_heard_out(&mut self) {
        self.sent += 10;
        self.far.press(&self.stream, END, self.sent * 160);
        while next(&mut self.events).await != StreamEvent::Digit('D') {}
    }

    /// The first byte of the next packet of sound with anything in it.
    pub(super) fn hears(&self) -> u8 {
        loop {
            let (_, _, _, payload_type, payload) = self.far.hear();
            if payload_type != 101 && payload[0] != 0xD5 {
                return payload[0];
            }
        }
    }

    fn plays(&self, byte: u8) {
        self.stream.play(1, vec![Sound::from_alaw(vec![byte; FRAME_SAMPLES])]);
    }
}

/// Says one word over and over until the other hears it: what is said before the pacer has ended a sound of its own is lost.
fn said_until_heard(speaker: &mut Party, listener: &Party, byte: u8) -> u8 {
    for _ in 0..100 {
        speaker.say(byte);
        while let Some(heard) = listener.far.hears_within(QUIET) {
            if heard == byte {
                return heard;
            }
        }
    }
    panic!("never heard");
}

pub(super) fn bridged(audio: &Audio) -> (Room, Party, Party) {
    let (room, a, b) = (Room::default(), Party::new(audio), Party::new(audio));
    assert_eq!(room.enter(&a.stream, Part::Talks).unwrap(), 0);
    assert_eq!(room.enter(&b.stream, Part::Talks).unwrap(), 1);
    (room, a, b)
}

#[tokio::test]
async fn prompt_bridge_and_prompt_are_one_source_with_one_sequence_and_a_clock_that_never_goes_back()
 {
    let audio = audio();
    let (mut a, b) = (Party::new(&audio), Party::new(&audio));
    b.plays(1);
    let mut heard = vec![b.far.hear()];

    let room = Room::default();
    room.enter(&a.stream, Part::Talks).unwrap();
    room.enter(&b.stream, Part::Talks).unwrap();
    for byte in 2..12 {
        a.say(byte);
        heard.push(b.far.hear());
    }
    drop(room);
    a.say(99);
    a.is_heard_out().await;
    b.plays(12);
    heard.push(b.far.hear());

    let bytes: Vec<u8> = heard.iter().map(|packet| packet.4[0]).collect();
    assert_eq!(bytes, (1..=12).collect::<Vec<u8>>());
    for pair in heard.windows(2) {
        assert_eq!(pair[1].0, pair[0].0.wrapping_add(1), "sequence");
        assert!((160..80_000).contains(&pair[1].1.wrapping_sub(pair[0].1)), "clock");
    }
    let markers: Vec<bool> = heard[1..11].iter().map(|packet| packet.2).collect();
    assert_eq!(markers, [true, false, false, false, false, false, false, false, false, false]);
}

#[tokio::test]
async fn each_side_hears_the_other_in_its_own_codec() {
    let audio = audio();
    let mut a = Party::new(&audio);
    let mut b = Party::with(&audio, |peer| Peer { codec: Codec::Pcmu, ..peer });
    let room = Room::default();
    room.enter(&a.stream, Part::Talks).unwrap();
    room.enter(&b.stream, Part::Talks).unwrap();

    a.say(0xAA);
    let (_, _, _, payload_type, payload) = b.far.hear();
    assert_eq!((payload_type, payload), (0, vec![0x80; 160]));
    b.far.send(&b.stream, 0, 0, &[0x80; 160]);
    let (_, _, _, payload_type, payload) = a.far.hear();
    assert_eq!((payload_type, payload), (8, vec![0xAA; 160]));
    b.sent += 1;
}

#[tokio::test]
async fn a_key_is_told_and_pressed_once_at_the_other_side_with_its_own_payload_type() {
    let audio = audio();
    let mut a = Party::new(&audio);
    let b = Party::with(&audio, |peer| Peer { digits: Some(96), ..peer });
    let room = Room::default();
    room.enter(&a.stream, Part::Talks).unwrap();
    room.enter(&b.stream, Part::Talks).unwrap();

    (0..6).for_each(|_| a.far.press(&a.stream, 7, 4_000));
    assert_eq!(next(&mut a.events).await, StreamEvent::Digit('7'));
    a.stream.pass_key('7');

    let packets: Vec<_> = (0..12).map(|_| b.far.hear()).collect();
    assert!(packets.iter().all(|packet| (packet.3, packet.4[0]) == (96, 7)));
    assert_eq!(packets[11].4, [7, 0x8A, 0x06, 0x40]);
    assert_eq!(said_until_heard(&mut a, &b, 100), 100);
}

#[tokio::test]
async fn a_key_for_a_peer_without_telephone_events_is_told_and_dropped() {
    let audio = audio();
    let a = Party::new(&audio);
    let mut b = Party::with(&audio, |peer| Peer { digits: None, ..peer });
    let room = Room::default();
    room.enter(&a.stream, Part::Talks).unwrap();
    room.enter(&b.stream, Part::Talks).unwrap();

    a.stream.pass_key('#');

    assert_eq!(next(&mut b.events).await, StreamEvent::Unpressed('#'));
}

#[tokio::test]
async fn a_held_side_hears_music_and_is_not_heard_until_the_call_is_resumed() {
    let audio = audio();
    let (room, mut a, mut b) = bridged(&audio);
    room.hold_music(Sound::from_alaw(vec![77; 160]));

    a.stream.negotiate(Peer { direction: Direction::RecvOnly, ..a.far.peer() });
    a.say(1);
    b.say(2);
    a.is_heard_out().await;
    b.is_heard_out().await;
    assert_eq!([b.hears(), b.hears(), b.hears()], [77; 3]);
    assert!(a.far.hears_nothing(), "the phone that holds");
    a.stream.negotiate(a.far.peer());

    assert_eq!(said_until_heard(&mut a, &b, 100), 100);
    b.say(3);
    assert_eq!(a.hears(), 3);
}

#[tokio::test]
async fn a_hold_by_order_is_the_same() {
    let audio = audio();
    let (room, mut a, b) = bridged(&audio);
    room.hold_music(Sound::from_alaw(vec![77; 160]));

    room.hold(0);
    a.say(1);
    a.is_heard_out().await;
    assert_eq!([b.hears(), b.hears()], [77; 2]);
    room.resume(0);

    assert_eq!(said_until_heard(&mut a, &b, 100), 100);
}

#[tokio::test]
async fn a_listener_hears_both_and_nobody_hears_the_listener() {
    let audio = audio();
    let (room, mut a, mut b) = bridged(&audio);
    let mut ear = Party::new(&audio);
    let seat = room.enter(&ear.stream, Part::Listens).unwrap();

    ear.say(50);
    ear.is_heard_out().await;
    a.say(1);
    assert_eq!((ear.hears(), b.hears()), (1, 1));
    b.say(2);
    assert_eq!((ear.hears(), a.hears()), (2, 2));

    room.set(seat, Part::Whispers(1));
    assert_eq!(said_until_heard(&mut ear, &b, 51), 51);
    assert!(a.far.hears_nothing(), "the citizen");
}

#[tokio::test]
async fn every_word_is_heard_once_and_in_order_while_a_third_comes_and_goes() {
    let audio = audio();
    let (room, mut a, b) = bridged(&audio);
    let third = Party::new(&audio);

    for n in 0..90 {
        match n {
            30 => {
                room.enter(&third.stream, Part::Talks).unwrap();
            }
            60 => room.part(&third.stream),
            _ => {}
        }
        a.say(0x80 + n % 64);
        assert_eq!(b.hears(), 0x80 + n % 64, "word {n}");
    }
}

#[tokio::test]
async fn a_fifth_leg_and_a_second_room_are_refused() {
    let audio = audio();
    let room = Room::default();
    let parties: Vec<Party> = (0..5).map(|_| Party::new(&audio)).collect();
    for party in &parties[..4] {
        room.enter(&party.stream, Part::Talks).unwrap();
    }

    assert!(matches!(room.enter(&parties[4].stream, Part::Talks), Err(Error::Seats { max: 4 })));
    let other = Room::default();
    assert!(matches!(other.enter(&parties[0].stream, Part::Talks), Err(Error::Seated)));
    room.part(&parties[0].stream);
    assert_eq!(other.enter(&parties[0].stream, Part::Talks).unwrap(), 0);
    drop(room);
    other.enter(&parties[1].stream, Part::Talks).unwrap();
}

#[tokio::test]
async fn a_stream_that_ends_leaves_its_seat_and_nothing_behind() {
    let audio = audio();
    let (room, a, mut b) = bridged(&audio);

    drop(a);
    let mut c = Party::new(&audio);
    assert_eq!(room.enter(&c.stream, Part::Talks).unwrap(), 0);
    c.say(5);
    assert_eq!(b.hears(), 5);
    b.say(6);
    assert_eq!(c.hears(), 6);

    drop((b, c, room));
    until(|| (audio.open_count(), audio.ports_leased()) == (0, 0));
}
