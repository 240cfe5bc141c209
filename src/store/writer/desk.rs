//! The writer's task: takes what waits as one group, commits it, and finds out what became of it.

use std::{
    collections::{HashSet, VecDeque},
    mem,
    pin::Pin,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use super::{
    Counts, QUEUE_MAX,
    group::{self, Entry, Key, Verdict},
    nodes::{self, Place},
};
use crate::store::{Db, Error, Result, db::Conn, events::Recorded};

const GROUP_MAX: usize = 64;
/// Places of a group that waiting bulk work gets however many acts there are.
const BULK_MIN: usize = 4;
const READ_BACKS_MAX: u32 = 20;
const READ_BACK_PAUSE: Duration = Duration::from_millis(250);
/// SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC.
const FSYNC_ERRORS: [&str; 2] = ["1034", "1290"];

pub(super) enum Job {
    Change {
        entry: Box<Entry>,
        answer: oneshot::Sender<Result<String>>,
    },
    /// One group of its own.
    Batch {
        entries: Vec<Entry>,
        answer: oneshot::Sender<Vec<Result<String>>>,
    },
    Errand(Errand),
}

/// Work on the writer's connection; its end tells the one who asked, after the commit.
pub(super) type Errand = Box<
    dyn for<'c> FnOnce(Result<&'c mut Conn>) -> Pin<Box<dyn Future<Output = Ran> + Send + 'c>>
        + Send,
>;

pub(super) enum Ran {
    Keep(Box<dyn FnOnce(Result<()>) + Send>),
    Undo,
}

type Asked = (Box<Entry>, oneshot::Sender<Result<String>>);

enum Turn {
    Group(Vec<Asked>),
    /// A batch or an errand.
    Alone(Job),
}

pub(super) struct Desk {
    db: Db,
    node: i64,
    conn: Option<Conn>,
    /// Unknown after a failure, until it is read again.
    place: Option<Place>,
    acts: mpsc::Receiver<Job>,
    bulk: mpsc::Receiver<Job>,
    /// Changes that met another change of their case or request, and errands that met a group.
    held: VecDeque<Job>,
    group_max: usize,
    feed: mpsc::Sender<Vec<Recorded>>,
    counts: Arc<Counts>,
    closing: CancellationToken,
}

/// Why a transaction was not committed.
#[derive(Debug)]
enum Failed {
    /// The database said no and rolled back.
    Refused(Error),
    /// A change won one gate and lost another.
    Torn,
    /// The answer to COMMIT was lost, and the read back finds nothing.
    NotLanded(Error),
    Away(Error),
    Stop,
}

impl Desk {
    #[expect(clippy::too_many_arguments, reason = "the writer's parts, named once")]
    pub(super) fn new(
        db: Db,
        node: i64,
        conn: Conn,
        [acts, bulk]: [mpsc::Receiver<Job>; 2],
        group_max: Option<usize>,
        feed: mpsc::Sender<Vec<Recorded>>,
        counts: Arc<Counts>,
        closing: CancellationToken,
    ) -> Self {
        Self {
            db,
            node,
            conn: Some(conn),
            place: Some(Place::START),
            acts,
            bulk,
            held: VecDeque::new(),
            group_max: group_max.unwrap_or(GROUP_MAX),
            feed,
            counts,
            closing,
        }
    }

    pub(super) async fn run(mut self) {
        while let Some(turn) = self.next_turn().await {
            let stop = match turn {
                Turn::Group(group) => self.group(group).await,
                Turn::Alone(Job::Errand(errand)) => self.errand(errand).await,
                Turn::Alone(Job::Batch { entries, answer }) => self.batch(entries, answer).await,
                Turn::Alone(Job::Change { entry, answer }) => {
                    self.group(vec![(entry, answer)]).await
                }
            };
            if stop {
                tracing::error!(node = self.node, "the disk lost a commit, the writer stops");
                return;
            }
        }
        if let Some(mut conn) = self.conn.take() {
            // Feeds ask a little longer for a node that does not say so: no harm.
            drop(nodes::end(&mut conn, self.node).await);
            conn.close().await;
        }
    }

