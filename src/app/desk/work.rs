//! What an officer records on the way: visit, own date, help sought, what is in the way, a note (R21 to R24, R52).

use super::{
    Act, Actor, App, Blocker, CaseView, Error, On, PostId, Result, Timestamp, act, cases, evidence,
    listed, text, words,
};
use crate::domain::{case::desk::work, time::MINUTE_MS};

/// A visit may lie this far in the future, for clocks that differ.
const AHEAD_MS_MAX: i64 = 5 * MINUTE_MS;
const PLACE_CHARS_MAX: usize = 200;

#[derive(Clone, Debug)]
pub struct Visit {
    pub on: On,
    /// Now when None.
    pub at: Option<Timestamp>,
    pub place: String,
    pub finding: String,
    pub evidence: Vec<i64>,
}

#[derive(Clone, Debug)]
pub struct Target {
    pub on: On,
    pub at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct SeekHelp {
    pub on: On,
    /// The senior post that is asked, when it is one of the directory.
    pub of: Option<PostId>,
    pub note: String,
}

#[derive(Clone, Debug)]
pub struct Blocked {
    pub on: On,
    /// None: nothing is in the way any more.
    pub blocker: Option<Blocker>,
    pub note: String,
}

#[derive(Clone, Debug)]
pub struct Note {
    pub on: On,
    pub note: String,
}

pub async fn visit(app: &App, by: &Actor, ask: Visit) -> Result<CaseView> {
    words("place", &ask.place)?;
    cases::short("place", &ask.place, PLACE_CHARS_MAX)?;
    words("finding", &ask.finding)?;
    let at = ask.at.map_or(String::new(), |at| at.ms().to_string());
    let files = listed(&ask.evidence);
    let (ask, payload) = (&ask, [at.as_str(), &ask.place, &ask.finding, &files]);
    act(app, by, &ask.on, (Act::Visit, "visit"), &payload, move |case, by, now| async move {
        let at = ask.at.unwrap_or(now);
        if at > now.plus_ms(AHEAD_MS_MAX) {
            return Err(Error::Invalid { field: "took_place_at", why: "lies in the future" });
        }
        let visit = work::Visit {
            at,
            place: text(app, &case, &ask.place).await?,
            finding: text(app, &case, &ask.finding).await?,
            evidence: evidence::named(app, &case, &ask.evidence).await?,
        };
        Ok(case.visit(&by, visit, now)?)
    })
    .await
}

pub async fn target(app: &App, by: &Actor, ask: Target) -> Result<CaseView> {
    let at = ask.at.ms().to_string();
    let ask = &ask;
    act(app, by, &ask.on, (Act::Target, "target"), &[&at], move |case, by, now| async move {
        Ok(case.target(&by, ask.at, now)?)
    })
    .await
}

pub async fn seek_help(app: &App, by: &Actor, ask: SeekHelp) -> Result<CaseView> {
    words("note", &ask.note)?;
    let of = ask.of.map_or(String::new(), |post| post.0.to_string());
    let (ask, payload) = (&ask, [of.as_str(), &ask.note]);
    act(app, by, &ask.on, (Act::SeekHelp, "seek_help"), &payload, move |case, by, now| async move {
        if ask.of.is_some_and(|post| app.index().post(post).is_none()) {
            return Err(Error::Invalid { field: "of_post", why: "not in the directory" });
        }
        let note = text(app, &case, &ask.note).await?;
        Ok(case.seek_help(&by, ask.of, note, now)?)
    })
    .await
}

pub async fn blocked(app: &App, by: &Actor, ask: Blocked) -> Result<CaseView> {
    cases::short("note", &ask.note, cases::WORDS_CHARS_MAX)?;
    let code = ask.blocker.map_or("", Blocker::as_str);
    let (ask, payload) = (&ask, [code, &ask.note]);
    act(app, by, &ask.on, (Act::Block, "blocked"), &payload, move |case, by, now| async move {
        let note = text(app, &case, &ask.note).await?;
        Ok(case.blocked(&by, ask.blocker, note, now)?)
    })
    .await
}

pub async fn note(app: &App, by: &Actor, ask: Note) -> Result<CaseView> {
    words("note", &ask.note)?;
    let ask = &ask;
    act(app, by, &ask.on, (Act::Note, "note"), &[&ask.note], move |case, by, now| async move {
        let note = text(app, &case, &ask.note).await?;
        Ok(case.note(&by, note, now)?)
    })
    .await
}
