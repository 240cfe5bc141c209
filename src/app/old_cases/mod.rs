//! Open cases of the system that the state leaves behind (R73) come over from files: checked first, then written a case
//! at a time, each whole; what was written before is left as it is.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use tokio::task::JoinSet;

use super::{App, Error, Result, cases};
use crate::{
    domain::{
        actor::Actor,
        case::old::{OldCase, Taken, read},
        citizen::{Citizen, Safety, Text},
        directory::sheet::{Faults, LINES_MAX, Sheet},
        permissions::{self, Act, Object},
        phone::Phone,
        routing::Matter,
        time::Timestamp,
    },
    sheets,
    store::{
        citizens, old_numbers,
        writer::{Counter, Lane, Request},
    },
};

pub use crate::sheets::File;

/// Files of one upload, and what they weigh together.
pub const FILES_MAX: usize = 64;
pub const BYTES_MAX: usize = 64 * 1024 * 1024;
/// Citizens whose cases are written together, so that the writer can merge them.
const TOGETHER_MAX: usize = 128;
/// Old numbers that are looked up at a time.
const KNOWN_MAX: usize = 4_096;

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub step: Step,
    pub done: usize,
    pub total: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Checking,
    Cases,
}

/// What came of files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub faults: Faults,
    /// Cases in the files.
    pub cases: usize,
    /// Those that came over before.
    pub known: usize,
    /// Those that this import wrote; 0 of a dry run.
    pub written: usize,
    /// New ones that no post is found for.
    pub unrouted: usize,
    /// New ones whose time is over already: the next sweeps move them, a level at a time.
    pub overdue: usize,
}

type Told<'a> = &'a (dyn Fn(Progress) + Send + Sync);

struct Plan {
    fresh: Vec<OldCase>,
    report: Report,
}

/// A dry run: everything is checked, nothing is written.
pub async fn validate(app: &App, by: &Actor, files: Vec<File>, told: Told<'_>) -> Result<Report> {
    permissions::may(by, Act::ImportCases, Object::Nothing)?;
    Ok(plan(app, files, told).await?.report)
}

/// Writes the cases that are not here yet, unless there is a fault anywhere. Registrations go on meanwhile. When it
/// breaks off, the same files go on where it stopped.
pub async fn import(
    app: &Arc<App>,
    by: &Actor,
    files: Vec<File>,
    told: Told<'_>,
) -> Result<Report> {
    permissions::may(by, Act::ImportCases, Object::Nothing)?;
    let Plan { fresh, mut report } = plan(app, files, told).await?;
    if !report.faults.is_empty() {
        return Ok(report);
    }
    let (total, done) = (fresh.len(), AtomicUsize::new(0));
    told(Progress { step: Step::Cases, done: 0, total });
    let mut citizens = of_citizens(fresh).into_iter();
    let mut tasks = JoinSet::new();
    loop {
        while tasks.len() < TOGETHER_MAX
            && let Some(cases) = citizens.next()
        {
            let (app, by) = (app.clone(), by.clone());
            tasks.spawn(async move { write(&app, &by, cases).await });
        }
        let Some(written) = tasks.join_next().await else { break };
        let (here, known) = written.map_err(Error::internal)??;
        report.written += here;
        report.known += known;
        let before = done.fetch_add(here + known, Relaxed);
        told(Progress { step: Step::Cases, done: before + here + known, total });
    }
    if report.written > 0 {
        tracing::info!(cases = report.written, "old cases came over");
    }
    Ok(report)
}

async fn plan(app: &App, files: Vec<File>, told: Told<'_>) -> Result<Plan> {
    if files.is_empty() || files.len() > FILES_MAX {
        return Err(Error::Invalid { field: "files", why: "1 to 64 files" });
    }
    told(Progress { step: Step::Checking, done: 0, total: 1 });
    let (index, now) = (app.index(), app.now());
    // Reading a state's stock takes a while: not on a thread that calls wait for.
    let worked = tokio::task::spawn_blocking(move || {
        let mut faults = Faults::default();
        let sheets = sheets_of(&files, &mut faults);
        let cases = read::read(&sheets, &index, now, &mut faults);
        (cases, faults)
    });
    let (cases, faults) = worked.await.map_err(Error::internal)?;
    let mut report = Report { faults, cases: cases.len(), ..Report::default() };
    if !report.faults.is_empty() {
        return Ok(Plan { fresh: Vec::new(), report });
    }
    let known = known(app, &cases).await?;
    report.known = known.len();
    let fresh: Vec<_> =
        cases.into_iter().filter(|case| !known.contains(&case.old_number)).collect();
    let policy = app.policy(now);
    for case in &fresh {
        let post = app.index().route(matter(case), &case.place, case.level);
        report.unrouted += usize::from(post.is_none());
        let runs = case.resolved_at.is_none();
        report.overdue += usize::from(runs && case.stay(&policy, now).1 <= now);
    }
    told(Progress { step: Step::Checking, done: 1, total: 1 });
    Ok(Plan { fresh, report })
}

