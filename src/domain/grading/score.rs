//! Four parts of a hundred become one score in basis points, exact until it is rounded half up once at the end.

use serde::{Deserialize, Serialize};

use super::{Figures, Formula, Grade, half_up};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// From 0 to 10,000.
    pub basis_points: i64,
    pub grade: Grade,
    /// Of satisfied in time, fresh, quality, attended: each rounded for itself, so their sum may differ by a basis point or two.
    pub parts_bp: [i64; 4],
}

/// So many of so many; of nothing it is all.
type Part = (i64, i64);

/// More of one thing in a month is none of this world; it keeps the sums exact.
const COUNT_MAX: i64 = 100_000_000;

pub fn score(formula: &Formula, figures: &Figures) -> Score {
    let parts = parts(figures);
    let weights = formula.weights.all();
    let weighed = |(weight, part): (i64, Part)| {
        let (good, of) = bounded(part);
        (i128::from(weight) * 100 * good, of)
    };
    let all: Vec<(i128, i128)> = weights.into_iter().zip(parts).map(weighed).collect();
    let (sum, of) =
        all.iter().fold((0, 1), |(sum, of), (part, by)| (sum * by + part * of, of * by));
    let basis_points = half_up(sum, of);
    let parts_bp = [all[0], all[1], all[2], all[3]].map(|(part, of)| half_up(part, of));
    Score { basis_points, grade: formula.grade(basis_points), parts_bp }
}

fn parts(figures: &Figures) -> [Part; 4] {
    let Figures { cohort, stock, flow } = figures;
    [
        (cohort.in_time, cohort.received),
        (stock.pending - stock.aged, stock.pending),
        (flow.closed - flow.low_quality(), flow.closed),
        (flow.ended - flow.not_attended, flow.ended),
    ]
}

/// Empty denominators are full marks; a part is never more than the whole or less than nothing. A closure of an earlier month
/// that is contradicted now may make low quality more than was closed.
fn bounded((good, of): Part) -> (i128, i128) {
    if of <= 0 {
        return (1, 1);
    }
    let of = of.min(COUNT_MAX);
    (i128::from(good.clamp(0, of)), i128::from(of))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::grading::{Cohort, Flow, Stock};

    fn figures(in_time: i64, received: i64) -> Figures {
        Figures { cohort: Cohort { received, in_time, ..Cohort::default() }, ..Figures::default() }
    }

    fn of(figures: &Figures) -> Score {
        score(&Formula::default(), figures)
    }

    #[test]
    fn each_part_has_its_weight() {
        let figures = Figures {
            cohort: Cohort { received: 4_728, in_time: 3_546, ..Cohort::default() },
            stock: Stock { pending: 1_000, aged: 250, ..Stock::default() },
            flow: Flow {
                closed: 2_000,
                special: 20,
                forced: 30,
                contradicted: 50,
                ended: 5_000,
                not_attended: 500,
                ..Flow::default()
            },
        };

        let score = of(&figures);

        assert_eq!(score.parts_bp, [4_500, 1_500, 950, 900]);
        assert_eq!((score.basis_points, score.grade), (7_850, Grade::B));
    }

    #[test]
    fn of_nothing_there_are_full_marks() {
        assert_eq!(of(&Figures::default()).basis_points, 10_000);
        assert_eq!(of(&figures(0, 10)).parts_bp, [0, 2_000, 1_000, 1_000]);
    }

    #[test]
    fn it_is_rounded_half_up_once_at_the_end() {
        // 60 x 6,678 / 10,000 + 40 = 80.068; 60 x 66,775 / 100,000 + 40 = 80.065; a hair less is 80.06.
        assert_eq!(of(&figures(6_678, 10_000)).basis_points, 8_007);
        assert_eq!(of(&figures(66_775, 100_000)).basis_points, 8_007);
        assert_eq!(of(&figures(66_774, 100_000)).basis_points, 8_006);
        // Three thirds of parts that each end in a half would be three basis points more if each were rounded.
        let thirds = Figures {
            cohort: Cohort { received: 3, in_time: 1, ..Cohort::default() },
            stock: Stock { pending: 3, aged: 2, ..Stock::default() },
            flow: Flow { closed: 3, special: 2, ended: 3, not_attended: 2, ..Flow::default() },
        };
        assert_eq!(of(&thirds).parts_bp, [2_000, 667, 333, 333]);
        assert_eq!(of(&thirds).basis_points, 3_333);
    }

    #[test]
    fn a_vacant_post_costs_no_mark_and_more_contradictions_than_closures_cost_the_part_alone() {
        let flow = Flow { closed: 1, contradicted: 3, ended: 4, vacant: 4, ..Flow::default() };
        let figures = Figures { flow, ..Figures::default() };

        assert_eq!(of(&figures).parts_bp, [6_000, 2_000, 0, 1_000]);
    }

    fn any_figures() -> impl Strategy<Value = Figures> {
        proptest::array::uniform22(0_i64..5_000_000).prop_map(Figures::of_all)
    }

    proptest! {
        #[test]
        fn a_score_is_within_its_bounds_and_near_the_sum_of_its_parts(figures in any_figures()) {
            let score = of(&figures);

            prop_assert!((0..=10_000).contains(&score.basis_points));
            prop_assert!((score.parts_bp.iter().sum::<i64>() - score.basis_points).abs() <= 2);
        }

        #[test]
        fn doing_better_never_costs_and_doing_worse_never_pays(figures in any_figures(), n in 1_i64..1_000) {
            let base = of(&figures).basis_points;
            let with = |change: &dyn Fn(&mut Figures)| {
                let mut other = figures;
                change(&mut other);
                of(&other).basis_points
            };

            prop_assert!(with(&|f| f.cohort.in_time += n) >= base);
            prop_assert!(with(&|f| f.cohort.received += n) <= base || figures.cohort.received <= figures.cohort.in_time);
            prop_assert!(with(&|f| f.stock.aged += n) <= base);
            prop_assert!(with(&|f| f.flow.special += n) <= base);
            prop_assert!(with(&|f| f.flow.forced += n) <= base);
            prop_assert!(with(&|f| f.flow.contradicted += n) <= base);
            prop_assert!(with(&|f| f.flow.not_attended += n) <= base);
            prop_assert!(with(&|f| f.flow.vacant += n) == base);
        }
    }
}
