//! After a call, its agent says what it was.

use std::sync::{Mutex, PoisonError};

use serde_json::json;

use crate::{
    app::{App, Error, Result, request},
    domain::{
        actor::Actor,
        change::Change,
        citizen::Text,
        intake::disposition::{Disposition, Talk},
        permissions::{self, Act, Object},
        refused::Refused,
        time::{HOUR_MS, Timestamp},
    },
    store::{
        talks,
        writer::{Counter, Lane},
    },
};

/// From the end of the agent's part of a call: until then something may be registered on it.
const REGISTER_MS: i64 = HOUR_MS;

#[derive(Clone, Debug)]
pub struct Dispose {
    pub request_id: String,
    /// None: the latest one.
    pub call: Option<String>,
    pub disposition: Disposition,
    /// What else there is to say.
    pub note: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disposed {
    pub talk: Talk,
    /// What was said first, when this changed it.
    pub before: Option<Disposition>,
    /// Said just now, and not by an earlier request of the same id.
    pub fresh: bool,
}

/// Of the own latest call alone. `live`: that one as the call centre knows it, which may not be kept yet.
pub async fn dispose(app: &App, by: &Actor, ask: Dispose, live: Option<Talk>) -> Result<Disposed> {
    permissions::may(by, Act::TakeCalls, Object::Nothing)?;
    let account = by.account.ok_or(Error::Unauthenticated)?;
    let payload = [
        ask.call.as_deref().unwrap_or_default(),
        ask.disposition.as_str(),
        ask.note.as_deref().unwrap_or_default(),
    ];
    let request = request(by, Some(&ask.request_id), "dispose", &payload);
    let decided = Mutex::new(None);
    let (ask, live, keep) = (&ask, &live, &decided);
    let call = app
        .commit(Lane::Acts, request, move |now| async move {
            let talk = latest(app, account, live.as_ref()).await?;
            if ask.call.as_ref().is_some_and(|call| *call != talk.call) {
                return Err(Refused::NotYourCall.into());
            }
            let text = match &ask.note {
                Some(note) => Some(Text {
                    id: app.store.writer.reserve(Counter::Text).await?,
                    owner: format!("call:{}", talk.call),
                    words: note.clone(),
                }),
                None => None,
            };
            let said = talk.say(ask.disposition, text.as_ref().map(|text| text.id), now)?;
            let before = talk.said.map(|said| said.disposition);
            let facts = json!({
                "call": said.call,
                "disposition": ask.disposition.as_str(),
                "before": before.map(Disposition::as_str),
                "text": text.as_ref().map(|text| text.id),
            });
            let mut change = Change::new(now).noted(by, "disposed", facts.to_string());
            change.result.clone_from(&said.call);
            change.texts.extend(text);
            change.intake.talks.push(said.clone());
            *keep.lock().unwrap_or_else(PoisonError::into_inner) = Some((said, before));
            Ok(change)
        })
        .await?;
    let decided = decided.into_inner().unwrap_or_else(PoisonError::into_inner);
    let kept = talks::of(&app.store.db, account, &call).await?.ok_or(Error::NotFound("call"))?;
    // What an earlier request decided is not decided again.
    let fresh = decided.filter(|(said, _)| said.said == kept.said);
    let before = fresh.as_ref().and_then(|(_, before)| *before);
    Ok(Disposed { talk: kept, before, fresh: fresh.is_some() })
}

/// The own call that a registration names: the agent talks on it, or talked within the hour.
pub async fn own_call(app: &App, by: &Actor, call: &str, live: Option<&Talk>) -> Result<Talk> {
    let account = by.account.ok_or(Error::Unauthenticated)?;
    let talk = match live.filter(|live| live.call == call) {
        Some(live) => live.clone(),
        None => talks::of(&app.store.db, account, call).await?.ok_or(Refused::NotYourCall)?,
    };
    if talk.ended_at.is_some_and(|ended| app.now().since(ended) > REGISTER_MS) {
        return Err(Refused::TooLate.into());
    }
    Ok(talk)
}

/// The agent's latest call, with what was said of it.
async fn latest(app: &App, account: i64, live: Option<&Talk>) -> Result<Talk> {
    match live {
        Some(live) => {
            let kept = talks::of(&app.store.db, account, &live.call).await?;
            Ok(Talk { said: kept.and_then(|kept| kept.said), ..live.clone() })
        }
        None => talks::latest(&app.store.db, account).await?.ok_or(Error::NotFound("call")),
    }
}

/// Ends what a process that ended left open.
pub async fn end_talks(app: &App, by: &Actor) -> Result<()> {
    permissions::may(by, Act::Agents, Object::Nothing)?;
    Ok(talks::end_all(&app.store.writer, app.now()).await?)
}

/// How often each was said since an instant.
pub async fn dispositions(
    app: &App,
    by: &Actor,
    since: Timestamp,
) -> Result<Vec<(Disposition, u64)>> {
    permissions::may(by, Act::Agents, Object::Nothing)?;
    let counts = talks::counts(&app.store.db, since).await?;
    Ok(counts.into_iter().map(|(word, n)| (word, u64::try_from(n).unwrap_or(0))).collect())
}
