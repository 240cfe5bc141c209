//! The published lists as they come: told by their headers, merged by code.

use super::*;

fn sheet(file: &str, text: &str) -> Sheet {
    let line = |(n, line): (usize, &str)| Line {
        number: n as u32 + 1,
        cells: line.split(';').map(str::to_owned).collect(),
    };
    Sheet {
        file: file.to_owned(),
        lines: text.lines().enumerate().map(line).collect(),
        ..Sheet::default()
    }
}

fn place(code: &str, parent: Option<&str>, hi: &str, en: &str) -> Place {
    Place {
        code: PlaceCode::new(code),
        parent: parent.map(PlaceCode::new),
        key: None,
        names: Names { hi: hi.to_owned(), en: en.to_owned() },
    }
}

fn merged(sheets: Vec<Sheet>, live: Vec<Place>) -> (Vec<Place>, Vec<String>) {
    let mut faults = Faults::default();
    let mut directory = Directory::default();
    directory.rows.places = live;
    let draft = read(sheets, directory, &mut faults);
    let faults = faults.listed.iter().map(ToString::to_string).collect();
    (draft.places.rows.into_iter().map(|(_, place)| place).collect(), faults)
}

const DISTRICTS: &str = "District list\n\
    S.No.;State Code;State Name(In English);District Code;District Name(In English)\n\
    1;23;MADHYA PRADESH;396;BHOPAL\n2;8;RAJASTHAN;86;AJMER\n3;23;MADHYA PRADESH;999;MAIHAR\n";
const BLOCKS: &str = "S.No.;State Code;State Name (In English);District Code;\
    District Name (In English);Block Code;Block Version;Block Name (In English);\
    Block Name (In Local)\n\
    1;23;MADHYA PRADESH;396;BHOPAL;3688;1;PHANDA;फंदा\n\
    2;23;MADHYA PRADESH;777;NOWHERE;3689;1;LOST;\n3;23;MADHYA PRADESH;396;BHOPAL;;1;X;\n";

#[test]
fn lists_are_told_by_their_headers_and_merged_by_code_into_the_live_state() {
    let live = vec![
        place("state:23", None, "मध्य प्रदेश", "Madhya Pradesh"),
        place("division:bhopal", Some("state:23"), "भोपाल", "Bhopal"),
        place("district:396", Some("division:bhopal"), "भोपाल", "Bhopal"),
    ];

    let lists = vec![sheet("b.csv", BLOCKS), sheet("a.csv", DISTRICTS)];
    let (places, faults) = merged(lists, live);

    assert_eq!(
        places[2..],
        [
            place("district:396", Some("division:bhopal"), "भोपाल", "BHOPAL"),
            place("district:999", Some("state:23"), "MAIHAR", "MAIHAR"),
            place("block:3688", Some("district:396"), "फंदा", "PHANDA"),
        ]
    );
    assert_eq!(
        faults,
        [
            "b.csv:3: column district code: there is no district 777",
            "b.csv:4: column code: \"\" is no code of the directory",
        ]
    );
}

