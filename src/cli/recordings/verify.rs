//! `helpline181 recordings verify`: each row has its file with its digest, each file its row.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use serde_json::json;

use crate::{
    cli::{
        error::{Error, Result},
        place::{self, Place},
        print,
    },
    clock::Clock,
    domain::recording::{RecordingRow, State},
    gateways::recordings::Folder,
    media::wav::{self, HEAD_BYTES},
    store::{Store, recordings as stored},
};

/// Under `store.data`.
const FOLDER: &str = "recordings";
const PAGE: i64 = 500;

#[derive(Debug, Default)]
struct Report {
    rows: usize,
    under_way: usize,
    elsewhere: usize,
    wrong: Vec<String>,
}

pub async fn run(place: &Place, json: bool) -> Result<()> {
    let settings = place.settings()?;
    let store = place::open(&settings, Clock::system().now()).await?;
    let folder = Folder::open(settings.store.data.join(FOLDER)).await.map_err(Error::other)?;
    let report = check(&store, &folder).await;
    store.close().await;
    let report = report?;
    let Report { rows, under_way, elsewhere, wrong } = &report;
    let value =
        || json!({ "rows": rows, "under_way": under_way, "elsewhere": elsewhere, "wrong": wrong });
    let text = || {
        let mut lines = wrong.clone();
        lines.push(format!(
            "{rows} rows, {under_way} under way, {elsewhere} of other folders, {} wrong",
            wrong.len()
        ));
        lines.join("\n")
    };
    print::out(json, value, text);
    match wrong.len() {
        0 => Ok(()),
        wrong => Err(Error::usage(format!("{wrong} recordings or files are wrong"))),
    }
}

async fn check(store: &Store, folder: &Folder) -> Result<Report> {
    let mut report = Report::default();
    // Whether a live row names it.
    let mut named: HashMap<String, bool> = HashMap::new();
    let mut after = 0;
    loop {
        let rows = stored::all(&store.db, after, PAGE).await.map_err(Error::other)?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in rows {
            report.rows += 1;
            let theirs = row.folder.as_deref().is_some_and(|id| id != folder.id());
            if theirs || row.file.starts_with("client:") {
                report.elsewhere += 1;
                continue;
            }
            if row.state == State::Recording {
                report.under_way += 1;
            }
            *named.entry(row.file.clone()).or_default() |= row.state != State::Deleted;
            if let Some(wrong) = fault(folder, &row).await.map_err(Error::other)? {
                report.wrong.push(format!("recording {} of call {}: {wrong}", row.id, row.call));
            }
        }
    }
    let files: HashSet<String> = folder.names().await.map_err(Error::other)?.into_iter().collect();
    let mut unnamed: Vec<_> = files
        .iter()
        .filter_map(|file| match named.get(file.trim_end_matches(".part")) {
            Some(true) => None,
            Some(false) => Some(format!("{file}: its recording is deleted")),
            None => Some(format!("{file}: no recording has it")),
        })
        .collect();
    unnamed.sort();
    report.wrong.extend(unnamed);
    Ok(report)
}

/// What is wrong with one row's file.
async fn fault(folder: &Folder, row: &RecordingRow) -> std::io::Result<Option<&'static str>> {
    match row.state {
        State::Kept | State::Partial => {}
        State::Recording => {
            let part = format!("{}.part", row.file);
            let there = folder.bytes(&part).await?.or(folder.bytes(&row.file).await?);
            return Ok(there.is_none().then_some("under way without a file"));
        }
        // Of a deleted one, a file that is left shows as one without a recording.
        State::Lost | State::Deleting | State::Deleted => return Ok(None),
    }
    let Some(sha256) = folder.digest(&row.file).await? else { return Ok(Some("no file")) };
    if sha256 != row.sha256 {
        return Ok(Some("another digest than its row says"));
    }
    Ok((!is_whole(&folder.dir().join(&row.file)).await?).then_some("its head does not fit"))
}

async fn is_whole(path: &Path) -> std::io::Result<bool> {
    use tokio::io::AsyncReadExt;

    let mut file = tokio::fs::File::open(path).await?;
    let bytes = file.metadata().await?.len();
    let mut head = Vec::with_capacity(HEAD_BYTES);
    (&mut file).take(HEAD_BYTES as u64).read_to_end(&mut head).await?;
    Ok(wav::repair(&head, bytes).is_some_and(|whole| whole.len == bytes && whole.head[..] == head))
}
