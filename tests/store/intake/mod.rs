//! What the desks of the call centre say beside the cases.

mod blocks;
mod incidents;
mod origins;
mod talks;
