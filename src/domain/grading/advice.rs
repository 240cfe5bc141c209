//! What would change a grade: what each kind of case costs, and how many of one kind alone would lift it.

use super::{Figures, Formula, half_up, score};
use crate::domain::words;

words! {
    /// What costs marks.
    pub enum Cost {
        /// Received, and not satisfied in time.
        NotInTime = "NOT_IN_TIME",
        /// Pending beyond its age.
        Aged = "AGED",
        Special = "SPECIAL",
        Forced = "FORCED",
        Contradicted = "CONTRADICTED",
        NotAttended = "NOT_ATTENDED",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    pub cost: Cost,
    /// How many there are.
    pub cases: i64,
    /// What the score would be more without any of them.
    pub all_bp: i64,
    /// What one of them costs on average, in thousandths of a basis point.
    pub each_milli_bp: i64,
    /// So many fewer, and nothing else, would be the next better grade; None when all of them would not be enough, or there is none.
    pub to_next: Option<i64>,
}

/// What costs most for each case comes first; what costs nothing is left out.
pub fn advice(formula: &Formula, figures: &Figures) -> Vec<Advice> {
    let now_bp = score(formula, figures).basis_points;
    let next = formula.next_band(now_bp);
    let of = |cost: &Cost| {
        let cases = cost.cases(figures);
        if cases <= 0 {
            return None;
        }
        let without = |n| score(formula, &cost.without(figures, n)).basis_points;
        let all_bp = without(cases) - now_bp;
        let to_next = next
            .filter(|next| without(cases) >= *next)
            .map(|next| least(cases, |n| without(n) >= next));
        let each_milli_bp = half_up(i128::from(all_bp) * 1_000, i128::from(cases));
        Some(Advice { cost: *cost, cases, all_bp, each_milli_bp, to_next })
    };
    let mut advice: Vec<Advice> =
        Cost::ALL.iter().filter_map(of).filter(|advice| advice.all_bp > 0).collect();
    advice.sort_by_key(|advice| (-advice.each_milli_bp, advice.cost));
    advice
}

/// The least n from 1 to `all` of which it holds: it holds of `all`, and of every one above the least.
fn least(all: i64, holds: impl Fn(i64) -> bool) -> i64 {
    let (mut low, mut high) = (1, all);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    high
}

impl Cost {
    fn cases(self, figures: &Figures) -> i64 {
        let Figures { cohort, stock, flow } = figures;
        match self {
            Self::NotInTime => cohort.received - cohort.in_time,
            Self::Aged => stock.aged,
            Self::Special => flow.special,
            Self::Forced => flow.forced,
            Self::Contradicted => flow.contradicted,
            Self::NotAttended => flow.not_attended,
        }
    }

    /// As if `n` of them had gone well. An aged case that is settled is not pending any more.
    fn without(self, figures: &Figures, n: i64) -> Figures {
        let mut figures = *figures;
        let Figures { cohort, stock, flow } = &mut figures;
        match self {
            Self::NotInTime => cohort.in_time += n,
            Self::Aged => {
                stock.aged -= n;
                stock.pending -= n;
            }
            Self::Special => flow.special -= n,
            Self::Forced => flow.forced -= n,
            Self::Contradicted => flow.contradicted -= n,
            Self::NotAttended => flow.not_attended -= n,
        }
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::grading::{Cohort, Flow, Stock};

    #[test]
    fn what_costs_most_for_each_case_comes_first_with_what_would_lift_the_grade() {
        let figures = Figures {
            cohort: Cohort { received: 1_000, in_time: 700, ..Cohort::default() },
            stock: Stock { pending: 100, aged: 25, ..Stock::default() },
            flow: Flow {
                closed: 800,
                forced: 8,
                ended: 1_000,
                not_attended: 10,
                ..Flow::default()
            },
        };
        // 42 + 15 + 9.9 + 9.9
        assert_eq!(score(&Formula::default(), &figures).basis_points, 7_680);

        let advice = advice(&Formula::default(), &figures);

        let said: Vec<_> = advice
            .iter()
            .map(|a| (a.cost, a.cases, a.all_bp, a.each_milli_bp, a.to_next))
            .collect();
        assert_eq!(
            said,
            [
                (Cost::Aged, 25, 500, 20_000, Some(18)),
                (Cost::NotInTime, 300, 1_800, 6_000, Some(54)),
                (Cost::Forced, 8, 10, 1_250, None),
                (Cost::NotAttended, 10, 10, 1_000, None),
            ]
        );
    }

    #[test]
    fn the_best_grade_has_nothing_above_it_and_nothing_costs_nothing() {
        let best = Figures {
            cohort: Cohort { received: 5, in_time: 5, ..Cohort::default() },
            ..Figures::default()
        };
        assert_eq!(advice(&Formula::default(), &best), []);

        let cohort = Cohort { received: 10, in_time: 9, ..Cohort::default() };
        let advice = advice(&Formula::default(), &Figures { cohort, ..Figures::default() });
        assert_eq!((advice.len(), advice[0].to_next), (1, None));
    }
}
