//! What the desks of the call centre say beside the cases.

pub mod blocks;
pub mod case_calls;
pub mod origins;
pub mod talks;
