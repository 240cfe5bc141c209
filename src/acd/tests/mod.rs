//! Scenarios of the queue on a virtual clock, most of them written as transcripts.

mod call_backs;
mod diverted;
mod duty;
mod liveness;
mod matching;
mod races;
mod restart;
mod stage;
mod transfers;
mod waiting;
