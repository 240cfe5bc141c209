//! The live call: runs a dialogue over a line.

pub mod converse;
pub mod prompts;

mod line;
mod run;
