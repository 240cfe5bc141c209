//! Every RPC of the API with every role, with no session, and with sessions that are no longer good.

use std::collections::BTreeMap;

use helpline_proto::v1;
use prost::Message;
use prost_types::FileDescriptorSet;
use tokio_stream::StreamExt;
use tonic::{Code, Request, Status, codegen::http::uri::PathAndQuery};
use tonic_prost::ProstCodec;

use crate::kit::{House, Signed, reason};

const AGENT: &str = "agent";
const CALLER: &str = "caller";
const SUPERVISOR: &str = "supervisor";
const OFFICER: &str = "je.phanda";
const NODAL: &str = "nodal.bhopal";
const COLLECTOR: &str = "collector.bhopal";
const IN_CHARGE: &str = "incharge.bhopal";
const DIRECTORATE: &str = "directorate";
const CM_OFFICE: &str = "cm.office";
const AUDITOR: &str = "auditor";
const ADMIN: &str = "admin";
const IVR: &str = "ivr";

/// One sample account of each role that has one.
pub(crate) const LOGINS: [&str; 12] = [
    AGENT,
    CALLER,
    SUPERVISOR,
    OFFICER,
    NODAL,
    COLLECTOR,
    IN_CHARGE,
    DIRECTORATE,
    CM_OFFICE,
    AUDITOR,
    ADMIN,
    IVR,
];

/// Who reads cases and lists them.
const READERS: &[&str] =
    &[AGENT, SUPERVISOR, OFFICER, NODAL, COLLECTOR, IN_CHARGE, DIRECTORATE, CM_OFFICE, AUDITOR];
const READERS_AND_CALLER: &[&str] = &[
    AGENT,
    CALLER,
    SUPERVISOR,
    OFFICER,
    NODAL,
    COLLECTOR,
    IN_CHARGE,
    DIRECTORATE,
    CM_OFFICE,
    AUDITOR,
];
const MATTERS: &[&str] =
    &[CALLER, SUPERVISOR, OFFICER, NODAL, COLLECTOR, IN_CHARGE, DIRECTORATE, CM_OFFICE, AUDITOR];
const GRADES: &[&str] =
    &[SUPERVISOR, OFFICER, NODAL, COLLECTOR, IN_CHARGE, DIRECTORATE, CM_OFFICE, AUDITOR];
const REVIEWERS: &[&str] = &[NODAL, COLLECTOR, IN_CHARGE, DIRECTORATE];
const AGENDA: &[&str] =
    &[SUPERVISOR, OFFICER, NODAL, COLLECTOR, IN_CHARGE, DIRECTORATE, CM_OFFICE, AUDITOR];
const OVERSIGHT: &[&str] = &[NODAL, COLLECTOR, IN_CHARGE, DIRECTORATE, CM_OFFICE, AUDITOR];
const FILES: &[&str] = &[OFFICER, NODAL, COLLECTOR, IN_CHARGE, DIRECTORATE, CM_OFFICE, AUDITOR];

const LISTENERS: &[&str] = &[
    AGENT,
    CALLER,
    SUPERVISOR,
    OFFICER,
    NODAL,
    COLLECTOR,
    IN_CHARGE,
    DIRECTORATE,
    CM_OFFICE,
    AUDITOR,
];

