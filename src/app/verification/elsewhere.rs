//! Which cases are settled while the helpline rings about them: by the citizen's own call or by a person. Whichever
//! process it was, the feed tells within its poll.

use std::sync::Arc;

use serde_json::{Value, json};

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
pub enum SettledElsewhere {
    Case(i64),
    /// Some may have been missed: each call that is under way looks for itself.
    Missed,
}

impl Elsewhere {
    pub async fn follow(app: &Arc<App>) -> Result<Self> {
        let subscription = app.store.feed.subscribe(None).await?;
        Ok(Self { app: app.clone(), subscription })
    }

    /// The next one; None when the feed has ended. Safe to drop while it waits.
    pub async fn next(&mut self) -> Result<Option<SettledElsewhere>> {
        loop {
            match self.subscription.next().await {
                None => return Ok(None),
                Some(Item::Resync) => {
                    self.subscription = self.app.store.feed.subscribe(None).await?;
                    return Ok(Some(SettledElsewhere::Missed));
                }
                Some(Item::Event(recorded)) => {
                    if let Some(case) = settled(&recorded.event) {
                        return Ok(Some(SettledElsewhere::Case(case)));
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

/// The case that this fact has settled, unless a call of the dialler did so: that one goes on to its own end.
fn settled(event: &Event) -> Option<i64> {
    let case = number_of(&event.stream)?.id();
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    // What follows from an answer, as the next level, names no source.
    let ours = || json(&event.body)["source"] == json!("DIALLED");
    (event.kind == "answered" && !ours()).then_some(case)
}

#[cfg(test)]
mod tests {
    use crate::domain::{chain, number::CaseNumber, time::Timestamp};

    use super::*;

    fn event(kind: &str, to: &str, source: &str) -> Event {
        let case = CaseNumber::parse("12345671").unwrap().id();
        Event {
            stream: format!("case:{case}"),
            version: 3,
            at: Timestamp(0),
            kind: kind.to_owned(),
            actor: "citizen:1".to_owned(),
            post: None,
            channel: "IVR".to_owned(),
            facts: json!({ "state_from": "AWAITING_VERIFICATION", "state_to": to }).to_string(),
            body: json!({ "source": source }).to_string(),
            prev_hash: chain::START,
            hash: chain::START,
        }
    }

    #[test]
    fn an_own_call_and_a_person_settle_and_a_call_of_the_dialler_with_what_follows_does_not() {
        let settles = |kind, to, source| settled(&event(kind, to, source)).is_some();

        assert!(settles("answered", "WITH_OFFICER", "INBOUND"));
        assert!(settles("answered", "CLOSED_SATISFIED", "HUMAN"));
        assert!(!settles("escalated", "WITH_OFFICER", ""));
        assert!(!settles("answered", "WITH_OFFICER", "DIALLED"));
        assert!(!settles("attempted", "AWAITING_VERIFICATION", "INBOUND"));
        let account = Event {
            stream: "account:7".to_owned(),
            ..event("answered", "WITH_OFFICER", "INBOUND")
        };
        assert_eq!(settled(&account), None);
    }
}
