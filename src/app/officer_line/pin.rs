//! PINs: an officer sets the own one, signed in and with the password again; an administrator unlocks and clears, and never
//! knows one.

use super::{App, Error, Result, request, sessions};
use crate::{
    app::accounts::normal,
    domain::{
        account::{Account, LinePin, PIN_DIGITS},
        actor::Actor,
        change::{Change, Gate},
        permissions::{self, Act, Object},
        time::Timestamp,
    },
    store::{accounts, pins, writer::Lane},
};

#[derive(Clone)]
pub struct SetPin {
    pub request_id: String,
    pub password: String,
    pub pin: String,
}

impl std::fmt::Debug for SetPin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SetPin({})", self.request_id)
    }
}

/// How a PIN stands; never what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinState {
    pub login: String,
    pub set: bool,
    pub locked: bool,
}

/// A new PIN begins with no wrong tries, so it lifts a lock.
pub async fn set_pin(app: &App, by: &Actor, ask: SetPin) -> Result<PinState> {
    permissions::may(by, Act::SetPin, Object::Nothing)?;
    check(&ask.pin)?;
    let id = by.account.ok_or(Error::Unauthenticated)?;
    let account = accounts::get(&app.store.db, id).await?;
    sessions::prove(app, &account, ask.password.clone(), by.channel).await?;
    give(app, by, &ask.request_id, account.login, ask.pin).await
}

/// A sample officer's, printed at the demonstration's start.
pub(in crate::app) async fn give_pin(app: &App, login: &str, pin: &str) -> Result<()> {
    app.demonstration_only()?;
    let id = format!("sample-pin:{login}");
    give(app, &Actor::system(), &id, login.to_owned(), pin.to_owned()).await.map(drop)
}

pub async fn unlock_pin(app: &App, by: &Actor, request_id: &str, login: &str) -> Result<PinState> {
    permissions::may(by, Act::Accounts, Object::Nothing)?;
    keep(app, by, request_id, login, "pin_unlocked", |pin, _| {
        Ok(LinePin { tries: 0, ..pin.filter(LinePin::is_set).ok_or(Error::NotFound("pin"))? })
    })
    .await
}

/// The officer sets a new one before calling again.
pub async fn clear_pin(app: &App, by: &Actor, request_id: &str, login: &str) -> Result<PinState> {
    permissions::may(by, Act::Accounts, Object::Nothing)?;
    keep(app, by, request_id, login, "pin_cleared", |pin, _| {
        Ok(LinePin { hash: String::new(), ..pin.ok_or(Error::NotFound("pin"))? })
    })
    .await
}

async fn give(
    app: &App,
    by: &Actor,
    request_id: &str,
    login: String,
    pin: String,
) -> Result<PinState> {
    let hash = &app.passwords.hash(pin).await?;
    keep(app, by, request_id, &login, "pin_set", |_, (account, now)| {
        Ok(LinePin { account, hash: hash.clone(), tries: 0, set_at: now })
    })
    .await
}

/// The request's fingerprint holds no PIN: from a digest of six digits they are found at once.
async fn keep(
    app: &App,
    by: &Actor,
    request_id: &str,
    login: &str,
    kind: &str,
    after: impl Fn(Option<LinePin>, (i64, Timestamp)) -> Result<LinePin> + Sync,
) -> Result<PinState> {
    let login = &normal(login);
    let request = request(by, Some(request_id), kind, &[login]);
    let after = &after;
    app.commit(Lane::Acts, request, move |now| async move {
        let account = of_login(app, login).await?;
        let pin = pins::of_account(&app.store.db, account.id).await?;
        let pin = after(pin, (account.id, now))?;
        let gate = Gate::Version(account.version);
        let mut change: Change = account.fact(gate, by, by.channel, kind, "{}", now);
        change.pins.push(pin);
        Ok(change)
    })
    .await?;
    let account = of_login(app, login).await?;
    let pin = pins::of_account(&app.store.db, account.id).await?;
    Ok(PinState {
        login: account.login,
        set: pin.as_ref().is_some_and(LinePin::is_set),
        locked: pin.as_ref().is_some_and(|pin| pin.is_set() && pin.is_locked()),
    })
}

async fn of_login(app: &App, login: &str) -> Result<Account> {
    accounts::by_login(&app.store.db, login).await?.ok_or(Error::NotFound("account"))
}

fn check(pin: &str) -> Result<()> {
    let invalid = |why| Err(Error::Invalid { field: "pin", why });
    if pin.len() != PIN_DIGITS || !pin.bytes().all(|byte| byte.is_ascii_digit()) {
        return invalid("six digits");
    }
    if LinePin::is_guessable(pin) {
        return invalid("all digits alike or a row of digits");
    }
    Ok(())
}
