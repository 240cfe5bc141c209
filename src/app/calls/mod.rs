//! What a live call asks about its caller, and what it leaves behind.

mod journal;

pub use journal::{seal, unseal};

use super::{App, Result, request, verification};
use crate::{
    domain::{
        actor::Actor,
        change::{CallBack, CallRecord, Change},
        citizen::{Citizen, Safety},
        language::Language,
        page::{After, Paged},
        permissions::{self, Act, Object},
        phone::Phone,
        place::PlaceCode,
        time::Timestamp,
    },
    store::{
        call_backs as stored, cases, citizens,
        writer::{Counter, Lane, Request},
    },
};

/// Cases of a caller whose places are offered again.
const CASES_MAX: i64 = 20;
/// Districts that are spoken to choose from.
const DISTRICTS_MAX: usize = 3;
const CALL_BACKS_MAX: u32 = 200;

/// What is known about the number that calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallerKnown {
    pub citizen: Option<i64>,
    pub language: Option<Language>,
    /// Of the earlier cases, the latest first.
    pub districts: Vec<PlaceCode>,
    /// A resolved case of this number waits for its answer.
    pub open_round: bool,
    pub safety: Safety,
}

#[derive(Clone, Debug)]
pub struct Operator {
    /// Of the call; one call makes at most one task.
    pub call: String,
    pub phone: Option<Phone>,
    pub reason: String,
    pub language: Language,
}

#[derive(Clone, Debug)]
pub struct CallBackView {
    pub call_back: CallBack,
    /// None when the caller's number was withheld; prints masked.
    pub phone: Option<Phone>,
}

pub async fn caller(app: &App, by: &Actor, phone: &Phone) -> Result<CallerKnown> {
    permissions::may(by, Act::Call, Object::Nothing)?;
    let Some(citizen) = citizens::by_phone(&app.store.db, phone).await? else {
        return Ok(CallerKnown::default());
    };
    let mut districts: Vec<PlaceCode> = Vec::new();
    for case in cases::of_citizen(&app.store.db, citizen.id, CASES_MAX).await? {
        if districts.len() < DISTRICTS_MAX && !districts.contains(&case.district) {
            districts.push(case.district);
        }
    }
    let open = verification::waiting(app, citizen.id).await?;
    Ok(CallerKnown {
        citizen: Some(citizen.id),
        language: citizen.language,
        districts,
        open_round: !open.is_empty(),
        safety: citizen.safety,
    })
}

/// Remembers the language that was chosen on a number.
pub async fn language(app: &App, by: &Actor, phone: &Phone, language: Language) -> Result<()> {
    permissions::may(by, Act::Call, Object::Nothing)?;
    app.commit(Lane::Acts, Request::system(), move |now| async move {
        let mut change = Change::new(now);
        match citizens::by_phone(&app.store.db, phone).await? {
            Some(citizen) => change.languages.push((citizen.id, language)),
            None => change.citizen = Some(newcomer(app, phone, language, now).await?),
        }
        Ok(change)
    })
    .await?;
    Ok(())
}

/// Keeps the record of a call that ended; a second record of the same call is the first one.
pub async fn finish(app: &App, by: &Actor, record: CallRecord) -> Result<()> {
    permissions::may(by, Act::Call, Object::Nothing)?;
    let request = call_request("call", &record.call);
    let record = &record;
    app.commit(Lane::Acts, request, move |now| async move {
        let mut change = Change::new(now);
        change.calls.push(record.clone());
        Ok(change)
    })
    .await?;
    Ok(())
}

/// Puts a caller on the list of those whom a person rings back.
pub async fn operator(app: &App, by: &Actor, ask: Operator) -> Result<()> {
    permissions::may(by, Act::Call, Object::Nothing)?;
    let request = call_request("call_back", &ask.call);
    let ask = &ask;
    app.commit(Lane::Acts, request, move |now| async move {
        let mut change = Change::new(now);
        let citizen = match &ask.phone {
            Some(phone) => match citizens::by_phone(&app.store.db, phone).await? {
                Some(citizen) => Some(citizen.id),
                None => {
                    let newcomer = newcomer(app, phone, ask.language, now).await?;
                    let id = newcomer.id;
                    change.citizen = Some(newcomer);
                    Some(id)
                }
            },
            None => None,
        };
        change.call_backs.push(CallBack {
            id: app.store.writer.reserve(Counter::CallBack).await?,
            citizen,
            call: ask.call.clone(),
            reason: ask.reason.clone(),
            language: ask.language,
            at: now,
        });
        Ok(change)
    })
    .await?;
    Ok(())
}

/// Those who wait, the longest first.
pub async fn call_backs(
    app: &App,
    by: &Actor,
    limit: u32,
    after: Option<After>,
) -> Result<Paged<CallBackView>> {
    permissions::may(by, Act::CallBacks, Object::Nothing)?;
    let limit = limit.clamp(1, CALL_BACKS_MAX);
    let after = after.unwrap_or(After::START);
    let open = stored::open(&app.store.db, after, i64::from(limit) + 1).await?;
    let Paged { rows: open, next } =
        Paged::of(open, limit as usize, |one| After { at: one.at, id: one.id });
    let mut views = Vec::with_capacity(open.len());
    for call_back in open {
        let phone = match call_back.citizen {
            Some(citizen) => Some(citizens::get(&app.store.db, citizen).await?.phone),
            None => None,
        };
        views.push(CallBackView { call_back, phone });
    }
    Ok(Paged { rows: views, next })
}

async fn newcomer(app: &App, phone: &Phone, language: Language, now: Timestamp) -> Result<Citizen> {
    Ok(Citizen {
        id: app.store.writer.reserve(Counter::Citizen).await?,
        phone: phone.clone(),
        name: None,
        language: Some(language),
        safety: Safety::default(),
        created_at: now,
    })
}

/// A call may report the same thing twice, from a journal or after a lost answer.
fn call_request(act: &str, call: &str) -> Request {
    request(&Actor::system(), Some(&format!("{act}:{call}")), act, &[call])
}