/// Rule book 1.3, as of the API.
pub(crate) const MAY: &[(&str, &[&str])] = &[
    ("ComplaintService/RegisterComplaint", &[AGENT, SUPERVISOR]),
    ("ComplaintService/RegisterDemand", &[AGENT, SUPERVISOR]),
    ("ComplaintService/RegisterSuggestion", &[AGENT, SUPERVISOR]),
    ("ComplaintService/RegisterSchemeCall", &[AGENT, SUPERVISOR]),
    ("ComplaintService/SuggestCategory", &[AGENT, SUPERVISOR]),
    ("ComplaintService/CompleteReview", &[AGENT, SUPERVISOR]),
    ("ComplaintService/RouteCase", &[SUPERVISOR]),
    ("ComplaintService/GetCase", READERS_AND_CALLER),
    ("ComplaintService/WhyRouted", READERS),
    ("ComplaintService/ListCases", READERS),
    ("ComplaintService/WatchCases", READERS),
    ("OfficerService/ListQueue", &[OFFICER, SUPERVISOR, NODAL]),
    ("OfficerService/GetInboxFigures", &[OFFICER, SUPERVISOR, NODAL]),
    ("OfficerService/WatchQueue", &[OFFICER, SUPERVISOR, NODAL]),
    ("OfficerService/OpenCase", &[OFFICER]),
    ("OfficerService/RecordContact", &[OFFICER]),
    ("OfficerService/FileResolution", &[OFFICER]),
    ("OfficerService/ListMatters", MATTERS),
    ("OfficerService/ListHops", MATTERS),
    (
        "OfficerService/ListPending",
        &[SUPERVISOR, NODAL, COLLECTOR, IN_CHARGE, DIRECTORATE, CM_OFFICE, AUDITOR],
    ),
    ("OfficerService/DelegateTransfers", &[COLLECTOR]),
    ("ActService/RecordVisit", &[OFFICER]),
    ("ActService/SetTarget", &[OFFICER]),
    ("ActService/SeekHelp", &[OFFICER]),
    ("ActService/SetBlocker", &[OFFICER]),
    ("ActService/AddNote", &[AGENT, SUPERVISOR, OFFICER, NODAL, COLLECTOR, DIRECTORATE, CM_OFFICE]),
    ("ActService/WriteOrder", &[OFFICER]),
    ("ActService/ChangeCategory", &[OFFICER]),
    ("ActService/ProposeTransfer", &[OFFICER]),
    ("ActService/DecideTransfer", &[COLLECTOR, NODAL, IN_CHARGE]),
    ("ActService/SendBack", &[OFFICER]),
    ("ActService/RaiseDifficulty", &[OFFICER]),
    ("ActService/AnswerDifficulty", &[NODAL, DIRECTORATE]),
    ("ClosureService/ClosePartially", &[OFFICER]),
    ("ClosureService/ExtendPartial", &[OFFICER]),
    ("ClosureService/ProposeSpecialClose", &[OFFICER]),
    ("ClosureService/WithdrawSpecialClose", &[OFFICER]),
    ("ClosureService/DecideSpecialClose", &[OFFICER]),
    ("ClosureService/ForceClose", &[OFFICER]),
    ("ClosureService/RecordCourtesy", &[CALLER]),
    ("ClosureService/ReopenByOrder", &[OFFICER, COLLECTOR, DIRECTORATE]),
    ("ClosureService/OrderNextStep", &[DIRECTORATE]),
    ("ClosureService/OrderEscalation", &[OFFICER, COLLECTOR, DIRECTORATE]),
    ("ClosureService/OrderVerification", &[SUPERVISOR]),
    ("CitizenService/WithdrawCase", &[AGENT]),
    ("CitizenService/ReopenCase", &[AGENT]),
    ("CitizenService/AskReopening", &[AGENT]),
    ("CitizenService/DemandVerification", &[AGENT]),
    ("CitizenService/MergeCase", &[AGENT, SUPERVISOR]),
    ("CitizenService/UnmergeCase", &[AGENT, SUPERVISOR]),
    ("CitizenService/LinkCase", &[AGENT, SUPERVISOR]),
    ("CitizenService/UnlinkCase", &[AGENT, SUPERVISOR]),
    ("CitizenService/AskNumberChange", &[AGENT]),
    ("CitizenService/ConfirmNumberChange", &[AGENT]),
    ("CitizenService/DecideNumberChange", &[SUPERVISOR]),
    ("DelegationService/DelegatePost", &[OFFICER]),
    ("DelegationService/RevokeDelegation", &[OFFICER, COLLECTOR]),
    ("DelegationService/ListDelegations", FILES),
    ("DelegationService/GetDelegatedShares", FILES),
    ("OversightService/AnswerConduct", &[OFFICER, COLLECTOR, DIRECTORATE]),
    ("OversightService/PickCases", REVIEWERS),
    ("OversightService/ListAgenda", AGENDA),
    ("OversightService/RecordReview", REVIEWERS),
    ("OversightService/DropCase", REVIEWERS),
    ("EvidenceService/UploadEvidence", &[OFFICER]),
    ("EvidenceService/ListEvidence", FILES),
    ("EvidenceService/OpenEvidence", FILES),
    ("RecordingService/ListRecordings", LISTENERS),
    ("RecordingService/PlayRecording", LISTENERS),
    ("RecordingService/PlaceHold", &[COLLECTOR, DIRECTORATE, CM_OFFICE, AUDITOR]),
    ("RecordingService/LiftHold", &[DIRECTORATE, CM_OFFICE]),
    ("RecordingService/ProveRecording", LISTENERS),
    ("VerificationService/GetQueueFigures", &[CALLER, SUPERVISOR, DIRECTORATE]),
    ("VerificationService/ListTasks", &[CALLER, SUPERVISOR, DIRECTORATE]),
    ("VerificationService/NextTask", &[CALLER]),
    ("VerificationService/RecordOutcome", &[CALLER]),
    ("FeedbackService/GetTask", &[CALLER]),
    ("FeedbackService/DialTask", &[CALLER]),
    ("FeedbackService/SkipTask", &[CALLER]),
    ("FeedbackService/ExtendTask", &[CALLER]),
    ("FeedbackService/GetScript", &[CALLER, SUPERVISOR, DIRECTORATE]),
    ("FeedbackService/GetOwnStatistics", &[CALLER]),
    ("FeedbackService/ListCallerStatistics", &[SUPERVISOR]),
    ("FeedbackService/PutCaller", &[SUPERVISOR]),
    ("IvrService/Converse", &[IVR]),
    ("CallBackService/ListCallBacks", &[AGENT, CALLER, SUPERVISOR]),
    ("AgentService/PutAgent", &[SUPERVISOR, ADMIN]),
    ("AgentService/ListAgents", &[SUPERVISOR, ADMIN]),
    ("AgentService/SetIntent", &[AGENT, CALLER, SUPERVISOR]),
    ("AgentService/ExtendWrapUp", &[AGENT, CALLER, SUPERVISOR]),
    ("AgentService/EndWrapUp", &[AGENT, CALLER, SUPERVISOR]),
    ("AgentService/HoldCall", &[AGENT, CALLER, SUPERVISOR]),
    ("AgentService/EndCall", &[AGENT, CALLER, SUPERVISOR]),
    ("AgentService/WatchConsole", &[AGENT, CALLER, SUPERVISOR]),
    ("AgentService/WatchBoard", &[SUPERVISOR, ADMIN]),
    ("AgentService/WhyWaiting", &[SUPERVISOR, ADMIN]),
    ("IntakeService/SetDisposition", &[AGENT, CALLER, SUPERVISOR]),
    ("ConversationService/TransferCall", &[AGENT, CALLER, SUPERVISOR]),
    ("ConversationService/InviteToCall", &[AGENT, CALLER, SUPERVISOR]),
    ("ConversationService/JoinCall", &[AGENT, CALLER, SUPERVISOR]),
    ("ConversationService/HandOverCall", &[AGENT, CALLER, SUPERVISOR]),
    ("ConversationService/DropGuest", &[AGENT, CALLER, SUPERVISOR]),
    ("ConversationService/SuperviseCall", &[SUPERVISOR]),
    ("ConversationService/EndSupervision", &[SUPERVISOR]),
    (
        "ConversationService/CallCitizen",
        &[AGENT, CALLER, SUPERVISOR, OFFICER, NODAL, COLLECTOR, IN_CHARGE, DIRECTORATE],
    ),
    ("ConversationService/ListSupervisions", &[SUPERVISOR, AUDITOR, DIRECTORATE]),
    ("IntakeService/BlockCitizen", &[SUPERVISOR]),
    ("IntakeService/LiftBlock", &[SUPERVISOR]),
    ("IntakeService/AppealBlock", &[AGENT, SUPERVISOR]),
    ("IntakeService/AnswerAppeal", &[SUPERVISOR, DIRECTORATE]),
    ("IntakeService/ListBlocks", &[SUPERVISOR, DIRECTORATE, AUDITOR]),
    ("DiallingService/StopDialling", &[SUPERVISOR, DIRECTORATE, ADMIN]),
    ("DiallingService/StartDialling", &[SUPERVISOR, DIRECTORATE, ADMIN]),
    ("DiallingService/ListStops", &[SUPERVISOR, DIRECTORATE, AUDITOR, ADMIN]),
    ("DiallingService/WhyCalled", READERS_AND_CALLER),
    ("DiallingService/ListDecisions", &[SUPERVISOR, DIRECTORATE, AUDITOR, ADMIN]),
    (
        "RecheckService/ListContradictions",
        &[SUPERVISOR, NODAL, COLLECTOR, IN_CHARGE, DIRECTORATE, CM_OFFICE, AUDITOR],
    ),
    ("RecheckService/ListRecheckMonths", &[SUPERVISOR, DIRECTORATE, CM_OFFICE, AUDITOR]),
    ("RecheckService/ListRecheckAnswers", &[SUPERVISOR, DIRECTORATE, CM_OFFICE, AUDITOR]),
    ("FlagService/ListFlags", &[SUPERVISOR, DIRECTORATE, AUDITOR]),
    ("FlagService/GetFlag", &[SUPERVISOR, DIRECTORATE, AUDITOR]),
    ("FlagService/DecideFlag", &[SUPERVISOR, DIRECTORATE]),
    ("DriveService/ListDrives", GRADES),
    ("DriveService/CountDrives", GRADES),
    ("GradeService/ListGrades", GRADES),
    ("GradeService/GetGrade", GRADES),
    ("GradeService/ListLeaders", GRADES),
    (
        "GradeService/ExplainGrades",
        &[OFFICER, NODAL, COLLECTOR, IN_CHARGE, DIRECTORATE, CM_OFFICE, AUDITOR],
    ),
    ("GradeService/PublishGrades", &[DIRECTORATE]),
    ("GradeService/VerifyGrades", GRADES),
    ("IncidentService/DeclareIncident", &[SUPERVISOR, COLLECTOR, DIRECTORATE]),
    ("IncidentService/EndIncident", &[SUPERVISOR, COLLECTOR, DIRECTORATE]),
    (
        "IncidentService/ListIncidents",
        &[AGENT, CALLER, SUPERVISOR, NODAL, COLLECTOR, IN_CHARGE, DIRECTORATE, CM_OFFICE, AUDITOR],
    ),
    ("IntakeService/SetSafety", &[AGENT, SUPERVISOR]),
    (
        "IntakeService/GetIntakeFigures",
        &[SUPERVISOR, NODAL, COLLECTOR, IN_CHARGE, DIRECTORATE, CM_OFFICE, AUDITOR],
    ),
    ("AttendanceService/GetDay", OVERSIGHT),
    ("AttendanceService/ListDefaulters", OVERSIGHT),
    // The collector and the directorate alone.
    ("AttendanceService/RecordAction", &[COLLECTOR, DIRECTORATE]),
    ("PinService/SetPin", &[OFFICER]),
    ("PinService/UnlockPin", &[ADMIN]),
    ("PinService/ClearPin", &[ADMIN]),
    ("DirectoryService/GetDirectory", &[ADMIN]),
    ("DirectoryService/ValidateDirectory", &[ADMIN]),
    ("DirectoryService/ImportDirectory", &[ADMIN]),
    ("DirectoryService/DiffDirectory", &[ADMIN]),
    ("DirectoryService/ExportDirectory", &[ADMIN]),
    ("OldCaseService/ValidateCases", &[DIRECTORATE]),
    ("OldCaseService/ImportCases", &[DIRECTORATE]),
    ("DemoService/GetClock", &LOGINS),
    ("DemoService/AdvanceClock", &[ADMIN]),
    ("SessionService/ListTitles", &LOGINS),
    ("SessionService/SignOut", &LOGINS),
];

