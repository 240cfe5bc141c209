//! The paper of a month: the published one, or what it would be now.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::{
    app::{App, Error, Result, grades::count},
    domain::{
        grading::{
            Month, Paper,
            paper::{Counts, Published},
        },
        place::{Code, PlaceCode},
        routing::Index,
        time::{SECOND_MS, Timestamp},
    },
    store::grades::{count::Within, months},
};

/// Who asks for provisional figures again so soon gets the same: they are counted over the whole state.
pub const PROVISIONAL_MS: i64 = 10 * SECOND_MS;

/// The provisional paper that was counted last. Its lock is held while one is counted, so that many who ask at once wait for one
/// count.
#[derive(Debug, Default)]
pub(crate) struct Provisional(Mutex<Option<(Month, Timestamp, Arc<Paper>)>>);

/// As it is published, or provisional.
#[derive(Clone, Debug)]
pub struct Graded {
    pub paper: Arc<Paper>,
    /// None while it is provisional.
    pub published: Option<Published>,
}

pub(super) async fn graded(app: &App, month: Month) -> Result<Graded> {
    if let Some(published) = months::get(&app.store.db, month).await? {
        let paper = Arc::new(read(&published)?);
        return Ok(Graded { paper, published: Some(published) });
    }
    let now = app.now();
    if month > Month::of(now) {
        return Err(Error::Invalid { field: "month", why: "has not begun" });
    }
    let mut kept = app.provisional().0.lock().await;
    if let Some((of, at, paper)) = kept.as_ref()
        && *of == month
        && (0..PROVISIONAL_MS).contains(&now.since(*at))
    {
        return Ok(Graded { paper: paper.clone(), published: None });
    }
    let paper = Arc::new(counted(app, month, now).await?);
    *kept = Some((month, now, paper.clone()));
    Ok(Graded { paper, published: None })
}

pub(super) fn read(published: &Published) -> Result<Paper> {
    let malformed = crate::store::Error::Malformed("paper");
    Paper::of_bytes(&published.paper).ok_or_else(|| Error::internal(malformed))
}

/// Of what is gathered, with the names of the directory.
pub(super) async fn counted(app: &App, month: Month, now: Timestamp) -> Result<Paper> {
    let index = app.index();
    let counted = count::count(app, month, Within::default(), now).await?;
    Ok(made(counted, |code| name(&index, code)))
}

pub(super) fn made(counted: count::Counted, name: impl Fn(&str) -> String) -> Paper {
    let counts = Counts {
        month: counted.span.month,
        formula: &counted.formula,
        judged_at: counted.span.judged,
        cells: &counted.cells,
        officers: counted.officers,
        late: counted.late,
    };
    Paper::of(counts, name)
}

fn name(index: &Index, code: &str) -> String {
    let place = index.place(&PlaceCode::new(code)).map(|place| &place.names);
    let department = || index.department(&Code::new(code)).map(|department| &department.names);
    place.or_else(department).map_or_else(|| code.to_owned(), |names| names.en.clone())
}
