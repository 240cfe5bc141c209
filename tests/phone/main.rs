//! Real calls: SIPp, baresip and a small phone of our own against the real server.

mod answers;
mod centre;
mod converse;
mod day;
mod edge;
mod failures;
mod hostile;
mod inbound;
mod intake;
mod kit;
mod officer_line;
mod peers;
mod phones;
mod process;
mod sinks;
mod takeover;
mod tour;
mod trouble;
mod wishes;
