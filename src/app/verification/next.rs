//! A feedback caller is shown one task: the case is seen, and nobody is rung. It takes no slot of the phone; the dial is another
//! act, the person's own.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    Act, Actor, App, Caller, Case, CaseView, Change, Claimed, Dialling, Error, Gate, Lane, Object,
    Refused, Result, Round, Timestamp, acted_by, attempts, cases, history, lines, permissions,
    request, rounds, used_today,
};
use crate::{
    app::{
        desk::{WrittenOrder, orders},
        feedback::{self, veil},
    },
    domain::{
        feedback::{Takes, Task as Held, TaskKind},
        page::After,
        verification::Purpose,
    },
    store::{self, callers, rechecks, tasks, texts, writer::Request},
};

/// Rounds that are looked at together to find one that this person may take, and how many times.
const CANDIDATES_MAX: i64 = 50;
const PAGES_MAX: usize = 20;

#[derive(Clone, Debug)]
pub struct Task {
    /// Whose it is, until when, and how far it has come.
    pub held: Held,
    pub round: Round,
    /// Without those who are judged by the answer.
    pub view: CaseView,
    /// What the officer reported as done: the caller says it to the citizen.
    pub report: Option<String>,
    /// Special orders are seen before the citizen is dialled (R37).
    pub orders: Vec<WrittenOrder>,
}

/// The task that one has, else the next that fits: answers whose time to be asked about again ends soon, the longest waiting of
/// rounds that need a person, the other answers that were drawn, then what the dialler would ring. What could not be rung at this
/// hour is not shown.
pub async fn next(app: &App, by: &Actor, request_id: &str) -> Result<Option<Task>> {
    permissions::may(by, Act::TakeVerification, Object::Nothing)?;
    let account = by.account.ok_or(Error::Unauthenticated)?;
    let request = request(by, Some(request_id), "next_task", &[]);
    if let Some(given) = app.done_before(&request).await? {
        return task(app, account, &given).await.map(Some);
    }
    let now = app.now();
    if let Some(last) = tasks::last(&app.store.db, account).await?
        && last.is_held(now)
    {
        return load(app, last).await.map(Some);
    }
    let skipped_ms = app.policy(now).feedback.skipped_ms;
    let skipped = tasks::skipped(&app.store.db, account, now.plus_ms(-skipped_ms)).await?;
    let takes = callers::takes(&app.store.db, account).await?;
    let mut search = Search {
        app,
        by,
        account,
        request,
        takes: takes.unwrap_or_default(),
        skipped: skipped.into_iter().map(|task| (task.case, task.round)).collect(),
        refused: None,
    };
    let soon = now.plus_ms(app.policy(now).recheck.last_ms);
    if let Some(found) = search.among_rechecks(soon).await? {
        return Ok(Some(found));
    }
    if let Some(found) = search.among_peoples().await? {
        return Ok(Some(found));
    }
    if let Some(found) = search.among_rechecks(Timestamp(i64::MAX)).await? {
        return Ok(Some(found));
    }
    if let Some(found) = search.among_due().await? {
        return Ok(Some(found));
    }
    match search.refused {
        // There is work, but not at this hour.
        Some(refused @ Error::Refused(Refused::OutsideHours)) => Err(refused),
        _ => Ok(None),
    }
}

/// The own task as it stands; None without one.
pub async fn own(app: &App, by: &Actor) -> Result<Option<Task>> {
    permissions::may(by, Act::TakeVerification, Object::Nothing)?;
    let account = by.account.ok_or(Error::Unauthenticated)?;
    match tasks::last(&app.store.db, account).await? {
        Some(last) if last.is_held(app.now()) => load(app, last).await.map(Some),
        Some(_) | None => Ok(None),
    }
}

struct Search<'a> {
    app: &'a App,
    by: &'a Actor,
    account: i64,
    request: Request,
    takes: Takes,
    /// By (case, round), lately and by this person.
    skipped: HashSet<(i64, i64)>,
    /// Why a round that would have fitted was not shown.
    refused: Option<Error>,
}

