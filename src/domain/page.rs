//! Where a page of a list goes on: behind the last row of the page before, by the list's own order.

use super::time::Timestamp;

/// A list ordered by an instant and an id goes on behind this row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct After {
    pub at: Timestamp,
    pub id: i64,
}

impl After {
    /// Before the first row.
    pub const START: Self = Self { at: Timestamp(i64::MIN), id: 0 };
}

/// A list's page and, if there is more, where the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paged<T> {
    pub rows: Vec<T>,
    pub next: Option<After>,
}

impl<T> Paged<T> {
    /// From rows that were asked for with one more than `limit`.
    pub fn of(mut rows: Vec<T>, limit: usize, after: impl Fn(&T) -> After) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(after);
        Self { rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_the_next_begins_only_when_there_is_one() {
        let after = |id: &i64| After { at: Timestamp(7), id: *id };

        let cut = Paged::of(vec![1, 2, 3], 2, after);
        assert_eq!((cut.rows, cut.next), (vec![1, 2], Some(After { at: Timestamp(7), id: 2 })));
        assert_eq!(Paged::of(vec![1, 2], 2, after).next, None);
        assert_eq!(Paged::of(vec![], 2, after).next, None);
    }
}
