//! Files beside a case: taken in pieces, sniffed and not believed, and opened only with an entry in the audit stream.

use super::{
    App, Error, Result, cases,
    desk::{On, act},
    random, request,
};
use crate::{
    domain::{
        actor::Actor,
        case::{
            Case,
            evidence::{Evidence, FILE_BYTES_MAX, FileKind, HEAD_BYTES, NAMED_MAX},
            table,
        },
        change::Change,
        number::CaseNumber,
        permissions::Act,
        time::Timestamp,
    },
    gateways::evidence::{Reading, Spool},
    store::{
        evidence as stored, files,
        writer::{Counter, Lane},
    },
};

pub use crate::gateways::evidence::{Files, PIECE_BYTES, s3};

/// An upload that is under way; dropped, it leaves nothing.
#[derive(Debug)]
pub struct Upload {
    on: On,
    spool: Spool,
}

/// A file that was opened: what it is, and its bytes.
#[derive(Debug)]
pub struct Opened {
    pub file: Evidence,
    bytes: Reading,
}

/// Checks the power before a byte is taken.
pub async fn begin(app: &App, by: &Actor, on: On) -> Result<Upload> {
    cases::load_for(app, by, Act::AddEvidence, on.number).await?;
    let name: String = random::<16>().iter().map(|byte| format!("{byte:02x}")).collect();
    let spool = app.desk().evidence.spool(&name, random()).await?;
    Ok(Upload { on, spool })
}

impl Upload {
    pub async fn write(&mut self, piece: &[u8]) -> Result<()> {
        if self.spool.bytes() + piece.len() as u64 > FILE_BYTES_MAX {
            return Err(Error::Invalid { field: "data", why: "larger than 10 MiB" });
        }
        self.spool.write(piece).await?;
        // Refused as soon as it can be told, not after ten megabytes.
        if self.spool.head().len() == HEAD_BYTES { self.kind().map(drop) } else { Ok(()) }
    }

    fn kind(&self) -> Result<FileKind> {
        FileKind::sniff(self.spool.head())
            .ok_or(Error::Invalid { field: "data", why: "no PDF, JPEG, PNG, WAV, OGG, MP3 or MP4" })
    }

    /// The file is durable before the case knows of it.
    pub async fn finish(self, app: &App, by: &Actor) -> Result<Evidence> {
        let kind = self.kind()?;
        let (on, bytes) = (self.on, self.spool.bytes() as i64);
        let sha256 = self.spool.keep(|file, key| files::seal(&app.store.db, file, key)).await?;
        let power = (Act::AddEvidence, "evidence");
        let digest: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        let view = act(app, by, &on, power, &[&digest], move |case, by, now| async move {
            let file = Evidence {
                id: app.store.writer.reserve(Counter::Evidence).await?,
                case: case.id,
                sha256,
                kind,
                bytes,
                account: by.account,
                post: by.posts.first().map(|held| held.post),
                at: now,
            };
            added(&case, &by, file, now)
        })
        .await?;
        let files = stored::of_case(&app.store.db, view.case.id).await?;
        // The same bytes may lie beside the case twice; the request's own is the last.
        files
            .into_iter()
            .rev()
            .find(|file| file.sha256 == sha256)
            .ok_or(Error::NotFound("evidence"))
    }
}

fn added(case: &Case, by: &Actor, file: Evidence, now: Timestamp) -> Result<Change> {
    table::verdict(case.state, table::Act::Note).check()?;
    let body = file.named();
    let mut change = Change::updating(case.clone(), now).tell(by, "evidence", Some(case), body);
    change.evidence.push(file);
    Ok(change)
}

/// What lies beside a case, without the bytes.
pub async fn list(app: &App, by: &Actor, number: CaseNumber) -> Result<Vec<Evidence>> {
    let case = cases::load_for(app, by, Act::OpenEvidence, number).await?;
    Ok(stored::of_case(&app.store.db, case.id).await?)
}

/// Who opened it is written before a byte leaves.
pub async fn open(
    app: &App,
    by: &Actor,
    request_id: &str,
    number: CaseNumber,
    id: i64,
) -> Result<Opened> {
    let case = cases::load_for(app, by, Act::OpenEvidence, number).await?;
    let file = stored::get(&app.store.db, id).await.map_err(Error::missing("evidence"))?;
    if file.case != case.id {
        return Err(Error::NotFound("evidence"));
    }
    let said = [number.to_string(), id.to_string()];
    let request = request(by, Some(request_id), "open_evidence", &[&said[0], &said[1]]);
    let facts = serde_json::json!({ "case": case.id, "evidence": file.named() }).to_string();
    let facts = &facts;
    app.commit(Lane::Acts, request, move |now| async move {
        Ok(Change::new(now).noted(by, "evidence_opened", facts.clone()))
    })
    .await?;
    let key = |sealed: &[u8]| files::open(&app.store.db, &file.sha256, sealed).ok();
    let bytes = app.desk().evidence.open(&file.sha256, key).await?;
    Ok(Opened { file, bytes })
}

impl Opened {
    /// The next piece; empty at the end.
    pub async fn piece(&mut self) -> Result<Vec<u8>> {
        Ok(self.bytes.piece().await?)
    }
}

/// The files of this case that an act names.
pub(super) async fn named(app: &App, case: &Case, ids: &[i64]) -> Result<Vec<Evidence>> {
    if ids.len() > NAMED_MAX {
        return Err(Error::Invalid { field: "evidence", why: "more than 10" });
    }
    let mut files = Vec::with_capacity(ids.len());
    for id in ids {
        let file = stored::get(&app.store.db, *id).await.ok().filter(|file| file.case == case.id);
        files.push(file.ok_or(Error::Invalid { field: "evidence", why: "none of this case" })?);
    }
    Ok(files)
}
