//! Which acts each role may ever do, wherever the case lies.

use super::Act;
use crate::domain::actor::Role;

/// One row a role; an act that is not in it is refused.
pub(super) fn has_power(role: Role, act: Act) -> bool {
    use Act::*;
    match role {
        Role::Agent => {
            matches!(
                act,
                Register
                    | CompleteReview
                    | Read
                    | List
                    | Watch
                    | Status
                    | CallBacks
                    | Call
                    | Note
                    | TakeCalls
                    | PassCall
                    | CallCitizen
            ) || matches!(
                act,
                Withdraw | Reopen | AskReopen | DemandRound | Merge | Unmerge | Link | ChangeNumber
            ) || matches!(act, AppealBlock | Incidents | SetSafety | HearRecording)
        }
        Role::FeedbackCaller => {
            matches!(
                act,
                Read | Status
                    | VerificationFigures
                    | TakeVerification
                    | RecordHuman
                    | CallBacks
                    | Courtesy
                    | Matters
                    | TakeCalls
                    | PassCall
                    | CallCitizen
                    | Incidents
                    | HearRecording
            )
        }
        Role::Supervisor => {
            matches!(
                act,
                Register
                    | CompleteReview
                    | RouteCase
                    | Queue
                    | Read
                    | List
                    | Watch
                    | Status
                    | VerificationFigures
                    | FeedbackCallers
                    | CallBacks
                    | Note
                    | Matters
                    | Agenda
                    | Merge
                    | Unmerge
                    | Link
                    | OrderRound
                    | ApproveNumber
                    | TakeCalls
                    | PassCall
                    | Supervise
                    | Supervisions
                    | CallCitizen
                    | Agents
                    | HearRecording
            ) || matches!(act, BlockCitizen | AppealBlock | AnswerAppeal | Blocks)
                || matches!(act, DeclareIncident | Incidents | IntakeFigures | SetSafety)
                || matches!(act, StopDialling | SeeDialling | Contradictions | Rechecks)
                || matches!(act, Flags | DecideFlag)
                || matches!(act, Grades)
                || matches!(act, Drives)
        }
        Role::Officer => {
            matches!(act, Read | List | Watch | Status | Queue | Open | Contact | Resolve | Matters)
                || matches!(act, Visit | Target | SeekHelp | Block | Note | Order | PartialClose)
                || matches!(act, ProposeSpecial | WithdrawSpecial | DecideSpecial | ForceClose)
                || matches!(act, ChangeCategory | ProposeTransfer | SendBack | RaiseDifficulty)
                || matches!(act, AddEvidence | OpenEvidence | ReopenByOrder | SetPin)
                || matches!(act, OrderEscalation | DelegatePost | EndDelegation | Delegations)
                || matches!(act, AnswerConduct | Agenda | CallCitizen | HearRecording)
                || matches!(act, Grades | ExplainGrades)
                || matches!(act, Drives)
        }
        Role::Nodal => {
            matches!(act, Read | List | Watch | Status | Note | Matters | Attendance)
                || matches!(act, AnswerDifficulty | DecideTransfer | OpenEvidence | Queue)
                || matches!(act, Delegations | Review | Agenda | CallCitizen | HearRecording)
                || matches!(act, Incidents | IntakeFigures | Contradictions)
                || matches!(act, Grades | ExplainGrades)
                || matches!(act, Drives)
        }
        Role::Collector => {
            matches!(act, Read | List | Watch | Status | Note | Matters | Attendance | Discipline)
                || matches!(act, DecideTransfer | Delegate | ReopenByOrder | OpenEvidence)
                || matches!(act, OrderEscalation | EndDelegation | Delegations)
                || matches!(act, AnswerConduct | Review | Agenda | CallCitizen)
                || matches!(act, HearRecording | PlaceHold | DeclareIncident | Incidents)
                || matches!(act, IntakeFigures | Contradictions)
                || matches!(act, Grades | ExplainGrades)
                || matches!(act, Drives)
        }
        Role::DistrictInCharge => {
            matches!(act, Read | List | Watch | Status | Matters | DecideTransfer | OpenEvidence)
                || matches!(act, Attendance | Delegations | Review | Agenda | CallCitizen)
                || matches!(act, HearRecording | Incidents | IntakeFigures | Contradictions)
                || matches!(act, Grades | ExplainGrades)
                || matches!(act, Drives)
        }
        Role::CmOffice => {
            matches!(act, Read | List | Watch | Status | Note | Matters | OpenEvidence | Attendance)
                || matches!(act, Delegations | Agenda | HearRecording | PlaceHold | LiftHold)
                || matches!(act, Incidents | IntakeFigures | Contradictions | Rechecks)
                || matches!(act, Grades | ExplainGrades)
                || matches!(act, Drives)
        }
        Role::Auditor => {
            matches!(act, Read | List | Watch | Status | Matters | OpenEvidence | Attendance)
                || matches!(act, HearRecording | PlaceHold)
                || matches!(act, Delegations | Agenda | Supervisions | Blocks | Incidents)
                || matches!(act, IntakeFigures | SeeDialling | Contradictions | Rechecks)
                || matches!(act, Flags)
                || matches!(act, Grades | ExplainGrades)
                || matches!(act, Drives)
        }
        Role::Directorate => {
            matches!(act, Read | List | Watch | Status | VerificationFigures | Note | Matters)
                || matches!(act, Attendance | Discipline | OrderEscalation | Delegations)
                || matches!(act, ImportCases | AnswerConduct | Review | Agenda)
                || matches!(act, CallCitizen | Supervisions | AnswerAppeal | Blocks)
                || matches!(act, AnswerDifficulty | ReopenByOrder | OrderNextStep | OpenEvidence)
                || matches!(act, HearRecording | PlaceHold | LiftHold)
                || matches!(act, DeclareIncident | Incidents | IntakeFigures)
                || matches!(act, StopDialling | SeeDialling | Contradictions | Rechecks)
                || matches!(act, Flags | DecideFlag)
                || matches!(act, Grades | ExplainGrades | PublishGrades)
                || matches!(act, Drives)
        }
        Role::Admin => {
            matches!(act, Accounts | Directory | AdvanceClock | Agents)
                || matches!(act, StopDialling | SeeDialling)
        }
        Role::Ivr => {
            matches!(
                act,
                Register | Status | List | RecordDialled | RecordInbound | Call | Converse
            ) || matches!(act, Withdraw | Reopen | AskReopen | DemandRound | Unmerge)
        }
        Role::System => {
            matches!(act, Register | Read | List | Watch | Status | VerificationFigures | Call)
                || matches!(act, RecordDialled | RecordInbound | Accounts | Directory)
                || matches!(act, ImportCases | Clock | AdvanceClock | Agents)
        }
    }
}
