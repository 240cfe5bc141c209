//! What acts answer: repeats, changes by others, wrong fields, and never a whole phone number.

use helpline_proto::v1;
use tonic::Code;
use tonic_types::StatusExt;

use crate::kit::{House, complaint, reason, wrong_field};

type Spoil = fn(&mut v1::Registration);

const PHONE: &str = "9876543210";

#[tokio::test]
async fn a_registered_complaint_is_routed_and_answers_its_number() {
    let house = House::open().await;

    let case = house.register("r1", "+91 98765 43210").await;

    assert_eq!(case.state(), v1::CaseState::WithOfficer);
    assert_eq!((case.level, case.department.as_str()), (1, "energy"));
    assert_eq!(case.phone_masked, "XXXXXX3210");
    assert!((8..=10).contains(&case.number.len()), "{}", case.number);
    let due = case.due_at.unwrap().seconds - case.registered_at.unwrap().seconds;
    assert_eq!(due, 604_800);
    house.close().await;
}

#[tokio::test]
async fn the_same_request_answers_the_same_case_and_another_one_is_refused() {
    let house = House::open().await;
    let mut agent = house.complaints("agent").await;

    let first = house.register("r1", PHONE).await;
    let again = house.register("r1", PHONE).await;
    let reused = agent.register_complaint(complaint("r1", "9876543211")).await.unwrap_err();

    assert_eq!(first.number, again.number);
    assert_eq!((reused.code(), reason(&reused).as_str()), (Code::AlreadyExists, "REQUEST_REUSED"));
    let listed = agent.list_cases(v1::ListCasesRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.cases.len(), 1);
    house.close().await;
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let house = House::open().await;
    let mut agent = house.complaints("agent").await;
    let spoilt = |spoil: Spoil| {
        let mut request = complaint("r1", PHONE);
        spoil(request.registration.as_mut().unwrap());
        request
    };
    let cases: [(&str, Spoil); 8] = [
        ("registration.phone", |said| said.phone = "181".into()),
        ("registration.phone", |said| said.phone = "+1 212 555 0100".into()),
        ("registration.language", |said| said.language = 77),
        ("registration.category", |said| said.category = "'; DROP TABLE cases".into()),
        ("registration.category", |said| said.category = "no_such_category".into()),
        ("registration.place", |said| said.place = "396".into()),
        ("registration.place", |said| said.place = "district:999".into()),
        ("registration.words", |said| said.words = "\u{1b}[2J".into()),
    ];
    for (field, spoil) in cases {
        let refused = agent.register_complaint(spoilt(spoil)).await.unwrap_err();
        assert_eq!(wrong_field(&refused), field);
        assert_eq!(reason(&refused), "INVALID");
    }

    let missing = v1::RegisterComplaintRequest { request_id: "r1".into(), registration: None };
    assert_eq!(wrong_field(&agent.register_complaint(missing).await.unwrap_err()), "registration");
    let refused = agent.register_complaint(complaint("", PHONE)).await.unwrap_err();
    assert_eq!(wrong_field(&refused), "request_id");
    let number = v1::GetCaseRequest { number: "12345678".into() };
    assert_eq!(wrong_field(&agent.get_case(number).await.unwrap_err()), "number");
    house.close().await;
}

#[tokio::test]
async fn words_in_either_script_suggest_the_category_with_its_reason() {
    let house = House::open().await;
    let mut agent = house.complaints("agent").await;
    for words in ["transfarmar jal gaya", "ट्रांसफ़ार्मर जल गया", "the transformer is burnt"]
    {
        let request = v1::SuggestCategoryRequest { words: words.into() };
        let found = agent.suggest_category(request).await.unwrap().into_inner().suggestions;

        let first = &found[0];
        assert_eq!(
            [&first.department, &first.category, &first.subcategory],
            ["energy", "electricity", "transformer"],
            "{words}"
        );
        assert_eq!(first.subcategory_name_en, "Transformer out of order");
        assert_eq!(first.matched.len(), 2, "{words}");
    }
    let request = v1::SuggestCategoryRequest { words: "gaon me lite nahi hai".into() };
    let found = agent.suggest_category(request).await.unwrap().into_inner().suggestions;
    assert_eq!(found[0].category, "electricity");
    let request = v1::SuggestCategoryRequest { words: "xqzvw".into() };
    assert!(agent.suggest_category(request).await.unwrap().into_inner().suggestions.is_empty());
    let request = v1::SuggestCategoryRequest { words: "क".repeat(2_001) };
    assert_eq!(wrong_field(&agent.suggest_category(request).await.unwrap_err()), "words");
    house.close().await;
}

