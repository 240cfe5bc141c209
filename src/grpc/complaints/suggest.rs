//! Prints suggestions of a category.

use helpline_proto::v1;

use crate::{
    app::cases::Suggested,
    domain::suggest::{How, Matched},
};

pub fn print(suggested: Suggested) -> v1::CategorySuggestion {
    v1::CategorySuggestion {
        department: suggested.department.0,
        category: suggested.category.0,
        subcategory: suggested.subcategory.map(|code| code.0).unwrap_or_default(),
        category_name_hi: suggested.category_names.hi,
        category_name_en: suggested.category_names.en,
        subcategory_name_hi: suggested.subcategory_names.hi,
        subcategory_name_en: suggested.subcategory_names.en,
        matched: suggested.matched.into_iter().map(matched).collect(),
    }
}

fn matched(matched: Matched) -> v1::MatchedWord {
    let kind = match matched.how {
        How::Same => v1::MatchKind::Same,
        How::Sound => v1::MatchKind::Sound,
        How::Near => v1::MatchKind::Near,
        How::Beginning => v1::MatchKind::Beginning,
    };
    v1::MatchedWord { typed: matched.typed, word: matched.word, kind: kind.into() }
}
