//! Clients of other systems; no rules.
