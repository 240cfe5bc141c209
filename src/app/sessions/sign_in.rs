//! A person signs in with login and password.

use std::sync::{Mutex, PoisonError};

use super::{App, Error, Lasting, Result, Signed, actor, issue, may_act};
use crate::{
    domain::{
        account::{Account, Login},
        actor::{Channel, Role},
        change::Gate,
    },
    store::{
        accounts,
        writer::{Lane, Request},
    },
};

/// Longer logins and passwords are not looked at.
const LOGIN_BYTES_MAX: usize = 64;
const PASSWORD_BYTES_MAX: usize = 256;

#[derive(Clone)]
pub struct SignIn {
    pub login: String,
    pub password: String,
    pub channel: Channel,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignIn({}, {})", self.login, self.channel)
    }
}

/// An unknown login, a wrong password and a closed account answer alike, after the same time, and lock alike.
pub async fn sign_in(app: &App, ask: SignIn) -> Result<Signed> {
    if ask.login.len() > LOGIN_BYTES_MAX || ask.password.len() > PASSWORD_BYTES_MAX {
        return Err(Error::Unauthenticated);
    }
    match ask.channel {
        Channel::Agent | Channel::Portal | Channel::App => {}
        Channel::OfficerLine | Channel::JanSunwai | Channel::Ivr | Channel::System => {
            return Err(Error::Invalid { field: "channel", why: "nobody signs in by it" });
        }
    }
    let login = ask.login.to_lowercase();
    let found = accounts::by_login(&app.store.db, &login).await?;
    let locked_until = match &found {
        Some(found) => found.locked_until,
        None => app.strangers.locked_until(&login),
    };
    if let Some(until) = locked_until.filter(|until| app.now() < *until) {
        return Err(Error::LockedOut { until });
    }
    // An account without a password costs as much as one that nobody has.
    let stored =
        found.as_ref().map(|account| account.password_hash.clone()).filter(|hash| !hash.is_empty());
    let right = app.passwords.verify(ask.password, stored).await?;
    let Some(found) = found else {
        app.strangers.note_wrong(&login, app.now());
        return Err(Error::Unauthenticated);
    };
    if !right {
        note_wrong(app, &found, ask.channel).await?;
        return Err(Error::Unauthenticated);
    }
    if !may_act(app, &found).await? {
        return Err(Error::Unauthenticated);
    }
    // Only whoever knows the password is told what the account is for.
    if !found.role.signs_in_by(ask.channel) {
        return Err(Error::Invalid { field: "channel", why: "not one of this account's role" });
    }
    open(app, &found, ask.channel, Lasting::Usual).await
}

/// Opens a session for an account whose person is known to be right.
pub(in crate::app) async fn open(
    app: &App,
    found: &Account,
    channel: Channel,
    lasting: Lasting,
) -> Result<Signed> {
    let signed = Mutex::new(None);
    let keep = &signed;
    app.commit(Lane::Acts, Request::system(), move |now| async move {
        let account = accounts::get(&app.store.db, found.id).await?;
        if let Some(until) = account.locked_until.filter(|until| now < *until) {
            return Err(Error::LockedOut { until });
        }
        let by = actor(app, &account, channel, now).await?;
        let (session, [access, refresh]) = issue(app, account.id, channel, lasting, now).await?;
        let after = Account { failed: 0, locked_until: None, ..account.clone() };
        let gate = Gate::Version(account.version);
        let mut change = after.fact(gate, &by, channel, "signed_in", "{}", now);
        if account.role == Role::Officer {
            let post = by.posts.first().map(|held| held.post.0);
            change.logins.push(Login { account: account.id, post, channel, at: now });
        }
        let answer = Signed {
            access,
            refresh,
            access_until: session.access_until,
            refresh_until: session.refresh_until,
            account,
            posts: by.posts.iter().map(|held| held.post).collect(),
        };
        change.sessions.push(session);
        *keep.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        Ok(change)
    })
    .await?;
    let signed = signed.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(signed.expect("what was committed was decided before"))
}

/// The password once more, of somebody who is signed in; wrong ones count as at signing in.
pub(in crate::app) async fn prove(
    app: &App,
    account: &Account,
    password: String,
    channel: Channel,
) -> Result<()> {
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(Error::Unauthenticated);
    }
    if let Some(until) = account.locked_until.filter(|until| app.now() < *until) {
        return Err(Error::LockedOut { until });
    }
    let stored = Some(account.password_hash.clone()).filter(|hash| !hash.is_empty());
    if app.passwords.verify(password, stored).await? {
        return Ok(());
    }
    note_wrong(app, account, channel).await?;
    Err(Error::Unauthenticated)
}

async fn note_wrong(app: &App, found: &Account, channel: Channel) -> Result<()> {
    let noted = app
        .commit(Lane::Acts, Request::system(), move |now| async move {
            Ok(accounts::get(&app.store.db, found.id).await?.wrong_password(channel, now))
        })
        .await;
    tracing::info!(account = found.id, "a wrong password");
    match noted {
        // So many wrong passwords at a time that the counting itself is overtaken are refused all the same.
        Ok(_) | Err(Error::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}
