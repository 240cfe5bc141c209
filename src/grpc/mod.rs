//! The API: authenticate, parse, call, print.

mod fail;
mod fields;
mod limits;
mod listener;
mod page;
mod words;

pub use limits::Limits;
