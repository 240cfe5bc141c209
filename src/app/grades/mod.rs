//! Grades of months: spells are gathered behind the events, counted by the formula that the month began with, shown while the month
//! runs, explained down to the case, and published once.

mod count;
mod explain;
mod gather;
mod paper;
mod publish;
mod show;

pub use count::{Counted, count, formula, span};
pub use explain::{Explain, Explained, Row, explain};
pub use gather::{catch_up, gather, is_due};
pub(super) use paper::Provisional;
pub use paper::{Graded, PROVISIONAL_MS};
pub use publish::{Publish, Verified, publish, verify};
pub use show::{Board, Head, LEADERS_MAX, Leaders, Line, Shown, Unit, leaders, show, unit};