    /// Takes what waits and never lingers: alone in the queue, a change goes alone.
    async fn next_turn(&mut self) -> Option<Turn> {
        let mut group = Group::default();
        let mut held = mem::take(&mut self.held).into_iter();
        while let Some(job) = held.next() {
            if let Some(alone) = self.admit(&mut group, job) {
                self.held.extend(held);
                return Some(Turn::Alone(alone));
            }
        }
        if group.jobs.is_empty() {
            let job = self.receive().await?;
            if let Some(alone) = self.admit(&mut group, job) {
                return Some(Turn::Alone(alone));
            }
        }
        let mut bulk_left = BULK_MIN.min(self.group_max - 1);
        while group.jobs.len() < self.group_max && self.held.len() < QUEUE_MAX {
            let room = self.group_max - group.jobs.len();
            let job = if room <= bulk_left {
                bulk_left -= 1;
                self.bulk.try_recv().or_else(|_| self.acts.try_recv())
            } else {
                self.acts.try_recv().or_else(|_| self.bulk.try_recv())
            };
            let Ok(job) = job else { break };
            if let Some(alone) = self.admit(&mut group, job) {
                self.held.push_back(alone);
                break;
            }
        }
        Some(Turn::Group(group.jobs))
    }

    /// Waits for a job; once the writer closes, gives what waits still, then nothing.
    async fn receive(&mut self) -> Option<Job> {
        tokio::select! {
            biased;
            Some(job) = self.acts.recv() => return Some(job),
            Some(job) = self.bulk.recv() => return Some(job),
            () = self.closing.cancelled() => {}
            else => return None,
        }
        self.acts.close();
        self.bulk.close();
        match self.acts.recv().await {
            Some(job) => Some(job),
            None => self.bulk.recv().await,
        }
    }

    /// Puts a job into the group or holds it for the next; gives back what goes alone and can run now.
    fn admit(&mut self, group: &mut Group, job: Job) -> Option<Job> {
        match job {
            alone @ (Job::Errand(_) | Job::Batch { .. }) => {
                if group.jobs.is_empty() && self.held.is_empty() {
                    return Some(alone);
                }
                self.held.push_back(alone);
                None
            }
            Job::Change { entry, answer } => {
                let full = group.jobs.len() == self.group_max;
                if full || entry.keys.iter().any(|key| group.keys.contains(key)) {
                    self.held.push_back(Job::Change { entry, answer });
                } else {
                    group.keys.extend(entry.keys.iter().cloned());
                    group.jobs.push((entry, answer));
                }
                None
            }
        }
    }

    /// Writes a group and answers; true when the writer must stop.
    async fn group(&mut self, group: Vec<Asked>) -> bool {
        let (entries, askers): (Vec<_>, Vec<_>) =
            group.into_iter().map(|(entry, answer)| (*entry, answer)).unzip();
        let answers = self.settle(&entries).await;
        let stop = answers.iter().any(|answer| matches!(answer, Err(Error::Stopped)));
        for (asker, answer) in askers.into_iter().zip(answers) {
            // Nobody waits any more; the change is written all the same.
            let _ = asker.send(answer);
        }
        stop
    }

    async fn batch(
        &mut self,
        entries: Vec<Entry>,
        answer: oneshot::Sender<Vec<Result<String>>>,
    ) -> bool {
        let answers = self.settle(&entries).await;
        let stop = answers.iter().any(|answer| matches!(answer, Err(Error::Stopped)));
        let _ = answer.send(answers);
        stop
    }

    async fn errand(&mut self, errand: Errand) -> bool {
        let mut conn = match self.begin().await {
            Ok(conn) => conn,
            Err(error) => {
                errand(Err(Error::Unavailable(Arc::new(error)))).await;
                return false;
            }
        };
        match errand(Ok(&mut conn)).await {
            Ran::Undo => {
                if conn.rollback().await.is_ok() {
                    self.conn = Some(conn);
                }
                false
            }
            Ran::Keep(tell) => match conn.commit().await {
                Ok(()) => {
                    self.conn = Some(conn);
                    tell(Ok(()));
                    false
                }
                Err(error) => {
                    self.counts.uncertain.fetch_add(1, Relaxed);
                    let stop = lost_bytes(&error);
                    tell(Err(Error::Unavailable(Arc::new(error))));
                    stop
                }
            },
        }
    }

    /// Commits a group, or else each of its changes alone, so that a bad row fails alone.
    async fn settle(&mut self, group: &[Entry]) -> Vec<Result<String>> {
        match self.attempt(group).await {
            Ok(answers) => answers,
            Err(failed @ (Failed::Refused(_) | Failed::Torn)) if group.len() == 1 => {
                vec![Err(failed.into())]
            }
            Err(Failed::Refused(_) | Failed::Torn | Failed::NotLanded(_)) => {
                self.replay(group).await
            }
            Err(failed) => all(group, &failed.into()),
        }
    }

