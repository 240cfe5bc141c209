//! Clients of other systems; no rules.

pub mod log_file;
