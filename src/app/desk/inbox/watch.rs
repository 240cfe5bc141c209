//! An inbox as it changes: each case that enters it, changes in it or leaves it, told once by its fact.

use std::sync::Arc;

use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::{App, CaseView, Error, Inbox, Result, WAITING, cases};
use crate::{
    app::sessions,
    domain::{
        actor::{Actor, Role},
        case::State,
        change::Event,
        number::CaseNumber,
        permissions::{self, Act, Object},
        place::PostId,
    },
    store::{
        self,
        feed::{Item, Subscription, Token},
    },
};

#[derive(Debug)]
pub struct Watch {
    app: Arc<App>,
    /// The one post that was asked for.
    post: Option<PostId>,
    inbox: Inbox,
    subscription: Subscription,
    /// What is told before the next fact.
    first: Option<Changed>,
}

/// Handed over one at a time, so the large variant costs nothing.
#[derive(Clone, Debug)]
pub enum Changed {
    /// The watch follows from here on: what is listed now and what is told later leave no gap.
    Started,
    Entered(CaseView),
    /// It was in the inbox before.
    Moved(CaseView),
    Left(CaseNumber),
    /// List anew; what happens from here on is told.
    Resync(Resync),
    /// Nothing happened until the given time.
    Quiet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resync {
    /// The reader fell too far behind, or its token is too old.
    Behind,
    /// The reader's posts are others than before.
    PostsChanged,
}

/// Follows from a token of an earlier watch on, or from now.
pub async fn watch(
    app: &Arc<App>,
    by: &Actor,
    post: Option<PostId>,
    resume: Option<&str>,
) -> Result<Watch> {
    permissions::may(by, Act::Queue, Object::Nothing)?;
    let token = match resume {
        Some(text) => {
            let malformed = Error::Invalid { field: "resume_token", why: "not one of ours" };
            Some(Token::parse(text).ok_or(malformed)?)
        }
        None => None,
    };
    let subscription = app.store.feed.subscribe(token).await?;
    let inbox = Inbox::of(by, post);
    Ok(Watch { app: app.clone(), post, inbox, subscription, first: Some(Changed::Started) })
}

impl Watch {
    /// From now on it shows the inbox of this actor: the same person with the posts and roles of today.
    pub async fn by(&mut self, actor: &Actor) -> Result<()> {
        permissions::may(actor, Act::Queue, Object::Nothing)?;
        let mut actor = actor.clone();
        // A handover must show here at once, whatever a session still remembers.
        if let (Role::Officer, Some(account)) = (actor.role, actor.account) {
            actor.posts = sessions::posts(&self.app, account).await?;
        }
        let inbox = Inbox::of(&actor, self.post);
        if inbox != self.inbox {
            self.inbox = inbox;
            self.first = Some(Changed::Resync(Resync::PostsChanged));
        }
        Ok(())
    }

    /// The next change, or `Quiet` when there was none by `until`, however much happened elsewhere; None when the feed ended.
    pub async fn next(&mut self, until: Instant) -> Result<Option<Changed>> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        loop {
            // What waits in the feed is ready at once, and would let no deadline pass.
            if Instant::now() >= until {
                return Ok(Some(Changed::Quiet));
            }
            let Ok(item) = timeout_at(until, self.subscription.next()).await else {
                return Ok(Some(Changed::Quiet));
            };
            let recorded = match item {
                Some(Item::Event(recorded)) => recorded,
                Some(Item::Resync) => {
                    // Subscribed before the client lists again, so that nothing falls in between.
                    self.subscription = self.app.store.feed.subscribe(None).await?;
                    return Ok(Some(Changed::Resync(Resync::Behind)));
                }
                None => return Ok(None),
            };
            if let Some(changed) = self.changed(&recorded.event).await? {
                return Ok(Some(changed));
            }
        }
    }

    /// Where to go on from after the last change.
    pub fn token(&self) -> String {
        self.subscription.token().encode()
    }

    async fn changed(&self, event: &Event) -> Result<Option<Changed>> {
        let Some(number) = cases::number_of(&event.stream) else { return Ok(None) };
        let facts: Value = serde_json::from_str(&event.facts).unwrap_or_default();
        let (before, after) = self.inbox.holds(&facts);
        Ok(match (before, after) {
            (false, false) => None,
            (true, false) => Some(Changed::Left(number)),
            (before, true) => {
                let case = store::cases::get(&self.app.store.db, number.id()).await?;
                // It went on since; the fact that took it away follows and says so.
                if !self.inbox.holds_now(&case) {
                    return Ok(None);
                }
                let view = cases::views(&self.app, vec![case]).await?.pop();
                view.map(if before { Changed::Moved } else { Changed::Entered })
            }
        })
    }
}

impl Inbox {
    /// Was the case of these facts in the inbox before them, and is it after them?
    fn holds(&self, facts: &Value) -> (bool, bool) {
        let state = |name: &str| facts[name].as_str().and_then(State::parse);
        let (from, to) = (state("state_from"), state("state_to"));
        match self {
            Self::Posts(posts) => {
                let held = |name: &str| {
                    facts[name].as_i64().is_some_and(|post| posts.contains(&PostId(post)))
                };
                let waits = |state: Option<State>| state.is_some_and(|s| WAITING.contains(&s));
                (waits(from) && held("post_from"), waits(to) && held("post"))
            }
            Self::Unrouted { district, late } => {
                let district = district.as_ref().map(|code| code.as_str());
                let here = district.is_none_or(|code| facts["district"].as_str() == Some(code));
                let unrouted = |state| here && state == Some(State::Unrouted);
                (unrouted(from), unrouted(to) && (!late || facts["due"].is_null()))
            }
        }
    }

    fn holds_now(&self, case: &crate::domain::case::Case) -> bool {
        match self {
            Self::Posts(posts) => {
                WAITING.contains(&case.state) && case.post.is_some_and(|post| posts.contains(&post))
            }
            Self::Unrouted { late, .. } => {
                case.state == State::Unrouted && (!late || case.due_at.is_none())
            }
        }
    }
}
