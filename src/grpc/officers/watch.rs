//! An inbox's changes, as a watch tells them.

use std::sync::Arc;

use helpline_proto::v1::{
    WatchQueueResponse,
    watch_queue_response::{Event, Heartbeat, Left, Present, Resync, Started, resync::Reason},
};
use tokio::time::Instant;

use crate::{
    app::{
        self,
        desk::{self, Changed},
    },
    domain::actor::Actor,
    grpc::{cases, watching::Source},
};

pub struct Changes(pub desk::Watch);

impl Source for Changes {
    type Event = Event;
    type Message = WatchQueueResponse;

    async fn by(&mut self, actor: &Arc<Actor>) -> app::Result<()> {
        self.0.by(actor).await
    }

    async fn next(&mut self, until: Instant) -> app::Result<Option<Event>> {
        let present =
            |view, entered| Event::Present(Present { case: Some(cases::case(view)), entered });
        Ok(self.0.next(until).await?.map(|changed| match changed {
            Changed::Started => Event::Started(Started {}),
            Changed::Entered(view) => present(view, true),
            Changed::Moved(view) => present(view, false),
            Changed::Left(number) => Event::Left(Left { number: number.to_string() }),
            Changed::Resync(why) => {
                let reason = match why {
                    desk::Resync::Behind => Reason::Behind,
                    desk::Resync::PostsChanged => Reason::PostsChanged,
                };
                Event::Resync(Resync { reason: reason.into() })
            }
            Changed::Quiet => Event::Heartbeat(Heartbeat {}),
        }))
    }

    fn token(&self) -> String {
        self.0.token()
    }

    fn envelope(sequence: i64, resume_token: String, event: Event) -> WatchQueueResponse {
        WatchQueueResponse { sequence, resume_token, event: Some(event) }
    }
}
