//! How one part of a conversation hands over to the next.

use super::{Clip, talk::Reason};
use crate::domain::number::CaseNumber;

#[derive(Debug)]
pub(crate) enum Progress {
    Going,
    Left(Leave),
}

#[derive(Debug)]
pub(crate) enum Leave {
    /// Back to the main menu, saying this first.
    Menu(Vec<Clip>),
    /// Back to the main menu: nothing came of it.
    Back,
    /// The caller has what they wanted: say it, offer to repeat it.
    Served(Vec<Clip>),
    /// A person must ring back.
    Operator(Reason),
    /// A feedback caller takes over about this round.
    Caller { case: CaseNumber, round: i64 },
    /// Say this and end.
    Goodbye(Vec<Clip>),
    /// The caller has hung up.
    Gone,
}
