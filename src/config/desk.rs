//! The settings of the desk.

use std::collections::HashMap;

use serde::Deserialize;

/// Whom an officer in difficulty turns to beside the ticket.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Desk {
    pub directorate: String,
    /// By the district's code, as `district:396`.
    pub nodal: HashMap<String, String>,
}
