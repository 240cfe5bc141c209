//! Tables of text become a draft of the directory; what does not parse becomes faults.

use super::{
    Category, Charge, Counting, Days, Department, Designation, Directory, Held, Holiday, Leave,
    Matter, Officer, Place, Post, Rise, Rung, Scope, Subcategory, Synonym,
    row::{Columns, Edge, LEVEL_MAX, Row, shown},
    sheet::{Faults, LINES_MAX, Sheet, Table},
};
use crate::domain::place::{Level, PlaceCode, PostId};

const WORD_CHARS_MAX: usize = 60;
const DAYS_MAX: i64 = 365;
const PLACE_KEY_MAX: i64 = 99;
const CATEGORY_KEY_MAX: i64 = 9;

/// Rows with the lines that they stand on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines<T> {
    pub file: String,
    /// Line 0: as it is live.
    pub rows: Vec<(u32, T)>,
    /// Every line of the file could be read.
    pub whole: bool,
}

/// The whole directory as it would stand, not yet checked across its tables.
#[derive(Clone, Debug)]
pub struct Draft {
    pub places: Lines<Place>,
    pub departments: Lines<Department>,
    pub designations: Lines<Designation>,
    pub ladder: Lines<Rung>,
    pub categories: Lines<Category>,
    pub subcategories: Lines<Subcategory>,
    pub synonyms: Lines<Synonym>,
    pub posts: Lines<Post>,
    pub officers: Lines<Officer>,
    pub holders: Lines<Held>,
    pub leave: Lines<Leave>,
    pub limits: Lines<Days>,
    pub switches: Lines<Switch>,
    pub holidays: Lines<Holiday>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    Holidays(Counting),
    L3ToL4(Rise),
}

/// Puts the tables that came in the place of those that are live.
pub fn read(sheets: &[Sheet], live: Directory, faults: &mut Faults) -> Draft {
    let mut draft = Draft::of(live);
    let mut seen = Vec::new();
    for sheet in sheets {
        let Some(table) = Table::parse(&sheet.table) else {
            let known: Vec<_> = Table::ALL.iter().map(|table| table.as_str()).collect();
            faults.add(
                &sheet.file,
                0,
                "",
                format!("is no table of the directory; known are {}", known.join(", ")),
            );
            continue;
        };
        if seen.contains(&table) {
            faults.add(&sheet.file, 0, "", format!("the table {table} is there twice"));
            continue;
        }
        seen.push(table);
        draft.replace(table, sheet, faults);
    }
    draft
}

impl Draft {
    pub(super) fn of(live: Directory) -> Self {
        let Directory { rows, people, terms } = live;
        let switches = vec![Switch::Holidays(terms.holidays), Switch::L3ToL4(terms.l3_to_l4)];
        Self {
            places: Lines::live(Table::Places, rows.places),
            departments: Lines::live(Table::Departments, rows.departments),
            designations: Lines::live(Table::Designations, rows.designations),
            ladder: Lines::live(Table::Ladder, rows.ladder),
            categories: Lines::live(Table::Categories, rows.categories),
            subcategories: Lines::live(Table::Subcategories, rows.subcategories),
            synonyms: Lines::live(Table::Synonyms, rows.synonyms),
            posts: Lines::live(Table::Posts, rows.posts),
            officers: Lines::live(Table::Officers, people.officers),
            holders: Lines::live(Table::Holders, people.holders),
            leave: Lines::live(Table::Leave, people.leave),
            limits: Lines::live(Table::Limits, terms.limits),
            switches: Lines::live(Table::Switches, switches),
            holidays: Lines::live(Table::Holidays, rows.holidays),
        }
    }

    fn replace(&mut self, table: Table, sheet: &Sheet, faults: &mut Faults) {
        match table {
            Table::Places => self.places = lines(table, sheet, faults, place),
            Table::Departments => self.departments = lines(table, sheet, faults, department),
            Table::Designations => self.designations = lines(table, sheet, faults, designation),
            Table::Ladder => self.ladder = lines(table, sheet, faults, rung),
            Table::Categories => self.categories = lines(table, sheet, faults, category),
            Table::Subcategories => self.subcategories = lines(table, sheet, faults, subcategory),
            Table::Synonyms => self.synonyms = lines(table, sheet, faults, synonym),
            Table::Posts => self.posts = lines(table, sheet, faults, post),
            Table::Officers => self.officers = lines(table, sheet, faults, officer),
            Table::Holders => self.holders = lines(table, sheet, faults, held),
            Table::Leave => self.leave = lines(table, sheet, faults, leave),
            Table::Limits => self.limits = lines(table, sheet, faults, days),
            Table::Switches => self.switches = lines(table, sheet, faults, switch),
            Table::Holidays => self.holidays = lines(table, sheet, faults, holiday),
        }
    }
}

impl<T> Lines<T> {
    fn live(table: Table, rows: Vec<T>) -> Self {
        let rows = rows.into_iter().map(|row| (0, row)).collect();
        Self { file: format!("live {table}"), rows, whole: true }
    }

    pub(super) fn into_rows(self) -> Vec<T> {
        self.rows.into_iter().map(|(_, row)| row).collect()
    }
}

