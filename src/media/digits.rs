//! Key presses as RFC 4733 telephone events: each press heard once whatever the network loses, repeats or reorders, and
//! pressed on our own phone.

use std::collections::VecDeque;

/// Presses remembered for telling repeats; the oldest is forgotten first.
const RECENT_MAX: usize = 16;
/// A packet of a known press that comes this long after the last one is a new press: test phones that replay a capture
/// repeat source and timestamp, a network does not hold a packet back for so long.
const FORGET_MS: u64 = 1_000;
/// Keys that may wait to be sent.
pub const PRESSES_MAX: usize = 64;

const EVENT_BYTES: usize = 4;
const VOLUME_DBM0: u8 = 10;
const FRAME_SAMPLES: u16 = 160;
/// A press lasts 200 ms, within the 160-250 ms that every exchange hears.
const PRESS_FRAMES: u16 = 10;
const END_PACKETS: u16 = 3;
/// Frames from the first end packet to the next press: 100 ms of pause.
const PAUSE_FRAMES: u16 = 5;

#[derive(Debug, Clone, Copy)]
struct Press {
    ssrc: u32,
    timestamp: u32,
    event: u8,
    last_ms: u64,
}

/// Turns event packets into key presses.
#[derive(Debug, Default)]
pub struct Detector {
    recent: VecDeque<Press>,
}

impl Detector {
    /// Takes the payload of one event packet and tells the key when it is a press not heard before. Any packet of a press
    /// will do, so lost beginnings and lost ends do not matter.
    pub fn heard(&mut self, ssrc: u32, timestamp: u32, payload: &[u8], at_ms: u64) -> Option<char> {
        let &[event, ..] = payload.first_chunk::<EVENT_BYTES>()?;
        let key = key_of(event)?;

        let known = self
            .recent
            .iter()
            .position(|p| (p.ssrc, p.timestamp, p.event) == (ssrc, timestamp, event));
        if let Some(mut press) = known.and_then(|at| self.recent.remove(at)) {
            let forgotten = at_ms.saturating_sub(press.last_ms) > FORGET_MS;
            press.last_ms = at_ms;
            self.recent.push_back(press);
            return forgotten.then_some(key);
        }

        if self.recent.len() == RECENT_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back(Press { ssrc, timestamp, event, last_ms: at_ms });
        Some(key)
    }
}

/// One packet of a press of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventPacket {
    /// The first packet of a press.
    pub marker: bool,
    /// Frames since the press began; its timestamp is that of the beginning.
    pub frame: u16,
    pub payload: [u8; EVENT_BYTES],
}

/// What a frame of ours is taken by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressing {
    Idle,
    Pause,
    Event(EventPacket),
}

/// Turns keys into event packets, one frame of 20 ms after the other.
#[derive(Debug, Default)]
pub struct Presser {
    waiting: VecDeque<u8>,
    frame: u16,
}

impl Presser {
    /// Adds keys to press; false when some are no keys or there is no more room.
    pub fn press(&mut self, keys: &str) -> bool {
        keys.chars().fold(true, |all, key| {
            let Some(event) = event_of(key).filter(|_| self.waiting.len() < PRESSES_MAX) else {
                return false;
            };
            self.waiting.push_back(event);
            all
        })
    }

    /// Adds what another presser has not pressed yet, as far as there is room.
    pub fn append(&mut self, other: Self) {
        let room = PRESSES_MAX.saturating_sub(self.waiting.len());
        self.waiting.extend(other.waiting.into_iter().take(room));
    }

    pub fn frame(&mut self) -> Pressing {
        let Some(&event) = self.waiting.front() else { return Pressing::Idle };
        let frame = self.frame;
        self.frame += 1;

        if frame + 1 == PRESS_FRAMES + PAUSE_FRAMES {
            self.waiting.pop_front();
            self.frame = 0;
        }
        if frame + 1 >= PRESS_FRAMES + END_PACKETS {
            return Pressing::Pause;
        }
        let ended = frame + 1 >= PRESS_FRAMES;
        let [high, low] = (FRAME_SAMPLES * (frame + 1).min(PRESS_FRAMES)).to_be_bytes();
        let payload = [event, u8::from(ended) << 7 | VOLUME_DBM0, high, low];
        Pressing::Event(EventPacket { marker: frame == 0, frame, payload })
    }
}

fn key_of(event: u8) -> Option<char> {
    KEYS.get(usize::from(event)).map(|key| char::from(*key))
}

fn event_of(key: char) -> Option<u8> {
    let at = KEYS.iter().position(|known| char::from(*known) == key.to_ascii_uppercase())?;
    u8::try_from(at).ok()
}

