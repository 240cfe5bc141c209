//! What ends a case without the citizen's own answer, in part or whole, and what opens it again.

use super::{
    Act, Actor, App, CaseView, Courtesy, ForceReason, Ground, On, Result, Timestamp, act, as_post,
    cases, evidence, listed, post_of, text, words,
};

mod escalation;
mod force;
mod partial;
mod reopen;
mod special;

pub use escalation::{OrderEscalation, order_escalation};
pub use force::{ForceClose, force_close};
pub use partial::{OrderRound, Partial, extend_partial, order_round, partial_close};
pub use reopen::{
    NextStep, RecordCourtesy, ReopenByOrder, order_next_step, record_courtesy, reopen_by_order,
};
pub use special::{
    DecideSpecial, ProposeSpecial, decide_special, propose_special, withdraw_special,
};
