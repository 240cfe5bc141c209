//! An officer is known by the registered mobile that calls and a PIN. A number that is nobody's, an officer without a PIN and a
//! wrong PIN answer alike, after the same time, and lock alike: who asks learns no officer's number.

use super::{App, Result, actor, on_the_line, sessions};
use crate::{
    app::Error,
    domain::{
        account::{LinePin, Login, WRONG_PINS_MAX},
        actor::{Actor, Channel},
        change::Gate,
        phone::Phone,
    },
    store::{
        accounts,
        directory::people,
        pins,
        writer::{Lane, Request},
    },
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedIn {
    /// The account of an officer who holds a post of level 1.
    Officer(i64),
    NoPost,
    Wrong,
    Locked,
}

pub async fn sign_in(app: &App, phone: Option<&Phone>, pin: &str) -> Result<SignedIn> {
    let Some(known) = of_phone(app, phone).await? else {
        let taken = app.pin_strangers.take_try(phone);
        app.passwords.verify(pin.to_owned(), None).await?;
        return Ok(told(taken));
    };
    // Counted before it is compared: many calls at once get no more tries than one after the other.
    let taken = pins::take_try(&app.store.writer, known.account, WRONG_PINS_MAX).await?;
    let right = app.passwords.verify(pin.to_owned(), Some(known.hash)).await?;
    let Some(tries) = taken else { return Ok(SignedIn::Locked) };
    if !right {
        note_wrong(app, known.account, tries).await?;
        return Ok(told(taken));
    }
    let account = accounts::get(&app.store.db, known.account).await?;
    if !sessions::may_act(app, &account).await? {
        return Ok(told(taken));
    }
    note_right(app, known.account).await?;
    let by = actor(app, known.account).await?;
    Ok(if by.posts.is_empty() { SignedIn::NoPost } else { SignedIn::Officer(known.account) })
}

/// The PIN of the officer who has this mobile.
async fn of_phone(app: &App, phone: Option<&Phone>) -> Result<Option<LinePin>> {
    let Some(phone) = phone else { return Ok(None) };
    let Some(officer) = people::by_mobile(&app.store.db, phone).await? else { return Ok(None) };
    Ok(pins::of_account(&app.store.db, officer.account).await?.filter(LinePin::is_set))
}

/// The try that locks says so at once.
fn told(taken: Option<i64>) -> SignedIn {
    match taken {
        Some(tries) if tries < WRONG_PINS_MAX => SignedIn::Wrong,
        Some(_) | None => SignedIn::Locked,
    }
}

async fn note_wrong(app: &App, account: i64, tries: i64) -> Result<()> {
    let kind = if tries >= WRONG_PINS_MAX { "pin_locked" } else { "wrong_pin" };
    tracing::info!(account, tries, kind, "a wrong pin");
    app.commit(Lane::Acts, Request::system(), move |now| async move {
        let account = accounts::get(&app.store.db, account).await?;
        let gate = Gate::Version(account.version);
        let body = format!(r#"{{"tries":{tries}}}"#);
        Ok(account.fact(gate, &Actor::system(), Channel::OfficerLine, kind, &body, now))
    })
    .await?;
    Ok(())
}

/// The tries begin anew, and the day's register has a sign-in (R11).
async fn note_right(app: &App, account: i64) -> Result<()> {
    app.commit(Lane::Acts, Request::system(), move |now| async move {
        let account = accounts::get(&app.store.db, account).await?;
        let pin = pins::of_account(&app.store.db, account.id).await?;
        let by = on_the_line(app, &account, now).await?;
        let post = by.posts.first().map(|held| held.post.0);
        let login = Login { account: account.id, post, channel: Channel::OfficerLine, at: now };
        let gate = Gate::Version(account.version);
        let mut change = account.fact(gate, &by, Channel::OfficerLine, "signed_in", "{}", now);
        change.logins.push(login);
        change.pins.extend(pin.map(|pin| LinePin { tries: 0, ..pin }));
        Ok(change)
    })
    .await
    .map_err(|error| match error {
        // So many at a time that the counting is overtaken: nobody is let in uncounted.
        Error::Conflict => Error::Busy { retry_ms: 250 },
        other => other,
    })?;
    Ok(())
}
