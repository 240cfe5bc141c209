//! The languages a citizen may choose.

use super::words;

words! {
    #[derive(serde::Serialize, serde::Deserialize)]
    pub enum Language {
        Hindi = "hi",
        English = "en",
    }
}
