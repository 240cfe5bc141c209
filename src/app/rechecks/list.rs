//! What is shown of the slice: contradictions at once; draws when their seed is told.

use crate::{
    app::{App, Error, Result},
    domain::{
        actor::Actor,
        number::CaseNumber,
        page::{After, Paged},
        permissions::{self, Act, Object, scope},
        place::{Code, PlaceCode},
        recheck::{
            RecheckState,
            draw::{self, Month, Seed},
        },
        refused::Refused,
        time::Timestamp,
        verification::Outcome,
    },
    store::{months as stored_months, rechecks, seeds},
};

/// Months of one list.
const MONTHS_MAX: i64 = 24;

/// A month with how its draws stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Months {
    pub month: Month,
    /// None until it is told.
    pub seed: Option<Seed>,
    /// None until it is told: whoever knows how many are open knows too much.
    pub counts: Option<Vec<(RecheckState, i64)>>,
}

/// A closure that its citizen contradicted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    pub number: CaseNumber,
    pub round: i64,
    pub answered_at: Timestamp,
    pub at: Timestamp,
    pub outcome: Outcome,
    pub department: Code,
    pub category: Code,
    pub district: PlaceCode,
}

/// A satisfied answer of the machine, as the draw left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    pub number: CaseNumber,
    pub round: i64,
    pub at: Timestamp,
    /// None of one that was not drawn.
    pub state: Option<RecheckState>,
}

/// The latest first.
pub async fn months(app: &App, by: &Actor) -> Result<Vec<Months>> {
    permissions::may(by, Act::Rechecks, Object::Nothing)?;
    let db = &app.store.db;
    let mut found = Vec::new();
    for month in stored_months::latest(db, MONTHS_MAX).await? {
        let told = month.revealed_at.is_some();
        let seed = if told { Some(seeds::open(db, &month)?) } else { None };
        let counts = if told { Some(rechecks::counts(db, month.month).await?) } else { None };
        found.push(Months { month, seed, counts });
    }
    Ok(found)
}

/// Closures that their citizens contradicted when a person asked, within what one sees, by the instant of it.
pub async fn contradictions(
    app: &App,
    by: &Actor,
    limit: u32,
    after: Option<After>,
) -> Result<Paged<Contradiction>> {
    permissions::may(by, Act::Contradictions, Object::Nothing)?;
    let (limit, after) = page(limit, after);
    let found = rechecks::contradictions(&app.store.db, &scope(by), after, limit + 1).await?;
    let rows: Vec<_> = found
        .into_iter()
        .map(|row| Contradiction {
            number: CaseNumber::of_id(row.case).expect("a case has a number"),
            round: row.round,
            answered_at: row.answered_at,
            at: row.contradicted_at,
            outcome: row.outcome,
            department: row.department,
            category: row.category,
            district: row.district,
        })
        .collect();
    Ok(Paged::of(rows, limit as usize, |row| After { at: row.at, id: row.number.id() }))
}

/// Every satisfied answer that the machine took while the month's seed drew, and whether it was drawn; refused until the seed is
/// told.
pub async fn answers(
    app: &App,
    by: &Actor,
    month: i64,
    limit: u32,
    after: Option<After>,
) -> Result<Paged<Drawn>> {
    permissions::may(by, Act::Rechecks, Object::Nothing)?;
    let db = &app.store.db;
    let month = stored_months::get(db, month).await?.ok_or(Error::NotFound("month"))?;
    if month.revealed_at.is_none() {
        return Err(Refused::SeedNotTold.into());
    }
    let (limit, after) = page(limit, after);
    let span = (month.from, draw::ends(month.month));
    let found = rechecks::answers(db, span, after, limit + 1).await?;
    let rows: Vec<_> = found
        .into_iter()
        .map(|row| Drawn {
            number: CaseNumber::of_id(row.case).expect("a case has a number"),
            round: row.round,
            at: row.at,
            state: row.state,
        })
        .collect();
    Ok(Paged::of(rows, limit as usize, |row| After { at: row.at, id: row.number.id() }))
}

fn page(limit: u32, after: Option<After>) -> (i64, After) {
    (i64::from(limit).clamp(1, rechecks::PAGE_MAX - 1), after.unwrap_or(After::START))
}
