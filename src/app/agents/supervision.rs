//! Supervisors who listen to an agent's call: who, whom, for how long and why. The entry is written before the phone rings.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Agent, agent};
use crate::{
    app::{App, Error, Result, accounts::normal, request},
    domain::{
        account::Account,
        actor::Actor,
        change::Gate,
        citizen::Text,
        permissions::{self, Act, Object},
        time::Timestamp,
    },
    store::{
        accounts, agents as stored, events, texts,
        writer::{Counter, Lane},
    },
};

/// Characters of a reason.
pub const REASON_CHARS_MIN: usize = 5;
pub const REASON_CHARS_MAX: usize = 500;
/// How often the end of a listening is tried to be written, and how far apart.
const TRIES_MAX: u32 = 12;
const TRY_AGAIN: Duration = Duration::from_secs(5);
/// Entries of one answer, the latest first.
const LISTED_MAX: usize = 200;

const BEGAN: &str = "supervision_began";
const ENDED: &str = "supervision_ended";

#[derive(Clone, Debug)]
pub struct Begin {
    pub request_id: String,
    /// The login of the agent whose call it is.
    pub agent: String,
    pub call: String,
    /// `LISTEN`, `WHISPER`, `BARGE` or `TAKE_OVER`.
    pub mode: &'static str,
    pub reason: String,
}

#[derive(Clone, Debug)]
pub struct Ended {
    pub by: i64,
    pub call: String,
    pub lasted: Duration,
}

/// One line of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supervised {
    pub at: Timestamp,
    pub supervisor: String,
    pub agent: String,
    pub call: String,
    pub mode: String,
    pub reason: String,
    /// Of what began with it; None while it lasts, and when the process ended in it.
    pub lasted_ms: Option<i64>,
}

/// The agent whose call is to be heard.
pub async fn watched(app: &App, by: &Actor, login: &str) -> Result<Agent> {
    permissions::may(by, Act::Supervise, Object::Nothing)?;
    let account = accounts::by_login(&app.store.db, &normal(login)).await?;
    let account = account.ok_or(Error::NotFound("agent"))?;
    let found = stored::of_account(&app.store.db, account.id).await?;
    let found = found.map(agent).ok_or(Error::NotFound("agent"))?;
    if Some(found.account) == by.account {
        return Err(Error::Invalid { field: "agent", why: "that is yourself" });
    }
    Ok(found)
}

/// Commits that it begins, or that it goes on in another way. Nobody listens before this has returned.
pub async fn begin(app: &App, by: &Actor, ask: Begin) -> Result<()> {
    let agent = watched(app, by, &ask.agent).await?;
    let own = by.account.ok_or(Error::Unauthenticated)?;
    let chars = ask.reason.trim().chars().count();
    if !(REASON_CHARS_MIN..=REASON_CHARS_MAX).contains(&chars) {
        return Err(Error::Invalid { field: "reason", why: "5 to 500 characters" });
    }
    let watched = agent.account.to_string();
    let parts = [watched.as_str(), &ask.call, ask.mode, &ask.reason];
    let request = request(by, Some(&ask.request_id), BEGAN, &parts);
    let (ask, watched) = (&ask, agent.account);
    app.commit(Lane::Acts, request, move |now| async move {
        let account = accounts::get(&app.store.db, own).await?;
        let text = Text {
            id: app.store.writer.reserve(Counter::Text).await?,
            owner: account.stream(),
            words: ask.reason.trim().to_owned(),
        };
        let body = json!({
            "agent": watched,
            "call": ask.call,
            "mode": ask.mode,
            "reason": text.id,
        });
        let gate = Gate::Version(account.version);
        let mut change = account.fact(gate, by, by.channel, BEGAN, &body.to_string(), now);
        change.texts.push(text);
        Ok(change)
    })
    .await?;
    Ok(())
}

/// Writes that it is over. The database may be away: it is tried for a minute, then an alarm says what is missing.
pub async fn ended(app: &App, ended: Ended) {
    for _ in 0..TRIES_MAX {
        match write_ended(app, &ended).await {
            Ok(()) => return,
            Err(error) => tracing::warn!(%error, "the end of a supervision is not written yet"),
        }
        tokio::time::sleep(TRY_AGAIN).await;
    }
    tracing::error!(supervisor = ended.by, "the end of a supervision was not written");
}

async fn write_ended(app: &App, ended: &Ended) -> Result<()> {
    let by = &Actor::system();
    let ms = i64::try_from(ended.lasted.as_millis()).unwrap_or(i64::MAX);
    let body = &json!({ "call": ended.call, "ms": ms }).to_string();
    app.commit(Lane::Acts, request(by, None, ENDED, &[]), move |now| async move {
        let account = accounts::get(&app.store.db, ended.by).await?;
        let gate = Gate::Version(account.version);
        Ok(account.fact(gate, by, by.channel, ENDED, body, now))
    })
    .await?;
    Ok(())
}

/// What one supervisor listened to, the latest first.
pub async fn list(app: &App, by: &Actor, login: &str) -> Result<Vec<Supervised>> {
    permissions::may(by, Act::Supervisions, Object::Nothing)?;
    let db = &app.store.db;
    let supervisor = accounts::by_login(db, &normal(login)).await?;
    let supervisor = supervisor.ok_or(Error::NotFound("account"))?;
    let mut listed: Vec<Supervised> = Vec::new();
    let mut version = 0;
    loop {
        let page = events::of_stream(db, &supervisor.stream(), version).await?;
        let Some(last) = page.last() else { break };
        version = last.event.version;
        for recorded in page {
            let event = recorded.event;
            let body: Value = serde_json::from_str(&event.body).map_err(Error::internal)?;
            match event.kind.as_str() {
                BEGAN => listed.push(began(app, &supervisor, event.at, &body).await?),
                ENDED => {
                    let open = listed.iter_mut().rev();
                    let mut open = open.filter(|it| it.call == body["call"]);
                    if let Some(open) = open.find(|it| it.lasted_ms.is_none()) {
                        open.lasted_ms = body["ms"].as_i64();
                    }
                }
                _ => {}
            }
        }
    }
    listed.reverse();
    listed.truncate(LISTED_MAX);
    Ok(listed)
}

async fn began(app: &App, supervisor: &Account, at: Timestamp, body: &Value) -> Result<Supervised> {
    let db = &app.store.db;
    let word = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let agent = accounts::get(db, body["agent"].as_i64().unwrap_or_default()).await?;
    let reason = texts::get(db, body["reason"].as_i64().unwrap_or_default()).await?;
    Ok(Supervised {
        at,
        supervisor: supervisor.login.clone(),
        agent: agent.login,
        call: word("call"),
        mode: word("mode"),
        reason: reason.words,
        lasted_ms: None,
    })
}
