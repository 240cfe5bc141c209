//! Every fixed prompt the dialogues speak: its key and the exact wording in both languages. `audio/prompts.toml` renders these tables.

/// One fixed prompt. The number to press is part of the wording; a name or a number that varies is a clip of its own after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prompt {
    pub key: &'static str,
    pub hindi: &'static str,
    pub english: &'static str,
}

// The consts and the table must never disagree, so one place writes both.
macro_rules! prompts {
    ($($name:ident = $key:literal, hi $hindi:literal, en $english:literal;)*) => {
        $(pub const $name: &str = $key;)*
        pub(super) const TABLE: &[Prompt] = &[$(Prompt { key: $key, hindi: $hindi, english: $english }),*];
    };
}

mod answers;
mod citizen;
mod incident;
mod officer;
mod queue;
mod verification;

pub use answers::*;
pub use citizen::*;
pub use incident::*;
pub use officer::*;
pub use queue::*;
pub use verification::*;

/// Every fixed prompt; the numbers are in `NUMBERS` and `SCALES`.
pub fn all() -> impl Iterator<Item = &'static Prompt> {
    let tables = [
        citizen::TABLE,
        incident::TABLE,
        queue::TABLE,
        officer::TABLE,
        answers::TABLE,
        verification::TABLE,
    ];
    tables.into_iter().flatten()
}

/// The whole numbers 0 to 99: each is a clip of its own, for Hindi has no rule that builds them.
pub const NUMBERS: [&str; 100] = [
    "n_0", "n_1", "n_2", "n_3", "n_4", "n_5", "n_6", "n_7", "n_8", "n_9", "n_10", "n_11", "n_12",
    "n_13", "n_14", "n_15", "n_16", "n_17", "n_18", "n_19", "n_20", "n_21", "n_22", "n_23", "n_24",
    "n_25", "n_26", "n_27", "n_28", "n_29", "n_30", "n_31", "n_32", "n_33", "n_34", "n_35", "n_36",
    "n_37", "n_38", "n_39", "n_40", "n_41", "n_42", "n_43", "n_44", "n_45", "n_46", "n_47", "n_48",
    "n_49", "n_50", "n_51", "n_52", "n_53", "n_54", "n_55", "n_56", "n_57", "n_58", "n_59", "n_60",
    "n_61", "n_62", "n_63", "n_64", "n_65", "n_66", "n_67", "n_68", "n_69", "n_70", "n_71", "n_72",
    "n_73", "n_74", "n_75", "n_76", "n_77", "n_78", "n_79", "n_80", "n_81", "n_82", "n_83", "n_84",
    "n_85", "n_86", "n_87", "n_88", "n_89", "n_90", "n_91", "n_92", "n_93", "n_94", "n_95", "n_96",
    "n_97", "n_98", "n_99",
];

/// The months, as dates are said: the day's number, then the month.
pub const MONTHS: [&str; 12] = [
    "month_1", "month_2", "month_3", "month_4", "month_5", "month_6", "month_7", "month_8",
    "month_9", "month_10", "month_11", "month_12",
];

/// What larger numbers are built with, after a number of 0 to 99.
pub const SCALES: [&str; 4] = ["n_hundred", "n_thousand", "n_lakh", "n_crore"];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_key_is_unique_snake_case() {
        let mut seen = HashSet::new();

        let keys = all().map(|prompt| prompt.key);

        for key in keys.chain(NUMBERS).chain(SCALES) {
            assert!(seen.insert(key), "{key} stands twice");
            assert!(
                key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
                "{key}"
            );
        }
    }

    #[test]
    fn every_prompt_has_words_in_both_languages() {
        for prompt in all() {
            assert!(!prompt.hindi.is_empty() && !prompt.english.is_empty(), "{}", prompt.key);
            if !prompt.hindi.starts_with('(') {
                assert!(
                    prompt.hindi.chars().any(|c| ('\u{0900}'..='\u{097f}').contains(&c)),
                    "{}",
                    prompt.key
                );
            }
        }
    }

    #[test]
    fn numbers_stand_at_their_own_index() {
        for (value, key) in NUMBERS.iter().enumerate() {
            assert_eq!(*key, format!("n_{value}"));
        }
    }
}
