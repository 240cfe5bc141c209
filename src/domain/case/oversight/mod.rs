//! What who stands above does about a case: hears how its officer behaved, and takes it into a review meeting.

pub mod agenda;
pub mod conduct;
