//! `prompts.toml`: what is said, by whom, under which licence, and the digest of each sound.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Error;

pub const MANIFEST: &str = "prompts.toml";

/// One `[[prompt]]` of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub key: String,
    pub language: String,
    pub file: String,
    pub text: String,
    /// The text spelt for the ear of the renderer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub say: Option<String>,
    pub voice: String,
    pub licence: String,
    /// What the renderer made the file from; none for a studio recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Why a native speaker should hear this one; none when nothing was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
    /// Of the whole file; empty until there is one.
    #[serde(default)]
    pub sha256: String,
}

#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Manifest {
    #[serde(default, rename = "prompt")]
    pub prompts: Vec<Entry>,
}

impl Manifest {
    pub fn read(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(MANIFEST);
        let text = fs::read_to_string(&path)
            .map_err(|source| Error::Unreadable { path: path.clone(), source })?;
        toml::from_str(&text).map_err(|mut source: toml::de::Error| {
            let before = source.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.lines().count().max(1);
            // Else the error carries and prints the whole manifest.
            source.set_input(None);
            Error::Manifest { path, line, source: Box::new(source) }
        })
    }
}

/// Whether a word may name a prompt, and so a file: lower-case letters, digits and underscores.
pub fn is_key(word: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    !word.is_empty() && word.bytes().all(allowed)
}

/// SHA-256 in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
