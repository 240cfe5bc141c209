//! The three tiers of panchayats: the list names no block and no district, only the panchayat above, so that one's name is
//! looked up among the blocks of the district that the uppermost is named like.

use std::collections::HashMap;

use super::list::{Columns, List};
use crate::domain::{
    directory::{
        Place,
        sheet::{Sheet, plain},
    },
    place::PlaceCode,
};

/// A panchayat above others, by its code: its name and what stands above it.
#[derive(Default)]
pub(super) struct Tiers(HashMap<String, (String, String)>);

/// As the published lists number them.
const OF_VILLAGES: &str = "3";
const ABOVE: [&str; 2] = ["1", "2"];
/// What panchayats add to the name of their district or block.
const TITLES: [&str; 12] = [
    "zilapanchayat",
    "zillapanchayat",
    "jilapanchayat",
    "zilaparishad",
    "zillaparishad",
    "districtpanchayat",
    "janpadpanchayat",
    "janapadpanchayat",
    "blockpanchayat",
    "panchayatsamiti",
    "intermediatepanchayat",
    "panchayat",
];

/// Where a panchayat of villages belongs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seat {
    Block(PlaceCode),
    /// No block is named like the panchayat above.
    District(PlaceCode),
    Unknown,
}

impl Tiers {
    pub(super) fn of(lists: &[(List, Columns, Sheet)]) -> Self {
        let mut tiers = HashMap::new();
        for (_, columns, sheet) in lists.iter().filter(|(list, ..)| *list == List::Panchayats) {
            for line in &sheet.lines {
                let text = |name: &str| columns.text(line, &[name]).to_owned();
                if ABOVE.contains(&text("localbodytypecode").as_str()) {
                    let name = text("localbodynameinenglish");
                    tiers.insert(text("localbodycode"), (name, text("parentlocalbodycode")));
                }
            }
        }
        Self(tiers)
    }

    /// Whether a row of this tier becomes a place: those above are blocks and districts already.
    pub(super) fn is_place(tier: &str) -> bool {
        tier == OF_VILLAGES
    }

    pub(super) fn seat(&self, above: &str, named: &Named) -> Seat {
        let Some((middle, top)) = self.0.get(above) else { return Seat::Unknown };
        // Where there is no tier between, the one above is the district's.
        let (middle, top) = match self.0.get(top) {
            Some((top, _)) => (Some(middle), top),
            None => (None, middle),
        };
        let Some(district) = named.district(top) else { return Seat::Unknown };
        match middle.and_then(|name| named.block(&district, name)) {
            Some(block) => Seat::Block(block),
            None => Seat::District(district),
        }
    }
}

/// Districts, and the blocks of each, by their plain English names.
pub(super) struct Named {
    districts: HashMap<String, PlaceCode>,
    blocks: HashMap<(PlaceCode, String), PlaceCode>,
}

impl Named {
    pub(super) fn of(places: &[Place]) -> Self {
        let mut named = Self { districts: HashMap::new(), blocks: HashMap::new() };
        for place in places {
            let name = plain(&place.names.en);
            match (place.code.kind(), &place.parent) {
                ("district", _) => drop(named.districts.insert(name, place.code.clone())),
                ("block" | "panchayat_samiti", Some(parent)) => {
                    named.blocks.insert((parent.clone(), name), place.code.clone());
                }
                _ => {}
            }
        }
        named
    }

    fn district(&self, panchayat: &str) -> Option<PlaceCode> {
        self.districts.get(&untitled(panchayat)).cloned()
    }

    fn block(&self, district: &PlaceCode, panchayat: &str) -> Option<PlaceCode> {
        self.blocks.get(&(district.clone(), untitled(panchayat))).cloned()
    }
}

fn untitled(panchayat: &str) -> String {
    let name = plain(panchayat);
    let cut = TITLES.iter().find_map(|title| {
        let rest = name.strip_suffix(title).or_else(|| name.strip_prefix(title))?;
        (!rest.is_empty()).then(|| rest.to_owned())
    });
    cut.unwrap_or(name)
}
