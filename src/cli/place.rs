//! Where the helpline keeps its things: settings file, data directory, database. For commands that open the database.

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use super::error::{Error, Result};
use crate::{
    config::Settings,
    domain::time::Timestamp,
    store::{Options, Store},
};

const DATABASE_FILE: &str = "helpline181.db";
/// Seals phones and texts; back it up apart from the database.
const KEY_FILE: &str = "keys";

#[derive(Debug, clap::Args)]
pub struct Place {
    /// Settings file; helpline181.toml in the working directory when it is there
    #[arg(long)]
    config: Option<PathBuf>,
    /// Data directory [default: helpline-data]
    #[arg(long)]
    data: Option<PathBuf>,
    /// postgres://...; otherwise a file in the data directory
    #[arg(long)]
    database: Option<String>,
}

impl Place {
    /// The settings, with what the command line says otherwise.
    pub fn settings(&self) -> Result<Settings> {
        let mut settings = Settings::load(self.config.as_deref())?;
        if let Some(data) = &self.data {
            settings.store.data = data.clone();
        }
        if let Some(database) = &self.database {
            settings.store.database = database.clone();
        }
        Ok(settings)
    }
}

/// Makes the data directory when it is not there, readable to its owner alone, and opens the database.
pub async fn open(settings: &Settings, now: Timestamp) -> Result<Store> {
    let data = &settings.store.data;
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(data);
    made.map_err(|error| Error::usage(format!("data directory {}: {error}", data.display())))?;
    let url = url(data, &settings.store.database);
    let options = Options { url, keys: data.join(KEY_FILE), group_max: settings.store.group_max };
    Store::open(options, now).await.map_err(Error::other)
}

fn url(data: &Path, database: &str) -> String {
    match database {
        "" => format!("sqlite:{}", data.join(DATABASE_FILE).display()),
        url => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_a_file_under_data_unless_one_is_named() {
        assert_eq!(url(Path::new("d"), ""), "sqlite:d/helpline181.db");
        assert_eq!(url(Path::new("d"), "postgres://h/n"), "postgres://h/n");
    }
}
