//! Indian telephone numbers: parsed from what people and trunks send, printed masked.

use std::fmt;

/// A national number of ten digits (mobile, or landline with its area code).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Phone(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an Indian telephone number of ten digits")]
pub struct Malformed;

const DIGITS: usize = 10;
const SAMPLE: &str = "55500";
/// Longest text that is looked at; a longer one is refused.
const TEXT_MAX: usize = 40;

impl Phone {
    /// Takes `+91`, `0091`, `91`, `0`, spaces, hyphens, brackets and Devanagari digits.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if text.chars().count() > TEXT_MAX {
            return Err(Malformed);
        }
        let mut digits = String::new();
        for (n, c) in text.trim().chars().enumerate() {
            match c {
                '0'..='9' => digits.push(c),
                '\u{966}'..='\u{96f}' => {
                    digits.push(char::from(b'0' + (u32::from(c) - 0x966) as u8));
                }
                '+' if n == 0 => {}
                ' ' | '-' | '(' | ')' | '.' | '\u{a0}' => {}
                _ => return Err(Malformed),
            }
        }
        let international = text.trim().starts_with('+');
        let national = if international {
            digits.strip_prefix("91")
        } else if digits.len() > DIGITS {
            ["0091", "91", "0"]
                .iter()
                .find_map(|prefix| digits.strip_prefix(prefix).filter(|rest| rest.len() == DIGITS))
        } else {
            Some(digits.as_str())
        };
        let national = national.ok_or(Malformed)?;
        if national.len() != DIGITS || !matches!(national.as_bytes()[0], b'2'..=b'9') {
            return Err(Malformed);
        }
        Ok(Self(national.to_owned()))
    }

    /// The ten digits. For dialling and sealing only: never for a log, an error or a screen.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub fn is_mobile(&self) -> bool {
        matches!(self.0.as_bytes()[0], b'6'..=b'9')
    }

    /// One of those that samples use in place of mobile numbers: no mobile number begins with 5, and behind an area code
    /// no number begins with 0. It reaches nobody.
    pub fn is_sample(&self) -> bool {
        self.0.starts_with(SAMPLE)
    }

    /// `XXXXXX3210`
    pub fn masked(&self) -> String {
        format!("XXXXXX{}", &self.0[6..])
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_people_and_trunks_write_a_number_is_one_number() {
        for text in [
            "9876543210",
            "+919876543210",
            "+91 98765 43210",
            "919876543210",
            "00919876543210",
            "09876543210",
            "098765-43210",
            "(0) 98765.43210",
            "९८७६५४३२१०",
            " +९१ ९८७६५ ४३२१० ",
        ] {
            assert_eq!(Phone::parse(text).unwrap().reveal(), "9876543210", "{text}");
        }
    }

    #[test]
    fn what_is_no_indian_number_is_refused() {
        for text in [
            "",
            "181",
            "98765",
            "98765432101",
            "1876543210",
            "0876543210",
            "+19876543210",
            "+447911123456",
            "9876543210;phone-context=x",
            "9876543210@host",
            "98765,43210",
            "+9198765432100",
            "98765+43210",
            "9876543210w1",
            "88198765432100",
        ] {
            assert_eq!(Phone::parse(text), Err(Malformed), "{text}");
        }
    }

    #[test]
    fn a_number_that_begins_with_91_is_not_shortened() {
        assert_eq!(Phone::parse("9198765432").unwrap().reveal(), "9198765432");
        assert_eq!(Phone::parse("+919198765432").unwrap().reveal(), "9198765432");
    }

    #[test]
    fn a_sample_number_is_no_mobile_number() {
        let sample = Phone::parse("5550000017").unwrap();
        assert!(sample.is_sample() && !sample.is_mobile());
        let mobile = Phone::parse("9555000017").unwrap();
        assert!(!mobile.is_sample() && mobile.is_mobile());
    }

    #[test]
    fn printing_shows_the_last_four_digits_alone() {
        let phone = Phone::parse("9876543210").unwrap();
        assert_eq!(format!("{phone} {phone:?}"), "XXXXXX3210 XXXXXX3210");
    }
}
