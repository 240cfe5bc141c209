//! What came of files of old cases, for people and for machines.

use std::time::Duration;

use helpline_proto::v1::OldCasesReport;
use serde_json::{Value, json};

use crate::cli::{
    directory::report::{fault_values, faults},
    error::{Error, Result},
    print,
};

pub fn imported(json: bool, report: Option<OldCasesReport>, took: Duration) -> Result<()> {
    let report = whole(json, report, "nothing is written")?;
    let said = || {
        let rate = report.written as f64 / took.as_secs_f64().max(0.001);
        let written = format!(
            "{} cases came over in {:.1} s, {rate:.0} a second",
            report.written,
            took.as_secs_f64()
        );
        let parts = [
            written,
            format!("{} were here before", report.known),
            format!("{} have no post and wait to be routed", report.unrouted),
            format!("the time of {} is over already", report.overdue),
        ];
        parts.join("\n")
    };
    print::out(json, || value(&report), said);
    Ok(())
}

pub fn validated(json: bool, report: Option<OldCasesReport>) -> Result<()> {
    let report = whole(json, report, "an import would write nothing")?;
    let said = || {
        let parts = [
            format!("{} cases, nothing is wrong", report.cases),
            format!("{} are here already", report.known),
            format!("{} would have no post and wait to be routed", report.unrouted),
            format!("the time of {} is over already", report.overdue),
        ];
        parts.join("\n")
    };
    print::out(json, || value(&report), said);
    Ok(())
}

fn whole(json: bool, report: Option<OldCasesReport>, so: &str) -> Result<OldCasesReport> {
    let cut_short = || Error::usage("the helpline ended the stream without a report");
    let report = report.ok_or_else(cut_short)?;
    faults(json, &report.faults, report.faults_total, || value(&report), so)?;
    Ok(report)
}

fn value(report: &OldCasesReport) -> Value {
    json!({
        "cases": report.cases,
        "known": report.known,
        "written": report.written,
        "unrouted": report.unrouted,
        "overdue": report.overdue,
        "faults_total": report.faults_total,
        "faults": fault_values(&report.faults),
    })
}
