//! The officers' own number (R27).

use serde::Deserialize;

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OfficerLine {
    /// As the exchanges write what was dialled, without a plus; none turns the line off.
    pub numbers: Vec<String>,
}

impl Default for OfficerLine {
    fn default() -> Self {
        Self { numbers: vec!["18002330183".to_owned()] }
    }
}
