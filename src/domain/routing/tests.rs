//! A small directory, and the walks through it.

use super::*;
use crate::domain::directory::Names;

fn place(code: &str, parent: Option<&str>) -> Place {
    Place {
        code: PlaceCode::new(code),
        parent: parent.map(PlaceCode::new),
        key: None,
        names: Names::default(),
    }
}

fn post(id: i64, level: u8, designation: &str, place: &str) -> Post {
    Post {
        id: PostId(id),
        department: Code::new("energy"),
        level: Level(level),
        designation: Code::new(designation),
        place: PlaceCode::new(place),
    }
}

/// Energy's ladder over one state, one division, two districts and one block.
pub(crate) fn rows() -> Rows {
    let designations = ["je", "ae", "ee", "se", "ce"];
    Rows {
        places: vec![
            place("state:23", None),
            place("division:bhopal", Some("state:23")),
            place("district:396", Some("division:bhopal")),
            place("district:427", Some("division:bhopal")),
            place("block:phanda", Some("district:396")),
            place("block:berasia", Some("district:396")),
        ],
        departments: vec![
            Department { code: Code::new("energy"), names: Names::default(), ladder: Level(4) },
            Department { code: Code::new("empty"), names: Names::default(), ladder: Level(4) },
        ],
        designations: designations
            .map(|code| Designation { code: Code::new(code), names: Names::default() })
            .to_vec(),
        posts: vec![
            post(1, 1, "je", "block:phanda"),
            post(2, 1, "ae", "district:396"),
            post(3, 2, "ee", "district:396"),
            post(4, 3, "se", "division:bhopal"),
            post(5, 4, "ce", "state:23"),
            post(6, 2, "ee", "district:427"),
        ],
        categories: vec![Category {
            code: Code::new("electricity"),
            department: Code::new("energy"),
            key: Some("1".to_owned()),
            names: Names::default(),
        }],
        subcategories: vec![Subcategory {
            code: Code::new("power_cut"),
            category: Code::new("electricity"),
            names: Names::default(),
        }],
    }
}

pub(crate) fn index() -> Index {
    Index::build(1, rows()).unwrap()
}

fn found(place: &str, from: u8) -> Option<(i64, u8, Vec<Level>)> {
    index()
        .route(&Code::new("energy"), &PlaceCode::new(place), Level(from))
        .map(|routed| (routed.post.0, routed.level.0, routed.without_post))
}

#[test]
fn the_post_nearest_to_the_place_takes_the_case() {
    assert_eq!(found("block:phanda", 1), Some((1, 1, vec![])));
    assert_eq!(found("block:berasia", 1), Some((2, 1, vec![])));
    assert_eq!(found("district:396", 1), Some((2, 1, vec![])));
    assert_eq!(found("block:phanda", 3), Some((4, 3, vec![])));
}

#[test]
fn a_level_without_a_post_is_passed_and_named() {
    assert_eq!(found("district:427", 1), Some((6, 2, vec![Level(1)])));
}

#[test]
fn nobody_at_all_is_no_route() {
    let index = index();

    assert_eq!(index.route(&Code::new("empty"), &PlaceCode::new("block:phanda"), Level(1)), None);
    assert_eq!(index.route(&Code::new("energy"), &PlaceCode::new("block:x"), Level(1)), None);
    assert_eq!(found("block:phanda", 5), None);
}

#[test]
fn the_walk_names_the_places_that_it_passed() {
    let routed =
        index().route(&Code::new("energy"), &PlaceCode::new("block:berasia"), Level(2)).unwrap();

    assert_eq!(routed.walked, [PlaceCode::new("block:berasia")]);
    assert_eq!(routed.place, PlaceCode::new("district:396"));
    assert_eq!(routed.designation, Code::new("ee"));
}

#[test]
fn rows_that_do_not_fit_together_are_refused() {
    let mut circle = rows();
    circle.places[0].parent = Some(PlaceCode::new("block:phanda"));
    assert!(matches!(Index::build(1, circle), Err(Fault::Place(_))));

    let mut orphan = rows();
    orphan.places[1].parent = Some(PlaceCode::new("state:9"));
    assert!(matches!(Index::build(1, orphan), Err(Fault::Place(_))));

    let mut stray = rows();
    stray.posts[0].place = PlaceCode::new("block:nowhere");
    assert_eq!(Index::build(1, stray).unwrap_err(), Fault::Post(1));

    let mut category = rows();
    category.categories[0].department = Code::new("magic");
    assert_eq!(Index::build(1, category).unwrap_err(), Fault::Category(Code::new("electricity")));
}

#[test]
fn a_block_lies_in_its_district() {
    let index = index();

    assert_eq!(
        index.district(&PlaceCode::new("block:phanda")),
        Some(PlaceCode::new("district:396"))
    );
    assert_eq!(index.district(&PlaceCode::new("division:bhopal")), None);
    assert_eq!(index.children(&PlaceCode::new("district:396")).len(), 2);
}
