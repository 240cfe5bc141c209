//! A table for a terminal: columns of one width, numbers to the right.

use super::Table;

const GAP: &str = "  ";

pub fn text(table: &Table) -> String {
    let printed: Vec<Vec<String>> =
        table.rows.iter().map(|row| row.iter().map(super::Cell::print).collect()).collect();
    let widths: Vec<usize> = table
        .columns
        .iter()
        .enumerate()
        .map(|(n, column)| {
            let cells =
                printed.iter().filter_map(|row| row.get(n)).map(|cell| cell.chars().count());
            cells.chain([column.chars().count()]).max().unwrap_or_default()
        })
        .collect();
    let left: Vec<bool> = (0..table.columns.len())
        .map(|n| table.rows.iter().any(|row| row.get(n).is_some_and(super::Cell::is_text)))
        .collect();
    let line = |cells: Vec<&str>| {
        let padded: Vec<String> = cells
            .into_iter()
            .enumerate()
            .map(|(n, cell)| match left[n] {
                true => format!("{cell:<width$}", width = widths[n]),
                false => format!("{cell:>width$}", width = widths[n]),
            })
            .collect();
        format!("{}\n", padded.join(GAP).trim_end())
    };
    let mut text = format!("{}\n", table.title);
    text.push_str(&line(table.columns.clone()));
    for row in &printed {
        text.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::Cell;

    #[test]
    fn texts_stand_left_and_numbers_right() {
        let table = Table {
            title: "Closures".to_owned(),
            columns: vec!["kind", "cases"],
            rows: vec![
                vec!["satisfied".into(), 1_200.into()],
                vec![Cell::Text("special".into()), 7.into()],
            ],
        };

        assert_eq!(
            text(&table),
            "Closures\nkind       cases\nsatisfied   1200\nspecial        7\n"
        );
    }
}
