//! What a reader narrows a list of cases to: the same for an inbox, a list and their figures.

use crate::{
    app::{App, Error, Result},
    domain::{
        ageing::Age,
        case::{Kind, State},
        number::CaseNumber,
        place::{Code, Level, PlaceCode},
        time::{DAY_MS, HOUR_MS, Timestamp},
    },
    store::lists,
};

/// Farthest due time that is asked for.
pub const DUE_WITHIN_MS_MAX: i64 = 400 * DAY_MS;
/// A number has at most ten digits.
const NUMBER_DIGITS_MAX: usize = 10;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrow {
    /// Any of these; those that the list is of when empty.
    pub states: Vec<State>,
    pub level: Option<Level>,
    pub age: Option<Age>,
    /// The due time is over; with `due_within_hours` those as well.
    pub overdue: bool,
    pub due_within_hours: Option<u32>,
    pub department: Option<Code>,
    pub category: Option<Code>,
    /// At this place or below it.
    pub place: Option<PlaceCode>,
    /// No call and no visit is on record (R15).
    pub no_contact: bool,
    /// The citizen said that an officer was rude, and nobody above has answered that (R20).
    pub conduct_flagged: bool,
    pub kind: Option<Kind>,
    /// The number begins so.
    pub number: Option<String>,
}

impl Narrow {
    pub(in crate::app) fn filter(&self, app: &App, now: Timestamp) -> Result<lists::Filter> {
        let (registered_from, registered_before) =
            self.age.map_or((None, None), |age| age.registered(now));
        let within = self.due_within_hours.map(|hours| i64::from(hours) * HOUR_MS);
        if within.is_some_and(|ms| ms > DUE_WITHIN_MS_MAX) {
            return Err(Error::Invalid { field: "filter.due_within_hours", why: "too far" });
        }
        let (due_after, due_until) = match (self.overdue, within) {
            (false, None) => (None, None),
            (true, None) => (None, Some(now)),
            (false, Some(ms)) => (Some(now), Some(now.plus_ms(ms))),
            (true, Some(ms)) => (None, Some(now.plus_ms(ms))),
        };
        let index = app.index();
        // A district is a column of its own, so its places need no walk.
        let of_district = |place: &PlaceCode| index.district(place).as_ref() == Some(place);
        let (district, place) = match &self.place {
            Some(place) if of_district(place) => (Some(place.clone()), None),
            Some(place) => (None, Some((place.clone(), index.version()))),
            None => (None, None),
        };
        Ok(lists::Filter {
            states: self.states.clone(),
            level: self.level,
            department: self.department.clone(),
            category: self.category.clone(),
            district,
            place,
            registered_from,
            registered_before,
            due_after,
            due_until,
            no_contact: self.no_contact,
            conduct_flagged: self.conduct_flagged,
            kind: self.kind,
            number: self.number.as_deref().map(number).transpose()?,
            ..lists::Filter::default()
        })
    }
}

fn number(text: &str) -> Result<lists::Number> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if text.is_empty() || text.len() > NUMBER_DIGITS_MAX || !digits {
        return Err(Error::Invalid { field: "filter.number", why: "1 to 10 digits" });
    }
    let id = CaseNumber::parse(text).ok().map(CaseNumber::id);
    Ok(lists::Number { begins: text.to_owned(), id })
}
