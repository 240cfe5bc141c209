//! Prints progress and reports.

use helpline_proto::v1;

use super::Part;
use crate::{
    app::old_cases::{Progress, Report, Step},
    grpc::directory::print::{count, fault},
};

pub fn validated(part: Part) -> v1::ValidateCasesResponse {
    use v1::validate_cases_response::Part as Printed;
    let part = match part {
        Part::Progress(told) => Printed::Progress(progress(told)),
        Part::Report(done) => Printed::Report(report(done)),
    };
    v1::ValidateCasesResponse { part: Some(part) }
}

pub fn imported(part: Part) -> v1::ImportCasesResponse {
    use v1::import_cases_response::Part as Printed;
    let part = match part {
        Part::Progress(told) => Printed::Progress(progress(told)),
        Part::Report(done) => Printed::Report(report(done)),
    };
    v1::ImportCasesResponse { part: Some(part) }
}

fn progress(progress: Progress) -> v1::OldCasesProgress {
    let step = match progress.step {
        Step::Checking => v1::OldCasesStep::Checking,
        Step::Cases => v1::OldCasesStep::Cases,
    };
    v1::OldCasesProgress {
        step: step.into(),
        done: count(progress.done),
        total: count(progress.total),
    }
}

fn report(report: Report) -> v1::OldCasesReport {
    v1::OldCasesReport {
        faults: report.faults.listed.into_iter().map(fault).collect(),
        faults_total: count(report.faults.count),
        cases: count(report.cases),
        known: count(report.known),
        written: count(report.written),
        unrouted: count(report.unrouted),
        overdue: count(report.overdue),
    }
}
