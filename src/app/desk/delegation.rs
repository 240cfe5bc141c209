//! An officer lets somebody act for one of the own posts for a time (R26), and how much of the work is done so.

use super::{App, Error, Result, request};
use crate::{
    domain::{
        actor::{Actor, Role},
        change::Change,
        delegation::{DELEGATED_MS_MAX, Delegation, Per, Revoked, Share},
        permissions::{self, Act, Object, scope},
        place::{Code, PlaceCode, PostId},
        refused::Refused,
        scope::Scope,
        time::{DAY_MS, Day, Timestamp},
    },
    store::{
        accounts,
        delegations::{self, Period},
        writer::Lane,
    },
};

/// Rows of a list or a report.
const ROWS_MAX: i64 = 500;
/// Longest period of a report.
const PERIOD_DAYS_MAX: i64 = 400;

#[derive(Clone, Debug)]
pub struct DelegatePost {
    pub request_id: String,
    pub post: PostId,
    pub login: String,
    /// Now when None.
    pub from: Option<Timestamp>,
    pub until: Timestamp,
}

#[derive(Clone, Debug)]
pub struct Revoke {
    pub request_id: String,
    pub post: PostId,
    pub login: String,
}

/// A delegation with the names of those whom it binds.
#[derive(Clone, Debug)]
pub struct DelegationView {
    pub delegation: Delegation,
    pub revoked_at: Option<Timestamp>,
    pub login: String,
    pub giver: String,
}

#[derive(Clone, Debug)]
pub struct Shares {
    pub per: Per,
    /// Days of IST, both included.
    pub from: Day,
    pub until: Day,
    pub department: Option<Code>,
    pub district: Option<PlaceCode>,
}

/// For a post that the officer holds in person: who only acts for it cannot hand it on.
pub async fn delegate_post(app: &App, by: &Actor, ask: DelegatePost) -> Result<DelegationView> {
    permissions::may(by, Act::DelegatePost, Object::Nothing)?;
    let from = ask.from.map_or(String::new(), |from| from.ms().to_string());
    let (post, until) = (ask.post.0.to_string(), ask.until.ms().to_string());
    let payload = [post.as_str(), &ask.login, &from, &until];
    let request = request(by, Some(&ask.request_id), "delegate_post", &payload);
    let ask = &ask;
    app.commit(Lane::Acts, request, move |now| async move {
        let held =
            by.posts.iter().find(|held| held.post == ask.post).ok_or(Refused::NotYourPost)?;
        let (None, Some(given_by)) = (held.delegate_of, by.account) else {
            return Err(Refused::InPersonOnly.into());
        };
        let from = ask.from.unwrap_or(now);
        if from < now || ask.until <= from || ask.until.since(from) > DELEGATED_MS_MAX {
            return Err(Refused::DateNotAllowed.into());
        }
        let account = officer(app, &ask.login).await?;
        if account == given_by {
            return Err(Refused::SamePerson.into());
        }
        let index = app.index();
        let district = index.district(&held.place).unwrap_or_else(|| held.place.clone());
        let facts = serde_json::json!({
            "post": ask.post.0,
            "account": account,
            "from": from.ms(),
            "until": ask.until.ms(),
        });
        let mut change = Change::new(now).noted(by, "post_delegated", facts.to_string());
        change.delegations.push(Delegation {
            district,
            post: Some(ask.post),
            account,
            from,
            until: ask.until,
            given_by,
        });
        Ok(change)
    })
    .await?;
    app.forget_sessions();
    newest(app, by, ask.post, &ask.login).await
}

/// By who holds the post in person, by the delegate, or by the district's collector.
pub async fn revoke_delegation(app: &App, by: &Actor, ask: Revoke) -> Result<DelegationView> {
    permissions::may(by, Act::EndDelegation, Object::Nothing)?;
    let post = ask.post.0.to_string();
    let request = request(by, Some(&ask.request_id), "revoke_delegation", &[&post, &ask.login]);
    let ask = &ask;
    app.commit(Lane::Acts, request, move |now| async move {
        let account = officer(app, &ask.login).await?;
        let by_account = by.account.ok_or(Refused::NotYourRole)?;
        let scope = delegation_scope(by);
        let given = delegations::list(&app.store.db, &scope, by_account, Some(ask.post), ROWS_MAX);
        let open = given.await?.into_iter().any(|given| {
            given.delegation.account == account
                && given.revoked_at.is_none()
                && given.delegation.until > now
        });
        if !open {
            return Err(Refused::NothingOpen.into());
        }
        let facts = serde_json::json!({ "post": ask.post.0, "account": account });
        let mut change = Change::new(now).noted(by, "delegation_revoked", facts.to_string());
        change.revoked_delegations.push(Revoked {
            post: ask.post,
            account,
            at: now,
            by: by_account,
        });
        Ok(change)
    })
    .await?;
    app.forget_sessions();
    newest(app, by, ask.post, &ask.login).await
}

/// The newest first; an officer sees those of the own posts and those that were given to him.
pub async fn post_delegations(
    app: &App,
    by: &Actor,
    post: Option<PostId>,
) -> Result<Vec<DelegationView>> {
    permissions::may(by, Act::Delegations, Object::Nothing)?;
    let own = by.account.unwrap_or_default();
    let found =
        delegations::list(&app.store.db, &delegation_scope(by), own, post, ROWS_MAX).await?;
    let mut views = Vec::with_capacity(found.len());
    for given in found {
        let delegation = given.delegation;
        let login = accounts::get(&app.store.db, delegation.account).await?.login;
        let giver = accounts::get(&app.store.db, delegation.given_by).await?.login;
        views.push(DelegationView { delegation, revoked_at: given.revoked_at, login, giver });
    }
    Ok(views)
}

/// The highest share first, at most 500 rows.
pub async fn delegated_shares(app: &App, by: &Actor, ask: Shares) -> Result<Vec<Share>> {
    permissions::may(by, Act::Delegations, Object::Nothing)?;
    let (from, until) = (ask.from.begins(), ask.until.ends());
    let days = until.since(from) / DAY_MS;
    if !(1..=PERIOD_DAYS_MAX).contains(&days) {
        return Err(Error::Invalid { field: "until_day", why: "1 to 400 days" });
    }
    let period =
        Period { from, until, department: ask.department.clone(), district: ask.district.clone() };
    let scope = delegation_scope(by);
    Ok(delegations::shares(&app.store.db, &scope, ask.per, &period, ROWS_MAX).await?)
}

/// What is given to a delegate gives no sight of what else was given for the post.
fn delegation_scope(by: &Actor) -> Scope {
    match scope(by) {
        Scope::Posts(_) if by.role == Role::Officer => {
            let own = by.posts.iter().filter(|held| held.delegate_of.is_none());
            Scope::Posts(own.map(|held| held.post).collect())
        }
        other => other,
    }
}

async fn officer(app: &App, login: &str) -> Result<i64> {
    let login = login.to_lowercase();
    let found = accounts::by_login(&app.store.db, &login).await?;
    let found = found.filter(|account| account.active && account.role == Role::Officer);
    Ok(found.ok_or(Error::Invalid { field: "login", why: "no officer" })?.id)
}

async fn newest(app: &App, by: &Actor, post: PostId, login: &str) -> Result<DelegationView> {
    let login = login.to_lowercase();
    let found = post_delegations(app, by, Some(post)).await?;
    found.into_iter().find(|view| view.login == login).ok_or(Error::NotFound("delegation"))
}
