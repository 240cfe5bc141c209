//! The officers' phone line (R27): who calls is known by registered mobile and PIN, and does by the portal's use cases what an
//! officer does there, for the posts of level 1 alone.

use super::{App, Error, Result, cases, desk, evidence, request, sessions};
use crate::{
    domain::{
        account::Account,
        actor::{Actor, Channel},
        place::Level,
        time::Timestamp,
    },
    store::accounts,
};

mod pin;
mod report;
mod sign_in;
mod strangers;

pub(super) use pin::give_pin;
pub use pin::{PinState, SetPin, clear_pin, set_pin, unlock_pin};
pub use report::{
    Contact, NeedsDays, Planned, Resolution, VoiceNote, case, contact, due, needs_days, resolve,
};
pub use sign_in::{SignedIn, sign_in};
pub(super) use strangers::Strangers;

/// Only the first officer reports by telephone.
const LEVEL: Level = Level(1);

/// The officer with the posts of level 1 held at this moment: what is asked a minute later is asked of the posts of then.
pub async fn actor(app: &App, account: i64) -> Result<Actor> {
    let account = accounts::get(&app.store.db, account).await?;
    if !sessions::may_act(app, &account).await? {
        return Err(Error::Unauthenticated);
    }
    on_the_line(app, &account, app.now()).await
}

async fn on_the_line(app: &App, account: &Account, now: Timestamp) -> Result<Actor> {
    let mut by = sessions::actor(app, account, Channel::OfficerLine, now).await?;
    by.posts.retain(|held| held.level == LEVEL);
    Ok(by)
}
