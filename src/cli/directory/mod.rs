//! The directory from the command line: files up, files down.

pub(super) mod files;
pub(super) mod report;

use std::path::PathBuf;

use helpline_proto::v1;
use tokio_stream::{StreamExt, iter};

use super::{
    client::Options,
    error::{Error, Result},
    print,
    progress::Bar,
};
use crate::{domain::time::Timestamp, sheets::File};

#[derive(Debug, clap::Subcommand)]
pub enum Directory {
    /// Make files the next version of the directory; nothing is written when anything is wrong
    Import(Source),
    /// Check files and say what they would change; writes nothing
    Validate(Source),
    /// Say what files would add, change and remove, row by row
    Diff(Source),
    /// Write the live directory as a folder of CSV files, or as one XLSX file
    Export {
        /// A folder, or a file that ends in .xlsx
        target: PathBuf,
        /// Write over files that are there
        #[arg(long)]
        force: bool,
    },
    /// How large the live directory is
    Show,
}

#[derive(Debug, clap::Args)]
pub struct Source {
    /// A folder of CSV files, or one XLSX file (docs/directory.md)
    source: PathBuf,
    /// own, or lgd for the published lists of the Local Government Directory
    #[arg(long, default_value = "own")]
    format: String,
    /// When changed limits and switches begin to count, as 2026-12-01; at once without it
    #[arg(long)]
    effective: Option<String>,
}

pub async fn run(directory: Directory, options: &Options) -> Result<()> {
    let mut client = options.connect().await?.directory();
    match directory {
        Directory::Import(source) => {
            let upload = source.messages(|part| match part {
                Part::Upload(upload) => v1::ImportDirectoryRequest {
                    part: Some(v1::import_directory_request::Part::Upload(upload)),
                },
                Part::Chunk(chunk) => v1::ImportDirectoryRequest {
                    part: Some(v1::import_directory_request::Part::Chunk(chunk)),
                },
            })?;
            let mut answers = client.import_directory(iter(upload)).await?.into_inner();
            let mut bar = Bar::new(options.json);
            let mut done = None;
            while let Some(answer) = answers.next().await {
                match answer?.part {
                    Some(v1::import_directory_response::Part::Progress(step)) => {
                        told(&mut bar, &step)
                    }
                    Some(v1::import_directory_response::Part::Report(report)) => {
                        done = Some(report)
                    }
                    None => {}
                }
            }
            bar.end();
            report::import(options.json, done.ok_or_else(cut_short)?)
        }
        Directory::Validate(source) => {
            let upload = source.messages(|part| match part {
                Part::Upload(upload) => v1::ValidateDirectoryRequest {
                    part: Some(v1::validate_directory_request::Part::Upload(upload)),
                },
                Part::Chunk(chunk) => v1::ValidateDirectoryRequest {
                    part: Some(v1::validate_directory_request::Part::Chunk(chunk)),
                },
            })?;
            let mut answers = client.validate_directory(iter(upload)).await?.into_inner();
            let mut bar = Bar::new(options.json);
            let mut done = None;
            while let Some(answer) = answers.next().await {
                match answer?.part {
                    Some(v1::validate_directory_response::Part::Progress(step)) => {
                        told(&mut bar, &step)
                    }
                    Some(v1::validate_directory_response::Part::Report(report)) => {
                        done = Some(report);
                    }
                    None => {}
                }
            }
            bar.end();
            report::validate(options.json, done.ok_or_else(cut_short)?)
        }
        Directory::Diff(source) => {
            let upload = source.messages(|part| match part {
                Part::Upload(upload) => v1::DiffDirectoryRequest {
                    part: Some(v1::diff_directory_request::Part::Upload(upload)),
                },
                Part::Chunk(chunk) => v1::DiffDirectoryRequest {
                    part: Some(v1::diff_directory_request::Part::Chunk(chunk)),
                },
            })?;
            let mut answers = client.diff_directory(iter(upload)).await?.into_inner();
            let mut done = None;
            while let Some(answer) = answers.next().await {
                if let Some(v1::diff_directory_response::Part::Report(report)) = answer?.part {
                    done = Some(report);
                }
            }
            report::diff(options.json, done.ok_or_else(cut_short)?)
        }
        Directory::Export { target, force } => {
            let workbook = files::is_workbook(&target);
            let form = if workbook { v1::DirectoryForm::Xlsx } else { v1::DirectoryForm::Csv };
            let request = v1::ExportDirectoryRequest { form: form.into() };
            let mut chunks = client.export_directory(request).await?.into_inner();
            let mut found: Vec<File> = Vec::new();
            while let Some(answer) = chunks.next().await {
                let Some(chunk) = answer?.chunk else { continue };
                if found.last().is_none_or(|file| file.name != chunk.file) {
                    found.push(File { name: chunk.file.clone(), bytes: Vec::new() });
                }
                if let Some(file) = found.last_mut() {
                    file.bytes.extend(chunk.bytes);
                }
            }
            let written = files::write(&target, &found, force)?;
            let value = || serde_json::json!({ "files": written });
            print::out(options.json, value, || written.join("\n"));
            Ok(())
        }
        Directory::Show => {
            let figures = client.get_directory(v1::GetDirectoryRequest {}).await?.into_inner();
            report::show(options.json, &figures);
            Ok(())
        }
    }
}

enum Part {
    Upload(v1::DirectoryUpload),
    Chunk(v1::DirectoryChunk),
}

impl Source {
    /// Everything that is sent, in its order.
    fn messages<T>(&self, message: fn(Part) -> T) -> Result<Vec<T>> {
        let format = match self.format.as_str() {
            "own" => v1::DirectoryFormat::Own,
            "lgd" => v1::DirectoryFormat::Lgd,
            other => return Err(Error::usage(format!("{other:?} is no format: own or lgd"))),
        };
        let effective_at = self.effective.as_deref().map(day).transpose()?;
        let head = v1::DirectoryUpload { format: format.into(), effective_at };
        let mut messages = vec![message(Part::Upload(head))];
        for file in files::read(&self.source)? {
            let chunks = file.bytes.chunks(files::CHUNK_BYTES);
            messages.extend(chunks.map(|bytes| {
                let chunk = v1::DirectoryChunk { file: file.name.clone(), bytes: bytes.to_vec() };
                message(Part::Chunk(chunk))
            }));
        }
        Ok(messages)
    }
}

/// The first instant of a day in IST.
fn day(typed: &str) -> Result<prost_types::Timestamp> {
    let day = chrono::NaiveDate::parse_from_str(typed, "%Y-%m-%d")
        .ok()
        .and_then(|day| day.and_hms_opt(12, 0, 0))
        .ok_or_else(|| Error::usage(format!("{typed:?} is no day, as 2026-12-01")))?;
    let midnight = Timestamp(day.and_utc().timestamp_millis()).at_ist_minute(0);
    Ok(prost_types::Timestamp { seconds: midnight.0 / 1_000, nanos: 0 })
}

fn told(bar: &mut Bar, progress: &v1::DirectoryProgress) {
    bar.step(progress.step().as_str_name(), "DIRECTORY_STEP_", progress.done, progress.total);
}

fn cut_short() -> Error {
    Error::usage("the helpline ended the stream without a report")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_india() {
        assert_eq!(day("2026-11-22").unwrap().seconds, 1_795_285_800);
        assert!(day("22-11-2026").is_err());
    }
}