#[tokio::test]
async fn a_number_that_nobody_has_is_not_found() {
    let house = House::open().await;
    let request = v1::GetCaseRequest { number: "12345671".into() };

    let missing = house.complaints("agent").await.get_case(request).await.unwrap_err();

    assert_eq!((missing.code(), reason(&missing).as_str()), (Code::NotFound, "NOT_FOUND"));
    house.close().await;
}

#[tokio::test]
async fn an_officer_works_on_a_case_and_its_history_tells() {
    let house = House::open().await;
    let number = house.register("r1", PHONE).await.number;
    let mut officer = house.officers("je.phanda").await;

    let queue = officer.list_queue(v1::ListQueueRequest::default()).await.unwrap().into_inner();
    assert_eq!(queue.cases.len(), 1);
    let open = v1::OpenCaseRequest {
        request_id: "o1".into(),
        number: number.clone(),
        ..Default::default()
    };
    let opened = officer.open_case(open).await.unwrap().into_inner().case.unwrap();
    assert!(opened.seen && !opened.attended);
    let contact = v1::RecordContactRequest {
        request_id: "c1".into(),
        number: number.clone(),
        kind: v1::ContactKind::Call.into(),
        note: "spoke to the citizen".into(),
        citizen_said: v1::CitizenSaid::NotSatisfied.into(),
        meeting: "bhopal-2026-47".into(),
        ..Default::default()
    };
    let contacted = officer.record_contact(contact).await.unwrap().into_inner().case.unwrap();
    assert!(contacted.attended);
    let resolve = v1::FileResolutionRequest {
        request_id: "f1".into(),
        number: number.clone(),
        etag: contacted.etag,
        report: "the transformer was replaced and the supply tested".into(),
        ..Default::default()
    };
    let filed = officer.file_resolution(resolve.clone()).await.unwrap().into_inner();
    assert_eq!(filed.round, 1);
    assert_eq!(filed.case.as_ref().unwrap().state(), v1::CaseState::AwaitingVerification);
    let again = officer.file_resolution(resolve).await.unwrap().into_inner();
    assert_eq!(again.case.unwrap().etag, filed.case.unwrap().etag);

    let show = v1::GetCaseRequest { number };
    let shown = house.complaints("agent").await.get_case(show).await.unwrap().into_inner();
    let versions: Vec<_> = shown.history.iter().map(|event| event.version).collect();
    assert_eq!(versions, (1..=versions.len() as i64).collect::<Vec<_>>());
    let told = format!("{:?}", shown.history);
    assert!(!told.contains("transformer") && !told.contains(PHONE), "{told}");
    house.close().await;
}

#[tokio::test]
async fn an_act_meant_for_an_older_version_is_refused() {
    let house = House::open().await;
    let case = house.register("r1", PHONE).await;
    let mut officer = house.officers("je.phanda").await;
    let contact = |request_id: &str, etag: &str| v1::RecordContactRequest {
        request_id: request_id.into(),
        number: case.number.clone(),
        etag: etag.into(),
        kind: v1::ContactKind::Call.into(),
        note: "spoke to the citizen".into(),
        ..Default::default()
    };
    officer.record_contact(contact("c1", &case.etag)).await.unwrap();

    let stale = officer.record_contact(contact("c2", &case.etag)).await.unwrap_err();

    assert_eq!((stale.code(), reason(&stale).as_str()), (Code::Aborted, "CHANGED_MEANWHILE"));
    assert!(stale.get_error_details().retry_info().is_some());
    let nonsense = officer.record_contact(contact("c3", "x")).await.unwrap_err();
    assert_eq!(wrong_field(&nonsense), "etag");
    house.close().await;
}

