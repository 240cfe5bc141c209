//! The calls about rounds that are under way, so that each can be stopped when its rounds are settled elsewhere.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use crate::app::{
    App,
    verification::{self, Elsewhere, Happened, OrderedRound},
};

/// How long a call waits for the word that its rounds are still open; the database may be away.
const LOOK_MAX: Duration = Duration::from_secs(1);
/// After a failure to follow, as when the database is away.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Of this process; cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct UnderWay(Arc<Mutex<Calls>>);

#[derive(Debug, Default)]
struct Calls {
    last: u64,
    by_id: HashMap<u64, About>,
}

#[derive(Debug)]
struct About {
    /// Case and round.
    open: Vec<(i64, i64)>,
    settled: Vec<(i64, i64)>,
    /// What this call records itself: it goes on to its own end.
    own: Vec<(i64, i64)>,
    some: CancellationToken,
    all: CancellationToken,
}

/// One call; it is under way until this is dropped.
#[derive(Debug)]
pub(crate) struct Under {
    id: u64,
    calls: UnderWay,
    /// Some round of it is settled: the citizen is, or was just, with the helpline.
    pub(crate) some: CancellationToken,
    /// Nothing is left to ask.
    all: CancellationToken,
}

impl UnderWay {
    pub(crate) fn begin(&self, rounds: &[OrderedRound]) -> Under {
        let (some, all) = (CancellationToken::new(), CancellationToken::new());
        let about = About {
            open: rounds.iter().map(|ordered| (ordered.case, ordered.round)).collect(),
            settled: Vec::new(),
            own: Vec::new(),
            some: some.clone(),
            all: all.clone(),
        };
        let mut calls = self.lock();
        calls.last += 1;
        let id = calls.last;
        calls.by_id.insert(id, about);
        drop(calls);
        Under { id, calls: self.clone(), some, all }
    }

    /// Runs until `closed`.
    pub(crate) async fn follow(self, app: Arc<App>, closed: CancellationToken) {
        loop {
            tokio::select! {
                () = closed.cancelled() => return,
                followed = self.stop_settled(&app) => match followed {
                    Ok(()) => return,
                    Err(error) => tracing::warn!(%error, "answers of other calls are not followed"),
                },
            }
            tokio::time::sleep(AFTER_FAILURE).await;
        }
    }

    /// Comes back when the feed ends.
    async fn stop_settled(&self, app: &Arc<App>) -> crate::app::Result<()> {
        let mut elsewhere = Elsewhere::follow(app).await?;
        self.look(app).await;
        loop {
            match elsewhere.next().await? {
                None => return Ok(()),
                Some(Happened::To { case, answered }) => {
                    for round in self.open(|(about, _)| *about == case) {
                        match verification::is_open(app, round.0, round.1).await {
                            Ok(false) => self.settle(round),
                            // The database has just gone: who has answered is not rung on.
                            Err(_) if answered => self.settle(round),
                            Ok(true) | Err(_) => {}
                        }
                    }
                }
                Some(Happened::Missed) => self.look(app).await,
            }
        }
    }

    async fn look(&self, app: &App) {
        for round in self.open(|_| true) {
            if matches!(verification::is_open(app, round.0, round.1).await, Ok(false)) {
                self.settle(round);
            }
        }
    }

    /// What calls are under way about and do not record themselves.
    fn open(&self, which: impl Fn(&(i64, i64)) -> bool) -> Vec<(i64, i64)> {
        let calls = self.lock();
        let others = calls.by_id.values().flat_map(|about| {
            about.open.iter().filter(|round| !about.own.contains(round)).copied()
        });
        others.filter(which).collect()
    }