impl Search<'_> {
    /// Of what a person has to take.
    async fn among_peoples(&mut self) -> Result<Option<Task>> {
        let (db, writer) = (&self.app.store.db, &self.app.store.writer);
        let mut after = After::START;
        for _ in 0..PAGES_MAX {
            let candidates = self.waiting(after).await?;
            let Some(&(at, id, _)) = candidates.last() else { break };
            after = After { at, id };
            let cases: Vec<i64> = candidates.iter().map(|(_, case, _)| *case).collect();
            let acted = acted_by(self.app, self.by, &cases).await?;
            for (_, case, round) in candidates {
                if acted.contains(&case) {
                    continue;
                }
                let round = rounds::get(db, case, round).await?;
                if !self.fits(&round, &acted).await? {
                    continue;
                }
                let (now, lease_ms) = (self.app.now(), self.preview_ms());
                let claimed = rounds::claim_one(writer, case, round.round, now, lease_ms).await?;
                let Some(claimed) = claimed else { continue };
                if let Some(shown) = self.show(TaskKind::Round, &claimed).await? {
                    return Ok(Some(shown));
                }
            }
        }
        Ok(None)
    }

    /// Of answers that are asked about again and end by an instant.
    async fn among_rechecks(&mut self, ends_by: Timestamp) -> Result<Option<Task>> {
        let (db, writer) = (&self.app.store.db, &self.app.store.writer);
        let mut after = After::START;
        for _ in 0..PAGES_MAX {
            let now = self.app.now();
            let drawn = rechecks::waiting(db, now, ends_by, after, CANDIDATES_MAX).await?;
            let Some(last) = drawn.last() else { break };
            after = After { at: last.ends_at, id: last.case };
            let cases: Vec<i64> = drawn.iter().map(|recheck| recheck.case).collect();
            let acted = acted_by(self.app, self.by, &cases).await?;
            for recheck in drawn {
                if acted.contains(&recheck.case) {
                    continue;
                }
                let case = store::cases::get(db, recheck.case).await?;
                let round = recheck.as_round();
                if !recheck.stands(&case) || !self.fits(&round, &acted).await? {
                    continue;
                }
                let lease_ms = self.preview_ms();
                let token = rechecks::claim(writer, round.case, round.round, now, lease_ms).await?;
                let Some(token) = token else { continue };
                let claimed = Claimed { round, token };
                if let Some(shown) = self.show(TaskKind::Recheck, &claimed).await? {
                    return Ok(Some(shown));
                }
            }
        }
        Ok(None)
    }

    /// Of what the dialler would ring next. What does not fit is left to it.
    async fn among_due(&mut self) -> Result<Option<Task>> {
        let (db, writer) = (&self.app.store.db, &self.app.store.writer);
        let (now, lease_ms) = (self.app.now(), self.preview_ms());
        let due = rounds::due::soonest(db, now, CANDIDATES_MAX).await?;
        let cases: Vec<i64> = due.iter().map(|round| round.case).collect();
        let acted = acted_by(self.app, self.by, &cases).await?;
        for round in due {
            if acted.contains(&round.case) || !self.fits(&round, &acted).await? {
                continue;
            }
            let claimed = rounds::claim_one(writer, round.case, round.round, now, lease_ms).await?;
            let Some(claimed) = claimed else { continue };
            if let Some(shown) = self.show(TaskKind::Round, &claimed).await? {
                return Ok(Some(shown));
            }
        }
        Ok(None)
    }

    /// A page of open rounds that need a person: (opened at, case, round).
    async fn waiting(&self, after: After) -> Result<Vec<(Timestamp, i64, i64)>> {
        let (db, now) = (&self.app.store.db, self.app.now());
        if self.takes.districts.is_empty() {
            let found = rounds::for_people(db, now, after, CANDIDATES_MAX).await?;
            return Ok(found.iter().map(|one| (one.opened_at, one.case, one.round)).collect());
        }
        let mut found = Vec::new();
        for district in &self.takes.districts {
            found.extend(tasks::waiting_in(db, district, now, after, CANDIDATES_MAX).await?);
        }
        found.sort_unstable();
        found.truncate(CANDIDATES_MAX as usize);
        Ok(found)
    }

    /// Whether this person, who acted on some cases, may and can take it, and did not just leave it to others.
    async fn fits(&self, round: &Round, acted: &HashSet<i64>) -> Result<bool> {
        // Of the other calls a person takes what the dialler leaves: a matter or a call-back.
        if round.purpose != Purpose::Resolution || self.skipped.contains(&(round.case, round.round))
        {
            return Ok(false);
        }
        let case = store::cases::get(&self.app.store.db, round.case).await?;
        if !self.takes.fits(round.language, &round.district, &case.department) {
            return Ok(false);
        }
        let own = [self.account];
        let acted = if acted.contains(&case.id) { &own[..] } else { &[] };
        let object = Object::Round { case: &case, acted };
        Ok(permissions::may(self.by, Act::TakeVerification, object).is_ok())
    }

    fn preview_ms(&self) -> i64 {
        self.app.policy(self.app.now()).feedback.preview_ms
    }

    /// Makes it the person's task; None when it could not be rung now.
    async fn show(&mut self, kind: TaskKind, claimed: &Claimed) -> Result<Option<Task>> {
        let app = self.app;
        let Claimed { round, token } = claimed;
        let shown = match self.may_be_rung(claimed).await? {
            Ok(()) => self.commit(kind, round, *token).await,
            Err(refused) => {
                self.refused = Some(refused);
                Err(Error::Conflict)
            }
        };
        let shown = match shown {
            Ok(key) => task(app, self.account, &key).await?,
            // Not for now, but another one may be; other errors end the search.
            Err(error) => {
                feedback::release(app, kind, (round.case, round.round), *token).await?;
                return match error {
                    Error::Refused(_) | Error::Conflict => Ok(None),
                    other => Err(other),
                };
            }
        };
        // The person asked twice at once: the other task is theirs.
        if (shown.held.kind, shown.held.case, shown.held.token) != (kind, round.case, *token) {
            feedback::release(app, kind, (round.case, round.round), *token).await?;
        }
        Ok(Some(shown))
    }

    /// A look alone: it is decided when the citizen is rung.
    async fn may_be_rung(&self, claimed: &Claimed) -> Result<Result<()>> {
        let (app, now) = (self.app, self.app.now());
        let round = &claimed.round;
        if lines::held(&app.store.db, round.citizen, now).await?.is_some() {
            return Ok(Err(Error::Conflict));
        }
        let case = store::cases::get(&app.store.db, round.case).await?;
        let safety = cases::citizen(app, &case).await?.safety;
        let used = used_today(app, round, now).await?;
        let policy = app.policy(now);
        let policy = &policy.verification;
        Ok(match attempts::at_dialling(policy, round, Caller::Human, used, safety, now) {
            Dialling::Ring { .. } => Ok(()),
            Dialling::Wait { why, .. } | Dialling::Never(why) => Err(Error::Refused(why)),
            Dialling::Exhausted => Err(Error::Refused(Refused::RoundOver)),
        })
    }

    async fn commit(&self, kind: TaskKind, round: &Round, token: i64) -> Result<String> {
        let (app, account) = (self.app, self.account);
        app.commit(Lane::Acts, self.request.clone(), |now| async move {
            let mut change = Change::new(now);
            let last = tasks::last(&app.store.db, account).await?;
            if let Some(held) = last.as_ref().filter(|last| last.is_held(now)) {
                change.result = held.n.to_string();
                return Ok(change);
            }
            let n = last.map_or(1, |last| last.n + 1);
            let numbers = &app.policy(now).feedback;
            let (asked, citizen) = ((kind, round.case, round.round), round.citizen);
            let task = Held::shown(numbers, account, n, asked, citizen, token, now);
            change.result = n.to_string();
            change.feedback.task = Some((Gate::New, task));
            Ok(change)
        })
        .await
    }
}

async fn task(app: &App, account: i64, n: &str) -> Result<Task> {
    let n = n.parse().map_err(Error::internal)?;
    let held = tasks::get(&app.store.db, account, n).await?.ok_or(Error::NotFound("task"))?;
    load(app, held).await
}

pub(in crate::app) async fn load(app: &App, held: Held) -> Result<Task> {
    let case = store::cases::get(&app.store.db, held.case).await?;
    let round = feedback::round(app, &held).await?;
    let orders = orders(app, &case).await?.into_iter().map(veil::order).collect();
    let report = report(app, &case).await?;
    let view = veil::view(cases::view(app, case).await?);
    Ok(Task { held, round, view, report, orders })
}

/// The words of the resolution that is asked about.
async fn report(app: &App, case: &Case) -> Result<Option<String>> {
    let history = history(app, case).await?;
    let filed = history.iter().rev().find(|event| event.kind == "resolved");
    let body: Value =
        filed.and_then(|event| serde_json::from_str(&event.body).ok()).unwrap_or_default();
    Ok(match body["report"]["id"].as_i64() {
        Some(text) => Some(texts::get(&app.store.db, text).await?.words),
        None => None,
    })
}
