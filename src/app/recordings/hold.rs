//! A legal hold keeps a recording until it is lifted, whatever its class says.

use serde_json::json;

use super::{chain, seen::load_for};
use crate::{
    app::{App, Error, Result, request},
    domain::{
        actor::Actor, change::Change, citizen::Text, permissions::Act, recording::RecordingRow,
    },
    store::{
        recordings as stored,
        writer::{Counter, Lane},
    },
};

#[derive(Clone, Debug)]
pub struct Hold {
    pub request_id: String,
    pub id: i64,
    pub why: String,
    /// Lifted instead of placed.
    pub lift: bool,
}

pub async fn hold(app: &App, by: &Actor, ask: Hold) -> Result<RecordingRow> {
    let act = if ask.lift { Act::LiftHold } else { Act::PlaceHold };
    load_for(app, by, act, ask.id).await?;
    let kind = if ask.lift { "hold_lifted" } else { "hold_placed" };
    let request = request(by, Some(&ask.request_id), kind, &[&ask.id.to_string(), &ask.why]);
    let asked = &ask;
    app.commit(Lane::Acts, request, move |now| async move {
        let row = stored::get(&app.store.db, asked.id).await?;
        let why = Text {
            id: app.store.writer.reserve(Counter::Text).await?,
            owner: format!("recording:{}", row.id),
            words: asked.why.clone(),
        };
        let row = match asked.lift {
            true => row.lifted()?,
            false => row.held(why.id, now)?,
        };
        let mut facts = row.named();
        facts["why"] = json!(why.id);
        let mut change = Change { recording: Some(row.clone()), ..Change::new(now) };
        change.texts.push(why);
        chain::told(app, change, by, &row, kind, facts).await
    })
    .await?;
    stored::get(&app.store.db, ask.id).await.map_err(Error::missing("recording"))
}
