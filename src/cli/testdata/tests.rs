//! Are the samples whole? What an import would refuse is not looked for here.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::domain::phone::Phone;

pub(super) type Row = BTreeMap<String, String>;

fn sample(state: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/sample").join(state)
}

pub(super) fn table(state: &str, name: &str) -> Vec<Row> {
    read(&sample(state).join(format!("{name}.csv"))).unwrap()
}

pub(super) fn made(state: &str) -> officers::Made {
    let places: Vec<Place> = read(&sample(state).join("places.csv")).unwrap();
    let seats: Vec<Seat> = read(&sample(state).with_extension("seats.csv")).unwrap();
    officers::make(&places, &seats)
}

fn codes<'a>(rows: &'a [Row], column: &str) -> BTreeSet<&'a str> {
    rows.iter().map(|row| row[column].as_str()).collect()
}

fn of_kind<'a>(places: &'a [Row], kind: &str) -> Vec<&'a Row> {
    places.iter().filter(|row| row["kind"] == kind).collect()
}

#[test]
fn madhya_pradesh_has_its_size() {
    let places = table("mp", "places");
    let count = |kind| of_kind(&places, kind).len();

    assert_eq!((count("state"), count("division"), count("district")), (1, 10, 55));
    assert_eq!((count("subdistrict"), count("block"), count("urban_body")), (445, 313, 115));
    for newest in ["Maihar", "Mauganj", "Pandhurna"] {
        assert!(
            of_kind(&places, "district").iter().any(|row| row["name_en"] == newest),
            "{newest}"
        );
    }
    assert_eq!(table("mp", "departments").len(), 52);
    assert_eq!(table("mp", "categories").len(), 132);
    assert_eq!(table("mp", "subcategories").len(), 369);
    assert_eq!(made("mp").posts.len(), 29_322);
}

#[test]
fn each_place_has_its_parent_and_its_name_among_its_siblings() {
    for state in ["mp", "rj"] {
        let places = table(state, "places");
        let code = |row: &Row| format!("{}:{}", row["kind"], row["code"]);
        let known: BTreeSet<String> = places.iter().map(code).collect();
        assert_eq!(known.len(), places.len());
        let mut named = BTreeSet::new();
        for row in &places {
            assert_eq!(row["parent"].is_empty(), row["kind"] == "state", "{row:?}");
            assert!(row["parent"].is_empty() || known.contains(&row["parent"]), "{row:?}");
            for name in ["name_hi", "name_en"] {
                let key = (row["kind"].clone(), row["parent"].clone(), row[name].clone());
                assert!(named.insert(key), "{row:?}");
            }
        }
        let districts: BTreeSet<_> =
            of_kind(&places, "district").iter().map(|row| code(row)).collect();
        for district in districts {
            let below = |kind: &str| {
                of_kind(&places, kind).iter().filter(|row| row["parent"] == district).count()
            };
            assert!(below("subdistrict") + below("subdivision") > 0, "{district}");
        }
    }
}

#[test]
fn hindi_names_are_in_devanagari_and_english_ones_are_not() {
    let devanagari = |text: &str| text.chars().any(|c| ('\u{900}'..='\u{97f}').contains(&c));
    for state in ["mp", "rj"] {
        let tables =
            ["places", "departments", "designations", "categories", "subcategories", "holidays"];
        for row in tables.iter().flat_map(|name| table(state, name)) {
            assert!(devanagari(&row["name_hi"]) && !devanagari(&row["name_en"]), "{row:?}");
            assert!(!row["name_hi"].contains(['\u{200c}', '\u{200d}', '\u{958}']), "{row:?}");
        }
    }
}

#[test]
fn each_department_has_categories_with_subcategories_of_their_own() {
    for state in ["mp", "rj"] {
        let (departments, categories) = (table(state, "departments"), table(state, "categories"));
        let subcategories = table(state, "subcategories");
        for department in &departments {
            let own =
                categories.iter().filter(|row| row["department"] == department["code"]).count();
            assert!((1..=6).contains(&own), "{department:?} has {own}");
        }
        for category in &categories {
            let own: Vec<_> =
                subcategories.iter().filter(|row| row["category"] == category["code"]).collect();
            assert!((2..=8).contains(&own.len()), "{category:?}");
            for name in ["name_hi", "name_en"] {
                let names: BTreeSet<_> = own.iter().map(|row| &row[name]).collect();
                assert_eq!(names.len(), own.len(), "{category:?}");
            }
        }
        assert!(codes(&subcategories, "category").is_subset(&codes(&categories, "code")));
        assert!(codes(&categories, "department").is_subset(&codes(&departments, "code")));
        assert_eq!(codes(&categories, "code").len(), categories.len());
        assert_eq!(codes(&subcategories, "code").len(), subcategories.len());
    }
}

