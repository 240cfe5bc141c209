//! A recording begins, and is kept with its digest; the history of each case that its call was about names it.

use super::chain;
use crate::{
    app::{App, Error, Result, request},
    domain::{
        actor::Actor,
        chain::Hash,
        change::Change,
        permissions::{self, Act, Object},
        recording::{Class, RecordingRow, Retention, State},
        time::Timestamp,
    },
    store::{
        cases, recordings as stored,
        writer::{Counter, Lane, Request},
    },
};

/// A recording that is being written.
#[derive(Clone, Debug)]
pub struct Begun {
    pub call: String,
    /// Which of its call's recordings it is: a talk with an agent is 0, those of its dialogue count from 1.
    pub number: u32,
    pub class: Class,
    /// The identity of the folder that it lies in.
    pub folder: String,
    pub file: String,
    pub at: Timestamp,
}

/// A recording that has ended.
#[derive(Clone, Debug)]
pub struct NewRecording {
    pub call: String,
    pub number: u32,
    pub class: Class,
    /// None when it lies with a client, or nowhere.
    pub folder: Option<String>,
    /// Empty when there is none.
    pub file: String,
    pub sha256: Hash,
    pub duration_ms: i64,
    /// Why it is incomplete, if it is.
    pub partial: Option<String>,
    /// The case that an officer reported on in it, or a citizen spoke of beside the answer.
    pub case: Option<i64>,
}

impl NewRecording {
    /// As it is written when no row began it.
    pub(in crate::app) fn row(
        &self,
        id: i64,
        case: Option<i64>,
        retention: &Retention,
        at: Timestamp,
    ) -> RecordingRow {
        RecordingRow {
            id,
            call: self.call.clone(),
            number: Some(i64::from(self.number)),
            class: self.class,
            state: self.state(),
            case,
            folder: self.folder.clone(),
            file: self.file.clone(),
            sha256: self.sha256,
            duration_ms: self.duration_ms,
            partial: self.partial.clone(),
            at,
            delete_after: retention.delete_after(self.class, at),
            held_at: None,
            held_why: None,
            retry_at: None,
            trouble: None,
            deleted_at: None,
            version: 1,
        }
    }

    fn state(&self) -> State {
        match &self.partial {
            _ if self.file.is_empty() => State::Lost,
            Some(_) => State::Partial,
            None => State::Kept,
        }
    }
}

/// Writes the row of a recording that has begun; behind its end it changes nothing.
pub async fn begin(app: &App, by: &Actor, begun: Begun) -> Result<()> {
    permissions::may(by, Act::Call, Object::Nothing)?;
    let request = of_call("recording_begun", &begun.call, begun.number);
    let begun = &begun;
    app.commit(Lane::Acts, request, move |now| async move {
        let mut change = Change::new(now);
        let number = i64::from(begun.number);
        if stored::numbered(&app.store.db, &begun.call, number).await?.is_none() {
            let new = NewRecording {
                call: begun.call.clone(),
                number: begun.number,
                class: begun.class,
                folder: Some(begun.folder.clone()),
                file: begun.file.clone(),
                sha256: [0; 32],
                duration_ms: 0,
                partial: None,
                case: None,
            };
            let id = app.store.writer.reserve(Counter::Recording).await?;
            let row = new.row(id, None, &app.desk().retention, begun.at);
            change.recordings.push(RecordingRow { state: State::Recording, ..row });
        }
        Ok(change)
    })
    .await?;
    Ok(())
}

/// Keeps what a recording came to, in the row that it began with if there is one; gives its id. A second end of the same
/// recording is the first one.
pub async fn keep(app: &App, by: &Actor, new: NewRecording) -> Result<i64> {
    permissions::may(by, Act::Call, Object::Nothing)?;
    let digest: String = new.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    // What was lost may be found at the next start: that is another end.
    let request = of_call(&format!("recording:{digest}"), &new.call, new.number);
    let (ask, db) = (&new, &app.store.db);
    let id = app
        .commit(Lane::Acts, request, move |now| async move {
            let mut change = Change::new(now);
            let begun = stored::numbered(db, &ask.call, i64::from(ask.number)).await?;
            let row = match begun {
                Some(begun) if !(begun.state == State::Recording || found(&begun, ask)) => {
                    change.result = begun.id.to_string();
                    return Ok(change);
                }
                Some(begun) => {
                    let row = RecordingRow {
                        state: ask.state(),
                        folder: ask.folder.clone().or(begun.folder),
                        file: ask.file.clone(),
                        sha256: ask.sha256,
                        duration_ms: ask.duration_ms,
                        partial: ask.partial.clone(),
                        ..begun
                    };
                    change.recording = Some(row.clone());
                    row
                }
                None => {
                    let id = app.store.writer.reserve(Counter::Recording).await?;
                    let at = match ask.class {
                        Class::Call | Class::Message => now.plus_ms(-ask.duration_ms),
                        Class::Complaint | Class::Report => now,
                    };
                    let row = ask.row(id, ask.case, &app.desk().retention, at);
                    change.recordings.push(row.clone());
                    row
                }
            };
            change.result = row.id.to_string();
            chain::told(app, change, by, &row, "recorded", row.named()).await
        })
        .await?;
    let id: i64 = id.parse().map_err(Error::internal)?;
    if new.class == Class::Call {
        let row = stored::get(db, id).await?;
        for case in stored::cases_of(db, &row.call).await? {
            tell(app, by, case, &row).await?;
        }
    }
    Ok(id)
}

fn found(begun: &RecordingRow, new: &NewRecording) -> bool {
    begun.state == State::Lost && !new.file.is_empty()
}

/// Rows of this folder that an earlier process left unfinished, behind this id.
pub async fn running(app: &App, by: &Actor, folder: &str, after: i64) -> Result<Vec<RecordingRow>> {
    const PAGE: i64 = 200;
    permissions::may(by, Act::Call, Object::Nothing)?;
    Ok(stored::running(&app.store.db, folder, after, PAGE).await?)
}

/// Writes the digest into the history of a case, once.
async fn tell(app: &App, by: &Actor, case: i64, row: &RecordingRow) -> Result<()> {
    let name = format!("recorded:{case}:{}", row.id);
    let request = request(&Actor::system(), Some(&name), "recorded", &[&name]);
    app.commit(Lane::Acts, request, move |now| async move {
        let case = cases::get(&app.store.db, case).await?;
        let change = Change::updating(case.clone(), now);
        Ok(change.tell(by, "recorded", Some(&case), row.named()))
    })
    .await?;
    Ok(())
}

/// A call may report the same thing twice, from a journal or after a lost answer.
fn of_call(act: &str, call: &str, number: u32) -> Request {
    let name = format!("{call}:{number}");
    request(&Actor::system(), Some(&format!("{act}:{name}")), act, &[&name])
}
