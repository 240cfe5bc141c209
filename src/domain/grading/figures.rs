//! What is counted of one department in one district over a month. Figures of parts add up to those of the whole, so that every
//! board is a sum of the same cells, however they were counted: by GROUP BY or event by event.

use std::{collections::BTreeMap, iter::Sum, ops::AddAssign};

use serde::{Deserialize, Serialize};

use super::share;
use crate::domain::place::{Code, PlaceCode};

/// The department and the district of a case.
pub type Place = (Code, PlaceCode);
pub type Cells = BTreeMap<Place, Figures>;

/// Written as one list, in the order of [`Figures::all`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "[i64; FIGURES]", from = "[i64; FIGURES]")]
pub struct Figures {
    pub cohort: Cohort,
    pub stock: Stock,
    pub flow: Flow,
}

/// Complaints registered in the month, as they stood when it was judged. Merged ones are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cohort {
    pub received: i64,
    /// Closed by the citizen's own satisfied answer.
    pub satisfied: i64,
    /// Of those: the final resolution was filed before its level's due time.
    pub in_time: i64,
    /// A resolution is on record: satisfied, being asked about, or never answered.
    pub resolved: i64,
    pub resolved_l1: i64,
    /// Answers to resolutions: the verified of "satisfied of verified".
    pub answers: i64,
    pub answers_satisfied: i64,
    pub answers_l1: i64,
    pub answers_satisfied_l1: i64,
}

/// What was pending when the month ended, whenever it was registered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stock {
    pub pending: i64,
    /// Counted apart from the pending and from the satisfied (R34).
    pub partially_closed: i64,
    /// By the formula's age, 50 days.
    pub aged: i64,
    pub over_100: i64,
    pub over_300: i64,
    pub over_365: i64,
}

/// What happened within the month, whenever the case was registered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// By a satisfied answer, specially or by force.
    pub closed: i64,
    pub special: i64,
    pub forced: i64,
    /// Satisfied closures that the citizen contradicted when a person asked again.
    pub contradicted: i64,
    /// Stays at a level that were over.
    pub ended: i64,
    /// Of those: the time ran out with no act recorded, charged to a post.
    pub not_attended: i64,
    /// As `not_attended`, of vacant posts: charged to nobody, and no mark is lost.
    pub vacant: i64,
}

/// How many figures there are.
pub const FIGURES: usize = 22;

/// In the order of [`Figures::all`].
pub const NAMES: [&str; FIGURES] = [
    "received",
    "satisfied",
    "in_time",
    "resolved",
    "resolved_l1",
    "answers",
    "answers_satisfied",
    "answers_l1",
    "answers_satisfied_l1",
    "pending",
    "partially_closed",
    "aged",
    "over_100",
    "over_300",
    "over_365",
    "closed",
    "special",
    "forced",
    "contradicted",
    "ended",
    "not_attended",
    "vacant",
];

impl Figures {
    /// One order for print, for sums and for comparing.
    pub fn all(&self) -> [i64; FIGURES] {
        let Self { cohort: c, stock: s, flow: f } = self;
        [
            c.received,
            c.satisfied,
            c.in_time,
            c.resolved,
            c.resolved_l1,
            c.answers,
            c.answers_satisfied,
            c.answers_l1,
            c.answers_satisfied_l1,
            s.pending,
            s.partially_closed,
            s.aged,
            s.over_100,
            s.over_300,
            s.over_365,
            f.closed,
            f.special,
            f.forced,
            f.contradicted,
            f.ended,
            f.not_attended,
            f.vacant,
        ]
    }

