//! A citizen's complaint, demand, suggestion or question about a scheme becomes a case.

use std::sync::{Mutex, PoisonError};

use super::{CaseView, NAME_CHARS_MAX, WORDS_CHARS_MAX, destination, seen, short, view};
use crate::{
    app::{
        App, Error, Result, incidents,
        intake::{self, Wanted},
        recordings::NewRecording,
        request,
    },
    domain::{
        actor::Actor,
        case::{
            Kind, State,
            register::{Beside, ByKeys, Registration, register as decide},
        },
        change::{Change, Slot, SlotKind},
        citizen::{Citizen, Safety, Text},
        intake::{
            admit::{Admitted, Earlier},
            origin::HeardOf,
        },
        language::Language,
        number::CaseNumber,
        permissions::{self, Act, Object},
        phone::Phone,
        place::{Code, Level, PlaceCode},
        routing::Matter,
    },
    store::{
        cases, citizens,
        writer::{Counter, Lane},
    },
};

#[derive(Clone, Debug)]
pub struct Register {
    pub request_id: String,
    pub kind: Kind,
    pub phone: Phone,
    pub name: Option<String>,
    pub language: Language,
    pub category: Code,
    pub subcategory: Option<Code>,
    /// As exact as is known: a district at least.
    pub place: PlaceCode,
    pub words: Option<String>,
    /// The problem in the caller's own voice.
    pub recording: Option<NewRecording>,
    /// By keys, without a person: an agent completes it within a day.
    pub by_keys: bool,
    /// The call that it is registered on, which is the actor's own.
    pub call: Option<String>,
    pub despite: Option<Despite>,
    /// The known outage that it is a case of.
    pub incident: Option<i64>,
    /// How the citizen heard of 181 (R49); None: not asked.
    pub heard_of: Option<HeardOf>,
    /// Which scheme it is about (R50).
    pub scheme: Option<Code>,
}

/// Registered beside earlier cases that are about the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Despite {
    pub cases: Vec<CaseNumber>,
    pub reason: String,
}

/// Ids of a registration that were taken before it: whoever registers many at a time keeps their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ids {
    pub case: i64,
    /// Of a citizen whom nobody knew; else a gap, as any other.
    pub citizen: i64,
    pub text: i64,
}

pub async fn reserve(app: &App) -> Result<Ids> {
    let writer = &app.store.writer;
    Ok(Ids {
        case: writer.reserve(Counter::Case).await?,
        citizen: writer.reserve(Counter::Citizen).await?,
        text: writer.reserve(Counter::Text).await?,
    })
}

pub async fn register(app: &App, by: &Actor, ask: Register) -> Result<CaseView> {
    register_as(app, by, ask, None).await
}

