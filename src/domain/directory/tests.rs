//! A small directory as files, what is wrong with broken ones, and the way there and back.

use super::{
    check::check,
    diff::diff,
    print::print,
    read::read,
    sheet::{FAULTS_LISTED_MAX, Faults, Line, Sheet, Table},
    *,
};
use crate::domain::policy::Policy;

fn sheet(file: &str, text: &str) -> Sheet {
    let line = |(n, line): (usize, &str)| Line {
        number: n as u32 + 1,
        cells: line.split(',').map(str::to_owned).collect(),
    };
    Sheet {
        file: file.to_owned(),
        table: file.trim_end_matches(".csv").to_owned(),
        lines: text.lines().enumerate().map(line).collect(),
        ..Sheet::default()
    }
    .headed()
}

const FILES: [(&str, &str); 14] = [
    (
        "places.csv",
        "kind,code,parent,key,name_hi,name_en\nstate,23,,,मप्र,MP\n\
         division,bhopal,state:23,1,भोपाल,Bhopal\ndistrict,396,division:bhopal,2,भोपाल,Bhopal\n\
         block,phanda,district:396,,फंदा,Phanda\n",
    ),
    ("departments.csv", "code,name_hi,name_en,levels\nenergy,ऊर्जा,Energy,4\nwater,जल,Water,2\n"),
    (
        "designations.csv",
        "code,name_hi,name_en\nae,सहायक,Assistant Engineer\nee,कार्यपालन,Executive Engineer\n\
         je,कनिष्ठ,Junior Engineer\n",
    ),
    ("ladder.csv", "department,level,designation\nenergy,1,je\nenergy,1,ae\nenergy,2,ee\n"),
    (
        "categories.csv",
        "code,department,key,name_hi,name_en\nelectricity,energy,1,बिजली,Electricity\n\
         taps,water,,नल,Taps\n",
    ),
    ("subcategories.csv", "code,category,name_hi,name_en\npower_cut,electricity,कटौती,Power cut\n"),
    ("synonyms.csv", "category,subcategory,word\nelectricity,,bijli\n,power_cut,बत्ती गुल\n"),
    (
        "posts.csv",
        "code,department,category,subcategory,place,level,designation\n\
         ee-bhopal,energy,,,district:396,2,ee\nje-phanda,energy,,,block:phanda,1,je\n\
         cuts,energy,,power_cut,district:396,1,ae\n",
    ),
    (
        "officers.csv",
        "login,name_hi,name_en,mobile,active_from,active_until\n\
         Ravi,रवि,Ravi,9876543210,2026-01-01,\nmeena,,Meena,,,2027-03-31\n",
    ),
    (
        "holders.csv",
        "post,login,from,until,kind\nje-phanda,ravi,2026-01-01,,REGULAR\n\
         ee-bhopal,meena,2026-01-01,2026-12-31,regular\n\
         cuts,meena,2026-11-22T10:00:00.250+05:30,,ADDITIONAL\n",
    ),
    ("leave.csv", "login,from,until\nravi,2026-12-01,2026-12-05\n"),
    ("limits.csv", "department,subcategory,level,days\n,,,7\nenergy,power_cut,1,2\n"),
    ("switches.csv", "name,value\nholidays,SKIP\nl3_to_l4,manual\n"),
    ("holidays.csv", "date,name_hi,name_en\n2026-01-26,गणतंत्र दिवस,Republic Day\n"),
];

fn sheets(changed: &[(&str, &str)]) -> Vec<Sheet> {
    let text = |file: &str, text: &'static str| {
        let other = changed.iter().find(|(name, _)| *name == file);
        sheet(file, other.map_or(text, |(_, text)| text))
    };
    FILES.iter().map(|(file, lines)| text(file, lines)).collect()
}

fn checked(sheets: &[Sheet], live: Directory) -> Result<Directory, Vec<String>> {
    let mut faults = Faults::default();
    let draft = read(sheets, live, &mut faults);
    let directory = check(draft, &mut faults);
    let said = faults.listed.iter().map(ToString::to_string).collect();
    directory.filter(|_| faults.is_empty()).ok_or(said)
}

fn small() -> Directory {
    checked(&sheets(&[]), Directory::default()).unwrap()
}

/// What is said of the small directory with these files in the place of its own.
fn said(changed: &[(&str, &str)]) -> Vec<String> {
    checked(&sheets(changed), Directory::default()).unwrap_err()
}

#[test]
fn every_table_is_read_into_its_form() {
    let directory = small();

    let meena = &directory.people.officers[0];
    assert_eq!((meena.login.as_str(), meena.names.any()), ("meena", "Meena"));
    assert_eq!(meena.active_until, Some(Timestamp(1_806_517_800_000)));
    let held = &directory.people.holders[0];
    assert_eq!((held.post.as_str(), held.kind), ("cuts", Charge::Additional));
    assert_eq!(held.from, Timestamp(1_795_321_800_250));
    assert_eq!(directory.people.holders[1].until, Some(Timestamp(1_798_741_800_000)));
    assert_eq!(directory.rows.posts[0].scope, Scope::Subcategory(Code::new("power_cut")));
    assert_eq!(directory.rows.holidays[0].day, Day(20_260_126));
    assert_eq!(directory.terms.holidays, Counting::Skip);
    assert_eq!(directory.terms.l3_to_l4, Rise::Manual);
    assert_eq!(directory.terms.limits.len(), 2);
}

