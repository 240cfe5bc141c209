//! What the call centre does to a case.

pub mod route;
mod safety;
pub mod spoke;
