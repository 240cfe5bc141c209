//! What the desks of the call centre say beside the cases: what a call was, what may be registered, and for whom it is not.

pub mod admit;
pub mod block;
pub mod disposition;
pub mod origin;
pub mod today;

use crate::domain::citizen::Safety;
use block::Block;
use disposition::Talk;
use origin::Origin;

/// What a change writes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Talks with what was said of them.
    pub talks: Vec<Talk>,
    /// Calls that a case was spoken of on: (case, call).
    pub case_calls: Vec<(i64, String)>,
    pub origins: Vec<Origin>,
    /// When citizens may be rung from now on.
    pub safeties: Vec<(i64, Safety)>,
    /// As it shall stand: a gate, of its version.
    pub block: Option<Block>,
}