#[test]
fn what_is_printed_reads_back_equal() {
    let directory = small();

    let printed = print(&directory);

    assert_eq!(printed.len(), Table::ALL.len());
    assert_eq!(checked(&printed, Directory::default()).unwrap(), directory);
    let holders = printed.iter().find(|sheet| sheet.table == "holders").unwrap();
    assert_eq!(
        holders.lines[0].cells,
        ["cuts", "meena", "2026-11-22T10:00:00.250+05:30", "", "ADDITIONAL"]
    );
    assert_eq!(
        holders.lines[1].cells,
        ["ee-bhopal", "meena", "2026-01-01", "2026-12-31", "REGULAR"]
    );
}

#[test]
fn a_file_that_is_not_there_leaves_its_table_and_an_empty_one_empties_it() {
    let synonyms = sheet("synonyms.csv", "word\n");

    let next = checked(&[synonyms], small()).unwrap();

    assert!(next.rows.synonyms.is_empty());
    assert_eq!(Directory { rows: Rows { synonyms: vec![], ..small().rows }, ..small() }, next);
}

#[test]
fn headers_are_matched_leniently_and_unknown_ones_are_named() {
    let lenient = "Name EN, Name-hi ,CODE,Levels\nEnergy,ऊर्जा,energy,4\nWater,जल,water,2\n";
    assert!(checked(&sheets(&[("departments.csv", lenient)]), Directory::default()).is_ok());

    let unknown = "code,name_hi,name_en,levels,Email\nenergy,ऊर्जा,Energy,4,x\nwater,जल,Water,2\n";
    assert_eq!(
        said(&[("departments.csv", unknown)]),
        ["departments.csv:1: column Email: is no column of departments; known are code, name_hi, \
          name_en, levels"]
    );
    let twice = "code,name_hi,name_en,levels,Code\nenergy,ऊर्जा,Energy,4,\nwater,जल,Water,2\n";
    assert!(said(&[("departments.csv", twice)])[0].contains("column Code: is there twice"));
}

#[test]
fn every_bad_row_is_named_by_file_line_column_and_reason() {
    let posts = "code,department,category,subcategory,place,level,designation\n\
        a,energy,,,district:999,1,je\nb,fire,,,state:23,1,je\nc,energy,,,state:23,3,je\n\
        d,water,,,state:23,3,je\ne,energy,taps,,state:23,1,je\na,energy,,,state:23,1,je\n\
        F,energy,electricity,power_cut,396,x,\n";
    let (posts, holders) = (("posts.csv", posts), ("holders.csv", "post,login,from,until,kind\n"));
    assert_eq!(
        said(&[posts, holders]),
        [
            "posts.csv:8: column subcategory: is filled beside category: one of them narrows a post",
            "posts.csv:8: column code: \"F\" is no code: lower-case letters, digits and . _ - : /, \
             at most 96",
            "posts.csv:8: column level: \"x\" is no number from 1 to 9",
            "posts.csv:8: column designation: is empty",
            "posts.csv:8: column place: \"396\" is no place: KIND:CODE, as district:396",
            "posts.csv:7: column code: a is there already, on line 2",
            "posts.csv:2: column place: there is no place district:999",
            "posts.csv:3: column department: there is no department fire",
            "posts.csv:4: column designation: je is not on the ladder of energy at level 3",
            "posts.csv:5: column level: the ladder of water is shorter",
            "posts.csv:6: column category: taps belongs to water, not to energy",
        ]
    );
}

#[test]
fn the_tree_of_places_has_one_root_and_no_circle() {
    let places = |text: &str| {
        let text = format!("kind,code,parent,key,name_hi,name_en\n{text}");
        let posts = ("posts.csv", "code\n");
        said(&[("places.csv", &text), posts, ("holders.csv", "post\n")])
    };

    assert_eq!(
        places("state,23,,,अ,A\ndistrict,1,state:9,,अ,A\ndistrict,2,,,अ,A\n"),
        [
            "places.csv:3: column parent: there is no place state:9",
            "places.csv:4: column parent: is empty: one place, the state, has none above it",
        ]
    );
    let circle = places("state,23,,,अ,A\nblock,1,block:2,,अ,A\nblock,2,block:1,,अ,A\n");
    assert!(circle[0].starts_with("places.csv:3: column parent: leads round in a circle"));
    let keys = places("state,23,,,अ,A\ndivision,1,state:23,1,अ,A\ndivision,2,state:23,1,अ,A\n");
    assert_eq!(keys, ["places.csv:4: column key: 1 is taken by another division there"]);
}

