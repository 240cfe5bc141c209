//! How long recordings are kept.

use serde::Deserialize;

const DAYS_MAX: u32 = 36_500;

/// Days by class; 0: for ever.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recordings {
    pub complaint_days: u32,
    pub report_days: u32,
    pub call_days: u32,
    /// Behind the close of the case that a recording belongs to.
    pub case_days: u32,
}

impl Default for Recordings {
    fn default() -> Self {
        Self { complaint_days: 0, report_days: 0, call_days: 90, case_days: 180 }
    }
}

impl Recordings {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let all = [self.complaint_days, self.report_days, self.call_days, self.case_days];
        if all.iter().any(|days| *days > DAYS_MAX) {
            return Err("[recordings] keeps nothing for more than 36500 days but for ever (0)");
        }
        Ok(())
    }
}
