//! Recordings: listed, opened in pieces, held, and the proof of their end.

use std::{pin::Pin, sync::Arc};

use helpline_proto::v1::{self, recording_service_server::RecordingService};
use tokio_stream::Stream;
use tonic::{Request, Response, Status};

use super::{
    door,
    fail::field,
    fields::{self, print_time},
    page::{self, Bound},
    status,
    unfold::unfold,
};
use crate::{
    app::{
        App, Result as Done,
        recordings::{self, Hold, Opened, Play},
    },
    domain::{
        change::Event,
        recording::{Class, RecordingRow, State},
    },
};

const CONTENT_TYPE: &str = "audio/wav";
/// As a console shows it.
const CALL_MAX_BYTES: usize = 64;

pub struct Recordings(pub Arc<App>);

#[tonic::async_trait]
impl RecordingService for Recordings {
    async fn list_recordings(
        &self,
        request: Request<v1::ListRecordingsRequest>,
    ) -> Result<Response<v1::ListRecordingsResponse>, Status> {
        let caller = door::caller(&request)?;
        let (app, by) = (&*self.0, &*caller.actor);
        let mut ask = request.into_inner();
        let (size, token) =
            (std::mem::take(&mut ask.page_size), std::mem::take(&mut ask.page_token));
        let bound = Bound::to(by, &ask);
        let (size, after) = page::parse_after(size, bound.open(&token)?)?;
        let found = match (ask.number.is_empty(), ask.call.is_empty()) {
            (false, true) => {
                let number = fields::number(&ask.number)?;
                recordings::of_case(app, by, number, size, after).await
            }
            (true, false) if ask.call.len() <= CALL_MAX_BYTES => {
                recordings::of_call(app, by, &ask.call, size, after).await
            }
            _ => return Err(field("number", "a case's number or a call's id, one of them")),
        };
        let found = found.map_err(status::of)?;
        Ok(Response::new(v1::ListRecordingsResponse {
            recordings: found.rows.iter().map(print).collect(),
            next_page_token: bound.seal(page::after(found.next)),
        }))
    }

    type PlayRecordingStream =
        Pin<Box<dyn Stream<Item = Result<v1::PlayRecordingResponse, Status>> + Send>>;

    async fn play_recording(
        &self,
        request: Request<v1::PlayRecordingRequest>,
    ) -> Result<Response<Self::PlayRecordingStream>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let play = Play {
            request_id: fields::request_id(ask.request_id)?,
            id: id(ask.id)?,
            from: u64::try_from(ask.offset_bytes).map_err(|_| field("offset_bytes", "negative"))?,
            bytes: match u64::try_from(ask.length_bytes) {
                Ok(0) => None,
                Ok(bytes) => Some(bytes),
                Err(_) => return Err(field("length_bytes", "negative")),
            },
            why: reason(ask.reason)?,
        };
        let opened = recordings::open(&self.0, &caller.actor, play).await.map_err(status::of)?;
        let first = v1::PlayRecordingResponse {
            recording: Some(print(&opened.row)),
            content_type: CONTENT_TYPE.to_owned(),
            total_bytes: i64::try_from(opened.total_bytes).unwrap_or(i64::MAX),
            offset_bytes: i64::try_from(opened.from).unwrap_or(i64::MAX),
            length_bytes: i64::try_from(opened.bytes).unwrap_or(i64::MAX),
            data: Vec::new(),
        };
        let state = Some((Some(first), opened));
        Ok(Response::new(Box::pin(unfold(state, |state| Box::pin(step(state))))))
    }

    async fn place_hold(
        &self,
        request: Request<v1::PlaceHoldRequest>,
    ) -> Result<Response<v1::PlaceHoldResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let ask = hold(ask.request_id, ask.id, ask.reason, false)?;
        let recording = shown(recordings::hold(&self.0, &caller.actor, ask).await)?;
        Ok(Response::new(v1::PlaceHoldResponse { recording }))
    }

    async fn lift_hold(
        &self,
        request: Request<v1::LiftHoldRequest>,
    ) -> Result<Response<v1::LiftHoldResponse>, Status> {
        let caller = door::caller(&request)?;
        let ask = request.into_inner();
        let ask = hold(ask.request_id, ask.id, ask.reason, true)?;
        let recording = shown(recordings::hold(&self.0, &caller.actor, ask).await)?;
        Ok(Response::new(v1::LiftHoldResponse { recording }))
    }

    async fn prove_recording(
        &self,
        request: Request<v1::ProveRecordingRequest>,
    ) -> Result<Response<v1::ProveRecordingResponse>, Status> {
        let caller = door::caller(&request)?;
        let id = id(request.into_inner().id)?;
        let proven = recordings::prove(&self.0, &caller.actor, id).await;
        let (row, facts) = proven.map_err(status::of)?;
        Ok(Response::new(v1::ProveRecordingResponse {
            recording: Some(print(&row)),
            facts: facts.into_iter().map(fact).collect(),
        }))
    }
}

