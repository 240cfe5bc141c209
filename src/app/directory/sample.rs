//! Reads the small directory that the demonstration loads: one TOML file.

use std::{collections::HashMap, sync::Arc};

use serde::Deserialize;

use super::refresh;
use crate::{
    app::{App, Error, Result},
    domain::{
        actor::Actor,
        directory::{
            Category, Department, Designation, Matter, Names, Place, Post, Rows, Rung, Scope,
            Subcategory, Synonym,
        },
        permissions::{self, Act, Object},
        place::{Code, Level, PlaceCode, PostCode, PostId},
        routing::Index,
    },
    store::{directory as stored, posts},
};

/// Imports a directory in the sample's form as the next version and makes it live.
pub async fn import(app: &App, by: &Actor, text: &str) -> Result<i64> {
    permissions::may(by, Act::Directory, Object::Nothing)?;
    let mut rows = parse(text)?;
    let codes = rows.posts.iter().map(|post| post.code.clone()).collect();
    let ids = posts::ids(&app.store.writer, codes).await?;
    for (post, id) in rows.posts.iter_mut().zip(ids) {
        post.id = id;
    }
    // Rows that do not fit together are refused before they are written.
    Index::build(0, rows.clone()).map_err(Error::internal)?;
    let (writer, now) = (&app.store.writer, app.now());
    let base = stored::live_version(&app.store.db).await?.unwrap_or_default();
    let version = stored::begin(writer, base, now).await?;
    stored::fill::fill(writer, version, &Arc::new(rows), &|_| {}).await?;
    let facts = format!(r#"{{"version":{version}}}"#);
    stored::flip(writer, by, version, facts, now).await?;
    refresh(app).await?;
    Ok(version)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    place: Vec<SamplePlace>,
    department: Vec<Named>,
    designation: Vec<Named>,
    post: Vec<SamplePost>,
    category: Vec<SampleCategory>,
    subcategory: Vec<SampleSubcategory>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SamplePlace {
    kind: String,
    code: String,
    parent: Option<String>,
    key: Option<String>,
    name_hi: String,
    name_en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    code: String,
    name_hi: String,
    name_en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SamplePost {
    department: String,
    level: u8,
    designation: String,
    sits_at: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleCategory {
    code: String,
    department: String,
    key: Option<String>,
    name_hi: String,
    name_en: String,
    /// What a prompt says before "press N": the sound catalogue's matter.
    #[serde(rename = "spoken_hi")]
    _spoken_hi: Option<String>,
    #[serde(rename = "spoken_en")]
    _spoken_en: Option<String>,
    /// What else an agent may type for it.
    #[serde(default)]
    called: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleSubcategory {
    code: String,
    category: String,
    name_hi: String,
    name_en: String,
    #[serde(default)]
    called: Vec<String>,
}

/// Reads a sample; the posts get their ids later.
fn parse(text: &str) -> Result<Rows> {
    let sample: Sample = toml::from_str(text).map_err(Error::internal)?;
    let codes: HashMap<&str, PlaceCode> = sample
        .place
        .iter()
        .map(|place| (place.code.as_str(), PlaceCode(format!("{}:{}", place.kind, place.code))))
        .collect();
    let mut posts = Vec::new();
    for post in &sample.post {
        for place in sample.place.iter().filter(|place| place.kind == post.sits_at) {
            posts.push(Post {
                id: PostId(0),
                code: PostCode(format!(
                    "{}-l{}-{}-{}:{}",
                    post.department, post.level, post.designation, place.kind, place.code
                )),
                department: Code::new(&post.department),
                scope: Scope::Department,
                level: Level(post.level),
                designation: Code::new(&post.designation),
                place: codes[place.code.as_str()].clone(),
            });
        }
    }
    let ladder = |department: &str| {
        let levels = sample.post.iter().filter(|post| post.department == department);
        Level(levels.map(|post| post.level).max().unwrap_or(1))
    };
    let mut places = Vec::new();
    for place in &sample.place {
        let parent = match &place.parent {
            Some(parent) => {
                let known = codes.get(parent.as_str());
                let why = "a parent that is not in the file";
                Some(known.ok_or(Error::Invalid { field: "place", why })?.clone())
            }
            None => None,
        };
        places.push(Place {
            code: codes[place.code.as_str()].clone(),
            parent,
            key: place.key.clone(),
            names: names(&place.name_hi, &place.name_en),
        });
    }
    let mut rungs: Vec<_> = sample
        .post
        .iter()
        .map(|post| Rung {
            department: Code::new(&post.department),
            level: Level(post.level),
            designation: Code::new(&post.designation),
        })
        .collect();
    rungs.sort_by_key(|rung| (rung.department.clone(), rung.level, rung.designation.clone()));
    rungs.dedup();
    Ok(Rows {
        places,
        ladder: rungs,
        synonyms: synonyms(&sample),
        holidays: Vec::new(),
        departments: sample
            .department
            .iter()
            .map(|row| Department {
                code: Code::new(&row.code),
                names: names(&row.name_hi, &row.name_en),
                ladder: ladder(&row.code),
            })
            .collect(),
        designations: sample
            .designation
            .iter()
            .map(|row| Designation {
                code: Code::new(&row.code),
                names: names(&row.name_hi, &row.name_en),
            })
            .collect(),
        posts,
        categories: sample
            .category
            .iter()
            .map(|row| Category {
                code: Code::new(&row.code),
                department: Code::new(&row.department),
                key: row.key.clone(),
                names: names(&row.name_hi, &row.name_en),
            })
            .collect(),
        subcategories: sample
            .subcategory
            .iter()
            .map(|row| Subcategory {
                code: Code::new(&row.code),
                category: Code::new(&row.category),
                names: names(&row.name_hi, &row.name_en),
            })
            .collect(),
    })
}

fn synonyms(sample: &Sample) -> Vec<Synonym> {
    let of_categories = sample.category.iter().flat_map(|row| {
        let of = Matter::Category(Code::new(&row.code));
        row.called.iter().map(move |word| Synonym { of: of.clone(), word: word.clone() })
    });
    let of_subcategories = sample.subcategory.iter().flat_map(|row| {
        let of = Matter::Subcategory(Code::new(&row.code));
        row.called.iter().map(move |word| Synonym { of: of.clone(), word: word.clone() })
    });
    of_categories.chain(of_subcategories).collect()
}

fn names(hi: &str, en: &str) -> Names {
    Names { hi: hi.to_owned(), en: en.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/sample/demo.toml"));

    fn index() -> Index {
        let mut rows = parse(SAMPLE).unwrap();
        for (n, post) in rows.posts.iter_mut().enumerate() {
            post.id = PostId(n as i64 + 1);
        }
        Index::build(1, rows).unwrap()
    }

    #[test]
    fn the_sample_gives_energy_the_ladder_of_the_rule_book() {
        let index = index();
        let designations: Vec<_> = (1..=4)
            .map(|level| {
                let place = PlaceCode::new("block:phanda");
                let routed = index.route(&Code::new("energy"), &place, Level(level)).unwrap();
                assert_eq!(routed.level, Level(level));
                routed.designation.0
            })
            .collect();

        assert_eq!(
            designations,
            ["junior_engineer", "executive_engineer", "superintending_engineer", "chief_engineer"]
        );
        let of_the_district =
            index.route(&Code::new("energy"), &PlaceCode::new("district:396"), Level(1)).unwrap();
        assert_eq!(of_the_district.designation, Code::new("assistant_engineer"));
    }

    #[test]
    fn every_category_reaches_a_first_level_post_in_every_district() {
        let index = index();

        for district in index.places_of_kind("district") {
            for category in index.categories() {
                let routed = index.route(&category.department, &district.code, Level(1)).unwrap();
                assert_eq!(routed.level, Level(1), "{} {}", category.code, district.code);
            }
        }
    }

    #[test]
    fn a_sample_with_an_unknown_parent_is_refused() {
        let text = SAMPLE.replacen("parent = \"23\"", "parent = \"99\"", 1);

        assert!(matches!(parse(&text), Err(Error::Invalid { field: "place", .. })));
    }
}
