//! The rows of the directory as an import brings them and the store keeps them, one version at a time.

use super::{
    language::Language,
    place::{Code, Level, PlaceCode, PostId},
};

/// One whole version; `routing::Index` is built from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    pub places: Vec<Place>,
    pub departments: Vec<Department>,
    pub designations: Vec<Designation>,
    pub posts: Vec<Post>,
    pub categories: Vec<Category>,
    pub subcategories: Vec<Subcategory>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    pub hi: String,
    pub en: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub code: PlaceCode,
    /// None for the root, the state.
    pub parent: Option<PlaceCode>,
    /// The keypad key among its siblings.
    pub key: Option<String>,
    pub names: Names,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Department {
    pub code: Code,
    pub names: Names,
    /// The last level of its ladder.
    pub ladder: Level,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Designation {
    pub code: Code,
    pub names: Names,
}

/// An office at a place; its id stays the same from version to version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    pub id: PostId,
    pub department: Code,
    pub level: Level,
    pub designation: Code,
    pub place: PlaceCode,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    pub code: Code,
    pub department: Code,
    /// The keypad key.
    pub key: Option<String>,
    pub names: Names,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subcategory {
    pub code: Code,
    pub category: Code,
    pub names: Names,
}

impl Names {
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::Hindi => &self.hi,
            Language::English => &self.en,
        }
    }
}
