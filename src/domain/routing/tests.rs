//! A small directory, and the walks through it.

use super::*;
use crate::domain::{directory::Names, place::PostCode};

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
        code: PostCode(format!("p{id}")),
        scope: Scope::Department,
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
        ladder: vec![],
        synonyms: vec![],
        holidays: vec![],
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

/// Two scoped posts beside the ladder: one for power cuts at the district, one for electricity at the state.
fn scoped() -> Index {
    let mut rows = rows();
    let scoped = |id, scope, place| Post { scope, ..post(id, 1, "ae", place) };
    rows.posts.push(scoped(7, Scope::Subcategory(Code::new("power_cut")), "district:396"));
    rows.posts.push(scoped(8, Scope::Category(Code::new("electricity")), "state:23"));
    Index::build(1, rows).unwrap()
}

fn matter<'a>(codes: &'a [Code; 3], known: usize) -> Matter<'a> {
    Matter {
        department: &codes[0],
        category: (known > 1).then_some(&codes[1]),
        subcategory: (known > 2).then_some(&codes[2]),
    }
}

fn codes() -> [Code; 3] {
    ["energy", "electricity", "power_cut"].map(Code::new)
}

#[test]
fn the_most_specific_post_wins_even_from_farther_away() {
    let (index, codes) = (scoped(), codes());
    let found = |place: &str, known| {
        let routed = index.route(matter(&codes, known), &PlaceCode::new(place), Level(1));
        routed.map(|routed| (routed.post.0, routed.scope.print()))
    };

    assert_eq!(found("block:phanda", 3), Some((7, "subcategory:power_cut".to_owned())));
    assert_eq!(found("block:phanda", 2), Some((8, "category:electricity".to_owned())));
    assert_eq!(found("block:phanda", 1), Some((1, "department".to_owned())));
    // No post for power cuts above this district: the category's is the next best.
    assert_eq!(found("district:427", 3), Some((8, "category:electricity".to_owned())));
}

#[test]
fn of_posts_with_one_seat_the_first_code_takes_the_case() {
    let mut rows = rows();
    rows.posts.push(Post { code: PostCode::new("a"), ..post(9, 1, "je", "block:phanda") });
    let index = Index::build(1, rows).unwrap();

    let routed =
        index.route(&Code::new("energy"), &PlaceCode::new("block:phanda"), Level(1)).unwrap();
    assert_eq!(routed.post, PostId(9));
}

#[test]
fn the_steps_are_the_looks_of_the_walk_up_to_the_one_that_found() {
    let (index, codes) = (scoped(), codes());
    let steps = |place: &str, known, level| {
        let steps = index.steps(matter(&codes, known), &PlaceCode::new(place), Level(level));
        let step = |step: Step| {
            format!(
                "{} {} {} {}",
                step.level,
                step.scope.print(),
                step.place,
                step.found.map_or("-".to_owned(), |post| post.0.to_string())
            )
        };
        steps.into_iter().map(step).collect::<Vec<_>>()
    };

    assert_eq!(
        steps("block:phanda", 3, 1),
        ["L1 subcategory:power_cut block:phanda -", "L1 subcategory:power_cut district:396 7"]
    );
    assert_eq!(
        steps("district:427", 1, 1),
        [
            "L1 department district:427 -",
            "L1 department division:bhopal -",
            "L1 department state:23 -",
            "L2 department district:427 6",
        ]
    );
    assert!(steps("block:nowhere", 3, 1).is_empty());
}

#[test]
fn a_scope_of_another_department_is_refused() {
    let mut rows = rows();
    rows.posts.push(Post {
        department: Code::new("empty"),
        scope: Scope::Category(Code::new("electricity")),
        ..post(7, 1, "ae", "state:23")
    });

    assert_eq!(Index::build(1, rows).unwrap_err(), Fault::Post(7));
}

#[test]
fn a_menu_offers_the_categories_with_a_key_and_all_where_none_has_one() {
    let category = |code: &str, key: Option<&str>| Category {
        code: Code::new(code),
        department: Code::new("energy"),
        key: key.map(str::to_owned),
        names: Names::default(),
    };
    let offered = |categories: Vec<Category>| -> Vec<String> {
        let rows = Rows {
            categories,
            subcategories: Vec::new(),
            synonyms: Vec::new(),
            posts: Vec::new(),
            ..rows()
        };
        let index = Index::build(1, rows).unwrap();
        index.spoken_categories().iter().map(|row| row.code.0.clone()).collect()
    };

    let mixed = vec![category("c", Some("10")), category("b", None), category("a", Some("9"))];
    assert_eq!(offered(mixed), ["a", "c"]);
    assert_eq!(offered(vec![category("b", None), category("a", None)]), ["b", "a"]);
}
