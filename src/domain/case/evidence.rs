//! Files that stand beside a case: known by what their first bytes say, never by their name.

use crate::domain::{chain::Hash, place::PostId, time::Timestamp, words};

/// Largest file.
pub const FILE_BYTES_MAX: u64 = 10 * 1024 * 1024;
/// Bytes that tell the kind.
pub const HEAD_BYTES: usize = 16;
/// Files that one act may name.
pub const NAMED_MAX: usize = 10;

words! {
    pub enum FileKind {
        Pdf = "PDF",
        Jpeg = "JPEG",
        Png = "PNG",
        Wav = "WAV",
        Ogg = "OGG",
        Mp3 = "MP3",
        Mp4 = "MP4",
    }
}

/// One file of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    pub id: i64,
    pub case: i64,
    pub sha256: Hash,
    pub kind: FileKind,
    pub bytes: i64,
    pub account: Option<i64>,
    pub post: Option<PostId>,
    pub at: Timestamp,
}

impl FileKind {
    /// None for everything that is not on the list: no scripts, no archives, no pages.
    pub fn sniff(head: &[u8]) -> Option<Self> {
        let at = |from: usize, bytes: &[u8]| head.get(from..from + bytes.len()) == Some(bytes);
        if at(0, b"%PDF-") {
            Some(Self::Pdf)
        } else if at(0, &[0xff, 0xd8, 0xff]) {
            Some(Self::Jpeg)
        } else if at(0, b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if at(0, b"RIFF") && at(8, b"WAVE") {
            Some(Self::Wav)
        } else if at(0, b"OggS") {
            Some(Self::Ogg)
        } else if at(0, b"ID3") || at(0, &[0xff, 0xfb]) || at(0, &[0xff, 0xf3]) {
            Some(Self::Mp3)
        } else if at(4, b"ftyp") {
            Some(Self::Mp4)
        } else {
            None
        }
    }
}

impl Evidence {
    /// How an event names it: never by its bytes.
    pub fn named(&self) -> serde_json::Value {
        serde_json::json!({ "id": self.id, "sha256": self.digest(), "kind": self.kind.as_str() })
    }

    pub fn digest(&self) -> String {
        self.sha256.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        assert_eq!(FileKind::sniff(b"%PDF-1.7\n"), Some(FileKind::Pdf));
        assert_eq!(FileKind::sniff(&[0xff, 0xd8, 0xff, 0xe0]), Some(FileKind::Jpeg));
        assert_eq!(FileKind::sniff(b"\x89PNG\r\n\x1a\n\0\0"), Some(FileKind::Png));
        assert_eq!(FileKind::sniff(b"RIFF\x24\0\0\0WAVEfmt "), Some(FileKind::Wav));
        assert_eq!(FileKind::sniff(b"OggS\0"), Some(FileKind::Ogg));
        assert_eq!(FileKind::sniff(b"\0\0\0\x20ftypisom"), Some(FileKind::Mp4));
    }

    #[test]
    fn what_is_on_no_list_is_no_evidence() {
        for head in [
            &b""[..],
            b"MZ\x90",
            b"\x7fELF",
            b"PK\x03\x04",
            b"<html>",
            b"<svg ",
            b"#!/bin/sh",
            b"RIFF\0\0\0\0AVI ",
            b" %PDF-1.7",
        ] {
            assert_eq!(FileKind::sniff(head), None, "{head:?}");
        }
    }
}
