//! Where cases are pending: department by department within a district, and part by part of it (R08, R09), with the share of
//! the satisfied (R38).

use std::collections::HashMap;

use super::State;
use crate::domain::place::{Code, PlaceCode};

/// Complaints of one department, place and state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub department: Code,
    pub place: PlaceCode,
    pub state: State,
    pub cases: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Merged ones are left out.
    pub received: i64,
    pub pending: i64,
    pub satisfied: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub department: Code,
    /// The part of the district; None when it is not split, or the place lies in no such part.
    pub part: Option<PlaceCode>,
    pub tally: Tally,
}

/// The line that the share of the satisfied is held against.
pub const TARGET_BASIS_POINTS: i64 = 10_000;

impl Tally {
    fn add(&mut self, state: State, cases: i64) {
        let (pending, satisfied) = match state {
            State::Unrouted
            | State::WithOfficer
            | State::AwaitingVerification
            | State::PartiallyClosed
            | State::SpecialCloseProposed
            | State::Unverified => (cases, 0),
            State::ClosedSatisfied => (0, cases),
            State::ClosedSpecial | State::ClosedForced | State::Withdrawn => (0, 0),
            State::Merged | State::Forwarded => return,
        };
        self.received += cases;
        self.pending += pending;
        self.satisfied += satisfied;
    }

    /// Satisfied of received, rounded half up.
    pub fn satisfied_basis_points(&self) -> i64 {
        match self.received {
            0 => 0,
            received => (self.satisfied * TARGET_BASIS_POINTS * 2 + received) / (received * 2),
        }
    }
}

/// The most pending first.
pub fn table(counted: &[Counted], part: impl Fn(&PlaceCode) -> Option<PlaceCode>) -> Vec<Row> {
    let mut tallies: HashMap<(&Code, Option<PlaceCode>), Tally> = HashMap::new();
    for row in counted {
        let tally = tallies.entry((&row.department, part(&row.place))).or_default();
        tally.add(row.state, row.cases);
    }
    let mut rows: Vec<_> = tallies
        .into_iter()
        .filter(|(_, tally)| tally.received > 0)
        .map(|((department, part), tally)| Row { department: department.clone(), part, tally })
        .collect();
    rows.sort_by(|one, other| {
        let order = |row: &Row| (-row.tally.pending, row.department.clone(), row.part.clone());
        order(one).cmp(&order(other))
    });
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(department: &str, place: &str, state: State, cases: i64) -> Counted {
        let (department, place) = (Code::new(department), PlaceCode::new(place));
        Counted { department, place, state, cases }
    }

    fn said(rows: &[Row]) -> Vec<String> {
        let said = |row: &Row| {
            let part = row.part.as_ref().map_or("-", PlaceCode::as_str);
            let Tally { received, pending, satisfied } = row.tally;
            format!("{} {part} {received} {pending} {satisfied}", row.department.as_str())
        };
        rows.iter().map(said).collect()
    }

    #[test]
    fn the_most_pending_department_comes_first_and_parts_split_it() {
        let cases = [
            counted("energy", "block:a", State::WithOfficer, 3),
            counted("energy", "block:b", State::ClosedSatisfied, 2),
            counted("panchayat", "block:a", State::Unverified, 4),
            counted("panchayat", "block:b", State::AwaitingVerification, 1),
            counted("panchayat", "block:b", State::Merged, 9),
            counted("panchayat", "district:1", State::ClosedForced, 1),
        ];

        assert_eq!(said(&table(&cases, |_| None)), ["panchayat - 6 5 0", "energy - 5 3 2"]);
        let part = |place: &PlaceCode| (place.kind() == "block").then(|| place.clone());
        assert_eq!(
            said(&table(&cases, part)),
            [
                "panchayat block:a 4 4 0",
                "energy block:a 3 3 0",
                "panchayat block:b 1 1 0",
                "energy block:b 2 0 2",
                "panchayat - 1 0 0",
            ]
        );
    }

    #[test]
    fn the_share_of_the_satisfied_is_of_all_received() {
        let share = |satisfied, received| {
            Tally { received, pending: 0, satisfied }.satisfied_basis_points()
        };

        assert_eq!((share(4_222, 6_311), share(3, 3), share(0, 0)), (6_690, 10_000, 0));
    }
}
