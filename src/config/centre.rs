//! The call centre.

use serde::Deserialize;

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Centre {
    /// The agent hears a short tone when a supervisor's phone joins the call.
    pub supervision_tone: bool,
}
