//! Tables of text become old cases; what does not parse, or does not fit the directory, becomes faults.

use std::collections::HashMap;

use super::{Clock, OldCase, Standing};
use crate::domain::{
    directory::{
        row::{Columns, Edge, Row, shown},
        sheet::{Faults, LINES_MAX, Sheet},
    },
    language::Language,
    place::{Code, PlaceCode},
    routing::Index,
    time::{DAY_MS, Timestamp},
};

/// In any order; docs/cases-import.md says what they hold.
pub const COLUMNS: &[&str] = &[
    "old_number",
    "registered_at",
    "phone",
    "name",
    "language",
    "department",
    "category",
    "subcategory",
    "place",
    "level",
    "arrived_at",
    "due_at",
    "state",
    "resolved_at",
    "attended",
    "escalations",
    "words",
];

pub const OLD_NUMBER_CHARS_MAX: usize = 64;
const NAME_CHARS_MAX: usize = 100;
const WORDS_CHARS_MAX: usize = 2_000;
const ESCALATIONS_MAX: i64 = 99;
/// No clock of a case runs on longer than this.
const REMAINING_MS_MAX: i64 = 400 * DAY_MS;

/// Reads all tables; an old number may come once in them.
pub fn read(sheets: &[Sheet], index: &Index, now: Timestamp, faults: &mut Faults) -> Vec<OldCase> {
    let mut cases = Vec::new();
    let mut seen: HashMap<String, (usize, u32)> = HashMap::new();
    for (n, sheet) in sheets.iter().enumerate() {
        let columns = Columns::find("old cases", COLUMNS, sheet, faults);
        if sheet.lines.len() > LINES_MAX {
            faults.add(&sheet.file, 0, "", format!("has more than {LINES_MAX} lines"));
        }
        for line in sheet.lines.iter().take(LINES_MAX) {
            if line.cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            let mut row = Row::new(sheet, line, &columns, faults);
            let case = one(&mut row, index, now);
            if let Some((first, at)) = seen.get(row.text("old_number")) {
                let first = &sheets[*first].file;
                row.fault("old_number", format!("stands on {first}:{at} already"));
            }
            let bad = row.bad;
            seen.entry(row.text("old_number").to_owned()).or_insert((n, line.number));
            cases.extend(case.filter(|_| !bad));
        }
    }
    cases
}

fn one(row: &mut Row<'_>, index: &Index, now: Timestamp) -> Option<OldCase> {
    let old_number = old_number(row);
    let registered_at = past(row, "registered_at", now);
    row.needed("phone");
    let phone = row.mobile("phone");
    let name = Some(row.short("name", NAME_CHARS_MAX)).filter(|name| !name.is_empty());
    let language = language(row);
    let (category, department, subcategory) = matter(row, index)?;
    let (place, district) = place(row, index)?;
    let level = row.level("level");
    let ladder = index.ladder(&department);
    if level > ladder {
        row.fault("level", format!("{department} has {} levels", ladder.0));
    }
    let standing = standing(row);
    let clock = clock(row, registered_at, now);
    let resolved_at = resolved(row, standing, registered_at, now);
    let attended = row.word("attended", yes, &["yes", "no"]);
    let escalations = match row.text("escalations") {
        "" => 0,
        _ => row.number("escalations", 0, ESCALATIONS_MAX),
    };
    let words = words(row);
    Some(OldCase {
        old_number,
        registered_at,
        phone: phone?,
        name,
        language,
        department,
        category,
        subcategory,
        place,
        district,
        level,
        standing: standing?,
        clock: clock?,
        resolved_at,
        attended: attended?,
        escalations,
        words,
    })
}

/// What was read; None when one of these values was not in its form.
fn formed<T>(row: &mut Row<'_>, read: impl FnOnce(&mut Row<'_>) -> T) -> Option<T> {
    let bad = std::mem::take(&mut row.bad);
    let found = read(row);
    let whole = !row.bad;
    row.bad |= bad;
    whole.then_some(found)
}

/// As the other system wrote it, whatever that was.
fn old_number(row: &mut Row<'_>) -> String {
    row.needed("old_number");
    row.short("old_number", OLD_NUMBER_CHARS_MAX)
}

fn past(row: &mut Row<'_>, column: &str, now: Timestamp) -> Timestamp {
    let at = row.time(column, Edge::From);
    if at > now {
        row.fault(column, "lies in the future");
    }
    at
}

fn language(row: &mut Row<'_>) -> Language {
    let text = row.text("language");
    let parsed = Language::parse(&text.to_lowercase());
    if parsed.is_none() && !text.is_empty() {
        row.fault("language", format!("{} is not one of hi, en", shown(text)));
    }
    parsed.unwrap_or(Language::Hindi)
}

