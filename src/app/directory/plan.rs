//! What files would make of the directory: read, checked and compared, and nothing written.

use std::{collections::HashMap, sync::Arc};

use super::live::{Live, cut};
use crate::{
    app::{App, Error, Result},
    domain::{
        directory::{
            Directory,
            check::check,
            diff::{Changes, diff},
            lgd,
            read::{Draft, read},
            sheet::{Faults, LINES_MAX, Sheet},
        },
        place::PostId,
        policy::Policy,
        time::Timestamp,
    },
    sheets::{self, File},
    store::{
        cases,
        directory::{
            people::{HolderRow, LeaveRow, OfficerRow},
            stage::Moves,
        },
    },
};

/// Files of one upload, and what they weigh together.
pub const FILES_MAX: usize = 64;
pub const BYTES_MAX: usize = 64 * 1024 * 1024;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// The layout of docs/directory.md.
    #[default]
    Own,
    /// The Local Government Directory's published lists.
    Lgd,
}

#[derive(Clone, Debug, Default)]
pub struct Upload {
    pub files: Vec<File>,
    pub format: Format,
    /// When changed terms begin to count; None: at once.
    pub effective: Option<Timestamp>,
}

pub(super) struct Plan {
    pub(super) live: Live,
    pub(super) next: Directory,
    pub(super) faults: Faults,
    pub(super) changes: Vec<Changes>,
    pub(super) policy: Option<Policy>,
    pub(super) now: Timestamp,
}

pub(super) async fn plan(app: &App, upload: Upload) -> Result<Plan> {
    let now = app.now();
    let effective = upload.effective.unwrap_or(now);
    if effective < now {
        return Err(Error::Invalid { field: "effective_at", why: "lies in the past" });
    }
    if upload.files.is_empty() || upload.files.len() > FILES_MAX {
        return Err(Error::Invalid { field: "files", why: "1 to 64 files" });
    }
    let policy = app.policies().at(effective).clone();
    let live = Live::load(app, &policy).await?;
    // Reading a state's files takes a while: not on a thread that calls wait for.
    let worked =
        tokio::task::spawn_blocking(move || compare(live, upload, &policy, effective, now));
    let mut plan = worked.await.map_err(Error::internal)?;
    left_without(app, &mut plan).await?;
    Ok(plan)
}

fn compare(
    live: Live,
    upload: Upload,
    policy: &Arc<Policy>,
    effective: Timestamp,
    now: Timestamp,
) -> Plan {
    let mut faults = Faults::default();
    let sheets = sheets_of(&upload.files, &mut faults);
    let current = live.directory.clone();
    let draft = match upload.format {
        Format::Own => {
            let sheets: Vec<_> = sheets.into_iter().map(Sheet::headed).collect();
            read(&sheets, current, &mut faults)
        }
        Format::Lgd => lgd::read(sheets, current, &mut faults),
    };
    taken(&draft, &live, &mut faults);
    let checked = check(draft, &mut faults);
    let next = match checked.filter(|_| faults.is_empty()) {
        Some(next) => next,
        None => live.directory.clone(),
    };
    let changes = diff(&live.directory, &next, now);
    let policy = next.terms.policy(policy, &next.rows.holidays, effective);
    Plan { live, next, faults, changes, policy, now }
}

fn sheets_of(files: &[File], faults: &mut Faults) -> Vec<Sheet> {
    let mut sheets = Vec::new();
    for file in files {
        match sheets::read(file) {
            Ok(found) => sheets.extend(found),
            Err(error) => faults.add(&file.name, 0, "", error.to_string()),
        }
    }
    if sheets.iter().map(|sheet| sheet.lines.len()).sum::<usize>() > 2 * LINES_MAX {
        faults.add("all files", 0, "", format!("hold more than {} lines", 2 * LINES_MAX));
        sheets.clear();
    }
    sheets
}

/// Logins that accounts of other roles have.
fn taken(draft: &Draft, live: &Live, faults: &mut Faults) {
    for (line, officer) in &draft.officers.rows {
        if live.logins.contains(&officer.login) {
            let reason =
                format!("{} is the login of an account that is no officer's", officer.login);
            faults.add(&draft.officers.file, *line, "login", reason);
        }
    }
}

