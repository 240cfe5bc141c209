//! What a citizen wants of the own case: done for a proven caller, else promised, and the promised call made when the line
//! is free.

use super::{Asks, Way};
use crate::{
    app::{self, cases},
    calls::{evidence, journal::Kept},
    dialogue::talk::{Granted, Reply, Wanted},
};

impl Asks {
    pub(super) async fn wish(&mut self, wanted: Wanted) -> app::Result<Reply> {
        if self.citizen.is_none() {
            // The question about the caller may have come too late.
            self.caller().await?;
        }
        self.wishes += 1;
        let ask = cases::AskWish {
            request_id: format!("wish:{}:{}", self.facts.call, self.wishes),
            number: wanted.case,
            wish: wanted.wish,
            proven: self.is_trusted() && self.looked_up == Some(wanted.case),
            pressed: wanted.pressed == Some(true),
            evidence: evidence::of_wish(&self.facts, &self.prompts, &wanted),
        };
        let (call, case, wish) = (self.facts.call.clone(), wanted.case, wanted.wish);
        let granted = match self.keep("wish", self.actor(), Kept::Wish(ask)).await {
            Ok(done) => done.granted().expect("a wish is granted"),
            Err(app::Error::Refused(why)) => {
                tracing::info!(call, %case, %wish, %why, "a wish is refused");
                return Ok(Reply::Granted(Granted::NotPossible));
            }
            Err(error) => return Err(error),
        };
        tracing::info!(call, %case, %wish, ?granted, "a wish is recorded");
        Ok(Reply::Granted(match granted {
            cases::Granted::Done => {
                self.disposition = "WISH_DONE";
                Granted::Done
            }
            cases::Granted::Pressured => {
                self.disposition = "WISH_PRESSURED";
                Granted::Flagged
            }
            cases::Granted::Called { case, round } => {
                self.disposition = "WISH_DONE";
                self.hold(case, round).await;
                Granted::Done
            }
            cases::Granted::RingBack { case, round } => {
                self.disposition = "RING_BACK";
                self.hold(case, round).await;
                Granted::RingBack
            }
        }))
    }

    /// Is the number that the line shows believed?
    pub(super) fn is_trusted(&self) -> bool {
        matches!(self.facts.way, Way::Inbound { trusted_cli: true })
    }
}
