//! Files over the API, of the directory and of old cases: up in pieces, down as they were, within their limits.

use helpline_proto::v1::{
    self, directory_service_client::DirectoryServiceClient, import_directory_request::Part as Sent,
    import_directory_response::Part as Told,
};
use tokio_stream::{StreamExt, iter};
use tonic::{Code, Status};

use crate::kit::{House, Signed, reason};

async fn client(house: &House) -> DirectoryServiceClient<Signed> {
    DirectoryServiceClient::new(house.signed("admin").await)
}

fn head() -> v1::ImportDirectoryRequest {
    let upload = v1::DirectoryUpload::default();
    v1::ImportDirectoryRequest { part: Some(Sent::Upload(upload)) }
}

fn chunk(file: &str, bytes: &[u8]) -> v1::ImportDirectoryRequest {
    let chunk = v1::DirectoryChunk { file: file.to_owned(), bytes: bytes.to_vec() };
    v1::ImportDirectoryRequest { part: Some(Sent::Chunk(chunk)) }
}

/// How often progress was told, and the report at the end.
async fn import(
    client: &mut DirectoryServiceClient<Signed>,
    sent: Vec<v1::ImportDirectoryRequest>,
) -> Result<(usize, v1::DirectoryReport), Status> {
    let mut answers = client.import_directory(iter(sent)).await?.into_inner();
    let mut progress = 0;
    while let Some(answer) = answers.next().await {
        match answer?.part {
            Some(Told::Progress(_)) => progress += 1,
            Some(Told::Report(report)) => return Ok((progress, report)),
            None => {}
        }
    }
    Err(Status::unknown("no report"))
}

#[tokio::test]
async fn an_upload_in_pieces_goes_live_and_comes_down_again() {
    let house = House::open().await;
    let mut client = client(&house).await;
    // The piece ends within a letter of three bytes.
    let text = "category,subcategory,word\nelectricity,,बत्ती गुल\n".as_bytes();
    let (first, second) = text.split_at(40);

    let pieces = vec![head(), chunk("synonyms.csv", first), chunk("synonyms.csv", second)];
    let (progress, report) = import(&mut client, pieces.clone()).await.unwrap();

    assert!(progress >= 2, "{progress}");
    assert_eq!((report.base_version, report.version, report.faults_total), (1, 2, 0));
    assert_eq!(report.changes[0].table, "synonyms");
    assert_eq!(house.app.index().version(), 2);
    let (_, again) = import(&mut client, pieces).await.unwrap();
    assert_eq!((again.version, again.changes.len()), (0, 0));

    let request = v1::ExportDirectoryRequest::default();
    let mut down = client.export_directory(request).await.unwrap().into_inner();
    let mut files = std::collections::BTreeMap::<String, Vec<u8>>::new();
    while let Some(answer) = down.next().await {
        let chunk = answer.unwrap().chunk.unwrap();
        files.entry(chunk.file).or_default().extend(chunk.bytes);
    }
    assert_eq!(files.len(), 14);
    let synonyms = String::from_utf8(files["synonyms.csv"].clone()).unwrap();
    assert!(synonyms.ends_with("electricity,,बत्ती गुल\r\n"), "{synonyms}");
    let figures = client.get_directory(v1::GetDirectoryRequest {}).await.unwrap().into_inner();
    assert_eq!(figures.version, 2);
    assert!(figures.tables.iter().any(|table| table.name == "synonyms" && table.rows == 1));
}

#[tokio::test]
async fn a_dry_run_and_a_difference_write_nothing_and_name_each_fault() {
    let house = House::open().await;
    let mut client = client(&house).await;
    let bytes = b"category,subcategory,word\nmagic,,x\nelectricity,,\n".to_vec();
    let chunk = v1::DirectoryChunk { file: "synonyms.csv".to_owned(), bytes };
    let upload = v1::DirectoryUpload::default();

    let validate = |part| v1::ValidateDirectoryRequest { part: Some(part) };
    let sent = vec![
        validate(v1::validate_directory_request::Part::Upload(upload)),
        validate(v1::validate_directory_request::Part::Chunk(chunk.clone())),
    ];
    let mut answers = client.validate_directory(iter(sent)).await.unwrap().into_inner();
    let mut report = None;
    while let Some(answer) = answers.next().await {
        if let Some(v1::validate_directory_response::Part::Report(told)) = answer.unwrap().part {
            report = Some(told);
        }
    }
    let faults: Vec<_> = report
        .unwrap()
        .faults
        .into_iter()
        .map(|fault| (fault.line, fault.column, fault.reason))
        .collect();
    assert_eq!(
        faults,
        [
            (3, "word".to_owned(), "is empty".to_owned()),
            (2, "category".to_owned(), "there is no category magic".to_owned()),
        ]
    );
    let diff = |part| v1::DiffDirectoryRequest { part: Some(part) };
    let sent = vec![
        diff(v1::diff_directory_request::Part::Upload(upload)),
        diff(v1::diff_directory_request::Part::Chunk(chunk)),
    ];
    let answers = client.diff_directory(iter(sent)).await.unwrap().into_inner();
    assert!(answers.collect::<Vec<_>>().await.iter().all(Result::is_ok));
    assert_eq!(house.app.index().version(), 1);
}

