//! Scenarios of the queue on a virtual clock, most of them written as transcripts.

mod liveness;
mod races;
mod stage;
