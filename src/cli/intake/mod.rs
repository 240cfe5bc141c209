//! What the desks of the call centre say beside the cases, from the command line.

pub mod citizen;
pub mod dispose;
pub mod safety;
