//! Fields that many requests share, parsed once at the door; each failure names its field.

use std::time::Duration;

use tonic::Status;

use super::{
    door::limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX},
    fail::field,
    words,
};
use crate::domain::{
    language::Language,
    number::CaseNumber,
    phone::Phone,
    place::{Code, PlaceCode, PostId},
    time::Timestamp,
};

const REQUEST_ID_MAX: usize = 128;
const CODE_MAX: usize = 64;
const NAME_MAX_CHARS: usize = 200;
pub const TEXT_MAX_CHARS: usize = 2_000;
/// The year 9999.
const SECONDS_MAX: i64 = 253_402_300_799;

type Result<T> = std::result::Result<T, Status>;

/// A client's own id of a request: printable, so that it can stand in a log.
pub fn request_id(id: String) -> Result<String> {
    let printable = id.bytes().all(|byte| byte.is_ascii_graphic());
    if id.is_empty() || id.len() > REQUEST_ID_MAX || !printable {
        return Err(field("request_id", "1 to 128 printable ASCII characters"));
    }
    Ok(id)
}

pub fn number(text: &str) -> Result<CaseNumber> {
    named_number("number", text)
}

pub fn named_number(name: &str, text: &str) -> Result<CaseNumber> {
    CaseNumber::parse(text).map_err(|_| field(name, "not a case number"))
}

/// The case's version; none when empty.
pub fn etag(text: &str) -> Result<Option<i64>> {
    optional_id("etag", text)
}

pub fn post(text: &str) -> Result<Option<PostId>> {
    Ok(optional_id("post", text)?.map(PostId))
}

pub fn named_post(name: &str, text: &str) -> Result<Option<PostId>> {
    Ok(optional_id(name, text)?.map(PostId))
}

/// Ids of files and the like.
pub fn ids(name: &str, texts: &[String]) -> Result<Vec<i64>> {
    let id = |text: &String| optional_id(name, text)?.ok_or_else(|| field(name, "empty"));
    texts.iter().map(id).collect()
}

fn optional_id(name: &str, text: &str) -> Result<Option<i64>> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse() {
        Ok(id) if id >= 0 => Ok(Some(id)),
        _ => Err(field(name, "not one that this helpline gave")),
    }
}

pub fn phone(name: &str, text: &str) -> Result<Phone> {
    Phone::parse(text).map_err(|_| field(name, "not an Indian phone number"))
}

pub fn code(name: &str, text: String) -> Result<Code> {
    is_code(&text)
        .then(|| Code::new(text))
        .ok_or_else(|| field(name, "not a code of the directory"))
}

pub fn optional_code(name: &str, text: String) -> Result<Option<Code>> {
    if text.is_empty() { Ok(None) } else { code(name, text).map(Some) }
}

/// `KIND:CODE`
pub fn place(name: &str, text: String) -> Result<PlaceCode> {
    let well_formed =
        text.split_once(':').is_some_and(|(kind, code)| is_code(kind) && is_code(code));
    if well_formed {
        Ok(PlaceCode::new(text))
    } else {
        Err(field(name, "not a place as district:396"))
    }
}

pub fn optional_place(name: &str, text: String) -> Result<Option<PlaceCode>> {
    if text.is_empty() { Ok(None) } else { place(name, text).map(Some) }
}

