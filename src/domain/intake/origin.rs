//! Where a case came from beside its channel: how the citizen heard of 181 (R49), and which scheme it is about (R50).

use crate::domain::{
    case::Kind,
    place::{Code, PlaceCode},
    words,
};

words! {
    pub enum HeardOf {
        /// Asked, and not said.
        NotSaid = "NOT_SAID",
        Radio = "RADIO",
        Television = "TELEVISION",
        Newspaper = "NEWSPAPER",
        Poster = "POSTER",
        Internet = "INTERNET",
        FamilyOrNeighbours = "FAMILY_OR_NEIGHBOURS",
        /// An office, or somebody who works there.
        Office = "OFFICE",
        /// A village meeting or a hearing of the administration.
        Meeting = "MEETING",
        CalledBefore = "CALLED_BEFORE",
        Other = "OTHER",
    }
}

/// What a case says of it; a case of which nothing was said has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub case: i64,
    /// None: nobody asked.
    pub heard_of: Option<HeardOf>,
    pub scheme: Option<Code>,
}

/// What was registered in a span of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub kinds: Vec<(Kind, i64)>,
    pub heard_of: Vec<(HeardOf, i64)>,
    /// Every block there is, with the cases at it or below, those with none first.
    pub blocks: Vec<(PlaceCode, i64)>,
}

/// Counts the cases of places for the blocks that they lie in. Cases at a district are no block's.
pub fn of_blocks(
    blocks: impl IntoIterator<Item = PlaceCode>,
    places: &[(Vec<PlaceCode>, i64)],
) -> Vec<(PlaceCode, i64)> {
    let mut counted: Vec<_> = blocks
        .into_iter()
        .map(|block| {
            let inside = places.iter().filter(|(line, _)| line.contains(&block));
            let cases: i64 = inside.map(|(_, cases)| cases).sum();
            (block, cases)
        })
        .collect();
    counted.sort_by(|(one, fewer), (other, more)| {
        fewer.cmp(more).then_with(|| one.as_str().cmp(other.as_str()))
    });
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_without_a_case_come_first_and_villages_count_for_their_block() {
        let place = |code: &str| PlaceCode::new(code);
        let line = |codes: &[&str]| codes.iter().copied().map(place).collect::<Vec<_>>();
        let places = [
            (line(&["village:1", "block:phanda", "district:396"]), 2),
            (line(&["block:phanda", "district:396"]), 3),
            (line(&["district:396"]), 9),
        ];

        let counted = of_blocks([place("block:phanda"), place("block:berasia")], &places);

        assert_eq!(counted, [(place("block:berasia"), 0), (place("block:phanda"), 5)]);
    }
}
