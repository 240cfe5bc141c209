//! The fields that the conversations ask, by kind.

use super::{
    Field, NO_INPUT_MAX,
    collect::{Keys, MENU, NUMBER, Wanted},
};
use crate::dialogue::Speech;

/// Keys this soon after a weighty question are the bounce of the key before.
const DEAF_MS: u64 = 600;

impl Field {
    /// One key of a menu.
    pub(crate) fn menu(question: &'static str, keys: Keys, prompt: Vec<Speech>) -> Self {
        Self {
            question,
            prompt,
            again: None,
            wanted: Wanted::One(keys),
            times: MENU,
            silences_max: NO_INPUT_MAX,
            deaf_ms: 0,
        }
    }

    /// One key that decides about a case: never typed ahead, never a bounce.
    pub(crate) fn weighty(question: &'static str, keys: Keys, prompt: Vec<Speech>) -> Self {
        Self { deaf_ms: DEAF_MS, ..Self::menu(question, keys, prompt) }
    }

    pub(crate) fn digits(
        question: &'static str,
        least: usize,
        most: usize,
        prompt: Vec<Speech>,
    ) -> Self {
        Self {
            wanted: Wanted::Digits { least, most },
            times: NUMBER,
            ..Self::menu(question, Keys::default(), prompt)
        }
    }

    #[must_use]
    pub(crate) fn then_shorter(self, again: Vec<Speech>) -> Self {
        Self { again: Some(again), ..self }
    }

    /// Silence is an answer too: it is not asked again.
    #[must_use]
    pub(crate) fn asked_once(self) -> Self {
        Self { silences_max: 1, ..self }
    }
}
