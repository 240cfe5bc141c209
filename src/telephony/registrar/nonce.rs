//! Nonces that need no memory (a time under our own seal), and the counts of those in use.

use std::collections::BTreeMap;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::digest::hex;

/// Nonces in use at a time; past it the oldest turn stale.
const IN_USE_MAX: usize = 4_096;
const SEAL_BYTES: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    Fresh,
    /// Ours, but too old or its count was used before: the phone may try again with a new one.
    Stale,
    Foreign,
}

#[derive(Debug)]
pub(super) struct Nonces {
    key: [u8; 32],
    age: Duration,
    /// Highest count by the time and mark of the nonce, oldest first.
    counts: BTreeMap<(u64, u64), u32>,
    /// Nonces up to this time have been forgotten, and are stale whatever their age.
    forgotten_ms: Option<u64>,
}

impl Nonces {
    pub(super) fn new(key: [u8; 32], age: Duration) -> Self {
        Self { key, age, counts: BTreeMap::new(), forgotten_ms: None }
    }

    /// A nonce of this time; `mark` is random, so that two of one millisecond differ.
    pub(super) fn make(&self, now: Duration, mark: u64) -> String {
        let time = millis(now);
        format!("{time:016x}{mark:016x}{}", self.seal(time, mark))
    }

    pub(super) fn freshness(&self, nonce: &str, now: Duration) -> Freshness {
        let Some((time, _)) = self.opened(nonce) else { return Freshness::Foreign };
        let too_old = millis(now).saturating_sub(time) > millis(self.age);
        let forgotten = self.forgotten_ms.is_some_and(|forgotten_ms| time <= forgotten_ms);
        if too_old || forgotten { Freshness::Stale } else { Freshness::Fresh }
    }

    /// Uses a count of a fresh nonce; false when it does not rise, which is a replay. Only for requests whose password was
    /// right: others must not fill the table.
    pub(super) fn spend(&mut self, nonce: &str, count: u32, now: Duration) -> bool {
        let Some(key) = self.opened(nonce) else { return false };
        let oldest = millis(now).saturating_sub(millis(self.age));
        self.counts = self.counts.split_off(&(oldest, 0));
        if self.counts.len() >= IN_USE_MAX
            && !self.counts.contains_key(&key)
            && let Some(((time, _), _)) = self.counts.pop_first()
        {
            self.forgotten_ms = self.forgotten_ms.max(Some(time));
        }
        let highest = self.counts.entry(key).or_insert(0);
        let rises = count > *highest;
        if rises {
            *highest = count;
        }
        rises
    }

    fn opened(&self, nonce: &str) -> Option<(u64, u64)> {
        let time = u64::from_str_radix(nonce.get(..16)?, 16).ok()?;
        let mark = u64::from_str_radix(nonce.get(16..32)?, 16).ok()?;
        let seal = nonce.get(32..)?;
        let ours: bool = self.seal(time, mark).as_bytes().ct_eq(seal.as_bytes()).into();
        ours.then_some((time, mark))
    }

    fn seal(&self, time: u64, mark: u64) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        mac.update(&time.to_be_bytes());
        mac.update(&mark.to_be_bytes());
        hex(mac.finalize().into_bytes().get(..SEAL_BYTES).unwrap_or_default())
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_000);

    fn nonces() -> Nonces {
        Nonces::new([7; 32], Duration::from_secs(300))
    }

    #[test]
    fn a_nonce_of_ours_is_fresh_until_its_age() {
        let nonces = nonces();
        let nonce = nonces.make(NOW, 5);

        assert_eq!(nonces.freshness(&nonce, NOW + Duration::from_secs(300)), Freshness::Fresh);
        assert_eq!(
            nonces.freshness(&nonce, NOW + Duration::from_millis(300_001)),
            Freshness::Stale
        );
    }

    #[test]
    fn a_nonce_of_the_first_millisecond_is_fresh() {
        let nonces = nonces();
        let nonce = nonces.make(Duration::ZERO, 7);

        assert_eq!(nonces.freshness(&nonce, Duration::ZERO), Freshness::Fresh);
    }

    #[test]
    fn a_nonce_that_was_touched_or_made_elsewhere_is_foreign() {
        let nonces = nonces();
        let nonce = nonces.make(NOW, 5);
        let other = Nonces::new([8; 32], Duration::from_secs(300)).make(NOW, 5);
        let later = nonce.replacen("00000000000f4240", "00000000000f4241", 1);

        assert_ne!(later, nonce);
        for foreign in [other.as_str(), later.as_str(), "", "é".repeat(40).as_str(), &nonce[..60]]
        {
            assert_eq!(nonces.freshness(foreign, NOW), Freshness::Foreign);
        }
    }

    #[test]
    fn a_count_is_used_once_and_only_rises() {
        let mut nonces = nonces();
        let nonce = nonces.make(NOW, 5);
        let used = [1, 1, 3, 2, 4].map(|count| nonces.spend(&nonce, count, NOW));

        assert_eq!(used, [true, false, true, false, true]);
        assert!(!nonces.spend(&nonce, 0, NOW));
    }

    #[test]
    fn the_table_stays_bounded_and_what_it_forgets_is_stale() {
        let mut nonces = nonces();
        let first = nonces.make(NOW, 0);
        for at in 0..5_000 {
            let nonce = nonces.make(NOW + Duration::from_millis(at), at);
            assert!(nonces.spend(&nonce, 1, NOW));
        }

        assert_eq!(nonces.counts.len(), 4_096);
        assert_eq!(nonces.freshness(&first, NOW), Freshness::Stale);
    }
}
