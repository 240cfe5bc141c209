//! What the desks of the call centre say beside the cases: what a call was.

pub mod disposition;

use disposition::Talk;

/// What a change writes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Talks with what was said of them.
    pub talks: Vec<Talk>,
}
