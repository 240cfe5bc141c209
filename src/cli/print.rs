//! What commands print: aligned text for people, JSON for machines.

use helpline_proto::v1;
use prost_types::Timestamp;
use serde_json::{Value, json};

use super::error::{Error, Result};
use crate::domain::time;

/// Prints the value for machines, or the text for people.
pub fn out(json: bool, value: impl FnOnce() -> Value, text: impl FnOnce() -> String) {
    if json { println!("{}", value()) } else { println!("{}", text()) }
}

/// A value's own word: `CASE_STATE_WITH_OFFICER` without its prefix.
pub fn word(name: &'static str, prefix: &str) -> &'static str {
    name.strip_prefix(prefix).unwrap_or(name)
}

/// The API's name of a word that was typed: `with-officer` is `CASE_STATE_WITH_OFFICER`.
pub fn name(prefix: &str, typed: &str) -> String {
    format!("{prefix}{}", typed.to_ascii_uppercase().replace('-', "_"))
}

/// Reads a word as an enum of the API; `UNSPECIFIED` is no word.
pub fn parse<T>(
    prefix: &str,
    typed: &str,
    from: impl Fn(&str) -> Option<T>,
    what: &str,
) -> Result<T> {
    Some(name(prefix, typed))
        .filter(|name| !name.ends_with("_UNSPECIFIED"))
        .and_then(|name| from(&name))
        .ok_or_else(|| Error::usage(format!("{typed:?} is no {what}")))
}

pub fn channel(typed: &str) -> Result<v1::Channel> {
    parse("CHANNEL_", typed, v1::Channel::from_str_name, "channel")
}

pub fn language(typed: &str) -> Result<v1::Language> {
    match typed {
        "hi" => Ok(v1::Language::Hindi),
        "en" => Ok(v1::Language::English),
        _ => parse("LANGUAGE_", typed, v1::Language::from_str_name, "language"),
    }
}

/// `22 Nov 2026 10:00`, in IST.
pub fn time(at: Option<Timestamp>) -> String {
    instant(at).map_or_else(String::new, |at| at.ist().format("%d %b %Y %H:%M").to_string())
}

fn iso(at: Option<Timestamp>) -> Value {
    instant(at).map_or(Value::Null, |at| Value::String(at.to_string()))
}

fn instant(at: Option<Timestamp>) -> Option<time::Timestamp> {
    at.map(|at| time::Timestamp(at.seconds.saturating_mul(1_000) + i64::from(at.nanos / 1_000_000)))
}

/// Columns as wide as their widest cell, two spaces between them.
pub fn table<const N: usize>(
    heads: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let rows: Vec<_> = rows.into_iter().collect();
    let widths: [usize; N] = std::array::from_fn(|n| {
        rows.iter().map(|row| row[n].chars().count()).fold(heads[n].len(), usize::max)
    });
    let line = |cells: [&str; N]| {
        let mut line = String::new();
        for (cell, width) in cells.into_iter().zip(widths) {
            line += &format!("{cell:width$}  ");
        }
        line.trim_end().to_owned()
    };
    let mut text = line(heads);
    for row in &rows {
        text.push('\n');
        text += &line(std::array::from_fn(|n| row[n].as_str()));
    }
    text
}

/// `key   value` lines; empty values are left out.
pub fn facts(facts: &[(&str, String)]) -> String {
    let width = facts.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
    let lines: Vec<_> = facts
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| format!("{key:width$}  {value}"))
        .collect();
    lines.join("\n")
}

pub fn level(level: i32) -> String {
    if level == 0 { String::new() } else { format!("L{level}") }
}

pub fn cases(cases: &[v1::Case]) -> String {
    if cases.is_empty() {
        return "no cases".to_owned();
    }
    table(
        [
            "NUMBER",
            "STATE",
            "LEVEL",
            "CATEGORY",
            "PLACE",
            "POST",
            "DUE (IST)",
            "LEFT",
            "AGE",
            "PHONE",
        ],
        cases.iter().map(|case| {
            [
                case.number.clone(),
                word(case.state().as_str_name(), "CASE_STATE_").to_owned(),
                level(case.level),
                case.category.clone(),
                case.place.clone(),
                post(case),
                time(case.due_at),
                days_left(case),
                age(case),
                case.phone_masked.clone(),
            ]
        }),
    )
}

/// `2 d`, `-1 d` once it is overdue; nothing while no clock runs.
pub fn days_left(case: &v1::Case) -> String {
    case.days_left.map_or_else(String::new, |days| format!("{days} d"))
}

fn age(case: &v1::Case) -> String {
    match case.ageing() {
        v1::Ageing::Unspecified => String::new(),
        age => word(age.as_str_name(), "AGEING_").to_owned(),
    }
}

fn post(case: &v1::Case) -> String {
    match (case.post.is_empty(), case.designation.is_empty()) {
        (true, _) => String::new(),
        (false, true) => case.post.clone(),
        (false, false) => format!("{} {}", case.post, case.designation),
    }
}

