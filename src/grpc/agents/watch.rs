//! The console and the board as watches tell them.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use helpline_proto::v1::{
    WatchBoardResponse, WatchConsoleResponse,
    watch_console_response::{CallEnded, Event, Heartbeat, Resync, Saving, Withdrawn},
};
use tokio::time::{Instant, sleep_until, timeout};
use tonic::Status;

use super::{print, refused};
use crate::{
    app::{self, App, agents::Agent, intake},
    calls::centre::{Board, Centre, Console, News},
    domain::{
        actor::Actor,
        permissions::{self, Act, Object},
        place::Code,
    },
    grpc::watching::Source,
};

/// How often the board is looked at.
const BOARD_EVERY: Duration = Duration::from_secs(1);
/// A database that takes longer to count the day's registrations is away.
const COUNTING_MAX: Duration = Duration::from_secs(2);

pub struct ConsoleSource {
    centre: Centre,
    agent: Agent,
    console: Console,
    /// What is told before anything that happens.
    first: VecDeque<Event>,
    began: bool,
}

impl ConsoleSource {
    pub fn open(centre: Centre, agent: Agent, after: Option<u64>) -> Result<Self, Status> {
        let mut console = centre.console(&agent).map_err(refused)?;
        let mut first = VecDeque::new();
        if after.is_some_and(|after| !console.resume(after)) {
            first.push_back(Event::Resync(Resync {}));
        }
        Ok(Self { centre, agent, console, first, began: false })
    }
}

impl Source for ConsoleSource {
    type Event = Event;
    type Message = WatchConsoleResponse;

    async fn by(&mut self, actor: &Arc<Actor>) -> app::Result<()> {
        Ok(permissions::may(actor, Act::TakeCalls, Object::Nothing)?)
    }

    async fn next(&mut self, until: Instant) -> app::Result<Option<Event>> {
        if let Some(event) = self.first.pop_front() {
            return Ok(Some(event));
        }
        if !self.began {
            self.began = true;
            if let Ok(state) = self.centre.state(&self.agent).await {
                return Ok(Some(Event::State(print::state(&state))));
            }
        }
        let Some(entry) = self.console.next(until).await else {
            return Ok(Some(Event::Heartbeat(Heartbeat {})));
        };
        Ok(Some(match entry.news {
            News::State(state) => Event::State(print::state(&state)),
            News::Offered(known) => Event::Offered(print::caller(&known)),
            News::Withdrawn => Event::Withdrawn(Withdrawn {}),
            News::Connected(known) => Event::Connected(print::caller(&known)),
            News::Ended => Event::Ended(CallEnded {}),
            News::Saving(on) => Event::Saving(Saving { on }),
            News::Guest { news, who, caller } => {
                Event::Guest(print::guest(news, who, caller.as_deref()))
            }
            News::Notice(notice) => Event::Notice(print::notice(notice)),
        }))
    }

    fn token(&self) -> String {
        self.console.seen().to_string()
    }

    fn envelope(sequence: i64, resume_token: String, event: Event) -> WatchConsoleResponse {
        WatchConsoleResponse { sequence, resume_token, event: Some(event) }
    }
}

/// The call centre, and what was registered today.
type Shown = (Board, Vec<(Code, u64)>);

pub struct BoardSource {
    app: Arc<App>,
    centre: Centre,
    by: Arc<Actor>,
    last: Option<Shown>,
}

impl BoardSource {
    pub fn new(app: Arc<App>, centre: Centre, by: Arc<Actor>) -> Self {
        Self { app, centre, by, last: None }
    }

    /// While the database is away the board goes on with what was known.
    async fn registrations(&self) -> Vec<(Code, u64)> {
        let counting = intake::registrations(&self.app, &self.by);
        match timeout(COUNTING_MAX, counting).await {
            Ok(Ok(counts)) => counts,
            _ => self.last.as_ref().map(|(_, last)| last.clone()).unwrap_or_default(),
        }
    }
}

impl Source for BoardSource {
    type Event = Shown;
    type Message = WatchBoardResponse;

    async fn by(&mut self, actor: &Arc<Actor>) -> app::Result<()> {
        permissions::may(actor, Act::Agents, Object::Nothing)?;
        self.by = actor.clone();
        Ok(())
    }

    async fn next(&mut self, until: Instant) -> app::Result<Option<Shown>> {
        loop {
            let Ok(board) = self.centre.board().await else { return Ok(None) };
            let shown = (board, self.registrations().await);
            let over = Instant::now() >= until;
            if over || self.last.as_ref() != Some(&shown) {
                self.last = Some(shown.clone());
                return Ok(Some(shown));
            }
            sleep_until(until.min(Instant::now() + BOARD_EVERY)).await;
        }
    }

    fn token(&self) -> String {
        String::new()
    }

    fn envelope(sequence: i64, _: String, (board, registrations): Shown) -> WatchBoardResponse {
        let board = print::board(&board, &registrations);
        WatchBoardResponse { sequence, board: Some(board) }
    }
}
