//! Calls in numbers: many agents, their phones behind one address, and a database that can be held back.

pub(crate) mod citizens;
pub(crate) mod database;
pub(crate) mod phones;
pub(crate) mod staff;
