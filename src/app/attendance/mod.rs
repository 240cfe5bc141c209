//! The daily register of officers (R11-R13): who looked, who did not, and what was done about it.

use std::sync::PoisonError;

use super::{App, Error, Result, cases, request};
use crate::{
    domain::{
        actor::{Actor, Role},
        attendance::{Action, ActionTaken, Defaulter, Visit},
        change::Change,
        citizen::Text,
        directory::Names,
        permissions::{self, Act, Object},
        place::{Code, PlaceCode},
        refused::Refused,
        time::Day,
    },
    store::{
        accounts,
        attendance::{self, Judged, Wanted},
        directory::people,
        texts,
        writer::{Counter, Lane, Request},
    },
};

mod days;

pub use days::{is_due, judge_day, judge_days};

/// Looks that this process knows to be kept; more begin anew, which costs a write each.
const KNOWN_MAX: usize = 100_000;
const NOTE_CHARS_MAX: usize = 2_000;
const PAGE_DEFAULT: u32 = 50;
const PAGE_MAX: u32 = 200;

/// Which defaulters are asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub from: Option<Day>,
    pub until: Option<Day>,
    pub district: Option<PlaceCode>,
    pub department: Option<Code>,
    pub after: Option<(Day, i64)>,
    /// 0 is the default of 50; at most 200.
    pub size: u32,
}

#[derive(Clone, Debug)]
pub struct DefaulterView {
    pub defaulter: Defaulter,
    pub login: String,
    pub names: Names,
    pub designation: Option<Code>,
    pub actions: Vec<ActionView>,
}

#[derive(Clone, Debug)]
pub struct ActionView {
    pub taken: ActionTaken,
    pub by: String,
    pub note: String,
}

#[derive(Clone, Debug)]
pub struct Listed {
    pub defaulters: Vec<DefaulterView>,
    pub next: Option<(Day, i64)>,
}

#[derive(Clone, Debug)]
pub struct Discipline {
    pub request_id: String,
    pub day: Day,
    pub login: String,
    pub action: Action,
    pub note: String,
}

/// Keeps that an officer looked into the inbox: the first look of a day and channel. A look that cannot be
/// kept is no reason to show no inbox.
pub async fn visited(app: &App, by: &Actor) {
    let Some(account) = by.account.filter(|_| by.role == Role::Officer) else { return };
    let now = app.now();
    let key = (now.ist_day(), account, by.channel);
    {
        let mut known = app.visited.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX || known.iter().next().is_some_and(|(day, ..)| *day != key.0) {
            known.clear();
        }
        if !known.insert(key) {
            return;
        }
    }
    let visit = Visit { day: key.0, account, channel: by.channel, at: now };
    let kept = app
        .commit(Lane::Bulk, Request::system(), move |now| {
            let visit = visit.clone();
            async move {
                let facts = serde_json::json!({ "account": visit.account, "day": visit.day.0 });
                let mut change = Change::new(now).noted(by, "inbox_opened", facts.to_string());
                change.visits.push(visit);
                Ok(change)
            }
        })
        .await;
    if let Err(error) = kept {
        tracing::warn!(account, %error, "a look into the inbox was not kept");
        app.visited.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }
}

/// What is known of a day; None while it was not judged.
pub async fn day(app: &App, by: &Actor, day: Day) -> Result<Option<Judged>> {
    permissions::may(by, Act::Attendance, Object::Nothing)?;
    Ok(attendance::judged(&app.store.db, day).await?)
}

/// The newest day first. Roles of a district see theirs alone.
pub async fn defaulters(app: &App, by: &Actor, filter: Filter) -> Result<Listed> {
    permissions::may(by, Act::Attendance, Object::Nothing)?;
    let Some(district) = narrowed(by, filter.district) else {
        return Ok(Listed { defaulters: Vec::new(), next: None });
    };
    let wanted =
        Wanted { from: filter.from, until: filter.until, district, department: filter.department };
    let limit = match filter.size {
        0 => PAGE_DEFAULT,
        size => size.min(PAGE_MAX),
    } as usize;
    let (db, more) = (&app.store.db, limit as i64 + 1);
    let mut found = attendance::defaulters(db, &wanted, filter.after, more).await?;
    let last = found.get(limit.saturating_sub(1)).filter(|_| found.len() > limit);
    let next = last.map(|row| (row.day, row.account));
    found.truncate(limit);
    let mut defaulters = Vec::with_capacity(found.len());
    for defaulter in found {
        defaulters.push(view(app, defaulter).await?);
    }
    Ok(Listed { defaulters, next })
}

