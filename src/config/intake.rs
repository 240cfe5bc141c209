//! The settings of what may be registered.

use serde::Deserialize;

/// How many complaints a citizen may register a day, and which earlier cases are shown first.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Intake {
    pub complaints_a_day_max: u32,
    /// The same matter of the same citizen within so many days.
    pub duplicate_days: u32,
    /// Others' open cases of one kind at one place within so many hours are an outage, if there are so many; 0 of them: none is.
    pub nearby_hours: u32,
    pub nearby_cases: u32,
}

impl Default for Intake {
    fn default() -> Self {
        Self { complaints_a_day_max: 10, duplicate_days: 30, nearby_hours: 24, nearby_cases: 3 }
    }
}
