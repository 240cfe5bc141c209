//! Data for trying things out: a whole state's directory from the sample's hand-written tables.

mod officers;

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::error::{Error, Result};
use officers::{Place, Seat};

#[derive(Debug, clap::Subcommand)]
pub enum TestData {
    /// Make a directory with posts and sample officers, ready for `directory import`
    Directory {
        /// Folder of hand-written tables, as deploy/sample/mp; FOLDER.seats.csv beside it says where officers sit
        from: PathBuf,
        /// Folder to write; it must be empty or not there
        to: PathBuf,
    },
}

pub fn run(command: TestData, json: bool) -> Result<()> {
    let TestData::Directory { from, to } = command;
    let places: Vec<Place> = read(&from.join("places.csv"))?;
    let seats: Vec<Seat> = read(&from.with_extension("seats.csv"))?;
    let made = officers::make(&places, &seats);
    empty(&to)?;
    copy(&from, &to)?;
    write(&to.join("posts.csv"), &made.posts)?;
    write(&to.join("officers.csv"), &made.officers)?;
    write(&to.join("holders.csv"), &made.holders)?;
    write(&to.join("leave.csv"), &made.leave)?;
    let figures = || {
        let count = |rows: usize| serde_json::Value::from(rows);
        [
            ("places", count(places.len())),
            ("posts", count(made.posts.len())),
            ("officers", count(made.officers.len())),
        ]
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count))
        .collect::<serde_json::Map<_, _>>()
        .into()
    };
    let text = || {
        let (places, posts, officers) = (places.len(), made.posts.len(), made.officers.len());
        format!("{places} places, {posts} posts, {officers} sample officers in {}", to.display())
    };
    super::print::out(json, figures, text);
    Ok(())
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let file = |error: csv::Error| Error::usage(format!("{}: {error}", path.display()));
    let mut rows = csv::Reader::from_path(path).map_err(file)?;
    rows.deserialize().collect::<csv::Result<_>>().map_err(file)
}

fn write<T: serde::Serialize>(path: &Path, rows: &[T]) -> Result<()> {
    let mut file = csv::Writer::from_path(path).map_err(Error::other)?;
    for row in rows {
        file.serialize(row).map_err(Error::other)?;
    }
    file.flush().map_err(Error::other)
}

/// A folder with things in it is left alone: they would be imported together with what is made.
fn empty(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(Error::other)?;
    match fs::read_dir(folder).map_err(Error::other)?.next() {
        Some(_) => Err(Error::usage(format!("{} is not empty", folder.display()))),
        None => Ok(()),
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).map_err(Error::other)? {
        let path = entry.map_err(Error::other)?.path();
        if let (Some(name), Some("csv")) =
            (path.file_name(), path.extension().and_then(|it| it.to_str()))
        {
            fs::copy(&path, to.join(name)).map_err(Error::other)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod routed;
#[cfg(test)]
mod tests;