#[test]
fn each_department_answers_at_level_1_in_each_district_and_has_all_its_levels() {
    for state in ["mp", "rj"] {
        let (places, ladder) = (table(state, "places"), table(state, "ladder"));
        let made = made(state);
        let rungs: BTreeSet<_> = ladder
            .iter()
            .map(|row| (&row["department"], &row["level"], &row["designation"]))
            .collect();
        let seats: BTreeSet<_> = made
            .posts
            .iter()
            .filter(|post| post.category.is_empty())
            .map(|post| (post.department.as_str(), post.level, post.place.as_str()))
            .collect();
        for post in &made.posts {
            let rung = (&post.department, &post.level.to_string(), &post.designation);
            assert!(rungs.contains(&rung), "{post:?}");
        }
        for department in table(state, "departments") {
            let code = department["code"].as_str();
            for district in of_kind(&places, "district") {
                let place = format!("district:{}", district["code"]);
                assert!(seats.contains(&(code, 1, place.as_str())), "{code} {place}");
            }
            let levels: BTreeSet<u8> =
                seats.iter().filter(|seat| seat.0 == code).map(|seat| seat.1).collect();
            assert_eq!(levels, BTreeSet::from([1, 2, 3, 4]), "{code}");
        }
    }
}

#[test]
fn sample_officers_cannot_be_taken_for_real_ones() {
    let made = made("mp");

    assert_eq!(made.officers[16].login, "sample.00017");
    assert_eq!(made.officers[16].name_en, "Sample Officer 00017");
    assert_eq!(made.officers[16].mobile, "5550000017");
    let mut mobiles = BTreeSet::new();
    for officer in &made.officers {
        let mobile = Phone::parse(&officer.mobile).unwrap();
        assert!(mobile.is_sample() && mobiles.insert(mobile), "{}", officer.login);
    }
}

#[test]
fn some_posts_are_vacant_some_are_held_beside_another_and_some_holders_are_on_leave() {
    let made = made("mp");
    let held: BTreeSet<&str> = made.holders.iter().map(|holder| holder.post.as_str()).collect();

    assert_eq!(made.posts.len() - held.len(), 586);
    assert_eq!(made.holders.iter().filter(|holder| holder.kind == "ADDITIONAL").count(), 587);
    assert_eq!(made.leave.len(), 93);
    let posts: BTreeSet<&str> = made.posts.iter().map(|post| post.code.as_str()).collect();
    assert_eq!(posts.len(), made.posts.len());
    assert!(posts.iter().all(|code| code.len() <= 96));
}

#[test]
fn a_folder_is_filled_once() {
    let home = tempfile::tempdir().unwrap();
    let to = home.path().join("rj");
    let make = || run(TestData::Directory { from: sample("rj"), to: to.clone() }, true);

    make().unwrap();
    let refused = make().unwrap_err();

    assert!(refused.to_string().contains("is not empty"), "{refused}");
    let posts = fs::read_to_string(to.join("posts.csv")).unwrap();
    assert_eq!(posts.lines().count(), 473);
    assert!(posts.starts_with(
        "code,department,category,place,level,designation\n\
         energy-l1-jen-panchayat_samiti:690,energy,,panchayat_samiti:690,1,jen\n"
    ));
    for name in ["places", "synonyms", "officers", "holders", "leave"] {
        assert!(to.join(format!("{name}.csv")).exists(), "{name}");
    }
}

#[test]
fn an_import_finds_nothing_wrong_with_what_is_made() {
    use crate::{
        domain::directory::{Directory, check::check, read, sheet::Faults},
        sheets,
    };
    for (state, posts) in [("mp", 29_322), ("rj", made("rj").posts.len())] {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("out");
        let command = TestData::Directory { from: sample(state), to: to.clone() };
        run(command, true).unwrap();
        let mut tables = Vec::new();
        for entry in fs::read_dir(&to).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let bytes = fs::read(&path).unwrap();
            let found = sheets::read(&sheets::File { name, bytes }).unwrap();
            tables.extend(found.into_iter().map(|sheet| sheet.headed()));
        }

        let mut faults = Faults::default();
        let draft = read::read(&tables, Directory::default(), &mut faults);
        let directory = check(draft, &mut faults);

        assert!(faults.is_empty(), "{state}: {} {:#?}", faults.count, faults.listed);
        assert_eq!(directory.unwrap().rows.posts.len(), posts);
    }
}
