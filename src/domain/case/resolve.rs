//! An officer files what was done: the clock stops and the citizen is asked (R32, R19).

use serde_json::json;

use super::{
    Case, State,
    evidence::Evidence,
    facts::named,
    matter::Kind,
    table::{Act, verdict},
};
use crate::domain::{
    actor::Actor,
    change::{Change, Gate},
    citizen::{Safety, Text},
    policy::Verification,
    refused::Refused,
    time::Timestamp,
    verification::{Purpose, Round, RoundState, attempts},
};

/// What an officer files.
#[derive(Clone, Debug)]
pub struct Filed {
    pub report: Text,
    pub evidence: Vec<Evidence>,
    /// The round in which the citizen of a PC is being asked.
    pub open: Option<Round>,
}

impl Case {
    /// As [`Case::file`], with a report alone.
    pub fn resolve(
        &self,
        by: &Actor,
        report: Text,
        safety: Safety,
        policy: &Verification,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        self.file(by, Filed { report, evidence: Vec::new(), open: None }, safety, policy, now)
    }

    /// The notice is part of the same Change, so the citizen cannot be left untold.
    pub fn file(
        &self,
        by: &Actor,
        filed: Filed,
        safety: Safety,
        policy: &Verification,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::Resolve).check()?;
        let target = self.aside().target.as_ref().filter(|target| target.stay == self.stay);
        let missed = target.map(|target| now > target.at);
        let mut after = Self {
            state: State::AwaitingVerification,
            due_at: None,
            attended: true,
            seen: true,
            resolved_at: Some(now),
            resolved_level: Some(self.level),
            in_time: Some(self.due_at.is_none_or(|due| now <= due)),
            round: self.round + 1,
            ..self.clone()
        }
        .with_aside(|aside| {
            aside.target = None;
            aside.blocker = None;
        });
        let round = match filed.open {
            // The citizen of a PC is being asked already: that round goes on as this resolution's.
            Some(open) if open.state == RoundState::Open => {
                after.round = open.round;
                let fresh = round(&after, safety, policy, now);
                let asked = Round { dials: open.dials, version: open.version + 1, ..fresh };
                (Gate::Version(open.version), asked)
            }
            Some(_) | None => (Gate::New, round(&after, safety, policy, now)),
        };
        let body = json!({
            "report": named(&filed.report),
            "evidence": filed.evidence.iter().map(Evidence::named).collect::<Vec<_>>(),
            "round": round.1.round,
            "level": self.level.0,
            "due": self.due_at.map(Timestamp::ms),
            "target_missed": missed,
        });
        let mut change = Change::updating(after, now)
            .tell(by, "resolved", Some(self), body)
            .settles(Kind::Target, if missed == Some(true) { "MISSED" } else { "MET" })
            .settles(Kind::Blocker, "CLEARED")
            .settles_drive()
            .notify_citizen("resolved", safety)
            .notify_post("resolved", self.post);
        if self.overdue_last {
            change = change.settles(Kind::Escalation, "RESOLVED");
        }
        change.texts.push(filed.report);
        change.round = Some(round);
        Ok(change)
    }
}

/// A round that begins now and is dialled within the hours, for the case as it shall stand.
pub(super) fn round(case: &Case, safety: Safety, policy: &Verification, now: Timestamp) -> Round {
    Round {
        case: case.id,
        purpose: Purpose::Resolution,
        round: case.round,
        citizen: case.citizen,
        language: case.language,
        district: case.district.clone(),
        state: RoundState::Open,
        opened_at: now,
        ends_at: now.plus_ms(policy.round_ms),
        next_at: (!safety.is_never_rung())
            .then(|| attempts::next_in_hours(&policy.of(&case.district), now)),
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
        asked_at: None,
        wanted_part: None,
        bad_number_days: 0,
        answer: None,
        answered_at: None,
        version: 1,
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
        let safety = Safety { do_not_call: true, no_sms: false, ..Safety::default() };

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
