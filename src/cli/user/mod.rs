//! Accounts of staff. All but `pin` works on the database itself, also while the helpline runs, because the first account has
//! nobody to ask for it.

mod pin;

use std::sync::Arc;

use crate::{
    app::{self, App, accounts, demo},
    cli::{
        client::Options,
        error::{Error, Result},
        place::{self, Place},
        print, session,
    },
    clock::Clock,
    domain::{
        account::Account,
        actor::{Actor, Role, titles::Title},
        place::{PlaceCode, PostId},
    },
};

const PAGE: u32 = 200;

#[derive(Debug, clap::Subcommand)]
pub enum User {
    /// Add an account; the password is read from standard input
    Add(Add),
    /// List the accounts
    List(Place),
    /// List the roles as they are called in the state whose directory is live
    Roles(Place),
    /// PINs of the officers' phone line
    #[command(subcommand)]
    Pin(pin::Pin),
    /// Set the password of an account, read from standard input: the first of an imported officer, or a new one
    Password {
        login: String,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, clap::Args)]
pub struct Add {
    login: String,
    /// agent, feedback-caller, supervisor, officer, nodal, collector, district-in-charge, directorate, cm-office, auditor, admin or ivr
    #[arg(long)]
    role: String,
    /// The person's name
    #[arg(long)]
    name: String,
    /// The district of a district role, as district:396
    #[arg(long)]
    district: Option<String>,
    /// A post that the officer holds; may be given several times
    #[arg(long = "post")]
    posts: Vec<i64>,
    #[command(flatten)]
    place: Place,
}

pub async fn run(user: User, options: &Options) -> Result<()> {
    let json = options.json;
    match user {
        User::Pin(pin) => pin::run(pin, options).await?,
        User::Add(add) => {
            let role = role(&add.role)?;
            let password = session::password(&format!("password of {}: ", add.login))?;
            let app = open(&add.place).await?;
            let ask = accounts::Add {
                login: add.login,
                name: add.name,
                password,
                role,
                district: add.district.map(PlaceCode::new),
                posts: add.posts.into_iter().map(PostId).collect(),
            };
            let added = accounts::add(&app, &Actor::system(), ask).await;
            app.close().await;
            show(json, &[added.map_err(Error::other)?]);
        }
        User::Password { login, place } => {
            let password = session::password(&format!("password of {login}: "))?;
            let app = open(&place).await?;
            let set = accounts::set_password(&app, &Actor::system(), &login, password).await;
            app.close().await;
            show(json, &[set.map_err(Error::other)?]);
        }
        User::List(place) => {
            let app = open(&place).await?;
            let listed = all(&app).await;
            app.close().await;
            show(json, &listed?);
        }
        User::Roles(place) => {
            let app = open(&place).await?;
            let titles = accounts::titles(&app, &Actor::system());
            app.close().await;
            show_titles(json, &titles);
        }
    }
    Ok(())
}

/// As another process on the database: it needs no server, and disturbs none.
async fn open(place: &Place) -> Result<Arc<App>> {
    let settings = place.settings()?;
    let store = place::open(&settings, Clock::system().now()).await?;
    let clock = demo::clock_kept(&store).await.map_err(Error::other)?;
    let options = app::Options { clock, ..app::Options::default() };
    App::open(store, options).await.map_err(Error::other)
}

async fn all(app: &App) -> Result<Vec<Account>> {
    let mut found: Vec<Account> = Vec::new();
    loop {
        let after = found.last().map_or(0, |last| last.id);
        let page =
            accounts::list(app, &Actor::system(), after, PAGE).await.map_err(Error::other)?;
        if page.is_empty() {
            return Ok(found);
        }
        found.extend(page);
    }
}

fn role(typed: &str) -> Result<Role> {
    let word = print::name("", typed);
    let role = Role::parse(&word).filter(|role| *role != Role::System);
    role.ok_or_else(|| Error::usage(format!("{typed:?} is no role")))
}

fn show(json: bool, accounts: &[Account]) {
    let value = || {
        accounts
            .iter()
            .map(|account| {
                serde_json::json!({
                    "id": account.id,
                    "login": account.login,
                    "name": account.name,
                    "role": account.role.as_str(),
                    "district": account.district.as_ref().map(PlaceCode::as_str),
                    "active": account.active,
                })
            })
            .collect()
    };
    let text = || {
        print::table(
            ["ID", "LOGIN", "ROLE", "DISTRICT", "NAME"],
            accounts.iter().map(|account| {
                [
                    account.id.to_string(),
                    account.login.clone(),
                    account.role.to_string(),
                    account.district.as_ref().map(ToString::to_string).unwrap_or_default(),
                    account.name.clone(),
                ]
            }),
        )
    };
    print::out(json, value, text);
}

fn show_titles(json: bool, titles: &[Title]) {
    let value = |title: &Title| {
        serde_json::json!({
            "word": title.word,
            "role": title.role.as_str(),
            "level": title.level.map(|level| level.0),
            "name_hi": title.names.hi,
            "name_en": title.names.en,
        })
    };
    let row = |title: &Title| {
        let names = title.names.clone();
        [title.word.to_owned(), title.role.to_string(), names.en, names.hi]
    };
    let heads = ["TITLE", "ROLE", "ENGLISH", "HINDI"];
    print::out(
        json,
        || titles.iter().map(value).collect(),
        || print::table(heads, titles.iter().map(row)),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_typed_in_small_letters_and_nobody_is_the_system() {
        assert_eq!(role("feedback-caller").unwrap(), Role::FeedbackCaller);
        assert!(role("system").is_err());
        assert!(role("boss").is_err());
    }
}
