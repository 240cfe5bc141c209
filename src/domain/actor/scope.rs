//! Which cases one who acts may see; the store turns it into WHERE.

use crate::domain::place::{PlaceCode, PostId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    All,
    District(PlaceCode),
    /// Cases that one of these posts answers for now.
    Posts(Vec<PostId>),
    Citizen(i64),
    Nothing,
}
