//! Review: drives for cases that have grown old.

mod drives;
