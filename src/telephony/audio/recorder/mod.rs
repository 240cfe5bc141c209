//! Recordings to disk: one thread writes what the receiving thread leaves on bounded tapes, so that no packet ever waits
//! for a file. A file has its name only when it is whole.

mod repair;
mod spool;

use std::collections::{HashSet, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};

use tokio::sync::mpsc;

use self::spool::{Finishing, Spool};
use super::{RecordingEnd, StreamEvent, locked};
use crate::media::codec::SAMPLES_PER_MS;
use crate::media::wav::Sides;

pub use self::repair::{Repaired, repair};

/// What one side of a tape may owe to a slow disk: 10 s. Past it sound is lost, its place kept as silence.
const TAPE_SAMPLES_MAX: usize = 10_000 * SAMPLES_PER_MS;
/// Recordings under way at one time.
pub(super) const TAPES_MAX: usize = 2_048;
/// One recording: filled by the receiving thread, emptied by the writing one.
#[derive(Debug)]
pub(super) struct Tape {
    path: PathBuf,
    sides: Sides,
    events: mpsc::Sender<StreamEvent>,
    owed: Mutex<Owed>,
    desk: Weak<Desk>,
}

#[derive(Debug, Default)]
struct Owed {
    samples: Vec<i16>,
    /// Samples that found no room, after `samples`.
    lost: usize,
    end: Option<RecordingEnd>,
    queued: bool,
    /// The file is closed, or is about to be: nothing more is taken and nothing more is told.
    done: bool,
}

/// Tapes with something to write, each at most once.
#[derive(Debug, Default)]
struct Desk {
    inbox: Mutex<Inbox>,
    bell: Condvar,
}

#[derive(Debug, Default)]
struct Inbox {
    ready: VecDeque<Arc<Tape>>,
    open: HashSet<PathBuf>,
    closing: bool,
}

#[derive(Debug)]
pub(super) struct Recorder {
    desk: Arc<Desk>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Recorder {
    pub(super) fn start() -> io::Result<Self> {
        let desk = Arc::<Desk>::default();
        let own = Arc::clone(&desk);
        let thread =
            thread::Builder::new().name("rtp-recorder".into()).spawn(move || write_all(&own))?;
        Ok(Self { desk, thread: Mutex::new(Some(thread)) })
    }

    /// Begins a tape, or says why not.
    pub(super) fn tape(
        &self,
        path: PathBuf,
        sides: Sides,
        events: mpsc::Sender<StreamEvent>,
    ) -> Result<Arc<Tape>, String> {
        let mut inbox = locked(&self.desk.inbox);
        if inbox.closing {
            return Err("the sound engine has been shut down".into());
        }
        if inbox.open.len() >= TAPES_MAX {
            return Err(format!("{TAPES_MAX} recordings are under way"));
        }
        if !inbox.open.insert(path.clone()) {
            return Err("this file is being recorded".into());
        }
        let desk = Arc::downgrade(&self.desk);
        let tape = Arc::new(Tape { path, sides, events, owed: Mutex::default(), desk });
        // The file is made at once, so that a missing folder is told before anyone speaks.
        locked(&tape.owed).queued = true;
        inbox.ready.push_back(Arc::clone(&tape));
        self.desk.bell.notify_one();
        Ok(tape)
    }

    pub(super) fn open_count(&self) -> usize {
        locked(&self.desk.inbox).open.len()
    }

    /// Refuses new tapes; the thread ends when those under way have ended.
    pub(super) fn close(&self) {
        locked(&self.desk.inbox).closing = true;
        self.desk.bell.notify_all();
    }

    pub(super) fn join(&self) {
        let thread = locked(&self.thread).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the recorder's thread panicked");
        }
    }

    /// A recorder that writes nothing, for tests of what feeds it.
    #[cfg(test)]
    pub(super) fn silent() -> Self {
        Self { desk: Arc::default(), thread: Mutex::default() }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.close();
    }
}

impl Tape {
    /// Leaves samples to be written; false when the file has failed and no more are wanted.
    pub(super) fn push(self: &Arc<Self>, samples: &[i16]) -> bool {
        let mut owed = locked(&self.owed);
        if owed.done {
            return false;
        }
        if samples.is_empty() {
            return true;
        }
        let room = TAPE_SAMPLES_MAX * usize::from(self.sides.count());
        if owed.lost > 0 || owed.samples.len() + samples.len() > room {
            if owed.lost == 0 {
                let late = "the disk is too slow".to_owned();
                let _ = self.events.try_send(StreamEvent::Losing(late));
            }
            owed.lost += samples.len();
        } else {
            owed.samples.extend_from_slice(samples);
        }
        self.queue(&mut owed);
        true
    }

    /// Ends the recording; the first end counts.
    pub(super) fn end(self: &Arc<Self>, end: RecordingEnd) {
        let mut owed = locked(&self.owed);
        owed.end.get_or_insert(end);
        self.queue(&mut owed);
    }

    fn queue(self: &Arc<Self>, owed: &mut Owed) {
        if owed.queued || owed.done {
            return;
        }
        let Some(desk) = self.desk.upgrade() else { return };
        owed.queued = true;
        locked(&desk.inbox).ready.push_back(Arc::clone(self));
        desk.bell.notify_one();
    }
}

fn write_all(desk: &Desk) {
    let mut spools: Vec<Spool> = Vec::new();
    let mut finishing: VecDeque<Finishing> = VecDeque::new();
    while let Some(next) = next(desk, finishing.is_empty()) {
        if let Next::Ready(tape) = next {
            take(&tape, &mut spools, &mut finishing);
        }
        // A long recording is digested piece by piece, so that no other waits for it.
        let Some(mut first) = finishing.pop_front() else { continue };
        if first.step() {
            let path = first.path().to_owned();
            first.tell();
            locked(&desk.inbox).open.remove(&path);
        } else {
            finishing.push_back(first);
        }
    }
}

fn take(tape: &Arc<Tape>, spools: &mut Vec<Spool>, finishing: &mut VecDeque<Finishing>) {
    if locked(&tape.owed).done {
        return;
    }
    let at = spools.iter().position(|spool| spool.is_of(tape)).unwrap_or_else(|| {
        spools.push(Spool::create(Arc::clone(tape)));
        spools.len() - 1
    });
    if spools[at].write() {
        finishing.push_back(spools.swap_remove(at).finish());
    }
}

enum Next {
    Ready(Arc<Tape>),
    Nothing,
}

/// The next tape, waited for when nothing else is to be done; `None` when the recorder closes and no tape is under way.
fn next(desk: &Desk, wait: bool) -> Option<Next> {
    let mut inbox = locked(&desk.inbox);
    loop {
        if let Some(tape) = inbox.ready.pop_front() {
            return Some(Next::Ready(tape));
        }
        if !wait {
            return Some(Next::Nothing);
        }
        if inbox.closing && inbox.open.is_empty() {
            return None;
        }
        inbox = desk.bell.wait(inbox).unwrap_or_else(PoisonError::into_inner);
    }
}

#[cfg(test)]
mod tests;