#[tokio::test]
async fn an_upload_keeps_to_its_form_and_its_limits() {
    let house = House::open().await;
    let mut client = client(&house).await;
    let many = |n: usize| {
        let files = (0..n).map(|n| chunk(&format!("f{n}.csv"), b"a\n"));
        std::iter::once(head()).chain(files).collect()
    };
    let wrong = [
        vec![],
        vec![chunk("posts.csv", b"code\n")],
        vec![head(), head()],
        vec![head()],
        vec![head(), v1::ImportDirectoryRequest { part: None }],
        vec![head(), chunk("../posts.csv", b"code\n")],
        vec![head(), chunk("", b"code\n")],
        many(65),
    ];
    for sent in wrong {
        let refused = import(&mut client, sent).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "INVALID"));
    }
    let (_, report) = import(&mut client, many(64)).await.unwrap();
    assert_eq!((report.version, report.faults_total), (0, 64));
}

#[tokio::test]
async fn a_case_says_why_it_went_where_it_is() {
    let house = House::open().await;
    let case = house.register("r", "9000000001").await;
    let mut complaints = house.complaints("je.phanda").await;

    let request = v1::WhyRoutedRequest { number: case.number };
    let why = complaints.why_routed(request).await.unwrap().into_inner();

    assert_eq!((why.post.as_str(), why.level), (case.post.as_str(), 1));
    assert_eq!((why.post_today.as_str(), why.directory_version), (case.post.as_str(), 1));
    let last = why.steps.last().unwrap();
    assert_eq!((last.scope.as_str(), last.post.as_str()), ("department", case.post.as_str()));
    assert!(why.levels_without_post.is_empty());
    let other = v1::WhyRoutedRequest { number: "10".to_owned() };
    assert!(complaints.why_routed(other).await.is_err());
}

#[tokio::test]
async fn old_cases_come_up_in_pieces_and_are_found_by_the_number_they_had() {
    use v1::{
        complaint_service_client::ComplaintServiceClient, import_cases_response as imported,
        old_case_service_client::OldCaseServiceClient, validate_cases_response as validated,
    };
    let house = House::open().await;
    let text = include_bytes!("../../deploy/sample/cases.csv");
    let (first, second) = text.split_at(700);
    let piece = |bytes: &[u8]| {
        Some(v1::DirectoryChunk { file: "cases.csv".to_owned(), bytes: bytes.to_vec() })
    };
    let mut client = OldCaseServiceClient::new(house.signed("directorate").await);

    let sent = [first, second].map(|bytes| v1::ValidateCasesRequest { chunk: piece(bytes) });
    let mut answers = client.validate_cases(iter(sent)).await.unwrap().into_inner();
    let mut checked = None;
    while let Some(answer) = answers.next().await {
        if let Some(validated::Part::Report(report)) = answer.unwrap().part {
            checked = Some(report);
        }
    }
    let checked = checked.unwrap();
    assert_eq!((checked.faults, checked.cases, checked.written), (vec![], 5, 0));

    let sent = [first, second].map(|bytes| v1::ImportCasesRequest { chunk: piece(bytes) });
    let mut answers = client.import_cases(iter(sent)).await.unwrap().into_inner();
    let (mut progress, mut done) = (0, None);
    while let Some(answer) = answers.next().await {
        match answer.unwrap().part {
            Some(imported::Part::Progress(_)) => progress += 1,
            Some(imported::Part::Report(report)) => done = Some(report),
            None => {}
        }
    }
    assert!(progress >= 3, "{progress}");
    assert_eq!((done.unwrap().written, house.app.index().version()), (5, 1));

    let mut agent = ComplaintServiceClient::new(house.signed("agent").await);
    let request = v1::ListCasesRequest {
        old_number: "CMH-2024-000118".to_owned(),
        ..v1::ListCasesRequest::default()
    };
    let cases = agent.list_cases(request).await.unwrap().into_inner().cases;
    assert_eq!(cases.len(), 1);
    assert_eq!(cases[0].old_number, "CMH-2024-000118");
    let empty = iter([v1::ImportCasesRequest { chunk: None }]);
    let mut answers = client.import_cases(empty).await.unwrap().into_inner();
    let refused = loop {
        match answers.next().await.unwrap() {
            Err(status) => break status,
            Ok(_) => continue,
        }
    };
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "INVALID"));
}
