//! What feedback callers were shown and did.

pub mod callers;
pub mod months;
pub mod rechecks;
pub mod tasks;