/// Without a session: they refuse by what is asked, not by who asks.
const OPEN: [&str; 2] = ["SessionService/SignIn", "SessionService/Refresh"];

fn methods() -> Vec<String> {
    let set = FileDescriptorSet::decode(helpline_proto::DESCRIPTORS).unwrap();
    let ours = set.file.into_iter().filter(|file| file.package() == "helpline.v1");
    ours.flat_map(|file| file.service)
        .flat_map(|service| {
            let name = service.name().to_owned();
            service.method.into_iter().map(move |method| format!("{name}/{}", method.name()))
        })
        .collect()
}

/// Calls with an empty message, whatever the method takes, and reads the first answer.
async fn call(client: Signed, method: &str) -> Result<(), Status> {
    let mut grpc = tonic::client::Grpc::new(client);
    grpc.ready().await.map_err(|error| Status::unknown(error.to_string()))?;
    let path = PathAndQuery::try_from(format!("/helpline.v1.{method}")).unwrap();
    let mut request = Request::new(tokio_stream::once(()));
    request.set_timeout(std::time::Duration::from_millis(500));
    let codec = ProstCodec::<(), ()>::default();
    let answer = grpc.streaming(request, path, codec).await?;
    match answer.into_inner().next().await {
        Some(Err(status)) => Err(status),
        Some(Ok(())) | None => Ok(()),
    }
}

