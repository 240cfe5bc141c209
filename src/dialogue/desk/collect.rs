//! Collects keys by the timer model of VoiceXML 2.0, Appendix D: the first-key timer starts when the prompt ends, the
//! between-keys timer at every key, the overall cap at whichever comes first, and nothing else moves any of them.

use crate::dialogue::{At, Key};

/// How long one field waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    /// From the end of the prompt to the first key.
    pub(crate) first_ms: u64,
    /// From each key to the next.
    pub(crate) between_ms: u64,
    /// From the end of the prompt, or the first key, to the last.
    pub(crate) overall_ms: u64,
}

/// One key of a menu.
pub(crate) const MENU: Times = Times { first_ms: 7_000, between_ms: 3_000, overall_ms: 15_000 };
/// A case or telephone number: people look for the paper first, and read pair by pair.
pub(crate) const NUMBER: Times = Times { first_ms: 10_000, between_ms: 5_000, overall_ms: 45_000 };

/// What the field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    One(Keys),
    /// Ends at `most` digits, at `#`, or when no further key comes.
    Digits {
        least: usize,
        most: usize,
    },
}

/// The digits that a menu offers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Keys(u16);

impl Keys {
    /// From text such as `"1239"`.
    pub(crate) const fn of(digits: &str) -> Self {
        let bytes = digits.as_bytes();
        let mut mask = 0;
        let mut n = 0;
        while n < bytes.len() {
            mask |= 1 << (bytes[n] - b'0');
            n += 1;
        }
        Self(mask)
    }

    /// 1 to `last`.
    pub(crate) fn up_to(last: usize) -> Self {
        (1..=last.min(9)).fold(Self(0), |keys, digit| Self(keys.0 | 1 << digit))
    }

    #[must_use]
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn has(self, digit: u8) -> bool {
        digit <= 9 && self.0 & (1 << digit) != 0
    }
}

/// How a collection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    Keyed { digits: String, by: By },
    Wrong(By),
    Silence,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Length,
    Terminator,
    Between,
    Overall,
}

/// What one key did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    More,
    Repeat,
    /// The key came before the field listens, or after a timer had already ended it.
    Ignored,
    Ended(End),
}

#[derive(Debug)]
pub(crate) struct Collect {
    wanted: Wanted,
    times: Times,
    /// Keys before this are bounces of the key that opened the field.
    deaf_until: At,
    digits: String,
    first_by: Option<At>,
    between_by: Option<At>,
    overall_by: Option<At>,
}

impl Collect {
    pub(crate) fn new(wanted: Wanted, times: Times, deaf_until: At) -> Self {
        Self {
            wanted,
            times,
            deaf_until,
            digits: String::new(),
            first_by: None,
            between_by: None,
            overall_by: None,
        }
    }

    /// The prompt has ended: whoever heard all of it means what they press.
    pub(crate) fn prompted(&mut self, at: At) {
        self.deaf_until = self.deaf_until.min(at);
        if self.digits.is_empty() && self.first_by.is_none() {
            self.first_by = Some(at.plus_ms(self.times.first_ms));
            self.overall_by = Some(at.plus_ms(self.times.overall_ms));
        }
    }

    /// A timer that has already run out rules, even if its tick comes after this key.
    pub(crate) fn key(&mut self, key: Key, at: At) -> Heard {
        if let Some(end) = self.tick(at) {
            return Heard::Ended(end);
        }
        if at < self.deaf_until {
            return Heard::Ignored;
        }
        match (self.wanted, key) {
            (_, Key::Star) => Heard::Repeat,
            (Wanted::One(_), Key::Hash) => Heard::Ended(End::Wrong(By::Terminator)),
            (Wanted::One(keys), Key::Digit(digit)) if keys.has(digit) => {
                Heard::Ended(End::Keyed { digits: digit.to_string(), by: By::Length })
            }
            (Wanted::One(_), Key::Digit(_)) => Heard::Ended(End::Wrong(By::Length)),
            (Wanted::Digits { .. }, Key::Hash) => Heard::Ended(self.end(By::Terminator)),
            (Wanted::Digits { most, .. }, Key::Digit(digit)) => {
                self.digits.push(char::from(b'0' + digit % 10));
                self.first_by = None;
                self.between_by = Some(at.plus_ms(self.times.between_ms));
                self.overall_by.get_or_insert(at.plus_ms(self.times.overall_ms));
                if self.digits.len() >= most {
                    Heard::Ended(self.end(By::Length))
                } else {
                    Heard::More
                }
            }
        }
    }

