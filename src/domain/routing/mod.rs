//! Who answers for a case: the directory as an index, and the walk up the place tree.

use std::collections::HashMap;

use super::{
    directory::{
        Category, Department, Designation, Place, Post, Rows, Rung, Scope, Subcategory, Synonym,
    },
    place::{Code, Level, PlaceCode, PostId},
    suggest,
};

mod called;
mod walk;

pub use walk::{Matter, Routed, Step};

use walk::Seats;

/// Longest chain of places above one another; a deeper tree is a fault of the rows.
pub const DEPTH_MAX: usize = 16;

/// One version of the directory, ready for look-ups. Never changes: a new version is a new index.
#[derive(Debug, Default)]
pub struct Index {
    version: i64,
    places: HashMap<PlaceCode, Place>,
    children: HashMap<PlaceCode, Vec<PlaceCode>>,
    departments: HashMap<Code, Department>,
    designations: HashMap<Code, Designation>,
    categories: Vec<Category>,
    subcategories: HashMap<Code, Subcategory>,
    synonyms: Vec<Synonym>,
    suggestions: suggest::Index,
    rungs: Vec<Rung>,
    posts: HashMap<PostId, Post>,
    seats: Seats,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("place {0} has a parent that is not in the directory, or hangs in a circle")]
    Place(PlaceCode),
    #[error(
        "post {0} names a department, scope, designation or place that is not in the directory"
    )]
    Post(i64),
    #[error("category {0} names a department that is not in the directory")]
    Category(Code),
    #[error("subcategory {0} names a category that is not in the directory")]
    Subcategory(Code),
}

impl Index {
    pub fn build(version: i64, rows: Rows) -> Result<Self, Fault> {
        let mut index = Self { version, ..Self::default() };
        for place in rows.places {
            if let Some(parent) = &place.parent {
                index.children.entry(parent.clone()).or_default().push(place.code.clone());
            }
            index.places.insert(place.code.clone(), place);
        }
        for place in index.places.values() {
            let line = index.line(&place.code);
            let top = line.last().and_then(|code| index.places.get(code));
            if line.len() == DEPTH_MAX || top.is_none_or(|top| top.parent.is_some()) {
                return Err(Fault::Place(place.code.clone()));
            }
        }
        index.departments = by(rows.departments, |row| row.code.clone());
        index.designations = by(rows.designations, |row| row.code.clone());
        for category in &rows.categories {
            if !index.departments.contains_key(&category.department) {
                return Err(Fault::Category(category.code.clone()));
            }
        }
        index.categories = rows.categories;
        for row in &rows.subcategories {
            if index.category(&row.category).is_none() {
                return Err(Fault::Subcategory(row.code.clone()));
            }
        }
        let called = called::matters(&index.categories, &rows.subcategories, &rows.synonyms);
        index.suggestions = suggest::Index::build(called);
        index.subcategories = by(rows.subcategories, |row| row.code.clone());
        index.synonyms = rows.synonyms;
        index.rungs = rows.ladder;
        for post in &rows.posts {
            if !index.fits(post) {
                return Err(Fault::Post(post.id.0));
            }
        }
        index.seats = Seats::new(&index.places, &rows.posts);
        index.posts = rows.posts.into_iter().map(|post| (post.id, post)).collect();
        for children in index.children.values_mut() {
            children.sort_by_key(|code| {
                let key = index.places.get(code).and_then(|place| place.key.clone());
                // "10" comes behind "9", and places without a key behind those with one.
                (key.as_ref().map_or(usize::MAX, String::len), key, code.clone())
            });
        }
        Ok(index)
    }

