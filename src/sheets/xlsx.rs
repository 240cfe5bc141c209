//! XLSX: a workbook of sheets, each cell as the text that a person would type for it.

use std::io::Cursor;

use calamine::{Data, ExcelDateTime, Reader, Xlsx, open_workbook_from_rs};
use chrono::{DateTime, Duration, NaiveDate};
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::{Error, File};
use crate::domain::directory::sheet::{Line, Sheet};

const SHEETS_MAX: usize = 64;

pub fn read(file: &File) -> Result<Vec<Sheet>, Error> {
    let wrong = |error: calamine::XlsxError| Error::Workbook(error.to_string());
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(&file.bytes)).map_err(wrong)?;
    let names = book.sheet_names();
    if names.len() > SHEETS_MAX {
        return Err(Error::Sheets(names.len()));
    }
    let mut sheets = Vec::with_capacity(names.len());
    for name in names {
        let range = book.worksheet_range(&name).map_err(wrong)?;
        let first = range.start().map_or(0, |(row, _)| row);
        let lines = range
            .rows()
            .zip(first.saturating_add(1)..)
            .map(|(row, number)| Line { number, cells: row.iter().map(text).collect() });
        sheets.push(Sheet {
            file: format!("{}/{name}", file.name),
            table: name.trim().to_lowercase(),
            lines: lines.collect(),
            ..Sheet::default()
        });
    }
    Ok(sheets)
}

/// One workbook of all sheets; every cell is text, so that no code loses its zeros.
pub fn write(name: &str, sheets: &[Sheet]) -> Result<File, Error> {
    let written = || -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let (bold, text) = (Format::new().set_bold(), Format::new().set_num_format("@"));
        for sheet in sheets {
            let page = book.add_worksheet().set_name(&sheet.table)?;
            page.set_freeze_panes(1, 0)?;
            for (column, header) in (0_u16..).zip(&sheet.header) {
                page.write_string_with_format(0, column, header, &bold)?;
                page.set_column_format(column, &text)?;
            }
            for (row, line) in (1_u32..).zip(&sheet.lines) {
                for (column, cell) in (0_u16..).zip(&line.cells) {
                    if !cell.is_empty() {
                        page.write_string(row, column, cell)?;
                    }
                }
            }
        }
        book.save_to_buffer()
    };
    let bytes = written().map_err(|error| Error::Workbook(error.to_string()))?;
    Ok(File { name: name.to_owned(), bytes })
}

fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Int(number) => number.to_string(),
        // Whole numbers are kept as floats: a mobile has no ".0".
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            format!("{number:.0}")
        }
        Data::Float(number) => number.to_string(),
        Data::Bool(yes) => yes.to_string(),
        Data::DateTime(at) => date(*at),
        Data::Error(error) => format!("{error:?}"),
    }
}

/// Days since 1899-12-30 as a day, with the time of day in IST when there is one.
fn date(at: ExcelDateTime) -> String {
    const DAYS_MAX: f64 = 200_000.0;
    let days = at.as_f64();
    let start = NaiveDate::from_ymd_opt(1899, 12, 30).and_then(|day| day.and_hms_opt(0, 0, 0));
    let Some(start) = start.filter(|_| (0.0..DAYS_MAX).contains(&days)) else {
        return days.to_string();
    };
    let seconds = (days * 86_400.0).round() as i64;
    let at: DateTime<chrono::Utc> = start.and_utc() + Duration::seconds(seconds);
    let form = if seconds % 86_400 == 0 { "%Y-%m-%d" } else { "%Y-%m-%dT%H:%M:%S+05:30" };
    at.format(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: u32, cells: &[&str]) -> Line {
        Line { number, cells: cells.iter().map(|cell| (*cell).to_owned()).collect() }
    }

    #[test]
    fn a_workbook_reads_back_with_its_names_and_row_numbers() {
        let sheet = |table: &str, lines: Vec<Line>| Sheet {
            table: table.to_owned(),
            header: vec!["code".to_owned(), "name_hi".to_owned()],
            lines,
            ..Sheet::default()
        };
        let places = sheet("places", vec![line(2, &["007", "भोपाल"]), line(3, &["=1", ""])]);
        let file = write("state.xlsx", &[places.clone(), sheet("leave", vec![])]).unwrap();

        let back: Vec<_> = read(&file).unwrap().into_iter().map(Sheet::headed).collect();

        assert_eq!((back[0].file.as_str(), back[0].header_line), ("state.xlsx/places", 1));
        assert_eq!((&back[0].header, &back[0].lines), (&places.header, &places.lines));
        assert_eq!((back[1].table.as_str(), back[1].lines.len()), ("leave", 0));
    }

    #[test]
    fn numbers_and_dates_become_what_a_person_would_type() {
        let mut book = Workbook::new();
        let page = book.add_worksheet().set_name("Officers").unwrap();
        let day = Format::new().set_num_format("yyyy-mm-dd");
        page.write_number(3, 1, 9_876_543_210.0).unwrap();
        page.write_number_with_format(3, 2, 46_348.0, &day).unwrap();
        page.write_number_with_format(3, 3, 46_348.5, &day).unwrap();
        page.write_boolean(3, 4, true).unwrap();
        page.write_number(3, 5, 2.5).unwrap();
        let bytes = book.save_to_buffer().unwrap();

        let sheets = read(&File { name: "x.xlsx".to_owned(), bytes }).unwrap();

        assert_eq!(sheets[0].table, "officers");
        assert_eq!(
            sheets[0].lines,
            [line(4, &["9876543210", "2026-11-22", "2026-11-22T12:00:00+05:30", "true", "2.5"])]
        );
    }

    #[test]
    fn what_is_no_workbook_is_refused() {
        let file = File { name: "x.xlsx".to_owned(), bytes: b"code,name\n".to_vec() };
        assert!(matches!(read(&file), Err(Error::Workbook(_))));
    }
}
