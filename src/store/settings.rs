//! Small named values, as the demonstration's clock offset.

use super::{Db, Result, db::rows, writer::Writer};

pub async fn get(db: &Db, name: &str) -> Result<Option<String>> {
    let found = rows!(db, "SELECT value FROM settings WHERE name = $1", name);
    found.into_iter().next().map(|mut row| Ok(row.next()?)).transpose()
}

pub async fn set(writer: &Writer, name: &str, value: &str) -> Result<()> {
    let _ = (writer, name, value);
    todo!()
}
