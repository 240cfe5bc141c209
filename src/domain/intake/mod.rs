//! What the desks of the call centre say beside the cases: what a call was, what may be registered, and for whom it is not.

pub mod admit;
pub mod block;
pub mod disposition;

use block::Block;
use disposition::Talk;

/// What a change writes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Talks with what was said of them.
    pub talks: Vec<Talk>,
    /// Calls that a case was spoken of on: (case, call).
    pub case_calls: Vec<(i64, String)>,
    /// As it shall stand: a gate, of its version.
    pub block: Option<Block>,
}
