//! Files of tables: CSV and XLSX bytes to lines of text and back. Pure: it knows no directory and opens nothing.

use crate::domain::directory::sheet::Sheet;

pub mod csv;
mod unpack;
pub mod xlsx;

/// A file as it came, by its name without the folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("is neither CSV nor XLSX by its name")]
    Kind,
    #[error(
        "line {line} is not UTF-8; it looks like Windows-1252 or another old encoding: save it as \"CSV UTF-8\""
    )]
    Encoding { line: usize },
    #[error("is UTF-16; save it as \"CSV UTF-8\"")]
    Utf16,
    #[error("line {line} cannot be read: {why}")]
    Line { line: u32, why: String },
    #[error("cannot be read as XLSX: {0}")]
    Workbook(String),
    #[error("holds {0} sheets, more than are taken")]
    Sheets(usize),
    #[error("holds more {what} than the {max} that are taken")]
    Large { what: &'static str, max: u64 },
}

/// The tables of a file, without a header yet: a CSV file holds one, a workbook one a sheet.
pub fn read(file: &File) -> Result<Vec<Sheet>, Error> {
    let name = file.name.to_lowercase();
    if name.ends_with(".csv") {
        csv::read(file).map(|sheet| vec![sheet])
    } else if name.ends_with(".xlsx") {
        xlsx::read(file)
    } else {
        Err(Error::Kind)
    }
}

/// A spreadsheet would take such a cell for a formula; an apostrophe in front says that it is text.
fn guarded(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    // An apostrophe of the cell's own stays one by a second.
    let own = cell.strip_prefix('\'').is_some_and(is_guarded);
    if formula || own { format!("'{cell}") } else { cell.to_owned() }
}

fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_guarded(rest)).unwrap_or(cell)
}

fn is_guarded(rest: &str) -> bool {
    rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\''])
}
