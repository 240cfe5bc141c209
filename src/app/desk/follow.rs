//! A resolution on the lead is owed to each case that follows it, and each citizen is asked (rule book 1.1). What is owed is
//! written with the lead's own, and filed by a step of its own: no end of a process loses one.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{App, Case, Error, Result, cases, request, resolve::asked};
use crate::{
    domain::{
        actor::{Actor, HeldPost, Role},
        case::resolve,
        change::{Change, FollowRun, FollowUp, Run},
        citizen::Text,
        time::Timestamp,
    },
    store::{
        self,
        links::{self, FOLLOWERS_MAX},
        texts,
        writer::{Counter, Lane},
    },
};

/// Followers that are filed side by side: what waits is written in groups.
const FILED_MAX: usize = 32;

/// The lead's resolution, which its followers are owed.
pub(super) fn run(by: &Actor, lead: &Case, change: &Change, text: i64) -> FollowRun {
    let version = change.case.as_ref().map_or(lead.version, |(_, after)| after.version);
    let held = by.posts.iter().find(|held| Some(held.post) == lead.post);
    FollowRun {
        lead: lead.id,
        version,
        text,
        account: by.account,
        post: held.map(|held| held.post),
        delegate_of: held.and_then(|held| held.delegate_of),
        channel: by.channel,
        at: change.at,
        behind: 0,
    }
}

pub async fn is_due(app: &App) -> Result<bool> {
    let db = &app.store.db;
    Ok(!links::owed(db, 1).await?.is_empty() || !links::runs(db, 1).await?.is_empty())
}

/// Names the next followers of the lead that was resolved first; false when there is none to name.
pub async fn name(app: &App) -> Result<bool> {
    let Some(run) = links::runs(&app.store.db, 1).await?.pop() else { return Ok(false) };
    // Of two that name the same ones at a time, one does: the place that both began at is the request's id.
    let id = format!("name:{}:{}:{}", run.lead, run.version, run.behind);
    let request = request(&Actor::system(), Some(&id), "name", &[]);
    let run = &run;
    app.commit(Lane::Acts, request, move |now: Timestamp| async move {
        let followers = links::followers(&app.store.db, run).await?;
        let mut change = Change::new(now);
        change.owed = followers.iter().map(|follower| run.owed(*follower)).collect();
        change.run = Some(match followers.get(FOLLOWERS_MAX - 1) {
            Some(last) => Run::GoesOn(FollowRun { behind: *last, ..run.clone() }),
            None => Run::Ends(run.clone()),
        });
        Ok(change)
    })
    .await?;
    Ok(true)
}

/// Files what is owed, the oldest first; one that cannot be filed now keeps none of the others waiting.
pub async fn file(app: &Arc<App>, limit: i64) -> Result<usize> {
    let (mut filed, mut failed) = (0, None);
    for some in links::owed(&app.store.db, limit).await?.chunks(FILED_MAX) {
        let mut filing = JoinSet::new();
        for owed in some {
            let (app, owed) = (app.clone(), owed.clone());
            filing.spawn(async move { file_one(&app, &owed).await });
        }
        while let Some(ended) = filing.join_next().await {
            match ended.map_err(Error::internal).flatten() {
                Ok(()) => filed += 1,
                Err(error) => failed = Some(error),
            }
        }
    }
    match failed {
        Some(error) if filed == 0 => Err(error),
        _ => Ok(filed),
    }
}

async fn file_one(app: &App, owed: &FollowUp) -> Result<()> {
    let filed = commit_one(app, owed).await;
    filed.inspect_err(|error| {
        tracing::warn!(case = owed.follower, %error, "a linked case waits for its resolution");
    })
}

async fn commit_one(app: &App, owed: &FollowUp) -> Result<()> {
    let by = &officer(owed, &store::cases::get(&app.store.db, owed.lead).await?);
    let id = format!("follow:{}:{}:{}", owed.lead, owed.version, owed.follower);
    let request = request(by, Some(&id), "follow", &[]);
    app.commit(Lane::Acts, request, move |now: Timestamp| async move {
        let case = store::cases::get(&app.store.db, owed.follower).await?;
        let safety = cases::citizen(app, &case).await?.safety;
        let report = Text {
            id: app.store.writer.reserve(Counter::Text).await?,
            owner: case.stream(),
            words: texts::get(&app.store.db, owed.text).await?.words,
        };
        let filed = resolve::Filed { report, evidence: Vec::new(), open: asked(app, &case).await? };
        let mut change = match case.file(by, filed, safety, &app.policy(now).verification, now) {
            Ok(change) => change,
            // It is closed, being verified, or before another desk: it goes its own way.
            Err(refused) => {
                tracing::info!(case = owed.follower, %refused, "a linked case was not resolved");
                Change::new(now)
            }
        };
        change.followed = Some(owed.clone());
        Ok(change)
    })
    .await
    .map(drop)
}

/// Who resolved the lead, at the post that had it.
fn officer(owed: &FollowUp, lead: &Case) -> Actor {
    let held = |post| HeldPost {
        post,
        department: lead.department.clone(),
        place: lead.place.clone(),
        level: lead.level,
        delegate_of: owed.delegate_of,
    };
    Actor {
        account: owed.account,
        role: Role::Officer,
        channel: owed.channel,
        posts: owed.post.map(held).into_iter().collect(),
        district: None,
        citizen: None,
    }
}
