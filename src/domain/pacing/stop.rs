//! Stop switches: nobody is rung by the dialler, in a district or at all, or nobody over a trunk.

use serde::{Deserialize, Serialize};

use crate::domain::{place::PlaceCode, refused::Refused, time::Timestamp};

/// Switches that are in force at a time.
pub const STOPS_MAX: usize = 500;

/// What a switch stops.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Reach {
    Whole,
    District(PlaceCode),
    /// By its name in the settings, for calls of every kind.
    Trunk(String),
}

/// A switch as it stands; each reach has one, which is thrown to and fro.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    pub reach: Reach,
    pub stopped: bool,
    /// Who threw it last, when, and why.
    pub account: i64,
    pub at: Timestamp,
    /// The text that says why.
    pub reason: i64,
    pub version: i64,
}

impl Stop {
    /// The switch thrown; `before` is how it stood.
    pub fn thrown(
        before: Option<&Self>,
        reach: &Reach,
        stopped: bool,
        (account, reason): (i64, i64),
        now: Timestamp,
    ) -> Result<Self, Refused> {
        match (before.is_some_and(|before| before.stopped), stopped) {
            (true, true) => return Err(Refused::OpenAlready),
            (false, false) => return Err(Refused::NothingOpen),
            _ => {}
        }
        let version = before.map_or(0, |before| before.version) + 1;
        Ok(Self { reach: reach.clone(), stopped, account, at: now, reason, version })
    }
}

/// All switches that stop something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stops(pub Vec<Stop>);

impl Stops {
    pub fn whole(&self) -> Option<&Stop> {
        self.find(&Reach::Whole)
    }

    /// What stops the dialler's calls to a district's citizens.
    pub fn of_district(&self, district: &PlaceCode) -> Option<&Stop> {
        let of = |stop: &&Stop| matches!(&stop.reach, Reach::District(named) if named == district);
        self.whole().or_else(|| self.0.iter().filter(|stop| stop.stopped).find(of))
    }

    pub fn of_trunk(&self, trunk: &str) -> Option<&Stop> {
        let of = |stop: &&Stop| matches!(&stop.reach, Reach::Trunk(named) if named == trunk);
        self.0.iter().filter(|stop| stop.stopped).find(of)
    }

    fn find(&self, reach: &Reach) -> Option<&Stop> {
        self.0.iter().find(|stop| stop.stopped && stop.reach == *reach)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_321_800_000);

    fn bhopal() -> PlaceCode {
        PlaceCode::new("district:396")
    }

    fn stop(reach: Reach) -> Stop {
        Stop::thrown(None, &reach, true, (7, 1), NOW).unwrap()
    }

    #[test]
    fn a_switch_stops_what_it_names_and_the_whole_every_district() {
        let other = PlaceCode::new("district:399");
        let stops = Stops(vec![stop(Reach::District(bhopal())), stop(Reach::Trunk("a".into()))]);
        assert!(stops.of_district(&bhopal()).is_some() && stops.of_district(&other).is_none());
        assert!(stops.of_trunk("a").is_some() && stops.of_trunk("b").is_none());
        assert!(stops.whole().is_none());

        // A trunk is stopped by its own name alone.
        let stops = Stops(vec![stop(Reach::Whole)]);
        assert!(stops.of_district(&other).is_some() && stops.of_trunk("a").is_none());
    }

    #[test]
    fn a_switch_is_thrown_to_and_fro() {
        let stopped = stop(Reach::Whole);
        let thrown = |before, to| Stop::thrown(Some(before), &Reach::Whole, to, (8, 2), NOW);
        assert_eq!(thrown(&stopped, true), Err(Refused::OpenAlready));

        let started = thrown(&stopped, false).unwrap();

        assert_eq!((started.stopped, started.version, started.account), (false, 2, 8));
        assert!(Stops(vec![started.clone()]).whole().is_none());
        assert_eq!(thrown(&started, false), Err(Refused::NothingOpen));
        assert_eq!(thrown(&started, true).unwrap().version, 3);
    }
}
