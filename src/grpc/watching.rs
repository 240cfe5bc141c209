//! A watch as a stream of numbered envelopes. It ends with the server, the session, the client's deadline, or the client, and
//! not with the database; nothing is read ahead of the client, so a slow one falls behind in the feed alone.

use std::{pin::Pin, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tonic::Status;

use super::{
    door::Caller,
    fail::{self, field},
    status,
    unfold::unfold,
};
use crate::{
    app::{self, App, Error, sessions},
    domain::actor::Actor,
};

/// A token holds a sequence for each node that was ever seen.
const RESUME_MAX_BYTES: usize = 16 * 1024;

/// A database that takes longer to say who watches is away: the watch goes on, and is told so if it is a console.
const CHECK_WAIT: Duration = Duration::from_secs(1);
/// While the database is away, nobody can be asked; no watch goes on for longer.
const UNCHECKED_MAX: Duration = Duration::from_secs(600);

/// What is watched.
pub trait Source: Send + 'static {
    type Event: Send;
    type Message: Send + 'static;

    /// The session was found good again, with what the person may see today. What is told without the database asks
    /// nothing of it here.
    fn by(&mut self, actor: &Arc<Actor>) -> impl Future<Output = app::Result<()>> + Send;

    /// The next event; it must not wait past `until`. None when the server ends.
    fn next(
        &mut self,
        until: Instant,
    ) -> impl Future<Output = app::Result<Option<Self::Event>>> + Send;

    /// Where to go on from after the last event.
    fn token(&self) -> String;

    fn envelope(sequence: i64, resume_token: String, event: Self::Event) -> Self::Message;
}

pub type Stream<M> = Pin<Box<dyn tokio_stream::Stream<Item = Result<M, Status>> + Send>>;

/// How long a watch lives, and how often it is told so.
#[derive(Clone)]
pub struct Pace {
    /// How often a watch is told that it lives, and asked whether it still may.
    pub heartbeat_every: Duration,
    pub ending: CancellationToken,
}

pub fn resume(token: String) -> Result<Option<String>, Status> {
    match token.len() {
        0 => Ok(None),
        1..=RESUME_MAX_BYTES => Ok(Some(token)),
        _ => Err(field("resume_token", "not one that this helpline gave")),
    }
}

struct Watching<S> {
    app: Arc<App>,
    source: S,
    caller: Caller,
    pace: Pace,
    sequence: i64,
    /// When the session was last found good.
    checked: Instant,
    /// When it was last asked for.
    asked: Instant,
    checking: Option<AbortOnDropHandle<app::Result<Actor>>>,
    over: bool,
}

pub fn stream<S: Source>(
    app: Arc<App>,
    source: S,
    caller: Caller,
    pace: Pace,
) -> Stream<S::Message> {
    let now = Instant::now();
    let (checked, asked) = (now, now);
    let watching = Watching {
        app,
        source,
        caller,
        pace,
        sequence: 0,
        checked,
        asked,
        checking: None,
        over: false,
    };
    Box::pin(unfold(watching, |watching| Box::pin(watching.step())))
}

impl<S: Source> Watching<S> {
    async fn step(mut self) -> Option<(Result<S::Message, Status>, Self)> {
        if self.over {
            return None;
        }
        let told = match self.next().await {
            Ok(event) => {
                self.sequence += 1;
                Ok(S::envelope(self.sequence, self.source.token(), event))
            }
            Err(status) => {
                self.over = true;
                Err(status)
            }
        };
        Some((told, self))
    }

