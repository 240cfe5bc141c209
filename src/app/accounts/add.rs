//! Makes an account, with the posts that its person holds from now on.

use super::{App, Error, Result};
use crate::{
    app::request,
    domain::{
        account::{Account, Holding},
        actor::{Actor, Role},
        chain,
        change::Gate,
        permissions::{self, Act, Object},
        place::{PlaceCode, PostId},
        refused::Refused,
    },
    store::{
        accounts, cases,
        writer::{Counter, Lane},
    },
};

const LOGIN_CHARS_MAX: usize = 64;
const PASSWORD_CHARS_MIN: usize = 8;
const PASSWORD_BYTES_MAX: usize = 256;
const NAME_CHARS_MAX: usize = 100;

#[derive(Clone)]
pub struct Add {
    pub login: String,
    pub name: String,
    pub password: String,
    pub role: Role,
    pub district: Option<PlaceCode>,
    pub posts: Vec<PostId>,
}

impl std::fmt::Debug for Add {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Add({}, {})", self.login, self.role)
    }
}

pub async fn add(app: &App, by: &Actor, ask: Add) -> Result<Account> {
    permissions::may(by, Act::Accounts, Object::Nothing)?;
    let login = normal(&ask.login);
    check(app, &ask, &login)?;
    let password_hash = &app.passwords.hash(ask.password.clone()).await?;
    let (ask, login) = (&ask, &login);
    let id = app
        .commit(Lane::Acts, request(by, None, "account", &[]), move |now| async move {
            if accounts::by_login(&app.store.db, login).await?.is_some() {
                return Err(Refused::LoginTaken.into());
            }
            let account = Account {
                id: app.store.writer.reserve(Counter::Account).await?,
                login: login.clone(),
                name: ask.name.trim().to_owned(),
                password_hash: password_hash.clone(),
                role: ask.role,
                district: ask.district.clone(),
                active: true,
                failed: 0,
                locked_until: None,
                version: 0,
                head: chain::START,
            };
            let id = account.id;
            let body = serde_json::json!({
                "role": ask.role.as_str(),
                "posts": ask.posts.iter().map(|post| post.0).collect::<Vec<_>>(),
            });
            let mut change =
                account.fact(Gate::New, by, by.channel, "account_added", &body.to_string(), now);
            let holds =
                |post: &PostId| Holding { post: *post, account: id, from: now, until: None };
            change.holdings = ask.posts.iter().map(holds).collect();
            change.result = id.to_string();
            Ok(change)
        })
        .await?;
    Ok(accounts::get(&app.store.db, id.parse().map_err(Error::internal)?).await?)
}

/// As logins are kept and compared.
pub(in crate::app) fn normal(login: &str) -> String {
    login.trim().to_lowercase()
}

pub(super) fn check_password(password: &str) -> Result<()> {
    if password.chars().count() < PASSWORD_CHARS_MIN || password.len() > PASSWORD_BYTES_MAX {
        return Err(Error::Invalid { field: "password", why: "at least 8 characters" });
    }
    Ok(())
}

fn check(app: &App, ask: &Add, login: &str) -> Result<()> {
    let invalid = |field, why| Err(Error::Invalid { field, why });
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@".contains(c);
    if login.is_empty() || login.len() > LOGIN_CHARS_MAX || !login.chars().all(plain) {
        return invalid("login", "letters, digits, dots, hyphens and underscores; at most 64");
    }
    check_password(&ask.password)?;
    if ask.name.trim().is_empty() || ask.name.chars().count() > NAME_CHARS_MAX {
        return invalid("name", "1 to 100 characters");
    }
    let index = app.index();
    match ask.role {
        Role::Nodal | Role::Collector | Role::DistrictInCharge => {
            let known = ask.district.as_ref().is_some_and(|code| index.place(code).is_some());
            if !known {
                return invalid("district", "this role needs a district of the directory");
            }
        }
        Role::System => return invalid("role", "nobody signs in as the system"),
        Role::Agent
        | Role::FeedbackCaller
        | Role::Supervisor
        | Role::Officer
        | Role::Directorate
        | Role::CmOffice
        | Role::Auditor
        | Role::Admin
        | Role::Ivr => {}
    }
    if (ask.role == Role::Officer) == ask.posts.is_empty() {
        return invalid("posts", "officers hold posts, other roles none");
    }
    if ask.posts.len() > cases::POSTS_MAX {
        return invalid("posts", "at most 8");
    }
    if ask.posts.iter().any(|post| index.post(*post).is_none()) {
        return invalid("posts", "not in the directory");
    }
    Ok(())
}