/// As [`register`], under ids that were taken before.
pub async fn register_as(
    app: &App,
    by: &Actor,
    ask: Register,
    ids: Option<Ids>,
) -> Result<CaseView> {
    permissions::may(by, Act::Register, Object::Nothing)?;
    short("words", ask.words.as_deref().unwrap_or_default(), WORDS_CHARS_MAX)?;
    short("name", ask.name.as_deref().unwrap_or_default(), NAME_CHARS_MAX)?;
    let (despite, why) = match &ask.despite {
        Some(despite) => {
            short("despite_duplicates.reason", &despite.reason, WORDS_CHARS_MAX)?;
            let numbers: Vec<_> = despite.cases.iter().map(ToString::to_string).collect();
            (numbers.join(" "), despite.reason.as_str())
        }
        None => (String::new(), ""),
    };
    let incident = ask.incident.map(|id| id.to_string()).unwrap_or_default();
    let mut payload = vec![
        ask.kind.as_str(),
        ask.phone.reveal(),
        ask.name.as_deref().unwrap_or_default(),
        ask.language.as_str(),
        ask.category.as_str(),
        ask.subcategory.as_ref().map_or("", Code::as_str),
        ask.place.as_str(),
        ask.words.as_deref().unwrap_or_default(),
        ask.recording.as_ref().map_or("", |recording| &recording.file),
        ask.call.as_deref().unwrap_or_default(),
        &despite,
        why,
        ask.heard_of.map_or("", HeardOf::as_str),
        ask.scheme.as_ref().map_or("", Code::as_str),
    ];
    payload.extend(ask.incident.map(|_| incident.as_str()));
    let request = request(by, Some(&ask.request_id), "register", &payload);
    let ask = &ask;
    let decided = Mutex::new(None);
    let keep = &decided;
    let id = app
        .commit(Lane::Acts, request, move |now| async move {
            let index = app.index();
            let category = index
                .category(&ask.category)
                .ok_or(Error::Invalid { field: "category", why: "not in the directory" })?;
            if let Some(code) = &ask.subcategory {
                index
                    .subcategory(code)
                    .filter(|row| row.category == category.code)
                    .ok_or(Error::Invalid { field: "subcategory", why: "not of this category" })?;
            }
            let district = index
                .district(&ask.place)
                .ok_or(Error::Invalid { field: "place", why: "not in a district we know" })?;
            let known = citizens::by_phone(&app.store.db, &ask.phone).await?;
            let (citizen, fresh) = match known {
                Some(citizen) => (citizen, None),
                None => {
                    let citizen = Citizen {
                        id: given(app, ids.map(|ids| ids.citizen), Counter::Citizen).await?,
                        phone: ask.phone.clone(),
                        name: ask.name.clone().filter(|name| !name.trim().is_empty()),
                        language: Some(ask.language),
                        safety: Safety::default(),
                        created_at: now,
                    };
                    (citizen.clone(), Some(citizen))
                }
            };
            permissions::may(by, Act::Register, Object::Citizen(citizen.id))?;
            let wanted = Wanted {
                kind: ask.kind,
                category: &category.code,
                subcategory: ask.subcategory.as_ref(),
                place: &ask.place,
                district: &district,
                despite: ask.despite.as_ref().map_or(&[], |despite| &despite.cases),
                citizen: fresh.is_none().then_some(&citizen),
            };
            let matter = (ask.kind, &category.code, &ask.place);
            let joins = match ask.incident {
                Some(id) => {
                    let own = wanted.citizen.map(|citizen| citizen.id);
                    match incidents::named(app, id, matter, own, now).await? {
                        incidents::Named::Before(case) => {
                            return Ok(Change { result: case.to_string(), ..Change::new(now) });
                        }
                        incidents::Named::Joins(joined) => Some(joined),
                    }
                }
                None => None,
            };
            let admitted = match joins {
                // One for each citizen: neither the day's limit nor a block refuses it.
                Some(_) => Admitted::default(),
                None => {
                    let known = incidents::pointed_at(app, by, matter, wanted.despite, now);
                    let (known, admitted) =
                        tokio::join!(known, intake::admit(app, by, wanted, now));
                    shown_first(admitted, known?)?
                }
            };
            let by = match (by.account, by.citizen) {
                (None, None) => &Actor { citizen: Some(citizen.id), ..by.clone() },
                _ => by,
            };
            let id = given(app, ids.map(|ids| ids.case), Counter::Case).await?;
            let words = match ask.words.as_deref().map(str::trim).filter(|words| !words.is_empty())
            {
                Some(words) => Some(Text {
                    id: given(app, ids.map(|ids| ids.text), Counter::Text).await?,
                    owner: format!("case:{id}"),
                    words: words.to_owned(),
                }),
                None => None,
            };
            let despite = match &ask.despite {
                Some(despite) => Some(Beside {
                    cases: despite.cases.iter().map(|number| number.id()).collect(),
                    reason: Text {
                        id: app.store.writer.reserve(Counter::Text).await?,
                        owner: format!("case:{id}"),
                        words: despite.reason.clone(),
                    },
                }),
                None => None,
            };
            let recording = match &ask.recording {
                Some(new) => {
                    let row = app.store.writer.reserve(Counter::Recording).await?;
                    Some(new.row(row, Some(id), &app.desk().retention, now))
                }
                None => None,
            };
            let department = &category.department;
            let to = match ask.kind {
                Kind::Complaint => {
                    let matter = Matter {
                        department,
                        category: Some(&category.code),
                        subcategory: ask.subcategory.as_ref(),
                    };
                    destination(app, matter, &ask.place, Level::FIRST, now).await?
                }
                Kind::Demand | Kind::Suggestion | Kind::SchemeInformation => None,
            };
            let registration = Registration {
                id,
                kind: ask.kind,
                citizen: citizen.id,
                safety: citizen.safety,
                language: ask.language,
                department: department.clone(),
                category: category.code.clone(),
                subcategory: ask.subcategory.clone(),
                place: ask.place.clone(),
                district,
                words,
                recording: recording.as_ref().map(|row| row.id),
                call: ask.call.clone(),
                beside: despite,
                heard_of: ask.heard_of,
                scheme: ask.scheme.clone(),
                in_spite: admitted.in_spite,
                joins,
                by_keys: if ask.by_keys { ByKeys::Yes } else { ByKeys::No },
                ladder: index.ladder(department),
                directory: index.version(),
            };
            let mut change = decide(by, registration, to, &app.policy(now), now);
            if let Some((_, case)) = &change.case {
                let view = seen(&index, case.clone(), &citizen, ask.words.clone(), now);
                *keep.lock().unwrap_or_else(PoisonError::into_inner) = Some(view);
            }
            if let Some(n) = admitted.nth {
                let (day, kind) = (now.ist_day(), SlotKind::Complaint);
                change.slots.push(Slot { citizen: citizen.id, day, kind, n });
            }
            change.citizen = fresh;
            change.recordings.extend(recording);
            change.result = id.to_string();
            Ok(change)
        })
        .await?;
    let id: i64 = id.parse().map_err(Error::internal)?;
    let decided = decided.into_inner().unwrap_or_else(PoisonError::into_inner);
    let Some(fresh) = decided.filter(|decided| decided.case.id == id) else {
        // Registered before: the case as it stands now.
        return view(app, cases::get(&app.store.db, id).await?).await;
    };
    let case = &fresh.case;
    if case.state == State::Unrouted {
        tracing::warn!(
            case = %case.number(),
            department = %case.department,
            place = %case.place,
            "no post was found"
        );
    }
    Ok(fresh)
}

/// The known outages are earlier cases about the same, as others' are.
fn shown_first(admitted: Result<Admitted>, known: Vec<Earlier>) -> Result<Admitted> {
    match admitted {
        Err(Error::Duplicates(earlier)) => {
            Err(Error::Duplicates(earlier.into_iter().chain(known).collect()))
        }
        Ok(_) if !known.is_empty() => Err(Error::Duplicates(known)),
        admitted => admitted,
    }
}

async fn given(app: &App, id: Option<i64>, counter: Counter) -> Result<i64> {
    match id {
        Some(id) => Ok(id),
        None => Ok(app.store.writer.reserve(counter).await?),
    }
}
