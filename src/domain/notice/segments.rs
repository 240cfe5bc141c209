//! How many parts a message is sent in: GSM 03.38 where its alphabet does, else UCS-2 (3GPP TS 23.038, 23.040).

/// Septets in a single message, and in each part of a longer one.
const GSM_ALONE: usize = 160;
const GSM_PART: usize = 153;
/// UTF-16 units in a single message, and in each part of a longer one.
const UCS2_ALONE: usize = 70;
const UCS2_PART: usize = 67;

const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Two septets each.
const EXTENDED: &str = "^{}\\[~]|€\u{c}";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segments {
    pub parts: usize,
    /// Sent as UCS-2, which a gateway wants to be told.
    pub unicode: bool,
}

/// An empty text is one part. A surrogate pair or an escaped septet is never split between two parts.
pub fn segments(text: &str) -> Segments {
    let septets: Option<Vec<usize>> = text.chars().map(septets).collect();
    match septets {
        Some(units) => Segments { parts: parts(&units, GSM_ALONE, GSM_PART), unicode: false },
        None => {
            let units: Vec<usize> = text.chars().map(char::len_utf16).collect();
            Segments { parts: parts(&units, UCS2_ALONE, UCS2_PART), unicode: true }
        }
    }
}

fn septets(c: char) -> Option<usize> {
    if BASIC.contains(c) {
        Some(1)
    } else if EXTENDED.contains(c) {
        Some(2)
    } else {
        None
    }
}

fn parts(units: &[usize], alone: usize, part: usize) -> usize {
    if units.iter().sum::<usize>() <= alone {
        return 1;
    }
    let (mut parts, mut used) = (1, 0);
    for unit in units {
        if used + unit > part {
            parts += 1;
            used = 0;
        }
        used += unit;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (usize, bool) {
        let Segments { parts, unicode } = segments(text);
        (parts, unicode)
    }

    #[test]
    fn english_is_counted_by_160_and_153() {
        assert_eq!(of(""), (1, false));
        assert_eq!(of(&"a".repeat(160)), (1, false));
        assert_eq!(of(&"a".repeat(161)), (2, false));
        assert_eq!(of(&"a".repeat(306)), (2, false));
        assert_eq!(of(&"a".repeat(307)), (3, false));
    }

    #[test]
    fn hindi_is_counted_by_70_and_67() {
        assert_eq!(of(&"क".repeat(70)), (1, true));
        assert_eq!(of(&"क".repeat(71)), (2, true));
        assert_eq!(of(&"क".repeat(134)), (2, true));
        assert_eq!(of(&"क".repeat(135)), (3, true));
    }

    #[test]
    fn one_character_outside_the_alphabet_makes_all_of_it_unicode() {
        assert_eq!(of(&format!("{}₹", "a".repeat(69))), (1, true));
        assert_eq!(of(&format!("{}₹", "a".repeat(70))), (2, true));
    }

    #[test]
    fn a_brace_takes_two_septets_and_is_never_split() {
        assert_eq!(of(&"{".repeat(80)), (1, false));
        assert_eq!(of(&"{".repeat(81)), (2, false));
        // 152 and an escape do not fit into 153.
        assert_eq!(of(&format!("{}{{{}", "a".repeat(152), "b".repeat(152))), (3, false));
    }

    #[test]
    fn a_surrogate_pair_is_never_split() {
        assert_eq!(of(&format!("{}😀{}", "क".repeat(66), "क".repeat(66))), (3, true));
    }
}