type Playing = Option<(Option<v1::PlayRecordingResponse>, Opened)>;

/// What the file is, then its pieces; a failure ends them.
async fn step(playing: Playing) -> Option<(Result<v1::PlayRecordingResponse, Status>, Playing)> {
    let (first, mut opened) = playing?;
    if let Some(first) = first {
        return Some((Ok(first), Some((None, opened))));
    }
    match opened.piece().await {
        Ok(data) if data.is_empty() => None,
        Ok(data) => {
            let piece = v1::PlayRecordingResponse { data, ..Default::default() };
            Some((Ok(piece), Some((None, opened))))
        }
        Err(error) => Some((Err(status::of(error)), None)),
    }
}

fn id(text: String) -> Result<i64, Status> {
    match fields::ids("id", &[text])?[..] {
        [id] => Ok(id),
        _ => Err(field("id", "missing")),
    }
}

fn hold(request_id: String, recording: String, why: String, lift: bool) -> Result<Hold, Status> {
    Ok(Hold {
        request_id: fields::request_id(request_id)?,
        id: id(recording)?,
        why: reason(why)?,
        lift,
    })
}

fn reason(text: String) -> Result<String, Status> {
    fields::optional_text("reason", text)?.ok_or_else(|| field("reason", "missing"))
}

fn shown(done: Done<RecordingRow>) -> Result<Option<v1::Recording>, Status> {
    done.map(|row| Some(print(&row))).map_err(status::of)
}

fn print(row: &RecordingRow) -> v1::Recording {
    let known = row.sha256 != [0; 32];
    v1::Recording {
        id: row.id.to_string(),
        call: row.call.clone(),
        class: match row.class {
            Class::Complaint => v1::RecordingClass::Complaint,
            Class::Report => v1::RecordingClass::Report,
            Class::Call => v1::RecordingClass::Call,
            Class::Message => v1::RecordingClass::Message,
        }
        .into(),
        state: match row.state {
            State::Recording => v1::RecordingState::Recording,
            State::Kept => v1::RecordingState::Kept,
            State::Partial => v1::RecordingState::Partial,
            State::Lost => v1::RecordingState::Lost,
            State::Deleting => v1::RecordingState::Deleting,
            State::Deleted => v1::RecordingState::Deleted,
        }
        .into(),
        duration_ms: row.duration_ms,
        sha256: if known { row.digest() } else { String::new() },
        partial: row.partial.clone().unwrap_or_default(),
        started_at: Some(print_time(row.at)),
        delete_after: row.delete_after.map(print_time),
        held_at: row.held_at.map(print_time),
        deleted_at: row.deleted_at.map(print_time),
        trouble: row.trouble.clone().unwrap_or_default(),
    }
}

fn fact(event: Event) -> v1::RecordingFact {
    let hex = |hash: [u8; 32]| hash.iter().map(|byte| format!("{byte:02x}")).collect();
    v1::RecordingFact {
        version: event.version,
        kind: event.kind,
        at: Some(print_time(event.at)),
        actor: event.actor,
        facts: event.facts,
        prev_hash: hex(event.prev_hash),
        hash: hex(event.hash),
    }
}
