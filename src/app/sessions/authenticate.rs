//! Who an access token stands for.

use std::sync::PoisonError;

use super::{
    Actor, App, Error, Instant, Result, Timestamp, VERIFIED_FOR, VERIFIED_MAX, actor, digest,
    may_act,
};
use crate::store::{accounts, sessions};

/// A token that was looked up a moment ago.
#[derive(Clone, Debug)]
pub(in crate::app) struct Verified {
    actor: Actor,
    until: Timestamp,
    looked_up: Instant,
}

pub async fn authenticate(app: &App, access: &str) -> Result<Actor> {
    let hash = digest(access);
    let now = app.now();
    let known = app.verified.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
    if let Some(known) = known
        && known.looked_up.elapsed() < VERIFIED_FOR
    {
        return if now < known.until { Ok(known.actor) } else { Err(Error::Unauthenticated) };
    }
    let found = sessions::by_access_hash(&app.store.db, &hash).await?;
    let Some(session) = found.filter(|found| now < found.access_until) else {
        app.verified.lock().unwrap_or_else(PoisonError::into_inner).remove(&hash);
        return Err(Error::Unauthenticated);
    };
    let account = accounts::get(&app.store.db, session.account).await?;
    if !may_act(app, &account).await? {
        return Err(Error::Unauthenticated);
    }
    let actor = actor(app, &account, session.channel, now).await?;
    // A delegation ends at its instant, and whenever it is revoked.
    if actor.posts.iter().any(|held| held.delegate_of.is_some()) {
        return Ok(actor);
    }
    let verified =
        Verified { actor: actor.clone(), until: session.access_until, looked_up: Instant::now() };
    let mut known = app.verified.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= VERIFIED_MAX {
        known.clear();
    }
    known.insert(hash, verified);
    Ok(actor)
}
