//! The API's enums and the domain's words, one to one.

use helpline_proto::v1;

use crate::domain::{
    actor::{Channel, Role},
    ageing::Age,
    case::{
        Kind, State,
        desk::{force::ForceReason, reopen::Courtesy, work::Blocker},
        escalate::order::Ground,
        evidence::FileKind,
        matter,
        officer::Said,
    },
    delegation::Per,
    feedback::{SkipReason, TaskKind, TaskState, script::Question},
    flags::{FlagKind, FlagState},
    grading::{Grade, late::Late, measure::Measure},
    incident::Advice,
    intake::{disposition::Disposition, origin::HeardOf},
    language::Language,
    recheck::RecheckState,
    verification::Outcome,
};

macro_rules! one_to_one {
    ($print:ident, $parse:ident: $domain:ty, $wire:ty { $($name:ident),+ $(,)? }) => {
        #[allow(dead_code, reason = "each pair is whole: every word reads back as itself")]
        pub fn $print(word: $domain) -> i32 {
            match word {
                $(<$domain>::$name => <$wire>::$name.into(),)+
            }
        }

        /// None for UNSPECIFIED and for values that this version does not know.
        #[allow(dead_code, reason = "each pair is whole: every word reads back as itself")]
        pub fn $parse(value: i32) -> Option<$domain> {
            match <$wire>::try_from(value).ok()? {
                <$wire>::Unspecified => None,
                $(<$wire>::$name => Some(<$domain>::$name),)+
            }
        }
    };
}

one_to_one!(language, parse_language: Language, v1::Language { Hindi, English });
one_to_one!(channel, parse_channel: Channel, v1::Channel {
    Agent, Portal, App, OfficerLine, JanSunwai, Ivr, System,
});
one_to_one!(role, parse_role: Role, v1::Role {
    Agent, FeedbackCaller, Supervisor, Officer, Nodal, Collector, DistrictInCharge, Directorate, CmOffice, Auditor, Admin,
    Ivr, System,
});
one_to_one!(kind, parse_kind: Kind, v1::CaseKind { Complaint, Demand, Suggestion, SchemeInformation });
one_to_one!(state, parse_state: State, v1::CaseState {
    Unrouted, WithOfficer, AwaitingVerification, PartiallyClosed, SpecialCloseProposed, Unverified, ClosedSatisfied,
    ClosedSpecial, ClosedForced, Withdrawn, Merged, Forwarded,
});
one_to_one!(ageing, parse_ageing: Age, v1::Ageing { UpTo50, Over50, Over100, Over300, Over365 });
one_to_one!(outcome, parse_outcome: Outcome, v1::Outcome {
    Satisfied, NotSatisfied, Pressured, Partial, Undecided, SpeakToPerson, CallLater, NotHere, WrongNumber, NoReply,
    NoAnswer, Busy, Congestion, BadNumber, Fault, Confirmed, Declined,
});

one_to_one!(task_state, parse_task_state: TaskState, v1::TaskState {
    Preview, Dialled, WrapUp, Recorded, Skipped,
});
one_to_one!(recheck_state, parse_recheck_state: RecheckState, v1::RecheckState {
    Open, Upheld, Contradicted, Unanswered, Overtaken,
});
one_to_one!(task_kind, parse_task_kind: TaskKind, v1::TaskKind { Round, Recheck });
one_to_one!(flag_kind, parse_flag_kind: FlagKind, v1::FlagKind {
    Registrations, Answers, OfficersPhone, Quick, SameTiming, OddSatisfaction, ShortCalls, NumberChanged,
});
one_to_one!(flag_state, parse_flag_state: FlagState, v1::FlagState { Open, Confirmed, Dismissed });
one_to_one!(grade, parse_grade: Grade, v1::Grade { A, B, C, D });
one_to_one!(grade_measure, parse_grade_measure: Measure, v1::GradeMeasure {
    Received, Satisfied, InTime, NotInTime, Resolved, ResolvedL1, Answers, AnswersSatisfied, AnswersL1,
    AnswersSatisfiedL1, Pending, PartiallyClosed, Aged, Closed, Special, Forced, Contradicted, Ended, NotAttended,
    Vacant, Late,
});
one_to_one!(late_reason, parse_late_reason: Late, v1::LateReason {
    Behind, Satisfied, Closed, Reopened, Withdrawn, Merged,
});
one_to_one!(skip_reason, parse_skip_reason: SkipReason, v1::SkipReason {
    Language, Acquainted, Unclear, NoTime, Other,
});
one_to_one!(script_question, parse_script_question: Question, v1::ScriptQuestion {
    RightParty, Answer, Confirm, Pressure, Conduct,
});
one_to_one!(incident_advice, parse_incident_advice: Advice, v1::IncidentAdvice { Repair, Relief, StaySafe });
one_to_one!(disposition, parse_disposition: Disposition, v1::Disposition {
    Registered, StatusTold, InformationGiven, Referred, Transferred, Silent, WrongNumber, Abusive, CutOff, Other,
});
one_to_one!(heard_of, parse_heard_of: HeardOf, v1::HeardOf {
    NotSaid, Radio, Television, Newspaper, Poster, Internet, FamilyOrNeighbours, Office, Meeting, CalledBefore, Other,
});
one_to_one!(blocker, parse_blocker: Blocker, v1::Blocker { Funds, OtherDepartment, Court, Policy, Other });
one_to_one!(force_reason, parse_force_reason: ForceReason, v1::ForceReason {
    ActionTaken, NotEligible, False, BeforeCourt, PolicyMatter, Other,
});
one_to_one!(ground, parse_ground: Ground, v1::EscalationGround {
    NeedsSanction, BeyondPowers, OtherDepartment, PolicyMatter, Neglected,
});
one_to_one!(per, parse_per: Per, v1::SharePer { Post, Officer, Department, District });
one_to_one!(courtesy, parse_courtesy: Courtesy, v1::CourtesyAnswer { Accepted, NotSatisfied, NotReached });
one_to_one!(file_kind, parse_file_kind: FileKind, v1::FileKind { Pdf, Jpeg, Png, Wav, Ogg, Mp3, Mp4 });
one_to_one!(matter_kind, parse_matter_kind: matter::Kind, v1::MatterKind {
    Target, Blocker, Difficulty, Proposal, Transfer, Courtesy, Reopening, NextStep, NumberChange, Escalation, Conduct,
    Meeting, Drive,
});
one_to_one!(said, parse_said: Said, v1::CitizenSaid { Satisfied, NotSatisfied });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_as_itself() {
        for word in State::ALL {
            assert_eq!(parse_state(state(*word)), Some(*word));
        }
        for word in Role::ALL {
            assert_eq!(parse_role(role(*word)), Some(*word));
        }
        for word in Outcome::ALL {
            assert_eq!(parse_outcome(outcome(*word)), Some(*word));
        }
    }

    #[test]
    fn unspecified_and_unknown_values_are_no_words() {
        assert_eq!(parse_language(0), None);
        assert_eq!(parse_language(99), None);
        assert_eq!(parse_channel(-1), None);
    }

    #[test]
    fn the_apis_names_are_the_domains_words() {
        for word in State::ALL {
            let name = v1::CaseState::try_from(state(*word)).unwrap().as_str_name();
            assert_eq!(name, format!("CASE_STATE_{word}"));
        }
        for word in Outcome::ALL {
            let name = v1::Outcome::try_from(outcome(*word)).unwrap().as_str_name();
            assert_eq!(name, format!("OUTCOME_{word}"));
        }
    }
}