/// Category, department and subcategory.
fn matter(row: &mut Row<'_>, index: &Index) -> Option<(Code, Code, Option<Code>)> {
    let (code, subcategory, department) = formed(row, |row| {
        (row.code("category"), row.maybe_code("subcategory"), row.maybe_code("department"))
    })?;
    let Some(category) = index.category(&code) else {
        row.fault("category", format!("there is no category {code}"));
        return None;
    };
    if let Some(named) = department.filter(|named| *named != category.department) {
        let reason = format!("{code} belongs to {} and not to {named}", category.department);
        row.fault("department", reason);
    }
    if let Some(sub) = &subcategory
        && index.subcategory(sub).is_none_or(|found| found.category != code)
    {
        row.fault("subcategory", format!("there is no subcategory {sub} of {code}"));
    }
    Some((code, category.department.clone(), subcategory))
}

/// The place and its district.
fn place(row: &mut Row<'_>, index: &Index) -> Option<(PlaceCode, PlaceCode)> {
    let place = formed(row, |row| row.place("place"))?;
    if index.place(&place).is_none() {
        row.fault("place", format!("there is no place {place}"));
        return None;
    }
    let district = index.district(&place);
    if district.is_none() {
        row.fault("place", format!("{place} lies in no district"));
    }
    Some((place, district?))
}

fn standing(row: &mut Row<'_>) -> Option<Standing> {
    let text = row.text("state");
    if ["CLOSED", "WITHDRAWN", "MERGED"].iter().any(|over| text.to_uppercase().starts_with(over)) {
        let reason = format!("{} is over: only open cases come over", shown(text));
        row.fault("state", reason);
        return None;
    }
    let known: Vec<_> = Standing::ALL.iter().map(|standing| standing.as_str()).collect();
    row.word("state", Standing::parse, &known)
}

/// What runs: the arrival at the level, the due time, or both.
fn clock(row: &mut Row<'_>, registered: Timestamp, now: Timestamp) -> Option<Clock> {
    let (arrived, due) = formed(row, |row| {
        (row.maybe_time("arrived_at", Edge::From), row.maybe_time("due_at", Edge::Until))
    })?;
    if let Some(arrived) = arrived {
        if arrived > now {
            row.fault("arrived_at", "lies in the future");
        } else if arrived < registered {
            row.fault("arrived_at", "lies before the registration");
        }
    }
    if let Some(due) = due {
        if due < arrived.unwrap_or(registered) {
            row.fault("due_at", "lies before the arrival at the level, or the registration");
        } else if due.since(now) > REMAINING_MS_MAX {
            row.fault("due_at", "lies more than 400 days ahead");
        }
    }
    match (arrived, due) {
        (Some(arrived), Some(due)) => Some(Clock::Both { arrived, due }),
        (Some(arrived), None) if row.text("state").eq_ignore_ascii_case("PARTIALLY_CLOSED") => {
            row.fault("due_at", "is empty: a partially closed case has a date");
            Some(Clock::Arrived(arrived))
        }
        (Some(arrived), None) => Some(Clock::Arrived(arrived)),
        (None, Some(due)) => Some(Clock::Due(due)),
        (None, None) => {
            row.fault("due_at", "is empty, and so is arrived_at");
            None
        }
    }
}

fn resolved(
    row: &mut Row<'_>,
    standing: Option<Standing>,
    registered: Timestamp,
    now: Timestamp,
) -> Option<Timestamp> {
    if standing != Some(Standing::AwaitingVerification) {
        if !row.text("resolved_at").is_empty() {
            row.fault("resolved_at", "belongs to a case that waits for verification alone");
        }
        return None;
    }
    let at = past(row, "resolved_at", now);
    if at < registered && !row.text("resolved_at").is_empty() {
        row.fault("resolved_at", "lies before the registration");
    }
    Some(at)
}

/// Lines of their own are kept: it is what the citizen said.
fn words(row: &mut Row<'_>) -> Option<String> {
    let words = row.text("words");
    if words.chars().count() > WORDS_CHARS_MAX {
        row.fault("words", format!("is longer than {WORDS_CHARS_MAX} characters"));
    }
    (!words.is_empty()).then(|| words.to_owned())
}

