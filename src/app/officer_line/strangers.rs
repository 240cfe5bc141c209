//! Numbers that no officer with a PIN has, with their tries: they are locked as officers' are, so that a lock does not tell whose
//! number it is. Kept in memory, by digest; another process counts anew.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use sha2::{Digest, Sha256};

use crate::domain::{account::WRONG_PINS_MAX, chain::Hash, phone::Phone};

/// Numbers that are remembered; past it all are forgotten.
const STRANGERS_MAX: usize = 10_000;

#[derive(Debug, Default)]
pub(in crate::app) struct Strangers(Mutex<HashMap<Hash, i64>>);

impl Strangers {
    /// Counts one more try; gives which it is, or None when all were used. A withheld number is one number.
    pub(super) fn take_try(&self, phone: Option<&Phone>) -> Option<i64> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = Sha256::digest(phone.map_or("", Phone::reveal)).into();
        if known.len() >= STRANGERS_MAX && !known.contains_key(&key) {
            known.clear();
        }
        let tries = known.entry(key).or_default();
        if *tries >= WRONG_PINS_MAX {
            return None;
        }
        *tries += 1;
        Some(*tries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_nobodys_has_five_tries_as_an_officers_has() {
        let strangers = Strangers::default();
        let phone = Phone::parse("9000000001").unwrap();

        let tries: Vec<_> = (0..7).map(|_| strangers.take_try(Some(&phone))).collect();

        assert_eq!(tries, [Some(1), Some(2), Some(3), Some(4), Some(5), None, None]);
        assert_eq!(strangers.take_try(None), Some(1));
    }
}
