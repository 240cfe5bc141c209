//! When a trunk that fails rests, and how it is tried again: by one call, while the others go elsewhere. Pure: told the time.

use std::time::{Duration, Instant};

/// Faults in a row before a trunk rests.
pub(super) const FAULTS_MAX: u32 = 3;
/// The first rest; each one after another failed trial is twice as long.
pub(super) const REST_MIN: Duration = Duration::from_secs(5);
pub(super) const REST_MAX: Duration = Duration::from_secs(300);

#[derive(Debug, Default)]
pub(super) struct Rest {
    /// In a row.
    faults: u32,
    /// In a row.
    rests: u32,
    until: Option<Instant>,
    /// One call finds out whether the trunk works again.
    trying: bool,
}

impl Rest {
    /// Up, or rested and not being tried.
    pub(super) fn may_carry(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until <= now && !self.trying)
    }

    /// None while it is up, also when it has rested and is to be tried.
    pub(super) fn resting_until(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| now < *until)
    }

    /// Has rested, and no call has shown yet that it works.
    pub(super) fn on_trial(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// A call is about to be made; true when it is the trial.
    pub(super) fn begin(&mut self, now: Instant) -> bool {
        let trial = self.on_trial(now) && !self.trying;
        self.trying |= trial;
        trial
    }

    /// The trial said nothing about the trunk.
    pub(super) fn try_again(&mut self) {
        self.trying = false;
    }

    pub(super) fn works(&mut self) {
        *self = Self::default();
    }

    pub(super) fn failed(&mut self, now: Instant) {
        // Of a call that began before the rest.
        if self.resting_until(now).is_some() {
            return;
        }
        self.faults = self.faults.saturating_add(1);
        if self.until.is_some() || self.faults >= FAULTS_MAX {
            let twice = 2_u32.saturating_pow(self.rests);
            self.until = Some(now + REST_MIN.saturating_mul(twice).min(REST_MAX));
            self.rests = self.rests.saturating_add(1);
        }
        self.trying = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resting(now: Instant) -> Rest {
        let mut rest = Rest::default();
        (0..FAULTS_MAX).for_each(|_| rest.failed(now));
        rest
    }

    #[test]
    fn the_third_fault_in_a_row_lets_a_trunk_rest_for_five_seconds() {
        let now = Instant::now();
        let mut rest = Rest::default();

        rest.failed(now);
        rest.failed(now);
        assert!(rest.may_carry(now));
        rest.works();
        rest.failed(now);
        rest.failed(now);
        assert!(rest.may_carry(now));
        rest.failed(now);

        assert_eq!(rest.resting_until(now), Some(now + Duration::from_secs(5)));
        assert!(!rest.may_carry(now + Duration::from_millis(4_999)));
        assert!(rest.may_carry(now + Duration::from_secs(5)));
    }

    #[test]
    fn one_call_tries_it_again_and_another_fault_doubles_the_rest_up_to_five_minutes() {
        let mut now = Instant::now();
        let mut rest = resting(now);
        let mut lasted = Vec::new();

        for _ in 0..8 {
            let until = rest.resting_until(now).unwrap();
            lasted.push((until - now).as_secs());
            now = until;
            assert!(rest.begin(now));
            assert!(!rest.may_carry(now) && !rest.begin(now));
            rest.failed(now);
        }

        assert_eq!(lasted, [5, 10, 20, 40, 80, 160, 300, 300]);
    }

    #[test]
    fn a_trial_that_works_ends_it_and_one_that_says_nothing_is_repeated() {
        let now = Instant::now();
        let mut rest = resting(now);
        let later = now + REST_MIN;

        assert!(rest.begin(later));
        rest.try_again();
        assert!(rest.may_carry(later) && rest.begin(later));
        rest.works();

        assert!(rest.may_carry(later) && !rest.on_trial(later));
        rest.failed(later);
        assert!(rest.may_carry(later), "the faults are counted from the start again");
    }

    #[test]
    fn calls_that_began_before_the_rest_do_not_prolong_it() {
        let now = Instant::now();
        let mut rest = resting(now);

        rest.failed(now + Duration::from_secs(2));

        assert_eq!(rest.resting_until(now), Some(now + REST_MIN));
    }
}
