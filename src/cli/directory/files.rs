//! Folders and workbooks on the disk.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use crate::{
    cli::error::{Error, Result},
    sheets::File,
};

/// Of one message of an upload.
pub const CHUNK_BYTES: usize = 64 * 1024;

pub fn is_workbook(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"))
}

fn is_table(path: &Path) -> bool {
    is_workbook(path) || path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"))
}

/// The CSV and XLSX files of a folder in the order of their names, or the one file.
pub fn read(source: &Path) -> Result<Vec<File>> {
    let about = |path: &Path, error: std::io::Error| {
        Error::usage(format!("{} cannot be read: {error}", path.display()))
    };
    let mut paths: Vec<PathBuf> = if source.is_dir() {
        let entries = fs::read_dir(source).map_err(|error| about(source, error))?;
        let found = entries.map(|entry| entry.map(|entry| entry.path()));
        found.collect::<std::io::Result<_>>().map_err(|error| about(source, error))?
    } else {
        vec![source.to_owned()]
    };
    if source.is_dir() {
        paths.retain(|path| path.is_file() && is_table(path));
        paths.sort();
    }
    if paths.is_empty() {
        return Err(Error::usage(format!("{} holds no CSV or XLSX file", source.display())));
    }
    let file = |path: PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let bytes = fs::read(&path).map_err(|error| about(&path, error))?;
        Ok(File { name: name.unwrap_or_default(), bytes })
    };
    paths.into_iter().map(file).collect()
}

/// Writes files that only their owner may read: they hold mobiles. Gives their paths.
pub fn write(target: &Path, files: &[File], force: bool) -> Result<Vec<String>> {
    let paths: Vec<_> = files
        .iter()
        .map(|file| if is_workbook(target) { target.to_owned() } else { target.join(&file.name) })
        .collect();
    let there = paths.iter().find(|path| path.exists());
    if let Some(path) = there.filter(|_| !force) {
        let why = format!("{} is there already; --force writes over it", path.display());
        return Err(Error::usage(why));
    }
    if !is_workbook(target) {
        fs::create_dir_all(target).map_err(Error::other)?;
    }
    for (path, file) in paths.iter().zip(files) {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(path).and_then(|mut open| open.write_all(&file.bytes));
        written.map_err(|error| {
            Error::usage(format!("{} cannot be written: {error}", path.display()))
        })?;
    }
    Ok(paths.iter().map(|path| path.display().to_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> File {
        File { name: name.to_owned(), bytes: b"code\n".to_vec() }
    }

    #[test]
    fn a_folder_gives_its_tables_in_order_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["posts.csv", "Places.CSV", "README.md", "more.xlsx"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }

        let names: Vec<_> =
            read(folder.path()).unwrap().into_iter().map(|file| file.name).collect();

        assert_eq!(names, ["Places.CSV", "more.xlsx", "posts.csv"]);
        let empty = tempfile::tempdir().unwrap();
        assert!(read(empty.path()).is_err());
        assert!(read(&empty.path().join("no.xlsx")).is_err());
    }

    #[test]
    fn what_is_there_is_written_over_only_by_force() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");

        write(&target, &[file("posts.csv")], false).unwrap();
        assert!(write(&target, &[file("places.csv"), file("posts.csv")], false).is_err());
        assert!(!target.join("places.csv").exists());
        assert_eq!(write(&target, &[file("posts.csv")], true).unwrap().len(), 1);
    }
}