#[test]
fn persons_must_be_there_and_their_dates_in_order_and_no_fault_tells_a_mobile() {
    let officers = "login,name_hi,name_en,mobile\nravi,र,Ravi,9876543210\n\
                    meena,म,Meena,98765 43210\nx,,,12345\n";
    let holders = "post,login,from,until,kind\nje-phanda,nobody,2026-01-01,,REGULAR\n\
                   nowhere,ravi,2026-01-01,,REGULAR\nje-phanda,ravi,2026-02-01,2026-01-01,REGULAR\n\
                   je-phanda,ravi,yesterday,,ACTING\n";
    let said = said(&[("officers.csv", officers), ("holders.csv", holders)]);

    assert_eq!(
        said,
        [
            "officers.csv:4: column name_en: is empty, and so is name_hi",
            "officers.csv:4: column mobile: is no Indian telephone number of ten digits",
            "holders.csv:4: column until: lies before from",
            "holders.csv:5: column from: \"yesterday\" is no time: a day as 2026-11-22, or \
             2026-11-22T10:00:00+05:30",
            "holders.csv:5: column kind: \"ACTING\" is not one of REGULAR, ADDITIONAL",
            "officers.csv:3: column mobile: is the mobile of another officer too, on line 2",
            "holders.csv:3: column post: there is no post nowhere",
        ]
    );
    assert!(!said.concat().contains("98765") && !said.concat().contains("12345"));
}

#[test]
fn nobody_holds_more_than_eight_posts_at_a_time() {
    let row = |n: usize, from: &str, until: &str| format!("p{n},ravi,{from},{until},ADDITIONAL\n");
    let posts: String = std::iter::once("code,department,place,level,designation\n".to_owned())
        .chain((0..10).map(|n| format!("p{n},energy,district:396,1,je\n")))
        .collect();
    let head = "post,login,from,until,kind\n".to_owned();
    let eight: String = (0..8).map(|n| row(n, "2026-01-01", "2026-06-30")).collect();
    let holders = |ninth: &str| head.clone() + &eight + &row(8, ninth, "");
    let check = |holders: &str| {
        checked(&sheets(&[("posts.csv", &posts), ("holders.csv", holders)]), Directory::default())
    };

    assert!(check(&holders("2026-07-01")).is_ok());
    assert_eq!(
        check(&holders("2026-06-30")).unwrap_err(),
        ["holders.csv:10: column login: ravi holds more than 8 posts then"]
    );
}

#[test]
fn faults_past_the_limit_are_counted() {
    let synonyms: String = std::iter::once("category,subcategory,word\n".to_owned())
        .chain((0..300).map(|n| format!("unknown,,word{n}\n")))
        .collect();
    let mut faults = Faults::default();
    let draft = read(&sheets(&[("synonyms.csv", &synonyms)]), Directory::default(), &mut faults);

    assert!(check(draft, &mut faults).is_none());
    assert_eq!((faults.count, faults.listed.len()), (300, FAULTS_LISTED_MAX));
}

#[test]
fn a_table_that_nobody_knows_and_one_that_comes_twice_are_named() {
    let mut sheets = sheets(&[]);
    sheets.push(sheet("polls.csv", "a\n"));
    sheets.push(sheets[0].clone());

    let said = checked(&sheets, Directory::default()).unwrap_err();
    assert!(said[0].starts_with("polls.csv: is no table of the directory; known are places,"));
    assert_eq!(said[1], "places.csv: the table places is there twice");
}

#[test]
fn the_difference_names_what_is_added_changed_and_removed() {
    let live = small();
    let mut next = small();
    next.rows.posts[0].id = PostId(7);
    next.rows.posts.remove(1);
    next.rows.designations[0].names.en = "Asst. Engineer".to_owned();
    next.rows
        .synonyms
        .push(Synonym { of: Matter::Category(Code::new("taps")), word: "pani".to_owned() });
    // Over on the last day of 2026: history later, a change before.
    next.people.holders.remove(1);
    let changes = |now: i64| {
        let print = |changes: diff::Changes| {
            format!(
                "{} +{:?} ~{:?} -{:?}",
                changes.table, changes.added.named, changes.changed.named, changes.removed.named
            )
        };
        diff(&live, &next, Timestamp(now)).into_iter().map(print).collect::<Vec<_>>()
    };

    let later = changes(1_798_741_800_000);
    assert_eq!(
        later,
        [
            "designations +[] ~[\"ae\"] -[]",
            "synonyms +[\"category taps pani\"] ~[] -[]",
            "posts +[] ~[] -[\"ee-bhopal\"]",
        ]
    );
    assert_eq!(changes(1_798_741_799_999).len(), 4);
    assert!(diff(&live, &live, Timestamp(0)).is_empty());
}

#[test]
fn the_terms_of_the_standard_policy_are_those_of_no_file() {
    let terms = checked(&sheets(&[("limits.csv", "days\n"), ("switches.csv", "name\n")]), {
        Directory::default()
    })
    .unwrap()
    .terms;

    assert_eq!(terms, Terms::of(&Policy::standard()));
}
