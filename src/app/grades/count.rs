//! What a month counts: the cells of all departments and districts, the officers, and what came late.

use crate::{
    app::{App, Result},
    domain::{
        grading::{
            Figures, Formula, Month, Span,
            figures::{Cells, Place},
            leaders::Officer,
            paper::LateLine,
        },
        time::Timestamp,
    },
    store::grades::{
        count as stored,
        count::{Cell, Within},
    },
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub span: Span,
    /// The one that the month began with.
    pub formula: Formula,
    pub cells: Cells,
    pub officers: Vec<Officer>,
    /// Nobody's figures: what came for complaints of months that are judged.
    pub late: Vec<LateLine>,
}

/// Of what is gathered.
pub async fn count(app: &App, month: Month, within: Within<'_>, now: Timestamp) -> Result<Counted> {
    let (db, formula, span) = (&app.store.db, formula(app, month), span(app, month, now));
    let mut cells = Cells::new();
    add(&mut cells, stored::received(db, within, &span).await?, |cell, cohort| {
        cell.cohort = cohort
    });
    add(&mut cells, stored::answers(db, within, &span).await?, |cell, answers| {
        cell.cohort.answers = answers.answers;
        cell.cohort.answers_satisfied = answers.answers_satisfied;
        cell.cohort.answers_l1 = answers.answers_l1;
        cell.cohort.answers_satisfied_l1 = answers.answers_satisfied_l1;
    });
    add(&mut cells, stored::stock(db, within, &span, &formula).await?, |cell, stock| {
        cell.stock = stock;
    });
    add(&mut cells, stored::closed(db, within, &span).await?, |cell, closed| {
        cell.flow.closed = closed.closed;
        cell.flow.special = closed.special;
        cell.flow.forced = closed.forced;
    });
    add(&mut cells, stored::contradicted(db, within, &span).await?, |cell, contradicted| {
        cell.flow.contradicted = contradicted;
    });
    add(&mut cells, stored::stays(db, within, &span).await?, |cell, stays| {
        cell.flow.ended = stays.ended;
        cell.flow.not_attended = stays.not_attended;
        cell.flow.vacant = stays.vacant;
    });
    let officers = stored::officers(db, within, &span).await?;
    let late = stored::late(db, within, &span).await?.into_iter().map(|cell| LateLine {
        department: cell.department,
        district: cell.district,
        why: cell.count.0,
        cases: cell.count.1,
    });
    let mut late: Vec<LateLine> = late.collect();
    late.sort_by_cached_key(|line| (line.department.clone(), line.district.clone(), line.why));
    cells.retain(|_, figures| !figures.is_empty());
    Ok(Counted { span, formula, cells, officers, late })
}

/// Fixed before the month: no policy is enacted for the past.
pub fn formula(app: &App, month: Month) -> Formula {
    app.policies().at(month.begins()).grading.clone()
}

pub fn span(app: &App, month: Month, now: Timestamp) -> Span {
    let day = |month| formula(app, month).judged_day;
    Span::of(month, day(month), day(month.before()), now)
}

fn add<T>(cells: &mut Cells, counted: Vec<Cell<T>>, set: impl Fn(&mut Figures, T)) {
    for Cell { department, district, count } in counted {
        let place: Place = (department, district);
        set(cells.entry(place).or_default(), count);
    }
}
