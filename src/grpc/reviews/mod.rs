//! Review: drives.

mod drives;

pub use drives::Drives;
