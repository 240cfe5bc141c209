//! One line of a table, value by value: each that is not in its form becomes a fault with its place.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate};

use super::{
    Names,
    sheet::{Faults, Line, Sheet, plain},
};
use crate::domain::{
    phone::Phone,
    place::{Code, Level, PlaceCode, PostCode},
    time::{DAY_MS, Day, Timestamp},
};

const CODE_CHARS_MAX: usize = 64;
const POST_CODE_CHARS_MAX: usize = 96;
const LOGIN_CHARS_MAX: usize = 64;
const NAME_CHARS_MAX: usize = 100;
pub(in crate::domain) const LEVEL_MAX: u8 = 9;

/// Where each column of a table stands in a sheet.
pub(in crate::domain) struct Columns(HashMap<&'static str, usize>);

pub(in crate::domain) struct Row<'a> {
    sheet: &'a Sheet,
    line: &'a Line,
    columns: &'a Columns,
    faults: &'a mut Faults,
    /// A value was not in its form: the row is left out.
    pub(in crate::domain) bad: bool,
}

/// Does a day mean its first instant, or the first one behind it?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain) enum Edge {
    From,
    Until,
}

impl Columns {
    /// `table` is what the columns are of, for the one who reads the faults.
    pub(in crate::domain) fn find(
        table: &str,
        known: &[&'static str],
        sheet: &Sheet,
        faults: &mut Faults,
    ) -> Self {
        let mut columns = HashMap::new();
        for (n, header) in sheet.header.iter().enumerate() {
            let asked = plain(header);
            let found = known.iter().find(|known| plain(known) == asked);
            let mut wrong =
                |reason: String| faults.add(&sheet.file, sheet.header_line, header.trim(), reason);
            match found {
                Some(found) if columns.insert(*found, n).is_some() => {
                    wrong("is there twice".into())
                }
                Some(_) => {}
                None if header.trim().is_empty() => {}
                None => {
                    let known = known.join(", ");
                    wrong(format!("is no column of {table}; known are {known}"));
                }
            }
        }
        Self(columns)
    }
}

impl<'a> Row<'a> {
    pub(in crate::domain) fn new(
        sheet: &'a Sheet,
        line: &'a Line,
        columns: &'a Columns,
        faults: &'a mut Faults,
    ) -> Self {
        let mut row = Self { sheet, line, columns, faults, bad: false };
        if line.cells.iter().skip(sheet.header.len()).any(|cell| !cell.trim().is_empty()) {
            row.fault("", "has more values than the header has columns; is a comma unquoted?");
        }
        row
    }

    pub(in crate::domain) fn fault(&mut self, column: &str, reason: impl Into<String>) {
        self.bad = true;
        self.faults.add(&self.sheet.file, self.line.number, column, reason);
    }

    /// The value without blanks around it; empty when there is none.
    pub(in crate::domain) fn text(&self, column: &str) -> &'a str {
        let at = self.columns.0.get(column);
        at.and_then(|at| self.line.cells.get(*at)).map_or("", |cell| cell.trim())
    }

