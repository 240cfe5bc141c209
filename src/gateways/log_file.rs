//! Notices as JSON lines in a file, in place of an SMS gateway; phones are masked before they come here.

use std::path::{Path, PathBuf};

use serde::Serialize;
use tokio::{
    fs::{File, OpenOptions},
    io::AsyncWriteExt,
    sync::Mutex,
};

use crate::domain::{language::Language, time::Timestamp};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the notices' file {} cannot be written", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// One message, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub at: Timestamp,
    pub kind: String,
    pub case: String,
    /// A masked phone, or `post:ID`.
    pub to: String,
    pub language: Language,
    pub text: String,
}

#[derive(Serialize)]
struct Line<'a> {
    at: String,
    kind: &'a str,
    case: &'a str,
    to: &'a str,
    language: &'a str,
    text: &'a str,
}

/// Appends; one line a delivery, written whole.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: Mutex<File>,
}

impl LogFile {
    pub async fn open(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::File { path: path.to_owned(), source };
        let file = OpenOptions::new().create(true).append(true).open(path).await.map_err(failed)?;
        Ok(Self { path: path.to_owned(), file: Mutex::new(file) })
    }

    pub async fn deliver(&self, delivery: &Delivery) -> Result<(), Error> {
        let line = Line {
            at: delivery.at.to_string(),
            kind: &delivery.kind,
            case: &delivery.case,
            to: &delivery.to,
            language: delivery.language.as_str(),
            text: &delivery.text,
        };
        let mut line = serde_json::to_vec(&line).expect("a line is made of strings");
        line.push(b'\n');
        let failed = |source| Error::File { path: self.path.clone(), source };
        let mut file = self.file.lock().await;
        file.write_all(&line).await.map_err(failed)?;
        file.flush().await.map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_delivery_is_one_json_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notices.jsonl");
        let gateway = LogFile::open(&path).await.unwrap();
        let delivery = Delivery {
            at: Timestamp(1_795_321_800_000),
            kind: "registered".to_owned(),
            case: "10000007".to_owned(),
            to: "XXXXXX3210".to_owned(),
            language: Language::English,
            text: "a \"quoted\" word".to_owned(),
        };

        gateway.deliver(&delivery).await.unwrap();
        gateway.deliver(&delivery).await.unwrap();

        let written = std::fs::read_to_string(&path).unwrap();
        let line = r#"{"at":"2026-11-22T10:00:00+05:30","kind":"registered","case":"10000007","to":"XXXXXX3210","language":"en","text":"a \"quoted\" word"}"#;
        assert_eq!(written, format!("{line}\n{line}\n"));
    }
}