/// RFC 4733 section 3.2, by event number.
const KEYS: &[u8; 16] = b"0123456789*#ABCD";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A packet as it travels: source, timestamp, payload, time of arrival.
    type Wire = (u32, u32, [u8; 4], u64);

    /// The packets of the keys as our own presser sends them, from the given source.
    fn pressed(keys: &str, ssrc: u32) -> Vec<Wire> {
        let mut presser = Presser::default();
        assert!(presser.press(keys));
        let mut packets = Vec::new();
        for frame in 0.. {
            match presser.frame() {
                Pressing::Idle => break,
                Pressing::Pause => {}
                Pressing::Event(event) => {
                    let began = (frame - u32::from(event.frame)) * 160;
                    packets.push((ssrc, began, event.payload, u64::from(frame) * 20));
                }
            }
        }
        packets
    }

    fn heard(packets: &[Wire]) -> String {
        let mut detector = Detector::default();
        packets
            .iter()
            .filter_map(|(ssrc, ts, payload, at)| detector.heard(*ssrc, *ts, payload, *at))
            .collect()
    }

    #[test]
    fn a_press_of_ours_is_ten_frames_with_three_end_packets() {
        let packets = pressed("5", 1);

        assert_eq!(packets.len(), 12);
        assert_eq!(packets[0].2, [5, 10, 0, 160]);
        assert_eq!(packets[8].2, [5, 10, 0x05, 0xA0]);
        assert_eq!(packets[9].2, [5, 0x8A, 0x06, 0x40]);
        assert_eq!(
            packets[9..].iter().map(|p| p.2).collect::<Vec<_>>(),
            [[5, 0x8A, 0x06, 0x40]; 3]
        );
        assert!(packets.iter().all(|p| p.1 == 0));
        assert_eq!(packets[11].3, 220);
    }

    #[test]
    fn the_next_press_begins_a_pause_later_with_its_own_timestamp() {
        let packets = pressed("55", 1);

        assert_eq!((packets[12].1, packets[12].3), (2_400, 300));
    }

    #[test]
    fn every_key_is_heard_as_it_was_pressed() {
        assert_eq!(heard(&pressed("0123456789*#ABCD", 1)), "0123456789*#ABCD");
        assert_eq!(heard(&pressed("1112", 1)), "1112");
    }

    #[test]
    fn what_is_no_key_is_refused_and_the_rest_pressed() {
        let mut presser = Presser::default();

        assert!(!presser.press("1x"));
        assert!(matches!(presser.frame(), Pressing::Event(_)));
        assert!(!Presser::default().press(&"1".repeat(65)));
    }

    #[test]
    fn a_lost_beginning_and_a_lost_end_leave_one_key() {
        let packets = pressed("7", 1);

        assert_eq!(heard(&packets[11..]), "7");
        assert_eq!(heard(&packets[..1]), "7");
    }

    #[test]
    fn a_new_timestamp_is_a_new_key_even_when_the_end_was_lost() {
        assert_eq!(heard(&[(1, 0, [4, 10, 0, 160], 0), (1, 900, [4, 10, 0, 160], 60)]), "44");
    }

    #[test]
    fn a_late_end_packet_of_the_key_before_is_no_key() {
        let mut packets = pressed("12", 1);
        packets.swap(11, 12);
        packets.swap(12, 13);

        assert_eq!(heard(&packets), "12");
    }

    #[test]
    fn a_long_press_is_one_key() {
        let packets: Vec<Wire> = (0..500).map(|n| (1, 0, [3, 10, 0, 0], n * 20)).collect();

        assert_eq!(heard(&packets), "3");
    }

    #[test]
    fn a_replayed_capture_is_a_new_press_after_a_second_of_quiet() {
        let once = pressed("2", 1);
        let again: Vec<Wire> = once.iter().map(|p| (p.0, p.1, p.2, p.3 + 1_500)).collect();

        assert_eq!(heard(&[once, again].concat()), "22");
    }

    #[test]
    fn other_events_and_short_payloads_are_no_keys() {
        let mut detector = Detector::default();

        assert_eq!(detector.heard(1, 1, &[16, 0, 0, 0], 0), None, "flash");
        assert_eq!(detector.heard(1, 2, &[255, 0, 0, 0], 0), None);
        assert_eq!(detector.heard(1, 3, &[1, 0, 0], 0), None);
        assert_eq!(detector.heard(1, 4, &[], 0), None);
    }

    #[test]
    fn a_flood_of_keys_leaves_a_bounded_memory() {
        let mut detector = Detector::default();

        let keys = (0..200)
            .filter_map(|n| detector.heard(1, n * 160, &[1, 10, 0, 160], u64::from(n)))
            .count();

        assert_eq!((keys, detector.recent.len()), (200, 16));
    }

    proptest! {
        /// Loss of 10 %, duplicates of 5 %, reordering by up to 80 ms.
        #[test]
        fn each_key_is_heard_once_over_a_bad_network(
            keys in "[0-9*#]{1,12}",
            fates in proptest::collection::vec((0u8..100, 0u8..100, 0u64..80), 144),
        ) {
            let mut arrived = Vec::new();
            for (packet, (lost, doubled, late_ms)) in pressed(&keys, 9).into_iter().zip(fates) {
                let packet = (packet.0, packet.1, packet.2, packet.3 + late_ms);
                if lost >= 10 { arrived.push(packet); }
                if doubled < 5 { arrived.push((packet.0, packet.1, packet.2, packet.3 + 30)); }
            }
            arrived.sort_by_key(|packet| packet.3);

            prop_assert_eq!(heard(&arrived), keys);
        }

        #[test]
        fn any_payload_is_survived(
            payloads in proptest::collection::vec((any::<u32>(), any::<u32>(), proptest::collection::vec(any::<u8>(), 0..8), any::<u64>()), 0..100)
        ) {
            let mut detector = Detector::default();
            for (ssrc, timestamp, payload, at_ms) in payloads {
                detector.heard(ssrc, timestamp, &payload, at_ms);
            }
            prop_assert!(detector.recent.len() <= RECENT_MAX);
        }
    }
}
