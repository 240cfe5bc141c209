//! Files beside a case, and what waits for somebody, from the command line.

use std::{path::PathBuf, time::Duration};

use helpline_proto::v1;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tonic::Request;

use super::{Act as On, acts::instant, id};
use crate::cli::{
    client::Connection,
    error::{Error, Result},
    print,
};

const PIECE_BYTES: usize = 64 * 1024;
/// Ten megabytes over a slow link.
const UPLOAD_WITHIN: Duration = Duration::from_secs(600);

#[derive(Debug, clap::Subcommand)]
pub enum Act {
    /// Put a file beside a case; prints its id
    Attach {
        number: String,
        file: PathBuf,
        #[command(flatten)]
        act: On,
    },
    /// List the files of a case
    Files { number: String },
    /// Fetch a file of a case; the helpline writes down who opened it
    Fetch {
        number: String,
        id: String,
        /// Where to put it
        #[arg(long)]
        to: PathBuf,
    },
    /// List what waits: target, blocker, difficulty, proposal, transfer, courtesy, reopening, next-step, number-change,
    /// escalation
    Matters {
        kind: String,
        /// Only those past their date
        #[arg(long)]
        overdue: bool,
    },
    /// List the cases that were transferred most
    Hops {
        #[arg(long, default_value_t = 1)]
        at_least: i32,
    },
    /// List where the cases of a district are pending, by department, the most first
    Pending {
        /// As district:396; your own when left out
        #[arg(long)]
        district: Option<String>,
        /// Split by a kind of place, as subdivision, panchayat_samiti or block
        #[arg(long)]
        split_by: Option<String>,
    },
    /// Let somebody of your district decide on its transfers
    Delegate {
        login: String,
        /// As 2026-12-01T10:00:00+05:30
        #[arg(long)]
        until: String,
        #[arg(long)]
        request_id: Option<String>,
    },
}

pub async fn run(connection: &Connection, json: bool, act: Act) -> Result<()> {
    match act {
        Act::Attach { number, file, act } => {
            let bytes = tokio::fs::read(&file).await.map_err(Error::other)?;
            let mut pieces: Vec<_> = bytes
                .chunks(PIECE_BYTES)
                .map(|piece| v1::UploadEvidenceRequest {
                    data: piece.to_vec(),
                    ..Default::default()
                })
                .collect();
            let first = v1::UploadEvidenceRequest {
                request_id: id(act.request_id)?,
                number,
                etag: act.etag,
                post: act.post,
                data: Vec::new(),
            };
            pieces.insert(0, first);
            let mut request = Request::new(tokio_stream::iter(pieces));
            request.set_timeout(UPLOAD_WITHIN);
            let file = connection.evidence().upload_evidence(request).await?.into_inner().file;
            let file = file.unwrap_or_default();
            print::out(json, || file_json(&file), || file_line(&file));
        }
        Act::Files { number } => {
            let request = v1::ListEvidenceRequest { number };
            let files = connection.evidence().list_evidence(request).await?.into_inner().files;
            let value = || files.iter().map(file_json).collect();
            print::out(json, value, || lines(files.iter().map(file_line)));
        }
        Act::Fetch { number, id: file, to } => {
            let request = v1::OpenEvidenceRequest { request_id: id(None)?, number, id: file };
            let mut stream = connection.evidence().open_evidence(request).await?.into_inner();
            let mut out = tokio::fs::File::create(&to).await.map_err(Error::other)?;
            while let Some(message) = stream.message().await? {
                out.write_all(&message.data).await.map_err(Error::other)?;
            }
            out.flush().await.map_err(Error::other)?;
        }
        Act::Matters { kind, overdue } => {
            let kind = print::parse(
                "MATTER_KIND_",
                &kind,
                v1::MatterKind::from_str_name,
                "kind of matter",
            )?;
            let filter =
                if overdue { v1::MatterFilter::Overdue } else { v1::MatterFilter::Unspecified };
            let request = v1::ListMattersRequest {
                page_size: 200,
                page_token: String::new(),
                kind: kind.into(),
                filter: filter.into(),
            };
            let matters = connection.officers().list_matters(request).await?.into_inner().matters;
            let value = || matters.iter().map(matter_json).collect();
            print::out(json, value, || lines(matters.iter().map(matter_line)));
        }
        Act::Hops { at_least } => {
            let request = v1::ListHopsRequest { at_least };
            let hops = connection.officers().list_hops(request).await?.into_inner().hops;
            let value = || {
                hops.iter().map(|row| json!({ "number": row.number, "hops": row.hops })).collect()
            };
            let line = |row: &v1::list_hops_response::Hops| format!("{}  {}", row.number, row.hops);
            print::out(json, value, || lines(hops.iter().map(line)));
        }
        Act::Pending { district, split_by } => {
            let request = v1::ListPendingRequest {
                district: district.unwrap_or_default(),
                split_by: split_by.unwrap_or_default(),
            };
            let rows = connection.officers().list_pending(request).await?.into_inner().rows;
            let value = || rows.iter().map(pending_json).collect();
            print::out(json, value, || lines(rows.iter().map(pending_line)));
        }
        Act::Delegate { login, until, request_id } => {
            let until = Some(instant(&until)?);
            let request =
                v1::DelegateTransfersRequest { request_id: id(request_id)?, login, until };
            connection.officers().delegate_transfers(request).await?;
        }
    }
    Ok(())
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

fn file_json(file: &v1::EvidenceFile) -> Value {
    json!({
        "id": file.id,
        "kind": kind(file),
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
        "added_at": print::time(file.added_at),
    })
}

fn file_line(file: &v1::EvidenceFile) -> String {
    let added = print::time(file.added_at);
    format!("{}  {}  {} bytes  {added}", file.id, kind(file), file.size_bytes)
}

fn kind(file: &v1::EvidenceFile) -> &'static str {
    file.kind().as_str_name().trim_start_matches("FILE_KIND_")
}

fn matter_json(matter: &v1::Matter) -> Value {
    json!({
        "number": matter.number,
        "district": matter.district,
        "post": matter.post,
        "to_post": matter.to_post,
        "code": matter.code,
        "opened_at": print::time(matter.opened_at),
        "due_at": matter.due_at.map(|at| print::time(Some(at))),
        "outcome": matter.outcome,
    })
}

fn matter_line(matter: &v1::Matter) -> String {
    let due = matter.due_at.map_or(String::new(), |at| print::time(Some(at)));
    let opened = print::time(matter.opened_at);
    format!("{}  {}  {opened}  {due}  {}", matter.number, matter.code, matter.outcome)
}

fn pending_json(row: &v1::list_pending_response::Pending) -> Value {
    json!({
        "department": row.department,
        "place": row.place,
        "received": row.received,
        "pending": row.pending,
        "satisfied": row.satisfied,
        "satisfied_basis_points": row.satisfied_basis_points,
    })
}

fn pending_line(row: &v1::list_pending_response::Pending) -> String {
    let (whole, rest) = (row.satisfied_basis_points / 100, row.satisfied_basis_points % 100);
    let share = format!("{whole}.{rest:02} % of 100 satisfied");
    format!(
        "{}  {}  {} pending of {}  {share}",
        row.department, row.place, row.pending, row.received
    )
}
