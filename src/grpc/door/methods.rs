//! The method table: every RPC with who may call it. What is not in it is refused, whatever services are mounted.

use crate::domain::permissions::Act;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Without a session.
    Anyone,
    /// Any session.
    Session,
    /// A session whose role has the power of this act; `domain::permissions` says which. The use case asks again, with the
    /// case at hand.
    Staff(Act),
    /// A session of an IVR, which may call nothing else.
    Ivr(Act),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One request, one response: it has a deadline.
    Unary,
    /// As `Unary`, and may take minutes.
    Slow,
    /// The response, or both sides, are streams.
    Stream,
}

#[derive(Clone, Copy, Debug)]
pub struct Method {
    pub path: &'static str,
    pub who: Who,
    pub shape: Shape,
}

pub fn find(path: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.path == path)
}

const fn row(path: &'static str, who: Who, shape: Shape) -> Method {
    Method { path, who, shape }
}

use Shape::{Slow, Stream, Unary};
use Who::{Anyone, Ivr, Session, Staff};

#[rustfmt::skip]
pub const METHODS: &[Method] = &[
    row("/helpline.v1.SessionService/SignIn", Anyone, Unary),
    row("/helpline.v1.SessionService/Refresh", Anyone, Unary),
    row("/helpline.v1.SessionService/SignOut", Session, Unary),
    row("/helpline.v1.SessionService/ListTitles", Session, Unary),

    row("/helpline.v1.ComplaintService/RegisterComplaint", Staff(Act::Register), Unary),
    row("/helpline.v1.ComplaintService/RegisterDemand", Staff(Act::Register), Unary),
    row("/helpline.v1.ComplaintService/RegisterSuggestion", Staff(Act::Register), Unary),
    row("/helpline.v1.ComplaintService/RegisterSchemeCall", Staff(Act::Register), Unary),
    row("/helpline.v1.ComplaintService/SuggestCategory", Staff(Act::Register), Unary),
    row("/helpline.v1.ComplaintService/CompleteReview", Staff(Act::CompleteReview), Unary),
    row("/helpline.v1.ComplaintService/RouteCase", Staff(Act::RouteCase), Unary),
    row("/helpline.v1.ComplaintService/GetCase", Staff(Act::Read), Unary),
    // Of those who read cases, not who must not know whose they are.
    row("/helpline.v1.ComplaintService/WhyRouted", Staff(Act::List), Unary),
    row("/helpline.v1.ComplaintService/ListCases", Staff(Act::List), Unary),
    row("/helpline.v1.ComplaintService/WatchCases", Staff(Act::Watch), Stream),

    row("/helpline.v1.OfficerService/ListQueue", Staff(Act::Queue), Unary),
    row("/helpline.v1.OfficerService/GetInboxFigures", Staff(Act::Queue), Unary),
    row("/helpline.v1.OfficerService/WatchQueue", Staff(Act::Queue), Stream),
    row("/helpline.v1.OfficerService/OpenCase", Staff(Act::Open), Unary),
    row("/helpline.v1.OfficerService/RecordContact", Staff(Act::Contact), Unary),
    row("/helpline.v1.OfficerService/FileResolution", Staff(Act::Resolve), Unary),
    row("/helpline.v1.OfficerService/ListMatters", Staff(Act::Matters), Unary),
    row("/helpline.v1.OfficerService/ListHops", Staff(Act::Matters), Unary),
    row("/helpline.v1.OfficerService/ListPending", Staff(Act::Matters), Unary),
    row("/helpline.v1.OfficerService/DelegateTransfers", Staff(Act::Delegate), Unary),

    row("/helpline.v1.ActService/RecordVisit", Staff(Act::Visit), Unary),
    row("/helpline.v1.ActService/SetTarget", Staff(Act::Target), Unary),
    row("/helpline.v1.ActService/SeekHelp", Staff(Act::SeekHelp), Unary),
    row("/helpline.v1.ActService/SetBlocker", Staff(Act::Block), Unary),
    row("/helpline.v1.ActService/AddNote", Staff(Act::Note), Unary),
    row("/helpline.v1.ActService/WriteOrder", Staff(Act::Order), Unary),
    row("/helpline.v1.ActService/ChangeCategory", Staff(Act::ChangeCategory), Unary),
    row("/helpline.v1.ActService/ProposeTransfer", Staff(Act::ProposeTransfer), Unary),
    row("/helpline.v1.ActService/DecideTransfer", Staff(Act::DecideTransfer), Unary),
    row("/helpline.v1.ActService/SendBack", Staff(Act::SendBack), Unary),
    row("/helpline.v1.ActService/RaiseDifficulty", Staff(Act::RaiseDifficulty), Unary),
    row("/helpline.v1.ActService/AnswerDifficulty", Staff(Act::AnswerDifficulty), Unary),

    row("/helpline.v1.ClosureService/ClosePartially", Staff(Act::PartialClose), Unary),
    row("/helpline.v1.ClosureService/ExtendPartial", Staff(Act::PartialClose), Unary),
    row("/helpline.v1.ClosureService/ProposeSpecialClose", Staff(Act::ProposeSpecial), Unary),
    row("/helpline.v1.ClosureService/WithdrawSpecialClose", Staff(Act::WithdrawSpecial), Unary),
    row("/helpline.v1.ClosureService/DecideSpecialClose", Staff(Act::DecideSpecial), Unary),
    row("/helpline.v1.ClosureService/ForceClose", Staff(Act::ForceClose), Unary),
    row("/helpline.v1.ClosureService/RecordCourtesy", Staff(Act::Courtesy), Unary),
    row("/helpline.v1.ClosureService/ReopenByOrder", Staff(Act::ReopenByOrder), Unary),
    row("/helpline.v1.ClosureService/OrderNextStep", Staff(Act::OrderNextStep), Unary),
    row("/helpline.v1.ClosureService/OrderEscalation", Staff(Act::OrderEscalation), Unary),
    row("/helpline.v1.ClosureService/OrderVerification", Staff(Act::OrderRound), Unary),

    row("/helpline.v1.CitizenService/WithdrawCase", Staff(Act::Withdraw), Unary),
    row("/helpline.v1.CitizenService/ReopenCase", Staff(Act::Reopen), Unary),
    row("/helpline.v1.CitizenService/AskReopening", Staff(Act::AskReopen), Unary),
    row("/helpline.v1.CitizenService/DemandVerification", Staff(Act::DemandRound), Unary),
    row("/helpline.v1.CitizenService/MergeCase", Staff(Act::Merge), Unary),
    row("/helpline.v1.CitizenService/UnmergeCase", Staff(Act::Unmerge), Unary),
    row("/helpline.v1.CitizenService/LinkCase", Staff(Act::Link), Unary),
    row("/helpline.v1.CitizenService/UnlinkCase", Staff(Act::Link), Unary),
    row("/helpline.v1.CitizenService/AskNumberChange", Staff(Act::ChangeNumber), Unary),
    row("/helpline.v1.CitizenService/ConfirmNumberChange", Staff(Act::ChangeNumber), Unary),
    row("/helpline.v1.CitizenService/DecideNumberChange", Staff(Act::ApproveNumber), Unary),

    row("/helpline.v1.DelegationService/DelegatePost", Staff(Act::DelegatePost), Unary),
    row("/helpline.v1.DelegationService/RevokeDelegation", Staff(Act::EndDelegation), Unary),
    row("/helpline.v1.DelegationService/ListDelegations", Staff(Act::Delegations), Unary),
    row("/helpline.v1.DelegationService/GetDelegatedShares", Staff(Act::Delegations), Unary),

    row("/helpline.v1.OversightService/AnswerConduct", Staff(Act::AnswerConduct), Unary),
    row("/helpline.v1.OversightService/PickCases", Staff(Act::Review), Unary),
    row("/helpline.v1.OversightService/ListAgenda", Staff(Act::Agenda), Unary),
    row("/helpline.v1.OversightService/RecordReview", Staff(Act::Review), Unary),
    row("/helpline.v1.OversightService/DropCase", Staff(Act::Review), Unary),

    row("/helpline.v1.RecordingService/ListRecordings", Staff(Act::HearRecording), Unary),
    row("/helpline.v1.RecordingService/PlayRecording", Staff(Act::HearRecording), Stream),
    row("/helpline.v1.RecordingService/PlaceHold", Staff(Act::PlaceHold), Unary),
    row("/helpline.v1.RecordingService/LiftHold", Staff(Act::LiftHold), Unary),
    row("/helpline.v1.RecordingService/ProveRecording", Staff(Act::HearRecording), Unary),

    row("/helpline.v1.EvidenceService/UploadEvidence", Staff(Act::AddEvidence), Stream),
    row("/helpline.v1.EvidenceService/ListEvidence", Staff(Act::OpenEvidence), Unary),
    row("/helpline.v1.EvidenceService/OpenEvidence", Staff(Act::OpenEvidence), Stream),

    row("/helpline.v1.VerificationService/GetQueueFigures", Staff(Act::VerificationFigures), Unary),
    row("/helpline.v1.VerificationService/ListTasks", Staff(Act::VerificationFigures), Unary),
    row("/helpline.v1.VerificationService/NextTask", Staff(Act::TakeVerification), Unary),
    row("/helpline.v1.VerificationService/RecordOutcome", Staff(Act::RecordHuman), Unary),

    row("/helpline.v1.FeedbackService/GetTask", Staff(Act::TakeVerification), Unary),
    row("/helpline.v1.FeedbackService/DialTask", Staff(Act::TakeVerification), Unary),
    row("/helpline.v1.FeedbackService/SkipTask", Staff(Act::TakeVerification), Unary),
    row("/helpline.v1.FeedbackService/ExtendTask", Staff(Act::TakeVerification), Unary),
    row("/helpline.v1.FeedbackService/GetScript", Staff(Act::VerificationFigures), Unary),
    row("/helpline.v1.FeedbackService/GetOwnStatistics", Staff(Act::TakeVerification), Unary),
    row("/helpline.v1.FeedbackService/ListCallerStatistics", Staff(Act::FeedbackCallers), Unary),
    row("/helpline.v1.FeedbackService/PutCaller", Staff(Act::FeedbackCallers), Unary),

    row("/helpline.v1.IvrService/Converse", Ivr(Act::Converse), Stream),

    row("/helpline.v1.CallBackService/ListCallBacks", Staff(Act::CallBacks), Unary),

    row("/helpline.v1.AgentService/PutAgent", Staff(Act::Agents), Unary),
    row("/helpline.v1.AgentService/ListAgents", Staff(Act::Agents), Unary),
    row("/helpline.v1.AgentService/SetIntent", Staff(Act::TakeCalls), Unary),
    row("/helpline.v1.AgentService/ExtendWrapUp", Staff(Act::TakeCalls), Unary),
    row("/helpline.v1.AgentService/EndWrapUp", Staff(Act::TakeCalls), Unary),
    row("/helpline.v1.AgentService/HoldCall", Staff(Act::TakeCalls), Unary),
    row("/helpline.v1.AgentService/EndCall", Staff(Act::TakeCalls), Unary),
    row("/helpline.v1.AgentService/WatchConsole", Staff(Act::TakeCalls), Stream),
    row("/helpline.v1.AgentService/WatchBoard", Staff(Act::Agents), Stream),
    row("/helpline.v1.AgentService/WhyWaiting", Staff(Act::Agents), Unary),

    row("/helpline.v1.IntakeService/SetDisposition", Staff(Act::TakeCalls), Unary),
    row("/helpline.v1.ConversationService/TransferCall", Staff(Act::PassCall), Unary),
    row("/helpline.v1.ConversationService/InviteToCall", Staff(Act::PassCall), Unary),
    row("/helpline.v1.ConversationService/JoinCall", Staff(Act::PassCall), Unary),
    row("/helpline.v1.ConversationService/HandOverCall", Staff(Act::PassCall), Unary),
    row("/helpline.v1.ConversationService/DropGuest", Staff(Act::PassCall), Unary),
    row("/helpline.v1.ConversationService/SuperviseCall", Staff(Act::Supervise), Unary),
    row("/helpline.v1.ConversationService/EndSupervision", Staff(Act::Supervise), Unary),
    row("/helpline.v1.ConversationService/CallCitizen", Staff(Act::CallCitizen), Unary),
    row("/helpline.v1.ConversationService/ListSupervisions", Staff(Act::Supervisions), Unary),
    row("/helpline.v1.IntakeService/BlockCitizen", Staff(Act::BlockCitizen), Unary),
    row("/helpline.v1.IntakeService/LiftBlock", Staff(Act::BlockCitizen), Unary),
    row("/helpline.v1.IntakeService/AppealBlock", Staff(Act::AppealBlock), Unary),
    row("/helpline.v1.IntakeService/AnswerAppeal", Staff(Act::AnswerAppeal), Unary),
    row("/helpline.v1.IntakeService/ListBlocks", Staff(Act::Blocks), Unary),
    row("/helpline.v1.IntakeService/SetSafety", Staff(Act::SetSafety), Unary),
    row("/helpline.v1.IntakeService/GetIntakeFigures", Staff(Act::IntakeFigures), Unary),

    row("/helpline.v1.DiallingService/StopDialling", Staff(Act::StopDialling), Unary),
    row("/helpline.v1.DiallingService/StartDialling", Staff(Act::StopDialling), Unary),
    row("/helpline.v1.DiallingService/ListStops", Staff(Act::SeeDialling), Unary),
    row("/helpline.v1.DiallingService/WhyCalled", Staff(Act::Read), Unary),
    row("/helpline.v1.DiallingService/ListDecisions", Staff(Act::SeeDialling), Unary),

    row("/helpline.v1.RecheckService/ListContradictions", Staff(Act::Contradictions), Unary),
    row("/helpline.v1.RecheckService/ListRecheckMonths", Staff(Act::Rechecks), Unary),
    row("/helpline.v1.RecheckService/ListRecheckAnswers", Staff(Act::Rechecks), Unary),

    row("/helpline.v1.FlagService/ListFlags", Staff(Act::Flags), Unary),
    row("/helpline.v1.FlagService/GetFlag", Staff(Act::Flags), Unary),
    row("/helpline.v1.FlagService/DecideFlag", Staff(Act::DecideFlag), Unary),

    row("/helpline.v1.GradeService/ListGrades", Staff(Act::Grades), Unary),
    row("/helpline.v1.GradeService/GetGrade", Staff(Act::Grades), Unary),
    row("/helpline.v1.GradeService/ListLeaders", Staff(Act::Grades), Unary),
    row("/helpline.v1.GradeService/ExplainGrades", Staff(Act::ExplainGrades), Unary),
    row("/helpline.v1.GradeService/PublishGrades", Staff(Act::PublishGrades), Unary),
    row("/helpline.v1.GradeService/VerifyGrades", Staff(Act::Grades), Unary),

    row("/helpline.v1.DriveService/ListDrives", Staff(Act::Drives), Unary),
    row("/helpline.v1.DriveService/CountDrives", Staff(Act::Drives), Unary),

    row("/helpline.v1.IncidentService/DeclareIncident", Staff(Act::DeclareIncident), Unary),
    row("/helpline.v1.IncidentService/EndIncident", Staff(Act::DeclareIncident), Unary),
    row("/helpline.v1.IncidentService/ListIncidents", Staff(Act::Incidents), Unary),

    row("/helpline.v1.AttendanceService/GetDay", Staff(Act::Attendance), Unary),
    row("/helpline.v1.AttendanceService/ListDefaulters", Staff(Act::Attendance), Unary),
    row("/helpline.v1.AttendanceService/RecordAction", Staff(Act::Discipline), Unary),

    row("/helpline.v1.PinService/SetPin", Staff(Act::SetPin), Unary),
    row("/helpline.v1.PinService/UnlockPin", Staff(Act::Accounts), Unary),
    row("/helpline.v1.PinService/ClearPin", Staff(Act::Accounts), Unary),

    row("/helpline.v1.OldCaseService/ValidateCases", Staff(Act::ImportCases), Stream),
    row("/helpline.v1.OldCaseService/ImportCases", Staff(Act::ImportCases), Stream),

    row("/helpline.v1.DirectoryService/GetDirectory", Staff(Act::Directory), Unary),
    row("/helpline.v1.DirectoryService/ValidateDirectory", Staff(Act::Directory), Stream),
    row("/helpline.v1.DirectoryService/ImportDirectory", Staff(Act::Directory), Stream),
    row("/helpline.v1.DirectoryService/DiffDirectory", Staff(Act::Directory), Stream),
    row("/helpline.v1.DirectoryService/ExportDirectory", Staff(Act::Directory), Stream),

    row("/helpline.v1.DemoService/GetClock", Session, Unary),
    row("/helpline.v1.DemoService/AdvanceClock", Staff(Act::AdvanceClock), Slow),

    // Health says serving or not, no more; its streams have a limit of their own.
    row("/grpc.health.v1.Health/Check", Anyone, Unary),
    row("/grpc.health.v1.Health/Watch", Anyone, Stream),
    // Mounted with --demo and --dev only.
    row("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Anyone, Stream),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message;
    use prost_types::FileDescriptorSet;

    use super::*;

    /// (path, is a stream) of every RPC of the API.
    fn described() -> BTreeSet<(String, bool)> {
        let set = FileDescriptorSet::decode(helpline_proto::DESCRIPTORS).unwrap();
        let ours = set.file.into_iter().filter(|file| file.package() == "helpline.v1");
        ours.flat_map(|file| file.service)
            .flat_map(|service| {
                let name = service.name().to_owned();
                service.method.into_iter().map(move |method| {
                    let streams = method.client_streaming() || method.server_streaming();
                    (format!("/helpline.v1.{name}/{}", method.name()), streams)
                })
            })
            .collect()
    }

    #[test]
    fn every_rpc_has_exactly_one_row_and_every_row_an_rpc() {
        let rows: BTreeSet<_> = METHODS
            .iter()
            .filter(|method| method.path.starts_with("/helpline.v1."))
            .map(|method| (method.path.to_owned(), method.shape == Stream))
            .collect();

        assert_eq!(rows, described());
        let paths: BTreeSet<_> = METHODS.iter().map(|method| method.path).collect();
        assert_eq!(paths.len(), METHODS.len());
    }

    #[test]
    fn only_signing_in_health_and_reflection_are_open_to_anyone() {
        let open: Vec<_> = METHODS
            .iter()
            .filter(|method| method.who == Anyone)
            .map(|method| method.path)
            .collect();

        assert_eq!(
            open,
            [
                "/helpline.v1.SessionService/SignIn",
                "/helpline.v1.SessionService/Refresh",
                "/grpc.health.v1.Health/Check",
                "/grpc.health.v1.Health/Watch",
                "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            ]
        );
    }

    #[test]
    fn nothing_but_the_demonstrations_clock_may_take_minutes() {
        let slow: Vec<_> = METHODS
            .iter()
            .filter(|method| method.shape == Slow)
            .map(|method| method.path)
            .collect();

        assert_eq!(slow, ["/helpline.v1.DemoService/AdvanceClock"]);
    }

    #[test]
    fn what_is_not_in_the_table_is_not_found() {
        assert!(find("/helpline.v1.OfficerService/Forgotten").is_none());
        assert!(find("/grpc.health.v1.Health/Forgotten").is_none());
        assert!(find("").is_none());
    }
}
