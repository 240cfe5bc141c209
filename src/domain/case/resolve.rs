//! An officer files what was done: the clock stops and the citizen is asked (R32, R19).

use serde_json::json;

use super::{
    Case, State,
    facts::named,
    table::{Act, verdict},
};
use crate::domain::{
    actor::Actor,
    change::{Change, Gate},
    citizen::{Safety, Text},
    policy::Verification,
    refused::Refused,
    time::Timestamp,
    verification::{Round, RoundState, attempts},
};

impl Case {
    /// The notice is part of the same Change, so the citizen cannot be left untold.
    pub fn resolve(
        &self,
        by: &Actor,
        report: Text,
        safety: Safety,
        policy: &Verification,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Resolve).check()?;
        let after = Self {
            state: State::AwaitingVerification,
            due_at: None,
            attended: true,
            seen: true,
            resolved_at: Some(now),
            resolved_level: Some(self.level),
            in_time: Some(self.due_at.is_none_or(|due| now <= due)),
            round: self.round + 1,
            ..self.clone()
        };
        let round = Round {
            case: self.id,
            round: after.round,
            citizen: self.citizen,
            language: self.language,
            district: self.district.clone(),
            state: RoundState::Open,
            opened_at: now,
            ends_at: now.plus_ms(policy.round_ms),
            next_at: (!safety.do_not_call).then(|| attempts::next_in_hours(policy, now)),
            attempts: 0,
            dials: 0,
            attempt_day: None,
            attempt_part: None,
            attempt_used: false,
            redials_busy: 0,
            redials_congestion: 0,
            partial: false,
            ring_back: false,
            human: false,
            bad_number_days: 0,
            answer: None,
            answered_at: None,
            version: 1,
        };
        let body = json!({
            "report": named(&report),
            "round": round.round,
            "level": self.level.0,
            "due": self.due_at.map(Timestamp::ms),
        });
        let mut change = Change::updating(after, now)
            .tell(by, "resolved", Some(self), body)
            .notify_citizen("resolved", safety);
        change.texts.push(report);
        change.round = Some((Gate::New, round));
        Ok(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        case::tests::{TEN, WEEK_MS, case},
        place::Level,
        policy::Policy,
    };

    fn report() -> Text {
        Text { id: 8, owner: "case:1000000".to_owned(), words: "transformer replaced".to_owned() }
    }

    fn resolve(case: &Case, safety: Safety, now: Timestamp) -> Result<Change, Refused> {
        case.resolve(&Actor::system(), report(), safety, &Policy::standard().verification, now)
    }

    #[test]
    fn a_resolution_stops_the_clock_opens_a_round_and_tells_the_citizen() {
        let change = resolve(&case(), Safety::default(), TEN.plus_ms(60_000)).unwrap();

        let (_, after) = change.case.unwrap();
        assert_eq!((after.state, after.due_at), (State::AwaitingVerification, None));
        assert_eq!((after.resolved_level, after.in_time), (Some(Level(1)), Some(true)));
        assert!(after.attended);
        let (gate, round) = change.round.unwrap();
        assert_eq!((gate, round.state, round.round), (Gate::New, RoundState::Open, 1));
        assert_eq!(round.next_at, Some(TEN.plus_ms(60_000)));
        assert_eq!(round.ends_at, TEN.plus_ms(864_060_000));
        assert_eq!(change.notices[0].kind, "resolved");
        assert_eq!(change.notices[0].version, after.version);
    }

    #[test]
    fn a_resolution_after_the_due_time_is_not_in_time() {
        let at = |ms| resolve(&case(), Safety::default(), TEN.plus_ms(ms)).unwrap().case.unwrap().1;

        assert_eq!(at(WEEK_MS).in_time, Some(true));
        assert_eq!(at(WEEK_MS + 1).in_time, Some(false));
    }

    #[test]
    fn a_round_opened_at_night_is_dialled_at_nine() {
        // 21:00 IST.
        let change = resolve(&case(), Safety::default(), TEN.plus_ms(39_600_000)).unwrap();

        assert_eq!(change.round.unwrap().1.next_at, Some(Timestamp(1_795_404_600_000)));
    }

    #[test]
    fn a_citizen_who_must_not_be_called_is_not_dialled() {
        let safety = Safety { do_not_call: true, no_sms: false };

        assert_eq!(resolve(&case(), safety, TEN).unwrap().round.unwrap().1.next_at, None);
    }

    #[test]
    fn states_refuse_a_resolution_with_their_reason() {
        for (state, reason) in [
            (State::Unrouted, Refused::NotRouted),
            (State::AwaitingVerification, Refused::VerificationOpen),
            (State::SpecialCloseProposed, Refused::ProposalOpen),
            (State::Unverified, Refused::CaseUnverified),
            (State::ClosedSatisfied, Refused::CaseClosed),
            (State::Withdrawn, Refused::CaseWithdrawn),
            (State::Merged, Refused::CaseMerged),
            (State::Forwarded, Refused::NotAComplaint),
        ] {
            let case = Case { state, ..case() };
            assert_eq!(resolve(&case, Safety::default(), TEN).unwrap_err(), reason);
        }
    }
}
