//! Places on a board: by score, then by how much was received, then by name. Months at its head in a row, and falls.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::{Figures, Formula, Month, Score, score};
use crate::domain::words;

words! {
    /// Districts are ranked among their like, too.
    #[derive(Serialize, Deserialize)]
    pub enum Size {
        Large = "LARGE",
        Small = "SMALL",
    }
}

/// One district, department, or department of a district.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranked {
    /// The unit's code.
    pub code: String,
    /// Decides between equals; nobody has the same.
    pub name: String,
    pub figures: Figures,
    pub score: Score,
    /// From 1; None of who received too little.
    pub rank: Option<u32>,
    pub size: Size,
    /// Among those of its size.
    pub rank_in_size: Option<u32>,
}

/// Best first; who has no rank comes last. Equal scores go to who received more, then by name and code.
pub fn board(
    formula: &Formula,
    units: impl IntoIterator<Item = (String, String, Figures)>,
) -> Vec<Ranked> {
    let ranked = |(code, name, figures): (String, String, Figures)| Ranked {
        code,
        name,
        figures,
        score: score(formula, &figures),
        rank: None,
        size: if figures.cohort.received >= formula.large_from { Size::Large } else { Size::Small },
        rank_in_size: None,
    };
    let mut board: Vec<Ranked> = units.into_iter().map(ranked).collect();
    let has_rank = |unit: &Ranked| unit.figures.cohort.received >= formula.ranked_from;
    board.sort_by_cached_key(|unit| {
        let points =
            Reverse((has_rank(unit), unit.score.basis_points, unit.figures.cohort.received));
        (points, unit.name.clone(), unit.code.clone())
    });
    let (mut rank, mut large, mut small) = (0, 0, 0);
    for unit in board.iter_mut().filter(|unit| has_rank(unit)) {
        rank += 1;
        let among = match unit.size {
            Size::Large => &mut large,
            Size::Small => &mut small,
        };
        *among += 1;
        (unit.rank, unit.rank_in_size) = (Some(rank), Some(*among));
    }
    board
}

/// How many published months in a row, up to and with `month`, had this unit first. `firsts` is who was first in which
/// published month, in any order; a month that is not there ends a streak.
pub fn streak(firsts: &[(Month, String)], code: &str, month: Month) -> u32 {
    let was_first = |month| firsts.iter().any(|(of, first)| *of == month && first == code);
    let mut months = 0;
    let mut at = month;
    while was_first(at) {
        months += 1;
        at = at.before();
    }
    months
}

/// By how much a score fell since the month before, when it is so much that somebody should look.
pub fn drop_alert(formula: &Formula, before_bp: i64, now_bp: i64) -> Option<i64> {
    Some(before_bp - now_bp).filter(|drop| *drop >= formula.drop_bp)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::grading::Cohort;

    fn unit(name: &str, in_time: i64, received: i64) -> (String, String, Figures) {
        let cohort = Cohort { received, in_time, ..Cohort::default() };
        (format!("district:{name}"), name.to_owned(), Figures { cohort, ..Figures::default() })
    }

    fn said(board: &[Ranked]) -> Vec<(Option<u32>, &str, i64)> {
        board.iter().map(|unit| (unit.rank, unit.name.as_str(), unit.score.basis_points)).collect()
    }

    #[test]
    fn eighty_and_seven_hundredths_ranks_above_seventy_nine_and_sixty_nine() {
        let formula = Formula::default();
        // 40 + 60 x 66.78 % and 40 + 60 x 66.15 %.
        let board =
            board(&formula, [unit("Sehore", 6_615, 10_000), unit("Chhindwara", 6_678, 10_000)]);

        assert_eq!(said(&board), [(Some(1), "Chhindwara", 8_007), (Some(2), "Sehore", 7_969)]);
    }

    #[test]
    fn equals_are_ranked_by_what_they_received_and_then_by_name() {
        let formula = Formula::default();
        let units = [
            unit("Ujjain", 1, 2),
            unit("Bhopal", 2_364, 4_728),
            unit("Agar", 1, 2),
            unit("Nobody", 0, 0),
        ];

        let board = board(&formula, units);

        assert_eq!(
            said(&board),
            [
                (Some(1), "Bhopal", 7_000),
                (Some(2), "Agar", 7_000),
                (Some(3), "Ujjain", 7_000),
                (None, "Nobody", 10_000)
            ]
        );
    }

    #[test]
    fn districts_have_a_rank_among_those_of_their_size() {
        let formula = Formula { large_from: 100, ..Formula::default() };
        let units = [unit("a", 90, 100), unit("b", 99, 99), unit("c", 120, 120), unit("d", 1, 9)];

        let board = board(&formula, units);

        let sizes: Vec<_> =
            board.iter().map(|unit| (unit.name.as_str(), unit.size, unit.rank_in_size)).collect();
        assert_eq!(
            sizes,
            [
                ("c", Size::Large, Some(1)),
                ("b", Size::Small, Some(1)),
                ("a", Size::Large, Some(2)),
                ("d", Size::Small, Some(2)),
            ]
        );
    }

    #[test]
    fn fifty_two_departments_and_first_from_june_2023_to_august_2024_is_a_streak_of_fifteen() {
        let formula = Formula::default();
        let month = |text| Month::parse(text).unwrap();
        let mut firsts = vec![(month("2023-05"), "department:07".to_owned())];
        let mut at = month("2023-06");
        while at <= month("2024-08") {
            let units =
                (0..52).map(|n| unit(&format!("{n:02}"), if n == 31 { 95 } else { 60 }, 100));
            let board = board(&formula, units);
            assert_eq!(board.len(), 52);
            firsts.push((at, board[0].code.clone()));
            at = at.next();
        }

        assert_eq!(streak(&firsts, "district:31", month("2024-08")), 15);
        assert_eq!(streak(&firsts, "district:31", month("2024-07")), 14);
        assert_eq!(streak(&firsts, "district:31", month("2024-09")), 0);
        assert_eq!(streak(&firsts, "department:07", month("2024-08")), 0);
        // A month that was not published ends it.
        let gap: Vec<_> = firsts.into_iter().filter(|(at, _)| *at != month("2024-01")).collect();
        assert_eq!(streak(&gap, "district:31", month("2024-08")), 7);
    }

    #[test]
    fn a_fall_of_five_marks_is_an_alert() {
        let formula = Formula::default();

        assert_eq!(drop_alert(&formula, 8_000, 7_500), Some(500));
        assert_eq!(drop_alert(&formula, 8_000, 7_501), None);
        assert_eq!(drop_alert(&formula, 7_000, 8_000), None);
    }

    proptest! {
        #[test]
        fn a_board_does_not_depend_on_the_order_in_which_it_was_given(
            of in proptest::collection::btree_map("[a-e]{1,3}", (0_i64..5, 0_i64..5), 0..20),
            turn in 0_usize..20,
        ) {
            let formula = Formula::default();
            let units: Vec<_> = of.iter().map(|(name, (in_time, more))| unit(name, *in_time, in_time + more)).collect();
            let mut turned = units.clone();
            turned.rotate_left(turn.min(units.len()));

            let board = board(&formula, units);

            prop_assert_eq!(&board, &super::board(&formula, turned));
            let ranks: Vec<u32> = board.iter().filter_map(|unit| unit.rank).collect();
            prop_assert_eq!(ranks.clone(), (1..=ranks.len() as u32).collect::<Vec<_>>());
        }
    }
}
