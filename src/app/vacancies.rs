//! Which posts were vacant a moment ago: every filing asks, and it changes a few times a day.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{App, Result, cases};
use crate::{
    domain::{
        place::PostId,
        time::{SECOND_MS, Timestamp},
    },
    store::people,
};

/// A post is looked up again after this, so what changed elsewhere shows within seconds.
const KNOWN_FOR: Duration = Duration::from_secs(5);
const KNOWN_FOR_MS: i64 = 5 * SECOND_MS;
/// Posts that are remembered; past it all are forgotten.
const KNOWN_MAX: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Vacancies(Mutex<HashMap<PostId, Known>>);

#[derive(Clone, Copy, Debug)]
struct Known {
    vacant: bool,
    /// By the helpline's time, which a demonstration advances by days.
    at: Timestamp,
    looked_up: Instant,
}

impl Vacancies {
    /// What this process wrote shows at once.
    pub(super) fn forget(&self) {
        self.known().clear();
    }

    fn get(&self, post: PostId, now: Timestamp) -> Option<bool> {
        let known = *self.known().get(&post)?;
        let fresh = known.looked_up.elapsed() < KNOWN_FOR
            && (0..KNOWN_FOR_MS).contains(&now.since(known.at));
        fresh.then_some(known.vacant)
    }

    fn put(&self, post: PostId, vacant: bool, at: Timestamp) {
        let mut known = self.known();
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(post, Known { vacant, at, looked_up: Instant::now() });
    }

    fn known(&self) -> MutexGuard<'_, HashMap<PostId, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Was the post vacant a moment ago? Who is charged with a delay is asked of the store itself.
pub(super) async fn was_vacant(app: &App, post: PostId, now: Timestamp) -> Result<bool> {
    if let Some(vacant) = app.vacancies.get(post, now) {
        return Ok(vacant);
    }
    let vacant = cases::is_vacant(app, post, now).await?;
    app.vacancies.put(post, vacant, now);
    Ok(vacant)
}

/// Those of the posts that were vacant a moment ago; what is not known is looked up together.
pub(super) async fn were_vacant(
    app: &App,
    mut posts: Vec<PostId>,
    now: Timestamp,
) -> Result<HashSet<PostId>> {
    posts.sort_unstable();
    posts.dedup();
    let mut vacant = HashSet::new();
    let mut unknown = Vec::new();
    for post in posts {
        match app.vacancies.get(post, now) {
            Some(true) => drop(vacant.insert(post)),
            Some(false) => {}
            None => unknown.push(post),
        }
    }
    let held = people::held(&app.store.db, &unknown, now).await?;
    for post in unknown {
        app.vacancies.put(post, !held.contains(&post), now);
        if !held.contains(&post) {
            vacant.insert(post);
        }
    }
    Ok(vacant)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: PostId = PostId(7);
    const NOON: Timestamp = Timestamp(1_795_329_000_000);

    #[test]
    fn what_was_looked_up_is_known_for_five_seconds_of_the_helplines_time() {
        let vacancies = Vacancies::default();
        vacancies.put(POST, true, NOON);

        assert_eq!(vacancies.get(POST, NOON.plus_ms(4_999)), Some(true));
        assert_eq!(vacancies.get(POST, NOON.plus_ms(5_000)), None);
        assert_eq!(vacancies.get(POST, NOON.plus_ms(-1)), None);
        assert_eq!(vacancies.get(PostId(8), NOON), None);
    }

    #[test]
    fn what_this_process_writes_is_forgotten_at_once() {
        let vacancies = Vacancies::default();
        vacancies.put(POST, false, NOON);

        vacancies.forget();

        assert_eq!(vacancies.get(POST, NOON), None);
    }
}
