//! What goes wrong, and when: drawn from the seed before the first day, and only when it is asked for.

use super::{draw::Seed, profile::Profile};
use crate::domain::time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};

/// A span of time from, and until before.
pub type Span = (Timestamp, Timestamp);

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plans {
    pub are_on: bool,
    /// The process ends in the middle of its work, and begins again.
    pub ends: Vec<Timestamp>,
    /// Nothing runs: no sweep, no dialler, no door. The clock goes on.
    pub outages: Vec<Span>,
    /// The trunk says congestion to every call.
    pub trunk_down: Vec<Span>,
    pub floods: Vec<Span>,
    flood_times: f64,
}

impl Plans {
    pub fn none() -> Self {
        Self { flood_times: 1.0, ..Self::default() }
    }

    pub fn draw(seed: Seed, profile: &Profile, days: u32) -> Self {
        let faults = &profile.faults;
        let instants = |what: &str, a_day: f64| -> Vec<Timestamp> {
            let mut found = Vec::new();
            for day in 0..i64::from(days) {
                let mut draw = seed.draw(what, day.unsigned_abs(), 0);
                let begins = profile.begins().plus_ms(day * DAY_MS);
                let whole = a_day.floor() as i64;
                let count = whole + i64::from(draw.chance(a_day - a_day.floor()));
                // By day, when there is something to disturb.
                let drawn =
                    (0..count).map(|_| begins.plus_ms(draw.between(8 * HOUR_MS, 21 * HOUR_MS)));
                found.extend(drawn);
            }
            found.sort_unstable();
            found
        };
        let spans = |what: &str, a_day: f64, most_ms: i64| -> Vec<Span> {
            let spans = instants(what, a_day).into_iter().enumerate().map(|(n, at)| {
                let mut draw = seed.draw(what, n as u64, 1);
                (at, at.plus_ms(draw.between(most_ms / 2, most_ms)))
            });
            spans.collect()
        };
        Self {
            are_on: true,
            ends: instants("process_ends", faults.process_ends_a_day),
            outages: spans("outage", faults.outages_a_day, faults.outage_hours_most * HOUR_MS),
            trunk_down: spans(
                "trunk",
                faults.trunk_down_a_day,
                faults.trunk_down_minutes * MINUTE_MS,
            ),
            floods: spans("flood", faults.floods_a_day, faults.flood_minutes * MINUTE_MS),
            flood_times: faults.flood_times,
        }
    }

    pub fn flood_at(&self, at: Timestamp) -> f64 {
        if within(&self.floods, at) { self.flood_times } else { 1.0 }
    }

    /// When a flood begins or ends next.
    pub fn flood_turns(&self, at: Timestamp) -> Option<Timestamp> {
        let turns = self.floods.iter().flat_map(|(from, until)| [*from, *until]);
        turns.filter(|turn| *turn > at).min()
    }

    pub fn trunk_is_down(&self, at: Timestamp) -> bool {
        within(&self.trunk_down, at)
    }

    pub fn is_out(&self, at: Timestamp) -> bool {
        within(&self.outages, at)
    }

    /// Does the process end after `before` and no later than `now`?
    pub fn ends_between(&self, before: Timestamp, now: Timestamp) -> bool {
        self.ends.iter().any(|at| *at > before && *at <= now)
    }
}

fn within(spans: &[Span], at: Timestamp) -> bool {
    spans.iter().any(|(from, until)| *from <= at && at < *until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_has_one_set_of_faults_and_a_quiet_run_has_none() {
        let profile = Profile::named("small", &[], 1.0).unwrap();
        let drawn = Plans::draw(Seed(4), &profile, 30);

        assert_eq!(drawn, Plans::draw(Seed(4), &profile, 30));
        assert_ne!(drawn, Plans::draw(Seed(5), &profile, 30));
        assert!((5..25).contains(&drawn.ends.len()), "{:?}", drawn.ends);
        assert!(
            !drawn.outages.is_empty() && !drawn.trunk_down.is_empty() && !drawn.floods.is_empty()
        );
        let (from, until) = drawn.outages[0];
        assert!(drawn.is_out(from) && !drawn.is_out(until));
        assert_eq!(Plans::none().flood_at(from), 1.0);
    }

    #[test]
    fn a_flood_turns_at_its_ends() {
        let profile = Profile::named("small", &[], 1.0).unwrap();
        let drawn = Plans::draw(Seed(4), &profile, 30);
        let (from, until) = drawn.floods[0];

        assert_eq!(drawn.flood_turns(from.plus_ms(-1)), Some(from));
        assert_eq!(drawn.flood_turns(from), Some(until));
        assert_eq!((drawn.flood_at(from), drawn.flood_at(until)), (20.0, 1.0));
    }
}
