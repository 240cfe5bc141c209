//! Makes the account of an officer whom an import brings: it has no password until one is set.

use super::{App, Result};
use crate::{
    app::request,
    domain::{
        account::Account,
        actor::{Actor, Role},
        chain,
        change::Gate,
        refused::Refused,
    },
    store::{
        accounts,
        writer::{Counter, Lane},
    },
};

/// Gives the account's id. The import has checked who asks, and that nobody else has the login.
pub(in crate::app) async fn open_officer(
    app: &App,
    by: &Actor,
    login: &str,
    name: &str,
    version: i64,
) -> Result<i64> {
    let id = app.store.writer.reserve(Counter::Account).await?;
    app.commit(Lane::Bulk, request(by, None, "open_officer", &[]), move |now| async move {
        if accounts::by_login(&app.store.db, login).await?.is_some() {
            return Err(Refused::LoginTaken.into());
        }
        let account = Account {
            id,
            login: login.to_owned(),
            name: name.to_owned(),
            password_hash: String::new(),
            role: Role::Officer,
            district: None,
            active: true,
            failed: 0,
            locked_until: None,
            version: 0,
            head: chain::START,
        };
        let body = serde_json::json!({ "role": Role::Officer.as_str(), "import": version });
        let mut change =
            account.fact(Gate::New, by, by.channel, "account_added", &body.to_string(), now);
        change.result = id.to_string();
        Ok(change)
    })
    .await?;
    Ok(id)
}
