//! The Local Government Directory's published lists, merged into the places by code.

use std::collections::{BTreeSet, HashMap};

use super::{
    Directory, Names, Place,
    read::Draft,
    sheet::{Faults, Line, Sheet, plain},
};
use crate::domain::place::PlaceCode;

/// Title lines that may stand above the header.
const TITLES_MAX: usize = 10;
const NAME_CHARS_MAX: usize = 100;

/// What a list is a list of, told by its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum List {
    States,
    Districts,
    SubDistricts,
    Blocks,
    UrbanBodies,
}

struct Columns(HashMap<String, usize>);

/// Merges the lists into the places that are live; nothing is removed.
pub fn read(sheets: Vec<Sheet>, live: Directory, faults: &mut Faults) -> Draft {
    let mut lists: Vec<(List, Columns, Sheet)> = Vec::new();
    for sheet in sheets {
        match told(sheet) {
            Ok(list) => lists.push(list),
            Err((file, why)) => faults.add(&file, 0, "", why),
        }
    }
    // Parents come before what hangs below them.
    lists.sort_by_key(|(list, ..)| *list);
    let mut draft = Draft::of(live);
    let mut places = Places::new(draft.places.rows.drain(..).map(|(_, place)| place));
    let state = places.state().or_else(|| only_state(&lists));
    match state {
        Some(state) => {
            for (list, columns, sheet) in &lists {
                places.merge(*list, columns, sheet, &state, faults);
            }
        }
        None if lists.is_empty() => {}
        None => {
            let why = "holds several states, and none is live: import places.csv of one first";
            faults.add(&lists[0].2.file, 0, "state code", why);
        }
    }
    draft.places.rows = places.rows.into_iter().map(|place| (0, place)).collect();
    draft
}

fn told(sheet: Sheet) -> Result<(List, Columns, Sheet), (String, String)> {
    let looked = sheet.lines.iter().take(TITLES_MAX).enumerate();
    let found = looked.filter_map(|(n, line)| {
        let columns = Columns::of(line);
        Some((n, columns.list()?, columns))
    });
    let Some((at, list, columns)) = found.max_by_key(|(_, _, columns)| columns.0.len()) else {
        let why = "has no header of a list that is taken: states, districts, sub-districts, \
                   blocks or urban local bodies";
        return Err((sheet.file, why.to_owned()));
    };
    Ok((list, columns, sheet.headed_at(at)))
}

/// The one state that the lists below the states are of, or else the only one listed.
fn only_state(lists: &[(List, Columns, Sheet)]) -> Option<String> {
    let states = |of: &dyn Fn(List) -> bool| {
        let rows = lists.iter().filter(|(list, ..)| of(*list));
        let codes = rows.flat_map(|(_, columns, sheet)| {
            sheet.lines.iter().map(|line| columns.text(line, &["statecode"]).to_owned())
        });
        codes.filter(|code| !code.is_empty()).collect::<BTreeSet<String>>()
    };
    let below = states(&|list| list != List::States);
    let all = if below.is_empty() { states(&|_| true) } else { below };
    (all.len() == 1).then(|| all.into_iter().next()).flatten()
}

impl Columns {
    fn of(line: &Line) -> Self {
        let named = line.cells.iter().enumerate().map(|(n, cell)| (plain(cell), n));
        Self(named.filter(|(name, _)| !name.is_empty()).collect())
    }

    fn list(&self) -> Option<List> {
        let has = |name: &str| self.0.contains_key(name);
        // Lists of panchayats and villages name urban bodies' columns too.
        let other = ["parentlocalbodycode", "districtpanchayatcode", "villagecensuscode2011"];
        if other.iter().any(|name| has(name)) {
            None
        } else if has("localbodycode") {
            Some(List::UrbanBodies)
        } else if has("villagecode") || has("wardcode") || has("parliamentconstituencycode") {
            None
        } else if has("blockcode") || has("developmentblockcode") {
            Some(List::Blocks)
        } else if has("subdistrictcode") {
            Some(List::SubDistricts)
        } else if has("districtcode") {
            Some(List::Districts)
        } else if has("statecode") {
            Some(List::States)
        } else {
            None
        }
    }

    fn text<'l>(&self, line: &'l Line, names: &[&str]) -> &'l str {
        let mut found = names.iter().filter_map(|name| self.0.get(*name));
        found.next().and_then(|at| line.cells.get(*at)).map_or("", |cell| cell.trim())
    }
}