fn refused_for_power(answer: &Result<(), Status>) -> bool {
    matches!(answer, Err(status) if matches!(status.code(), Code::PermissionDenied | Code::Unauthenticated))
}

#[test]
fn the_matrix_names_every_rpc() {
    let mut named: Vec<_> =
        MAY.iter().map(|(method, _)| *method).chain(OPEN).map(str::to_owned).collect();
    let mut methods = methods();
    named.sort();
    methods.sort();

    assert_eq!(named, methods);
}

#[tokio::test]
async fn every_rpc_admits_its_roles_and_no_others() {
    let house = House::open().await;
    let mut wrong = Vec::new();
    for login in LOGINS {
        for (method, may) in MAY.iter().filter(|(method, _)| *method != "SessionService/SignOut") {
            let answer = call(house.signed(login).await, method).await;
            if may.contains(&login) == refused_for_power(&answer) {
                wrong.push(format!("{login} {method}: {answer:?}"));
            }
            if let (false, Err(status)) = (may.contains(&login), &answer) {
                let said = reason(status);
                if !["NOT_YOUR_ROLE", "CONVERSE_ONLY"].contains(&said.as_str()) {
                    wrong.push(format!("{login} {method}: said {said:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    house.close().await;
}

#[tokio::test]
async fn without_a_good_session_only_signing_in_is_open() {
    let house = House::open().await;
    let mut sessions = house.sessions().await;
    let request =
        v1::SignInRequest { login: "agent".into(), password: "helpline181".into(), channel: 0 };
    let session = sessions.sign_in(request).await.unwrap().into_inner().session.unwrap();
    house.clock.advance(16 * 60_000);
    let tokens = BTreeMap::from([
        ("none", None),
        ("expired", Some(session.access_token)),
        ("forged", Some("0".repeat(64))),
        ("refresh", Some(session.refresh_token)),
    ]);
    let mut wrong = Vec::new();
    for (name, token) in tokens {
        for method in methods() {
            let client = match &token {
                Some(token) => house.with_token(token).await,
                None => house.anonymous().await,
            };
            let answer = call(client, &method).await;
            let code = answer.as_ref().err().map(Status::code);
            let expected = if OPEN.contains(&method.as_str()) {
                Code::InvalidArgument
            } else {
                Code::Unauthenticated
            };
            if code != Some(expected) {
                wrong.push(format!("{name} {method}: {answer:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    house.close().await;
}

#[tokio::test]
async fn what_is_in_no_table_is_unimplemented_for_everybody() {
    let house = House::open().await;
    for method in ["OfficerService/Forgotten", "NoSuchService/Get", "ComplaintService/", "x"] {
        for client in [house.signed(ADMIN).await, house.anonymous().await] {
            let refused = call(client, method).await.unwrap_err();
            assert_eq!(
                (refused.code(), reason(&refused).as_str()),
                (Code::Unimplemented, "NO_SUCH_METHOD"),
                "{method}"
            );
        }
    }
    house.close().await;
}

#[tokio::test]
async fn a_role_in_the_metadata_gives_no_power() {
    let house = House::open().await;
    let mut client = house.complaints(ADMIN).await;
    let mut request = Request::new(v1::ListCasesRequest::default());
    for name in ["x-role", "role", "x-forwarded-user", "x-helpline-actor"] {
        request.metadata_mut().insert(name, "SUPERVISOR".parse().unwrap());
    }

    let refused = client.list_cases(request).await.unwrap_err();

    assert_eq!(reason(&refused), "NOT_YOUR_ROLE");
    house.close().await;
}

#[tokio::test]
async fn a_district_role_sees_its_own_district_alone() {
    let house = House::open().await;
    house.register("r1", "9876543210").await;
    let mut elsewhere = crate::kit::complaint("r2", "9876543211");
    elsewhere.registration.as_mut().unwrap().place = "district:410".into();
    let mut agent = house.complaints(AGENT).await;
    let other = agent.register_complaint(elsewhere).await.unwrap().into_inner().case.unwrap();
    let mut nodal = house.complaints(NODAL).await;

    let listed = nodal.list_cases(v1::ListCasesRequest::default()).await.unwrap().into_inner();
    let refused = nodal.get_case(v1::GetCaseRequest { number: other.number }).await.unwrap_err();

    assert_eq!(listed.cases.len(), 1);
    assert_eq!(listed.cases[0].district, "district:396");
    assert_eq!(reason(&refused), "NOT_YOUR_DISTRICT");
    house.close().await;
}
