//! The cases behind a figure, within what one sees; an officer is shown the stays that the own posts did not attend to.

use super::count;
use crate::{
    app::{App, Result},
    domain::{
        actor::Actor,
        grading::{
            Month, Spell,
            measure::{Behind, Measure},
        },
        number::CaseNumber,
        permissions::{self, Act, Object},
        place::{Code, PlaceCode},
        refused::Refused,
        scope::Scope,
    },
    store::grades::{count::Within, explain as stored, explain::Figure},
};

#[derive(Clone, Debug)]
pub struct Explain {
    pub month: Month,
    pub measure: Measure,
    pub department: Option<Code>,
    pub district: Option<PlaceCode>,
    pub limit: u32,
    pub behind: Option<Behind>,
}

/// A case behind a figure, and what it stood at there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub number: CaseNumber,
    pub spell: Spell,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    pub rows: Vec<Row>,
    /// Where the next page begins, if there is more.
    pub next: Option<Behind>,
}

/// In the order of cases and of their facts.
pub async fn explain(app: &App, by: &Actor, ask: Explain) -> Result<Explained> {
    permissions::may(by, Act::ExplainGrades, Object::Nothing)?;
    let span = count::span(app, ask.month, app.now());
    let formula = count::formula(app, ask.month);
    let (db, behind) = (&app.store.db, ask.behind.unwrap_or_default());
    let limit = i64::from(ask.limit).clamp(1, stored::PAGE_MAX - 1);
    let mut district = ask.district;
    let found = match permissions::scope(by) {
        Scope::Posts(posts) if ask.measure == Measure::NotAttended => {
            stored::charged_to(db, &posts, &span, behind, limit + 1).await?
        }
        Scope::Posts(_) | Scope::Citizen(_) | Scope::Nothing => {
            return Err(Refused::NotYourRole.into());
        }
        scope @ (Scope::All | Scope::District(_)) => {
            if let Scope::District(own) = scope {
                match &district {
                    Some(asked) if *asked != own => return Err(Refused::NotYourDistrict.into()),
                    Some(_) | None => district = Some(own),
                }
            }
            let within =
                Within { department: ask.department.as_ref(), district: district.as_ref() };
            let figure = Figure { within, span: &span, formula: &formula, measure: ask.measure };
            stored::page(db, figure, behind, limit + 1).await?
        }
    };
    let shown = |spell: Spell| CaseNumber::of_id(spell.case).map(|number| Row { number, spell });
    let mut rows: Vec<Row> = found.into_iter().filter_map(shown).collect();
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let behind = |row: &Row| Behind { case: row.spell.case, version: row.spell.version };
    let next = rows.last().filter(|_| more).map(behind);
    Ok(Explained { rows, next })
}
