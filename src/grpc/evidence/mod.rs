//! Files beside a case, in and out in pieces.

use std::{pin::Pin, sync::Arc, time::Duration};

use helpline_proto::v1::{self, evidence_service_server::EvidenceService};
use tokio::time::timeout;
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

use super::{
    acting::on,
    door,
    fail::{self, field},
    fields::{self, print_time},
    status,
    unfold::unfold,
    words,
};
use crate::{
    app::{App, evidence},
    domain::case::evidence::Evidence,
};

/// An upload that brings nothing for so long is over.
const STALL: Duration = Duration::from_secs(30);

pub struct Files(pub Arc<App>);

#[tonic::async_trait]
impl EvidenceService for Files {
    async fn upload_evidence(
        &self,
        request: Request<Streaming<v1::UploadEvidenceRequest>>,
    ) -> Result<Response<v1::UploadEvidenceResponse>, Status> {
        let caller = door::caller(&request)?;
        let mut pieces = request.into_inner();
        let mut first = next(&mut pieces)
            .await?
            .ok_or_else(|| field("request_id", "1 to 128 printable ASCII characters"))?;
        let mut upload =
            evidence::begin(&self.0, &caller.actor, on!(first)).await.map_err(status::of)?;
        let mut piece = first.data;
        loop {
            if piece.len() > evidence::PIECE_BYTES {
                return Err(field("data", "more than 64 KiB in one message"));
            }
            upload.write(&piece).await.map_err(status::of)?;
            match next(&mut pieces).await? {
                Some(message) => piece = message.data,
                None => break,
            }
        }
        let file = upload.finish(&self.0, &caller.actor).await.map_err(status::of)?;
        Ok(Response::new(v1::UploadEvidenceResponse { file: Some(print(file)) }))
    }

    async fn list_evidence(
        &self,
        request: Request<v1::ListEvidenceRequest>,
    ) -> Result<Response<v1::ListEvidenceResponse>, Status> {
        let caller = door::caller(&request)?;
        let number = fields::number(&request.into_inner().number)?;
        let files = evidence::list(&self.0, &caller.actor, number).await.map_err(status::of)?;
        let files = files.into_iter().map(print).collect();
        Ok(Response::new(v1::ListEvidenceResponse { files }))
    }

    type OpenEvidenceStream =
        Pin<Box<dyn Stream<Item = Result<v1::OpenEvidenceResponse, Status>> + Send>>;

    async fn open_evidence(
        &self,
        request: Request<v1::OpenEvidenceRequest>,
    ) -> Result<Response<Self::OpenEvidenceStream>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let request_id = fields::request_id(ask.request_id)?;
        let number = fields::number(&ask.number)?;
        let [id] = fields::ids("id", &[ask.id])?[..] else {
            return Err(field("id", "missing"));
        };
        let opened = evidence::open(&self.0, &caller.actor, &request_id, number, id)
            .await
            .map_err(status::of)?;
        let state = Some((Some(print(opened.file.clone())), opened));
        Ok(Response::new(Box::pin(unfold(state, |state| Box::pin(step(state))))))
    }
}

type Reading = Option<(Option<v1::EvidenceFile>, evidence::Opened)>;

/// What the file is, then its pieces; a failure ends them.
async fn step(reading: Reading) -> Option<(Result<v1::OpenEvidenceResponse, Status>, Reading)> {
    let (file, mut opened) = reading?;
    match opened.piece().await {
        Ok(data) if data.is_empty() && file.is_none() => None,
        Ok(data) => Some((Ok(v1::OpenEvidenceResponse { file, data }), Some((None, opened)))),
        Err(error) => Some((Err(status::of(error)), None)),
    }
}

async fn next(
    pieces: &mut Streaming<v1::UploadEvidenceRequest>,
) -> Result<Option<v1::UploadEvidenceRequest>, Status> {
    timeout(STALL, pieces.message()).await.map_err(|_| fail::deadline())?
}

fn print(file: Evidence) -> v1::EvidenceFile {
    v1::EvidenceFile {
        id: file.id.to_string(),
        kind: words::file_kind(file.kind),
        size_bytes: file.bytes,
        sha256: file.digest(),
        post: file.post.map(|post| post.0.to_string()).unwrap_or_default(),
        added_at: Some(print_time(file.at)),
    }
}
