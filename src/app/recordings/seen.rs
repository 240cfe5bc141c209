//! Who sees which recordings: those of the cases that one sees, of these an officer what was said before there was an officer
//! to speak about, and an agent the messages of citizens who are to be rung back.

use crate::{
    app::{App, Error, Result, cases},
    domain::{
        actor::{Actor, Role},
        case::Case,
        number::CaseNumber,
        page::{After, Paged},
        permissions::{self, Act, Object},
        recording::RecordingRow,
    },
    store::{cases as stored_cases, recordings as stored},
};

/// Of a case, in the order of their ids, behind this one.
pub async fn of_case(
    app: &App,
    by: &Actor,
    number: CaseNumber,
    limit: u32,
    after: Option<After>,
) -> Result<Paged<RecordingRow>> {
    let case = cases::load_for(app, by, Act::HearRecording, number).await?;
    let rows = stored::of_case(&app.store.db, case.id).await?;
    Ok(page(rows.into_iter().filter(|row| hears(by, row, &case)), limit, after))
}

/// Of a call, those that one sees; a call without any is none.
pub async fn of_call(
    app: &App,
    by: &Actor,
    call: &str,
    limit: u32,
    after: Option<After>,
) -> Result<Paged<RecordingRow>> {
    permissions::may(by, Act::HearRecording, Object::Nothing)?;
    let mut seen = Vec::new();
    for row in stored::of_call(&app.store.db, call).await? {
        if sees(app, by, Act::HearRecording, &row).await? {
            seen.push(row);
        }
    }
    if seen.is_empty() {
        return Err(absent(by, Act::HearRecording));
    }
    Ok(page(seen.into_iter(), limit, after))
}

/// Loads a recording for one who does this to it; one of somebody else's is not there.
pub(super) async fn load_for(app: &App, by: &Actor, act: Act, id: i64) -> Result<RecordingRow> {
    permissions::may(by, act, Object::Nothing)?;
    let row = match stored::get(&app.store.db, id).await {
        Ok(row) => row,
        Err(crate::store::Error::NotFound) => return Err(absent(by, act)),
        Err(error) => return Err(error.into()),
    };
    if sees(app, by, act, &row).await? { Ok(row) } else { Err(absent(by, act)) }
}

fn absent(by: &Actor, act: Act) -> Error {
    permissions::absent(by, act).map_or(Error::NotFound("recording"), Error::from)
}

async fn sees(app: &App, by: &Actor, act: Act, row: &RecordingRow) -> Result<bool> {
    if takes_calls(by) {
        return Ok(row.is_for_agents());
    }
    // Who sees all cases sees the calls of none, too.
    if permissions::absent(by, act).is_none() {
        return Ok(true);
    }
    let mut about = stored::cases_of(&app.store.db, &row.call).await?;
    about.extend(row.case);
    for case in about {
        let case = stored_cases::get(&app.store.db, case).await?;
        if cases::may(app, by, act, &case).is_ok() && hears(by, row, &case) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn hears(by: &Actor, row: &RecordingRow, case: &Case) -> bool {
    if takes_calls(by) {
        return row.is_for_agents();
    }
    by.role != Role::Officer || row.is_for_officers(case.registered_at)
}

/// Of those who hear all, the ones who hear what waits for them to ring back.
fn takes_calls(by: &Actor) -> bool {
    matches!(by.role, Role::Agent | Role::FeedbackCaller)
}

fn page(
    rows: impl Iterator<Item = RecordingRow>,
    limit: u32,
    after: Option<After>,
) -> Paged<RecordingRow> {
    let rows: Vec<_> = rows.filter(|row| after.is_none_or(|after| row.id > after.id)).collect();
    Paged::of(rows, limit as usize, |row| After { at: row.at, id: row.id })
}
