//! The `helpline181` command.

fn main() {}