    pub(crate) fn tick(&mut self, at: At) -> Option<End> {
        let due = |by: Option<At>| by.is_some_and(|by| by <= at);
        if due(self.first_by) {
            return Some(End::Silence);
        }
        match (due(self.between_by), due(self.overall_by)) {
            (true, true) if self.overall_by < self.between_by => Some(self.end(By::Overall)),
            (true, _) => Some(self.end(By::Between)),
            (false, true) => Some(self.end(By::Overall)),
            (false, false) => None,
        }
    }

    pub(crate) fn wake_at(&self) -> Option<At> {
        [self.first_by, self.between_by, self.overall_by].into_iter().flatten().min()
    }

    fn end(&mut self, by: By) -> End {
        let least = match self.wanted {
            Wanted::One(_) => 1,
            Wanted::Digits { least, .. } => least,
        };
        // `#` alone is an answer of its own where nothing need be keyed; anything between that and `least` is a slip.
        let empty_is_meant = least == 0 && by == By::Terminator;
        let digits = std::mem::take(&mut self.digits);
        if digits.len() >= least.max(1) || (digits.is_empty() && empty_is_meant) {
            End::Keyed { digits, by }
        } else {
            End::Wrong(by)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: Wanted = Wanted::Digits { least: 8, most: 10 };
    const MAYBE_CASE: Wanted = Wanted::Digits { least: 0, most: 10 };
    const YES_NO: Wanted = Wanted::One(Keys::of("12"));

    /// Runs one field: `P` ends the prompt, a key is a key, a number of milliseconds is when. Timers run to the millisecond.
    fn run(
        wanted: Wanted,
        times: Times,
        script: &[(u64, char)],
        until_ms: u64,
    ) -> Option<(u64, End)> {
        let mut field = Collect::new(wanted, times, At(0));
        for now in 0..=until_ms {
            for (_, what) in script.iter().filter(|(when, _)| *when == now) {
                if *what == 'P' {
                    field.prompted(At(now));
                    continue;
                }
                if let Heard::Ended(end) = field.key(Key::parse(*what).unwrap(), At(now)) {
                    return Some((now, end));
                }
            }
            if let Some(end) = field.tick(At(now)) {
                return Some((now, end));
            }
        }
        None
    }

    #[test]
    fn every_timer_ends_at_its_edge_and_not_a_millisecond_before() {
        let after_prompt: Vec<(u64, char)> =
            std::iter::once((0, 'P')).chain((1..=9).map(|n| (4_999 * n, '1'))).collect();
        let from_first_key: Vec<(u64, char)> = (0..9).map(|n| (1_000 + 4_999 * n, '1')).collect();
        type Row<'a> = (&'a str, Wanted, Times, &'a [(u64, char)], Option<(u64, End)>);
        let cases: &[Row<'_>] = &[
            ("no key, no prompt end: waits for ever", YES_NO, MENU, &[], None),
            (
                "first key 1 ms before the edge",
                YES_NO,
                MENU,
                &[(1_000, 'P'), (7_999, '1')],
                at(7_999, "1", By::Length),
            ),
            (
                "first key at the edge",
                YES_NO,
                MENU,
                &[(1_000, 'P'), (8_000, '1')],
                Some((8_000, End::Silence)),
            ),
            ("no key at all", YES_NO, MENU, &[(1_000, 'P')], Some((8_000, End::Silence))),
            (
                "key during the prompt",
                YES_NO,
                MENU,
                &[(500, '2'), (1_000, 'P')],
                at(500, "2", By::Length),
            ),
            (
                "key at the prompt's end",
                YES_NO,
                MENU,
                &[(1_000, 'P'), (1_000, '2')],
                at(1_000, "2", By::Length),
            ),
            (
                "a key that is not offered",
                YES_NO,
                MENU,
                &[(500, '3')],
                Some((500, End::Wrong(By::Length))),
            ),
            (
                "hash in a menu",
                YES_NO,
                MENU,
                &[(500, '#')],
                Some((500, End::Wrong(By::Terminator))),
            ),
            (
                "slow profile, first key 1 ms before",
                CASE,
                NUMBER,
                &[(0, 'P'), (9_999, '#')],
                wrong(9_999, By::Terminator),
            ),
            (
                "slow profile, first key at the edge",
                CASE,
                NUMBER,
                &[(0, 'P'), (10_000, '1')],
                Some((10_000, End::Silence)),
            ),
            (
                "between keys 1 ms before the edge",
                MAYBE_CASE,
                NUMBER,
                &[(0, '1'), (4_999, '2')],
                at(9_999, "12", By::Between),
            ),
            (
                "between keys at the edge",
                MAYBE_CASE,
                NUMBER,
                &[(0, '1'), (5_000, '2')],
                at(5_000, "1", By::Between),
            ),
            (
                "too few digits when no more come",
                CASE,
                NUMBER,
                &[(0, '1')],
                wrong(5_000, By::Between),
            ),
            (
                "prompt's end does not restart a begun entry",
                CASE,
                NUMBER,
                &[(0, '1'), (4_000, 'P')],
                wrong(5_000, By::Between),
            ),
            (
                "hash first where a number must come",
                CASE,
                NUMBER,
                &[(0, '#')],
                wrong(0, By::Terminator),
            ),
            (
                "hash first where it may be left out",
                MAYBE_CASE,
                NUMBER,
                &[(0, '#')],
                at(0, "", By::Terminator),
            ),
            (
                "silence where it may be left out",
                MAYBE_CASE,
                NUMBER,
                &[(0, 'P')],
                Some((10_000, End::Silence)),
            ),
            (
                "hash 1 ms before between-keys edge",
                MAYBE_CASE,
                NUMBER,
                &[(0, '7'), (4_999, '#')],
                at(4_999, "7", By::Terminator),
            ),
            (
                "overall cap counts from the prompt's end",
                CASE,
                NUMBER,
                &after_prompt,
                at(45_000, "111111111", By::Overall),
            ),
            (
                "overall cap counts from the first key",
                CASE,
                NUMBER,
                &from_first_key,
                at(45_992, "111111111", By::Between),
            ),
        ];

        for (what, wanted, times, script, expected) in cases {
            assert_eq!(run(*wanted, *times, script, 60_000), *expected, "{what}");
        }
    }

    fn at(ms: u64, digits: &str, by: By) -> Option<(u64, End)> {
        Some((ms, End::Keyed { digits: digits.into(), by }))
    }

    fn wrong(ms: u64, by: By) -> Option<(u64, End)> {
        Some((ms, End::Wrong(by)))
    }

    #[test]
    fn ten_digits_end_the_entry_without_a_terminator() {
        let script: Vec<(u64, char)> =
            "1234567890".chars().zip(1..).map(|(key, n)| (n * 100, key)).collect();

        assert_eq!(run(CASE, NUMBER, &script, 60_000), at(1_000, "1234567890", By::Length));
    }

    #[test]
    fn star_repeats_and_a_late_tick_changes_nothing() {
        let mut field = Collect::new(CASE, NUMBER, At(0));
        assert_eq!(field.key(Key::Digit(1), At(0)), Heard::More);
        assert_eq!(field.key(Key::Star, At(10)), Heard::Repeat);

        // The runner delivers the key of 5.2 s before the tick of 5.0 s: the timer still rules.
        assert_eq!(field.key(Key::Digit(2), At(5_200)), Heard::Ended(End::Wrong(By::Between)));
    }

    #[test]
    fn a_deaf_field_ignores_the_bounce_of_the_key_that_opened_it() {
        let mut field = Collect::new(YES_NO, MENU, At(600));

        assert_eq!(field.key(Key::Digit(1), At(599)), Heard::Ignored);
        assert_eq!(
            field.key(Key::Digit(1), At(600)),
            Heard::Ended(End::Keyed { digits: "1".into(), by: By::Length })
        );
    }

    #[test]
    fn a_deaf_field_listens_once_its_prompt_was_heard() {
        let mut field = Collect::new(YES_NO, MENU, At(600));
        field.prompted(At(200));

        assert_eq!(
            field.key(Key::Digit(1), At(200)),
            Heard::Ended(End::Keyed { digits: "1".into(), by: By::Length })
        );
    }

    #[test]
    fn two_hundred_digits_never_grow_an_entry_past_its_length() {
        let mut field = Collect::new(CASE, NUMBER, At(0));
        let ends = (0..200)
            .filter(|n| matches!(field.key(Key::Digit(5), At(*n)), Heard::Ended(_)))
            .count();

        assert_eq!(ends, 20);
        assert_eq!(field.digits, "");
    }
}
