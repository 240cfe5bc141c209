//! What happened to one recording is a chain of its own: the proof that its file is gone, when, and by which rule.

use serde_json::Value;

use super::seen::load_for;
use crate::{
    app::{App, Result},
    domain::{
        actor::Actor,
        chain,
        change::{Change, Event},
        permissions::Act,
        recording::RecordingRow,
    },
    store::events,
};

/// Adds the next fact of the recording's stream; the gate of its row keeps two from being next.
pub(super) async fn told(
    app: &App,
    mut change: Change,
    by: &Actor,
    row: &RecordingRow,
    kind: &str,
    facts: Value,
) -> Result<Change> {
    let stream = row.stream();
    let before = events::of_stream(&app.store.db, &stream, 0).await?;
    let last = before.last().map(|last| &last.event);
    let mut event = Event {
        version: last.map_or(1, |last| last.version + 1),
        prev_hash: last.map_or(chain::START, |last| last.hash),
        stream,
        at: change.at,
        kind: kind.to_owned(),
        actor: by.name(),
        post: by.posts.first().map(|held| held.post.0),
        channel: by.channel.as_str().to_owned(),
        facts: facts.to_string(),
        body: "{}".to_owned(),
        hash: chain::START,
    };
    event.hash = chain::hash(&event);
    change.events.push(event);
    Ok(change)
}

/// The recording as it stands, and every fact of it with its links, oldest first.
pub async fn prove(app: &App, by: &Actor, id: i64) -> Result<(RecordingRow, Vec<Event>)> {
    let row = load_for(app, by, Act::HearRecording, id).await?;
    let facts = events::of_stream(&app.store.db, &row.stream(), 0).await?;
    Ok((row, facts.into_iter().map(|recorded| recorded.event).collect()))
}
