//! Files become the next version: checked first, written unseen, then live at one instant.

use std::{collections::HashMap, sync::Arc};

use tokio::task::JoinSet;

use super::{
    live::Live,
    plan::{Plan, Upload, plan},
    refresh,
};
use crate::{
    app::{App, Error, Result, accounts, policies},
    domain::{
        actor::Actor,
        directory::{Officer, diff::Changes, sheet::Faults},
        permissions::{self, Act, Object},
        place::PostId,
        routing::Index,
    },
    store::{directory as stored, policies as policy_rows, posts},
};

/// Accounts that are made together, so that the writer can merge them.
const TOGETHER_MAX: usize = 128;

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
    Accounts,
    Posts,
    Rows,
    Persons,
}

/// What came of files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The version that they were compared with; 0 before the first.
    pub base: i64,
    /// None when nothing was written: a dry run, faults, or no change.
    pub version: Option<i64>,
    pub faults: Faults,
    pub changes: Vec<Changes>,
    /// The terms differ from the policy in force: a new version of it comes with them.
    pub policy_changes: bool,
    /// Rows of the directory as the files make it.
    pub rows: usize,
}

type Told<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// A dry run: everything is checked and compared, nothing is written.
pub async fn validate(app: &App, by: &Actor, upload: Upload, told: Told<'_>) -> Result<Report> {
    permissions::may(by, Act::Directory, Object::Nothing)?;
    told(Progress { step: Step::Checking, done: 0, total: 1 });
    let plan = plan(app, upload).await?;
    told(Progress { step: Step::Checking, done: 1, total: 1 });
    Ok(report(&plan, None))
}

/// Writes the next version and makes it live, unless there is a fault, or nothing changes. Registrations go on
/// meanwhile under the live one. When it fails half way nothing of it is ever seen.
pub async fn import(app: &Arc<App>, by: &Actor, upload: Upload, told: Told<'_>) -> Result<Report> {
    permissions::may(by, Act::Directory, Object::Nothing)?;
    told(Progress { step: Step::Checking, done: 0, total: 1 });
    let mut plan = plan(app, upload).await?;
    told(Progress { step: Step::Checking, done: 1, total: 1 });
    if !plan.faults.is_empty() || plan.is_empty() {
        return Ok(report(&plan, None));
    }
    let writer = &app.store.writer;
    let version = stored::begin(writer, plan.live.version, plan.now).await?;
    let accounts = open_accounts(app, by, &plan, version, told).await?;
    number_posts(app, &mut plan, told).await?;
    // The last look at the whole before it is written: routing must be able to take it.
    let rows = Arc::new(plan.next.rows.clone());
    let index = Index::build(version, (*rows).clone()).map_err(Error::internal)?;
    drop(index);
    let by_code: HashMap<&str, PostId> =
        rows.posts.iter().map(|post| (post.code.as_str(), post.id)).collect();
    let moves = Arc::new(plan.moves(&by_code, &accounts));
    let counted = Counted::new(told, Step::Rows, plan.next.row_count());
    stored::fill::fill(writer, version, &rows, &|written| counted.add(written)).await?;
    let counted = Counted::new(told, Step::Persons, moves.count());
    stored::stage::stage(writer, version, &moves, &|written| counted.add(written)).await?;
    if let Some(policy) = &plan.policy {
        let body = policies::body(policy)?;
        policy_rows::stage(writer, policy.effective_from, body, version).await?;
    }
    stored::flip(writer, by, version, facts(&plan, version), app.now()).await?;
    tracing::info!(version, posts = rows.posts.len(), "a directory goes live");
    refresh(app).await?;
    Ok(report(&plan, Some(version)))
}

/// The account of every officer; logins that nobody had get one that has no password. Until the version is
/// live such an account can do nothing, and a repeated import finds it.
async fn open_accounts(
    app: &Arc<App>,
    by: &Actor,
    plan: &Plan,
    version: i64,
    told: Told<'_>,
) -> Result<HashMap<String, i64>> {
    let known = plan.live.account();
    let mut accounts: HashMap<String, i64> =
        known.iter().map(|(login, account)| ((*login).to_owned(), account.id)).collect();
    let fresh: Vec<&Officer> = plan
        .next
        .people
        .officers
        .iter()
        .filter(|officer| !known.contains_key(officer.login.as_str()))
        .collect();
    let counted = Counted::new(told, Step::Accounts, fresh.len());
    let mut tasks = JoinSet::new();
    let mut fresh = fresh.into_iter();
    loop {
        while tasks.len() < TOGETHER_MAX
            && let Some(officer) = fresh.next()
        {
            let (app, by) = (app.clone(), by.clone());
            let (login, name) = (officer.login.clone(), officer.names.any().to_owned());
            tasks.spawn(async move {
                let id = accounts::open_officer(&app, &by, &login, &name, version).await?;
                Ok::<_, Error>((login, id))
            });
        }
        let Some(opened) = tasks.join_next().await else { return Ok(accounts) };
        let (login, id) = opened.map_err(Error::internal)??;
        accounts.insert(login, id);
        counted.add(1);
    }
}

/// Known codes keep their ids; codes that were once there get theirs back.
async fn number_posts(app: &App, plan: &mut Plan, told: Told<'_>) -> Result<()> {
    let Plan { live: Live { posts: known, .. }, next, .. } = plan;
    let fresh: Vec<_> = next
        .rows
        .posts
        .iter()
        .filter(|post| !known.contains_key(&post.code))
        .map(|post| post.code.clone())
        .collect();
    let counted = Counted::new(told, Step::Posts, fresh.len());
    let ids = posts::ids(&app.store.writer, fresh.clone()).await?;
    counted.add(fresh.len());
    let fresh: HashMap<_, _> = fresh.into_iter().zip(ids).collect();
    for post in &mut next.rows.posts {
        post.id = known.get(&post.code).copied().unwrap_or_else(|| fresh[&post.code]);
    }
    Ok(())
}

fn facts(plan: &Plan, version: i64) -> String {
    let tables: serde_json::Map<_, _> = plan
        .changes
        .iter()
        .map(|changes| {
            let counts = [changes.added.count, changes.changed.count, changes.removed.count];
            (changes.table.as_str().to_owned(), serde_json::json!(counts))
        })
        .collect();
    serde_json::json!({ "version": version, "changes": tables }).to_string()
}

fn report(plan: &Plan, version: Option<i64>) -> Report {
    Report {
        base: plan.live.version,
        version,
        faults: plan.faults.clone(),
        changes: plan.changes.clone(),
        policy_changes: plan.policy.is_some(),
        rows: plan.next.row_count() + plan.next.people_count(),
    }
}

struct Counted<'a> {
    told: Told<'a>,
    step: Step,
    total: usize,
    done: std::sync::atomic::AtomicUsize,
}

impl<'a> Counted<'a> {
    fn new(told: Told<'a>, step: Step, total: usize) -> Self {
        told(Progress { step, done: 0, total });
        Self { told, step, total, done: 0.into() }
    }

    fn add(&self, count: usize) {
        let before = self.done.fetch_add(count, std::sync::atomic::Ordering::Relaxed);
        (self.told)(Progress { step: self.step, done: before + count, total: self.total });
    }
}