    pub fn version(&self) -> i64 {
        self.version
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub fn place(&self, code: &PlaceCode) -> Option<&Place> {
        self.places.get(code)
    }

    pub fn department(&self, code: &Code) -> Option<&Department> {
        self.departments.get(code)
    }

    pub fn designation(&self, code: &Code) -> Option<&Designation> {
        self.designations.get(code)
    }

    pub fn category(&self, code: &Code) -> Option<&Category> {
        self.categories.iter().find(|row| row.code == *code)
    }

    /// What a citizen's words may be about, the likeliest first.
    pub fn suggest(&self, words: &str) -> Vec<suggest::Suggestion> {
        self.suggestions.suggest(words)
    }

    /// In the order of the directory.
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// Those that a menu by voice offers, in the order of their keypad keys. Where some have a key, the others are an
    /// agent's to choose: nobody listens to a state's hundred.
    pub fn spoken_categories(&self) -> Vec<&Category> {
        let any_key = self.categories.iter().any(|row| row.key.is_some());
        let mut rows: Vec<_> =
            self.categories.iter().filter(|row| row.key.is_some() || !any_key).collect();
        rows.sort_by_key(|row| (row.key.as_ref().map_or(usize::MAX, String::len), &row.key));
        rows
    }

    pub fn subcategory(&self, code: &Code) -> Option<&Subcategory> {
        self.subcategories.get(code)
    }

    /// Words that stand for categories and subcategories.
    pub fn synonyms(&self) -> &[Synonym] {
        &self.synonyms
    }

    pub fn subcategories(&self) -> impl Iterator<Item = &Subcategory> {
        self.subcategories.values()
    }

    /// Which designations a department's levels have.
    pub fn rungs(&self) -> &[Rung] {
        &self.rungs
    }

    pub fn post(&self, id: PostId) -> Option<&Post> {
        self.posts.get(&id)
    }

    pub fn posts(&self) -> impl Iterator<Item = &Post> {
        self.posts.values()
    }

    /// All places of a kind, as `division`, in the order of their keypad keys.
    pub fn places_of_kind(&self, kind: &str) -> Vec<&Place> {
        let mut places: Vec<_> =
            self.places.values().filter(|place| place.code.kind() == kind).collect();
        places.sort_by_key(|place| {
            (place.key.as_ref().map_or(usize::MAX, String::len), &place.key, &place.code)
        });
        places
    }

    /// The places right below one, in the order of their keypad keys.
    pub fn children(&self, code: &PlaceCode) -> Vec<&Place> {
        let codes = self.children.get(code).map_or(&[][..], Vec::as_slice);
        codes.iter().filter_map(|code| self.places.get(code)).collect()
    }

    /// The place itself and all above it, up to the state; empty for a place that is not known.
    pub fn line(&self, code: &PlaceCode) -> Vec<PlaceCode> {
        let mut line = Vec::new();
        let mut next = self.places.get(code);
        while let Some(place) = next {
            line.push(place.code.clone());
            if line.len() == DEPTH_MAX {
                break;
            }
            next = place.parent.as_ref().and_then(|parent| self.places.get(parent));
        }
        line
    }

    /// The district that a place lies in.
    pub fn district(&self, code: &PlaceCode) -> Option<PlaceCode> {
        self.line(code).into_iter().find(|place| place.kind() == "district")
    }

    /// The last level of a department's ladder.
    pub fn ladder(&self, department: &Code) -> Level {
        self.departments.get(department).map_or(Level::FIRST, |row| row.ladder)
    }

    fn fits(&self, post: &Post) -> bool {
        let scope = match &post.scope {
            Scope::Department => true,
            Scope::Category(code) => {
                self.category(code).is_some_and(|row| row.department == post.department)
            }
            Scope::Subcategory(code) => self
                .subcategory(code)
                .and_then(|row| self.category(&row.category))
                .is_some_and(|row| row.department == post.department),
        };
        scope
            && self.departments.contains_key(&post.department)
            && self.designations.contains_key(&post.designation)
            && self.places.contains_key(&post.place)
    }
}

fn by<T>(rows: Vec<T>, code: impl Fn(&T) -> Code) -> HashMap<Code, T> {
    rows.into_iter().map(|row| (code(&row), row)).collect()
}

#[cfg(test)]
pub(crate) mod tests;
