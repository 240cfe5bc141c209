//! CSV: UTF-8 with or without a byte-order mark in, with one and CRLF out, as spreadsheets like it.

use csv::{ReaderBuilder, StringRecord, Terminator, WriterBuilder};

use super::{Error, File, guarded, unguarded};
use crate::domain::directory::sheet::{Line, Sheet};

const BOM: &[u8] = b"\xef\xbb\xbf";

pub fn read(file: &File) -> Result<Sheet, Error> {
    if file.bytes.starts_with(b"\xff\xfe") || file.bytes.starts_with(b"\xfe\xff") {
        return Err(Error::Utf16);
    }
    let bytes = file.bytes.strip_prefix(BOM).unwrap_or(&file.bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        Error::Encoding { line: before.iter().filter(|byte| **byte == b'\n').count() + 1 }
    })?;
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut lines = Vec::new();
    let mut record = StringRecord::new();
    // The reader's own count is behind by the line ends that it has not skipped yet.
    let (mut counted, mut number) = (0, 1_u32);
    loop {
        let read = reader.read_record(&mut record);
        let at = match &read {
            Ok(false) => break,
            Ok(true) => record.position().map_or(counted, |at| at.byte() as usize),
            Err(error) => error.position().map_or(counted, |at| at.byte() as usize),
        };
        let ends = text.as_bytes()[at..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let begins = at + ends.count();
        let passed = text.as_bytes()[counted..begins].iter().filter(|byte| **byte == b'\n').count();
        number = number.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
        counted = begins;
        if let Err(error) = read {
            return Err(Error::Line { line: number, why: error.to_string() });
        }
        let cells = record.iter().map(|cell| unguarded(cell).to_owned()).collect();
        lines.push(Line { number, cells });
    }
    let table = file.name.to_lowercase().trim_end_matches(".csv").to_owned();
    Ok(Sheet { file: file.name.clone(), table, lines, ..Sheet::default() })
}

pub fn write(sheet: &Sheet) -> File {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(BOM.to_vec());
    let lines = std::iter::once(&sheet.header).chain(sheet.lines.iter().map(|line| &line.cells));
    for cells in lines {
        let cells = cells.iter().map(|cell| guarded(cell));
        writer
            .write_record(cells)
            .expect("memory takes what it is given, and lines are equally long");
    }
    let bytes = writer.into_inner().expect("memory takes what it is given");
    File { name: format!("{}.csv", sheet.table), bytes }
}

/// The header's own: some published lists part by semicolons or tabs.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().find(|line| line.contains([',', ';', '\t'])).unwrap_or_default();
    let count = |delimiter: u8| header.bytes().filter(|byte| *byte == delimiter).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(bytes: &[u8]) -> Result<Vec<(u32, Vec<String>)>, Error> {
        let file = File { name: "Posts.CSV".to_owned(), bytes: bytes.to_vec() };
        let sheet = read(&file)?;
        assert_eq!(sheet.table, "posts");
        Ok(sheet.lines.into_iter().map(|line| (line.number, line.cells)).collect())
    }

    fn row(number: u32, cells: &[&str]) -> (u32, Vec<String>) {
        (number, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn a_mark_crlf_quotes_and_empty_lines_are_read_with_their_line_numbers() {
        let text =
            "\u{feff}\"Name Hi\",code\r\n\r\n\"फंदा, \"\"नया\"\"\",a\r\n\"two\nlines\",b\r\nlast,c";

        assert_eq!(
            cells(text.as_bytes()).unwrap(),
            [
                row(1, &["Name Hi", "code"]),
                row(3, &["फंदा, \"नया\"", "a"]),
                row(4, &["two\nlines", "b"]),
                row(6, &["last", "c"]),
            ]
        );
    }

    #[test]
    fn semicolons_and_tabs_part_where_the_header_has_them() {
        assert_eq!(cells(b"a;b\n1,5;2\n").unwrap()[1], row(2, &["1,5", "2"]));
        assert_eq!(cells(b"a\tb\n1\t2\n").unwrap()[1], row(2, &["1", "2"]));
        assert_eq!(cells(b"a,b\n1;x,2\n").unwrap()[1], row(2, &["1;x", "2"]));
    }

    #[test]
    fn an_old_encoding_is_refused_by_name_with_its_line() {
        assert_eq!(cells(b"a,b\nx,\x93y\x94\n").unwrap_err(), Error::Encoding { line: 2 });
        assert_eq!(cells(b"\xff\xfea\0,\0b\0").unwrap_err(), Error::Utf16);
        let text = cells(b"\x93").unwrap_err().to_string();
        assert!(text.contains("line 1") && text.contains("Windows-1252"), "{text}");
    }

    #[test]
    fn what_is_written_reads_back_and_no_cell_is_a_formula() {
        let sheet = Sheet {
            table: "officers".to_owned(),
            header: vec!["login".to_owned(), "name_hi".to_owned()],
            lines: [["=1+1", "नाम"], ["'=x", "a,\"b\""], ["", "'tis"], ["''=", "\n"]]
                .into_iter()
                .map(|cells| Line { number: 0, cells: cells.map(str::to_owned).to_vec() })
                .collect(),
            ..Sheet::default()
        };

        let file = write(&sheet);

        assert!(file.bytes.starts_with("\u{feff}login,name_hi\r\n'=1+1,नाम\r\n".as_bytes()));
        let back = read(&file).unwrap().headed();
        assert_eq!((back.table, back.header), (sheet.table.clone(), sheet.header.clone()));
        let cells =
            |lines: &[Line]| lines.iter().map(|line| line.cells.clone()).collect::<Vec<_>>();
        assert_eq!(cells(&back.lines), cells(&sheet.lines));
    }
}
