//! The directory as tables of text: what is written reads back equal.

use super::{
    Directory, Matter, Names, Scope,
    sheet::{Line, Sheet, Table},
};
use crate::domain::{
    place::{Code, PlaceCode},
    time::{DAY_MS, Day, Timestamp},
};

/// All tables, also those without rows: what is read back leaves nothing as it was.
pub fn print(directory: &Directory) -> Vec<Sheet> {
    Table::ALL.iter().map(|table| sheet(*table, lines(*table, directory))).collect()
}

fn sheet(table: Table, rows: Vec<Vec<String>>) -> Sheet {
    let numbered = |(n, cells)| Line { number: u32::try_from(n + 2).unwrap_or(u32::MAX), cells };
    Sheet {
        file: table.file(),
        table: table.as_str().to_owned(),
        header_line: 1,
        header: table.columns().iter().map(|column| (*column).to_owned()).collect(),
        lines: rows.into_iter().enumerate().map(numbered).collect(),
    }
}

fn lines(table: Table, directory: &Directory) -> Vec<Vec<String>> {
    let Directory { rows, people, terms } = directory;
    match table {
        Table::Places => all(&rows.places, |row| {
            let (kind, code) = row.code.as_str().split_once(':').unwrap_or_default();
            let parent = row.parent.as_ref().map_or("", PlaceCode::as_str);
            let key = row.key.as_deref().unwrap_or_default();
            vec![
                kind.into(),
                code.into(),
                parent.into(),
                key.into(),
                hi(&row.names),
                en(&row.names),
            ]
        }),
        Table::Departments => all(&rows.departments, |row| {
            vec![row.code.0.clone(), hi(&row.names), en(&row.names), row.ladder.0.to_string()]
        }),
        Table::Designations => {
            all(&rows.designations, |row| vec![row.code.0.clone(), hi(&row.names), en(&row.names)])
        }
        Table::Ladder => all(&rows.ladder, |row| {
            vec![row.department.0.clone(), row.level.0.to_string(), row.designation.0.clone()]
        }),
        Table::Categories => all(&rows.categories, |row| {
            let key = row.key.clone().unwrap_or_default();
            vec![row.code.0.clone(), row.department.0.clone(), key, hi(&row.names), en(&row.names)]
        }),
        Table::Subcategories => all(&rows.subcategories, |row| {
            vec![row.code.0.clone(), row.category.0.clone(), hi(&row.names), en(&row.names)]
        }),
        Table::Synonyms => all(&rows.synonyms, |row| match &row.of {
            Matter::Category(code) => vec![code.0.clone(), String::new(), row.word.clone()],
            Matter::Subcategory(code) => vec![String::new(), code.0.clone(), row.word.clone()],
        }),
        Table::Posts => all(&rows.posts, |row| {
            let (category, subcategory) = match &row.scope {
                Scope::Department => (String::new(), String::new()),
                Scope::Category(code) => (code.0.clone(), String::new()),
                Scope::Subcategory(code) => (String::new(), code.0.clone()),
            };
            vec![
                row.code.0.clone(),
                row.department.0.clone(),
                category,
                subcategory,
                row.place.0.clone(),
                row.level.0.to_string(),
                row.designation.0.clone(),
            ]
        }),
        Table::Officers => all(&people.officers, |row| {
            let mobile = row.mobile.as_ref().map_or("", |mobile| mobile.reveal());
            vec![
                row.login.clone(),
                hi(&row.names),
                en(&row.names),
                mobile.to_owned(),
                row.active_from.map(from).unwrap_or_default(),
                row.active_until.map(until).unwrap_or_default(),
            ]
        }),
        Table::Holders => all(&people.holders, |row| {
            vec![
                row.post.0.clone(),
                row.login.clone(),
                from(row.from),
                row.until.map(until).unwrap_or_default(),
                row.kind.to_string(),
            ]
        }),
        Table::Leave => {
            all(&people.leave, |row| vec![row.login.clone(), from(row.from), until(row.until)])
        }
        Table::Limits => all(&terms.limits, |row| {
            let code = |code: &Option<Code>| code.as_ref().map_or("", Code::as_str).to_owned();
            let level = row.level.map(|level| level.0.to_string()).unwrap_or_default();
            vec![code(&row.department), code(&row.subcategory), level, row.days.to_string()]
        }),
        Table::Switches => vec![
            vec!["holidays".to_owned(), terms.holidays.to_string()],
            vec!["l3_to_l4".to_owned(), terms.l3_to_l4.to_string()],
        ],
        Table::Holidays => {
            all(&rows.holidays, |row| vec![day(row.day), hi(&row.names), en(&row.names)])
        }
    }
}

fn all<T>(rows: &[T], one: impl Fn(&T) -> Vec<String>) -> Vec<Vec<String>> {
    rows.iter().map(one).collect()
}

fn hi(names: &Names) -> String {
    names.hi.clone()
}

fn en(names: &Names) -> String {
    names.en.clone()
}

fn day(day: Day) -> String {
    format!("{:04}-{:02}-{:02}", day.0 / 10_000, day.0 / 100 % 100, day.0 % 100)
}

/// A day when it is the day's first instant, else the instant.
fn from(at: Timestamp) -> String {
    if at == at.at_ist_minute(0) { day(at.ist_day()) } else { instant(at) }
}

/// A day when it is the first instant behind that day.
fn until(at: Timestamp) -> String {
    if at == at.at_ist_minute(0) { day(at.plus_ms(-DAY_MS).ist_day()) } else { instant(at) }
}

fn instant(at: Timestamp) -> String {
    at.ist().format("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}
