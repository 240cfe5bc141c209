//! Which tasks each feedback caller takes: languages, districts, departments.

use crate::{
    app::{App, Error, Result, accounts::normal, request},
    domain::{
        actor::{Actor, Role},
        change::Gate,
        feedback::Takes,
        permissions::{self, Act, Object},
    },
    store::{accounts, callers as stored, writer::Lane},
};

/// Of each list; the next task is looked for in every district of it.
pub const DISTRICTS_MAX: usize = 20;
pub const DEPARTMENTS_MAX: usize = 64;

/// A feedback caller with what is taken; empty lists are all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerRow {
    pub account: i64,
    pub login: String,
    pub name: String,
    pub takes: Takes,
}

#[derive(Clone, Debug)]
pub struct PutCaller {
    pub request_id: String,
    pub login: String,
    pub takes: Takes,
}

/// By a supervisor, in place of what was said before.
pub async fn put_caller(app: &App, by: &Actor, ask: PutCaller) -> Result<CallerRow> {
    permissions::may(by, Act::FeedbackCallers, Object::Nothing)?;
    if ask.takes.districts.len() > DISTRICTS_MAX {
        return Err(Error::Invalid { field: "districts", why: "at most 20" });
    }
    if ask.takes.departments.len() > DEPARTMENTS_MAX {
        return Err(Error::Invalid { field: "departments", why: "at most 64" });
    }
    let login = normal(&ask.login);
    let account = accounts::by_login(&app.store.db, &login).await?;
    let account = account.ok_or(Error::NotFound("account"))?;
    if account.role != Role::FeedbackCaller {
        return Err(Error::Invalid { field: "login", why: "no feedback caller" });
    }
    stored::put(&app.store.writer, account.id, &ask.takes).await?;
    let body = serde_json::to_string(&ask.takes).map_err(Error::internal)?;
    let request = request(by, Some(&ask.request_id), "put_caller", &[&login, &body]);
    let (login, body) = (&login, &body);
    app.commit(Lane::Acts, request, move |now| async move {
        let account = accounts::by_login(&app.store.db, login).await?;
        let account = account.ok_or(Error::NotFound("account"))?;
        let gate = Gate::Version(account.version);
        Ok(account.fact(gate, by, by.channel, "caller_put", body, now))
    })
    .await?;
    Ok(CallerRow {
        account: account.id,
        login: account.login,
        name: account.name,
        takes: ask.takes,
    })
}

/// A page of active feedback callers, behind an account.
pub async fn callers(
    app: &App,
    by: &Actor,
    limit: u32,
    after: Option<i64>,
) -> Result<(Vec<CallerRow>, Option<i64>)> {
    permissions::may(by, Act::FeedbackCallers, Object::Nothing)?;
    let limit = i64::from(limit).clamp(1, stored::PAGE_MAX - 1);
    let mut found = stored::after(&app.store.db, after.unwrap_or(0), limit + 1).await?;
    let more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|row| row.account);
    let rows = found.into_iter().map(|row| CallerRow {
        account: row.account,
        login: row.login,
        name: row.name,
        takes: row.takes,
    });
    Ok((rows.collect(), next))
}
