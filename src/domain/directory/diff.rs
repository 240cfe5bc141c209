//! What an import would change, table by table.

use std::collections::BTreeMap;

use super::{Directory, Post, keys::Keyed, sheet::Table};
use crate::domain::{place::PostId, time::Timestamp};

/// Rows that are named of each kind of change; the rest are counted.
pub const NAMED_MAX: usize = 20;

/// What changes in one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    pub table: Table,
    pub added: Touched,
    pub changed: Touched,
    pub removed: Touched,
}

/// How many rows, and the first of them by their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    pub count: usize,
    pub named: Vec<String>,
}

/// The tables that differ. A period that was over at `now` is history: its missing is no change.
pub fn diff(live: &Directory, next: &Directory, now: Timestamp) -> Vec<Changes> {
    let unnumbered = |posts: &[Post]| -> Vec<Post> {
        posts.iter().map(|post| Post { id: PostId(0), ..post.clone() }).collect()
    };
    let (was, is) = (&live.rows, &next.rows);
    let (had, has) = (&live.people, &next.people);
    let over = |until: Option<Timestamp>| until.is_some_and(|until| until <= now);
    let mut switches =
        Changes { table: Table::Switches, added: none(), changed: none(), removed: none() };
    if live.terms.holidays != next.terms.holidays {
        switches.changed.note(|| format!("holidays {}", next.terms.holidays));
    }
    if live.terms.l3_to_l4 != next.terms.l3_to_l4 {
        switches.changed.note(|| format!("l3_to_l4 {}", next.terms.l3_to_l4));
    }
    let all = [
        rows(Table::Places, &was.places, &is.places, |_| true),
        rows(Table::Departments, &was.departments, &is.departments, |_| true),
        rows(Table::Designations, &was.designations, &is.designations, |_| true),
        rows(Table::Ladder, &was.ladder, &is.ladder, |_| true),
        rows(Table::Categories, &was.categories, &is.categories, |_| true),
        rows(Table::Subcategories, &was.subcategories, &is.subcategories, |_| true),
        rows(Table::Synonyms, &was.synonyms, &is.synonyms, |_| true),
        rows(Table::Posts, &unnumbered(&was.posts), &unnumbered(&is.posts), |_| true),
        rows(Table::Officers, &had.officers, &has.officers, |_| true),
        rows(Table::Holders, &had.holders, &has.holders, |held| !over(held.until)),
        rows(Table::Leave, &had.leave, &has.leave, |leave| !over(Some(leave.until))),
        rows(Table::Limits, &live.terms.limits, &next.terms.limits, |_| true),
        switches,
        rows(Table::Holidays, &was.holidays, &is.holidays, |_| true),
    ];
    all.into_iter().filter(|changes| !changes.is_empty()).collect()
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.added.count + self.changed.count + self.removed.count == 0
    }
}

impl Touched {
    fn note(&mut self, name: impl FnOnce() -> String) {
        self.count += 1;
        if self.named.len() < NAMED_MAX {
            self.named.push(name());
        }
    }
}

fn none() -> Touched {
    Touched::default()
}

fn rows<T: Keyed + PartialEq>(
    table: Table,
    live: &[T],
    next: &[T],
    goes: impl Fn(&T) -> bool,
) -> Changes {
    let mut changes = Changes { table, added: none(), changed: none(), removed: none() };
    let mut left: BTreeMap<String, &T> = live.iter().map(|row| (row.key(), row)).collect();
    for row in next {
        let key = row.key();
        match left.remove(&key) {
            None => changes.added.note(|| key),
            Some(was) if was != row => changes.changed.note(|| key),
            Some(_) => {}
        }
    }
    for (key, row) in left {
        if goes(row) {
            changes.removed.note(|| key);
        }
    }
    changes
}
