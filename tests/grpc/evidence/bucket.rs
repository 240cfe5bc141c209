//! Files of cases in a bucket: a real S3 server that checks signatures, and one that fails in the usual ways.

use helpline_proto::v1;
use helpline181::{
    app::{Mode, evidence::Files},
    grpc::Options,
};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::{PHONE, pieces, upload};
use crate::kit::{
    House, reason, roomy,
    s3::{Fault, PATIENCE, S3, bucket, resetting},
};

async fn house(s3: &S3) -> House {
    furnished(|folder| s3.files(folder)).await
}

async fn furnished(files: impl FnOnce(std::path::PathBuf) -> Files) -> House {
    let options = Options { limits: roomy(), ..Options::default() };
    House::furnished(options, Mode::Demonstration, files).await
}

/// Two parts of a multipart upload.
fn film() -> Vec<u8> {
    let noise = (0..6_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8);
    [b"\0\0\0\x20ftypisom".as_slice(), &noise.collect::<Vec<_>>()].concat()
}

async fn listed(house: &House, number: &str) -> usize {
    let list = v1::ListEvidenceRequest { number: number.into() };
    let files = house.evidence("je.phanda").await.list_evidence(list).await.unwrap();
    files.into_inner().files.len()
}

async fn fetched(house: &House, number: &str, id: &str, file: &str) -> Result<Vec<u8>, Status> {
    let (request_id, number, id) = (id.to_owned(), number.to_owned(), file.to_owned());
    let request = v1::OpenEvidenceRequest { request_id, number, id };
    let mut officer = house.evidence("je.phanda").await;
    let mut stream = officer.open_evidence(request).await?.into_inner();
    let mut bytes = Vec::new();
    while let Some(message) = stream.message().await? {
        bytes.extend(message.data);
    }
    Ok(bytes)
}

/// A client is told to come again, and when.
fn assert_away(status: &Status) {
    assert_eq!((status.code(), reason(status).as_str()), (Code::Unavailable, "UNAVAILABLE"));
    let wait = status.get_error_details().retry_info().and_then(|info| info.retry_delay);
    assert_eq!(wait.map(|wait| wait.as_millis()), Some(500));
}

fn spooled(house: &House) -> usize {
    std::fs::read_dir(house.dir.path().join("evidence/incoming")).unwrap().count()
}

#[tokio::test]
async fn a_file_goes_to_the_bucket_in_parts_and_comes_back_byte_for_byte() {
    let s3 = S3::start().await;
    let house = house(&s3).await;
    let number = house.register("r1", PHONE).await.number;
    let film = film();

    let file = upload(&house, "je.phanda", &number, "u1", &film).await.unwrap();
    assert_eq!(s3.seen(), ["head", "begin", "part", "part", "complete"]);
    let at_rest = s3.object(&file.sha256).unwrap();
    assert_eq!(at_rest.len(), film.len() + 8 + 73 + 92 * 16);
    assert!(!at_rest.windows(8).any(|bytes| bytes == b"ftypisom"));
    let again = upload(&house, "je.phanda", &number, "u2", &film).await.unwrap();
    assert_eq!((s3.seen(), again.sha256), (vec!["head"], file.sha256));

    assert_eq!(fetched(&house, &number, "o1", &file.id).await.unwrap(), film);
    assert_eq!((s3.seen(), spooled(&house)), (vec!["get"], 0));
    house.close().await;
}

#[tokio::test]
async fn a_bucket_that_fails_keeps_no_half_and_the_same_request_goes_well_later() {
    let s3 = S3::start().await;
    let house = house(&s3).await;
    let number = house.register("r1", PHONE).await.number;
    let film = film();

    for (request, fault) in [
        ("head", Fault::Busy),
        ("begin", Fault::Busy),
        ("part", Fault::Busy),
        ("complete", Fault::Busy),
    ] {
        s3.fail(request, fault);
        let refused = upload(&house, "je.phanda", &number, "u1", &film).await.unwrap_err();
        assert_away(&refused);
        assert_eq!(s3.seen().contains(&"abort"), request == "part" || request == "complete");
        assert_eq!((s3.parts(), spooled(&house)), (0, 0), "{request} {fault:?}");
        assert_eq!(listed(&house, &number).await, 0);
        s3.mend();
    }

    upload(&house, "je.phanda", &number, "u1", &film).await.unwrap();
    assert_eq!(listed(&house, &number).await, 1);
    house.close().await;
}

