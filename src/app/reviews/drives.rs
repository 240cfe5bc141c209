//! Drives: opened by a look for pending cases that passed an age, listed for officers and for who watches over them.

use std::collections::HashMap;

use crate::{
    app::{App, Result, clock::done},
    domain::{
        actor::Actor,
        case::{matter::Behind, oversight::drive::Numbers},
        page::After,
        permissions::{self, Act, Object},
        place::{Code, PlaceCode, PostId},
        time::Timestamp,
    },
    store::{
        accounts, cases,
        drives::{self, Filter, Look},
        posts,
        writer::{Lane, Request},
    },
};

pub use crate::domain::case::oversight::drive::{DriveCount, DriveTask, Per};

/// Rows of one page.
const PAGE_MAX: u32 = 200;
/// Cases that one step of the look takes up.
const STEP_MAX: i64 = 200;

/// What a list is narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrow {
    pub which: Which,
    /// Of one age.
    pub days: Option<i64>,
    pub district: Option<PlaceCode>,
    pub department: Option<Code>,
    pub post: Option<PostId>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// To be done.
    #[default]
    Open,
    /// To be done, and past its date.
    Overdue,
    /// Also what is done or gave way to another.
    All,
}

/// Open drives of one district, department or post, with what its code stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub group: DriveCount,
    pub name: String,
    /// Logins of who holds the post now.
    pub holders: Vec<String>,
}

/// Is a look due, or one under way?
pub async fn is_due(app: &App) -> Result<bool> {
    let now = app.now();
    let policy = app.policy(now);
    let numbers = &policy.drives;
    if numbers.look_every_ms == 0 || numbers.days.is_empty() {
        return Ok(false);
    }
    let looks = drives::looks(&app.store.db).await?;
    Ok(numbers.days.iter().any(|days| next(&looks, numbers, *days, now).is_some()))
}

/// Where the look for an age goes on; None while none is due.
fn next(looks: &[Look], numbers: &Numbers, days: i64, now: Timestamp) -> Option<Look> {
    let start = Look { days, looked_at: now, behind: After::START };
    match looks.iter().find(|look| look.days == days) {
        Some(look) if look.behind != After::START => Some(*look),
        Some(look) if now.since(look.looked_at) < numbers.look_every_ms => None,
        Some(_) | None => Some(start),
    }
}

/// Opens the drives of a page of each age; gives how many cases were read.
pub async fn open(app: &App) -> Result<usize> {
    let now = app.now();
    let policy = app.policy(now);
    let numbers = &policy.drives;
    let looks = drives::looks(&app.store.db).await?;
    let mut read = 0;
    for days in &numbers.days {
        let Some(mut look) = next(&looks, numbers, *days, now) else { continue };
        let span = numbers.registered(*days, now);
        let page = drives::aged(&app.store.db, *days, span, look.behind, STEP_MAX).await?;
        let mut opened = 0;
        for case in &page {
            opened += usize::from(one(app, case.id).await?);
        }
        if opened > 0 {
            tracing::info!(days, opened, "drives are opened");
        }
        // One that moved on meanwhile is looked at again the next time.
        look.behind = match page.last() {
            Some(last) if page.len() == STEP_MAX as usize => *last,
            Some(_) | None => After::START,
        };
        drives::put_look(&app.store.writer, look).await?;
        read += page.len();
    }
    Ok(read)
}

async fn one(app: &App, case: i64) -> Result<bool> {
    done(
        app.commit(Lane::Bulk, Request::system(), move |now| async move {
            let case = cases::get(&app.store.db, case).await?;
            Ok(case.drive_opened(&app.policy(now).drives, now)?)
        })
        .await,
    )
}

/// A page within one's scope, the first opened first.
pub async fn list(
    app: &App,
    by: &Actor,
    narrow: Narrow,
    limit: u32,
    behind: Option<Behind>,
) -> Result<(Vec<DriveTask>, Option<Behind>)> {
    permissions::may(by, Act::Drives, Object::Nothing)?;
    let limit = limit.clamp(1, PAGE_MAX) as usize;
    let (scope, behind) = (permissions::scope(by), behind.unwrap_or(Behind::START));
    let filter = narrow.filter(app.now());
    let mut rows = drives::list(&app.store.db, &scope, &filter, behind, limit as i64 + 1).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(DriveTask::behind);
    Ok((rows, next))
}

/// What is open within one's scope, by district, department or post, the most overdue first.
pub async fn count(app: &App, by: &Actor, narrow: Narrow, per: Per) -> Result<Vec<Counted>> {
    permissions::may(by, Act::Drives, Object::Nothing)?;
    let (scope, now) = (permissions::scope(by), app.now());
    let groups = drives::count(&app.store.db, &scope, &narrow.filter(now), per, now).await?;
    let index = app.index();
    let mut seated = match per {
        Per::Post => holders(app, &groups, now).await?,
        Per::District | Per::Department => HashMap::new(),
    };
    let counted = |group: DriveCount| {
        let post = group.code.parse().map(PostId).ok();
        let name = match per {
            Per::District => index.place(&PlaceCode::new(&group.code)).map(|it| it.names.any()),
            Per::Department => index.department(&Code::new(&group.code)).map(|it| it.names.any()),
            Per::Post => post
                .and_then(|post| index.designation(&index.post(post)?.designation))
                .map(|it| it.names.any()),
        };
        let name = name.unwrap_or_default().to_owned();
        let holders = post.and_then(|post| seated.remove(&post)).unwrap_or_default();
        Counted { group, name, holders }
    };
    Ok(groups.into_iter().map(counted).collect())
}

async fn holders(
    app: &App,
    groups: &[DriveCount],
    now: Timestamp,
) -> Result<HashMap<PostId, Vec<String>>> {
    let db = &app.store.db;
    let ids: Vec<PostId> =
        groups.iter().filter_map(|group| group.code.parse().map(PostId).ok()).collect();
    let mut seated: HashMap<PostId, Vec<String>> = HashMap::new();
    for row in posts::holders_of(db, &ids).await? {
        if row.from <= now && row.until.is_none_or(|until| until > now) {
            let login = accounts::get(db, row.account).await?.login;
            seated.entry(row.post).or_default().push(login);
        }
    }
    Ok(seated)
}

impl Narrow {
    fn filter(self, now: Timestamp) -> Filter {
        Filter {
            settled: self.which == Which::All,
            overdue: (self.which == Which::Overdue).then_some(now),
            days: self.days,
            district: self.district,
            department: self.department,
            post: self.post,
        }
    }
}
