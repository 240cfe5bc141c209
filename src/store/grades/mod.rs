//! Spells of cases, gathered from the events; what months count of them; and months that are published.

mod conditions;
pub mod count;
pub mod explain;
pub mod gather;
pub mod months;

use crate::{
    domain::grading::{Spell, spell::Heard},
    store::{Result, values::Cells},
};

/// The columns of a spell, as [`spell`] reads them.
macro_rules! select_spell {
    ($($tail:expr),+ $(,)?) => {
        concat!(
            "SELECT s.case_id, s.version, s.from_at, s.happened_at, s.until_at, s.since_at, s.fact, s.registered_at,
                    s.department, s.district, s.state, s.entered, s.level, s.post, s.in_time, s.resolver, s.stay_over, s.ended,
                    s.charged, s.vacant, s.heard
               FROM ",
            $($tail),+
        )
    };
}
use select_spell;

fn spell(mut row: Cells) -> Result<Spell> {
    Ok(Spell {
        case: row.next()?,
        version: row.next()?,
        from: row.next()?,
        happened_at: row.next()?,
        until: row.next()?,
        since: row.next()?,
        fact: row.next()?,
        registered_at: row.next()?,
        department: row.next()?,
        district: row.next()?,
        state: row.next()?,
        entered: row.flag()?,
        level: row.next()?,
        post: row.next()?,
        in_time: row.next::<Option<i64>>()?.map(|flag| flag != 0),
        resolver: row.next()?,
        stay_over: row.flag()?,
        ended: row.next()?,
        charged: row.next()?,
        vacant: row.flag()?,
        heard: row.next::<Option<Heard>>()?,
    })
}