    async fn replay(&mut self, group: &[Entry]) -> Vec<Result<String>> {
        self.counts.replays.fetch_add(1, Relaxed);
        let mut answers = Vec::with_capacity(group.len());
        for (done, entry) in group.chunks(1).enumerate() {
            match self.attempt(entry).await {
                Ok(alone) => answers.extend(alone),
                Err(failed @ (Failed::Refused(_) | Failed::Torn)) => {
                    answers.push(Err(failed.into()));
                }
                Err(failed) => {
                    answers.extend(all(&group[done..], &failed.into()));
                    break;
                }
            }
        }
        answers
    }

    /// One transaction.
    async fn attempt(&mut self, group: &[Entry]) -> Result<Vec<Result<String>>, Failed> {
        let known = self.place.take();
        let mut conn = self.begin().await.map_err(Failed::away)?;
        let (verdicts, events, place) = match group::write(&mut conn, self.node, known, group).await
        {
            Ok(Some(written)) => written,
            other => {
                let gone = conn.rollback().await.is_err();
                self.conn = (!gone).then_some(conn);
                // What was known before holds after a rollback that was heard.
                self.place = known.filter(|_| !gone);
                return Err(match other {
                    Err(Error::Database(error)) if gone => Failed::Away(Error::Unavailable(error)),
                    Err(error) if gone => Failed::Away(error),
                    Err(error) => Failed::Refused(error),
                    Ok(_) => Failed::Torn,
                });
            }
        };
        if let Err(error) = conn.commit().await {
            drop(conn);
            self.counts.uncertain.fetch_add(1, Relaxed);
            tracing::warn!(node = self.node, %error, "the answer to a commit was lost");
            if lost_bytes(&error) {
                return Err(Failed::Stop);
            }
            // Without an event nothing shows by the seq; the requests' gate tells in the replay.
            if events.is_empty() || self.read_back().await.map_err(Failed::away)? != place.next_seq
            {
                return Err(Failed::NotLanded(Error::Unavailable(Arc::new(error))));
            }
        } else {
            self.conn = Some(conn);
            // A place that was read and not used may be stale: an older commit can land behind it.
            self.place = (known.is_some() || !events.is_empty()).then_some(place);
        }
        self.counts.groups.fetch_add(1, Relaxed);
        self.counts.changes.fetch_add(group.len() as u64, Relaxed);
        if !events.is_empty() {
            // A full channel is no loss: the feed reads the table too.
            let _ = self.feed.try_send(events);
        }
        Ok(group.iter().zip(verdicts).map(answer).collect())
    }

    async fn begin(&mut self) -> sqlx::Result<Conn> {
        if let Some(mut conn) = self.conn.take()
            && conn.begin().await.is_ok()
        {
            return Ok(conn);
        }
        // It died while it was idle, and nothing was asked of it yet.
        let mut conn = self.db.connect().await?;
        conn.begin().await?;
        Ok(conn)
    }

    /// Asks a new connection how far this node came. A commit that lands even later is no harm:
    /// the replay waits for it at the request gate and answers what it stored.
    async fn read_back(&mut self) -> sqlx::Result<i64> {
        let mut tries = 0;
        loop {
            let found = match self.db.connect().await {
                Ok(mut conn) => nodes::next_seq(&mut conn, self.node).await,
                Err(error) => Err(error),
            };
            match found {
                Ok(next_seq) => return Ok(next_seq),
                Err(error) if tries == READ_BACKS_MAX => return Err(error),
                Err(_) => tries += 1,
            }
            sleep(READ_BACK_PAUSE).await;
        }
    }
}

#[derive(Default)]
struct Group {
    jobs: Vec<Asked>,
    keys: HashSet<Key>,
}

impl Failed {
    fn away(error: sqlx::Error) -> Self {
        Self::Away(Error::Unavailable(Arc::new(error)))
    }
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Torn => Self::Conflict,
            Failed::Refused(error) | Failed::NotLanded(error) | Failed::Away(error) => error,
            Failed::Stop => Self::Stopped,
        }
    }
}

fn all(group: &[Entry], error: &Error) -> Vec<Result<String>> {
    group.iter().map(|_| Err(error.clone())).collect()
}

fn answer((entry, verdict): (&Entry, Verdict)) -> Result<String> {
    match verdict {
        Verdict::Written => Ok(entry.change.result.clone()),
        Verdict::Repeated(result) => Ok(result),
        Verdict::Reused => Err(Error::RequestReused),
        Verdict::Lost => Err(Error::Conflict),
    }
}

/// After a failed fsync the kernel may have dropped the pages, so no later commit can be trusted.
fn lost_bytes(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .is_some_and(|code| FSYNC_ERRORS.contains(&code.as_ref()))
}
