//! A month's grades as they are published: all figures, scores and ranks, in one order and one spelling, so that the same facts give
//! the same bytes.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    Formula, Month,
    figures::{Cells, sums},
    late::Late,
    leaders::{Leader, Officer, leaders},
    rank::{Ranked, board},
};
use crate::domain::{
    chain::Hash,
    place::{Code, PlaceCode},
    time::Timestamp,
};

/// The order and the spelling of these fields are the bytes: what changes them is another `form`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    pub form: u32,
    pub month: Month,
    pub formula: Formula,
    /// What happened before is counted.
    pub judged_at: Timestamp,
    pub districts: Vec<Ranked>,
    pub departments: Vec<Ranked>,
    /// The departments of each district, by the district's code.
    pub departments_of: BTreeMap<String, Vec<Ranked>>,
    pub leaders: Vec<Leader>,
    /// Counted in nobody's figures.
    pub late: Vec<LateLine>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateLine {
    pub department: Code,
    pub district: PlaceCode,
    pub why: Late,
    pub cases: i64,
}

/// A month as it is published, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    pub month: Month,
    pub formula: u32,
    pub judged_at: Timestamp,
    pub published_at: Timestamp,
    /// The account.
    pub published_by: i64,
    pub paper: Vec<u8>,
    pub digest: Hash,
    /// As [`Paper::firsts`], in JSON.
    pub firsts: String,
}

/// What a paper is made of.
#[derive(Clone, Debug)]
pub struct Counts<'a> {
    pub month: Month,
    pub formula: &'a Formula,
    pub judged_at: Timestamp,
    pub cells: &'a Cells,
    pub officers: Vec<Officer>,
    pub late: Vec<LateLine>,
}

pub const FORM: u32 = 1;

impl Paper {
    /// `name` gives the English name of a place or department by its code; the code itself for one that is not known.
    pub fn of(counts: Counts<'_>, name: impl Fn(&str) -> String) -> Self {
        let Counts { month, formula, judged_at, cells, officers, late } = counts;
        let named = |code: &str, figures| (code.to_owned(), name(code), figures);
        let districts = sums(cells, |(_, district)| district.as_str().to_owned());
        let departments = sums(cells, |(department, _)| department.as_str().to_owned());
        let mut of: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for ((department, district), figures) in cells {
            of.entry(district.as_str().to_owned())
                .or_default()
                .push(named(department.as_str(), *figures));
        }
        Self {
            form: FORM,
            month,
            formula: formula.clone(),
            judged_at,
            districts: board(
                formula,
                districts.iter().map(|(code, figures)| named(code, *figures)),
            ),
            departments: board(
                formula,
                departments.iter().map(|(code, figures)| named(code, *figures)),
            ),
            departments_of: of
                .into_iter()
                .map(|(district, units)| (district, board(formula, units)))
                .collect(),
            leaders: leaders(formula, officers),
            late,
        }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a paper is texts, numbers and lists of them")
    }

    /// None of what is no paper of this form.
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|paper: &Self| paper.form == FORM)
    }

    /// The names that it was published with, by code.
    pub fn names(&self) -> HashMap<&str, &str> {
        let boards = [&self.districts, &self.departments];
        boards.into_iter().flatten().map(|unit| (unit.code.as_str(), unit.name.as_str())).collect()
    }

    /// Who was first where: `DISTRICT`, `DEPARTMENT`, and `DEPARTMENT district:396` for the departments of a district.
    pub fn firsts(&self) -> BTreeMap<String, String> {
        let first = |board: &[Ranked]| {
            board.iter().find(|unit| unit.rank == Some(1)).map(|unit| unit.code.clone())
        };
        let whole = [("DISTRICT", &self.districts), ("DEPARTMENT", &self.departments)];
        let of = self
            .departments_of
            .iter()
            .map(|(district, board)| (format!("DEPARTMENT {district}"), board));
        whole
            .into_iter()
            .map(|(name, board)| (name.to_owned(), board))
            .chain(of)
            .filter_map(|(name, board)| Some((name, first(board)?)))
            .collect()
    }
}

/// SHA-256 of a paper's bytes.
pub fn digest(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::grading::{Cohort, Figures, leaders::Work};

    fn paper() -> Paper {
        let cell = |department: &str, district: &str, received, in_time| {
            let cohort = Cohort { received, in_time, ..Cohort::default() };
            let place = (Code::new(department), PlaceCode::new(district));
            (place, Figures { cohort, ..Figures::default() })
        };
        let cells: Cells = [
            cell("energy", "district:1", 10, 9),
            cell("water", "district:1", 10, 5),
            cell("energy", "district:2", 10, 4),
        ]
        .into();
        let formula = Formula::default();
        let month = Month::parse("2026-11").unwrap();
        let work = Work { answers: 10, satisfied: 9, in_time: 9, contradicted: 0 };
        let counts = Counts {
            month,
            formula: &formula,
            judged_at: month.judged_at(20),
            cells: &cells,
            officers: vec![Officer {
                account: 7,
                login: "l1.a".to_owned(),
                name: "Asha".to_owned(),
                department: Code::new("energy"),
                district: PlaceCode::new("district:1"),
                work,
            }],
            late: vec![],
        };
        Paper::of(counts, |code| code.to_uppercase())
    }

    #[test]
    fn a_paper_has_the_boards_of_districts_departments_and_the_departments_of_each_district() {
        let paper = paper();

        let said = |board: &[Ranked]| -> Vec<(String, i64)> {
            board.iter().map(|unit| (unit.name.clone(), unit.score.basis_points)).collect()
        };
        let named = |of: &[(&str, i64)]| -> Vec<(String, i64)> {
            of.iter().map(|(name, score)| ((*name).to_owned(), *score)).collect()
        };
        assert_eq!(said(&paper.districts), named(&[("DISTRICT:1", 8_200), ("DISTRICT:2", 6_400)]));
        assert_eq!(said(&paper.departments), named(&[("ENERGY", 7_900), ("WATER", 7_000)]));
        assert_eq!(
            said(&paper.departments_of["district:1"]),
            named(&[("ENERGY", 9_400), ("WATER", 7_000)])
        );
        assert_eq!(paper.leaders[0].officer.login, "l1.a");
        let firsts = paper.firsts();
        assert_eq!(firsts["DISTRICT"], "district:1");
        assert_eq!(firsts["DEPARTMENT district:2"], "energy");
    }

    #[test]
    fn a_paper_reads_back_as_the_same_bytes_and_another_form_is_not_read() {
        let bytes = paper().to_bytes();
        let read = Paper::of_bytes(&bytes).unwrap();

        assert_eq!(read, paper());
        assert_eq!(read.to_bytes(), bytes);
        assert_eq!(digest(&bytes), digest(&paper().to_bytes()));
        assert_eq!(Paper::of_bytes(&Paper { form: 2, ..paper() }.to_bytes()), None);
        assert_eq!(Paper::of_bytes(b"{}"), None);
    }
}
