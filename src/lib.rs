//! helpline181: a state's 181 helpline, from the citizen's call to the citizen's own answer.
//!
//! ```text
//! main, cli                  -> everything (wiring)
//! grpc                       -> app, calls, acd, domain
//! sim                        -> app, workers, store, acd, reports, domain, clock
//! workers                    -> app, calls, domain
//! calls                      -> app, telephony, dialogue, acd, domain, media
//! telephony                  -> media
//! app                        -> store, domain, gateways, clock, sheets
//! config                     -> domain
//! store, dialogue, acd       -> domain
//! gateways                   -> domain
//! sheets                     -> domain
//! clock                      -> domain
//! domain, media, reports     -> nothing of ours
//! ```
//!
//! `domain`, `dialogue`, `acd`, `media`, `sheets` and `reports` are pure: no waiting, no clock, no chance, no sockets.
//! `tests/tidy.rs` reads this map and holds the source to it.

pub mod acd;
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
pub mod reports;
pub mod sheets;
pub mod sim;
pub mod store;
pub mod telephony;
pub mod workers;