    pub fn of_all(all: [i64; FIGURES]) -> Self {
        let [
            received,
            satisfied,
            in_time,
            resolved,
            resolved_l1,
            answers,
            answers_satisfied,
            answers_l1,
            answers_satisfied_l1,
            pending,
            partially_closed,
            aged,
            over_100,
            over_300,
            over_365,
            closed,
            special,
            forced,
            contradicted,
            ended,
            not_attended,
            vacant,
        ] = all;
        Self {
            cohort: Cohort {
                received,
                satisfied,
                in_time,
                resolved,
                resolved_l1,
                answers,
                answers_satisfied,
                answers_l1,
                answers_satisfied_l1,
            },
            stock: Stock { pending, partially_closed, aged, over_100, over_300, over_365 },
            flow: Flow { closed, special, forced, contradicted, ended, not_attended, vacant },
        }
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The first of the two satisfaction figures; they are named apart.
    pub fn satisfied_of_received_bp(&self) -> Option<i64> {
        share(self.cohort.satisfied, self.cohort.received)
    }

    pub fn satisfied_of_verified_bp(&self) -> Option<i64> {
        share(self.cohort.answers_satisfied, self.cohort.answers)
    }

    /// Beside the overall figure (R59): of the answers to resolutions of level 1.
    pub fn satisfied_of_verified_l1_bp(&self) -> Option<i64> {
        share(self.cohort.answers_satisfied_l1, self.cohort.answers_l1)
    }

    /// R07.
    pub fn resolved_at_l1_bp(&self) -> Option<i64> {
        share(self.cohort.resolved_l1, self.cohort.resolved)
    }

    /// R36.
    pub fn forced_bp(&self) -> Option<i64> {
        share(self.flow.forced, self.flow.closed)
    }

    pub fn not_attended_bp(&self) -> Option<i64> {
        share(self.flow.not_attended, self.flow.ended)
    }
}

impl Flow {
    /// Special, forced and contradicted.
    pub fn low_quality(&self) -> i64 {
        self.special.saturating_add(self.forced).saturating_add(self.contradicted)
    }
}

impl From<Figures> for [i64; FIGURES] {
    fn from(figures: Figures) -> Self {
        figures.all()
    }
}

impl From<[i64; FIGURES]> for Figures {
    fn from(all: [i64; FIGURES]) -> Self {
        Self::of_all(all)
    }
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        let (mut sums, more) = (self.all(), other.all());
        for (sum, more) in sums.iter_mut().zip(more) {
            *sum = sum.saturating_add(more);
        }
        *self = Self::of_all(sums);
    }
}

impl Sum for Figures {
    fn sum<I: Iterator<Item = Self>>(figures: I) -> Self {
        figures.fold(Self::default(), |mut sum, more| {
            sum += more;
            sum
        })
    }
}

/// Whole districts or departments out of the cells.
pub fn sums<K: Ord + Clone>(cells: &Cells, of: impl Fn(&Place) -> K) -> BTreeMap<K, Figures> {
    let mut sums: BTreeMap<K, Figures> = BTreeMap::new();
    for (place, figures) in cells {
        *sums.entry(of(place)).or_default() += *figures;
    }
    sums
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_figures() -> impl Strategy<Value = Figures> {
        proptest::array::uniform22(0_i64..1_000_000).prop_map(Figures::of_all)
    }

    fn cell(department: &str, district: &str, received: i64) -> (Place, Figures) {
        let cohort = Cohort { received, ..Cohort::default() };
        let place = (Code::new(department), PlaceCode::new(district));
        (place, Figures { cohort, ..Figures::default() })
    }

    #[test]
    fn both_satisfaction_figures_stand_beside_each_other() {
        let cohort = Cohort {
            received: 8_883,
            satisfied: 4_222,
            answers: 6_311,
            answers_satisfied: 4_222,
            answers_l1: 4_000,
            answers_satisfied_l1: 3_000,
            resolved: 8_000,
            resolved_l1: 6_000,
            ..Cohort::default()
        };
        let flow =
            Flow { closed: 4_400, forced: 44, ended: 900, not_attended: 9, ..Flow::default() };
        let figures = Figures { cohort, flow, ..Figures::default() };

        assert_eq!(figures.satisfied_of_received_bp(), Some(4_753));
        assert_eq!(figures.satisfied_of_verified_bp(), Some(6_690));
        assert_eq!(figures.satisfied_of_verified_l1_bp(), Some(7_500));
        assert_eq!(figures.resolved_at_l1_bp(), Some(7_500));
        assert_eq!(figures.forced_bp(), Some(100));
        assert_eq!(figures.not_attended_bp(), Some(100));
        assert_eq!(Figures::default().satisfied_of_verified_bp(), None);
    }

    #[test]
    fn districts_and_departments_are_sums_of_the_same_cells() {
        let cells: Cells =
            [cell("energy", "d:1", 3), cell("energy", "d:2", 4), cell("water", "d:1", 5)].into();

        let districts = sums(&cells, |(_, district)| district.clone());
        let departments = sums(&cells, |(department, _)| department.clone());

        assert_eq!(districts[&PlaceCode::new("d:1")].cohort.received, 8);
        assert_eq!(departments[&Code::new("energy")].cohort.received, 7);
    }

    proptest! {
        #[test]
        fn figures_come_back_from_their_order(figures in any_figures()) {
            prop_assert_eq!(Figures::of_all(figures.all()), figures);
        }

        #[test]
        fn a_sum_does_not_depend_on_how_it_is_parted(figures in proptest::collection::vec(any_figures(), 0..12), cut in 0_usize..12) {
            let cut = cut.min(figures.len());
            let whole: Figures = figures.iter().copied().sum();
            let mut parts: Figures = figures[..cut].iter().copied().sum();
            parts += figures[cut..].iter().copied().sum();

            prop_assert_eq!(parts, whole);
        }
    }
}
