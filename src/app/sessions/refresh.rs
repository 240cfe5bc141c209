//! A refresh token is used once: it gives two new tokens and ends the session that it came with.

use std::sync::{Mutex, PoisonError};

use super::{App, Error, Lasting, Result, Signed, actor, digest, issue, may_act};
use crate::{
    domain::change::Gate,
    store::{
        accounts, sessions,
        writer::{Lane, Request},
    },
};

pub async fn refresh(app: &App, token: &str) -> Result<Signed> {
    let hash = &digest(token);
    let signed = Mutex::new(None);
    let keep = &signed;
    app.commit(Lane::Acts, Request::system(), move |now| async move {
        let found = sessions::by_refresh_hash(&app.store.db, hash).await?;
        let session =
            found.filter(|found| now < found.refresh_until).ok_or(Error::Unauthenticated)?;
        let account = accounts::get(&app.store.db, session.account).await?;
        if !may_act(app, &account).await? {
            return Err(Error::Unauthenticated);
        }
        let by = actor(app, &account, session.channel, now).await?;
        let (mut fresh, [access, refresh]) =
            issue(app, account.id, session.channel, Lasting::Usual, now).await?;
        // A session lasts twelve hours from the password, however often it is refreshed.
        fresh.refresh_until = session.refresh_until;
        fresh.access_until = fresh.access_until.min(session.refresh_until);
        // The account's gate lets one of two uses of the same token through.
        let gate = Gate::Version(account.version);
        let mut change =
            account.clone().fact(gate, &by, session.channel, "session_refreshed", "{}", now);
        change.revoked.push(session.id);
        let answer = Signed {
            access,
            refresh,
            access_until: fresh.access_until,
            refresh_until: fresh.refresh_until,
            account,
            posts: by.posts.iter().map(|held| held.post).collect(),
        };
        change.sessions.push(fresh);
        *keep.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        Ok(change)
    })
    .await?;
    let signed = signed.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(signed.expect("what was committed was decided before"))
}
