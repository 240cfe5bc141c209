//! What a month's figures are worth (rule book 1.5): scores in basis points, grades, ranks, streaks. Integers alone, so that the
//! same figures give the same grades on every machine.

pub mod advice;
pub mod figures;
pub mod formula;
pub mod late;
pub mod leaders;
pub mod measure;
pub mod month;
pub mod paper;
pub mod rank;
pub mod score;
pub mod spell;

pub use figures::{Cohort, Figures, Flow, Stock};
pub use formula::{Formula, Grade};
pub use month::{Month, Span};
pub use paper::Paper;
pub use score::{Score, score};
pub use spell::Spell;

/// All of something, in basis points.
pub const WHOLE: i64 = 10_000;

/// So much of so much in basis points, rounded half up; None of nothing.
pub fn share(part: i64, of: i64) -> Option<i64> {
    (of > 0).then(|| half_up(i128::from(part) * i128::from(WHOLE), i128::from(of)))
}

/// `of` is positive.
fn half_up(part: i128, of: i128) -> i64 {
    let rounded = (2 * part + of).div_euclid(2 * of);
    i64::try_from(rounded).unwrap_or(if rounded < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_half_up() {
        // Rajasthan: 4,222 satisfied of 6,311 verified.
        assert_eq!(share(4_222, 6_311), Some(6_690));
        assert_eq!(share(1, 20_000), Some(1));
        assert_eq!(share(1, 20_001), Some(0));
        assert_eq!(share(3, 3), Some(10_000));
        assert_eq!(share(0, 0), None);
    }

    proptest::proptest! {
        #[test]
        fn a_share_lies_within_half_a_basis_point(part in 0_i64..1_000_000, more in 0_i64..1_000_000) {
            let of = part + more + 1;
            let share = share(part, of).unwrap();

            let twice_off = (2 * (share * of - part * WHOLE)).abs();
            proptest::prop_assert!(twice_off <= of);
            proptest::prop_assert!((0..=WHOLE).contains(&share));
        }
    }
}
