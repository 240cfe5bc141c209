//! Files beside a case over the API: in pieces, sniffed, bounded, and opened only with an entry of who did.

mod bucket;

use std::time::Duration;

use helpline_proto::v1;
use helpline181::store::{self, Store};
use tonic::{Code, Request, Status};

use crate::kit::{House, START, reason, wrong_field};

const PHONE: &str = "9876543210";

fn pieces(number: &str, id: &str, bytes: &[u8]) -> Vec<v1::UploadEvidenceRequest> {
    let first = v1::UploadEvidenceRequest {
        request_id: id.into(),
        number: number.into(),
        ..Default::default()
    };
    let piece =
        |piece: &[u8]| v1::UploadEvidenceRequest { data: piece.to_vec(), ..Default::default() };
    std::iter::once(first).chain(bytes.chunks(60_000).map(piece)).collect()
}

async fn upload(
    house: &House,
    login: &str,
    number: &str,
    id: &str,
    bytes: &[u8],
) -> Result<v1::EvidenceFile, Status> {
    let mut request = Request::new(tokio_stream::iter(pieces(number, id, bytes)));
    // As a client on a slow link does: a loaded machine seals ten megabytes slowly, too.
    request.set_timeout(Duration::from_secs(120));
    let reply = house.evidence(login).await.upload_evidence(request).await?;
    Ok(reply.into_inner().file.unwrap())
}

fn report() -> Vec<u8> {
    [b"%PDF-1.7\n".as_slice(), &[7; 200_000]].concat()
}

#[tokio::test]
async fn a_file_comes_back_byte_for_byte_and_its_opening_is_written_down() {
    let house = House::open().await;
    let number = house.register("r1", PHONE).await.number;

    let file = upload(&house, "je.phanda", &number, "u1", &report()).await.unwrap();
    assert_eq!((file.kind(), file.size_bytes), (v1::FileKind::Pdf, 200_009));
    let again = upload(&house, "je.phanda", &number, "u1", &report()).await.unwrap();
    assert_eq!(again.id, file.id);
    let mut nodal = house.evidence("nodal.bhopal").await;
    let request = v1::OpenEvidenceRequest { request_id: "o1".into(), number, id: file.id.clone() };
    let mut stream = nodal.open_evidence(request).await.unwrap().into_inner();
    let mut bytes = Vec::new();
    let mut told = None;
    while let Some(message) = stream.message().await.unwrap() {
        bytes.extend(message.data);
        told = told.or(message.file);
    }

    assert_eq!(bytes, report());
    assert_eq!(told.unwrap().sha256, file.sha256);
    let url = format!("sqlite:{}", house.dir.path().join("helpline.db").display());
    let keys = house.dir.path().join("keys");
    let look = Store::open(store::Options { url, keys, group_max: None }, START).await.unwrap();
    let mut events = Vec::new();
    for node in 1..=2 {
        let stream = format!("node:{node}");
        events.extend(store::events::of_stream(&look.db, &stream, 0).await.unwrap());
    }
    let opened: Vec<_> = events.iter().filter(|row| row.event.kind == "evidence_opened").collect();
    assert_eq!(opened.len(), 1);
    assert!(opened[0].event.facts.contains(&file.sha256));
    look.close().await;
    house.close().await;
}

#[tokio::test]
async fn a_file_is_what_its_bytes_say_and_has_a_size() {
    let house = House::open().await;
    let number = house.register("r1", PHONE).await.number;
    let attempt = async |id: &str, bytes: &[u8]| {
        upload(&house, "je.phanda", &number, id, bytes).await.unwrap_err()
    };

    assert_eq!(
        wrong_field(&attempt("u1", b"MZ this is a program, whatever its name").await),
        "data"
    );
    assert_eq!(wrong_field(&attempt("u2", b"").await), "data");
    let large = [b"%PDF-".as_slice(), &vec![0; 10 * 1024 * 1024]].concat();
    assert_eq!(wrong_field(&attempt("u3", &large).await), "data");
    let list = v1::ListEvidenceRequest { number };
    let files = house.evidence("je.phanda").await.list_evidence(list).await.unwrap();
    assert_eq!(files.into_inner().files, []);
    house.close().await;
}

#[tokio::test]
async fn nobody_puts_or_opens_files_beside_anothers_case() {
    let house = House::open().await;
    let number = house.register("r1", PHONE).await.number;
    let file = upload(&house, "je.phanda", &number, "u1", &report()).await.unwrap();
    let other = house.register("r2", "9876500000").await.number;

    let refused = upload(&house, "agent", &number, "u2", &report()).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let request = v1::OpenEvidenceRequest { request_id: "o1".into(), number: other, id: file.id };
    let mut officer = house.evidence("je.phanda").await;
    let refused = officer.open_evidence(request).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "NOT_FOUND"));
    house.close().await;
}

#[tokio::test]
async fn a_resolution_and_a_visit_name_files_of_their_own_case_alone() {
    let house = House::open().await;
    let number = house.register("r1", PHONE).await.number;
    let other = house.register("r2", "9876500000").await.number;
    let file = upload(&house, "je.phanda", &number, "u1", &report()).await.unwrap();
    let visit = |id: &str, number: &str| v1::RecordVisitRequest {
        request_id: id.into(),
        number: number.into(),
        place: "ward 12".into(),
        finding: "the pole is down".into(),
        evidence: vec![file.id.clone()],
        ..Default::default()
    };
    let mut officer = house.acts("je.phanda").await;

    let refused = officer.record_visit(visit("v1", &other)).await.unwrap_err();
    assert_eq!(wrong_field(&refused), "evidence");
    let case = officer.record_visit(visit("v2", &number)).await.unwrap().into_inner().case.unwrap();
    assert!(case.attended);
    let resolve = v1::FileResolutionRequest {
        request_id: "f1".into(),
        number: number.clone(),
        report: "the pole stands".into(),
        evidence: vec![file.id],
        ..Default::default()
    };
    house.officers("je.phanda").await.file_resolution(resolve).await.unwrap();
    let mut agent = house.complaints("agent").await;
    let seen = agent.get_case(v1::GetCaseRequest { number }).await.unwrap().into_inner();
    let resolved = seen.history.iter().find(|event| event.kind == "resolved").unwrap();
    assert!(resolved.body_json.contains(&file.sha256));
    house.close().await;
}