    async fn next(&mut self) -> Result<S::Event, Status> {
        let ending = self.pace.ending.clone();
        let deadline = self.caller.deadline;
        let passed = async move {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(passed);
        // A database that hangs holds up neither the server's end nor the client's deadline.
        let good = tokio::select! {
            biased;
            () = ending.cancelled() => return Err(fail::shutting_down()),
            () = &mut passed => return Err(fail::deadline()),
            good = self.is_good() => good,
        };
        match good {
            Ok(true) => self.checked = Instant::now(),
            Ok(false) => {}
            Err(Error::Unavailable(_)) if self.checked.elapsed() < UNCHECKED_MAX => {}
            Err(error) => return Err(status::of(error)),
        }
        let until = self.asked + self.pace.heartbeat_every;
        let event = tokio::select! {
            biased;
            () = ending.cancelled() => return Err(fail::shutting_down()),
            () = passed => return Err(fail::deadline()),
            event = self.source.next(until) => event.map_err(status::of)?,
        };
        event.ok_or_else(fail::shutting_down)
    }
    /// Who loses the session or a role stops seeing within one heartbeat. False while nothing new is known.
    async fn is_good(&mut self) -> app::Result<bool> {
        let due = self.asked.elapsed() >= self.pace.heartbeat_every;
        if due {
            self.asked = Instant::now();
            self.checking.get_or_insert_with(|| {
                let (app, token) = (self.app.clone(), self.caller.token.clone());
                let asking = async move { sessions::authenticate(&app, &token).await };
                AbortOnDropHandle::new(tokio::spawn(asking))
            });
        }
        let Some(checking) = &mut self.checking else { return Ok(false) };
        let wait = match due {
            _ if self.checked.elapsed() >= UNCHECKED_MAX => Duration::MAX,
            true => CHECK_WAIT,
            false => Duration::ZERO,
        };
        let Ok(found) = timeout(wait, checking).await else { return Ok(false) };
        self.checking = None;
        self.caller.actor = Arc::new(found.map_err(Error::internal)??);
        self.source.by(&self.caller.actor).await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use tokio_stream::StreamExt;
    use tonic::Code;

    use super::*;
    use crate::{domain::time::Timestamp, store::Store};

    /// Told each time that nothing happened.
    struct Quiet;

    impl Source for Quiet {
        type Event = ();
        type Message = i64;

        async fn by(&mut self, _actor: &Arc<Actor>) -> app::Result<()> {
            Ok(())
        }

        async fn next(&mut self, until: Instant) -> app::Result<Option<()>> {
            sleep_until(until).await;
            Ok(Some(()))
        }

        fn token(&self) -> String {
            String::new()
        }

        fn envelope(sequence: i64, _resume_token: String, _event: ()) -> i64 {
            sequence
        }
    }

    async fn watched(dir: &std::path::Path) -> (Arc<App>, Stream<i64>) {
        let url = format!("sqlite:{}", dir.join("helpline.db").display());
        let options = crate::store::Options { url, keys: dir.join("keys"), group_max: None };
        let store = Store::open(options, Timestamp::from_ms(0)).await.unwrap();
        let app = App::open(store, app::Options::default()).await.unwrap();
        let heartbeat_every = Duration::from_secs(15);
        let pace = Pace { heartbeat_every, ending: CancellationToken::new() };
        let watch = stream(app.clone(), Quiet, Caller::bearing("nobody's"), pace);
        (app, watch)
    }

    #[tokio::test]
    async fn a_watch_outlives_its_database_for_ten_minutes() {
        let dir = tempfile::tempdir().unwrap();
        let (app, mut watch) = watched(dir.path()).await;
        app.close().await;
        tokio::time::pause();

        let mut told = 0;
        let ended = loop {
            match watch.next().await.unwrap() {
                Ok(sequence) => told = sequence,
                Err(status) => break status,
            }
        };

        assert_eq!((told, ended.code()), (40, Code::Unavailable));
        assert!(watch.next().await.is_none());
    }

    #[tokio::test]
    async fn a_watch_without_a_session_ends_at_the_next_heartbeat() {
        let dir = tempfile::tempdir().unwrap();
        let (app, mut watch) = watched(dir.path()).await;
        tokio::time::pause();
        assert_eq!(watch.next().await.unwrap().unwrap(), 1);
        tokio::time::resume();

        let ended = watch.next().await.unwrap().unwrap_err();

        assert_eq!(ended.code(), Code::Unauthenticated);
        app.close().await;
    }
}