fn sheets_of(files: &[File], faults: &mut Faults) -> Vec<Sheet> {
    let mut found = Vec::new();
    for file in files {
        match sheets::read(file) {
            Ok(sheets) => found.extend(sheets.into_iter().map(Sheet::headed)),
            Err(error) => faults.add(&file.name, 0, "", error.to_string()),
        }
    }
    if found.iter().map(|sheet| sheet.lines.len()).sum::<usize>() > LINES_MAX {
        faults.add("all files", 0, "", format!("hold more than {LINES_MAX} lines"));
        found.clear();
    }
    found
}

async fn known(app: &App, cases: &[OldCase]) -> Result<HashSet<String>> {
    let mut known = HashSet::new();
    for cases in cases.chunks(KNOWN_MAX) {
        let numbers: Vec<_> = cases.iter().map(|case| case.old_number.as_str()).collect();
        known.extend(old_numbers::known(&app.store.db, &numbers).await?);
    }
    Ok(known)
}

/// One citizen's cases go one after the other: the first of them makes the citizen.
fn of_citizens(cases: Vec<OldCase>) -> Vec<Vec<OldCase>> {
    let mut places: HashMap<Phone, usize> = HashMap::new();
    let mut citizens: Vec<Vec<OldCase>> = Vec::new();
    for case in cases {
        let place = *places.entry(case.phone.clone()).or_insert(citizens.len());
        if place == citizens.len() {
            citizens.push(Vec::new());
        }
        citizens[place].push(case);
    }
    citizens
}

/// How many were written, and how many were here by now.
async fn write(app: &App, by: &Actor, cases: Vec<OldCase>) -> Result<(usize, usize)> {
    let (mut written, mut known) = (0, 0);
    for case in cases {
        match write_one(app, by, &case).await {
            Ok(()) => written += 1,
            Err(Error::Conflict) => {
                // Another import brought it meanwhile.
                let here = old_numbers::find(&app.store.db, &case.old_number).await?;
                here.ok_or(Error::Conflict)?;
                known += 1;
            }
            Err(error) => return Err(error),
        }
    }
    Ok((written, known))
}

async fn write_one(app: &App, by: &Actor, old: &OldCase) -> Result<()> {
    app.commit(Lane::Bulk, Request::system(), move |now| async move {
        let writer = &app.store.writer;
        let (citizen, fresh) = match citizens::by_phone(&app.store.db, &old.phone).await? {
            Some(citizen) => (citizen, None),
            None => {
                let id = writer.reserve(Counter::Citizen).await?;
                let citizen = citizen(id, old, now);
                (citizen.clone(), Some(citizen))
            }
        };
        let id = writer.reserve(Counter::Case).await?;
        let words = match &old.words {
            Some(words) => Some(Text {
                id: writer.reserve(Counter::Text).await?,
                owner: format!("case:{id}"),
                words: words.clone(),
            }),
            None => None,
        };
        let index = app.index();
        let taken = Taken {
            id,
            citizen: citizen.id,
            safety: citizen.safety,
            words,
            ladder: index.ladder(&old.department),
            directory: index.version(),
        };
        let to = cases::destination(app, matter(old), &old.place, old.level, now).await?;
        let mut change = old.import(by, taken, to, &app.policy(now), now);
        change.citizen = fresh;
        Ok(change)
    })
    .await?;
    Ok(())
}

fn citizen(id: i64, old: &OldCase, now: Timestamp) -> Citizen {
    Citizen {
        id,
        phone: old.phone.clone(),
        name: old.name.clone(),
        language: Some(old.language),
        safety: Safety::default(),
        created_at: now,
    }
}

fn matter(old: &OldCase) -> Matter<'_> {
    Matter {
        department: &old.department,
        category: Some(&old.category),
        subcategory: old.subcategory.as_ref(),
    }
}
