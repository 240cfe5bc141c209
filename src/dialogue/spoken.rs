//! Says numbers as people of Madhya Pradesh and Rajasthan do: identifiers digit by digit in pairs, amounts by lakh and crore.

use super::{
    Clip,
    prompts::{NUMBERS, PAUSE, SCALES},
};
use crate::domain::number::CaseNumber;

const CRORE: u64 = 10_000_000;
/// Largest crore count that is spoken; more is spoken as this many.
const CRORES_MAX: u64 = 9_999;

/// An identifier: every digit by itself, with a pause after each pair.
pub(crate) fn identifier(digits: &str) -> Vec<Clip> {
    let values: Vec<usize> =
        digits.bytes().filter(u8::is_ascii_digit).map(|digit| usize::from(digit - b'0')).collect();
    let mut clips = Vec::with_capacity(values.len() * 3 / 2);
    for (n, pair) in values.chunks(2).enumerate() {
        if n > 0 {
            clips.push(Clip::fixed(PAUSE));
        }
        clips.extend(pair.iter().map(|value| Clip::fixed(NUMBERS[*value])));
    }
    clips
}

pub(crate) fn case_number(number: CaseNumber) -> Vec<Clip> {
    identifier(&number.to_string())
}

/// A count: both languages say it in the same order, grouped by hundred, thousand, lakh and crore.
pub(crate) fn amount(value: u64) -> Vec<Clip> {
    let mut clips = Vec::new();
    let crores = (value / CRORE).min(CRORES_MAX);
    if crores > 0 {
        below_crore(crores, &mut clips);
        clips.push(Clip::fixed(SCALES[3]));
    }
    let rest = value % CRORE;
    if rest > 0 || value == 0 {
        below_crore(rest, &mut clips);
    }
    clips
}

fn below_crore(value: u64, clips: &mut Vec<Clip>) {
    for (count, scale) in [
        (value / 100_000, SCALES[2]),
        (value / 1_000 % 100, SCALES[1]),
        (value / 100 % 10, SCALES[0]),
    ] {
        if count > 0 {
            clips.push(below_hundred(count));
            clips.push(Clip::fixed(scale));
        }
    }
    if !value.is_multiple_of(100) || value == 0 {
        clips.push(below_hundred(value % 100));
    }
}

fn below_hundred(value: u64) -> Clip {
    let index = usize::try_from(value % 100).expect("below a hundred");
    Clip::fixed(NUMBERS[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(clips: &[Clip]) -> String {
        clips.iter().map(|clip| clip.key.as_ref()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn amounts_are_grouped_by_lakh_and_crore() {
        for (value, expected) in [
            (0, "n_0"),
            (7, "n_7"),
            (99, "n_99"),
            (100, "n_1 n_hundred"),
            (101, "n_1 n_hundred n_1"),
            (1_000, "n_1 n_thousand"),
            (1_050, "n_1 n_thousand n_50"),
            (99_999, "n_99 n_thousand n_9 n_hundred n_99"),
            (100_000, "n_1 n_lakh"),
            (34_200_000, "n_3 n_crore n_42 n_lakh"),
            (10_000_000, "n_1 n_crore"),
            (12_345_678, "n_1 n_crore n_23 n_lakh n_45 n_thousand n_6 n_hundred n_78"),
            (1_500_000_000, "n_1 n_hundred n_50 n_crore"),
            (
                u64::MAX,
                "n_9 n_thousand n_9 n_hundred n_99 n_crore n_95 n_lakh n_51 n_thousand n_6 n_hundred n_15",
            ),
        ] {
            assert_eq!(text(&amount(value)), expected, "{value}");
        }
    }

    #[test]
    fn identifiers_are_read_digit_by_digit_in_pairs() {
        let number = CaseNumber::parse("12345671").unwrap();

        assert_eq!(text(&case_number(number)), "n_1 n_2 pause n_3 n_4 pause n_5 n_6 pause n_7 n_1");
        assert_eq!(text(&identifier("007")), "n_0 n_0 pause n_7");
    }
}
