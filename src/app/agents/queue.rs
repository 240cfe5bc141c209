//! What the call centre's queue must not forget: it writes its own words, and reads them at the next start.

use crate::{
    app::{App, Result},
    domain::{
        actor::Actor,
        permissions::{self, Act, Object},
        time::Timestamp,
    },
    store::queue,
};

pub use queue::{FactRow, Kept, QueueRow, RowKind};

/// Writes all of it at once; done again, it changes nothing.
pub async fn keep(app: &App, by: &Actor, kept: Kept) -> Result<()> {
    permissions::may(by, Act::Agents, Object::Nothing)?;
    Ok(queue::keep(&app.store.writer, kept).await?)
}

/// The log since an instant, oldest first.
pub async fn facts(app: &App, by: &Actor, since: Timestamp) -> Result<Vec<String>> {
    permissions::may(by, Act::Agents, Object::Nothing)?;
    Ok(queue::facts(&app.store.db, since).await?)
}

/// The bodies of one kind, in the order of their ids.
pub async fn kept(app: &App, by: &Actor, kind: RowKind) -> Result<Vec<(i64, String)>> {
    permissions::may(by, Act::Agents, Object::Nothing)?;
    Ok(queue::kept(&app.store.db, kind).await?)
}
