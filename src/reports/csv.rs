//! A table as CSV (RFC 4180), with a header line.

use super::{Cell, Table};

/// What a spreadsheet takes for a formula.
const FORMULA: &[char] = &['=', '+', '-', '@', '\t', '\r'];

pub fn csv(table: &Table) -> String {
    let header = table.columns.iter().map(|column| quoted(column)).collect();
    let rows = table.rows.iter().map(|row| row.iter().map(cell).collect());
    let lines: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    lines.into_iter().map(|line| line.join(",") + "\r\n").collect()
}

fn cell(cell: &Cell) -> String {
    let printed = cell.print();
    if cell.is_text() && printed.starts_with(FORMULA) {
        return quoted(&format!("'{printed}"));
    }
    quoted(&printed)
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_and_numbers_have_their_digits() {
        let table = Table {
            title: "x".to_owned(),
            columns: vec!["reason", "share (%)", "mean (s)", "cases"],
            rows: vec![
                vec!["a \"b\", c".into(), Cell::Share(0.6667), Cell::Number(1.25, 1), 7.into()],
                vec!["".into(), Cell::None, Cell::Number(-3.0, 0), 0.into()],
                vec!["".into(), Cell::BasisPoints(8_007), Cell::BasisPoints(-5), 0.into()],
            ],
        };

        assert_eq!(
            csv(&table),
            "reason,share (%),mean (s),cases\r\n\"a \"\"b\"\", c\",66.7,1.2,7\r\n,,-3,0\r\n,80.07,-0.05,0\r\n"
        );
    }

    #[test]
    fn a_text_never_becomes_a_formula() {
        let of = |text: &str| {
            let rows = vec![vec![text.into()]];
            csv(&Table { title: String::new(), columns: vec!["x"], rows })
        };

        assert_eq!(of("=1+2"), "x\r\n'=1+2\r\n");
        assert_eq!(of("@a,b"), "x\r\n\"'@a,b\"\r\n");
        assert_eq!(of("a=b"), "x\r\na=b\r\n");
    }
}
