//! Escalation, the end of rounds, late reviews. One node sweeps at a time, which only saves work: the version
//! guard makes each move once.

use std::sync::Arc;

use super::Step;
use crate::{
    app::{
        self, App, attendance,
        clock::{self, Falls},
        desk::follow,
        feedback, flags, grades, rechecks,
        reviews::drives,
    },
    domain::time::SECOND_MS,
};

const SWEEP_MAX: i64 = 512;
/// A sweep that died is taken over after this.
pub(crate) const LEASE_MS: i64 = 10 * SECOND_MS;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweep {
    Escalation,
    RoundsEnd,
    Reviews,
    /// The daily register of officers.
    Attendance,
    /// Resolutions of leads on the cases that follow them.
    FollowUps,
    /// Feedback callers' calls and wrap-ups that nobody ended.
    Tasks,
    /// Seeds of the slice, and rechecks whose time is over.
    Rechecks,
    /// Patterns that somebody should look at.
    Flags,
    /// What months count, behind the events.
    Spells,
    /// Drives for cases that have grown old.
    Drives,
}

pub const ALL: &[Sweep] = &[
    Sweep::Escalation,
    Sweep::RoundsEnd,
    Sweep::Reviews,
    Sweep::Attendance,
    Sweep::FollowUps,
    Sweep::Tasks,
    Sweep::Rechecks,
    Sweep::Flags,
    Sweep::Spells,
    Sweep::Drives,
];

impl Sweep {
    pub fn name(self) -> &'static str {
        match self {
            Self::Escalation => "escalation",
            Self::RoundsEnd => "rounds_end",
            Self::Reviews => "reviews",
            Self::Attendance => "attendance",
            Self::FollowUps => "follow_ups",
            Self::Tasks => "tasks",
            Self::Rechecks => "rechecks",
            Self::Flags => "flags",
            Self::Spells => "spells",
            Self::Drives => "drives",
        }
    }
}

pub async fn step(app: Arc<App>, sweep: Sweep) -> app::Result<Step> {
    let due = match sweep {
        Sweep::Escalation => clock::is_due(&app, Falls::Levels).await?,
        Sweep::RoundsEnd => clock::is_due(&app, Falls::Rounds).await?,
        Sweep::Reviews => clock::is_due(&app, Falls::Reviews).await?,
        Sweep::Attendance => attendance::is_due(&app).await?,
        Sweep::FollowUps => follow::is_due(&app).await?,
        Sweep::Tasks => feedback::is_due(&app).await?,
        Sweep::Rechecks => rechecks::is_due(&app).await?,
        Sweep::Flags => flags::is_due(&app).await?,
        Sweep::Spells => grades::is_due(&app).await?,
        Sweep::Drives => drives::is_due(&app).await?,
    };
    if !due || !clock::may_sweep(&app, sweep.name(), LEASE_MS).await? {
        return Ok(Step::Idle);
    }
    let done = match sweep {
        Sweep::Escalation => clock::escalate(&app, SWEEP_MAX).await?,
        Sweep::RoundsEnd => clock::rounds_end(&app, SWEEP_MAX).await?,
        Sweep::Reviews => clock::reviews(&app, SWEEP_MAX).await?,
        Sweep::Attendance => attendance::judge_days(&app).await?,
        Sweep::FollowUps => {
            let named = follow::name(&app).await?;
            follow::file(&app, SWEEP_MAX).await? + usize::from(named)
        }
        Sweep::Tasks => feedback::over(&app, SWEEP_MAX).await?,
        Sweep::Rechecks => rechecks::settle(&app, SWEEP_MAX).await?,
        Sweep::Flags => flags::look(&app).await?,
        // A little a second, so that acts come first.
        Sweep::Spells => grades::gather(&app).await.map(|()| 0)?,
        Sweep::Drives => drives::open(&app).await?,
    };
    Ok(if done > 0 { Step::Worked } else { Step::Idle })
}
