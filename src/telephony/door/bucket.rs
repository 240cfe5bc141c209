//! Token buckets, one or one for each of a bounded number of sources.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Instant;

/// Sources remembered at a time; past it, strangers share one bucket.
const SOURCES_MAX: usize = 4_096;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    per_second: f64,
    burst: f64,
    tokens: f64,
    filled_at: Instant,
}

impl Bucket {
    /// A full bucket of `burst` tokens that gains `per_second`.
    pub(crate) fn new(per_second: u32, burst: u32, now: Instant) -> Self {
        let burst = f64::from(burst.max(1));
        Self { per_second: f64::from(per_second), burst, tokens: burst, filled_at: now }
    }

    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.fill(now);
        let taken = self.tokens >= 1.0;
        if taken {
            self.tokens -= 1.0;
        }
        taken
    }

    fn fill(&mut self, now: Instant) {
        let gained = now.saturating_duration_since(self.filled_at).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + gained).min(self.burst);
        self.filled_at = now.max(self.filled_at);
    }

    fn is_full(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.tokens >= self.burst
    }
}

/// A bucket for each source.
#[derive(Debug)]
pub(crate) struct Buckets<K> {
    by_source: HashMap<K, Bucket>,
    strangers: Option<Bucket>,
}

impl<K: Eq + Hash> Buckets<K> {
    pub(crate) fn new() -> Self {
        Self { by_source: HashMap::new(), strangers: None }
    }

    pub(crate) fn take(&mut self, source: K, per_second: u32, now: Instant) -> bool {
        let fresh = || Bucket::new(per_second, per_second.saturating_mul(2), now);
        if !self.by_source.contains_key(&source) && self.by_source.len() >= SOURCES_MAX {
            // A full bucket is the same as none.
            self.by_source.retain(|_, bucket| !bucket.is_full(now));
            if self.by_source.len() >= SOURCES_MAX {
                return self.strangers.get_or_insert_with(fresh).take(now);
            }
        }
        self.by_source.entry(source).or_insert_with(fresh).take(now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10, 3, start);
        let mut taken = |ms| bucket.take(start + Duration::from_millis(ms));

        assert_eq!([taken(0), taken(0), taken(0), taken(0)], [true, true, true, false]);
        assert_eq!([taken(100), taken(100)], [true, false]);
        assert_eq!(
            [taken(90_000), taken(90_000), taken(90_000), taken(90_000)],
            [true, true, true, false]
        );
    }

    #[test]
    fn one_source_does_not_empty_the_bucket_of_another() {
        let start = Instant::now();
        let mut buckets = Buckets::new();

        assert!(buckets.take(1, 1, start));
        assert!(buckets.take(1, 1, start));
        assert!(!buckets.take(1, 1, start));
        assert!(buckets.take(2, 1, start));
    }

    #[test]
    fn a_flood_of_invented_sources_stays_bounded_and_shares_one_bucket() {
        let start = Instant::now();
        let mut buckets = Buckets::new();
        let passed = (0..10_000).filter(|source| buckets.take(*source, 1, start)).count();

        assert_eq!(buckets.by_source.len(), 4_096);
        assert_eq!(passed, 4_096 + 2);
    }
}
