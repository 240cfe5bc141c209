//! The only owner of write transactions: one task that commits what waits, in groups.

use std::{
    collections::HashSet,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::{Db, Error, Result, db::Conn, events::Recorded, sealed::Keys};
use crate::domain::{change::Change, time::Timestamp};

mod acts;
mod counters;
mod desk;
mod follow;
mod gates;
mod group;
mod imports;
mod incidents;
mod intake;
pub(super) mod merged;
mod moved;
mod nodes;
mod recordings;
pub mod requests;

pub use counters::Counter;
pub use requests::Request;

use counters::Counters;
use desk::{Desk, Errand, Job, Ran};
use group::Entry;

/// Changes that may wait in each lane, and that may wait for another change of their case.
pub const QUEUE_MAX: usize = 1_024;

/// Changes of one batch: a sweep's.
pub const BATCH_MAX: usize = 512;

/// Bulk work is taken only into the room that acts and calls leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    Acts,
    Bulk,
}

/// Hands changes to the writer; cheap to clone.
#[derive(Clone, Debug)]
pub struct Writer {
    db: Db,
    node: i64,
    acts: mpsc::Sender<Job>,
    bulk: mpsc::Sender<Job>,
    counters: Arc<Counters>,
    /// Numbers the requests that came without an id.
    unnamed: Arc<AtomicU64>,
    counts: Arc<Counts>,
    closing: CancellationToken,
}

#[derive(Debug, Default)]
pub struct Counts {
    pub groups: AtomicU64,
    pub changes: AtomicU64,
    /// Groups that failed, or were torn by a lost gate, and were written one change at a time.
    pub replays: AtomicU64,
    /// Commits whose answer was lost.
    pub uncertain: AtomicU64,
}

pub(super) type Working<'c, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'c>>;

impl Writer {
    /// Starts the writer as a new node. Committed events leave by `feed`, which may drop them:
    /// the feed finds them in the table.
    pub(super) async fn start(
        db: Db,
        now: Timestamp,
        group_max: Option<usize>,
        feed: mpsc::Sender<Vec<Recorded>>,
    ) -> Result<(Self, JoinHandle<()>)> {
        let mut conn = db.connect().await?;
        conn.check_settings(db.lasting()).await?;
        let node = nodes::begin(&mut conn, now).await?;
        let (acts, acts_waiting) = mpsc::channel(QUEUE_MAX);
        let (bulk, bulk_waiting) = mpsc::channel(QUEUE_MAX);
        let counts = Arc::<Counts>::default();
        let closing = CancellationToken::new();
        let desk = Desk::new(
            db.clone(),
            node,
            conn,
            [acts_waiting, bulk_waiting],
            group_max,
            feed,
            counts.clone(),
            closing.clone(),
        );
        let writer = Self {
            db,
            node,
            acts,
            bulk,
            counters: Arc::default(),
            unnamed: Arc::default(),
            counts,
            closing,
        };
        Ok((writer, tokio::spawn(desk.run())))
    }

    /// This process's number as a writer of events.
    pub fn node(&self) -> i64 {
        self.node
    }

    pub(super) fn keys(&self) -> &Keys {
        self.db.keys()
    }

    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Changes and errands that wait in a lane now.
    pub fn waiting(&self, lane: Lane) -> usize {
        let lane = self.lane(lane);
        lane.max_capacity() - lane.capacity()
    }

    /// Answers after the commit with the result that is stored for the request. Dropping the
    /// future does not take the change back.
    pub async fn commit(&self, lane: Lane, request: Request, change: Change) -> Result<String> {
        let unnamed = || self.unnamed.fetch_add(1, Relaxed);
        let entry = Entry::seal(self.db.keys(), self.node, request, change, unnamed);
        let (answer, answered) = oneshot::channel();
        self.send(lane, Job::Change { entry: Box::new(entry), answer })?;
        answered.await.unwrap_or(Err(Error::Stopped))
    }

