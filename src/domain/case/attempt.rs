//! A verification attempt that brought no answer, and the end of a round: never a closure (R33).

use serde_json::{Value, json};

use super::{
    Case, State,
    table::{Act, verdict},
};
use crate::domain::{
    actor::Actor, change::Change, citizen::Safety, refused::Refused, time::Timestamp,
    verification::Round,
};

impl Case {
    /// Keeps what an attempt achieved in the case's history; the case stands as it stood.
    pub fn attempted(
        &self,
        by: &Actor,
        evidence: Value,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Attempt).check()?;
        Ok(Change::updating(self.clone(), now).tell(by, "attempted", Some(self), evidence))
    }

    /// A feedback caller rings the citizen about the round, by this call.
    pub fn taken(
        &self,
        by: &Actor,
        begun: &Round,
        call: &str,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Attempt).check()?;
        let body = json!({ "round": begun.round, "version": begun.version, "call": call });
        Ok(Change::updating(self.clone(), now).tell(by, "taken", Some(self), body))
    }

    /// The round ended without an answer: unverified, which is neither closed nor satisfied.
    pub fn round_ended(&self, safety: Safety, now: Timestamp) -> Result<Change, Refused> {
        self.round_ended_after(Change::updating(self.clone(), now), safety)
    }

    /// As `round_ended`, in the same change as the last attempt.
    pub fn round_ended_after(&self, mut change: Change, safety: Safety) -> Result<Change, Refused> {
        verdict(self.state, Act::EndRound).check()?;
        let mut before = self.clone();
        if let Some((_, case)) = change.case.as_mut() {
            before = case.clone();
            if case.state == State::AwaitingVerification {
                case.state = State::Unverified;
            }
        }
        let body = json!({ "round": self.round });
        Ok(change
            .tell(&Actor::system(), "round_ended", Some(&before), body)
            .notify_citizen("unverified", safety))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::case::tests::{TEN, case};

    fn asked() -> Case {
        Case { state: State::AwaitingVerification, due_at: None, round: 1, ..case() }
    }

    #[test]
    fn an_attempt_without_an_answer_leaves_the_case_as_it_was() {
        let change =
            asked().attempted(&Actor::system(), json!({ "outcome": "BUSY" }), TEN).unwrap();

        let (_, after) = change.case.unwrap();
        assert_eq!(after.state, State::AwaitingVerification);
        assert_eq!(after.version, asked().version + 1);
        assert_eq!(change.events[0].kind, "attempted");
    }

    #[test]
    fn a_round_without_an_answer_ends_unverified_and_never_closed() {
        let change = asked().round_ended(Safety::default(), TEN).unwrap();

        let (_, after) = change.case.unwrap();
        assert_eq!((after.state, after.closed_at, after.due_at), (State::Unverified, None, None));
    }

    #[test]
    fn the_last_attempt_and_the_end_are_one_change() {
        let attempt = asked().attempted(&Actor::system(), json!({}), TEN).unwrap();

        let change = asked().round_ended_after(attempt, Safety::default()).unwrap();

        let kinds: Vec<_> = change.events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["attempted", "round_ended"]);
        assert_eq!(change.case.unwrap().1.state, State::Unverified);
    }

    #[test]
    fn an_unverified_case_stays_unverified_when_a_ring_back_ends() {
        let case = Case { state: State::Unverified, ..asked() };

        let change = case.round_ended(Safety::default(), TEN).unwrap();

        assert_eq!(change.case.unwrap().1.state, State::Unverified);
    }
}
