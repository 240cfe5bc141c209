//! What a published list is a list of, told by its header, and how its columns are called.

use std::collections::HashMap;

use crate::domain::directory::sheet::{Line, plain};

/// In the order in which they build on one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum List {
    States,
    Districts,
    SubDistricts,
    Blocks,
    UrbanBodies,
    /// All three tiers: of districts, of blocks, of villages.
    Panchayats,
    Villages,
    /// Which panchayat a village belongs to.
    VillagesOfPanchayats,
    Wards,
}

pub(super) struct Columns(pub(super) HashMap<String, usize>);

impl Columns {
    pub(super) fn of(line: &Line) -> Self {
        let named = line.cells.iter().enumerate().map(|(n, cell)| (plain(cell), n));
        let mut columns = HashMap::new();
        for (name, n) in named.filter(|(name, _)| !name.is_empty()) {
            columns.entry(name).or_insert(n);
        }
        Self(columns)
    }

    pub(super) fn list(&self) -> Option<List> {
        let at = |name: &str| self.0.get(name);
        let has = |name: &str| self.0.contains_key(name);
        if has("parliamentconstituencycode") || has("assemblyconstituencycode") {
            return None;
        }
        Some(match (at("villagecode"), at("localbodycode")) {
            (_, Some(_)) if has("wardcode") => List::Wards,
            // Of urban bodies' coverage, the village is a detail and stands behind.
            (Some(village), Some(body)) if village < body => List::VillagesOfPanchayats,
            (_, Some(_)) if has("parentlocalbodycode") => List::Panchayats,
            (_, Some(_)) => List::UrbanBodies,
            (Some(_), None) if has("subdistrictcode") => List::Villages,
            (Some(_), None) => return None,
            _ if has("wardcode") || has("districtpanchayatcode") => return None,
            _ if has("blockcode") || has("developmentblockcode") => List::Blocks,
            _ if has("subdistrictcode") => List::SubDistricts,
            _ if has("districtcode") => List::Districts,
            _ if has("statecode") => List::States,
            _ => return None,
        })
    }

    pub(super) fn text<'l>(&self, line: &'l Line, names: &[&str]) -> &'l str {
        let mut found = names.iter().filter_map(|name| self.0.get(*name));
        found.next().and_then(|at| line.cells.get(*at)).map_or("", |cell| cell.trim())
    }
}

impl List {
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::States => "state",
            Self::Districts => "district",
            Self::SubDistricts => "subdistrict",
            Self::Blocks => "block",
            Self::UrbanBodies => "urban_body",
            Self::Panchayats => "panchayat",
            Self::Villages | Self::VillagesOfPanchayats => "village",
            Self::Wards => "ward",
        }
    }

    /// As columns begin: `subdistrictcode`, `subdistrictnameinenglish`.
    pub(super) fn stems(self) -> &'static [&'static str] {
        match self {
            Self::States => &["state"],
            Self::Districts => &["district"],
            Self::SubDistricts => &["subdistrict"],
            Self::Blocks => &["block", "developmentblock"],
            Self::UrbanBodies | Self::Panchayats => &["localbody"],
            Self::Villages | Self::VillagesOfPanchayats => &["village"],
            Self::Wards => &["ward"],
        }
    }
}
