//! Ends a session at once on this node, and on the others within a minute.

use std::sync::PoisonError;

use super::{App, Error, Result, actor, digest};
use crate::{
    domain::change::Gate,
    store::{
        accounts, sessions,
        writer::{Lane, Request},
    },
};

pub async fn sign_out(app: &App, access: &str) -> Result<()> {
    let hash = &digest(access);
    let ended = app
        .commit(Lane::Acts, Request::system(), move |now| async move {
            let found = sessions::by_access_hash(&app.store.db, hash).await?;
            let session = found.ok_or(Error::Unauthenticated)?;
            let account = accounts::get(&app.store.db, session.account).await?;
            let by = actor(app, &account, session.channel, now).await?;
            let gate = Gate::Version(account.version);
            let mut change = account.fact(gate, &by, session.channel, "signed_out", "{}", now);
            change.revoked.push(session.id);
            Ok(change)
        })
        .await;
    app.verified.lock().unwrap_or_else(PoisonError::into_inner).remove(hash);
    ended.map(|_| ())
}
