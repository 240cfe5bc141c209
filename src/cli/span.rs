//! Spans of time as people type them: `7d`, `12h`, `1d12h`, `90s`.

const UNITS: [(char, i64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
const SECONDS_MAX: i64 = 400 * 86_400;

/// A span in whole seconds, more than nothing and at most 400 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub i64);

impl std::str::FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no span of time, as 7d or 1d12h");
        let mut seconds = 0_i64;
        let mut count = None;
        for c in text.chars() {
            if let Some(digit) = c.to_digit(10) {
                let so_far: i64 = count.unwrap_or(0);
                count = Some(
                    so_far
                        .checked_mul(10)
                        .and_then(|n| n.checked_add(i64::from(digit)))
                        .ok_or_else(wrong)?,
                );
                continue;
            }
            let (_, unit) = UNITS.iter().find(|(letter, _)| *letter == c).ok_or_else(wrong)?;
            let part = count.take().and_then(|n| n.checked_mul(*unit)).ok_or_else(wrong)?;
            seconds = seconds.checked_add(part).ok_or_else(wrong)?;
        }
        if count.is_some() || !(1..=SECONDS_MAX).contains(&seconds) {
            return Err(wrong());
        }
        Ok(Self(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_hours_minutes_and_seconds_add_up() {
        assert_eq!("7d".parse(), Ok(Span(604_800)));
        assert_eq!("1d12h".parse(), Ok(Span(129_600)));
        assert_eq!("90s".parse(), Ok(Span(90)));
        assert_eq!("2m30s".parse(), Ok(Span(150)));
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in ["", "7", "d", "0d", "-1d", "401d", "7 d", "7w", "9999999999999999999d"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
