//! Districts take turns: of those that have something due each is given one call before any is given its next.

use crate::domain::place::PlaceCode;

/// Whose turn it was last. Each process keeps its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    last: Option<PlaceCode>,
}

impl Turns {
    /// The districts in the order of their turns; `due` is in the order of their codes.
    pub fn order<'d>(&self, due: &'d [PlaceCode]) -> impl Iterator<Item = &'d PlaceCode> + use<'d> {
        let next = match &self.last {
            Some(last) => due.partition_point(|district| district <= last),
            None => 0,
        };
        let (before, from) = due.split_at(next);
        from.iter().chain(before)
    }

    /// How many districts are called before this one.
    pub fn before(&self, due: &[PlaceCode], district: &PlaceCode) -> Option<usize> {
        self.order(due).position(|next| next == district)
    }

    pub fn took(&mut self, district: PlaceCode) {
        self.last = Some(district);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(n: u8) -> PlaceCode {
        PlaceCode::new(format!("district:{n:03}"))
    }

    #[test]
    fn a_district_that_comes_late_takes_one_turn_and_not_those_that_it_missed() {
        let mut turns = Turns::default();
        let both = [code(1), code(2)];
        for _ in 0..100 {
            turns.took(code(2));
        }
        let mut given = Vec::new();
        for _ in 0..4 {
            let next = turns.order(&both).next().unwrap().clone();
            turns.took(next.clone());
            given.push(next);
        }

        assert_eq!(given, [code(1), code(2), code(1), code(2)]);
    }

    proptest! {
        /// However much each has due: none starves, none is called twice while another waits.
        #[test]
        fn shares_of_those_who_wait_differ_by_one_at_most(
            mut due in prop::collection::vec(1u32..60, 1..12),
            calls in 1usize..200,
        ) {
            let mut turns = Turns::default();
            let mut given = vec![0u32; due.len()];
            for _ in 0..calls {
                let waiting: Vec<_> =
                    (0..due.len()).filter(|n| due[*n] > 0).map(|n| code(n as u8)).collect();
                let Some(next) = turns.order(&waiting).next().cloned() else { break };
                let n = (0..due.len()).find(|n| code(*n as u8) == next).unwrap();
                turns.took(next);
                due[n] -= 1;
                given[n] += 1;
                for waits in (0..due.len()).filter(|n| due[*n] > 0) {
                    prop_assert!(given[n] <= given[waits] + 1);
                }
            }
        }
    }
}
