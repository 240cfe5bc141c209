//! Accounts of staff.

use super::{App, Error, Result};
use crate::{
    domain::{
        account::Account,
        actor::Actor,
        permissions::{self, Act, Object},
    },
    store,
};

mod add;
mod officer;
mod password;
mod titles;

pub(super) use add::normal;
pub use add::{Add, add};
pub(super) use officer::open_officer;
pub use password::set_password;
pub use titles::titles;

pub const PAGE_MAX: u32 = 200;

/// Accounts with an id past `after`, in the order of their ids.
pub async fn list(app: &App, by: &Actor, after: i64, limit: u32) -> Result<Vec<Account>> {
    permissions::may(by, Act::Accounts, Object::Nothing)?;
    Ok(store::accounts::list(&app.store.db, after, limit.min(PAGE_MAX).into()).await?)
}
