//! What happens to cases while the helpline rings about them: an answer on the citizen's own call or to a person, a
//! complaint taken back, a close. Whichever process it was, the feed tells within its poll.

use std::sync::Arc;

use super::{App, Result, RoundState, rounds};
use crate::{
    app::cases::number_of,
    domain::change::Event,
    store::feed::{Item, Subscription},
};

/// Follows them from now on.
#[derive(Debug)]
pub struct Elsewhere {
    app: Arc<App>,
    subscription: Subscription,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// A round of the case may be over; `answered`: an answer was given.
    To { case: i64, answered: bool },
    /// Some may have been missed: each call that is under way looks for itself.
    Missed,
}

impl Elsewhere {
    pub async fn follow(app: &Arc<App>) -> Result<Self> {
        let subscription = app.store.feed.subscribe(None).await?;
        Ok(Self { app: app.clone(), subscription })
    }

    /// The next one; None when the feed has ended. Safe to drop while it waits.
    pub async fn next(&mut self) -> Result<Option<Happened>> {
        loop {
            match self.subscription.next().await {
                None => return Ok(None),
                Some(Item::Resync) => {
                    self.subscription = self.app.store.feed.subscribe(None).await?;
                    return Ok(Some(Happened::Missed));
                }
                Some(Item::Event(recorded)) => {
                    if let Some(happened) = happened(&recorded.event) {
                        return Ok(Some(happened));
                    }
                }
            }
        }
    }
}

/// Does this round still wait for its answer?
pub async fn is_open(app: &App, case: i64, round: i64) -> Result<bool> {
    Ok(rounds::get(&app.store.db, case, round).await?.state == RoundState::Open)
}

/// What this fact may have done to a call about its case.
fn happened(event: &Event) -> Option<Happened> {
    let case = number_of(&event.stream)?.id();
    Some(Happened::To { case, answered: event.kind == "answered" })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::domain::{chain, number::CaseNumber, time::Timestamp};

    use super::*;

    fn event(stream: &str, kind: &str) -> Event {
        Event {
            stream: stream.to_owned(),
            version: 3,
            at: Timestamp(0),
            kind: kind.to_owned(),
            actor: "citizen:1".to_owned(),
            post: None,
            channel: "IVR".to_owned(),
            facts: "{}".to_owned(),
            body: json!({}).to_string(),
            prev_hash: chain::START,
            hash: chain::START,
        }
    }

    #[test]
    fn whatever_happens_to_a_case_is_told_and_nothing_else() {
        let case = CaseNumber::parse("12345671").unwrap().id();
        let stream = format!("case:{case}");

        let told = |stream: &str, kind| happened(&event(stream, kind));
        assert_eq!(told(&stream, "answered"), Some(Happened::To { case, answered: true }));
        assert_eq!(told(&stream, "withdrawn"), Some(Happened::To { case, answered: false }));
        assert_eq!(told("account:7", "answered"), None);
    }
}
