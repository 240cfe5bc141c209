//! The live call: runs a dialogue over a line.

pub mod prompts;
