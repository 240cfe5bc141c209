//! Somebody of the helpline rang the case's citizen and was answered: it is in the history, and moves nothing.

use serde_json::json;

use crate::domain::{actor::Actor, case::Case, change::Change, place::Code, time::Timestamp};

impl Case {
    /// `meeting` is the review meeting that the case is on the agenda of (R18).
    pub fn spoke(&self, by: &Actor, call: &str, meeting: Option<&Code>, now: Timestamp) -> Change {
        let meeting = meeting.map(Code::as_str);
        let body = json!({ "call": call, "meeting": meeting });
        let after = self.clone().drive_contacted(now);
        Change::updating(after, now).tell(by, "spoke", Some(self), body).settles_drive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::case::{
        State,
        tests::{TEN, case},
    };

    #[test]
    fn a_call_stands_in_the_history_with_its_meeting_and_moves_nothing() {
        let closed = case();
        let closed = Case { state: State::AwaitingVerification, ..closed };

        let change =
            closed.spoke(&Actor::system(), "00ff", Some(&Code::new("bhopal-2026-47")), TEN);

        let (_, after) = change.case.unwrap();
        assert_eq!((after.state, after.level), (closed.state, closed.level));
        let event = &change.events[0];
        assert_eq!(event.kind, "spoke");
        assert_eq!(event.body, r#"{"call":"00ff","meeting":"bhopal-2026-47"}"#);
    }
}
