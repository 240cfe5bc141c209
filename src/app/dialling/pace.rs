//! What this process paces its calls by: the mode, the people who are free, the calls that ring, and what calls brought.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use super::lock;
use crate::{
    app::{App, Result, feedback},
    domain::{
        feedback::Takes,
        pacing::{Drops, Mode, chance::Answers},
        time::{HOUR_MS, Timestamp},
        verification::{Purpose, Round},
    },
    store::rounds::paced,
};

/// Who is free is looked up again after this, and what the last hour's calls brought after that.
const PEOPLE_FOR: Duration = Duration::from_secs(1);
const FIGURES_FOR: Duration = Duration::from_secs(15);

#[derive(Clone, Debug)]
pub(super) struct Pace {
    pub(super) mode: Mode,
    /// What the feedback callers who are free take.
    people: Vec<Takes>,
    people_at: Option<Instant>,
    figures: Option<(Figures, Instant)>,
}

/// Of all processes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    /// Of the last hour.
    pub(super) answers: Answers,
    /// Of the day.
    pub(super) drops: Drops,
}

impl Default for Pace {
    fn default() -> Self {
        Self { mode: Mode::Agentless, people: Vec::new(), people_at: None, figures: None }
    }
}

/// One call that rings; no more once this is dropped.
#[derive(Debug)]
pub struct Ringing(Arc<AtomicU32>);

impl Drop for Ringing {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl App {
    /// How the dialler of this process paces its calls.
    pub fn dials_by(&self, mode: Mode) {
        lock(&self.dialling.pace).mode = mode;
    }

    pub fn dial_mode(&self) -> Mode {
        lock(&self.dialling.pace).mode
    }

    /// Counts a call as ringing.
    pub fn a_call_rings(&self) -> Ringing {
        self.dialling.ringing.fetch_add(1, Relaxed);
        Ringing(self.dialling.ringing.clone())
    }

    /// A citizen answered a call that was made for a person; `waited`: nobody took it at once.
    pub async fn handed(&self, waited: bool) -> Result<()> {
        paced::handed(&self.store.writer, self.now().ist_day(), waited).await?;
        // The cap holds from the next decision on.
        lock(&self.dialling.pace).figures = None;
        Ok(())
    }

    /// Whether who is free is known from less than a second ago.
    pub fn knows_free_people(&self) -> bool {
        let at = lock(&self.dialling.pace).people_at;
        at.is_some_and(|at| at.elapsed() < PEOPLE_FOR)
    }

    /// These accounts would take a call now; of them those who are feedback callers without a task count.
    pub async fn are_free(&self, accounts: &[i64]) -> Result<()> {
        let people = feedback::ready(self, accounts).await?;
        let mut pace = lock(&self.dialling.pace);
        (pace.people, pace.people_at) = (people, Some(Instant::now()));
        Ok(())
    }

    pub(super) fn free_people(&self) -> u32 {
        u32::try_from(lock(&self.dialling.pace).people.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn ringing(&self) -> u32 {
        self.dialling.ringing.load(Relaxed)
    }

    pub(super) async fn pace_figures(&self, now: Timestamp) -> Result<Figures> {
        if let Some((figures, at)) = lock(&self.dialling.pace).figures
            && at.elapsed() < FIGURES_FOR
        {
            return Ok(figures);
        }
        let db = &self.store.db;
        let figures = Figures {
            answers: paced::answers(db, now.plus_ms(-HOUR_MS)).await?,
            drops: paced::drops(db, now.ist_day()).await?,
        };
        lock(&self.dialling.pace).figures = Some((figures, Instant::now()));
        Ok(figures)
    }
}

/// A person is to speak with this citizen, and nobody is free who takes the call. Of what is no resolution, or promised, the
/// dialogue alone speaks.
pub(super) fn lacks_person(app: &App, round: &Round) -> bool {
    let persons = round.purpose == Purpose::Resolution && !round.ring_back;
    let people = &lock(&app.dialling.pace).people;
    persons && !people.iter().any(|takes| takes.fits_caller(round.language, &round.district))
}