fn lines<T>(
    table: Table,
    sheet: &Sheet,
    faults: &mut Faults,
    one: fn(&mut Row<'_>) -> T,
) -> Lines<T> {
    let before = faults.count;
    let columns = Columns::find(table.as_str(), table.columns(), sheet, faults);
    if sheet.lines.len() > LINES_MAX {
        faults.add(&sheet.file, 0, "", format!("has more than {LINES_MAX} lines"));
    }
    let mut rows = Vec::with_capacity(sheet.lines.len().min(LINES_MAX));
    for line in sheet.lines.iter().take(LINES_MAX) {
        if line.cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let mut row = Row::new(sheet, line, &columns, faults);
        let read = one(&mut row);
        if !row.bad {
            rows.push((line.number, read));
        }
    }
    Lines { file: sheet.file.clone(), rows, whole: faults.count == before }
}

fn place(row: &mut Row<'_>) -> Place {
    let (kind, code) = (row.code("kind"), row.code("code"));
    Place {
        code: PlaceCode(format!("{kind}:{code}")),
        parent: row.maybe_place("parent"),
        key: row.key("key", PLACE_KEY_MAX),
        names: row.names(),
    }
}

fn department(row: &mut Row<'_>) -> Department {
    let levels = row.number("levels", 1, LEVEL_MAX.into());
    Department {
        code: row.code("code"),
        names: row.names(),
        ladder: Level(u8::try_from(levels).unwrap_or(LEVEL_MAX)),
    }
}

fn designation(row: &mut Row<'_>) -> Designation {
    Designation { code: row.code("code"), names: row.names() }
}

fn rung(row: &mut Row<'_>) -> Rung {
    Rung {
        department: row.code("department"),
        level: row.level("level"),
        designation: row.code("designation"),
    }
}

fn category(row: &mut Row<'_>) -> Category {
    Category {
        code: row.code("code"),
        department: row.code("department"),
        key: row.key("key", CATEGORY_KEY_MAX),
        names: row.names(),
    }
}

fn subcategory(row: &mut Row<'_>) -> Subcategory {
    Subcategory { code: row.code("code"), category: row.code("category"), names: row.names() }
}

fn synonym(row: &mut Row<'_>) -> Synonym {
    row.needed("word");
    let word = row.short("word", WORD_CHARS_MAX);
    let of = match (row.maybe_code("category"), row.maybe_code("subcategory")) {
        (Some(code), None) => Matter::Category(code),
        (None, Some(code)) => Matter::Subcategory(code),
        (Some(_), Some(code)) => {
            row.fault("subcategory", "is filled beside category: a word stands for one of them");
            Matter::Subcategory(code)
        }
        (None, None) => {
            row.fault("category", "is empty, and so is subcategory");
            Matter::Category(row.code("category"))
        }
    };
    Synonym { of, word }
}

fn post(row: &mut Row<'_>) -> Post {
    let scope = match (row.maybe_code("category"), row.maybe_code("subcategory")) {
        (None, None) => Scope::Department,
        (Some(code), None) => Scope::Category(code),
        (None, Some(code)) => Scope::Subcategory(code),
        (Some(_), Some(code)) => {
            row.fault("subcategory", "is filled beside category: one of them narrows a post");
            Scope::Subcategory(code)
        }
    };
    Post {
        id: PostId(0),
        code: row.post("code"),
        department: row.code("department"),
        scope,
        level: row.level("level"),
        designation: row.code("designation"),
        place: row.place("place"),
    }
}

fn officer(row: &mut Row<'_>) -> Officer {
    let officer = Officer {
        login: row.login("login"),
        names: row.one_name(),
        mobile: row.mobile("mobile"),
        active_from: row.maybe_time("active_from", Edge::From),
        active_until: row.maybe_time("active_until", Edge::Until),
    };
    let (from, until) = (officer.active_from, officer.active_until);
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        row.fault("active_until", "lies before active_from");
    }
    officer
}

fn held(row: &mut Row<'_>) -> Held {
    let known = ["REGULAR", "ADDITIONAL"];
    let held = Held {
        post: row.post("post"),
        login: row.login("login"),
        from: row.time("from", Edge::From),
        until: row.maybe_time("until", Edge::Until),
        kind: row.word("kind", Charge::parse, &known).unwrap_or(Charge::Regular),
    };
    if !row.bad && held.until.is_some_and(|until| until <= held.from) {
        row.fault("until", "lies before from");
    }
    held
}

fn leave(row: &mut Row<'_>) -> Leave {
    let leave = Leave {
        login: row.login("login"),
        from: row.time("from", Edge::From),
        until: row.time("until", Edge::Until),
    };
    if !row.bad && leave.until <= leave.from {
        row.fault("until", "lies before from");
    }
    leave
}

fn days(row: &mut Row<'_>) -> Days {
    Days {
        department: row.maybe_code("department"),
        subcategory: row.maybe_code("subcategory"),
        level: row.maybe_level("level"),
        days: row.number("days", 1, DAYS_MAX),
    }
}

fn switch(row: &mut Row<'_>) -> Switch {
    let name = row.needed("name").to_lowercase();
    match name.as_str() {
        "holidays" => {
            let counting = row.word("value", Counting::parse, &["COUNT", "SKIP"]);
            Switch::Holidays(counting.unwrap_or_default())
        }
        "l3_to_l4" => {
            let rise = row.word("value", Rise::parse, &["AUTOMATIC", "MANUAL"]);
            Switch::L3ToL4(rise.unwrap_or_default())
        }
        "" => Switch::Holidays(Counting::default()),
        other => {
            let reason = format!("{} is no switch; known are holidays, l3_to_l4", shown(other));
            row.fault("name", reason);
            Switch::Holidays(Counting::default())
        }
    }
}

fn holiday(row: &mut Row<'_>) -> Holiday {
    Holiday { day: row.day("date"), names: row.names() }
}
