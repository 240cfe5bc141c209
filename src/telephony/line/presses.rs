//! Key presses that come as RFC 4733 events, as SIP INFO or as both: each counts once.

use std::time::{Duration, Instant};

/// An INFO may come when the key is released, long after the first packet of its event.
const BOTH_WINDOW: Duration = Duration::from_millis(1_500);
const UNMATCHED_MAX: usize = 32;

/// By which way a press was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Rtp,
    Info,
}

/// Presses told by one way that the other way may still repeat.
#[derive(Debug, Default)]
pub(crate) struct Presses {
    unmatched: Vec<(Way, char, Instant)>,
}

impl Presses {
    /// Whether this is a press that has not been counted: the same key told by the other way is the same press, one for one.
    pub(crate) fn is_new(&mut self, way: Way, key: char, now: Instant) -> bool {
        self.unmatched.retain(|(_, _, at)| now.saturating_duration_since(*at) < BOTH_WINDOW);
        let twin =
            self.unmatched.iter().position(|(other, known, _)| *other != way && *known == key);
        if let Some(at) = twin {
            self.unmatched.remove(at);
            return false;
        }
        if self.unmatched.len() < UNMATCHED_MAX {
            self.unmatched.push((way, key, now));
        }
        true
    }
}

/// The key of an INFO body: `application/dtmf-relay` (`Signal=5`) or `application/dtmf` (`5`).
pub(crate) fn key_of(content_type: &str, body: &[u8]) -> Option<char> {
    let text = std::str::from_utf8(body).ok()?;
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let signal = match kind.as_str() {
        "application/dtmf-relay" => text.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case("signal").then(|| value.trim())
        })?,
        "application/dtmf" => text.trim(),
        _ => return None,
    };
    // Some phones write the event's number.
    match signal {
        "10" => return Some('*'),
        "11" => return Some('#'),
        _ => {}
    }
    let mut characters = signal.chars();
    let key = characters.next()?.to_ascii_uppercase();
    let known = matches!(key, '0'..='9' | '*' | '#' | 'A'..='D');
    (known && characters.next().is_none()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `(way, key, ms)` and gives the keys that counted.
    fn counted(told: &[(Way, char, u64)]) -> String {
        let start = Instant::now();
        let mut presses = Presses::default();
        let new = told.iter().filter(|(way, key, ms)| {
            presses.is_new(*way, *key, start + Duration::from_millis(*ms))
        });
        new.map(|(_, key, _)| *key).collect()
    }

    #[test]
    fn a_press_told_both_ways_counts_once_whichever_comes_first() {
        assert_eq!(counted(&[(Way::Rtp, '1', 0), (Way::Info, '1', 300)]), "1");
        assert_eq!(counted(&[(Way::Info, '1', 0), (Way::Rtp, '1', 300)]), "1");
    }

    #[test]
    fn the_same_key_twice_by_one_way_counts_twice() {
        assert_eq!(counted(&[(Way::Rtp, '1', 0), (Way::Rtp, '1', 120)]), "11");
        assert_eq!(counted(&[(Way::Info, '1', 0), (Way::Info, '1', 120)]), "11");
    }

    #[test]
    fn two_quick_presses_told_both_ways_count_twice() {
        let told = [
            (Way::Rtp, '1', 0),
            (Way::Rtp, '1', 200),
            (Way::Info, '1', 210),
            (Way::Info, '1', 400),
        ];

        assert_eq!(counted(&told), "11");
    }

    #[test]
    fn a_later_press_by_the_other_way_is_another_press() {
        assert_eq!(counted(&[(Way::Rtp, '1', 0), (Way::Info, '1', 1_500)]), "11");
        assert_eq!(counted(&[(Way::Rtp, '1', 0), (Way::Info, '2', 10)]), "12");
    }

    #[test]
    fn a_flood_of_presses_stays_bounded() {
        let told: Vec<_> = (0..200).map(|ms| (Way::Info, '5', ms)).collect();
        let start = Instant::now();
        let mut presses = Presses::default();
        for (way, key, ms) in told {
            presses.is_new(way, key, start + Duration::from_millis(ms));
        }

        assert_eq!(presses.unmatched.len(), 32);
    }

    #[test]
    fn both_kinds_of_info_body_are_read() {
        assert_eq!(key_of("application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n"), Some('5'));
        assert_eq!(key_of("Application/DTMF-Relay; x=y", b"signal = * \r\n"), Some('*'));
        assert_eq!(key_of("application/dtmf-relay", b"Signal=11\r\n"), Some('#'));
        assert_eq!(key_of("application/dtmf", b"d\r\n"), Some('D'));
    }

    #[test]
    fn other_info_bodies_are_no_keys() {
        assert_eq!(key_of("application/dtmf-relay", b"Duration=160\r\n"), None);
        assert_eq!(key_of("application/dtmf", b"55"), None);
        assert_eq!(key_of("application/dtmf", b"\xff"), None);
        assert_eq!(key_of("text/plain", b"5"), None);
        assert_eq!(key_of("application/dtmf", b""), None);
    }
}
