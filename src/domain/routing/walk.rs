//! The walk from a case's matter and place to a post: interned codes, so that a look-up costs no more in a large state.

use std::collections::HashMap;

use super::{Index, Place, Post};
use crate::domain::{
    directory::Scope,
    place::{Code, Level, PlaceCode, PostId},
};

/// What a case is about, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub struct Matter<'a> {
    pub department: &'a Code,
    pub category: Option<&'a Code>,
    pub subcategory: Option<&'a Code>,
}

/// A post that was found, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routed {
    pub post: PostId,
    pub level: Level,
    /// What the post answers for: the most specific that there is.
    pub scope: Scope,
    /// Where the post sits.
    pub place: PlaceCode,
    pub designation: Code,
    /// Levels below it at which no post was found, each a row `NO_POST`.
    pub without_post: Vec<Level>,
    /// Places below it that had no post of the level and scope.
    pub walked: Vec<PlaceCode>,
}

/// One look at one place, for the answer to why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub level: Level,
    pub scope: Scope,
    pub place: PlaceCode,
    pub found: Option<PostId>,
}

/// Posts by scope, place and level; all codes are numbers.
#[derive(Debug, Default)]
pub(super) struct Seats {
    places: HashMap<PlaceCode, u32>,
    /// By number: the code, and the place above.
    above: Vec<(PlaceCode, Option<u32>)>,
    departments: HashMap<Code, u32>,
    categories: HashMap<Code, u32>,
    subcategories: HashMap<Code, u32>,
    /// The post whose code comes first.
    posts: HashMap<(u32, u32, u8), PostId>,
}

impl<'a> From<&'a Code> for Matter<'a> {
    fn from(department: &'a Code) -> Self {
        Self { department, category: None, subcategory: None }
    }
}

impl Seats {
    pub(super) fn new(places: &HashMap<PlaceCode, Place>, posts: &[Post]) -> Self {
        let mut seats = Self::default();
        for code in places.keys() {
            let number = number(seats.places.len());
            seats.places.insert(code.clone(), number);
            seats.above.push((code.clone(), None));
        }
        for place in places.values() {
            let parent = place.parent.as_ref().and_then(|parent| seats.places.get(parent));
            seats.above[seats.places[&place.code] as usize].1 = parent.copied();
        }
        let mut sorted: Vec<_> = posts.iter().collect();
        sorted.sort_unstable_by(|a, b| (&a.code, a.id).cmp(&(&b.code, b.id)));
        let mut scopes = 0;
        for post in sorted {
            let (of_kind, code) = match &post.scope {
                Scope::Department => (&mut seats.departments, &post.department),
                Scope::Category(code) => (&mut seats.categories, code),
                Scope::Subcategory(code) => (&mut seats.subcategories, code),
            };
            let scope = *of_kind.entry(code.clone()).or_insert_with(|| {
                scopes += 1;
                scopes
            });
            let seat = (scope, seats.places[&post.place], post.level.0);
            seats.posts.entry(seat).or_insert(post.id);
        }
        seats
    }

    /// From the most specific to the department; kinds that no post has are left out.
    fn scopes(&self, matter: Matter<'_>) -> [Option<u32>; 3] {
        [
            matter.subcategory.and_then(|code| self.subcategories.get(code).copied()),
            matter.category.and_then(|code| self.categories.get(code).copied()),
            self.departments.get(matter.department).copied(),
        ]
    }

    fn line(&self, place: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(place), |at| self.above[*at as usize].1)
    }

    fn code(&self, place: u32) -> &PlaceCode {
        &self.above[place as usize].0
    }
}

impl Index {
    /// The post of this level, or of the next one that has any: the most specific scope first, and of it the post
    /// nearest to the place going up the tree.
    pub fn route<'a>(
        &self,
        matter: impl Into<Matter<'a>>,
        place: &PlaceCode,
        from: Level,
    ) -> Option<Routed> {
        let matter = matter.into();
        let start = *self.seats.places.get(place)?;
        let scopes = self.seats.scopes(matter);
        let mut without_post = Vec::new();
        for level in from.0..=self.ladder(matter.department).0 {
            for scope in scopes.into_iter().flatten() {
                for (walked, at) in self.seats.line(start).enumerate() {
                    let Some(post) = self.seats.posts.get(&(scope, at, level)) else { continue };
                    let found = &self.posts[post];
                    let passed = self.seats.line(start).take(walked);
                    return Some(Routed {
                        post: *post,
                        level: Level(level),
                        scope: found.scope.clone(),
                        place: found.place.clone(),
                        designation: found.designation.clone(),
                        without_post,
                        walked: passed.map(|at| self.seats.code(at).clone()).collect(),
                    });
                }
            }
            without_post.push(Level(level));
        }
        None
    }

    /// Every look of [`Self::route`], in its order, up to the one that found a post.
    pub fn steps<'a>(
        &self,
        matter: impl Into<Matter<'a>>,
        place: &PlaceCode,
        from: Level,
    ) -> Vec<Step> {
        let matter = matter.into();
        let Some(&start) = self.seats.places.get(place) else { return Vec::new() };
        let named = [
            matter.subcategory.map(|code| Scope::Subcategory(code.clone())),
            matter.category.map(|code| Scope::Category(code.clone())),
            Some(Scope::Department),
        ];
        let numbers = self.seats.scopes(matter);
        let mut steps = Vec::new();
        for level in from.0..=self.ladder(matter.department).0 {
            for (scope, number) in named.iter().zip(numbers) {
                let Some(scope) = scope else { continue };
                for at in self.seats.line(start) {
                    let seat = number.map(|scope| (scope, at, level));
                    let found = seat.and_then(|seat| self.seats.posts.get(&seat).copied());
                    steps.push(Step {
                        level: Level(level),
                        scope: scope.clone(),
                        place: self.seats.code(at).clone(),
                        found,
                    });
                    if found.is_some() {
                        return steps;
                    }
                }
            }
        }
        steps
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).expect("an import is limited to far fewer places")
}
