//! The live call: runs a dialogue over a line.