#[test]
fn an_urban_body_without_a_district_hangs_below_the_state_and_moves_when_one_is_named() {
    let live = vec![
        place("state:23", None, "मध्य प्रदेश", "Madhya Pradesh"),
        place("district:396", Some("state:23"), "भोपाल", "Bhopal"),
    ];
    let bodies = "S.No.;State Code;Local Body Code;Local Body Name (In English);\
                  Local Body Name (In Local)\n1;23;802276;Bhopal;भोपाल\n";
    let coverage = "S.No.;State Name (In English);Localbody Code;Localbody Name (In English);\
                    Census 2011 Code;District Code;District Name (In English)\n\
                    1;MADHYA PRADESH;802276;Bhopal;802276;396;BHOPAL\n\
                    2;RAJASTHAN;800001;Ajmer;1;86;AJMER\n";

    let (first, _) = merged(vec![sheet("ulb.csv", bodies)], live);
    assert_eq!(first[2], place("urban_body:802276", Some("state:23"), "भोपाल", "Bhopal"));
    let (second, faults) = merged(vec![sheet("coverage.csv", coverage)], first);
    assert_eq!(second.len(), 3);
    assert_eq!(second[2], place("urban_body:802276", Some("district:396"), "भोपाल", "Bhopal"));
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn of_a_new_directory_the_lists_say_the_state_if_it_is_one() {
    let states = "State Code;State Name(In English);State Name (In Local)\n\
                  8;RAJASTHAN;राजस्थान\n23;MADHYA PRADESH;मध्य प्रदेश\n";
    let one = "State Code;District Code;District Name\n23;396;Bhopal\n";

    let (places, faults) = merged(vec![sheet("d.csv", one), sheet("s.csv", states)], vec![]);
    assert!(faults.is_empty(), "{faults:?}");
    let codes: Vec<_> = places.iter().map(|place| place.code.as_str()).collect();
    assert_eq!(codes, ["state:23", "district:396"]);
    let (_, faults) = merged(vec![sheet("s.csv", states)], vec![]);
    assert!(faults[0].contains("several states"), "{faults:?}");
}

const PANCHAYATS: &str = "S.No.;Localbody Type Code;Localbody Type Name;Localbody Code;\
    Localbody Version;Localbody Name (In English);Localbody Name (In Local);\
    Parent Localbody Code;State Code\n\
    1;1;Zila Panchayat;400;1;Bhopal;;0;23\n2;2;Janpad Panchayat;410;1;PHANDA;;400;23\n\
    3;2;Janpad Panchayat;411;1;Huzur Naya;;400;23\n\
    4;3;Gram Panchayat;124001;1;Acharpura;अचारपुरा;410;23\n\
    5;3;Gram Panchayat;124002;1;Agaria;;411;23\n6;3;Gram Panchayat;124003;1;Lost;;499;23\n\
    7;3;Gram Panchayat;124004;1;Elsewhere;;9;8\n";
const VILLAGES: &str = "S No.;State Code;State Name (In English);District Code;\
    District Name (In English);Sub-District Code;Sub-District Name (In English);Village Code;\
    Village Version;Village Name (In Englsih);Village Name (In Local);Census 2011 Code\n\
    1;23;MADHYA PRADESH;396;BHOPAL;3501;Huzur;482001;1;Acharpura;अचारपुरा;482001\n\
    2;23;MADHYA PRADESH;396;BHOPAL;3599;Nowhere;482002;1;Lost;;482002\n";
const MAPPED: &str = "S No.;State Code;District Code;Subdistrict Code;Village Code;\
    Village Name (In English);Local Body Code;Local Body Name (In English)\n\
    1;23;396;3501;482001;Acharpura;124001;Acharpura\n2;23;396;3501;482003;Ratua;124999;Lost\n";
const WARDS: &str = "S.No.;State Code;Local Body Code;Local Body Name (In English);Ward Code;\
    Ward Number;Ward Name (In English);Ward Name (In Local)\n\
    1;23;802276;Bhopal;77001;1;Ward No. 1;वार्ड 1\n2;23;124001;Acharpura;77002;1;Ward 1;\n\
    3;23;999999;Nowhere;77003;1;Ward 1;\n";

fn bhopal() -> Vec<Place> {
    vec![
        place("state:23", None, "मध्य प्रदेश", "Madhya Pradesh"),
        place("district:396", Some("state:23"), "भोपाल", "Bhopal"),
        place("subdistrict:3501", Some("district:396"), "हुज़ूर", "Huzur"),
        place("block:3688", Some("district:396"), "फंदा", "Phanda"),
        place("urban_body:802276", Some("district:396"), "भोपाल", "Bhopal"),
    ]
}

#[test]
fn panchayats_hang_below_the_block_that_their_janpad_is_named_like_else_below_the_district() {
    let (places, faults) = merged(vec![sheet("pri.csv", PANCHAYATS)], bhopal());

    assert_eq!(
        places[5..],
        [
            place("panchayat:124001", Some("block:3688"), "अचारपुरा", "Acharpura"),
            place("panchayat:124002", Some("district:396"), "Agaria", "Agaria"),
        ]
    );
    assert_eq!(
        faults,
        ["pri.csv:7: column parent localbody code: leads to no panchayat of a district that is \
          named like a district"]
    );
}

#[test]
fn a_panchayats_title_is_no_part_of_its_blocks_name() {
    let titled = PANCHAYATS.replace("Bhopal;;0", "Bhopal Zila Panchayat;;0");
    let titled = titled.replace("PHANDA;;400", "Janpad Panchayat Phanda;;400");

    let (places, _) = merged(vec![sheet("pri.csv", &titled)], bhopal());

    assert_eq!(places[5].parent, Some(PlaceCode::new("block:3688")));
}

#[test]
fn villages_hang_below_their_sub_district_until_their_panchayat_is_named_and_keep_it() {
    let lists = || vec![sheet("v.csv", VILLAGES), sheet("pri.csv", PANCHAYATS)];

    let (first, faults) = merged(lists(), bhopal());
    assert_eq!(first[7], place("village:482001", Some("subdistrict:3501"), "अचारपुरा", "Acharpura"));
    assert_eq!(faults[1], "v.csv:3: column subdistrict code: there is no sub-district 3599");
    let (second, faults) = merged(vec![sheet("m.csv", MAPPED)], first);
    assert_eq!(second[7].parent, Some(PlaceCode::new("panchayat:124001")));
    assert_eq!(faults, ["m.csv:3: column localbody code: there is no panchayat 124999"]);
    let (third, _) = merged(lists(), second.clone());
    assert_eq!(third, second);
}

#[test]
fn wards_hang_below_their_local_body_of_a_town_or_of_villages() {
    let lists = vec![sheet("w.csv", WARDS), sheet("pri.csv", PANCHAYATS)];

    let (places, faults) = merged(lists, bhopal());

    assert_eq!(
        places[7..],
        [
            place("ward:77001", Some("urban_body:802276"), "वार्ड 1", "Ward No. 1"),
            place("ward:77002", Some("panchayat:124001"), "Ward 1", "Ward 1"),
        ]
    );
    assert_eq!(faults[1], "w.csv:4: column localbody code: there is no local body 999999");
}

/// Madhya Pradesh has about 23,000 panchayats and 55,000 villages.
#[test]
fn a_states_panchayats_and_villages_are_read_whole() {
    let mut panchayats = PANCHAYATS.lines().take(3).collect::<Vec<_>>().join("\n");
    for n in 0..23_000 {
        panchayats += &format!("\n{n};3;Gram Panchayat;{};1;Gram {n};;410;23", 200_000 + n);
    }
    let mut villages = VILLAGES.lines().next().unwrap().to_owned();
    for n in 0..55_000 {
        villages += &format!("\n{n};23;M;396;B;3501;H;{};1;Village {n};;{n}", 400_000 + n);
    }

    let (places, faults) =
        merged(vec![sheet("v.csv", &villages), sheet("pri.csv", &panchayats)], bhopal());

    assert_eq!((places.len(), faults.len()), (78_005, 0));
}

#[test]
fn lists_that_are_no_tree_of_places_are_not_taken() {
    let constituencies = "State Code;District Code;Parliament Constituency Code\n";
    let covered = "State Code;Block Code;Village Code\n";

    for text in [constituencies, covered, "Name;Phone\n", ""] {
        let (_, faults) = merged(vec![sheet("x.csv", text)], vec![]);
        assert!(faults[0].starts_with("x.csv: has no header"), "{faults:?}");
    }
}
