//! What each category and subcategory is called, for the suggestions: its names and its synonyms.

use std::collections::HashMap;

use crate::domain::{
    directory::{Category, Matter, Names, Subcategory, Synonym},
    suggest,
};

pub(super) fn matters(
    categories: &[Category],
    subcategories: &[Subcategory],
    synonyms: &[Synonym],
) -> Vec<suggest::Matter> {
    let mut words: HashMap<&Matter, Vec<String>> = HashMap::new();
    for synonym in synonyms {
        words.entry(&synonym.of).or_default().push(synonym.word.clone());
    }
    let called = |of: Matter, names: &Names| {
        let mut called = vec![names.hi.clone(), names.en.clone()];
        called.extend(words.get(&of).into_iter().flatten().cloned());
        called
    };
    let of_categories = categories.iter().map(|row| suggest::Matter {
        category: row.code.clone(),
        subcategory: None,
        called: called(Matter::Category(row.code.clone()), &row.names),
    });
    let of_subcategories = subcategories.iter().map(|row| suggest::Matter {
        category: row.category.clone(),
        subcategory: Some(row.code.clone()),
        called: called(Matter::Subcategory(row.code.clone()), &row.names),
    });
    of_categories.chain(of_subcategories).collect()
}
