//! The hash chain of one stream.
//!
//! A hash covers what a fact says and the hash before it, never its place (node, seq): the place
//! is known only behind the gates, and the gate's own row carries the new head.

use sha2::{Digest, Sha256};

use super::change::Event;

pub type Hash = [u8; 32];

/// What the first event of a stream links to.
pub const START: Hash = [0; 32];

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    #[error("version {0} is missing")]
    Missing(i64),
    #[error("version {0} does not follow the one before it")]
    Unlinked(i64),
    #[error("version {0} was edited")]
    Edited(i64),
    #[error("the history ends at version {found}, the case at {expected}")]
    Cut { found: i64, expected: i64 },
}

pub fn hash(event: &Event) -> Hash {
    let numbers = [
        event.version.to_be_bytes(),
        event.at.ms().to_be_bytes(),
        // No post has a negative id.
        event.post.unwrap_or(-1).to_be_bytes(),
    ]
    .concat();
    let mut sha = Sha256::new_with_prefix(event.prev_hash);
    for field in [
        event.stream.as_bytes(),
        &numbers,
        event.kind.as_bytes(),
        event.actor.as_bytes(),
        event.channel.as_bytes(),
        event.facts.as_bytes(),
        event.body.as_bytes(),
    ] {
        // The length in front keeps two fields from trading bytes.
        sha.update((field.len() as u64).to_be_bytes());
        sha.update(field);
    }
    sha.finalize().into()
}

/// Checks a stream's events in order, one at a time.
#[derive(Debug)]
pub struct Chain {
    version: i64,
    head: Hash,
}

impl Chain {
    pub fn start() -> Self {
        Self { version: 0, head: START }
    }

    pub fn follow(&mut self, event: &Event) -> Result<(), Break> {
        let version = self.version + 1;
        if event.version != version {
            return Err(Break::Missing(version));
        }
        if event.prev_hash != self.head {
            return Err(Break::Unlinked(version));
        }
        if event.hash != hash(event) {
            return Err(Break::Edited(version));
        }
        (self.version, self.head) = (version, event.hash);
        Ok(())
    }

    /// Ends the check at what the case row says; only this sees that the last events are gone.
    pub fn end(&self, version: i64, head: &Hash) -> Result<(), Break> {
        if (self.version, &self.head) != (version, head) {
            return Err(Break::Cut { found: self.version, expected: version });
        }
        Ok(())
    }

    pub fn version(&self) -> i64 {
        self.version
    }
}
