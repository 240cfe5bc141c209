//! Cases: what a citizen brought, as its readers see it.

use std::collections::{HashMap, hash_map::Entry};

use super::{App, Error, Result, directory, feedback::veil, vacancies};
use crate::{
    domain::{
        actor::Actor,
        case::{
            Case,
            moved::{Above, Destination},
        },
        change::Event,
        citizen::Citizen,
        number::CaseNumber,
        permissions::{self, Act, Object},
        phone::Phone,
        place::{Code, Level, PlaceCode, PostId},
        routing::{Index, Matter},
        time::Timestamp,
        verification::Round,
    },
    store::{cases, citizens, events, rounds, texts},
};

mod complete_review;
mod duplicate;
mod get;
mod list;
mod narrow;
mod number;
mod own_call;
mod register;
mod route;
mod status;
mod suggest;
mod watch;
mod why;
mod wish;

pub use complete_review::{CompleteReview, complete_review};
pub use duplicate::{Link, Merge, Unlink, Unmerge, link, merge, unlink, unmerge};
pub use get::{Detail, get};
pub use list::{Filter, Listed, Page, list};
pub use narrow::Narrow;
pub use number::{
    AskNumber, ConfirmNumber, DecideNumber, ask_number, confirm_number, decide_number,
};
pub use own_call::{
    AskReopen, DemandRound, Reopen, Withdraw, ask_reopen, demand_round, reopen, withdraw,
};
pub use register::{Despite, Ids, Register, register, register_as, reserve};
pub use route::{Route, route};
pub(super) use status::designation;
pub use status::{Status, days_left, status};
pub use suggest::{Suggested, suggest};
pub(super) use watch::number_of;
pub use watch::{Watch, Watched, watch};
pub use why::{Why, why};
pub(super) use wish::grant;
pub use wish::{AskWish, Granted, wish, wishes};

/// Longest text of a citizen or an officer, in characters.
pub const WORDS_CHARS_MAX: usize = 2_000;
pub const NAME_CHARS_MAX: usize = 100;

/// A case with what its readers see beside it.
#[derive(Clone, Debug)]
pub struct CaseView {
    pub case: Case,
    /// Prints masked.
    pub phone: Phone,
    /// What the citizen said, when it was written down; lists leave it out.
    pub words: Option<String>,
    /// Of the post that answers for it.
    pub designation: Option<Code>,
    /// When it was looked at: days left and age are counted to here.
    pub at: Timestamp,
}

pub(super) async fn load(app: &App, number: CaseNumber) -> Result<Case> {
    cases::get(&app.store.db, number.id()).await.map_err(Error::missing("case"))
}

/// Loads a case for one who does this to it, and checks the power.
pub(super) async fn load_for(app: &App, by: &Actor, act: Act, number: CaseNumber) -> Result<Case> {
    match load(app, number).await {
        Ok(case) => {
            may(app, by, act, &case)?;
            Ok(case)
        }
        Err(missing @ Error::NotFound(_)) => {
            Err(permissions::absent(by, act).map_or(missing, Error::from))
        }
        Err(error) => Err(error),
    }
}

/// How a case stands, for one who is refused an act on it and may read it.
pub async fn standing(app: &App, by: &Actor, number: CaseNumber) -> Option<Case> {
    let case = load(app, number).await.ok()?;
    may(app, by, Act::Read, &case).ok()?;
    let post = case.post.filter(|_| !veil::binds(by));
    Some(Case { post, ..case })
}

/// The case's last round, when it had any.
pub(super) async fn last_round(app: &App, case: &Case) -> Result<Option<Round>> {
    if case.round == 0 {
        return Ok(None);
    }
    Ok(Some(rounds::get(&app.store.db, case.id, case.round).await?))
}

/// As the case has them: what it says of safety binds too.
pub(super) async fn citizen(app: &App, case: &Case) -> Result<Citizen> {
    let mut citizen = citizens::get(&app.store.db, case.citizen).await?;
    citizen.safety = citizen.safety.and(case.aside().safety.unwrap_or_default());
    Ok(citizen)
}

/// Whether a message about this case may be sent.
pub async fn takes_messages(app: &App, case: &Case) -> Result<bool> {
    Ok(citizen(app, case).await?.safety.takes_messages())
}

/// Checks a power over one case.
pub(super) fn may(app: &App, by: &Actor, act: Act, case: &Case) -> Result<()> {
    let line = app.index().line(&case.place);
    permissions::may(by, act, Object::Case { case, line: &line })?;
    Ok(())
}

/// Errs when the case is not the one that the client saw.
pub(super) fn same(case: &Case, etag: Option<i64>) -> Result<()> {
    match etag {
        Some(etag) if etag != case.version => Err(Error::Conflict),
        Some(_) | None => Ok(()),
    }
}

pub(super) async fn view(app: &App, case: Case) -> Result<CaseView> {
    let citizen = citizen(app, &case).await?;
    let words = match case.text {
        Some(text) => Some(texts::get(&app.store.db, text).await?.words),
        None => None,
    };
    Ok(seen(&app.index(), case, &citizen, words, app.now()))
}

/// As [`view`], without the words: for lists.
pub(super) async fn views(app: &App, cases: Vec<Case>) -> Result<Vec<CaseView>> {
    let (index, now) = (app.index(), app.now());
    let mut known: HashMap<i64, Citizen> = HashMap::new();
    let mut views = Vec::with_capacity(cases.len());
    for case in cases {
        let citizen = match known.entry(case.citizen) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(citizen(app, &case).await?),
        };
        views.push(seen(&index, case, citizen, None, now));
    }
    Ok(views)
}

fn seen(
    index: &Index,
    case: Case,
    citizen: &Citizen,
    words: Option<String>,
    at: Timestamp,
) -> CaseView {
    let designation =
        case.post.and_then(|post| index.post(post)).map(|post| post.designation.clone());
    CaseView { case, phone: citizen.phone.clone(), words, designation, at }
}

/// All facts of a case; a longer history shows its first page.
pub(super) async fn history(app: &App, case: &Case) -> Result<Vec<Event>> {
    let recorded = events::of_stream(&app.store.db, &case.stream(), 0).await?;
    Ok(recorded.into_iter().map(|recorded| recorded.event).collect())
}

/// Does anybody hold the post now?
pub(super) async fn is_vacant(app: &App, post: PostId, now: Timestamp) -> Result<bool> {
    Ok(directory::holder_at(app, post, now).await?.is_vacant())
}

/// The post of this level or of the next that has one.
pub(super) async fn destination(
    app: &App,
    matter: Matter<'_>,
    place: &PlaceCode,
    from: Level,
    now: Timestamp,
) -> Result<Option<Destination>> {
    let index = app.index();
    let Some(routed) = index.route(matter, place, from) else { return Ok(None) };
    let vacant = vacancies::was_vacant(app, routed.post, now).await?;
    Ok(Some(Destination { routed, vacant, directory: index.version() }))
}

/// Where the case goes when it leaves its level upwards.
pub(super) async fn above(app: &App, case: &Case, now: Timestamp) -> Result<Above> {
    if case.level >= case.ladder {
        return Ok(Above::Last);
    }
    let to = destination(app, case.matter(), &case.place, case.level.next(), now).await?;
    Ok(to.map_or(Above::NoPost, Above::To))
}

pub(super) fn short(field: &'static str, text: &str, chars_max: usize) -> Result<()> {
    if text.chars().count() > chars_max {
        return Err(Error::Invalid { field, why: "too long" });
    }
    Ok(())
}
