//! By what a row is told from the others of its table; sorting and comparing go by it.

use super::{
    Category, Days, Department, Designation, Directory, Held, Holiday, Leave, Matter, Officer,
    Place, Post, Rung, Subcategory, Synonym, sheet::Table,
};

/// Holidays, and how level 3 goes to level 4.
const SWITCHES: usize = 2;

pub(super) trait Keyed {
    /// Unique in the table, and readable: it names the row in what an import would change.
    fn key(&self) -> String;
}

macro_rules! keyed {
    ($($row:ty: |$it:ident| $key:expr;)+) => {$(
        impl Keyed for $row {
            fn key(&self) -> String {
                let $it = self;
                $key
            }
        }
    )+};
}

keyed! {
    Place: |it| it.code.0.clone();
    Department: |it| it.code.0.clone();
    Designation: |it| it.code.0.clone();
    Rung: |it| format!("{} {} {}", it.department, it.level.0, it.designation);
    Category: |it| it.code.0.clone();
    Subcategory: |it| it.code.0.clone();
    Synonym: |it| match &it.of {
        Matter::Category(code) => format!("category {code} {}", it.word),
        Matter::Subcategory(code) => format!("subcategory {code} {}", it.word),
    };
    Post: |it| it.code.0.clone();
    Holiday: |it| it.day.0.to_string();
    Officer: |it| it.login.clone();
    Held: |it| format!("{} {} {}", it.post, it.login, it.from);
    Leave: |it| format!("{} {}", it.login, it.from);
    Days: |it| {
        let code = |code: &Option<crate::domain::place::Code>| {
            code.as_ref().map_or("*".to_owned(), |code| code.0.clone())
        };
        let level = it.level.map_or("*".to_owned(), |level| level.0.to_string());
        format!("{} {} {level}", code(&it.department), code(&it.subcategory))
    };
}

impl Directory {
    pub fn count(&self, table: Table) -> usize {
        let Self { rows, people, terms } = self;
        match table {
            Table::Places => rows.places.len(),
            Table::Departments => rows.departments.len(),
            Table::Designations => rows.designations.len(),
            Table::Ladder => rows.ladder.len(),
            Table::Categories => rows.categories.len(),
            Table::Subcategories => rows.subcategories.len(),
            Table::Synonyms => rows.synonyms.len(),
            Table::Posts => rows.posts.len(),
            Table::Officers => people.officers.len(),
            Table::Holders => people.holders.len(),
            Table::Leave => people.leave.len(),
            Table::Limits => terms.limits.len(),
            Table::Switches => SWITCHES,
            Table::Holidays => rows.holidays.len(),
        }
    }

    /// Rows that every version holds anew.
    pub fn row_count(&self) -> usize {
        use Table::*;
        let versioned = [
            Places,
            Departments,
            Designations,
            Ladder,
            Categories,
            Subcategories,
            Synonyms,
            Posts,
            Holidays,
        ];
        versioned.into_iter().map(|table| self.count(table)).sum()
    }

    pub fn people_count(&self) -> usize {
        use Table::*;
        [Officers, Holders, Leave].into_iter().map(|table| self.count(table)).sum()
    }

    /// Puts every table into the order of its keys.
    pub fn sort(&mut self) {
        fn sort<T: Keyed>(rows: &mut [T]) {
            rows.sort_by_cached_key(Keyed::key);
        }
        sort(&mut self.rows.places);
        sort(&mut self.rows.departments);
        sort(&mut self.rows.designations);
        sort(&mut self.rows.ladder);
        sort(&mut self.rows.categories);
        sort(&mut self.rows.subcategories);
        sort(&mut self.rows.synonyms);
        sort(&mut self.rows.posts);
        sort(&mut self.rows.holidays);
        sort(&mut self.people.officers);
        sort(&mut self.people.holders);
        sort(&mut self.people.leave);
        sort(&mut self.terms.limits);
    }
}
