//! Notices as JSON lines in a file, in place of an SMS gateway; phones are masked before they come here.

use std::{
    io::SeekFrom,
    path::{Path, PathBuf},
};

use serde::Serialize;
use tokio::{
    fs::{File, OpenOptions},
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
    sync::Mutex,
};

use super::{Answer, Known, Message};

/// How far back a message is looked for: a crash loses no more than the last few.
const LOOK_BACK_BYTES: u64 = 1 << 20;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the notices' file {} cannot be written", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

#[derive(Serialize)]
struct Line<'a> {
    reference: &'a str,
    at: String,
    kind: &'a str,
    case: &'a str,
    /// A masked phone, or `post:ID`.
    to: &'a str,
    language: &'a str,
    template: &'a str,
    segments: usize,
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

    pub(super) async fn send(&self, message: &Message) -> Answer {
        let line = Line {
            reference: &message.reference,
            at: message.at.to_string(),
            kind: &message.kind,
            case: &message.case,
            to: &message.to.masked(),
            language: message.language.as_str(),
            template: &message.template,
            segments: message.segments.parts,
            text: &message.text,
        };
        let mut line = serde_json::to_vec(&line).expect("a line is made of strings");
        line.push(b'\n');
        let mut file = self.file.lock().await;
        let written = async {
            file.write_all(&line).await?;
            file.flush().await
        };
        match written.await {
            Ok(()) => Answer::Taken { id: None },
            Err(error) => Answer::Unknown(format!("{}: {error}", self.path.display())),
        }
    }

    /// Looks for the message among the last lines.
    pub(super) async fn ask(&self, reference: &str) -> Known {
        let wanted = serde_json::json!({ "reference": reference }).to_string();
        // Without the closing brace it is the beginning of a line.
        let wanted = &wanted.as_bytes()[..wanted.len() - 1];
        match self.last().await {
            Ok(last) if last.windows(wanted.len()).any(|found| found == wanted) => {
                Known::Taken { id: None }
            }
            Ok(_) => Known::NotTaken,
            Err(error) => Known::CannotSay(format!("{}: {error}", self.path.display())),
        }
    }

    async fn last(&self) -> std::io::Result<Vec<u8>> {
        let mut file = File::open(&self.path).await?;
        let length = file.metadata().await?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LOOK_BACK_BYTES))).await?;
        let mut last = Vec::new();
        file.take(LOOK_BACK_BYTES).read_to_end(&mut last).await?;
        Ok(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{language::Language, notice::segments::segments, phone::Phone, time::Timestamp},
        gateways::Addressee,
    };

    #[tokio::test]
    async fn each_message_is_one_json_line_and_is_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notices.jsonl");
        let gateway = LogFile::open(&path).await.unwrap();
        let text = "a \"quoted\" word".to_owned();
        let message = Message {
            reference: "1000000-1-registered-c".to_owned(),
            at: Timestamp(1_795_321_800_000),
            kind: "registered".to_owned(),
            case: "10000007".to_owned(),
            to: Addressee::Citizen(Phone::parse("9876543210").unwrap()),
            language: Language::English,
            template: "sample-1".to_owned(),
            segments: segments(&text),
            text,
        };

        assert_eq!(gateway.ask(&message.reference).await, Known::NotTaken);
        for _ in 0..2 {
            assert_eq!(gateway.send(&message).await, Answer::Taken { id: None });
        }

        let written = std::fs::read_to_string(&path).unwrap();
        let line = r#"{"reference":"1000000-1-registered-c","at":"2026-11-22T10:00:00+05:30","kind":"registered","case":"10000007","to":"XXXXXX3210","language":"en","template":"sample-1","segments":1,"text":"a \"quoted\" word"}"#;
        assert_eq!(written, format!("{line}\n{line}\n"));
        assert_eq!(gateway.ask(&message.reference).await, Known::Taken { id: None });
        assert_eq!(gateway.ask("1000000-1-registered").await, Known::NotTaken);
    }
}
