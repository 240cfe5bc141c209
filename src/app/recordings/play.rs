//! A recording is opened: who, which, from where to where and why is written before a byte leaves.

use serde_json::json;

use super::seen::load_for;
use crate::{
    app::{App, Error, Result, request},
    domain::{
        actor::Actor,
        change::Change,
        citizen::Text,
        permissions::Act,
        recording::{RecordingRow, State},
        refused::Refused,
    },
    gateways::recordings::Reading,
    store::writer::{Counter, Lane},
};

#[derive(Clone, Debug)]
pub struct Play {
    pub request_id: String,
    pub id: i64,
    /// The first byte.
    pub from: u64,
    /// None: to the end.
    pub bytes: Option<u64>,
    pub why: String,
}

#[derive(Debug)]
pub struct Opened {
    pub row: RecordingRow,
    /// Of the whole file.
    pub total_bytes: u64,
    pub from: u64,
    pub bytes: u64,
    reading: Reading,
}

pub async fn open(app: &App, by: &Actor, ask: Play) -> Result<Opened> {
    let row = load_for(app, by, Act::HearRecording, ask.id).await?;
    let folder = &app.desk().recordings;
    match row.state {
        State::Kept | State::Partial => {}
        State::Recording => return Err(Error::Refused(Refused::RecordingUnderWay)),
        State::Lost | State::Deleting | State::Deleted => {
            return Err(Error::Refused(Refused::RecordingGone));
        }
    }
    let here = row.folder.as_deref().is_none_or(|id| id == folder.id());
    let total = match folder.bytes(&row.file).await {
        Ok(Some(total)) if here => total,
        Ok(_) => return Err(Error::Refused(Refused::RecordingElsewhere)),
        Err(error) => return Err(Error::internal(error)),
    };
    if ask.from > total {
        return Err(Error::Invalid { field: "from", why: "behind the end" });
    }
    let bytes = ask.bytes.unwrap_or(u64::MAX).min(total - ask.from);

    let (said, range) = (row.id.to_string(), format!("{}+{bytes}", ask.from));
    let request = request(by, Some(&ask.request_id), "play_recording", &[&said, &range, &ask.why]);
    let (asked, opened) = (&ask, &row);
    app.commit(Lane::Acts, request, move |now| async move {
        let why = Text {
            id: app.store.writer.reserve(Counter::Text).await?,
            owner: format!("recording:{}", opened.id),
            words: asked.why.clone(),
        };
        let mut facts = opened.named();
        facts["from"] = json!(asked.from);
        facts["bytes"] = json!(bytes);
        facts["why"] = json!(why.id);
        let mut change = Change::new(now).noted(by, "recording_opened", facts.to_string());
        change.texts.push(why);
        Ok(change)
    })
    .await?;
    let reading = folder.open_at(&row.file, ask.from, bytes).await.map_err(Error::internal)?;
    Ok(Opened { row, total_bytes: total, from: ask.from, bytes, reading })
}

impl Opened {
    /// The next piece; empty at the end.
    pub async fn piece(&mut self) -> Result<Vec<u8>> {
        self.reading.piece().await.map_err(Error::internal)
    }
}
