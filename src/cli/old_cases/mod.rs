//! Old cases from the command line: files up, what came of them down.

mod report;

use std::{path::PathBuf, time::Instant};

use helpline_proto::v1;
use tokio_stream::{StreamExt, iter};

use super::{client::Options, error::Result, progress::Bar};
use crate::cli::directory::files;

#[derive(Debug, clap::Subcommand)]
pub enum OldCases {
    /// Bring open cases of the system before; nothing is written when anything is wrong
    Import(Source),
    /// Check files of old cases; writes nothing
    Validate(Source),
}

#[derive(Debug, clap::Args)]
pub struct Source {
    /// A folder of CSV files, or one CSV or XLSX file (docs/cases-import.md)
    source: PathBuf,
}

pub async fn run(cases: OldCases, options: &Options) -> Result<()> {
    let mut client = options.connect().await?.old_cases();
    let mut bar = Bar::new(options.json);
    let mut done = None;
    let begun = Instant::now();
    match cases {
        OldCases::Import(source) => {
            use v1::import_cases_response::Part;
            let upload = source.chunks()?;
            let upload = upload.map(|chunk| v1::ImportCasesRequest { chunk: Some(chunk) });
            let mut answers = client.import_cases(iter(upload)).await?.into_inner();
            while let Some(answer) = answers.next().await {
                match answer?.part {
                    Some(Part::Progress(told)) => step(&mut bar, &told),
                    Some(Part::Report(report)) => done = Some(report),
                    None => {}
                }
            }
            bar.end();
            report::imported(options.json, done, begun.elapsed())
        }
        OldCases::Validate(source) => {
            use v1::validate_cases_response::Part;
            let upload = source.chunks()?;
            let upload = upload.map(|chunk| v1::ValidateCasesRequest { chunk: Some(chunk) });
            let mut answers = client.validate_cases(iter(upload)).await?.into_inner();
            while let Some(answer) = answers.next().await {
                match answer?.part {
                    Some(Part::Progress(told)) => step(&mut bar, &told),
                    Some(Part::Report(report)) => done = Some(report),
                    None => {}
                }
            }
            bar.end();
            report::validated(options.json, done)
        }
    }
}

fn step(bar: &mut Bar, told: &v1::OldCasesProgress) {
    bar.step(told.step().as_str_name(), "OLD_CASES_STEP_", told.done, told.total);
}

impl Source {
    fn chunks(&self) -> Result<impl Iterator<Item = v1::DirectoryChunk> + Send + 'static> {
        let files = files::read(&self.source)?;
        Ok(files.into_iter().flat_map(|file| {
            let piece = |bytes: &[u8]| v1::DirectoryChunk {
                file: file.name.clone(),
                bytes: bytes.to_vec(),
            };
            file.bytes.chunks(files::CHUNK_BYTES).map(piece).collect::<Vec<_>>()
        }))
    }
}