    fn settle(&self, round: (i64, i64)) {
        for about in self.lock().by_id.values_mut() {
            if about.own.contains(&round) {
                continue;
            }
            let before = about.open.len();
            about.open.retain(|open| *open != round);
            if about.open.len() < before {
                about.settled.push(round);
                about.some.cancel();
            }
            if about.open.is_empty() {
                about.all.cancel();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Under {
    /// When a call that is answered now has nothing to ask any more. Whom the helpline has just heard is asked nothing else.
    pub(crate) fn over(&self) -> CancellationToken {
        if self.some.is_cancelled() { self.some.clone() } else { self.all.clone() }
    }

    /// Looks once whether all of it is still open: what was settled before it was under way is told by nobody.
    pub(crate) async fn look(&self, app: &App) {
        let open = self.about(|about| about.open.clone());
        let looking = async {
            for round in open {
                if matches!(verification::is_open(app, round.0, round.1).await, Ok(false)) {
                    self.calls.settle(round);
                }
            }
        };
        let _ = tokio::time::timeout(LOOK_MAX, looking).await;
    }

    /// Cases and rounds that were settled elsewhere.
    pub(crate) fn settled(&self) -> Vec<(i64, i64)> {
        self.about(|about| about.settled.clone())
    }

    /// For whoever records what this call brings.
    pub(crate) fn own(&self) -> Own {
        Own { id: self.id, calls: self.calls.clone() }
    }

    fn about<T>(&self, of: impl FnOnce(&About) -> T) -> T {
        of(self.calls.lock().by_id.get(&self.id).expect("it is there until it is dropped"))
    }
}

/// Tells what a call records itself, before it does.
#[derive(Debug)]
pub(crate) struct Own {
    id: u64,
    calls: UnderWay,
}

impl Own {
    pub(crate) fn records(&self, case: i64, round: i64) {
        if let Some(about) = self.calls.lock().by_id.get_mut(&self.id) {
            about.own.push((case, round));
        }
    }
}

impl Drop for Under {
    fn drop(&mut self) {
        self.calls.lock().by_id.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{
        language::Language,
        number::CaseNumber,
        place::{Code, PlaceCode},
        verification::Topic,
    };

    use super::*;

    const FIRST: i64 = 1_234_500;

    fn ordered(case: i64) -> OrderedRound {
        let case = FIRST + case;
        OrderedRound {
            case,
            number: CaseNumber::of_id(case).unwrap(),
            round: 1,
            district: PlaceCode::new("district:396"),
            designation: None,
            category: Code::new("electricity"),
            topic: Topic::Resolution,
            language: Language::Hindi,
            partial: false,
            token: 1,
            lead: true,
        }
    }

    #[test]
    fn a_call_is_told_of_the_first_and_of_the_last_of_its_rounds() {
        let under_way = UnderWay::default();
        let call = under_way.begin(&[ordered(1), ordered(2)]);
        let other = under_way.begin(&[ordered(3)]);

        under_way.settle((FIRST + 2, 1));
        assert!(call.some.is_cancelled() && !call.all.is_cancelled());
        under_way.settle((FIRST + 2, 1));
        assert_eq!(call.settled(), [(FIRST + 2, 1)]);
        under_way.settle((FIRST + 1, 1));

        assert!(call.all.is_cancelled());
        assert!(!other.some.is_cancelled());
        drop((call, other));
        assert!(under_way.lock().by_id.is_empty());
    }
    #[test]
    fn what_a_call_records_itself_does_not_stop_it() {
        let under_way = UnderWay::default();
        let call = under_way.begin(&[ordered(1), ordered(2)]);
        let other = under_way.begin(&[ordered(1)]);

        call.own().records(FIRST + 1, 1);
        assert_eq!(under_way.open(|(case, _)| *case == FIRST + 1), [(FIRST + 1, 1)]);
        under_way.settle((FIRST + 1, 1));

        assert!(!call.some.is_cancelled());
        assert!(other.all.is_cancelled());
        // Another round of a case is another question.
        under_way.settle((FIRST + 2, 2));
        assert!(!call.some.is_cancelled());
        under_way.settle((FIRST + 2, 1));
        assert_eq!((call.settled(), call.all.is_cancelled()), (vec![(FIRST + 2, 1)], false));
    }
}
