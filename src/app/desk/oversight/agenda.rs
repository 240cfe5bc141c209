//! The agenda of a review meeting (R18): cases that a reviewer picks by number or by what they have in common, and what
//! was said of each.

use serde_json::{Value, json};

use super::{
    Act, Actor, App, Case, CaseView, Change, Error, Lane, MatterKind, On, Result, Said, Timestamp,
    act, cases, listed, request, text, words,
};
use crate::{
    app::cases::Narrow,
    domain::{
        case::{
            State,
            matter::{Behind, Matter},
            oversight::agenda::{AGENDA_CASES_MAX, Meeting},
        },
        change::Event,
        number::CaseNumber,
        permissions::{self, Object},
        place::{Code, PostId},
        refused::Refused,
    },
    store::{
        cases as stored, events, lists,
        matters::{self, Filter, Which},
    },
};

/// What a review is about; a reader may ask for others by name.
const PENDING: [State; 6] = [
    State::Unrouted,
    State::WithOfficer,
    State::AwaitingVerification,
    State::PartiallyClosed,
    State::SpecialCloseProposed,
    State::Unverified,
];

/// Rows of one meeting that are looked at, with those that were left out again.
const ROWS_MAX: i64 = 500;
/// Cases of one answer: who sees several districts may see several agendas under one code.
const ITEMS_MAX: usize = 100;