/// A notice, an explanation asked for, a penalty: each a row of its own, whoever took the one before.
pub async fn act(app: &App, by: &Actor, ask: Discipline) -> Result<DefaulterView> {
    permissions::may(by, Act::Discipline, Object::Nothing)?;
    cases::short("note", &ask.note, NOTE_CHARS_MAX)?;
    if ask.note.trim().is_empty() {
        return Err(Error::Invalid { field: "note", why: "says nothing" });
    }
    let Some(taken_by) = by.account else { return Err(Refused::NotYourRole.into()) };
    let day = ask.day.to_string();
    let payload = [day.as_str(), &ask.login, ask.action.as_str(), &ask.note];
    let request = request(by, Some(&ask.request_id), "defaulter_action", &payload);
    let account = accounts::by_login(&app.store.db, &ask.login.to_lowercase()).await?;
    let account = account.ok_or(Error::NotFound("defaulter"))?;
    let (ask, account) = (&ask, &account);
    app.commit(Lane::Acts, request, move |now| {
        let owner = account.stream();
        async move {
            let found = attendance::defaulter(&app.store.db, ask.day, account.id).await?;
            // The same answer for a row that is not there and one of another district.
            let row = found
                .filter(|row| narrowed(by, Some(row.district.clone())).is_some())
                .ok_or(Error::NotFound("defaulter"))?;
            if row.withdrawn_at.is_some() {
                return Err(Refused::Excused.into());
            }
            let text = Text {
                id: app.store.writer.reserve(Counter::Text).await?,
                owner,
                words: ask.note.trim().to_owned(),
            };
            let facts = serde_json::json!({
                "account": row.account,
                "day": row.day.0,
                "action": ask.action.as_str(),
                "department": row.department.as_str(),
                "district": row.district.as_str(),
                "text": text.id,
            });
            let mut change = Change::new(now).noted(by, "defaulter_action", facts.to_string());
            change.actions_taken.push(ActionTaken {
                day: row.day,
                account: row.account,
                action: ask.action,
                text: text.id,
                by: taken_by,
                at: now,
            });
            change.texts.push(text);
            Ok(change)
        }
    })
    .await?;
    let row = attendance::defaulter(&app.store.db, ask.day, account.id).await?;
    view(app, row.ok_or(Error::NotFound("defaulter"))?).await
}

/// The district that this actor may ask for; None when it is another's.
fn narrowed(by: &Actor, asked: Option<PlaceCode>) -> Option<Option<PlaceCode>> {
    match by.role {
        Role::Nodal | Role::Collector | Role::DistrictInCharge => {
            let own = by.district.clone()?;
            asked.is_none_or(|asked| asked == own).then_some(Some(own))
        }
        _ => Some(asked),
    }
}

async fn view(app: &App, defaulter: Defaulter) -> Result<DefaulterView> {
    let db = &app.store.db;
    let account = accounts::get(db, defaulter.account).await?;
    let names = match people::profile(db, account.id).await? {
        Some(profile) => profile.officer.names,
        None => Names { hi: account.name.clone(), en: account.name },
    };
    let mut actions = Vec::new();
    for taken in attendance::actions(db, defaulter.day, defaulter.account).await? {
        let by = accounts::get(db, taken.by).await?.login;
        let note = texts::get(db, taken.text).await?.words;
        actions.push(ActionView { taken, by, note });
    }
    let designation = app.index().post(defaulter.post).map(|post| post.designation.clone());
    Ok(DefaulterView { login: account.login, names, designation, actions, defaulter })
}
