//! What acts leave beside the cases: matters, orders, links, evidence, delegations.

pub mod delegations;
pub mod evidence;
pub mod links;
pub mod matters;
pub mod orders;
