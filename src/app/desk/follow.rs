//! A resolution on the lead is owed to each case that follows it, and each citizen is asked (rule book 1.1). What is owed is
//! written with the lead's own, and filed by a step of its own: no end of a process loses one.

use super::{App, Case, Result, cases, request, resolve::asked};
use crate::{
    domain::{
        actor::{Actor, HeldPost, Role},
        case::resolve,
        change::{Change, FollowUp},
        citizen::Text,
        time::Timestamp,
    },
    store::{
        self, links, texts,
        writer::{Counter, Lane},
    },
};

/// What the change on the lead owes its followers.
pub(super) fn owed(
    by: &Actor,
    lead: &Case,
    change: &Change,
    text: i64,
    followers: &[i64],
) -> Vec<FollowUp> {
    let version = change.case.as_ref().map_or(lead.version, |(_, after)| after.version);
    let held = by.posts.iter().find(|held| Some(held.post) == lead.post);
    let owed = |follower: &i64| FollowUp {
        lead: lead.id,
        version,
        follower: *follower,
        text,
        account: by.account,
        post: held.map(|held| held.post),
        delegate_of: held.and_then(|held| held.delegate_of),
        channel: by.channel,
        at: change.at,
    };
    followers.iter().map(owed).collect()
}

pub async fn is_due(app: &App) -> Result<bool> {
    Ok(!links::owed(&app.store.db, 1).await?.is_empty())
}

/// Files what is owed, the oldest first; one that cannot be filed now keeps none of the others waiting.
pub async fn file(app: &App, limit: i64) -> Result<usize> {
    let (mut filed, mut failed) = (0, None);
    for owed in links::owed(&app.store.db, limit).await? {
        match file_one(app, &owed).await {
            Ok(()) => filed += 1,
            Err(error) => {
                tracing::warn!(case = owed.follower, %error, "a linked case waits for its resolution");
                failed = Some(error);
            }
        }
    }
    match failed {
        Some(error) if filed == 0 => Err(error),
        _ => Ok(filed),
    }
}

async fn file_one(app: &App, owed: &FollowUp) -> Result<()> {
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