fn is_code(text: &str) -> bool {
    (1..=CODE_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// Hindi when unspecified.
pub fn language(name: &str, value: i32) -> Result<Language> {
    if value == 0 {
        return Ok(Language::Hindi);
    }
    words::parse_language(value).ok_or_else(|| field(name, "not a language of the helpline"))
}

/// Free text of a person: bounded, without control characters, which could move a terminal's cursor or forge a log line.
pub fn text(name: &str, text: String) -> Result<String> {
    bounded(name, text, TEXT_MAX_CHARS)
}

pub fn optional_text(name: &str, words: String) -> Result<Option<String>> {
    if words.trim().is_empty() { Ok(None) } else { text(name, words).map(Some) }
}

pub fn optional_name(name: &str, words: String) -> Result<Option<String>> {
    if words.trim().is_empty() { Ok(None) } else { bounded(name, words, NAME_MAX_CHARS).map(Some) }
}

fn bounded(name: &str, text: String, chars_max: usize) -> Result<String> {
    if text.chars().nth(chars_max).is_some() {
        return Err(field(name, format!("longer than {chars_max} characters")));
    }
    if text.chars().any(|c| (c.is_control() && c != '\n' && c != '\t') || is_direction_mark(c)) {
        return Err(field(name, "holds control characters"));
    }
    Ok(text)
}

/// Marks that make text read in another order than it is stored.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The page's size, and after which id it begins.
pub fn page(size: i32, token: &str) -> Result<(u32, Option<i64>)> {
    let size = match u32::try_from(size) {
        Ok(0) => PAGE_SIZE_DEFAULT,
        Ok(size) => size.min(PAGE_SIZE_MAX),
        Err(_) => return Err(field("page_size", "below zero")),
    };
    let token = match token {
        "" => None,
        token => {
            let id = token.strip_prefix('p').and_then(|id| i64::from_str_radix(id, 36).ok());
            Some(id.ok_or_else(|| field("page_token", "not one that this helpline gave"))?)
        }
    };
    Ok((size, token))
}

/// Opaque to clients, who must not compute with it.
pub fn page_token(after: Option<i64>) -> String {
    let Some(id) = after else { return String::new() };
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut rest = id.unsigned_abs();
    let mut digits = Vec::new();
    while rest > 0 || digits.is_empty() {
        digits.push(char::from(DIGITS[(rest % 36) as usize]));
        rest /= 36;
    }
    let sign = if id < 0 { "p-" } else { "p" };
    sign.chars().chain(digits.into_iter().rev()).collect()
}

pub fn optional_time(name: &str, at: Option<prost_types::Timestamp>) -> Result<Option<Timestamp>> {
    let Some(at) = at else { return Ok(None) };
    if !(0..=SECONDS_MAX).contains(&at.seconds) || !(0..1_000_000_000).contains(&at.nanos) {
        return Err(field(name, "not an instant from 1970 to 9999"));
    }
    Ok(Some(Timestamp(at.seconds * 1_000 + i64::from(at.nanos / 1_000_000))))
}

pub fn time(name: &str, at: Option<prost_types::Timestamp>) -> Result<Timestamp> {
    optional_time(name, at)?.ok_or_else(|| field(name, "missing"))
}

/// A span in milliseconds, from nothing up to `max`.
pub fn span_ms(name: &str, span: Option<prost_types::Duration>, max: Duration) -> Result<i64> {
    let span = span.unwrap_or_default();
    Duration::try_from(span)
        .ok()
        .filter(|span| *span <= max)
        .and_then(|span| i64::try_from(span.as_millis()).ok())
        .ok_or_else(|| field(name, format!("not a span from 0 to {} s", max.as_secs())))
}

pub fn print_time(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.ms().div_euclid(1_000),
        nanos: (at.ms().rem_euclid(1_000) * 1_000_000) as i32,
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt;

    use super::*;

    fn wrong(status: &Status) -> String {
        status.get_error_details().bad_request().unwrap().field_violations[0].field.clone()
    }

    #[test]
    fn a_page_token_reads_back_as_its_id() {
        for id in [0, 1, 35, 36, 1_000_000, i64::MAX, -1, i64::MIN + 1] {
            assert_eq!(page(10, &page_token(Some(id))).unwrap(), (10, Some(id)), "{id}");
        }
        assert_eq!(page_token(None), "");
    }

    #[test]
    fn a_page_is_fifty_unless_asked_and_never_more_than_two_hundred() {
        assert_eq!(page(0, "").unwrap(), (50, None));
        assert_eq!(page(5_000, "").unwrap(), (200, None));
        assert_eq!(wrong(&page(-1, "").unwrap_err()), "page_size");
        assert_eq!(wrong(&page(0, "12").unwrap_err()), "page_token");
    }

    #[test]
    fn words_that_would_forge_a_line_or_turn_it_round_are_refused() {
        for words in ["a\u{1b}[2J", "a\rb", "a\u{202e}b", "a\0b"] {
            assert_eq!(wrong(&text("words", words.to_owned()).unwrap_err()), "words", "{words:?}");
        }
        assert!(text("words", "पानी नहीं आता\nदो हफ़्ते से".to_owned()).is_ok());
        assert!(text("words", "अ".repeat(2_000)).is_ok());
        assert!(text("words", "अ".repeat(2_001)).is_err());
    }

    #[test]
    fn a_place_is_a_kind_and_a_code() {
        assert!(place("place", "district:396".to_owned()).is_ok());
        for wrong in ["", "396", ":396", "district:", "district:396:1", "district:'--", "ज़िला:396"]
        {
            assert!(place("place", wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_instant_keeps_its_milliseconds() {
        let at = Timestamp(1_795_285_800_123);

        assert_eq!(optional_time("at", Some(print_time(at))).unwrap(), Some(at));
        assert!(
            optional_time("at", Some(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 }))
                .is_err()
        );
    }

    #[test]
    fn request_ids_are_printable_and_bounded() {
        assert!(request_id("0f9a".to_owned()).is_ok());
        for wrong in ["", "a b", "a\nb", &"x".repeat(129)] {
            assert!(request_id(wrong.to_owned()).is_err());
        }
    }
}
