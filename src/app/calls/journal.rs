//! Lines that calls leave in a file while the database is away, sealed like what they will become.

use crate::{
    app::{App, Result},
    store::lines,
};

pub fn seal(app: &App, words: &str) -> String {
    lines::seal(&app.store.db, words)
}

pub fn unseal(app: &App, line: &str) -> Result<String> {
    Ok(lines::open(&app.store.db, line)?)
}