impl List {
    fn kind(self) -> &'static str {
        match self {
            Self::States => "state",
            Self::Districts => "district",
            Self::SubDistricts => "subdistrict",
            Self::Blocks => "block",
            Self::UrbanBodies => "urban_body",
        }
    }

    /// As columns begin: `subdistrictcode`, `subdistrictnameinenglish`.
    fn stems(self) -> &'static [&'static str] {
        match self {
            Self::States => &["state"],
            Self::Districts => &["district"],
            Self::SubDistricts => &["subdistrict"],
            Self::Blocks => &["block", "developmentblock"],
            Self::UrbanBodies => &["localbody"],
        }
    }
}

struct Places {
    rows: Vec<Place>,
    at: HashMap<PlaceCode, usize>,
}

impl Places {
    fn new(live: impl Iterator<Item = Place>) -> Self {
        let rows: Vec<_> = live.collect();
        let at = rows.iter().enumerate().map(|(n, place)| (place.code.clone(), n)).collect();
        Self { rows, at }
    }

    fn state(&self) -> Option<String> {
        let root = self.rows.iter().find(|place| place.parent.is_none())?;
        root.code.as_str().strip_prefix("state:").map(str::to_owned)
    }

    fn merge(
        &mut self,
        list: List,
        columns: &Columns,
        sheet: &Sheet,
        state: &str,
        faults: &mut Faults,
    ) {
        let named = |ending: &str| -> Vec<String> {
            list.stems().iter().map(|stem| format!("{stem}{ending}")).collect()
        };
        let (codes, english) = (named("code"), [named("nameinenglish"), named("name")].concat());
        let local = [named("nameinlocal"), named("nameinhindi")].concat();
        for line in &sheet.lines {
            let text = |names: &[String]| {
                let names: Vec<_> = names.iter().map(String::as_str).collect();
                columns.text(line, &names)
            };
            let mut fault = |column: &str, reason: String| {
                faults.add(&sheet.file, line.number, column, reason);
            };
            let of_state = columns.text(line, &["statecode"]);
            let district = columns.text(line, &["districtcode"]);
            let code = text(&codes);
            if line.cells.iter().all(|cell| cell.trim().is_empty())
                || (!of_state.is_empty() && of_state != state)
            {
                continue;
            }
            let parent = (!district.is_empty() && list != List::Districts)
                .then(|| PlaceCode::new(format!("district:{district}")));
            let known = parent.as_ref().is_none_or(|parent| self.at.contains_key(parent));
            // Without a state's code the district alone says whose the row is.
            if of_state.is_empty() && !known {
                continue;
            }
            if code.is_empty() || !code.chars().all(|c| c.is_ascii_digit()) {
                fault("code", format!("{code:?} is no code of the directory"));
                continue;
            }
            if !known {
                fault("district code", format!("there is no district {district}"));
                continue;
            }
            let (en, hi) = (text(&english), text(&local));
            if en.is_empty() || en.chars().count() > NAME_CHARS_MAX {
                fault("name", "is empty or longer than 100 characters".to_owned());
                continue;
            }
            let code = PlaceCode::new(format!("{}:{code}", list.kind()));
            let above = match list {
                List::States => None,
                _ => Some(parent.unwrap_or_else(|| PlaceCode::new(format!("state:{state}")))),
            };
            self.put(code, above, en, hi, list);
        }
    }

    fn put(&mut self, code: PlaceCode, above: Option<PlaceCode>, en: &str, hi: &str, list: List) {
        let hi: String = hi.chars().take(NAME_CHARS_MAX).collect();
        if let Some(at) = self.at.get(&code) {
            let place = &mut self.rows[*at];
            place.names.en = en.to_owned();
            if !hi.is_empty() {
                place.names.hi = hi;
            }
            // A district keeps its division.
            if list > List::Districts && above.is_some() {
                place.parent = above;
            }
            return;
        }
        let hi = if hi.is_empty() { en.to_owned() } else { hi };
        self.at.insert(code.clone(), self.rows.len());
        let names = Names { hi, en: en.to_owned() };
        self.rows.push(Place { code, parent: above, key: None, names });
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn lists_of_villages_and_panchayats_are_not_taken() {
        let villages = "State Code;District Code;Sub-District Code;Village Code\n";
        let panchayats = "Localbody Type Code;Localbody Code;Parent Localbody Code;State Code\n";

        for text in [villages, panchayats, "Name;Phone\n", ""] {
            let (_, faults) = merged(vec![sheet("x.csv", text)], vec![]);
            assert!(faults[0].starts_with("x.csv: has no header"), "{faults:?}");
        }
    }
}
