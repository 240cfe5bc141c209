//! Today's registrations by department, for boards: counted once, and kept up with by the facts that follow.

use std::time::Duration;

use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use crate::{
    app::{App, Error, Result, cases::number_of},
    domain::{
        actor::Actor,
        intake::today::Registrations,
        permissions::{self, Act, Object},
        place::Code,
        time::Day,
    },
    store::{
        cases,
        feed::{Item, Subscription},
    },
};

/// A count that failed is not begun again sooner: boards look every second, and a database in trouble has enough to do.
const AFTER_FAILURE: Duration = Duration::from_secs(10);

/// Of all boards of this process.
#[derive(Debug, Default)]
pub(in crate::app) struct Today(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    followed: Option<Followed>,
    failed: Option<Instant>,
}

#[derive(Debug)]
struct Followed {
    registrations: Registrations,
    feed: Subscription,
}

/// In the order of the departments' codes. A case is counted for the department that has it now.
pub async fn registrations(app: &App, by: &Actor) -> Result<Vec<(Code, u64)>> {
    permissions::may(by, Act::Agents, Object::Nothing)?;
    let day = app.now().ist_day();
    let mut kept = app.today.0.lock().await;
    if kept.failed.is_some_and(|failed| failed.elapsed() < AFTER_FAILURE) {
        return Err(Error::Busy { retry_ms: AFTER_FAILURE.as_millis() as u64 });
    }
    let followed = match kept.followed.take().filter(|followed| followed.registrations.day == day) {
        Some(followed) => followed.caught_up().await,
        None => None,
    };
    let followed = match followed {
        Some(followed) => followed,
        None => {
            let counted = Followed::count(app, day).await;
            kept.failed = counted.is_err().then(Instant::now);
            counted?
        }
    };
    let counts = followed.registrations.counts();
    kept.followed = Some(followed);
    Ok(counts)
}

impl Followed {
    async fn count(app: &App, day: Day) -> Result<Self> {
        // Subscribed before it is counted, so that nothing falls in between; what is told twice changes nothing.
        let feed = app.store.feed.subscribe(None).await?;
        let registered = cases::registered_since(&app.store.db, day.begins()).await?;
        Ok(Self { registrations: Registrations::of(day, registered), feed })
    }

    /// None when too much has happened since the last look.
    async fn caught_up(mut self) -> Option<Self> {
        while let Ok(item) = timeout(Duration::ZERO, self.feed.next()).await {
            let Some(Item::Event(recorded)) = item else { return None };
            if let Some(number) = number_of(&recorded.event.stream) {
                self.registrations.apply(number.id(), &recorded.event.facts);
            }
        }
        Some(self)
    }
}
