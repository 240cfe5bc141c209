//! Prints progress, reports, figures and files.

use helpline_proto::v1;
use tonic::Status;

use crate::{
    app::directory::{Figures, File, Progress, Report, Step},
    domain::directory::{
        diff::{Changes, Touched},
        sheet::Fault,
    },
};

const CHUNK_BYTES: usize = 64 * 1024;

pub fn progress(progress: Progress) -> v1::DirectoryProgress {
    let step = match progress.step {
        Step::Checking => v1::DirectoryStep::Checking,
        Step::Accounts => v1::DirectoryStep::Accounts,
        Step::Posts => v1::DirectoryStep::Posts,
        Step::Rows => v1::DirectoryStep::Rows,
        Step::Persons => v1::DirectoryStep::Persons,
    };
    v1::DirectoryProgress {
        step: step.into(),
        done: count(progress.done),
        total: count(progress.total),
    }
}

pub fn report(report: Report) -> v1::DirectoryReport {
    v1::DirectoryReport {
        base_version: report.base,
        version: report.version.unwrap_or_default(),
        faults: report.faults.listed.into_iter().map(fault).collect(),
        faults_total: count(report.faults.count),
        changes: report.changes.into_iter().map(changes).collect(),
        policy_changes: report.policy_changes,
        rows: count(report.rows),
    }
}

pub fn figures(figures: Figures) -> v1::GetDirectoryResponse {
    let table = |(table, rows): (_, usize)| v1::get_directory_response::Table {
        name: ToString::to_string(&table),
        rows: count(rows),
    };
    v1::GetDirectoryResponse {
        version: figures.version,
        policy_version: figures.policy,
        tables: figures.tables.into_iter().map(table).collect(),
    }
}

pub fn chunks(
    files: Vec<File>,
) -> impl Iterator<Item = Result<v1::ExportDirectoryResponse, Status>> + Send {
    files.into_iter().flat_map(|file| {
        let pieces: Vec<_> = file
            .bytes
            .chunks(CHUNK_BYTES)
            .map(|bytes| v1::DirectoryChunk { file: file.name.clone(), bytes: bytes.to_vec() })
            .collect();
        pieces.into_iter().map(|chunk| Ok(v1::ExportDirectoryResponse { chunk: Some(chunk) }))
    })
}

pub fn fault(fault: Fault) -> v1::DirectoryFault {
    v1::DirectoryFault {
        file: fault.file,
        line: fault.line.into(),
        column: fault.column,
        reason: fault.reason,
    }
}

fn changes(changes: Changes) -> v1::DirectoryChanges {
    v1::DirectoryChanges {
        table: changes.table.to_string(),
        added: Some(touched(changes.added)),
        changed: Some(touched(changes.changed)),
        removed: Some(touched(changes.removed)),
    }
}

fn touched(touched: Touched) -> v1::DirectoryTouched {
    v1::DirectoryTouched { count: count(touched.count), keys: touched.named }
}

pub fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
