//! Review: drives for cases that have grown old.

pub mod drives;
