//! Passwords by argon2id, a few at a time: a hash costs 19 MiB and a good part of a second.

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use super::{Error, Result};

/// Hashes at the same time.
const HASHES_MAX: usize = 2;
/// Sign-ins that may wait for their hash; more are told to come again.
const WAITING_MAX: usize = 64;
const BUSY_RETRY_MS: u64 = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    Standard,
    /// For tests of what surrounds it: protects nothing.
    Least,
}

#[derive(Debug)]
pub(crate) struct Door {
    cost: Cost,
    waiting: Semaphore,
    hashing: Semaphore,
    /// What the password of an unknown login is compared with, so that both take the same time.
    nobody: std::sync::OnceLock<String>,
}

impl Door {
    pub(crate) fn new(cost: Cost) -> Self {
        Self {
            cost,
            waiting: Semaphore::new(WAITING_MAX),
            hashing: Semaphore::new(HASHES_MAX),
            nobody: std::sync::OnceLock::new(),
        }
    }

    pub(crate) async fn hash(&self, password: String) -> Result<String> {
        let cost = self.cost;
        self.run(move || hash(cost, &password)).await?
    }

    /// True when it is the password; a login that nobody has costs as much as any other.
    pub(crate) async fn verify(&self, password: String, stored: Option<String>) -> Result<bool> {
        let stored = match stored {
            Some(stored) => stored,
            None => match self.nobody.get() {
                Some(nobody) => nobody.clone(),
                None => {
                    let made = self.hash("nobody has this one".to_owned()).await?;
                    self.nobody.get_or_init(|| made).clone()
                }
            },
        };
        let cost = self.cost;
        self.run(move || {
            let Ok(parsed) = PasswordHash::new(&stored) else { return false };
            argon(cost).verify_password(password.as_bytes(), &parsed).is_ok()
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let Ok(_waits) = self.waiting.try_acquire() else {
            return Err(Error::Busy { retry_ms: BUSY_RETRY_MS });
        };
        let _hashes = self.hashing.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

fn argon(cost: Cost) -> Argon2<'static> {
    let params = match cost {
        Cost::Standard => Params::default(),
        Cost::Least => Params::new(8, 1, 1, None).expect("the least that argon2 takes"),
    };
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(cost: Cost, password: &str) -> Result<String> {
    argon(cost)
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| Error::internal(std::io::Error::other(error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_password_alone_opens_its_hash() {
        let door = Door::new(Cost::Least);
        let stored = door.hash("right horse".to_owned()).await.unwrap();

        assert!(stored.starts_with("$argon2id$"));
        assert!(door.verify("right horse".to_owned(), Some(stored.clone())).await.unwrap());
        assert!(!door.verify("wrong horse".to_owned(), Some(stored)).await.unwrap());
        assert!(!door.verify("right horse".to_owned(), None).await.unwrap());
        assert!(!door.verify("x".to_owned(), Some("not a hash".to_owned())).await.unwrap());
    }
}
