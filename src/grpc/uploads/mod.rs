//! Files that come up in pieces, and the long work on them that tells how far it is.

pub mod pieces;
pub mod told;
