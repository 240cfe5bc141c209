//! What review meetings and drives read.

mod drives;
