//! What a feedback caller does with a task: leave it, dial it, take a live call over, record it; and what is known of the work.

mod callers;
mod dial;
mod handed;
mod lease;
mod life;
mod skip;
mod statistics;
pub(in crate::app) mod veil;

pub use callers::{CallerRow, PutCaller, callers, put_caller};
pub use dial::{Dial, Dialled, dial};
pub use handed::{LOOKED_AT_MAX, Live, hold, joined, let_go, may_take, not_joined, ready, take};
pub(super) use lease::{release, round};
pub use life::{answered, ended, is_due, lives, not_placed, over, place, unanswered};
pub use skip::{Extend, Skip, extend, skip};
pub use statistics::{OfCaller, own_statistics, statistics};

use super::{App, Error, Result};
use crate::{
    domain::{actor::Actor, feedback::Task},
    store::tasks,
};

/// The own task with this number, as it stands now.
async fn own(app: &App, by: &Actor, n: i64) -> Result<Task> {
    let account = by.account.ok_or(Error::Unauthenticated)?;
    tasks::get(&app.store.db, account, n).await?.ok_or(Error::NotFound("task"))
}