    pub(in crate::domain) fn needed(&mut self, column: &str) -> &'a str {
        let text = self.text(column);
        if text.is_empty() {
            self.fault(column, "is empty");
        }
        text
    }

    pub(in crate::domain) fn code(&mut self, column: &str) -> Code {
        Code(self.formed(column, CODE_CHARS_MAX, "_-"))
    }

    pub(in crate::domain) fn maybe_code(&mut self, column: &str) -> Option<Code> {
        (!self.text(column).is_empty()).then(|| self.code(column))
    }

    pub(in crate::domain) fn post(&mut self, column: &str) -> PostCode {
        PostCode(self.formed(column, POST_CODE_CHARS_MAX, "._-:/"))
    }

    pub(in crate::domain) fn login(&mut self, column: &str) -> String {
        let typed = self.needed(column).to_lowercase();
        if !in_form(&typed, LOGIN_CHARS_MAX, "._-@") && !typed.is_empty() {
            self.fault(column, "is no login: letters, digits and . _ - @, at most 64");
        }
        typed
    }

    /// A place as `KIND:CODE`.
    pub(in crate::domain) fn place(&mut self, column: &str) -> PlaceCode {
        let text = self.needed(column);
        let form = |part: &str| in_form(part, CODE_CHARS_MAX, "_-");
        let formed = text.split_once(':').is_some_and(|(kind, code)| form(kind) && form(code));
        if !formed && !text.is_empty() {
            self.fault(column, format!("{} is no place: KIND:CODE, as district:396", shown(text)));
        }
        PlaceCode::new(text)
    }

    pub(in crate::domain) fn maybe_place(&mut self, column: &str) -> Option<PlaceCode> {
        (!self.text(column).is_empty()).then(|| self.place(column))
    }

    pub(in crate::domain) fn names(&mut self) -> Names {
        Names { hi: self.name("name_hi"), en: self.name("name_en") }
    }

    fn name(&mut self, column: &str) -> String {
        self.needed(column);
        self.short(column, NAME_CHARS_MAX)
    }

    /// Of two names at least one.
    pub(in crate::domain) fn one_name(&mut self) -> Names {
        let names = Names {
            hi: self.short("name_hi", NAME_CHARS_MAX),
            en: self.short("name_en", NAME_CHARS_MAX),
        };
        if names.hi.is_empty() && names.en.is_empty() {
            self.fault("name_en", "is empty, and so is name_hi");
        }
        names
    }

    pub(in crate::domain) fn short(&mut self, column: &str, chars_max: usize) -> String {
        let text = self.text(column);
        if text.chars().count() > chars_max {
            self.fault(column, format!("is longer than {chars_max} characters"));
        }
        if text.chars().any(char::is_control) {
            self.fault(column, "holds a line break or another control character");
        }
        text.to_owned()
    }

    pub(in crate::domain) fn number(&mut self, column: &str, min: i64, max: i64) -> i64 {
        let text = self.needed(column);
        match text.parse::<i64>() {
            Ok(number) if (min..=max).contains(&number) => return number,
            Ok(_) | Err(_) if text.is_empty() => {}
            Ok(_) | Err(_) => {
                self.fault(column, format!("{} is no number from {min} to {max}", shown(text)));
            }
        }
        min
    }

    pub(in crate::domain) fn level(&mut self, column: &str) -> Level {
        let number = self.number(column, 1, LEVEL_MAX.into());
        Level(u8::try_from(number).unwrap_or(1))
    }

    pub(in crate::domain) fn maybe_level(&mut self, column: &str) -> Option<Level> {
        (!self.text(column).is_empty()).then(|| self.level(column))
    }

    /// A keypad key.
    pub(in crate::domain) fn key(&mut self, column: &str, max: i64) -> Option<String> {
        (!self.text(column).is_empty()).then(|| self.number(column, 1, max).to_string())
    }

    pub(in crate::domain) fn time(&mut self, column: &str, edge: Edge) -> Timestamp {
        let text = self.needed(column);
        let day_ms = if edge == Edge::Until { DAY_MS } else { 0 };
        let day = midnight(text).map(|midnight| midnight.plus_ms(day_ms));
        let instant = || DateTime::parse_from_rfc3339(text).ok();
        match day.or_else(|| instant().map(|at| Timestamp(at.timestamp_millis()))) {
            Some(at) => return at,
            None if text.is_empty() => {}
            None => {
                let reason = format!(
                    "{} is no time: a day as 2026-11-22, or 2026-11-22T10:00:00+05:30",
                    shown(text)
                );
                self.fault(column, reason);
            }
        }
        Timestamp(0)
    }

    pub(in crate::domain) fn maybe_time(&mut self, column: &str, edge: Edge) -> Option<Timestamp> {
        (!self.text(column).is_empty()).then(|| self.time(column, edge))
    }

    pub(in crate::domain) fn day(&mut self, column: &str) -> Day {
        let text = self.needed(column);
        match midnight(text) {
            Some(midnight) => midnight.ist_day(),
            None => {
                if !text.is_empty() {
                    let reason = format!("{} is no day, as 2026-11-22", shown(text));
                    self.fault(column, reason);
                }
                Day(0)
            }
        }
    }

    /// Personal data: a fault does not repeat it.
    pub(in crate::domain) fn mobile(&mut self, column: &str) -> Option<Phone> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        let parsed = Phone::parse(text).ok();
        if parsed.is_none() {
            self.fault(column, "is no Indian telephone number of ten digits");
        }
        parsed
    }

    /// One of a few words, in any case.
    pub(in crate::domain) fn word<T: Copy>(
        &mut self,
        column: &str,
        parse: fn(&str) -> Option<T>,
        known: &[&str],
    ) -> Option<T> {
        let text = self.needed(column);
        let parsed = parse(&text.to_uppercase());
        if parsed.is_none() && !text.is_empty() {
            self.fault(column, format!("{} is not one of {}", shown(text), known.join(", ")));
        }
        parsed
    }

    fn formed(&mut self, column: &str, chars_max: usize, marks: &str) -> String {
        let text = self.needed(column);
        if !text.is_empty() && !in_form(text, chars_max, marks) {
            let marks: Vec<_> = marks.chars().map(String::from).collect();
            let reason = format!(
                "{} is no code: lower-case letters, digits and {}, at most {chars_max}",
                shown(text),
                marks.join(" ")
            );
            self.fault(column, reason);
        }
        text.to_owned()
    }
}

fn in_form(text: &str, chars_max: usize, marks: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || marks.contains(c);
    (1..=chars_max).contains(&text.len()) && text.chars().all(plain)
}

/// The instant at which a day begins in IST.
pub(in crate::domain) fn midnight(text: &str) -> Option<Timestamp> {
    if text.len() != "2026-11-22".len() {
        return None;
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    let noon_utc = day.and_hms_opt(12, 0, 0)?.and_utc().timestamp_millis();
    Some(Timestamp(noon_utc).at_ist_minute(0))
}

/// A value in a message: cut, and in quotes.
pub(in crate::domain) fn shown(text: &str) -> String {
    const SHOWN_CHARS_MAX: usize = 40;
    let cut: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    format!("{cut:?}")
}
