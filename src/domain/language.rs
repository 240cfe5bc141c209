//! The languages a citizen may choose.

use super::words;

words! {
    pub enum Language {
        Hindi = "hi",
        English = "en",
    }
}
