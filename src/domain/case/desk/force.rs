//! The force close (R36): from level 3, with a reason, a clear report that is kept for ever, and evidence.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::files;
use crate::domain::{
    actor::Actor,
    case::{
        Case, State,
        aside::Closed,
        evidence::Evidence,
        table::{Act, verdict},
    },
    change::Change,
    citizen::{Safety, Text},
    policy::Policy,
    refused::Refused,
    time::Timestamp,
    verification::Purpose,
    words,
};

words! {
    /// Rule book 1.3.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    pub enum ForceReason {
        ActionTaken = "ACTION_TAKEN",
        NotEligible = "NOT_ELIGIBLE",
        False = "FALSE",
        BeforeCourt = "BEFORE_COURT",
        PolicyMatter = "POLICY_MATTER",
        Other = "OTHER",
    }
}

#[derive(Clone, Debug)]
pub struct ForceClose {
    pub reason: ForceReason,
    pub report: Text,
    pub evidence: Vec<Evidence>,
}

impl Case {
    /// By the post that holds the case.
    pub fn force_close(
        &self,
        by: &Actor,
        what: ForceClose,
        safety: Safety,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Change, Refused> {
        verdict(self.state, Act::ForceClose).check()?;
        if self.level < policy.desk.force_level {
            return Err(Refused::WrongLevel);
        }
        let said = what.report.words.split_whitespace().collect::<Vec<_>>().join(" ");
        if said.chars().count() < policy.desk.force_report_chars_min {
            return Err(Refused::ReportTooShort);
        }
        if what.evidence.is_empty() {
            return Err(Refused::EvidenceMissing);
        }
        let closed = Closed { level: self.level, post: self.post, reason: Some(what.reason) };
        let after = Self { attended: true, seen: true, ..self.over(State::ClosedForced, now) }
            .with_aside(|aside| aside.closed = Some(closed));
        let body = json!({
            "reason": what.reason.as_str(),
            "level": self.level.0,
            "evidence": files(&what.evidence),
        });
        Ok(after
            .told(by, "forced", self, body, what.report, now)
            .drops_rounds(Purpose::Resolution)
            .settles_all("CLOSED")
            .opens_courtesy(by, safety, &policy.verification)
            .notify_citizen("closed_forced", safety))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        case::{
            desk::tests::{after, file, officer, text},
            matter::Kind,
            tests::{TEN, case},
        },
        place::{Level, PostId},
    };

    fn at(level: u8) -> Case {
        Case { level: Level(level), post: Some(PostId(4)), ..case() }
    }

    fn force(case: &Case, report: &str, evidence: Vec<Evidence>) -> Result<Change, Refused> {
        let what = ForceClose { reason: ForceReason::BeforeCourt, report: text(report), evidence };
        case.force_close(&officer(7, 4, 3), what, Safety::default(), &Policy::standard(), TEN)
    }

    #[test]
    fn from_level_three_with_a_report_of_a_hundred_characters_and_evidence() {
        let report = "न".repeat(100);

        let change = force(&at(3), &report, vec![file()]).unwrap();

        let closed = after(&change);
        assert_eq!((closed.state, closed.due_at), (State::ClosedForced, None));
        assert_eq!(closed.closed_at, Some(TEN));
        assert_eq!(
            closed.aside().closed,
            Some(Closed {
                level: Level(3),
                post: Some(PostId(4)),
                reason: Some(ForceReason::BeforeCourt),
            })
        );
        assert_eq!(change.texts[0].words, report);
        assert_eq!(change.notices[0].kind, "closed_forced");
        assert_eq!(change.matters[0].kind, Kind::Courtesy);
        assert!(force(&at(4), &report, vec![file()]).is_ok());
        let low = force(&at(2), &report, vec![file()]).unwrap_err();
        assert_eq!(low, Refused::WrongLevel);
    }

    #[test]
    fn spaces_make_no_report_and_nothing_is_no_evidence() {
        let short = format!("{}{}", "x".repeat(99), " ".repeat(50));
        assert_eq!(force(&at(3), &short, vec![file()]).unwrap_err(), Refused::ReportTooShort);
        let long = "x".repeat(100);
        assert_eq!(force(&at(3), &long, vec![]).unwrap_err(), Refused::EvidenceMissing);
    }
}