fn yes(word: &str) -> Option<bool> {
    match word {
        "YES" => Some(true),
        "NO" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{case::tests::TEN, directory::sheet::Line, routing::tests::index};

    const HEADER: &str = "old_number,registered_at,phone,category,place,level,due_at,state,attended,\
                          resolved_at,arrived_at,language,department";

    fn sheet(lines: &[&str]) -> Sheet {
        let cells = |line: &str| line.split(',').map(str::to_owned).collect();
        let lines = std::iter::once(&HEADER).chain(lines);
        Sheet {
            file: "cases.csv".to_owned(),
            lines: (1..)
                .zip(lines)
                .map(|(number, line)| Line { number, cells: cells(line) })
                .collect(),
            ..Sheet::default()
        }
        .headed()
    }

    fn said(lines: &[&str]) -> (Vec<OldCase>, Vec<String>) {
        let mut faults = Faults::default();
        let cases = read(&[sheet(lines)], &index(), TEN, &mut faults);
        (cases, faults.listed.iter().map(ToString::to_string).collect())
    }

    const GOOD: &str = "A-1,2026-09-01,9876543210,electricity,block:phanda,2,\
                        2026-11-25T10:00:00.123+05:30,with_officer,yes";

    #[test]
    fn a_line_is_a_case_to_the_millisecond() {
        let (cases, faults) = said(&[GOOD]);

        assert_eq!(faults, [] as [&str; 0]);
        assert_eq!(cases[0].clock, Clock::Due(Timestamp(1_795_581_000_123)));
        assert_eq!(cases[0].registered_at, Timestamp(1_788_201_000_000));
        assert_eq!(cases[0].department.as_str(), "energy");
        assert_eq!(cases[0].district.as_str(), "district:396");
        assert_eq!((cases[0].attended, cases[0].escalations), (true, 0));
    }

    #[test]
    fn a_day_without_a_time_is_over_at_its_end() {
        let (cases, _) = said(&[
            "A-1,2026-09-01,9876543210,electricity,block:phanda,2,2026-11-25,WITH_OFFICER,no",
        ]);

        assert_eq!(cases[0].clock, Clock::Due(Timestamp(1_795_631_400_000)));
    }

    #[test]
    fn each_fault_names_its_line_its_column_and_its_reason_and_no_phone() {
        let (cases, faults) = said(&[
            GOOD,
            GOOD,
            "B,2026-12-01,12,electricity,block:phanda,2,2026-12-25,WITH_OFFICER,yes",
            "C,2026-09-01,9876543210,magic,block:phanda,2,2026-11-25,WITH_OFFICER,yes",
            "D,2026-09-01,9876543210,electricity,block:nowhere,2,2026-11-25,WITH_OFFICER,yes",
            "E,2026-09-01,9876543210,electricity,block:phanda,5,2026-11-25,WITH_OFFICER,perhaps",
            "F,2026-09-01,9876543210,electricity,block:phanda,1,2026-11-25,CLOSED_SATISFIED,no",
            "G,2026-09-01,9876543210,electricity,block:phanda,1,,WITH_OFFICER,no",
            "H,2026-09-01,9876543210,electricity,block:phanda,1,2026-08-01,WITH_OFFICER,no",
            "I,2026-09-01,9876543210,electricity,block:phanda,1,2026-11-25,AWAITING_VERIFICATION,no",
            "J,2026-09-01,9876543210,electricity,block:phanda,1,,PARTIALLY_CLOSED,no,,2026-11-01",
            "K,2026-09-01,9876543210,electricity,block:phanda,1,2026-11-25,WITH_OFFICER,no,,,fr,phe",
        ]);

        assert_eq!(cases.len(), 1);
        assert_eq!(
            faults,
            [
                "cases.csv:3: column old_number: stands on cases.csv:2 already",
                "cases.csv:4: column registered_at: lies in the future",
                "cases.csv:4: column phone: is no Indian telephone number of ten digits",
                "cases.csv:5: column category: there is no category magic",
                "cases.csv:6: column place: there is no place block:nowhere",
                "cases.csv:7: column level: energy has 4 levels",
                "cases.csv:7: column attended: \"perhaps\" is not one of yes, no",
                "cases.csv:8: column state: \"CLOSED_SATISFIED\" is over: only open cases come over",
                "cases.csv:9: column due_at: is empty, and so is arrived_at",
                "cases.csv:10: column due_at: lies before the arrival at the level, or the registration",
                "cases.csv:11: column resolved_at: is empty",
                "cases.csv:12: column due_at: is empty: a partially closed case has a date",
                "cases.csv:13: column language: \"fr\" is not one of hi, en",
                "cases.csv:13: column department: electricity belongs to energy and not to phe",
            ]
        );
    }

    #[test]
    fn an_unknown_column_is_a_fault() {
        let mut faults = Faults::default();
        let mut sheet = sheet(&[GOOD]);
        sheet.header[4] = "where".to_owned();

        read(&[sheet], &index(), TEN, &mut faults);

        assert!(
            faults.listed[0].reason.starts_with("is no column of old cases; known are old_number")
        );
    }
}
