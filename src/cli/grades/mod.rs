//! `helpline181 grades`: scores, grades and ranks of months, the cases behind them, and their publication.

mod tables;

use std::path::PathBuf;

use helpline_proto::v1;
use serde_json::{Value, json};

use super::{
    case::id as request_id,
    client::Options,
    error::{Error, Result},
    print,
};
use crate::reports;

/// A spreadsheet that is not told so takes Hindi for something else.
const BYTE_ORDER_MARK: &str = "\u{feff}";

#[derive(Debug, clap::Subcommand)]
pub enum Grades {
    /// Show a board, best first; provisional until it is published
    Show {
        /// As 2026-11; the running month when none is named
        month: Option<String>,
        /// districts, departments or departments-of
        #[arg(long, default_value = "districts")]
        board: String,
        /// As district:396, for departments-of
        #[arg(long, default_value = "")]
        district: String,
        /// Also write the board as CSV
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
    },
    /// Show one district or department, and what would change its grade
    Unit {
        month: Option<String>,
        #[arg(long, default_value = "")]
        department: String,
        #[arg(long, default_value = "")]
        district: String,
    },
    /// Show the level 1 officers by whose resolutions citizens were satisfied in time
    Leaders {
        month: Option<String>,
        #[arg(long, default_value = "")]
        district: String,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: i32,
        /// Also write them as CSV
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
    },
    /// List the cases behind a figure
    Explain {
        /// received, in-time, not-in-time, answers, pending, aged, closed, special, forced, contradicted, ended, not-attended,
        /// vacant, late and others
        measure: String,
        #[arg(long, default_value = "")]
        month: String,
        #[arg(long, default_value = "")]
        department: String,
        #[arg(long, default_value = "")]
        district: String,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Publish a month that is judged; nothing changes it afterwards
    Publish {
        month: String,
        #[arg(long)]
        request_id: Option<String>,
    },
    /// Compute a published month again from the stored facts
    Verify { month: String },
}

pub async fn run(command: Grades, options: &Options) -> Result<()> {
    let connection = options.connect().await?;
    let mut client = connection.grades();
    match command {
        Grades::Show { month, board, district, csv } => {
            let named = v1::GradeBoard::from_str_name;
            let board = print::parse("GRADE_BOARD_", &board, named, "board")?.into();
            let month = month.unwrap_or_default();
            let ask = v1::ListGradesRequest { month, board, district };
            let shown = client.list_grades(ask).await?.into_inner();
            let table = tables::board(&shown);
            write(csv, &table)?;
            print::out(options.json, || tables::board_json(&shown), || reports::text(&table));
        }
        Grades::Unit { month, department, district } => {
            let month = month.unwrap_or_default();
            let ask = v1::GetGradeRequest { month, department, district };
            let unit = client.get_grade(ask).await?.into_inner();
            print::out(options.json, || tables::unit_json(&unit), || tables::unit(&unit));
        }
        Grades::Leaders { month, district, limit, csv } => {
            let month = month.unwrap_or_default();
            let ask = v1::ListLeadersRequest { month, district, limit };
            let found = client.list_leaders(ask).await?.into_inner();
            let table = tables::leaders(&found);
            write(csv, &table)?;
            print::out(options.json, || tables::leaders_json(&found), || reports::text(&table));
        }
        Grades::Explain { measure, month, department, district, limit } => {
            let named = v1::GradeMeasure::from_str_name;
            let measure = print::parse("GRADE_MEASURE_", &measure, named, "figure")?.into();
            let mut ask = v1::ExplainGradesRequest {
                month,
                measure,
                department,
                district,
                page_size: i32::try_from(limit.min(200)).unwrap_or(200),
                page_token: String::new(),
            };
            let mut cases = Vec::new();
            while cases.len() < limit {
                let page = client.explain_grades(ask.clone()).await?.into_inner();
                cases.extend(page.cases);
                if page.next_page_token.is_empty() {
                    break;
                }
                ask.page_token = page.next_page_token;
            }
            cases.truncate(limit);
            print::out(
                options.json,
                || cases.iter().map(tables::case_json).collect(),
                || print::table(tables::CASE_HEADS, cases.iter().map(tables::case)),
            );
        }
        Grades::Publish { month, request_id: given } => {
            let ask = v1::PublishGradesRequest { request_id: request_id(given)?, month };
            let month = client.publish_grades(ask).await?.into_inner().month.unwrap_or_default();
            print::out(options.json, || tables::month_json(&month), || tables::month(&month));
        }
        Grades::Verify { month } => {
            let found = client.verify_grades(v1::VerifyGradesRequest { month }).await?.into_inner();
            let value = || -> Value {
                json!({ "digest": found.digest, "whole": found.whole, "same": found.same })
            };
            print::out(options.json, value, || {
                print::facts(&[
                    ("digest", found.digest.clone()),
                    ("bytes have it", said(found.whole)),
                    ("facts give the same", said(found.same)),
                ])
            });
            if !(found.whole && found.same) {
                return Err(Error::other("the published month is not what its facts say"));
            }
        }
    }
    Ok(())
}

fn said(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

fn write(file: Option<PathBuf>, table: &reports::Table) -> Result<()> {
    let Some(file) = file else { return Ok(()) };
    std::fs::write(file, format!("{BYTE_ORDER_MARK}{}", reports::csv(table))).map_err(Error::other)
}
