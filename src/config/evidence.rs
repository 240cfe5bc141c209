//! Where the files of cases lie.

use std::{fmt, path::PathBuf};

use serde::Deserialize;

/// A bucket of an S3-compatible store, or the folder under `store.data`.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Evidence {
    /// Empty: files lie under `store.data`.
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
    /// Set both in the environment.
    pub access_key: String,
    pub secret_key: String,
    /// PEM of the authority that signed the store's certificate; empty for the public ones alone.
    pub tls_ca: PathBuf,
    pub timeout_s: u64,
}

impl Default for Evidence {
    fn default() -> Self {
        Self {
            endpoint: String::new(),
            bucket: String::new(),
            region: "us-east-1".to_owned(),
            access_key: String::new(),
            secret_key: String::new(),
            tls_ca: PathBuf::new(),
            timeout_s: 30,
        }
    }
}

impl Evidence {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.endpoint.is_empty() {
            return Ok(());
        }
        if !self.endpoint.starts_with("https://") && !self.endpoint.starts_with("http://") {
            return Err("evidence.endpoint begins with https:// or http://");
        }
        let needed = [&self.bucket, &self.region, &self.access_key, &self.secret_key];
        if needed.iter().any(|text| text.is_empty()) {
            return Err("evidence.endpoint needs bucket, region, access_key and secret_key");
        }
        if self.timeout_s == 0 {
            return Err("evidence.timeout_s must be above 0");
        }
        Ok(())
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evidence")
            .field("endpoint", &self.endpoint)
            .field("bucket", &self.bucket)
            .finish_non_exhaustive()
    }
}
