//! What the desks of the call centre say beside the cases: what a call was, what is registered on it, and who is blocked.

mod admit;
mod blocks;
mod dispose;
mod figures;
mod safety;
mod today;
mod who;

pub(in crate::app) use admit::{Wanted, admit};
pub use blocks::{
    AnswerAppeal, AppealBlock, BlockCitizen, BlockView, LiftBlock, Listed, answer_appeal,
    appeal_block, block_citizen, blocks, lift_block,
};
pub use dispose::{Dispose, Disposed, dispose, dispositions, end_talks, own_call};
pub use figures::figures;
pub use safety::{SafetyOf, SetSafety, set_safety};
pub(in crate::app) use today::Today;
pub use today::registrations;
pub use who::Who;
