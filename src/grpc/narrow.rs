//! The filter of every list of cases.

use helpline_proto::v1;
use tonic::Status;

use super::{fail::field, fields, words};
use crate::{
    app::cases::Narrow,
    domain::{case::State, place::Level},
};

const STATES_MAX: usize = 32;
const NUMBER_DIGITS_MAX: usize = 10;

pub fn parse(filter: Option<v1::CaseFilter>) -> Result<Narrow, Status> {
    let Some(ask) = filter else { return Ok(Narrow::default()) };
    let level = match ask.level {
        0 => None,
        level => Some(u8::try_from(level).map_err(|_| field("filter.level", "no level"))?),
    };
    let age = match ask.ageing {
        0 => None,
        word => Some(
            words::parse_ageing(word)
                .ok_or_else(|| field("filter.ageing", "not an age of cases"))?,
        ),
    };
    let due_within_hours = match ask.due_within_hours {
        0 => None,
        hours => {
            Some(u32::try_from(hours).map_err(|_| field("filter.due_within_hours", "negative"))?)
        }
    };
    let digits = ask.number.bytes().all(|byte| byte.is_ascii_digit());
    if ask.number.len() > NUMBER_DIGITS_MAX || !digits {
        return Err(field("filter.number", "1 to 10 digits"));
    }
    Ok(Narrow {
        states: states("filter.states", &ask.states)?,
        level: level.map(Level),
        age,
        overdue: ask.overdue,
        due_within_hours,
        department: fields::optional_code("filter.department", ask.department)?,
        category: fields::optional_code("filter.category", ask.category)?,
        place: fields::optional_place("filter.place", ask.place)?,
        no_contact: ask.no_contact,
        conduct_flagged: ask.conduct_flagged,
        kind: match ask.kind {
            0 => None,
            word => Some(
                words::parse_kind(word)
                    .ok_or_else(|| field("filter.kind", "not a kind of case"))?,
            ),
        },
        number: Some(ask.number).filter(|number| !number.is_empty()),
    })
}

pub fn states(name: &str, states: &[i32]) -> Result<Vec<State>, Status> {
    if states.len() > STATES_MAX {
        return Err(field(name, "too many"));
    }
    states
        .iter()
        .map(|state| words::parse_state(*state).ok_or_else(|| field(name, "not a state of a case")))
        .collect()
}