/// Posts that go while cases are open with them would leave those with nobody.
async fn left_without(app: &App, plan: &mut Plan) -> Result<()> {
    if !plan.faults.is_empty() {
        return Ok(());
    }
    let stays: std::collections::HashSet<_> =
        plan.next.rows.posts.iter().map(|post| &post.code).collect();
    let mut gone: Vec<_> =
        plan.live.posts.iter().filter(|(code, _)| !stays.contains(code)).collect();
    gone.sort_unstable();
    for (code, id) in gone {
        let open = cases::open_with(&app.store.db, *id).await?;
        if open > 0 {
            let reason = format!("{code} is left out, and {open} open cases are with it");
            plan.faults.add("posts", 0, "code", reason);
        }
    }
    Ok(())
}

impl Plan {
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.policy.is_none()
    }

    /// What the store must write of the persons, once every login has its account and every post its id.
    pub(super) fn moves(
        &self,
        posts: &HashMap<&str, PostId>,
        accounts: &HashMap<String, i64>,
    ) -> Moves {
        let mut moves = Moves::default();
        self.officers(accounts, &mut moves);
        self.holders(posts, accounts, &mut moves);
        self.leave(accounts, &mut moves);
        moves
    }

    fn officers(&self, accounts: &HashMap<String, i64>, moves: &mut Moves) {
        let (was, is) = (&self.live.directory.people.officers, &self.next.people.officers);
        let mut left: HashMap<&str, _> =
            was.iter().map(|officer| (officer.login.as_str(), officer)).collect();
        for officer in is {
            if left.remove(officer.login.as_str()) == Some(officer) {
                continue;
            }
            moves.officers_gone.extend(self.live.officers.get(&officer.login).cloned());
            let account = accounts[&officer.login];
            moves.officers.push(OfficerRow { account, since: 0, officer: officer.clone() });
        }
        for (login, officer) in left {
            match self.live.officers.get(login) {
                Some(row) => moves.officers_gone.push(row.clone()),
                None => moves.officers_closed.push(OfficerRow {
                    account: accounts[login],
                    since: 0,
                    officer: officer.clone(),
                }),
            }
        }
    }

    fn holders(
        &self,
        posts: &HashMap<&str, PostId>,
        accounts: &HashMap<String, i64>,
        moves: &mut Moves,
    ) {
        // Posts that are gone keep their holders' history.
        let known: std::collections::HashSet<_> = self.live.posts.values().collect();
        let mut left: HashMap<_, &HolderRow> = self
            .live
            .holders
            .iter()
            .filter(|row| known.contains(&row.post))
            .map(|row| ((row.post, row.account, row.from), row))
            .collect();
        for held in &self.next.people.holders {
            let row = HolderRow {
                post: posts[held.post.as_str()],
                account: accounts[&held.login],
                from: held.from,
                until: held.until,
                kind: held.kind,
                since: 0,
            };
            let was = left.remove(&(row.post, row.account, row.from));
            if was.is_some_and(|was| HolderRow { since: 0, ..was.clone() } == row) {
                continue;
            }
            moves.holders_gone.extend(was.cloned());
            moves.holders.push(row);
        }
        for row in left.into_values() {
            if row.until.is_some_and(|until| until <= self.now) {
                continue;
            }
            moves.holders_gone.push(row.clone());
            let ended = cut(row.from, self.now);
            moves.holders.extend(ended.map(|end| HolderRow { until: Some(end), ..row.clone() }));
        }
    }

    fn leave(&self, accounts: &HashMap<String, i64>, moves: &mut Moves) {
        let mut left: HashMap<_, &LeaveRow> =
            self.live.leave.iter().map(|row| ((row.account, row.from), row)).collect();
        for leave in &self.next.people.leave {
            let account = accounts[&leave.login];
            let row = LeaveRow { account, from: leave.from, until: leave.until, since: 0 };
            let was = left.remove(&(account, leave.from));
            if was.is_some_and(|was| LeaveRow { since: 0, ..was.clone() } == row) {
                continue;
            }
            moves.leave_gone.extend(was.cloned());
            moves.leave.push(row);
        }
        for row in left.into_values() {
            if row.until <= self.now {
                continue;
            }
            moves.leave_gone.push(row.clone());
            let ended = cut(row.from, self.now);
            moves.leave.extend(ended.map(|until| LeaveRow { until, ..row.clone() }));
        }
    }
}
