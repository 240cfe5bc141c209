//! The formula of a month: numbers of the policy that was in force when the month began. What is enacted later is another
//! month's, since no policy is enacted for the past.

use serde::{Deserialize, Serialize};

use crate::domain::{
    time::{DAY_MS, Timestamp},
    words,
};

words! {
    #[derive(Serialize, Deserialize)]
    pub enum Grade {
        /// Also called grade 1.
        A = "A",
        B = "B",
        C = "C",
        D = "D",
    }
}

/// Grading's numbers, with the defaults of rule book 1.5. A state that weighs otherwise enacts them under another version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Formula {
    pub version: u32,
    pub weights: Weights,
    /// From these scores on, in basis points: A, B, C; D is what is left.
    pub bands_bp: [i64; 3],
    /// Pending cases older than this cost marks.
    pub aged_ms: i64,
    /// The day of the next month at whose beginning a month is judged, and from which it is published.
    pub judged_day: u8,
    /// Districts that received so many cases in the month are ranked among the large ones.
    pub large_from: i64,
    /// Who received fewer has a score, but no rank.
    pub ranked_from: i64,
    /// Answers to an officer's resolutions from which on the officer is among the leaders.
    pub leaders_from: i64,
    /// A score that falls by so much from one month to the next is an alert, in basis points.
    pub drop_bp: i64,
}

/// Parts of a hundred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Satisfied in time, of the received.
    pub timely: i64,
    /// Pending that is not aged, of the pending.
    pub fresh: i64,
    /// Closures that are not of low quality, of the closures.
    pub quality: i64,
    /// Stays that were attended, of those that ended.
    pub attended: i64,
}

impl Weights {
    pub fn all(self) -> [i64; 4] {
        [self.timely, self.fresh, self.quality, self.attended]
    }
}

impl Default for Formula {
    fn default() -> Self {
        Self {
            version: 1,
            weights: Weights { timely: 60, fresh: 20, quality: 10, attended: 10 },
            bands_bp: [8_000, 7_000, 6_000],
            aged_ms: 50 * DAY_MS,
            judged_day: 20,
            large_from: 2_000,
            ranked_from: 1,
            leaders_from: 10,
            drop_bp: 500,
        }
    }
}

impl Formula {
    pub fn check(&self) -> Result<(), &'static str> {
        let weights = self.weights.all();
        if weights.iter().any(|weight| !(0..=100).contains(weight))
            || weights.iter().sum::<i64>() != 100
        {
            return Err("the weights are parts of a hundred");
        }
        // R54.
        if weights[1..].iter().any(|weight| *weight >= self.weights.timely) {
            return Err("satisfied in time weighs the most");
        }
        let [a, b, c] = self.bands_bp;
        if !(0 < c && c < b && b < a && a <= super::WHOLE) {
            return Err("the bands fall from A to C");
        }
        if !(1..=28).contains(&self.judged_day) {
            return Err("a month is judged from the 1st to the 28th of the next");
        }
        if self.aged_ms <= 0 || self.large_from < 0 || self.ranked_from < 1 || self.leaders_from < 1
        {
            return Err("a number is too small");
        }
        if !(1..=super::WHOLE).contains(&self.drop_bp) {
            return Err("a drop is up to 10,000 basis points");
        }
        Ok(())
    }

    pub fn grade(&self, score_bp: i64) -> Grade {
        let [a, b, c] = self.bands_bp;
        match score_bp {
            score if score >= a => Grade::A,
            score if score >= b => Grade::B,
            score if score >= c => Grade::C,
            _ => Grade::D,
        }
    }

    /// The score from which on the grade is better; None of the best.
    pub fn next_band(&self, score_bp: i64) -> Option<i64> {
        self.bands_bp.iter().rev().copied().find(|band| score_bp < *band)
    }

    /// Cases that were registered before this are aged.
    pub fn aged_before(&self, now: Timestamp) -> Timestamp {
        now.plus_ms(-self.aged_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_begins_at_eighty_b_at_seventy_c_at_sixty() {
        let grades =
            [8_000, 7_999, 7_000, 6_999, 6_000, 5_999, 0].map(|bp| Formula::default().grade(bp));

        assert_eq!(grades, [Grade::A, Grade::B, Grade::B, Grade::C, Grade::C, Grade::D, Grade::D]);
        assert_eq!(Formula::default().next_band(7_999), Some(8_000));
        assert_eq!(Formula::default().next_band(5_000), Some(6_000));
        assert_eq!(Formula::default().next_band(8_000), None);
    }

    #[test]
    fn a_formula_that_is_none_is_refused() {
        let base = Formula::default();
        let weighing = |timely, fresh| Formula {
            weights: Weights { timely, fresh, quality: 10, attended: 10 },
            ..base.clone()
        };

        assert_eq!(base.check(), Ok(()));
        assert_eq!(weighing(50, 30).check(), Ok(()));
        for wrong in [
            weighing(60, 21),
            weighing(40, 40),
            weighing(120, -40),
            Formula { bands_bp: [7_000, 7_000, 6_000], ..base.clone() },
            Formula { judged_day: 29, ..base.clone() },
            Formula { judged_day: 0, ..base.clone() },
            Formula { leaders_from: 0, ..base.clone() },
            Formula { drop_bp: 0, ..base.clone() },
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