    /// As [`Self::commit`] of many at once, in one transaction of their own when nothing is wrong with any. Of two that
    /// touch the same the second is a `Conflict`. Acts wait for it: at most [`BATCH_MAX`] are written together.
    pub async fn commit_all(&self, lane: Lane, changes: Vec<Change>) -> Vec<Result<String>> {
        let mut answers = Vec::with_capacity(changes.len());
        let mut changes = changes.into_iter().peekable();
        while changes.peek().is_some() {
            let batch = changes.by_ref().take(BATCH_MAX);
            answers.extend(self.batch(lane, batch).await);
        }
        answers
    }

    async fn batch(
        &self,
        lane: Lane,
        changes: impl Iterator<Item = Change>,
    ) -> Vec<Result<String>> {
        let unnamed = || self.unnamed.fetch_add(1, Relaxed);
        let mut touched = HashSet::new();
        let (mut entries, mut places) = (Vec::new(), Vec::new());
        for change in changes {
            let request = Request::system();
            let entry = Entry::seal(self.db.keys(), self.node, request, change, unnamed);
            let first = !entry.keys.iter().any(|key| touched.contains(key));
            places.push(first);
            if first {
                touched.extend(entry.keys.iter().cloned());
                entries.push(entry);
            }
        }
        let count = entries.len();
        let (answer, answered) = oneshot::channel();
        let written = match self.send(lane, Job::Batch { entries, answer }) {
            Ok(()) => answered.await.unwrap_or_else(|_| vec![Err(Error::Stopped); count]),
            Err(error) => vec![Err(error); count],
        };
        let mut written = written.into_iter();
        let answer = |first| match first {
            true => written.next().unwrap_or(Err(Error::Stopped)),
            false => Err(Error::Conflict),
        };
        places.into_iter().map(answer).collect()
    }

    /// Runs a small piece of work in a transaction of its own between two groups.
    pub(super) async fn errand<T, F>(&self, lane: Lane, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> Working<'c, T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let errand: Errand = Box::new(move |conn| {
            Box::pin(async move {
                let worked = match conn {
                    Ok(conn) => work(conn).await,
                    Err(away) => Err(away),
                };
                // If nobody waits any more, the work is done all the same.
                match worked {
                    Ok(value) => Ran::Keep(Box::new(move |end: Result<()>| {
                        let _ = answer.send(end.map(|()| value));
                    })),
                    Err(error) => {
                        let _ = answer.send(Err(error));
                        Ran::Undo
                    }
                }
            })
        });
        self.send(lane, Job::Errand(errand))?;
        answered.await.unwrap_or(Err(Error::Stopped))
    }

    /// Runs a claim: beside the writer on PostgreSQL, where it touches lease columns alone and
    /// waits for no row; through the one writer on SQLite.
    pub(super) async fn leasing<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> Working<'c, T> + Send + 'static,
    {
        if self.db.is_sqlite() {
            return self.errand(Lane::Acts, work).await;
        }
        let mut kept = self.db.lease_connection().await;
        let mut conn = match kept.take() {
            Some(conn) => conn,
            None => self.db.connect().await?,
        };
        if conn.begin().await.is_err() {
            conn = self.db.connect().await?;
            conn.begin().await?;
        }
        // A connection that failed, or whose future was dropped, is not used again.
        let value = match work(&mut conn).await {
            Ok(value) => value,
            Err(error) => {
                if conn.rollback().await.is_ok() {
                    *kept = Some(conn);
                }
                return Err(error);
            }
        };
        conn.commit().await?;
        *kept = Some(conn);
        Ok(value)
    }

    /// Takes no more; the writer's task writes what waits and ends.
    pub(super) fn close(&self) {
        self.closing.cancel();
    }

    fn send(&self, lane: Lane, job: Job) -> Result<()> {
        self.lane(lane).try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Error::Full(QUEUE_MAX),
            mpsc::error::TrySendError::Closed(_) => Error::Stopped,
        })
    }

    fn lane(&self, lane: Lane) -> &mpsc::Sender<Job> {
        match lane {
            Lane::Acts => &self.acts,
            Lane::Bulk => &self.bulk,
        }
    }
}
