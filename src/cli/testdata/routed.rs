//! Does every case of the samples find its first officer?

use super::{
    officers,
    tests::{made, table},
};
use crate::domain::{
    directory::{Category, Department, Designation, Names, Place, Post, Rows, Scope},
    place::{Code, Level, PlaceCode, PostCode, PostId},
    routing::{Index, Matter},
};

fn index(state: &str) -> Index {
    let code = |row: &super::tests::Row| Code::new(&row["code"]);
    let post = |(n, post): (usize, officers::Post)| Post {
        id: PostId(n as i64 + 1),
        code: PostCode(post.code),
        department: Code::new(&post.department),
        scope: match post.category.as_str() {
            "" => Scope::Department,
            category => Scope::Category(Code::new(category)),
        },
        level: Level(post.level),
        designation: Code::new(&post.designation),
        place: PlaceCode::new(&post.place),
    };
    let rows = Rows {
        places: table(state, "places")
            .iter()
            .map(|row| Place {
                code: PlaceCode(format!("{}:{}", row["kind"], row["code"])),
                parent: Some(&row["parent"]).filter(|it| !it.is_empty()).map(PlaceCode::new),
                key: None,
                names: Names::default(),
            })
            .collect(),
        departments: table(state, "departments")
            .iter()
            .map(|row| Department { code: code(row), names: Names::default(), ladder: Level(4) })
            .collect(),
        designations: table(state, "designations")
            .iter()
            .map(|row| Designation { code: code(row), names: Names::default() })
            .collect(),
        categories: table(state, "categories")
            .iter()
            .map(|row| Category {
                code: code(row),
                department: Code::new(&row["department"]),
                key: None,
                names: Names::default(),
            })
            .collect(),
        posts: made(state).posts.into_iter().enumerate().map(post).collect(),
        ..Rows::default()
    };
    Index::build(1, rows).unwrap()
}

#[test]
fn every_category_finds_a_level_1_post_from_every_place_within_a_district() {
    for (state, below) in [("mp", 928), ("rj", 100)] {
        let index = index(state);
        let kinds =
            ["district", "subdistrict", "block", "urban_body", "subdivision", "panchayat_samiti"];
        let places: Vec<_> = kinds.iter().flat_map(|kind| index.places_of_kind(kind)).collect();
        assert_eq!(places.len(), below);
        for category in index.categories() {
            for place in &places {
                let matter = Matter {
                    department: &category.department,
                    category: Some(&category.code),
                    subcategory: None,
                };
                let routed = index.route(matter, &place.code, Level(1));
                let level = routed.map(|routed| routed.level);
                assert_eq!(level, Some(Level(1)), "{} at {}", category.code, place.code);
            }
        }
    }
}

#[test]
fn a_post_for_one_category_takes_its_cases_before_the_departments() {
    let index = index("mp");
    let found = |category: &str| {
        let (department, category) = (Code::new("energy"), Code::new(category));
        let matter =
            Matter { department: &department, category: Some(&category), subcategory: None };
        let routed = index.route(matter, &PlaceCode::new("subdistrict:3580"), Level(1)).unwrap();
        routed.designation.0
    };

    assert_eq!(found("electricity"), "junior_engineer");
    assert_eq!(found("electricity_farm"), "assistant_engineer");
}
