//! Suggestions of a category for a citizen's words.

use helpline_proto::v1;
use serde_json::{Value, json};

use crate::cli::{client::Connection, error::Result, print};

pub async fn run(connection: &Connection, json: bool, words: String) -> Result<()> {
    let request = v1::SuggestCategoryRequest { words };
    let found = connection.complaints().suggest_category(request).await?.into_inner().suggestions;
    if found.is_empty() {
        eprintln!("note: the directory knows none of these words");
    }
    print::out(json, || found.iter().map(value).collect(), || table(&found));
    Ok(())
}

fn value(suggestion: &v1::CategorySuggestion) -> Value {
    json!({
        "department": suggestion.department,
        "category": suggestion.category,
        "subcategory": suggestion.subcategory,
        "category_name_hi": suggestion.category_name_hi,
        "category_name_en": suggestion.category_name_en,
        "subcategory_name_hi": suggestion.subcategory_name_hi,
        "subcategory_name_en": suggestion.subcategory_name_en,
        "matched": suggestion.matched.iter().map(|word| json!({
            "typed": word.typed,
            "word": word.word,
            "kind": print::word(word.kind().as_str_name(), "MATCH_KIND_"),
        })).collect::<Vec<_>>(),
    })
}

fn table(found: &[v1::CategorySuggestion]) -> String {
    let rows = found.iter().map(|suggestion| {
        let name = if suggestion.subcategory.is_empty() {
            &suggestion.category_name_en
        } else {
            &suggestion.subcategory_name_en
        };
        let why = suggestion.matched.iter().map(|it| format!("{} = {}", it.typed, it.word));
        [
            suggestion.category.clone(),
            suggestion.subcategory.clone(),
            name.clone(),
            why.collect::<Vec<_>>().join(", "),
        ]
    });
    print::table(["CATEGORY", "SUBCATEGORY", "NAME", "BECAUSE"], rows)
}
