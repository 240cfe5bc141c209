//! What came of files, for people and for machines.

use helpline_proto::v1;
use serde_json::{Value, json};

use crate::cli::{
    error::{Error, Result},
    print,
};

pub fn import(json: bool, report: v1::DirectoryReport) -> Result<()> {
    let said = match report.version {
        0 => "nothing changes: the directory is as the files have it".to_owned(),
        version => format!("version {version} is live, {} rows", report.rows),
    };
    whole(json, &report, "nothing is written")?;
    print::out(json, || value(&report), || format!("{}{said}", summary(&report)));
    Ok(())
}

pub fn validate(json: bool, report: v1::DirectoryReport) -> Result<()> {
    whole(json, &report, "an import would write nothing")?;
    let said = || format!("{}{} rows, nothing is wrong", summary(&report), report.rows);
    print::out(json, || value(&report), said);
    Ok(())
}

pub fn diff(json: bool, report: v1::DirectoryReport) -> Result<()> {
    whole(json, &report, "there is nothing to compare")?;
    let said = || {
        if report.changes.is_empty() && !report.policy_changes {
            return "no difference".to_owned();
        }
        let rows = report.changes.iter().flat_map(|changes| {
            [("+", &changes.added), ("~", &changes.changed), ("-", &changes.removed)]
                .into_iter()
                .filter_map(|(mark, touched)| Some((mark, touched.as_ref()?)))
                .flat_map(|(mark, touched)| named(&changes.table, mark, touched))
        });
        rows.collect::<Vec<_>>().join("\n")
    };
    print::out(json, || value(&report), said);
    Ok(())
}

pub fn show(json: bool, figures: &v1::GetDirectoryResponse) {
    let value = || {
        let tables: serde_json::Map<_, _> =
            figures.tables.iter().map(|table| (table.name.clone(), json!(table.rows))).collect();
        json!({
            "version": figures.version,
            "policy_version": figures.policy_version,
            "tables": tables,
        })
    };
    let text = || {
        let rows = figures.tables.iter().map(|table| [table.name.clone(), table.rows.to_string()]);
        format!(
            "version {}, policy {}\n{}",
            figures.version,
            figures.policy_version,
            print::table(["TABLE", "ROWS"], rows)
        )
    };
    print::out(json, value, text);
}

fn whole(json: bool, report: &v1::DirectoryReport, so: &str) -> Result<()> {
    faults(json, &report.faults, report.faults_total, || value(report), so)
}

/// Prints what is wrong, a line each, and fails if anything is.
pub fn faults(
    json: bool,
    faults: &[v1::DirectoryFault],
    total: i64,
    value: impl FnOnce() -> Value,
    so: &str,
) -> Result<()> {
    if total == 0 {
        return Ok(());
    }
    if json {
        println!("{}", value());
    } else {
        for fault in faults {
            eprintln!("{}", line(fault));
        }
        let more = total - i64::try_from(faults.len()).unwrap_or_default();
        if more > 0 {
            eprintln!("and {more} more");
        }
    }
    Err(Error::usage(format!("{total} faults: {so}")))
}

/// `posts.csv:118: column place: there is no place district:999`
fn line(fault: &v1::DirectoryFault) -> String {
    let line = if fault.line > 0 { format!(":{}", fault.line) } else { String::new() };
    let column =
        if fault.column.is_empty() { String::new() } else { format!(": column {}", fault.column) };
    format!("{}{line}{column}: {}", fault.file, fault.reason)
}

fn named<'r>(
    table: &'r str,
    mark: &'r str,
    touched: &'r v1::DirectoryTouched,
) -> impl Iterator<Item = String> + 'r {
    let named = i64::try_from(touched.keys.len()).unwrap_or_default();
    let more = touched.count - named;
    let keys = touched.keys.iter().map(move |key| format!("{mark} {table} {key}"));
    keys.chain((more > 0).then(|| format!("{mark} {table} and {more} more")))
}

fn summary(report: &v1::DirectoryReport) -> String {
    let count = |touched: &Option<v1::DirectoryTouched>| {
        touched.as_ref().map_or(0, |touched| touched.count).to_string()
    };
    let rows: Vec<_> = report
        .changes
        .iter()
        .map(|changes| {
            [
                changes.table.clone(),
                count(&changes.added),
                count(&changes.changed),
                count(&changes.removed),
            ]
        })
        .collect();
    let mut said = String::new();
    if !rows.is_empty() {
        said += &print::table(["TABLE", "ADDED", "CHANGED", "REMOVED"], rows);
        said += "\n";
    }
    if report.policy_changes {
        said += "the policy's terms change: a new version of it comes with the directory\n";
    }
    said
}

fn value(report: &v1::DirectoryReport) -> Value {
    let touched = |touched: &Option<v1::DirectoryTouched>| {
        touched
            .as_ref()
            .map_or(Value::Null, |touched| json!({ "count": touched.count, "keys": touched.keys }))
    };
    let changes: Vec<_> = report
        .changes
        .iter()
        .map(|changes| {
            json!({
                "table": changes.table,
                "added": touched(&changes.added),
                "changed": touched(&changes.changed),
                "removed": touched(&changes.removed),
            })
        })
        .collect();
    json!({
        "base_version": report.base_version,
        "version": report.version,
        "rows": report.rows,
        "faults_total": report.faults_total,
        "faults": fault_values(&report.faults),
        "changes": changes,
        "policy_changes": report.policy_changes,
    })
}

pub fn fault_values(faults: &[v1::DirectoryFault]) -> Vec<Value> {
    let value = |fault: &v1::DirectoryFault| {
        json!({
            "file": fault.file,
            "line": fault.line,
            "column": fault.column,
            "reason": fault.reason,
        })
    };
    faults.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_by_file_line_column_and_reason() {
        let fault = |line, column: &str| v1::DirectoryFault {
            file: "posts.csv".to_owned(),
            line,
            column: column.to_owned(),
            reason: "is empty".to_owned(),
        };

        assert_eq!(line(&fault(118, "place")), "posts.csv:118: column place: is empty");
        assert_eq!(line(&fault(0, "")), "posts.csv: is empty");
    }

    #[test]
    fn rows_past_those_that_are_named_are_counted() {
        let touched = v1::DirectoryTouched { count: 3, keys: vec!["a".into(), "b".into()] };
        let said: Vec<_> = named("posts", "+", &touched).collect();
        assert_eq!(said, ["+ posts a", "+ posts b", "+ posts and 1 more"]);
    }
}
