//! helpline181: a state's 181 helpline, from the citizen's call to the citizen's own answer.
//!
//! ```text
//! main, cli              -> everything (wiring)
//! grpc, workers          -> app, calls
//! calls                  -> app, telephony, dialogue
//! telephony              -> media
//! app                    -> store, domain, gateways
//! store, dialogue        -> domain
//! domain, media          -> nothing of ours
//! ```
//!
//! `domain`, `dialogue` and `media` are pure: no waiting, no clock, no chance, no sockets.

pub mod app;
pub mod calls;
pub mod cli;
pub mod clock;
pub mod config;
pub mod dialogue;
pub mod domain;
pub mod gateways;
pub mod grpc;
pub mod media;
pub mod store;
pub mod telephony;
pub mod workers;