#[tokio::test]
async fn an_officer_of_another_post_is_refused_by_name() {
    let house = House::open().await;
    let number = house.register("r1", PHONE).await.number;
    let resolve = v1::FileResolutionRequest {
        request_id: "f1".into(),
        number,
        report: "the transformer was replaced and the supply tested".into(),
        ..Default::default()
    };

    let refused = house.officers("ee.bhopal").await.file_resolution(resolve).await.unwrap_err();

    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::PermissionDenied, "NOT_YOUR_POST")
    );
    house.close().await;
}

#[tokio::test]
async fn officers_wait_while_the_citizen_is_asked() {
    let house = House::open().await;
    let number = house.register("r1", PHONE).await.number;
    let mut officer = house.officers("je.phanda").await;
    let resolve = |request_id: &str| v1::FileResolutionRequest {
        request_id: request_id.into(),
        number: number.clone(),
        report: "the transformer was replaced and the supply tested".into(),
        ..Default::default()
    };
    officer.file_resolution(resolve("f1")).await.unwrap();

    let refused = officer.file_resolution(resolve("f2")).await.unwrap_err();

    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "VERIFICATION_OPEN")
    );
    house.close().await;
}

#[tokio::test]
async fn a_citizens_number_is_found_by_and_never_shown_whole() {
    let house = House::open().await;
    house.register("r1", PHONE).await;
    house.register("r2", "9876500000").await;
    let mut agent = house.complaints("agent").await;

    let filter = v1::ListCasesRequest { phone: "098765 43210".into(), ..Default::default() };
    let found = agent.list_cases(filter).await.unwrap().into_inner();

    assert_eq!(found.cases.len(), 1);
    assert!(!format!("{found:?}").contains(PHONE));
    assert_eq!(found.cases[0].phone_masked, "XXXXXX3210");
    house.close().await;
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repeat() {
    let house = House::open().await;
    let mut registered = Vec::new();
    for n in 0..5 {
        registered.push(house.register(&format!("r{n}"), &format!("987650000{n}")).await.number);
    }
    let mut agent = house.complaints("agent").await;

    let mut listed = Vec::new();
    let mut page_token = String::new();
    for _ in 0..3 {
        let request = v1::ListCasesRequest { page_size: 2, page_token, ..Default::default() };
        let page = agent.list_cases(request).await.unwrap().into_inner();
        listed.extend(page.cases.into_iter().map(|case| case.number));
        page_token = page.next_page_token;
    }

    registered.reverse();
    assert_eq!(listed, registered);
    assert_eq!(page_token, "");
    let forged = v1::ListCasesRequest { page_token: "1 OR 1=1".into(), ..Default::default() };
    assert_eq!(wrong_field(&agent.list_cases(forged).await.unwrap_err()), "page_token");
    house.close().await;
}

#[tokio::test]
async fn a_human_caller_takes_a_task_and_records_its_outcome() {
    let house = House::open().await;
    let mut verification = house.verification("caller").await;

    let none = v1::NextTaskRequest { request_id: "n1".into() };
    assert!(verification.next_task(none).await.unwrap().into_inner().task.is_none());
    let figures = v1::GetQueueFiguresRequest {};
    assert_eq!(verification.get_queue_figures(figures).await.unwrap().into_inner().open_rounds, 0);
    let record = v1::RecordOutcomeRequest {
        request_id: "o1".into(),
        number: "12345671".into(),
        round: 1,
        ..Default::default()
    };
    assert_eq!(wrong_field(&verification.record_outcome(record).await.unwrap_err()), "outcome");
    house.close().await;
}

#[tokio::test]
async fn a_monitor_sees_where_its_own_district_is_pending_and_no_other() {
    let house = House::open().await;
    house.register("r1", "9876543210").await;
    house.register("r2", "9876500000").await;
    let ask = |district: &str| v1::ListPendingRequest {
        district: district.into(),
        split_by: "block".into(),
    };
    let mut nodal = house.officers("nodal.bhopal").await;

    let rows = nodal.list_pending(ask("")).await.unwrap().into_inner().rows;
    let said: Vec<_> =
        rows.iter().map(|row| (row.place.as_str(), row.received, row.pending)).collect();
    assert_eq!(said, [("block:phanda", 2, 2)]);
    assert_eq!((rows[0].satisfied, rows[0].satisfied_basis_points), (0, 0));
    for other in ["district:1", "block:phanda"] {
        let refused = nodal.list_pending(ask(other)).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "NOT_FOUND"));
    }
    house.close().await;
}
