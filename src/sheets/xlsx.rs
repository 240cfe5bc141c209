//! XLSX: a workbook of sheets, each cell as the text that a person would type for it.

use std::{collections::BTreeMap, io::Cursor};

use calamine::{Data, ExcelDateTime, Reader, Xlsx, open_workbook_from_rs};
use chrono::{DateTime, Duration, NaiveDate};
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::{Error, File, unpack};
use crate::domain::directory::sheet::{Line, Sheet};

const SHEETS_MAX: usize = 64;
/// Of all sheets together, as the three below.
pub const ROWS_MAX: usize = 500_000;
/// Of one sheet, from its first to its last that holds anything.
pub const COLUMNS_MAX: usize = 256;
/// Those that hold something, and once more the places that they are laid out on.
pub const CELLS_MAX: usize = 4_000_000;
/// Texts of cells, each time that a shared one is used.
pub const TEXT_BYTES_MAX: usize = 64 * 1024 * 1024;

pub fn read(file: &File) -> Result<Vec<Sheet>, Error> {
    read_within(file, Left { rows: ROWS_MAX, cells: CELLS_MAX, text: TEXT_BYTES_MAX })
}

fn read_within(file: &File, mut left: Left) -> Result<Vec<Sheet>, Error> {
    unpack::check(&file.bytes)?;
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(&file.bytes)).map_err(wrong)?;
    let names = book.sheet_names();
    if names.len() > SHEETS_MAX {
        return Err(Error::Sheets(names.len()));
    }
    let mut sheets = Vec::with_capacity(names.len());
    for name in names {
        sheets.push(Sheet {
            file: format!("{}/{name}", file.name),
            table: name.trim().to_lowercase(),
            lines: lines(&mut book, &name, &mut left)?,
            ..Sheet::default()
        });
    }
    Ok(sheets)
}

/// What the rest of a workbook may still hold.
struct Left {
    rows: usize,
    cells: usize,
    text: usize,
}

/// One cell after another: a sheet with a cell in its first and one in its last corner holds two.
fn lines(
    book: &mut Xlsx<Cursor<&Vec<u8>>>,
    name: &str,
    left: &mut Left,
) -> Result<Vec<Line>, Error> {
    let mut rows: BTreeMap<u32, Vec<(u32, String)>> = BTreeMap::new();
    let mut cells = book.worksheet_cells_reader(name).map_err(wrong)?;
    let (mut first, mut last) = (u32::MAX, 0);
    while let Some(cell) = cells.next_cell().map_err(wrong)? {
        let (row, column) = cell.get_position();
        let text = text(&Data::from(cell.get_value().clone()));
        if text.is_empty() {
            continue;
        }
        left.take_text(text.len())?;
        (first, last) = (first.min(column), last.max(column));
        let row = rows.entry(row).or_default();
        row.push((column, text));
        left.take_cells(1)?;
    }
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let width = (last - first) as usize + 1;
    if width > COLUMNS_MAX {
        return Err(Error::Large { what: "columns", max: COLUMNS_MAX as u64 });
    }
    left.take_rows(rows.len())?;
    left.take_cells(rows.len().saturating_mul(width))?;
    let line = |(row, filled): (u32, Vec<(u32, String)>)| {
        let mut cells = vec![String::new(); width];
        for (column, text) in filled {
            cells[(column - first) as usize] = text;
        }
        Line { number: row.saturating_add(1), cells }
    };
    Ok(rows.into_iter().map(line).collect())
}

impl Left {
    fn take_rows(&mut self, rows: usize) -> Result<(), Error> {
        let large = Error::Large { what: "rows", max: ROWS_MAX as u64 };
        self.rows = self.rows.checked_sub(rows).ok_or(large)?;
        Ok(())
    }

    fn take_cells(&mut self, cells: usize) -> Result<(), Error> {
        let large = Error::Large { what: "cells", max: CELLS_MAX as u64 };
        self.cells = self.cells.checked_sub(cells).ok_or(large)?;
        Ok(())
    }

    fn take_text(&mut self, bytes: usize) -> Result<(), Error> {
        let large = Error::Large { what: "bytes of text", max: TEXT_BYTES_MAX as u64 };
        self.text = self.text.checked_sub(bytes).ok_or(large)?;
        Ok(())
    }
}

fn wrong(error: calamine::XlsxError) -> Error {
    Error::Workbook(error.to_string())
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
    use std::io::{Read, Write};

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

    /// A workbook whose first sheet is this XML.
    fn book(sheet: &str, strings: &str) -> File {
        let mut plain = Workbook::new();
        plain.add_worksheet().write_string(0, 0, "x").unwrap();
        let plain = plain.save_to_buffer().unwrap();
        let mut from = zip::ZipArchive::new(Cursor::new(plain)).unwrap();
        let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for n in 0..from.len() {
            let mut file = from.by_index(n).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            let name = file.name().unwrap().into_owned();
            match name.as_str() {
                "xl/worksheets/sheet1.xml" => bytes = sheet.as_bytes().to_vec(),
                "xl/sharedStrings.xml" => bytes = strings.as_bytes().to_vec(),
                _ => {}
            }
            to.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            to.write_all(&bytes).unwrap();
        }
        let bytes = to.finish().unwrap().into_inner();
        File { name: "x.xlsx".to_owned(), bytes }
    }

    fn sheet(cells: &str) -> String {
        format!("<worksheet><sheetData>{cells}</sheetData></worksheet>")
    }

    fn large(what: &'static str, max: u64) -> Result<Vec<Sheet>, Error> {
        Err(Error::Large { what, max })
    }

    #[test]
    fn a_cell_in_the_last_row_and_one_in_the_first_are_two() {
        let cells = "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>\
                     <row r=\"1048576\"><c r=\"B1048576\"><v>2</v></c></row>";

        let sheets = read(&book(&sheet(cells), "<sst/>")).unwrap();

        assert_eq!(sheets[0].lines, [line(1, &["1", ""]), line(1_048_576, &["", "2"])]);
    }

    #[test]
    fn columns_rows_and_texts_without_end_are_refused() {
        let wide = "<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"XFD1\"><v>2</v></c></row>";
        assert_eq!(read(&book(&sheet(wide), "<sst/>")), large("columns", 256));

        let few = || Left { rows: 3, cells: 1_000, text: 1_000 };
        let tall: String = (1..=4).map(|n| format!("<c r=\"A{n}\"><v>1</v></c>")).collect();
        assert_eq!(read_within(&book(&sheet(&tall), "<sst/>"), few()), large("rows", 500_000));
        let shared = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(300));
        let used = "<c r=\"A1\" t=\"s\"><v>0</v></c>".repeat(4);
        let read = read_within(&book(&sheet(&used), &shared), few());
        assert_eq!(read, large("bytes of text", 67_108_864));
    }

    #[test]
    fn an_entity_that_grows_is_no_text() {
        let laughs = "<!DOCTYPE sst [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]>\
                      <sst><si><t>&b;</t></si></sst>";
        let used = sheet("<c r=\"A1\" t=\"s\"><v>0</v></c>");

        let read = read(&book(&used, laughs));

        let grown = read.iter().flatten().flat_map(|sheet| &sheet.lines);
        assert!(grown.flat_map(|line| &line.cells).all(|cell| !cell.contains("haha")));
    }

    #[test]
    fn what_is_no_workbook_is_refused() {
        let file = File { name: "x.xlsx".to_owned(), bytes: b"code,name\n".to_vec() };
        assert!(matches!(read(&file), Err(Error::Workbook(_))));
    }
}
