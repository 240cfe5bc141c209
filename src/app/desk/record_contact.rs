//! An officer spoke with the citizen, went there, or noted something (R15, R16, R21).

use super::{App, Beside, CaseView, ContactKind, Error, Result, as_post, cases, load, request};
use crate::{
    domain::{
        actor::Actor,
        case::officer,
        citizen::Text,
        number::CaseNumber,
        permissions::Act,
        place::PostId,
        time::{MINUTE_MS, Timestamp},
    },
    store::writer::{Counter, Lane},
};

/// A contact may lie this far in the future, for clocks that differ.
const AHEAD_MS_MAX: i64 = 5 * MINUTE_MS;

#[derive(Clone, Debug)]
pub struct Contact {
    pub request_id: String,
    pub number: CaseNumber,
    pub etag: Option<i64>,
    pub post: Option<PostId>,
    pub kind: ContactKind,
    /// When it took place; now when None.
    pub at: Option<Timestamp>,
    pub note: String,
}

pub async fn record_contact(app: &App, by: &Actor, ask: Contact) -> Result<CaseView> {
    record_contact_with(app, by, ask, Beside::default()).await
}

/// With what the citizen said of the work, and the meeting in which the call was made (R17, R18).
pub async fn record_contact_with(
    app: &App,
    by: &Actor,
    ask: Contact,
    beside: Beside,
) -> Result<CaseView> {
    cases::short("note", &ask.note, cases::WORDS_CHARS_MAX)?;
    if ask.kind == ContactKind::Note && ask.note.trim().is_empty() {
        return Err(Error::Invalid { field: "note", why: "a note needs words" });
    }
    let by = &as_post(by, ask.post);
    let at = ask.at.map_or(String::new(), |at| at.ms().to_string());
    let number = ask.number.to_string();
    let mut payload = vec![number.as_str(), ask.kind.as_str(), &at, &ask.note];
    payload.extend(beside.said.map(|said| said.as_str()));
    payload.extend(beside.meeting.as_ref().map(|meeting| meeting.as_str()));
    let request = request(by, Some(&ask.request_id), "contact", &payload);
    let (ask, beside) = (&ask, &beside);
    app.commit(Lane::Acts, request, move |now| async move {
        let case = load(app, by, Act::Contact, ask.number).await?;
        cases::same(&case, ask.etag)?;
        let at = ask.at.unwrap_or(now);
        if at > now.plus_ms(AHEAD_MS_MAX) {
            return Err(Error::Invalid { field: "took_place_at", why: "lies in the future" });
        }
        let note = Text {
            id: app.store.writer.reserve(Counter::Text).await?,
            owner: case.stream(),
            words: ask.note.trim().to_owned(),
        };
        let contact = officer::Contact { kind: ask.kind, at, note };
        Ok(case.contact_with(by, contact, beside.clone(), now)?)
    })
    .await?;
    cases::view(app, cases::load(app, ask.number).await?).await
}
