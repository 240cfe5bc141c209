//! The directory as an import brings it and the store keeps it: rows in versions, persons over dated periods, terms.

pub mod check;
pub mod diff;
mod keys;
pub mod lgd;
pub mod print;
pub mod read;
pub(super) mod row;
pub mod sheet;
pub mod terms;

#[cfg(test)]
mod tests;

use super::{
    language::Language,
    phone::Phone,
    place::{Code, Level, PlaceCode, PostCode, PostId},
    time::{Day, Timestamp},
    words,
};

/// All of it, as files hold it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    pub rows: Rows,
    pub people: People,
    pub terms: Terms,
}

/// One whole version; `routing::Index` is built from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    pub places: Vec<Place>,
    pub departments: Vec<Department>,
    pub designations: Vec<Designation>,
    pub ladder: Vec<Rung>,
    pub categories: Vec<Category>,
    pub subcategories: Vec<Subcategory>,
    pub synonyms: Vec<Synonym>,
    pub posts: Vec<Post>,
    pub holidays: Vec<Holiday>,
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

/// A designation that a level of a department's ladder has; several may share a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    pub department: Code,
    pub level: Level,
    pub designation: Code,
}

/// An office at a place; its id stays the same from version to version, by its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    pub id: PostId,
    pub code: PostCode,
    pub department: Code,
    pub scope: Scope,
    pub level: Level,
    pub designation: Code,
    pub place: PlaceCode,
}

/// What of its department a post answers for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    Subcategory(Code),
    Category(Code),
    Department,
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

/// A word or phrase, in either script, that stands for a category or a subcategory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synonym {
    pub of: Matter,
    pub word: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Matter {
    Category(Code),
    Subcategory(Code),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    pub day: Day,
    pub names: Names,
}

/// Who holds what, over dated periods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    pub officers: Vec<Officer>,
    pub holders: Vec<Held>,
    pub leave: Vec<Leave>,
}

/// A person who holds posts: an account of role `OFFICER`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Officer {
    /// Lower case.
    pub login: String,
    pub names: Names,
    /// Personal data: sealed at rest.
    pub mobile: Option<Phone>,
    pub active_from: Option<Timestamp>,
    pub active_until: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub post: PostCode,
    pub login: String,
    pub from: Timestamp,
    pub until: Option<Timestamp>,
    pub kind: Charge,
}

words! {
    /// How a post is held.
    pub enum Charge {
        Regular = "REGULAR",
        /// Charge of another's post beside one's own.
        Additional = "ADDITIONAL",
    }
}

/// A period of absence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leave {
    pub login: String,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// The part of the policy that the files hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    pub limits: Vec<Days>,
    pub holidays: Counting,
    pub l3_to_l4: Rise,
}

/// How many days the officers of a level have; None fits all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Days {
    pub department: Option<Code>,
    pub subcategory: Option<Code>,
    pub level: Option<Level>,
    pub days: i64,
}

words! {
    /// Do holidays run on the clock (R05)?
    #[derive(Default)]
    pub enum Counting {
        #[default]
        Count = "COUNT",
        Skip = "SKIP",
    }
}

words! {
    /// How a case comes from level 3 to level 4 (rule book 1.2).
    #[derive(Default, serde::Serialize, serde::Deserialize)]
    pub enum Rise {
        #[default]
        Automatic = "AUTOMATIC",
        Manual = "MANUAL",
    }
}

impl Names {
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::Hindi => &self.hi,
            Language::English => &self.en,
        }
    }

    /// The English name, or else the Hindi one.
    pub fn any(&self) -> &str {
        if self.en.is_empty() { &self.hi } else { &self.en }
    }
}

impl Scope {
    /// `subcategory:power_cut`, `category:electricity` or `department`.
    pub fn print(&self) -> String {
        match self {
            Self::Subcategory(code) => format!("subcategory:{code}"),
            Self::Category(code) => format!("category:{code}"),
            Self::Department => "department".to_owned(),
        }
    }
}
