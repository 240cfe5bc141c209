//! What who stands above does about a case: hears how its officer behaved, takes it into a review meeting, and has one that has
//! grown old driven to its end.

pub mod agenda;
pub mod conduct;
pub mod drive;
