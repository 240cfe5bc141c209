//! The facts of cases as they happen, as far as somebody may see them.

use std::sync::Arc;

use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::{
    app::{App, Error, Result},
    domain::{
        actor::Actor,
        change::Event,
        number::CaseNumber,
        permissions::{self, Act, Object, scope},
        scope::Scope,
    },
    store::{
        cases,
        feed::{Item, Subscription, Token},
    },
};

#[derive(Debug)]
pub struct Watch {
    app: Arc<App>,
    scope: Scope,
    subscription: Subscription,
}

/// Handed over one at a time, so the large variant costs nothing.
#[expect(clippy::large_enum_variant, reason = "a fact is the common case")]
#[derive(Clone, Debug)]
pub enum Watched {
    Fact {
        number: CaseNumber,
        event: Event,
    },
    /// Too far behind: list anew, then watch from now. Nothing follows.
    Resync,
    /// Nothing that is shown happened until the given time.
    Quiet,
}

/// Follows from a token of an earlier watch on, or from now.
pub async fn watch(app: &Arc<App>, by: &Actor, resume: Option<&str>) -> Result<Watch> {
    permissions::may(by, Act::Watch, Object::Nothing)?;
    let token = match resume {
        Some(text) => {
            let malformed = Error::Invalid { field: "resume_token", why: "not one of ours" };
            Some(Token::parse(text).ok_or(malformed)?)
        }
        None => None,
    };
    let subscription = app.store.feed.subscribe(token).await?;
    Ok(Watch { app: app.clone(), scope: scope(by), subscription })
}

impl Watch {
    /// From now on it shows what this actor may see: the same person with the posts and roles of today.
    pub fn by(&mut self, actor: &Actor) -> Result<()> {
        permissions::may(actor, Act::Watch, Object::Nothing)?;
        self.scope = scope(actor);
        Ok(())
    }

    /// The next fact, or `Quiet` when there was none by `until`, however much happened that is not shown; None when the feed
    /// ended.
    pub async fn next(&mut self, until: Instant) -> Result<Option<Watched>> {
        loop {
            // What waits in the feed is ready at once, and would let no deadline pass.
            if Instant::now() >= until {
                return Ok(Some(Watched::Quiet));
            }
            let Ok(item) = timeout_at(until, self.subscription.next()).await else {
                return Ok(Some(Watched::Quiet));
            };
            let recorded = match item {
                Some(Item::Event(recorded)) => recorded,
                Some(Item::Resync) => return Ok(Some(Watched::Resync)),
                None => return Ok(None),
            };
            let event = &recorded.event;
            let Some(number) = number_of(&event.stream) else { continue };
            if self.shows(number, event).await? {
                return Ok(Some(Watched::Fact { number, event: event.clone() }));
            }
        }
    }

    /// Where to go on from after the last fact.
    pub fn token(&self) -> String {
        self.subscription.token().encode()
    }

    async fn shows(&self, number: CaseNumber, event: &Event) -> Result<bool> {
        Ok(match &self.scope {
            Scope::All => true,
            Scope::District(district) => {
                let facts: Value = serde_json::from_str(&event.facts).unwrap_or_default();
                facts["district"].as_str() == Some(district.as_str())
            }
            // The case as it is now: a post that lost it does not follow it further.
            Scope::Posts(posts) => {
                let case = cases::get(&self.app.store.db, number.id()).await?;
                case.post.is_some_and(|post| posts.contains(&post))
            }
            Scope::Citizen(citizen) => {
                cases::get(&self.app.store.db, number.id()).await?.citizen == *citizen
            }
            Scope::Nothing => false,
        })
    }
}

/// The case whose stream it is.
pub(in crate::app) fn number_of(stream: &str) -> Option<CaseNumber> {
    let id = stream.strip_prefix("case:")?.parse().ok()?;
    CaseNumber::of_id(id)
}
