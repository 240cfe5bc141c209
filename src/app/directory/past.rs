//! Versions that were live before: the last few that somebody asked about stay built, and those that nothing asks for
//! any more are taken out of the store.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    app::{App, Error, Result},
    domain::{
        routing::Index,
        time::{DAY_MS, Timestamp},
    },
    store::{self, directory::purge},
};

/// Old versions that are kept built: a state's weighs some ten megabytes.
const BUILT_MAX: usize = 2;
/// A version stays so long after another took its place, and longer while an open case was routed by it.
const REPLACED_KEPT_MS: i64 = 180 * DAY_MS;

#[derive(Debug, Default)]
pub(in crate::app) struct Past(Mutex<VecDeque<Arc<Index>>>);

impl Past {
    fn get(&self, version: i64) -> Option<Arc<Index>> {
        let built = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        built.iter().find(|index| index.version() == version).cloned()
    }

    fn put(&self, index: Arc<Index>) {
        let mut built = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        built.retain(|known| known.version() != index.version());
        if built.len() == BUILT_MAX {
            built.pop_front();
        }
        built.push_back(index);
    }
}

/// A version as it routed; empty when it was taken out.
pub(in crate::app) async fn as_it_was(app: &App, version: i64) -> Result<Arc<Index>> {
    let live = app.index();
    if version == live.version() {
        return Ok(live);
    }
    if let Some(built) = app.past.get(version) {
        return Ok(built);
    }
    let rows = store::load::load(&app.store.db, version).await?;
    let built = tokio::task::spawn_blocking(move || Index::build(version, rows)).await;
    let built = Arc::new(built.map_err(Error::internal)?.map_err(Error::internal)?);
    app.past.put(built.clone());
    Ok(built)
}

/// Takes out what was replaced long ago; gives how many versions.
pub(in crate::app) async fn purge(app: &App, now: Timestamp) -> Result<usize> {
    let before = now.plus_ms(-REPLACED_KEPT_MS);
    let obsolete = purge::obsolete(&app.store.db, before).await?;
    for version in &obsolete {
        purge::version(&app.store.writer, *version).await?;
        tracing::info!(version, "an old version of the directory is taken out");
    }
    purge::persons(&app.store.writer, before).await?;
    Ok(obsolete.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::directory::Rows;

    #[test]
    fn the_last_two_that_were_asked_for_stay_built() {
        let past = Past::default();
        for version in 1..=3 {
            past.put(Arc::new(Index::build(version, Rows::default()).unwrap()));
        }
        let known: Vec<_> = (1..=3).filter(|version| past.get(*version).is_some()).collect();

        assert_eq!(known, [2, 3]);
    }
}
