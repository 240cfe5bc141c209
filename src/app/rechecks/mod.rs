//! The slice: satisfied answers of the machine that a person asks about again. Hidden until it is decided: the case's own stream
//! and views say nothing before; then the citizen's word is in the case's chain as any other.

mod call;
mod draws;
mod list;
mod months;
mod over;

pub(super) use call::{of_record, placed, recorded};
pub(super) use draws::draw;
pub use list::{Contradiction, Drawn, Months, answers, contradictions, months};
pub use over::{is_due, settle};