#[tokio::test]
async fn a_bucket_that_resets_or_is_not_there_is_away() {
    let (address, resetting) = resetting().await;
    for address in [address, "127.0.0.1:9".parse().unwrap()] {
        let house = furnished(|folder| bucket(address, "a secret", PATIENCE, folder)).await;
        let number = house.register("r1", PHONE).await.number;
        let refused = upload(&house, "je.phanda", &number, "u1", b"%PDF-1.7").await.unwrap_err();
        assert_away(&refused);
        assert_eq!(listed(&house, &number).await, 0);
        house.close().await;
    }
    resetting.abort();
}

#[tokio::test]
async fn a_silent_bucket_is_away_and_what_it_took_is_taken_back() {
    let s3 = S3::start().await;
    let house = furnished(|folder| s3.impatient(folder)).await;
    let number = house.register("r1", PHONE).await.number;

    for silent in ["head", "part"] {
        s3.fail(silent, Fault::Silent);
        let refused = upload(&house, "je.phanda", &number, "u1", b"%PDF-1.7").await.unwrap_err();
        assert_away(&refused);
        assert_eq!(s3.seen().contains(&"abort"), silent == "part");
        s3.mend();
    }

    assert_eq!((s3.parts(), spooled(&house), listed(&house, &number).await), (0, 0, 0));
    let file = upload(&house, "je.phanda", &number, "u1", b"%PDF-1.7").await.unwrap();
    s3.fail("get", Fault::Silent);
    assert_away(&fetched(&house, &number, "o1", &file.id).await.unwrap_err());
    house.close().await;
}

#[tokio::test]
async fn a_wrong_key_is_our_own_failure_and_is_not_told() {
    let s3 = S3::start().await;
    let house = furnished(|folder| bucket(s3.address, "another secret", PATIENCE, folder)).await;
    let number = house.register("r1", PHONE).await.number;

    let refused = upload(&house, "je.phanda", &number, "u1", b"%PDF-1.7").await.unwrap_err();

    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Internal, "INTERNAL"));
    assert!(!format!("{refused:?}").contains("secret"));
    house.close().await;
}

#[tokio::test]
async fn bytes_that_stop_or_are_others_never_come_to_their_end() {
    let s3 = S3::start().await;
    let house = house(&s3).await;
    let number = house.register("r1", PHONE).await.number;
    let film = film();
    let file = upload(&house, "je.phanda", &number, "u1", &film).await.unwrap();
    let refused = async |id: &str, fault| {
        s3.fail("get", fault);
        fetched(&house, &number, id, &file.id).await.unwrap_err()
    };

    assert_away(&refused("o1", Fault::Busy).await);
    assert_away(&refused("o2", Fault::Cut).await);
    assert_eq!(refused("o3", Fault::Changed).await.code(), Code::Internal);
    s3.mend();
    assert_eq!(fetched(&house, &number, "o4", &file.id).await.unwrap(), film);
    house.close().await;
}

#[tokio::test]
async fn what_the_folder_kept_before_there_was_a_bucket_is_still_found() {
    let s3 = S3::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Files::disk(folder.path().to_owned()).spool("1", [7; 32]).await.unwrap();
    spool.write(b"%PDF-1.7 of old").await.unwrap();
    let digest = spool.keep(|_, key| [&key[..], &[0; 41]].concat()).await.unwrap();

    let files = s3.files(folder.path().to_owned());
    let mut reading = files.open(&digest, |key| key.first_chunk().copied()).await.unwrap();

    assert_eq!(reading.piece().await.unwrap(), b"%PDF-1.7 of old");
    assert_eq!(s3.seen(), ["get"]);
}

#[tokio::test]
async fn a_client_that_leaves_an_upload_leaves_nothing_in_the_bucket() {
    let s3 = S3::start().await;
    let house = house(&s3).await;
    let number = house.register("r1", PHONE).await.number;
    let (sender, messages) = tokio::sync::mpsc::channel(1_000);
    for piece in pieces(&number, "u1", &film()) {
        sender.send(piece).await.unwrap();
    }
    let stream = tokio_stream::wrappers::ReceiverStream::new(messages);
    let mut officer = house.evidence("je.phanda").await;
    let uploading = tokio::spawn(async move { officer.upload_evidence(stream).await });

    uploading.abort();
    assert!(uploading.await.unwrap_err().is_cancelled());
    drop(sender);

    assert_eq!(listed(&house, &number).await, 0);
    house.close().await;
    assert_eq!((s3.seen(), s3.parts()), (vec![], 0));
}
