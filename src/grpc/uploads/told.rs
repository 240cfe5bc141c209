//! Long work as a stream: how far it is, then what came of it. When the client goes, the work stops.

use std::pin::Pin;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::grpc::{door::Caller, fail, unfold::unfold};

/// Progress that the client has not read yet; more is left out.
const PROGRESS_MAX: usize = 64;

pub type Told<T> = Pin<Box<dyn tokio_stream::Stream<Item = Result<T, Status>> + Send>>;

type Work<T> = Pin<Box<dyn Future<Output = Result<T, Status>> + Send>>;

struct Working<T> {
    /// None when its end was told.
    work: Option<Work<T>>,
    progress: mpsc::Receiver<T>,
    ending: CancellationToken,
    /// It counts among the account's calls as long as it runs.
    _caller: Caller,
}

/// Takes progress; what finds no room is told by the next.
pub struct Teller<T>(mpsc::Sender<T>);

impl<T> Teller<T> {
    pub fn tell(&self, progress: T) {
        let _ = self.0.try_send(progress);
    }
}

pub fn stream<T, W, F>(caller: Caller, ending: CancellationToken, work: W) -> Told<T>
where
    T: Send + 'static,
    W: FnOnce(Teller<T>) -> F,
    F: Future<Output = Result<T, Status>> + Send + 'static,
{
    let (sender, progress) = mpsc::channel(PROGRESS_MAX);
    let work: Work<T> = Box::pin(work(Teller(sender)));
    let working = Working { work: Some(work), progress, ending, _caller: caller };
    Box::pin(unfold(working, |working| Box::pin(working.step())))
}

impl<T: Send + 'static> Working<T> {
    async fn step(mut self) -> Option<(Result<T, Status>, Self)> {
        let work = self.work.as_mut()?;
        let (told, over) = tokio::select! {
            biased;
            () = self.ending.cancelled() => (Err(fail::shutting_down()), true),
            Some(progress) = self.progress.recv() => (Ok(progress), false),
            done = work => (done, true),
        };
        if over {
            self.work = None;
        }
        Some((told, self))
    }
}
