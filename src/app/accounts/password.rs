//! Sets an account's password: the first of an officer whom an import brought, or one that was forgotten.

use super::{
    App, Result,
    add::{check_password, normal},
};
use crate::{
    app::{Error, request},
    domain::{
        account::Account,
        actor::Actor,
        change::Gate,
        permissions::{self, Act, Object},
    },
    store::{accounts, writer::Lane},
};

pub async fn set_password(app: &App, by: &Actor, login: &str, password: String) -> Result<Account> {
    permissions::may(by, Act::Accounts, Object::Nothing)?;
    check_password(&password)?;
    let login = &normal(login);
    let hash = &app.passwords.hash(password).await?;
    let id = app
        .commit(Lane::Acts, request(by, None, "password", &[]), move |now| async move {
            let found = accounts::by_login(&app.store.db, login).await?;
            let account = found.ok_or(Error::NotFound("account"))?;
            let after = Account {
                password_hash: hash.clone(),
                failed: 0,
                locked_until: None,
                ..account.clone()
            };
            let gate = Gate::Version(account.version);
            let mut change = after.fact(gate, by, by.channel, "password_set", "{}", now);
            change.result = account.id.to_string();
            Ok(change)
        })
        .await?;
    Ok(accounts::get(&app.store.db, id.parse().map_err(Error::internal)?).await?)
}
