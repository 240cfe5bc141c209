//! The console and the board as watches tell them.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use helpline_proto::v1::{
    WatchBoardResponse, WatchConsoleResponse,
    watch_console_response::{CallEnded, Event, Heartbeat, Resync, Saving, Withdrawn},
};
use tokio::time::{Instant, sleep_until};
use tonic::Status;

use super::{print, refused};
use crate::{
    app::{self, agents::Agent},
    calls::centre::{Board, Centre, Console, News},
    domain::{
        actor::Actor,
        permissions::{self, Act, Object},
    },
    grpc::watching::Source,
};

/// How often the board is looked at.
const BOARD_EVERY: Duration = Duration::from_secs(1);

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

pub struct BoardSource {
    centre: Centre,
    last: Option<Board>,
}

impl BoardSource {
    pub fn new(centre: Centre) -> Self {
        Self { centre, last: None }
    }
}

impl Source for BoardSource {
    type Event = Board;
    type Message = WatchBoardResponse;

    async fn by(&mut self, actor: &Arc<Actor>) -> app::Result<()> {
        Ok(permissions::may(actor, Act::Agents, Object::Nothing)?)
    }

    async fn next(&mut self, until: Instant) -> app::Result<Option<Board>> {
        loop {
            let Ok(board) = self.centre.board().await else { return Ok(None) };
            let over = Instant::now() >= until;
            if over || self.last.as_ref() != Some(&board) {
                self.last = Some(board.clone());
                return Ok(Some(board));
            }
            sleep_until(until.min(Instant::now() + BOARD_EVERY)).await;
        }
    }

    fn token(&self) -> String {
        String::new()
    }

    fn envelope(sequence: i64, _resume_token: String, board: Board) -> WatchBoardResponse {
        WatchBoardResponse { sequence, board: Some(print::board(&board)) }
    }
}