#[derive(Clone, Debug)]
pub struct Pick {
    pub request_id: String,
    pub meeting: Meeting,
    /// These cases; when none are named, those that `narrow` leaves.
    pub numbers: Vec<CaseNumber>,
    pub narrow: Narrow,
    /// Of those that `narrow` leaves: so many, the longest registered first.
    pub count: usize,
    /// Shows what would be picked, and writes nothing.
    pub preview: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Picked {
    /// On the agenda now; of a preview, those that would be.
    pub cases: Vec<CaseView>,
    /// Named and not picked: each with the reason.
    pub left: Vec<(CaseNumber, Refused)>,
}

/// One meeting's, in the reader's own scope.
#[derive(Clone, Debug)]
pub struct Agenda {
    pub meeting: Code,
    /// Only what is still to be talked about.
    pub open: bool,
}

#[derive(Clone, Debug)]
pub struct Item {
    pub view: CaseView,
    pub matter: Matter,
    /// What was said in this meeting, the oldest first: by officers who rang the citizen, and by the reviewer.
    pub said: Vec<Remark>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    pub at: Timestamp,
    pub actor: String,
    pub post: Option<PostId>,
    pub citizen_said: Option<Said>,
}

#[derive(Clone, Debug)]
pub struct Review {
    pub on: On,
    pub said: Option<Said>,
    pub words: String,
}

/// Each case is put there by itself, so that one which moved meanwhile keeps none of the others away; asked again with the
/// same request id, those that are there stay there once.
pub async fn pick(app: &App, by: &Actor, ask: Pick) -> Result<Picked> {
    permissions::may(by, Act::Review, Object::Nothing)?;
    let asked = if ask.numbers.is_empty() { ask.count } else { ask.numbers.len() };
    if asked == 0 || asked > AGENDA_CASES_MAX {
        return Err(Error::Invalid { field: "count", why: "1 to 50 cases" });
    }
    if ask.preview {
        let cases = chosen(app, by, &ask).await?;
        return Ok(Picked { cases: cases::views(app, cases).await?, left: Vec::new() });
    }
    let mut there = on_agenda(app, by, &ask.meeting.code).await?;
    let (mut picked, mut stands) = (Picked::default(), Vec::new());
    for number in decided(app, by, &ask).await? {
        if !there.contains(&number.id()) {
            if there.len() >= AGENDA_CASES_MAX {
                return Err(Error::Invalid { field: "meeting", why: "has 50 cases" });
            }
            match put(app, by, &ask, number).await {
                Ok(()) => there.push(number.id()),
                Err(Error::Refused(why)) => {
                    picked.left.push((number, why));
                    continue;
                }
                Err(error) => return Err(error),
            }
        }
        stands.push(cases::load(app, number).await?);
    }
    picked.cases = cases::views(app, stands).await?;
    Ok(picked)
}

/// Which cases the request is about, decided once: what it put on the agenda is no longer among those to pick from, and
/// asked again it must not go on to the next ones.
async fn decided(app: &App, by: &Actor, ask: &Pick) -> Result<Vec<CaseNumber>> {
    let held = ask.meeting.held_at.ms().to_string();
    let payload = [ask.meeting.code.as_str(), &held, &format!("{:?}", ask.narrow)];
    let request = request(by, Some(&ask.request_id), "pick", &payload);
    let ids = app
        .commit(Lane::Acts, request, move |now| async move {
            let ids: Vec<i64> = chosen(app, by, ask).await?.iter().map(|case| case.id).collect();
            let facts = json!({ "meeting": ask.meeting.code.as_str(), "cases": ids.len() });
            let change = Change::new(now).noted(by, "agenda", facts.to_string());
            Ok(Change { result: listed(&ids), ..change })
        })
        .await?;
    let number = |id: &str| CaseNumber::of_id(id.parse().ok()?);
    Ok(ids.split(',').filter_map(number).collect())
}

async fn chosen(app: &App, by: &Actor, ask: &Pick) -> Result<Vec<Case>> {
    if ask.numbers.is_empty() {
        return longest(app, by, ask).await;
    }
    let mut chosen: Vec<Case> = Vec::with_capacity(ask.numbers.len());
    for number in &ask.numbers {
        let case = cases::load_for(app, by, Act::Review, *number).await?;
        if chosen.iter().all(|other| other.id != case.id) {
            chosen.push(case);
        }
    }
    Ok(chosen)
}

async fn put(app: &App, by: &Actor, ask: &Pick, number: CaseNumber) -> Result<()> {
    let (id, held) = (format!("{}:{number}", ask.request_id), ask.meeting.held_at.ms().to_string());
    let request = request(by, Some(&id), "pick", &[ask.meeting.code.as_str(), &held]);
    app.commit(Lane::Acts, request, move |now| async move {
        let case = cases::load_for(app, by, Act::Review, number).await?;
        let open = matters::open(&app.store.db, case.id, MatterKind::Meeting).await?;
        Ok(case.picked(by, &ask.meeting, open.as_ref(), now)?)
    })
    .await?;
    Ok(())
}

/// Pending ones that are on no agenda, the longest registered first.
async fn longest(app: &App, by: &Actor, ask: &Pick) -> Result<Vec<Case>> {
    let filter = ask.narrow.filter(app, app.now())?;
    let states = if filter.states.is_empty() { PENDING.to_vec() } else { filter.states };
    let filter = lists::Filter { states, ..filter };
    let (db, scope) = (&app.store.db, permissions::scope(by));
    Ok(lists::unpicked(db, &scope, &filter, ask.count as i64).await?)
}

/// The cases that were picked for a meeting, and are not left out.
async fn on_agenda(app: &App, by: &Actor, meeting: &Code) -> Result<Vec<i64>> {
    let rows = rows(app, by, meeting, Which::All).await?;
    Ok(rows.iter().map(|row| row.case).collect())
}

async fn rows(app: &App, by: &Actor, meeting: &Code, which: Which) -> Result<Vec<Matter>> {
    let code = Some(meeting.as_str().to_owned());
    let filter = Filter { kind: MatterKind::Meeting, which, code };
    let (db, scope) = (&app.store.db, permissions::scope(by));
    let mut rows = matters::list(db, &scope, &filter, Behind::START, ROWS_MAX).await?;
    let left_out = |row: &Matter| row.settled.as_ref().is_some_and(|end| end.outcome == "LEFT_OUT");
    rows.retain(|row| !left_out(row));
    Ok(rows)
}

/// For the reviewer, and for officers with the cases of their posts.
pub async fn agenda(app: &App, by: &Actor, ask: Agenda) -> Result<Vec<Item>> {
    permissions::may(by, Act::Agenda, Object::Nothing)?;
    let which = if ask.open { Which::Open } else { Which::All };
    let mut items = Vec::new();
    for matter in rows(app, by, &ask.meeting, which).await?.into_iter().take(ITEMS_MAX) {
        let case = stored::get(&app.store.db, matter.case).await?;
        let said = said(app, &case, &matter).await?;
        let Some(view) = cases::views(app, vec![case]).await?.pop() else { continue };
        items.push(Item { view, matter, said });
    }
    Ok(items)
}

/// What contacts and the review of a meeting kept, since the case was picked for it.
async fn said(app: &App, case: &Case, matter: &Matter) -> Result<Vec<Remark>> {
    let stream = case.stream();
    let recorded = events::of_stream(&app.store.db, &stream, matter.version).await?;
    let remark = |event: Event| {
        let body: Value = serde_json::from_str(&event.body).ok()?;
        let of_it = body["meeting"] == matter.code.as_str();
        let talked = matches!(event.kind.as_str(), "contact" | "spoke" | "reviewed");
        (of_it && talked).then(|| Remark {
            at: event.at,
            actor: event.actor,
            post: event.post.map(PostId),
            citizen_said: body["citizen_said"].as_str().and_then(Said::parse),
        })
    };
    Ok(recorded.into_iter().filter_map(|recorded| remark(recorded.event)).collect())
}

/// By the reviewer: the case is done with in this meeting.
pub async fn review(app: &App, by: &Actor, ask: Review) -> Result<CaseView> {
    words("words", &ask.words)?;
    let ask = &ask;
    let mut payload = vec![ask.words.as_str()];
    payload.extend(ask.said.map(|said| said.as_str()));
    act(app, by, &ask.on, (Act::Review, "review"), &payload, move |case, by, now| async move {
        let open = matters::open(&app.store.db, case.id, MatterKind::Meeting).await?;
        let words = text(app, &case, &ask.words).await?;
        Ok(case.reviewed(&by, open.as_ref(), ask.said, words, now)?)
    })
    .await
}

pub async fn drop_from_agenda(app: &App, by: &Actor, on: On) -> Result<CaseView> {
    act(app, by, &on, (Act::Review, "left_out"), &[], move |case, by, now| async move {
        let open = matters::open(&app.store.db, case.id, MatterKind::Meeting).await?;
        Ok(case.dropped_from_agenda(&by, open.as_ref(), now)?)
    })
    .await
}
