//! What a citizen's words may be about, for whoever registers them.

use super::{App, Result, WORDS_CHARS_MAX, short};
use crate::domain::{
    actor::Actor,
    directory::Names,
    permissions::{self, Act, Object},
    place::Code,
    suggest::Matched,
};

#[derive(Clone, Debug)]
pub struct Suggested {
    pub department: Code,
    pub category: Code,
    pub subcategory: Option<Code>,
    pub category_names: Names,
    /// Empty without a subcategory.
    pub subcategory_names: Names,
    pub matched: Vec<Matched>,
}

/// The likeliest first; empty when the directory knows none of the words. Nothing of them is kept.
pub fn suggest(app: &App, by: &Actor, words: &str) -> Result<Vec<Suggested>> {
    permissions::may(by, Act::Register, Object::Nothing)?;
    short("words", words, WORDS_CHARS_MAX)?;
    let index = app.index();
    let suggested = index.suggest(words).into_iter().filter_map(|it| {
        let category = index.category(&it.category)?;
        let subcategory = it.subcategory.as_ref().and_then(|code| index.subcategory(code));
        Some(Suggested {
            department: category.department.clone(),
            category_names: category.names.clone(),
            subcategory_names: subcategory.map(|row| row.names.clone()).unwrap_or_default(),
            category: it.category,
            subcategory: it.subcategory,
            matched: it.matched,
        })
    });
    Ok(suggested.collect())
}