pub fn case(case: &v1::Case) -> String {
    let yes = |flag: bool| if flag { "yes".to_owned() } else { String::new() };
    facts(&[
        ("number", case.number.clone()),
        ("old number", case.old_number.clone()),
        ("kind", word(case.kind().as_str_name(), "CASE_KIND_").to_owned()),
        ("state", word(case.state().as_str_name(), "CASE_STATE_").to_owned()),
        ("level", level(case.level)),
        ("post", post(case)),
        ("department", case.department.clone()),
        ("category", case.category.clone()),
        ("subcategory", case.subcategory.clone()),
        ("place", case.place.clone()),
        ("phone", case.phone_masked.clone()),
        ("words", case.words.clone()),
        ("recording", case.recording.clone()),
        ("registered", time(case.registered_at)),
        ("due", time(case.due_at)),
        ("days left", days_left(case)),
        ("age", age(case)),
        ("resolved", time(case.resolved_at)),
        ("closed", time(case.closed_at)),
        ("attended", yes(case.attended)),
        ("contact on record", yes(case.contacted)),
        ("overdue at the last level", yes(case.overdue_last)),
        ("pressured", yes(case.pressured)),
        (
            "to be reviewed until",
            if case.needs_review { time(case.review_due_at) } else { String::new() },
        ),
        ("etag", case.etag.clone()),
    ])
}

pub fn history(events: &[v1::CaseEvent]) -> String {
    table(
        ["AT (IST)", "WHAT", "BY", "FACTS"],
        events.iter().map(|event| {
            [time(event.at), event.kind.clone(), event.actor.clone(), event.facts_json.clone()]
        }),
    )
}

pub fn case_json(case: &v1::Case) -> Value {
    json!({
        "number": case.number,
        "old_number": case.old_number,
        "etag": case.etag,
        "kind": word(case.kind().as_str_name(), "CASE_KIND_"),
        "state": word(case.state().as_str_name(), "CASE_STATE_"),
        "level": case.level,
        "ladder_levels": case.ladder_levels,
        "department": case.department,
        "category": case.category,
        "subcategory": case.subcategory,
        "place": case.place,
        "district": case.district,
        "post": case.post,
        "designation": case.designation,
        "channel": word(case.channel().as_str_name(), "CHANNEL_"),
        "language": word(case.language().as_str_name(), "LANGUAGE_"),
        "phone_masked": case.phone_masked,
        "words": case.words,
        "recording": case.recording,
        "registered_at": iso(case.registered_at),
        "arrived_at": iso(case.arrived_at),
        "due_at": iso(case.due_at),
        "resolved_at": iso(case.resolved_at),
        "resolved_level": case.resolved_level,
        "closed_at": iso(case.closed_at),
        "days_left": case.days_left,
        "ageing": word(case.ageing().as_str_name(), "AGEING_"),
        "contacted": case.contacted,
        "attended": case.attended,
        "seen": case.seen,
        "overdue_last": case.overdue_last,
        "needs_review": case.needs_review,
        "review_due_at": iso(case.review_due_at),
        "pressured": case.pressured,
        "verification_rounds": case.verification_rounds,
    })
}

pub fn event_json(event: &v1::CaseEvent) -> Value {
    let parsed = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
    json!({
        "version": event.version,
        "at": iso(event.at),
        "kind": event.kind,
        "actor": event.actor,
        "post": event.post,
        "channel": word(event.channel().as_str_name(), "CHANNEL_"),
        "facts": parsed(&event.facts_json),
        "body": parsed(&event.body_json),
    })
}

pub fn task(task: &v1::Task) -> String {
    let yes = |flag: bool| if flag { "yes".to_owned() } else { String::new() };
    facts(&[
        ("number", task.number.clone()),
        ("round", task.round.to_string()),
        ("category", task.category.clone()),
        ("district", task.district.clone()),
        ("language", word(task.language().as_str_name(), "LANGUAGE_").to_owned()),
        ("phone", task.phone_masked.clone()),
        ("until", time(task.ends_at)),
        ("attempts used", task.attempts_used.to_string()),
        ("ask about pressure only", yes(task.resume_at_pressure)),
        ("find the right number", yes(task.number_review)),
    ])
}

pub fn task_json(task: &v1::Task) -> Value {
    json!({
        "number": task.number,
        "round": task.round,
        "kind": word(task.kind().as_str_name(), "CASE_KIND_"),
        "category": task.category,
        "district": task.district,
        "language": word(task.language().as_str_name(), "LANGUAGE_"),
        "phone_masked": task.phone_masked,
        "opened_at": iso(task.opened_at),
        "ends_at": iso(task.ends_at),
        "attempts_used": task.attempts_used,
        "resume_at_pressure": task.resume_at_pressure,
        "number_review": task.number_review,
    })
}

pub fn time_json(at: Option<Timestamp>) -> Value {
    iso(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_as_wide_as_its_cells() {
        let rows = [["1".to_owned(), "long cell".to_owned()], ["22".to_owned(), "x".to_owned()]];

        assert_eq!(table(["A", "B"], rows), "A   B\n1   long cell\n22  x");
    }

    #[test]
    fn typed_words_are_the_apis_words() {
        assert_eq!(channel("jan-sunwai").unwrap(), v1::Channel::JanSunwai);
        assert_eq!(language("hi").unwrap(), v1::Language::Hindi);
        assert!(channel("unspecified").is_err());
        assert!(language("fr").is_err());
    }

    #[test]
    fn instants_are_shown_in_ist() {
        let at = Some(Timestamp { seconds: 1_795_285_800, nanos: 0 });

        assert_eq!(time(at), "22 Nov 2026 00:00");
        assert_eq!(iso(at), "2026-11-22T00:00:00+05:30");
        assert_eq!(time(None), "");
    }
}
