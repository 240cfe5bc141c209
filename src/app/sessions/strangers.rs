//! Logins that no account has, with their wrong passwords: they lock as those of accounts do, so that a lock-out does not
//! tell which logins exist. Kept in memory, by digest; another process counts anew.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use sha2::{Digest, Sha256};

use crate::domain::{
    account::{LOCK_MS, WRONG_PASSWORDS_MAX},
    chain::Hash,
    time::Timestamp,
};

/// Logins that are remembered; past it all are forgotten.
const STRANGERS_MAX: usize = 10_000;

#[derive(Debug, Default)]
pub(in crate::app) struct Strangers(Mutex<HashMap<Hash, Stranger>>);

#[derive(Clone, Copy, Debug, Default)]
struct Stranger {
    failed: i64,
    locked_until: Option<Timestamp>,
}

impl Strangers {
    pub(super) fn locked_until(&self, login: &str) -> Option<Timestamp> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&key(login))?.locked_until
    }

    pub(super) fn note_wrong(&self, login: &str, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= STRANGERS_MAX {
            known.clear();
        }
        let stranger = known.entry(key(login)).or_default();
        stranger.failed += 1;
        if stranger.failed >= WRONG_PASSWORDS_MAX {
            *stranger = Stranger { failed: 0, locked_until: Some(now.plus_ms(LOCK_MS)) };
        }
    }
}

fn key(login: &str) -> Hash {
    Sha256::digest(login.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_that_nobody_has_locks_at_the_fifth_wrong_password() {
        let (strangers, now) = (Strangers::default(), Timestamp(1_000));
        for _ in 0..4 {
            strangers.note_wrong("nobody", now);
        }
        assert_eq!(strangers.locked_until("nobody"), None);

        strangers.note_wrong("nobody", now);

        assert_eq!(strangers.locked_until("nobody"), Some(Timestamp(901_000)));
        assert_eq!(strangers.locked_until("another"), None);
    }

    #[test]
    fn what_is_remembered_of_strangers_is_bounded() {
        let strangers = Strangers::default();
        for n in 0..STRANGERS_MAX + 1 {
            strangers.note_wrong(&n.to_string(), Timestamp(0));
        }

        assert_eq!(strangers.0.lock().unwrap().len(), 1);
    }
}
