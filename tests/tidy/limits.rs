//! The named limits of the wire side, as docs/limits.md has to list them.

use crate::source::{File, Tree};

const SHEET: &str = "docs/limits.md";
/// Where a peer's bytes are taken in.
const WIRE: [&str; 3] = ["src/grpc/", "src/telephony/", "src/calls/"];
/// What a limit's name ends with; a `Duration` is one whatever its name.
const ENDS: [&str; 6] = ["_MAX", "_MIN", "_BYTES", "_MS", "_TIMEOUT", "_AGE"];

pub(crate) fn limits(tree: &Tree) -> Vec<String> {
    let sheet = tree.0.iter().find(|file| file.path == SHEET);
    let listed: Vec<&str> = sheet.map_or("", |file| &file.text).lines().collect();
    let rows: Vec<String> = WIRE
        .iter()
        .flat_map(|folder| tree.under(folder, ".rs"))
        .flat_map(|file| rows(tree, file))
        .collect();
    let missing = rows.iter().filter(|row| !listed.contains(&row.as_str()));
    let stale = listed.iter().filter(|line| line.starts_with("| `"));
    let stale = stale.filter(|line| !rows.iter().any(|row| row == *line));
    let missing = missing.map(|row| format!("{SHEET} lacks this row:\n{row}"));
    missing.chain(stale.map(|row| format!("{SHEET} has a row without a limit: {row}"))).collect()
}

/// One row for each limit of a file, if its constant stands on one line.
fn rows(tree: &Tree, file: &File) -> Vec<String> {
    let row = |line: &str| {
        let (_, rest) = line.split_once("const ")?;
        let (name, rest) = rest.split_once(": ")?;
        let (kind, value) = rest.split_once(" = ")?;
        let value = value.strip_suffix(';')?;
        let limit = kind == "Duration" || ENDS.iter().any(|end| name.ends_with(end));
        let named =
            name.bytes().all(|byte| byte.is_ascii_uppercase() || b"_0123456789".contains(&byte));
        (limit && named).then(|| format!("| `{name}` | {value} | {} |", file.path))
    };
    tree.product(file).lines().filter_map(row).collect()
}
