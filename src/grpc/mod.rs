//! The API: authenticate, parse, call, print.

mod acting;
mod acts;
mod attendance;
mod call_backs;
mod cases;
mod citizens;
mod closures;
mod complaints;
mod delegations;
mod demo;
mod directory;
mod door;
mod evidence;
mod fail;
mod fields;
mod health;
mod ivr;
mod narrow;
mod officers;
mod old_cases;
mod oversight;
mod page;
mod pins;
mod receipts;
mod server;
mod sessions;
mod status;
mod unfold;
mod uploads;
mod verification;
mod watching;
mod web;
mod words;

pub use door::limits::Limits;
pub use receipts::Receipts;
pub use server::{Error, Options, Server, Tls};
