//! Stops the dialler, and starts it again: the whole, in a district, or over a trunk.

use serde_json::json;

use super::{Act, Actor, App, Object, PlaceCode, Result, permissions};
use crate::{
    app::{Error, cases, request},
    domain::{
        change::Change,
        citizen::Text,
        pacing::stop::{Reach, Stop},
        time::Timestamp,
    },
    store::{
        stops, texts,
        writer::{Counter, Lane},
    },
};

const TRUNK_CHARS_MAX: usize = 64;

/// A switch is to be thrown.
#[derive(Clone, Debug)]
pub struct Throw {
    pub request_id: String,
    pub reach: Reach,
    /// Nobody is rung any more; else they are again.
    pub stop: bool,
    pub reason: String,
}

/// A switch with the words of why it was thrown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopView {
    pub reach: Reach,
    pub stopped: bool,
    pub account: i64,
    pub at: Timestamp,
    pub reason: String,
}

/// Throws it for all processes: here at once, elsewhere within a second. Calls that ring or talk go on.
pub async fn throw(app: &App, by: &Actor, ask: Throw) -> Result<StopView> {
    permissions::may(by, Act::StopDialling, Object::Nothing)?;
    let account = by.account.ok_or(Error::Unauthenticated)?;
    let reason = ask.reason.trim();
    if reason.is_empty() {
        return Err(Error::Invalid { field: "reason", why: "empty" });
    }
    cases::short("reason", reason, cases::WORDS_CHARS_MAX)?;
    check(app, &ask.reach)?;
    let (word, name) = named(&ask.reach);
    let act = if ask.stop { "stop_dialling" } else { "start_dialling" };
    let request = request(by, Some(&ask.request_id), act, &[word, name, reason]);
    let reach = &ask.reach;
    app.commit(Lane::Acts, request, move |now| async move {
        let before = stops::of(&app.store.db, reach).await?;
        let text = Text {
            id: app.store.writer.reserve(Counter::Text).await?,
            owner: format!("stop:{word}:{name}"),
            words: reason.to_owned(),
        };
        let thrown = Stop::thrown(before.as_ref(), reach, ask.stop, (account, text.id), now)?;
        let kind = if ask.stop { "dialling_stopped" } else { "dialling_started" };
        let facts = json!({ "reach": word, "name": name, "text": text.id });
        let mut change = Change::new(now).noted(by, kind, facts.to_string());
        change.texts.push(text);
        change.stop = Some(thrown);
        Ok(change)
    })
    .await?;
    app.dialling.forget_stops();
    tracing::info!(reach = word, name, stopped = ask.stop, "a stop switch is thrown");
    let thrown = stops::of(&app.store.db, reach).await?.ok_or(Error::NotFound("switch"))?;
    view(app, thrown).await
}

/// The switches that stop something now, the latest first.
pub async fn list(app: &App, by: &Actor) -> Result<Vec<StopView>> {
    permissions::may(by, Act::SeeDialling, Object::Nothing)?;
    let mut views = Vec::new();
    for stop in stops::in_force(&app.store.db).await? {
        views.push(view(app, stop).await?);
    }
    Ok(views)
}

async fn view(app: &App, stop: Stop) -> Result<StopView> {
    let reason = texts::get(&app.store.db, stop.reason).await?.words;
    let Stop { reach, stopped, account, at, .. } = stop;
    Ok(StopView { reach, stopped, account, at, reason })
}

/// Trunks are named in the settings of each process, which know best; a district is in the directory.
fn check(app: &App, reach: &Reach) -> Result<()> {
    match reach {
        Reach::Whole => Ok(()),
        Reach::District(district) => {
            let index = app.index();
            if index.district(district).as_ref() == Some(district) {
                Ok(())
            } else {
                Err(Error::Invalid { field: "district", why: "no district of the directory" })
            }
        }
        Reach::Trunk(trunk) if trunk.is_empty() || trunk.len() > TRUNK_CHARS_MAX => {
            Err(Error::Invalid { field: "trunk", why: "1 to 64 bytes" })
        }
        Reach::Trunk(_) => Ok(()),
    }
}

/// As facts and requests say it.
fn named(reach: &Reach) -> (&'static str, &str) {
    match reach {
        Reach::Whole => ("WHOLE", ""),
        Reach::District(PlaceCode(district)) => ("DISTRICT", district),
        Reach::Trunk(trunk) => ("TRUNK", trunk),
    }
}
