//! Facts of cases, as a watch tells them.

use std::sync::Arc;

use helpline_proto::v1::{
    WatchCasesResponse,
    watch_cases_response::{CaseFact, Event, Heartbeat, Resync},
};
use tokio::time::Instant;

use crate::{
    app::{
        self, App,
        cases::{Watch, Watched, watch},
    },
    domain::actor::Actor,
    grpc::{cases, watching::Source},
};

pub struct Facts {
    app: Arc<App>,
    by: Arc<Actor>,
    watch: Watch,
}

impl Facts {
    pub async fn follow(
        app: &Arc<App>,
        by: &Arc<Actor>,
        resume: Option<&str>,
    ) -> app::Result<Self> {
        let watch = watch(app, by, resume).await?;
        Ok(Self { app: app.clone(), by: by.clone(), watch })
    }
}

impl Source for Facts {
    type Event = Event;
    type Message = WatchCasesResponse;

    async fn by(&mut self, actor: &Arc<Actor>) -> app::Result<()> {
        self.by = actor.clone();
        self.watch.by(actor)
    }

    async fn next(&mut self, until: Instant) -> app::Result<Option<Event>> {
        Ok(match self.watch.next(until).await? {
            Some(Watched::Fact { number, event }) => Some(Event::Fact(CaseFact {
                number: number.to_string(),
                event: Some(cases::event(event)),
            })),
            Some(Watched::Resync) => {
                // Subscribed before the client lists again, so that nothing falls in between.
                self.watch = watch(&self.app, &self.by, None).await?;
                Some(Event::Resync(Resync {}))
            }
            Some(Watched::Quiet) => Some(Event::Heartbeat(Heartbeat {})),
            None => None,
        })
    }

    fn token(&self) -> String {
        self.watch.token()
    }

    fn envelope(sequence: i64, resume_token: String, event: Event) -> WatchCasesResponse {
        WatchCasesResponse { sequence, resume_token, event: Some(event) }
    }
}
