//! Which answers are asked about again: a draw that nobody can steer, and that anybody can do over once the month's seed is told.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::domain::{
    chain::Hash,
    number::CaseNumber,
    time::{Day, HOUR_MS, MINUTE_MS, Timestamp},
};

/// All of them, in basis points.
pub const WHOLE_BP: i64 = 10_000;

pub type Seed = [u8; 32];

/// A month's seed as its row keeps it. The seed itself is told when nothing of the month can be decided any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Month {
    /// As 202611, of the IST calendar.
    pub month: i64,
    /// SHA-256 of the seed.
    pub digest: Hash,
    /// The seed, sealed.
    pub sealed: Vec<u8>,
    pub share_bp: i64,
    /// Answers from then on are drawn: the beginning of the month, or later if it was committed late.
    pub from: Timestamp,
    pub committed_at: Timestamp,
    pub revealed_at: Option<Timestamp>,
}

/// Answers that are being written when a month is committed late do not know it yet: it draws those that come this much later.
pub const SETTLED_MS: i64 = MINUTE_MS;
/// A seed is told this long after its month at the earliest: an answer of its last moment is written by then.
const TOLD_AFTER_MS: i64 = HOUR_MS;

impl Month {
    /// A new one, as it is committed.
    pub fn committed(
        month: i64,
        (digest, sealed): (Hash, Vec<u8>),
        share_bp: i64,
        now: Timestamp,
    ) -> Self {
        let from = begins(month).max(now.plus_ms(SETTLED_MS));
        Self { month, digest, sealed, share_bp, from, committed_at: now, revealed_at: None }
    }

    /// Is an answer that is given now drawn by it?
    pub fn draws(&self, now: Timestamp) -> bool {
        self.month == month_of(now) && self.from <= now
    }

    /// Is the month over, so that its seed may be told once nothing that it drew is open?
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.revealed_at.is_none() && now >= ends(self.month).plus_ms(TOLD_AFTER_MS)
    }
}

/// The month that lacks its seed: this one, or the next when it begins soon.
pub fn uncommitted(known: &[Month], commit_ms: i64, now: Timestamp) -> Option<i64> {
    let lacks = |month: &i64| known.iter().all(|row| row.month != *month);
    [month_of(now), month_of(now.plus_ms(commit_ms))].into_iter().find(lacks)
}

/// Is this answer asked about again? The first eight bytes of HMAC-SHA256(seed, "NUMBER:ROUND") as a big-endian number, modulo
/// 10,000, lie below the share.
pub fn is_drawn(seed: &Seed, number: CaseNumber, round: i64, share_bp: i64) -> bool {
    let mut mac = Hmac::<Sha256>::new_from_slice(seed).expect("HMAC takes a key of any length");
    mac.update(format!("{number}:{round}").as_bytes());
    let digest = mac.finalize().into_bytes();
    let first = digest.first_chunk::<8>().expect("a digest has 32 bytes");
    u64::from_be_bytes(*first) % WHOLE_BP.unsigned_abs() < share_bp.unsigned_abs()
}

/// What is published before the month begins.
pub fn digest(seed: &Seed) -> Hash {
    Sha256::digest(seed).into()
}

/// The month of IST that an instant lies in, as 202611.
pub fn month_of(at: Timestamp) -> i64 {
    at.ist_day().0 / 100
}

pub fn month_after(month: i64) -> i64 {
    if month % 100 >= 12 { (month / 100 + 1) * 100 + 1 } else { month + 1 }
}

pub fn begins(month: i64) -> Timestamp {
    Day(month * 100 + 1).begins()
}

pub fn ends(month: i64) -> Timestamp {
    begins(month_after(month))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(n: i64) -> CaseNumber {
        CaseNumber::of_id(1_000_000 + n).unwrap()
    }

    #[test]
    fn a_draw_is_the_published_formula() {
        // printf '10000004:1' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707...07
        // b0a05411e137e74a..., 12,727,264,982,718,736,202 modulo 10,000.
        let seed = [7; 32];
        assert_eq!(number(0).to_string(), "10000004");

        assert!(!is_drawn(&seed, number(0), 1, 6_202));
        assert!(is_drawn(&seed, number(0), 1, 6_203));
    }

    #[test]
    fn a_share_is_drawn_and_each_round_by_itself() {
        let seed = [9; 32];
        let drawn = |share| (0..20_000).filter(|n| is_drawn(&seed, number(*n), 1, share)).count();

        assert_eq!((drawn(0), drawn(10_000)), (0, 20_000));
        // 1,000 expected; six standard deviations are 185.
        assert!((815..=1_185).contains(&drawn(500)), "{}", drawn(500));
        let other = (0..20_000)
            .filter(|n| is_drawn(&seed, number(*n), 1, 500) && is_drawn(&seed, number(*n), 2, 500));
        assert!(other.count() < 200);
    }

    #[test]
    fn a_seed_is_committed_before_its_month_or_at_once_and_told_after_it() {
        let day = |day: i64| Day(day).begins();
        let commit = |month, now| Month::committed(month, ([1; 32], vec![]), 500, now);
        let week = 7 * 86_400_000;

        assert_eq!(uncommitted(&[], week, day(20_261_110)), Some(202_611));
        let late = commit(202_611, day(20_261_110));
        assert_eq!(late.from, day(20_261_110).plus_ms(60_000));
        assert!(!late.draws(day(20_261_110).plus_ms(59_999)));
        assert!(late.draws(day(20_261_110).plus_ms(60_000)));
        assert!(late.draws(day(20_261_201).plus_ms(-1)) && !late.draws(day(20_261_201)));

        let known = [late.clone()];
        assert_eq!(uncommitted(&known, week, day(20_261_124).plus_ms(-1)), None);
        assert_eq!(uncommitted(&known, week, day(20_261_124)), Some(202_612));
        assert_eq!(commit(202_612, day(20_261_124)).from, day(20_261_201));

        assert!(!late.is_over(day(20_261_201).plus_ms(3_599_999)));
        assert!(late.is_over(day(20_261_201).plus_ms(3_600_000)));
        let told = Month { revealed_at: Some(day(20_261_205)), ..late };
        assert!(!told.is_over(day(20_261_206)));
    }

    #[test]
    fn months_are_those_of_the_calendar_of_ist() {
        // 2026-11-30T23:59:59.999+05:30 and the instant after it.
        let last = Timestamp(1_796_063_399_999);
        assert_eq!((month_of(last), month_of(last.plus_ms(1))), (202_611, 202_612));
        assert_eq!((month_after(202_611), month_after(202_612)), (202_612, 202_701));
        assert_eq!(ends(202_611), last.plus_ms(1));
        assert_eq!(begins(202_612), last.plus_ms(1));
    }
}
