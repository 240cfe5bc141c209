//! The number that a citizen hears and keys: at most ten digits, the last one a check digit.

use std::fmt;

/// Damm's quasigroup of order 10: finds every wrong digit and every swap of neighbours.
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// The first id handed out: numbers begin with eight digits and never with a zero.
pub const FIRST_ID: i64 = 1_000_000;
const ID_MAX: i64 = 999_999_999;

/// A case's id with its check digit behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseNumber(i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a case number")]
pub struct Malformed;

impl CaseNumber {
    /// None past the last id of nine digits, or below the first.
    pub fn of_id(id: i64) -> Option<Self> {
        (FIRST_ID..=ID_MAX).contains(&id).then(|| Self(id * 10 + i64::from(check(&id.to_string()))))
    }

    pub fn id(self) -> i64 {
        self.0 / 10
    }

    /// Takes ASCII or Devanagari digits; spaces and hyphens between them are skipped.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let mut number = 0_i64;
        for c in text.trim().chars() {
            let digit = match c {
                '0'..='9' => u32::from(c) - u32::from('0'),
                '\u{966}'..='\u{96f}' => u32::from(c) - 0x966,
                ' ' | '-' => continue,
                _ => return Err(Malformed),
            };
            number = number * 10 + i64::from(digit);
            if number > ID_MAX * 10 + 9 {
                return Err(Malformed);
            }
        }
        let found = Self::of_id(number / 10).ok_or(Malformed)?;
        if found.0 == number { Ok(found) } else { Err(Malformed) }
    }
}

impl fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

fn check(digits: &str) -> u8 {
    digits.bytes().fold(0, |row, digit| DAMM[usize::from(row)][usize::from(digit - b'0')])
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: [i64; 6] = [1_000_000, 1_234_567, 9_090_909, 55_500_055, 123_456_789, 999_999_999];

    #[test]
    fn damms_published_example_holds() {
        assert_eq!(check("572"), 4);
    }

    #[test]
    fn number_reads_back_as_itself_in_either_script() {
        assert_eq!(CaseNumber::of_id(1_234_567).unwrap().to_string(), "12345671");
        assert_eq!(CaseNumber::parse("12 34-56 71").unwrap().id(), 1_234_567);
        assert_eq!(CaseNumber::parse("१२३४५६७१").unwrap().id(), 1_234_567);
    }

    #[test]
    fn every_wrong_digit_is_caught() {
        for id in IDS {
            let number = CaseNumber::of_id(id).unwrap().to_string();
            for place in 0..number.len() {
                for digit in b'0'..=b'9' {
                    let mut wrong = number.clone().into_bytes();
                    if wrong[place] == digit {
                        continue;
                    }
                    wrong[place] = digit;
                    let wrong = String::from_utf8(wrong).unwrap();
                    assert_eq!(CaseNumber::parse(&wrong), Err(Malformed), "{wrong}");
                }
            }
        }
    }

    #[test]
    fn every_swap_of_neighbours_is_caught() {
        for id in IDS {
            let number = CaseNumber::of_id(id).unwrap().to_string().into_bytes();
            for place in 1..number.len() {
                let mut wrong = number.clone();
                wrong.swap(place - 1, place);
                if wrong != number {
                    let wrong = String::from_utf8(wrong).unwrap();
                    assert_eq!(CaseNumber::parse(&wrong), Err(Malformed), "{wrong}");
                }
            }
        }
    }

    #[test]
    fn a_number_has_at_most_ten_digits() {
        assert_eq!(CaseNumber::of_id(999_999_999).unwrap().to_string().len(), 10);
        assert_eq!(CaseNumber::of_id(1_000_000_000), None);
        assert_eq!(CaseNumber::parse("99999999999999999999"), Err(Malformed));
        assert_eq!(CaseNumber::parse(""), Err(Malformed));
    }
}
