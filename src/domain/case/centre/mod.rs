//! What the call centre does to a case.

pub mod route;
pub mod spoke;
