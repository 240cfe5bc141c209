//! What feedback callers were shown and did.

pub mod callers;
pub mod tasks;
