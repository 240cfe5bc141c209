//! Where an agent's call may go: to another agent's desk phone, to the registered mobile of who holds a post, or back to the
//! queue. It is decided here and nowhere else, and each is a fact of the agent's account. No number is ever taken from an agent.

use serde_json::json;

use super::{Agent, agent};
use crate::{
    app::{App, Error, Result, accounts::normal, request, sessions},
    domain::{
        actor::{Actor, Channel},
        change::Gate,
        permissions::{self, Act, Object},
        phone::Phone,
        place::PostId,
    },
    store::{accounts, agents as stored, people, writer::Lane},
};

/// Whom somebody wants in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// By login.
    Agent(String),
    /// By the user name of the desk phone, as a phone dials it.
    Phone(String),
    /// Whoever holds it now.
    Post(PostId),
    Queue,
}

/// What becomes of the call: a blind transfer, or somebody who is asked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    Transfer,
    Invite,
}

#[derive(Clone, Debug)]
pub struct Pass {
    pub request_id: Option<String>,
    /// The call, as its record names it.
    pub call: String,
    pub to: To,
    pub manner: Manner,
}

/// Who was found.
#[derive(Clone, Debug)]
pub enum Reached {
    Agent(Agent),
    Officer { account: i64, name: String, mobile: Phone },
    Queue,
}

/// Finds who is meant and writes down who sent which call there; nothing has rung yet.
pub async fn pass(app: &App, by: &Actor, ask: Pass) -> Result<Reached> {
    permissions::may(by, Act::PassCall, Object::Nothing)?;
    let own = by.account.ok_or(Error::Unauthenticated)?;
    let reached = reach(app, &ask.to).await?;
    let (kind, to) = match &reached {
        Reached::Agent(agent) if agent.account == own => {
            return Err(Error::Invalid { field: "to", why: "that is yourself" });
        }
        Reached::Agent(agent) => ("account", agent.account),
        Reached::Officer { account, .. } => ("account", *account),
        Reached::Queue => ("queue", 0),
    };
    let named = match ask.manner {
        Manner::Transfer => "call_transferred",
        Manner::Invite => "call_shared",
    };
    let post = match &ask.to {
        To::Post(post) => Some(post.0),
        To::Agent(_) | To::Phone(_) | To::Queue => None,
    };
    let body = json!({ "call": ask.call, kind: to, "post": post }).to_string();
    let request = request(by, ask.request_id.as_deref(), named, &[&body]);
    let body = &body;
    app.commit(Lane::Acts, request, move |now| async move {
        let account = accounts::get(&app.store.db, own).await?;
        let gate = Gate::Version(account.version);
        Ok(account.fact(gate, by, by.channel, named, body, now))
    })
    .await?;
    Ok(reached)
}

/// As whom an agent's desk phone acts.
pub async fn actor(app: &App, account: i64) -> Result<Actor> {
    let account = accounts::get(&app.store.db, account).await?;
    if !sessions::may_act(app, &account).await? {
        return Err(Error::Unauthenticated);
    }
    sessions::actor(app, &account, Channel::Agent, app.now()).await
}

async fn reach(app: &App, to: &To) -> Result<Reached> {
    let db = &app.store.db;
    let desk = || Error::NotFound("desk phone");
    match to {
        To::Queue => Ok(Reached::Queue),
        To::Agent(login) => {
            let account = accounts::by_login(db, &normal(login)).await?.ok_or_else(desk)?;
            let found = stored::of_account(db, account.id).await?;
            Ok(Reached::Agent(found.map(agent).ok_or_else(desk)?))
        }
        To::Phone(user) => {
            let found = stored::all(db).await?.into_iter().find(|row| row.phone == *user);
            Ok(Reached::Agent(found.map(agent).ok_or_else(desk)?))
        }
        To::Post(post) => {
            let seated = people::seated(db, *post, app.now()).await?;
            let there = seated.iter().find(|seated| !seated.on_leave);
            let held = there.ok_or(Error::NotFound("officer of the post"))?;
            officer(app, held.account).await?.ok_or(Error::NotFound("registered mobile"))
        }
    }
}

/// At the mobile of the directory; None for an account without one.
pub(super) async fn officer(app: &App, account: i64) -> Result<Option<Reached>> {
    let profile = people::profile(&app.store.db, account).await?;
    let found = profile.and_then(|row| {
        let mobile = row.officer.mobile?;
        Some(Reached::Officer { account, name: row.officer.names.en, mobile })
    });
    Ok(found)
}
