//! Lines of files outside the database that hold what only the database may show.

use crate::store::{Db, Error, Result};

/// The words sealed, as hex on one line.
pub fn seal(db: &Db, words: &str) -> String {
    super::hex(&db.keys().seal("journal", "line", 0, words))
}

pub fn open(db: &Db, line: &str) -> Result<String> {
    let bytes = (0..line.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(line.get(at..at + 2)?, 16).ok())
        .collect::<Option<Vec<u8>>>()
        .ok_or(Error::Unsealable)?;
    db.keys().open("journal", "line", 0, &bytes)
}
