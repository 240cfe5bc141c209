//! The Local Government Directory's published lists, merged into the places by code.

use std::collections::{BTreeSet, HashMap};

use super::{
    Directory, Names, Place,
    read::Draft,
    sheet::{Faults, Line, Sheet},
};
use crate::domain::place::PlaceCode;

mod list;
#[cfg(test)]
mod tests;
mod tiers;

use list::{Columns, List};
use tiers::{Named, Seat, Tiers};

/// Title lines that may stand above the header.
const TITLES_MAX: usize = 10;
const NAME_CHARS_MAX: usize = 100;

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
            let tiers = Tiers::of(&lists);
            for list in &lists {
                places.merge(list, &tiers, &state, faults);
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
                   blocks, urban local bodies, panchayats, villages or wards";
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
        (list, columns, sheet): &(List, Columns, Sheet),
        tiers: &Tiers,
        state: &str,
        faults: &mut Faults,
    ) {
        let named = Named::of(&self.rows);
        for line in &sheet.lines {
            let of_state = columns.text(line, &["statecode"]);
            if line.cells.iter().all(|cell| cell.trim().is_empty())
                || (!of_state.is_empty() && of_state != state)
                || (*list == List::Panchayats
                    && !Tiers::is_place(columns.text(line, &["localbodytypecode"])))
            {
                continue;
            }
            let row = Row { list: *list, columns, line };
            match self.above(&row, tiers, &named, state) {
                // Without a state's code the place above alone says whose the row is.
                Err((..)) if of_state.is_empty() && *list <= List::UrbanBodies => {}
                Err((column, reason)) => faults.add(&sheet.file, line.number, column, reason),
                Ok(above) => {
                    if let Err((column, reason)) = self.put(&row, above) {
                        faults.add(&sheet.file, line.number, column, reason);
                    }
                }
            }
        }
    }

    /// What the row hangs below, in the words of its own list.
    fn above(
        &self,
        row: &Row<'_>,
        tiers: &Tiers,
        named: &Named,
        state: &str,
    ) -> Result<Above, Wrong> {
        let known = |kind: &str, code: &str| {
            let code = PlaceCode::new(format!("{kind}:{code}"));
            self.at.contains_key(&code).then_some(code)
        };
        let district = row.text(&["districtcode"]);
        let body = row.text(&["localbodycode"]);
        match row.list {
            List::States => Ok(Above::Nothing),
            List::Districts => Ok(Above::IfNew(PlaceCode::new(format!("state:{state}")))),
            List::SubDistricts | List::Blocks | List::UrbanBodies if district.is_empty() => {
                Ok(Above::IfNew(PlaceCode::new(format!("state:{state}"))))
            }
            List::SubDistricts | List::Blocks | List::UrbanBodies => known("district", district)
                .map(Above::Surely)
                .ok_or_else(|| ("district code", format!("there is no district {district}"))),
            List::Panchayats => match tiers.seat(row.text(&["parentlocalbodycode"]), named) {
                Seat::Block(block) => Ok(Above::Surely(block)),
                Seat::District(district) => Ok(Above::IfNew(district)),
                Seat::Unknown => {
                    let why = "leads to no panchayat of a district that is named like a district";
                    Err(("parent localbody code", why.to_owned()))
                }
            },
            List::Villages => {
                let code = row.text(&["subdistrictcode"]);
                known("subdistrict", code)
                    .map(Above::IfNew)
                    .ok_or_else(|| ("subdistrict code", format!("there is no sub-district {code}")))
            }
            List::VillagesOfPanchayats => known("panchayat", body)
                .map(Above::Surely)
                .ok_or_else(|| ("localbody code", format!("there is no panchayat {body}"))),
            List::Wards => known("urban_body", body)
                .or_else(|| known("panchayat", body))
                .map(Above::Surely)
                .ok_or_else(|| ("localbody code", format!("there is no local body {body}"))),
        }
    }

    fn put(&mut self, row: &Row<'_>, above: Above) -> Result<(), Wrong> {
        let code = row.named("code");
        if code.is_empty() || !code.chars().all(|c| c.is_ascii_digit()) {
            return Err(("code", format!("{code:?} is no code of the directory")));
        }
        let code = PlaceCode::new(format!("{}:{code}", row.list.kind()));
        let en = [row.named("nameinenglish"), row.named("nameinenglsih"), row.named("name")];
        let en = en.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        if en.is_empty() || en.chars().count() > NAME_CHARS_MAX {
            return Err(("name", "is empty or longer than 100 characters".to_owned()));
        }
        let local = [row.named("nameinlocal"), row.named("nameinhindi")];
        let hi = local.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        let hi: String = hi.chars().take(NAME_CHARS_MAX).collect();
        if let Some(at) = self.at.get(&code) {
            let place = &mut self.rows[*at];
            place.names.en = en.to_owned();
            if !hi.is_empty() {
                place.names.hi = hi;
            }
            if let Above::Surely(above) = above {
                place.parent = Some(above);
            }
            return Ok(());
        }
        let parent = match above {
            Above::Nothing => None,
            Above::Surely(above) | Above::IfNew(above) => Some(above),
        };
        let hi = if hi.is_empty() { en.to_owned() } else { hi };
        self.at.insert(code.clone(), self.rows.len());
        let names = Names { hi, en: en.to_owned() };
        self.rows.push(Place { code, parent, key: None, names });
        Ok(())
    }
}

/// The column that is wrong, and why.
type Wrong = (&'static str, String);

enum Above {
    Nothing,
    /// A place that is known keeps what it hangs below: a district its division, a village its panchayat.
    IfNew(PlaceCode),
    Surely(PlaceCode),
}

struct Row<'l> {
    list: List,
    columns: &'l Columns,
    line: &'l Line,
}

impl<'l> Row<'l> {
    fn text(&self, names: &[&str]) -> &'l str {
        self.columns.text(self.line, names)
    }

    /// Of the list's own columns, the one that ends like this.
    fn named(&self, ending: &str) -> &'l str {
        let names = self.list.stems().iter().map(|stem| format!("{stem}{ending}"));
        let found = names.map(|name| self.columns.text(self.line, &[&name]));
        found.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
    }
}
