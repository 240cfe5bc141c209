//! The board of level 1 officers (R60): who resolved so that citizens were satisfied in time. Work is counted for the person who
//! filed the resolution; who had too few answers is not on it.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::{Formula, share};
use crate::domain::place::{Code, PlaceCode};

/// Answers to resolutions that one account filed at level 1, about the complaints of one month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    pub answers: i64,
    pub satisfied: i64,
    /// Of the satisfied: filed before the level's due time.
    pub in_time: i64,
    /// Satisfied answers that were none when a person asked again.
    pub contradicted: i64,
}

/// Who filed resolutions, and where: the first of the places by their codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Officer {
    pub account: i64,
    pub login: String,
    pub name: String,
    pub department: Code,
    pub district: PlaceCode,
    pub work: Work,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leader {
    pub officer: Officer,
    /// Satisfied in time and not contradicted, of the answers.
    pub score_bp: i64,
    pub rank: u32,
}

/// Best first. Equal scores go to who had more answers, then by login.
pub fn leaders(formula: &Formula, officers: impl IntoIterator<Item = Officer>) -> Vec<Leader> {
    let leader = |officer: Officer| {
        let work = officer.work;
        let good = (work.in_time - work.contradicted).clamp(0, work.answers.max(0));
        let score_bp = share(good, work.answers)?;
        (work.answers >= formula.leaders_from).then_some(Leader { officer, score_bp, rank: 0 })
    };
    let mut leaders: Vec<Leader> = officers.into_iter().filter_map(leader).collect();
    leaders.sort_by_cached_key(|Leader { officer, score_bp, .. }| {
        (Reverse((*score_bp, officer.work.answers)), officer.login.clone(), officer.account)
    });
    for (rank, leader) in (1..).zip(&mut leaders) {
        leader.rank = rank;
    }
    leaders
}

#[cfg(test)]
mod tests {
    use super::*;

    fn officer(account: i64, answers: i64, in_time: i64, contradicted: i64) -> Officer {
        Officer {
            account,
            login: format!("l1.{account}"),
            name: format!("Officer {account}"),
            department: Code::new("energy"),
            district: PlaceCode::new("district:396"),
            work: Work { answers, satisfied: in_time, in_time, contradicted },
        }
    }

    #[test]
    fn officers_need_ten_answers_and_are_ranked_by_the_satisfied_in_time() {
        let officers = [
            officer(1, 9, 9, 0),
            officer(2, 10, 9, 0),
            officer(3, 20, 18, 0),
            officer(4, 40, 40, 8),
            officer(5, 10, 9, 0),
            officer(6, 0, 0, 0),
        ];

        let board = leaders(&Formula::default(), officers);

        let said: Vec<_> = board
            .iter()
            .map(|leader| (leader.rank, leader.officer.account, leader.score_bp))
            .collect();
        assert_eq!(said, [(1, 3, 9_000), (2, 2, 9_000), (3, 5, 9_000), (4, 4, 8_000)]);
    }
}
